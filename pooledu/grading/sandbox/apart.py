"""Run a function apart: in a forked process that reads Python's files, writes none, and is limited.

For work on a stranger's text that code of others does, such as making a page of it.
"""

import gc
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from typing import NoReturn

import pooledu
from pooledu.grading.sandbox import seccomp, system
from pooledu.grading.sandbox.landlock import Grants
from pooledu.grading.sandbox.layers import Layers, attempt
from pooledu.grading.sandbox.limits import limit, used

CHUNK = 1 << 20
NOWHERE = "/nowhere"
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo")


class NotDoneError(Exception):
    """It took too long, too much memory, or failed; the words say which."""


def apart(make: Callable[[], str], seconds: float, memory: int, size: int) -> str:
    """Return what a function returns when it is called in a process of its own.

    Parameters
    ----------
    make : callable
        It sees all that this process has in memory, and changes nothing of it.
    seconds : float
        Time, in all and on the processor.
    memory : int
        Bytes that it may take beside what this process has.
    size : int
        Bytes that it may return.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _child(make, writing, seconds, memory)
    os.close(writing)
    try:
        data = _read(reading, time.monotonic() + seconds, size)
        status = None if data is None else os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        os.close(reading)
        _end(pid)
    if data is None:
        raise NotDoneError(f"not done within {seconds:g} s and {size} bytes")
    if status != 0:
        raise NotDoneError("failed, or ran out of time or memory")
    return data.decode("utf-8", "replace")


def _child(make: Callable[[], str], writing: int, seconds: float, memory: int) -> NoReturn:
    """Be the process apart."""
    status = 1
    gc.freeze()  # collecting would write to all that this process shares with its parent
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        _confine(seconds, memory)
        with os.fdopen(writing, "wb") as file:
            file.write(make().encode("utf-8", "replace"))
        status = 0
    finally:
        os._exit(status)


def _confine(seconds: float, memory: int) -> None:
    """Enter what layers there are; none is asked for, since no code of a stranger runs here."""
    layers: Layers = {}
    if system.ON_LINUX:
        system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
        limit(used() + memory, 0, seconds, None)
        attempt(layers, "landlock", _only_python)
        attempt(layers, "capabilities", system.drop_capabilities)
        attempt(layers, "seccomp", seccomp.restrict)


def _only_python() -> None:
    """Leave nothing to read but Python, its packages and their templates, and nothing to write."""
    ours = os.path.dirname(str(pooledu.__file__))
    grants = Grants((sys.prefix, sys.base_prefix, ours, *LIBRARIES), (), (os.devnull,))
    grants.restrict(NOWHERE)
    grants.close()


def _read(reading: int, deadline: float, size: int) -> bytes | None:
    """Read to the end; None where that does not come in time, or is too far."""
    data = bytearray()
    while (left := deadline - time.monotonic()) > 0 and len(data) <= size:
        if not select.select([reading], [], [], left)[0]:
            return None
        chunk = os.read(reading, CHUNK)
        if not chunk:
            return bytes(data)
        data += chunk
    return None


def _end(pid: int) -> None:
    """End a process, if it has not ended."""
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass
