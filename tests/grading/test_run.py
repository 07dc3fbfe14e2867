"""`pooledu grade`: the gradebook is the one that plain nbgrader writes with the same judge."""

import json
import os
import shutil
import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from pooledu.grading.bridge import steps
from pooledu.grading.bridge.gradebook import shared
from pooledu.grading.run import run as run_module
from pooledu.grading.run.run import Run
from pooledu.grading.run.workers import executor
from tests.grading.course import ASSIGNMENT, Course, make_course

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
ROWS = """
    select s.student_id, base_cell.name, g.auto_score, g.manual_score, g.extra_credit,
           g.needs_manual_grade, s.timestamp
    from grade g join submitted_notebook n on g.notebook_id = n.id
    join submitted_assignment s on n.assignment_id = s.id
    join base_cell on g.cell_id = base_cell.id order by 1, 2
"""
COMMENTS = """
    select s.student_id, base_cell.name, c.auto_comment, c.manual_comment
    from comment c join submitted_notebook n on c.notebook_id = n.id
    join submitted_assignment s on n.assignment_id = s.id
    join base_cell on c.cell_id = base_cell.id order by 1, 2
"""
CLASS = {
    "s01": {},
    "s02": {"max_pool2d_code": "def max_pool2d(x, kernel_size, stride=None): return x"},
    "s03": {"output_size_code": "def output_size(*a, **k): raise ValueError"},
    "s04": {"avg_pool2d_code": "", "pooled_size_code": "rows = 15"},
}


class Broken:
    """An executor whose workers all die."""

    def submit(self, *_: object) -> Future:
        future: Future = Future()
        future.set_exception(RuntimeError("the worker died"))
        return future


@pytest.fixture(scope="module")
def class_of_four(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("class"))
    for student, cells in CLASS.items():
        course.hand_in(student, course.solved(**cells))
    course.hand_in("s05", b"cut off")
    (course.folder("s02") / "timestamp.txt").write_text("2026-09-30 12:00:00 UTC")
    return course


@pytest.fixture(scope="module")
def expected(class_of_four, tmp_path_factory):
    """The gradebook after plain `nbgrader autograde`."""
    course = copied(class_of_four, tmp_path_factory.mktemp("plain"))
    assert course.autograde()
    return gradebook(course)


def copied(course: Course, folder) -> Course:
    shutil.copytree(course.root, folder / "course")
    return Course(folder / "course")


def gradebook(course: Course) -> tuple[list, list]:
    with sqlite3.connect(course.root / "gradebook.db") as database:
        return database.execute(ROWS).fetchall(), database.execute(COMMENTS).fetchall()


def grade(course: Course, workers=None, force=False) -> tuple[list[str], list[str]]:
    """Grade; return who was to be graded, and who was."""
    done: list[str] = []
    with course.app() as app, ThreadPoolExecutor(1) as pool:  # which shares the warm process
        run = Run(app.coursedir, app, workers or pool, force, course.root / "log", done.append)
        pending = run.pending()
        with shared(app.coursedir.db_url, app.coursedir.course_id) as book:
            assert not pending or run.start(pending, book)
    return pending, done


def test_the_gradebook_is_that_of_plain_nbgrader(class_of_four, expected, tmp_path):
    course = copied(class_of_four, tmp_path)
    pending, done = grade(course)
    assert pending == done == ["s01", "s02", "s03", "s04", "s05"]
    assert gradebook(course) == expected
    assert any(row[2] == 3 for row in expected[0])


def test_workers_that_die_lose_nothing(class_of_four, expected, tmp_path):
    course = copied(class_of_four, tmp_path)
    grade(course, Broken())
    assert gradebook(course) == expected


def test_a_second_run_grades_what_is_new(class_of_four, tmp_path):
    course = copied(class_of_four, tmp_path)
    grade(course)
    course.hand_in("s06", course.solved())
    (course.folder("s02") / "timestamp.txt").write_text("2026-10-01 12:00:00 UTC")
    assert grade(course)[1] == ["s02", "s06"]
    assert grade(course) == ([], [])
    assert grade(course, force=True)[1] == ["s01", "s02", "s03", "s04", "s05", "s06"]


def test_a_submission_that_was_left_half_done_is_graded_again(class_of_four, expected, tmp_path):
    course = copied(class_of_four, tmp_path)
    grade(course)
    notebook = course.root / "autograded" / "s01" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    os.chmod(notebook, 0o644)  # nbgrader makes it read-only in its last step
    assert grade(course)[1] == ["s01"]
    assert gradebook(course) == expected


def test_the_log_has_a_line_for_each_submission(class_of_four, tmp_path):
    course = copied(class_of_four, tmp_path)
    grade(course)
    lines = [json.loads(line) for line in (course.root / "log").read_text().splitlines()]
    assert [line["student"] for line in lines] == ["s01", "s02", "s03", "s04", "s05"]
    assert {cell["status"] for cell in lines[0]["notebooks"][0]["cells"]} == {"ok"}


def test_the_cells_of_the_assignment_are_read_once_for_the_class(
    class_of_four, tmp_path, monkeypatch
):
    read, as_it_is = [], steps.as_released

    def as_released(notebook, course):
        read.append(notebook.name)
        return as_it_is(notebook, course)

    course = copied(class_of_four, tmp_path)
    monkeypatch.setattr(run_module, "as_released", as_released)
    monkeypatch.setattr(steps, "as_released", as_released)
    assert len(grade(course)[1]) == 5
    assert read == [ASSIGNMENT]


def test_two_processes_give_the_same_gradebook(class_of_four, expected, tmp_path):
    course = copied(class_of_four, tmp_path)
    with executor(2) as pool:
        grade(course, pool)
    assert gradebook(course) == expected
