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
def target():
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
