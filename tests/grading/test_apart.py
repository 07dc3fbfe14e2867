"""Work on a stranger's text is done apart: in time, with little memory, and without our files."""

import os
import time

import psutil
import pytest

from pooledu.grading.sandbox.apart import NotDoneError, apart

MEGABYTE = 1 << 20


def run(make, seconds=5.0):
    return apart(make, seconds, 256 * MEGABYTE, MEGABYTE)


def test_what_a_function_returns_comes_back():
    assert run(lambda: "größe" * 1000) == "größe" * 1000


def test_modules_can_still_be_imported():
    assert run(lambda: __import__("html.entities").__name__) == "html"


def forever():
    while True:
        pass


BEYOND = {
    "time": forever,
    "time asleep": lambda: time.sleep(60) or "",
    "memory": lambda: "x" * (1 << 30),
    "size": lambda: "x" * (3 * MEGABYTE),
    "an exception": lambda: 1 / 0,
    "an end": lambda: os._exit(3),
    "no text": lambda: 5,
}


@pytest.mark.parametrize("what", BEYOND)
def test_it_ends_within_its_limits(what):
    started = time.monotonic()
    with pytest.raises(NotDoneError):
        run(BEYOND[what], seconds=1.0)
    assert time.monotonic() - started < 10


def test_no_file_is_read_or_written(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("x")

    def look():
        found = []
        for action in (secret.read_text, lambda: secret.write_text("y"), lambda: os.listdir("/")):
            try:
                found.append(str(action()))
            except OSError:
                found.append("refused")
        return ",".join(found)

    assert run(look) == "refused,refused,refused"


def test_no_process_and_no_descriptor_is_left():
    def state():
        children = [child.pid for child in psutil.Process().children()]
        return len(os.listdir("/proc/self/fd")), children

    before = state()
    run(lambda: "")
    assert state() == before
