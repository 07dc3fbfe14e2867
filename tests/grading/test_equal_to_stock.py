"""Where stock nbgrader's verdict is right, the gradebook is the one that it writes.

Two notebooks in one assignment, with an instructor's own asserts, partial credit and answers that
a person marks; late, unfinished, endless and missing work; and a second round, after manual marks.
"""

import shutil
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

from pooledu.grading.bridge.gradebook import shared
from pooledu.grading.run.run import Run
from tests.grading.course import Course
from tests.grading.rows import rows

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

SECONDS = 5  # for a cell
SHARED = """
import os, sysconfig
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
c = get_config()
c.CourseDirectory.course_id = "pooling"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.AssignLatePenalties.plugin_class = "pooledu.grading.bridge.LatePenaltyPerDay"
"""
STOCK = f"{SHARED}\nc.Execute.timeout = {SECONDS}\nc.Execute.interrupt_on_timeout = True\n"
OURS = f"""{SHARED}
from pooledu.grading.bridge import configure
c.JudgedExecute.cell_seconds = {SECONDS}
c.JudgedExecute.up_to_the_last_mark = True
configure(c)
"""
DUE = datetime(2026, 9, 30, 22)

# The released cells: grade_id, kind, points, who answers, source.
FIRST = [
    ("sum-code", "code", None, True, "def total(x):\n    raise NotImplementedError"),
    ("sum", "code", 2, False, "assert total([1, 2, 3]) == 6\nassert total([]) == 0"),
    ("share", "code", 4, False, "sum(total([n]) == n for n in range(4))"),
    ("why", "markdown", 3, True, "YOUR ANSWER HERE"),
]
SECOND = [
    ("size-code", "code", None, True, "size = None"),
    ("size", "code", 1, False, "assert size == 16, 'not yet'\nprint('right')"),
    ("by-hand", "code", 2, True, "# a plot of your own"),
]
NOTEBOOKS = {"first": FIRST, "second": SECOND}
RIGHT = "def total(x):\n    return sum(x)"
ENDLESS = "def total(x):\n    while len(x) == 3:\n        pass\n    return sum(x)"
CLASS = {
    "s01": {"sum-code": RIGHT, "why": "It adds.", "size-code": "size = 16", "by-hand": "1 + 1"},
    "s02": {"sum-code": "def total(x):\n    return x[0]", "size-code": "size = 1 / 0"},
    "s03": {"sum-code": ENDLESS, "why": "It never ends."},
}
HANDED_IN = {"s01": "2026-09-30 21:59:59 UTC", "s02": "2026-10-02 01:00:00 UTC", "s03": None}
MISSING = {("s03", "second")}


def notebook(cells: list, answers: dict[str, str]) -> nbformat.NotebookNode:
    """A notebook of the assignment as a student hands it in."""
    made = []
    for name, kind, points, is_solution, source in cells:
        flags = {"grade_id": name, "schema_version": 3, "solution": is_solution, "task": False}
        flags |= {"grade": points is not None, "locked": not is_solution}
        flags |= {"points": points} if points is not None else {}
        make = new_code_cell if kind == "code" else new_markdown_cell
        made.append(make(answers.get(name, source), metadata={"nbgrader": flags}))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=made, metadata={"kernelspec": kernel})


