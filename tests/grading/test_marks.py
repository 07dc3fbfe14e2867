"""Whatever the order of work, all who say what a student got say the same, and it is right."""

import contextlib
import csv
import math
import re
import tempfile
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateFeedback
from nbgrader.plugins.export import CsvExportPlugin

from pooledu.cli import main
from pooledu.grading.execution.worker import close_all
from pooledu.grading.export import LmsExport
from pooledu.grading.export.results import course_directory, results
from tests.grading.course import ASSIGNMENT, Course

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

DUE = datetime(2026, 9, 30, 22)
CONFIG = """
import os, sysconfig
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
c = get_config()
c.CourseDirectory.course_id = "pooling"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.AssignLatePenalties.plugin_class = "pooledu.grading.bridge.LatePenaltyPerDay"
from pooledu.grading.bridge import configure
configure(c)
"""
SHARE, WHY, BLANK = 7, 5, "YOUR ANSWER HERE"


def notebook(points: str, answer: str) -> nbformat.NotebookNode:
    """A machine-graded cell that is worth `points`, and an answer that a person reads."""

    def flags(name, points, solution):
        its = {"grade_id": name, "schema_version": 3, "task": False, "solution": solution}
        its |= {"grade": points is not None, "locked": not solution}
        return {"nbgrader": its | ({"points": points} if points is not None else {})}

    cells = [
        new_code_cell(f"got = {points}", metadata=flags("got-code", None, True)),
        new_code_cell("got", metadata=flags("got", SHARE, False)),
        new_markdown_cell(answer, metadata=flags("why", WHY, True)),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


class Work(RuleBasedStateMachine):
    """One student, and all that can be done, in any order, beside a model of what must come out."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        root = Path(self.folder.name)
        self.course = Course(root)
        source = root / "solutions" / ASSIGNMENT
        source.mkdir(parents=True)
        nbformat.write(notebook("0", BLANK), source / f"{ASSIGNMENT}.ipynb")
        (root / "nbgrader_config.py").write_text(CONFIG)
        self.course.generate()
        with self.book() as book:
            book.update_or_create_assignment(ASSIGNMENT, duedate=DUE)
        self.handed, self.graded, self.time = None, None, DUE - timedelta(days=1)
        self.given: dict[str, tuple[float, tuple[str, str]]] = {}
        self.excused = False
        self.penalty = Decimal()
        self.page = None
        with contextlib.chdir(self.course.root):
            assert main(["roster", "--add", "s01"]) == 0
        self.extend(1)  # before anything is handed in
        self.hand_in("6.38", "It adds.", 3)
        self.grade(False)

    def book(self):
        return Gradebook(f"sqlite:///{self.course.root}/gradebook.db", "pooling")

    def teardown(self):
        if hasattr(self, "folder"):
            self.folder.cleanup()

    @rule(
        points=st.sampled_from(["1", "6.38", "0.1 + 0.2", "7 / 3"]),
        answer=st.sampled_from([BLANK, "It adds.", "It adds up."]),
        days=st.integers(1, 4),
    )
    def hand_in(self, points, answer, days):
        self.time += timedelta(days=days)
        path = self.course.hand_in("s01", notebook(points, answer))
        (path.parent / "timestamp.txt").write_text(f"{self.time} UTC")
        self.handed = (points, answer, self.time)

    @rule(force=st.just(True) | st.booleans())
    def grade(self, force):
        words = ["grade", ASSIGNMENT, "--jobs=1"] + ["--force"] * force
        with contextlib.chdir(self.course.root):
            assert main(words) == 0
        self.graded = self.handed
        self.penalty = self.penalty_by_model()

    def penalty_by_model(self) -> Decimal:
        if self.graded is None:
            return Decimal()
        late = self.graded[2] - DUE - timedelta(days=self.extension)
        return Decimal("0.1") * (SHARE + WHY) * max(0, math.ceil(late / timedelta(days=1)))

    @rule(cell=st.sampled_from(["got", "why"]), points=st.sampled_from([0, 0.1, 1.5, 4.25]))
    def mark_by_hand(self, cell, points):
        with self.book() as book:
            grade = book.find_grade(cell, ASSIGNMENT, ASSIGNMENT, "s01")
            grade.manual_score, grade.needs_manual_grade = points, False  # as formgrader does
            book.db.commit()
        self.given[cell] = (points, self.graded[:2])

    @rule(days=st.integers(0, 5))
    def extend(self, days):
        with contextlib.chdir(self.course.root):
            assert main(["extend", "s01", ASSIGNMENT, str(days)]) == 0
        self.extension = days
        self.penalty = self.penalty_by_model()

    @rule(excused=st.booleans())
    def excuse(self, excused):
        with contextlib.chdir(self.course.root):
            assert main(["excuse", "s01", ASSIGNMENT] + ["--undo"] * (not excused)) == 0
        self.excused = excused

    @rule()
    def write_feedback(self):
        with self.course.app("s01") as app:
            GenerateFeedback(coursedir=app.coursedir, parent=app, force=True).start()
        self.page = self.course.root / "feedback" / "s01" / ASSIGNMENT / f"{ASSIGNMENT}.html"

    def marks_by_model(self) -> dict[str, Decimal | None]:
        points, answer, _ = self.graded
        automatic = {
            "got": Decimal(repr(float(eval(points)))),
            "why": Decimal() if answer == BLANK else None,
        }
        return automatic | {
            name: Decimal(repr(float(points))) for name, (points, _) in self.given.items()
        }

    def total_by_model(self) -> float:
        got = sum((mark or Decimal() for mark in self.marks_by_model().values()), Decimal())
        return float(max(Decimal(), got - self.penalty))

    @invariant()
    def all_say_the_same(self):
        marks, total = self.marks_by_model(), self.total_by_model()
        (row,) = results(ASSIGNMENT, course_directory(self.course.root))
        assert {m.exercise: m.points for m in row.marks} == {
            name: None if points is None else pytest.approx(float(points), abs=1e-9)
            for name, points in marks.items()
        }
        assert row.penalty == pytest.approx(float(self.penalty), abs=1e-9)
        assert row.total == pytest.approx(total, abs=1e-9)
        with self.book() as book, self.course.app() as app:
            CsvExportPlugin(to=str(self.course.root / "grades.csv")).export(book)
            LmsExport(to=str(self.course.root / "lms.csv"), parent=app).export(book)
        (theirs,) = csv.DictReader((self.course.root / "grades.csv").open())
        assert float(theirs["score"]) == pytest.approx(total, abs=1e-9)
        assert float(theirs["late_submission_penalty"]) == pytest.approx(float(self.penalty))
        (filled,) = csv.DictReader((self.course.root / "lms.csv").open())
        waits = any(points is None for points in marks.values())
        assert row.excused == self.excused
        assert filled[ASSIGNMENT] == ("" if waits or self.excused else f"{round(total, 4):g}")
        reread = {m.exercise: m.reread for m in row.marks}
        for name, (_, read) in self.given.items():  # of a machine's mark a person reads all
            of_this = slice(1, 2) if name == "why" else slice(0, 2)
            assert reread[name] == (read[of_this] != self.graded[of_this])

    @invariant()
    def feedback_is_right_or_said_to_be_old(self):
        if self.page is None:
            return
        (shown,) = re.findall(r'class="total">([\d.]+) of 12 points', self.page.read_text())
        (row,) = results(ASSIGNMENT, course_directory(self.course.root))
        assert row.outdated or float(shown) == pytest.approx(row.total, abs=1e-4)


Work.TestCase.settings = settings(
    max_examples=6,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestWork = Work.TestCase


SEQUENCES = {
    "a mark by hand and a regrade": [
        lambda work: work.mark_by_hand("why", 1.5),
        lambda work: work.grade(True),
        lambda work: work.mark_by_hand("got", 0.1),
        lambda work: work.grade(True),
        lambda work: work.grade(True),
    ],
    "late, marked by hand, graded again": [
        lambda work: work.hand_in("1", "It adds.", 4),
        lambda work: work.grade(False),
        lambda work: work.mark_by_hand("why", 4.25),
        lambda work: work.grade(True),
        lambda work: work.extend(2),
        lambda work: work.grade(False),
        lambda work: work.extend(0),
        lambda work: work.grade(True),
    ],
    "another answer after the mark, and the old one again": [
        lambda work: work.mark_by_hand("why", 1.5),
        lambda work: work.hand_in("6.38", "It adds up.", 1),
        lambda work: work.grade(False),
        lambda work: work.grade(True),
        lambda work: work.hand_in("6.38", "It adds.", 1),
        lambda work: work.grade(False),
    ],
    "feedback, and then a mark by hand": [
        lambda work: work.write_feedback(),
        lambda work: work.mark_by_hand("why", 1.5),
        lambda work: work.write_feedback(),
        lambda work: work.mark_by_hand("got", 0.1),
        lambda work: work.grade(True),
    ],
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_the_orders_that_went_wrong_come_out_right(name):
    work = Work()
    try:
        for step in (Work.begin, *SEQUENCES[name]):
            step(work)
            work.all_say_the_same()
            work.feedback_is_right_or_said_to_be_old()
    finally:
        work.teardown()


@pytest.fixture(scope="module", autouse=True)
def cold():
    yield
    close_all()
