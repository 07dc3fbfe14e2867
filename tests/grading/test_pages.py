"""Feedback is written for those alone whose page would show something else."""

import os
import signal
import sqlite3
from contextlib import chdir

import pytest

from pooledu.cli import main
from pooledu.grading.execution.worker import close_all
from pooledu.grading.run import pages as writing
from tests.grading.course import ASSIGNMENT, make_course

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("class"))
    for student in ("s01", "s02", "s03"):
        course.hand_in(student, course.solved())
    assert course.grade() == 0
    yield course
    close_all()


def pages(course):
    return {
        path.parent.parent.name: path.stat().st_mtime_ns
        for path in course.root.glob(f"feedback/*/{ASSIGNMENT}/{ASSIGNMENT}.html")
    }


def test_only_what_has_changed_is_written_and_a_mark_by_hand_is_a_change(course, capsys):
    def feedback(jobs):
        with chdir(course.root):
            assert main(["feedback", ASSIGNMENT, f"--jobs={jobs}"]) == 0
        return capsys.readouterr().out

    assert "3 pages written, 0 were" in feedback(2)
    first = pages(course)
    assert first.keys() == {"s01", "s02", "s03"}
    assert "0 pages written, 3 were" in feedback(1)
    assert pages(course) == first
    with sqlite3.connect(course.root / "gradebook.db") as book:
        book.execute(
            "update grade set manual_score = 1.5, needs_manual_grade = 0 where auto_score = 3 "
            "and notebook_id in (select n.id from submitted_notebook n join submitted_assignment s "
            "on n.assignment_id = s.id where s.student_id = 's02')"
        )
        changed = book.execute("select changes()").fetchone()[0]
    assert changed
    (course.root / "feedback" / "s03" / ASSIGNMENT / f"{ASSIGNMENT}.html").unlink()
    assert "2 pages written, 1 were" in feedback(1)
    second = pages(course)
    assert {name for name in first if first[name] != second[name]} == {"s02", "s03"}


def test_a_set_of_which_nothing_is_graded_is_named(course, capsys):
    with chdir(course.root):
        assert main(["feedback", "ps9"]) == 1
    assert "nothing of 'ps9' is graded" in capsys.readouterr().err


def die_of_one(root, assignment, students):
    """Write the pages of a share, in a process that is killed for one of them."""
    if "s03" in students:
        os.kill(os.getpid(), signal.SIGKILL)
    return []


def test_of_a_process_that_is_killed_the_students_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(writing, "SHARE", 2)
    monkeypatch.setattr(writing, "_write_share", die_of_one)
    failed = writing.write_pages(tmp_path, ASSIGNMENT, ["s01", "s02", "s03", "s04"], 2)
    assert {"s03", "s04"} <= set(failed)