class Sums(Course):
    """A course whose assignment has two notebooks."""

    def write(self, folder: Path, answers: dict[str, str], missing: tuple[str, ...] = ()) -> None:
        """Write the assignment's notebooks with these answers."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, cells in NOTEBOOKS.items():
            if name not in missing:
                nbformat.write(notebook(cells, answers), folder / f"{name}.ipynb")

    def take(self, student: str, answers: dict[str, str], time: str | None) -> None:
        """Let a student hand in."""
        missing = tuple(name for whose, name in MISSING if whose == student)
        self.write(self.folder(student), answers, missing)
        if time:
            (self.folder(student) / "timestamp.txt").write_text(time)

    def mark_by_hand(self) -> None:
        """Give marks and comments as a person does in formgrader."""
        with Gradebook(f"sqlite:///{self.root}/gradebook.db") as book:
            book.find_grade("why", "first", "ps1_windows", "s01").manual_score = 2.5
            book.find_grade("sum", "first", "ps1_windows", "s02").manual_score = 1
            book.find_grade("by-hand", "second", "ps1_windows", "s01").extra_credit = 0.5
            book.find_comment("why", "first", "ps1_windows", "s01").manual_comment = "Well said."
            for name in ("why", "by-hand"):
                its = "first" if name == "why" else "second"
                book.find_grade(name, its, "ps1_windows", "s01").needs_manual_grade = False
            book.db.commit()

    def grade(self) -> None:
        """Run `pooledu grade`."""
        with self.app() as app, shared(app.coursedir.db_url, app.coursedir.course_id) as book:
            run = Run(app.coursedir, app)
            assert run.start(run.pending(), book)


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> Sums:
    course = Sums(tmp_path_factory.mktemp("sums") / "course")
    course.write(course.root / "solutions" / "ps1_windows", {})
    (course.root / "nbgrader_config.py").write_text(STOCK)
    course.generate()
    with Gradebook(f"sqlite:///{course.root}/gradebook.db", "pooling") as book:
        book.update_or_create_assignment("ps1_windows", duedate=DUE)
    for student, answers in CLASS.items():
        course.take(student, answers, HANDED_IN[student])
    return course


def second_round(course: Sums) -> None:
    """Mark by hand; one student hands in again, later still."""
    course.mark_by_hand()
    course.take("s02", CLASS["s02"] | {"sum-code": RIGHT}, "2026-10-04 08:00:00 UTC")


@pytest.fixture(scope="module")
def stock(released, tmp_path_factory) -> tuple[dict, dict]:
    """The gradebook of stock nbgrader after each of two rounds."""
    course = Sums(shutil.copytree(released.root, tmp_path_factory.mktemp("stock") / "course"))
    assert course.autograde()
    first = rows(course)
    second_round(course)
    assert course.autograde()
    return first, rows(course)


@pytest.fixture(scope="module")
def ours(released, tmp_path_factory) -> tuple[dict, dict]:
    """The gradebook of `pooledu grade` after each of two rounds."""
    course = Sums(shutil.copytree(released.root, tmp_path_factory.mktemp("ours") / "course"))
    (course.root / "nbgrader_config.py").write_text(OURS)
    course.grade()
    first = rows(course)
    second_round(course)
    course.grade()
    return first, rows(course)


def cut(gradebook: dict) -> dict:
    """Our gradebook with penalties as stock cuts them: to the score of the moment."""
    scores: dict[tuple, float] = {}
    for student, name, _, automatic, manual, extra, _ in gradebook["grades"]:
        points = (automatic if manual is None else manual) or 0
        scores[student, name] = scores.get((student, name), 0) + points + (extra or 0)
    notebooks = [
        (student, name, penalty if penalty is None else min(penalty, scores[student, name]))
        for student, name, penalty in gradebook["notebooks"]
    ]
    return gradebook | {"notebooks": notebooks}


def test_the_first_round_is_as_stock_has_it_but_for_penalties_that_it_cuts(stock, ours):
    assert cut(ours[0]) == stock[0] != ours[0]


def test_a_regrade_with_marks_of_a_person_is_as_stock_has_it(stock, ours):
    assert cut(ours[1]) == stock[1]


def test_the_class_has_what_it_is_meant_to_have(stock):
    first, second = stock
    grades = {(student, cell): rest for student, _, cell, *rest in first["grades"]}
    assert [grades[who, "sum"][0] for who in CLASS] == [2, 0, 0]  # right, wrong, endless
    assert [grades[who, "size"][0] for who in CLASS] == [1, 0, 0]  # right, raises, missing
    assert grades["s01", "share"][0] == 4
    assert grades["s01", "why"] == [None, None, None, 1]  # waits for a person
    late = {(student, name): penalty for student, name, penalty in second["notebooks"]}
    assert late["s02", "first"] > 0
    assert late["s01", "first"] is None
    assert ("s02", "first", "sum", 2, 1, None, 1) in second["grades"]
    assert ("s01", "first", "why", None, "Well said.") in second["comments"]
