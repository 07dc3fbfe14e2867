"""Processes that grade: they end when they should, in every Python that is promised."""

import subprocess
import sys

import pytest

from pooledu.grading.sandbox import system

# Closing takes long, so that two who close the same are seen to.
KILLED = """
import time
from multiprocessing.connection import Connection
from pooledu.grading.run.workers import executor

close = Connection._close
Connection._close = lambda self: (time.sleep(0.2), close(self))
with executor(2) as pool:
    waiting = [pool.submit(len, bytes(1 << 20)) for _ in range(20)]
    for process in list(pool._processes.values()):
        process.kill()
    print(*{type(each.exception()).__name__ for each in waiting if each.exception()})
print("ended")
"""


@pytest.mark.skipif(not system.ON_LINUX, reason="it grades on Linux")
def test_processes_that_are_killed_while_much_waits_for_them_stop_nobody():
    # In a process of its own: what it is about is a thread that never ends.
    command = [sys.executable, "-c", KILLED]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["BrokenProcessPool", "ended"]
