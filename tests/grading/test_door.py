"""What is let in: times of every kind, folders that are links, names that are none."""

import contextlib
import os
import signal
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pooledu.cli import main
from pooledu.grading.course.ids import is_name
from pooledu.grading.escaping import plain
from pooledu.grading.execution.worker import close_all
from pooledu.grading.export.results import course_directory, results
from pooledu.grading.intake.door import refusal
from pooledu.grading.intake.times import NoTimeError, parsed, submitted_time
from tests.grading.course import ASSIGNMENT, make_course

pytestmark = pytest.mark.filterwarnings("ignore")


@given(
    st.datetimes(datetime(2001, 1, 1), datetime(2190, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from([" ", "T"]),
    st.booleans(),
)
def test_a_time_with_any_offset_is_read_as_it_is_meant(time, minutes, between, colon):
    zone = timezone(timedelta(minutes=minutes))
    text = time.replace(tzinfo=zone).isoformat(between)
    if not colon:
        text = text[:-3] + text[-2:]
    expected = time.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    assert parsed(text) == expected
    assert parsed(f"{time} UTC") == parsed(f"{time}") == time  # as nbgrader writes them


@given(st.text() | st.from_regex(r"[0-9T:+ .Z-]{1,40}") | st.binary().map(repr))
def test_whatever_else_a_file_of_a_time_says_is_refused_or_is_a_time(text):
    with contextlib.suppress(NoTimeError):
        assert 2000 <= parsed(text).year < 2200


def link(path):
    path.symlink_to(path)


TIMES = {
    "empty": lambda path: path.write_text(""),
    "no time": lambda path: path.write_text("yesterday"),
    "no text": lambda path: path.write_bytes(bytes(range(128, 256))),
    "a pipe": lambda path: os.mkfifo(path),
    "a folder": lambda path: path.mkdir(),
    "a link to itself": link,
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to another file": lambda path: path.symlink_to("/etc/hostname"),
    "a year beyond the calendar": lambda path: path.write_text("99999-01-01 00:00:00 UTC"),
    "the last moment of all": lambda path: path.write_text("9999-12-31 23:59:59 -2300"),
    "the first moment of all": lambda path: path.write_text("0001-01-01 00:00:00 +2300"),
    "a zone that is none": lambda path: path.write_text("2026-09-30 17:45:00 CEST"),
    "a zone that is a path": lambda path: path.write_text("2026-09-30 17:45:00 ../../../dev/zero"),
    "a day that is none": lambda path: path.write_text("2026-02-30 17:45:00 UTC"),
    "very long": lambda path: path.write_text("2026-09-30 17:45:00 UTC" * 10_000),
    "huge": lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_RDWR), 1 << 40),
    "digits": lambda path: path.write_text("9" * 150),
}


@pytest.mark.parametrize("kind", TIMES)
def test_a_file_of_a_time_that_is_none_is_refused_at_once(tmp_path, kind):
    TIMES[kind](tmp_path / "timestamp.txt")
    signal.alarm(10)  # a pipe or a device would be read for ever
    try:
        if kind == "empty":
            assert submitted_time(str(tmp_path)) is None
        else:
            with pytest.raises(NoTimeError):
                submitted_time(str(tmp_path))
    finally:
        signal.alarm(0)


@given(st.text() | st.text("ab[]*?/\\\n\x1b ."))
def test_what_may_be_an_id_is_harmless_and_what_is_shown_is_printable(name):
    if is_name(name):
        assert name.isprintable()
        assert not set("*?[]{}/\\") & set(name)
        name.encode()
    assert plain(name).isprintable()
    assert len(plain(name, 5)) <= 5 * 10 + 3


@pytest.mark.slow
def test_whatever_stands_among_the_submissions_the_honest_are_graded_and_the_rest_is_named(
    tmp_path, capfd
):
    course = make_course(tmp_path / "course")
    right = course.solved()
    for student in ("a-honest", "z-honest"):
        course.hand_in(student, right)
    for number, kind in enumerate(TIMES):
        course.hand_in(f"time{number}", right)
        TIMES[kind](course.folder(f"time{number}") / "timestamp.txt")
    submitted = course.root / "submitted"
    (submitted / "linked").symlink_to(submitted / "a-honest")
    (submitted / "half").mkdir()
    (submitted / "half" / ASSIGNMENT).symlink_to(submitted / "a-honest" / ASSIGNMENT)
    (submitted / "file").mkdir()
    (submitted / "file" / ASSIGNMENT).write_text("no folder")
    course.folder("folder").joinpath(f"{ASSIGNMENT}.ipynb").mkdir()
    os.mkfifo(course.folder("pipe") / f"{ASSIGNMENT}.ipynb")
    (course.folder("zero") / f"{ASSIGNMENT}.ipynb").symlink_to("/dev/zero")
    for name in ("[bold]s", "s[1]", "*", "line\nend", "\x1b[2Jx", os.fsdecode(b"\xff\xfe")):
        course.hand_in(name, right)
    deep = course.folder("deep")
    for _ in range(200):
        deep = deep / "d"
        deep.mkdir()
    for number in range(3000):
        (course.folder("many") / f"{number}.txt").touch()
    signal.alarm(300)
    for _ in range(2):  # what one run leaves is not what the next one fails at
        with contextlib.chdir(course.root):
            assert main(["grade", ASSIGNMENT, "--jobs=1"]) == 0
            assert main(["grades", ASSIGNMENT]) == 0
    signal.alarm(0)
    printed = "".join(capfd.readouterr())
    assert all(each.isprintable() for line in printed.splitlines() for each in line)
    assert "Traceback" not in printed
    found = {each.student: each for each in results(ASSIGNMENT, course_directory(course.root))}
    assert found["a-honest"].total == found["z-honest"].total == 10
    empty = f"time{list(TIMES).index('empty')}"
    for name, row in found.items():
        if name not in ("a-honest", "z-honest", empty):
            assert row.total == 0, name
            assert row.problem or row.marks, name
    assert refusal(submitted / "linked" / ASSIGNMENT) == (
        "the student's folder is a link: put the files themselves there"
    )
    assert course.autograde("linked")
    assert set(course.marks("linked").values()) == {0}
    assert course.marks("a-honest")["max_pool2d"] == 3
    close_all()
