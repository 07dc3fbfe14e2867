import ctypes
import os
import socket
import sysconfig
import tempfile
from pathlib import Path

import pytest

from tests.grading import attacks


@pytest.fixture(autouse=True)
def scripts_on_path(monkeypatch):
    """nbgrader starts alembic by its name, as nbgrader_config.py explains."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    monkeypatch.setenv("PATH", path)


@pytest.fixture(scope="module")
def shared():
    """Memory, a semaphore and a queue with a message in it, of System V, that anyone may use."""
    libc = ctypes.CDLL(None)
    memory, semaphore, queue = (
        libc.shmget(0, 4096, 0o1666),
        libc.semget(0, 1, 0o1666),
        libc.msgget(0, 0o1666),
    )
    for _ in range(9):
        libc.msgsnd(queue, ctypes.create_string_buffer(b"\1" * 16), 8, 0)
    yield
    libc.shmctl(memory, 0, None)
    libc.semctl(semaphore, 0, 0)
    libc.msgctl(queue, 0, None)


@pytest.fixture(scope="module")
def target(shared):
    """A file and a folder that anyone may change, a server, and a process: this one."""
    with tempfile.TemporaryDirectory(prefix="target-") as folder, socket.socket() as server:
        os.chmod(folder, 0o777)
        file = Path(folder, "work.txt")
        file.write_text("work of another student")
        file.chmod(0o666)
        unix = socket.socket(socket.AF_UNIX)
        unix.bind(f"{folder}/socket")
        unix.listen()
        os.chmod(f"{folder}/socket", 0o777)
        datagrams, abstract = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2))
        datagrams.bind(f"{folder}/datagrams")
        os.chmod(f"{folder}/datagrams", 0o777)
        abstract.bind(f"\0{folder}")
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield attacks.Target(folder, server.getsockname()[1], os.getpid())
        for each in (unix, datagrams, abstract):
            each.close()
