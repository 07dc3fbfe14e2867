"""Whatever the order of work, all who say what a student got say the same, and it is right."""

import contextlib
import csv
import io
import math
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import nbformat
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.plugins.export import CsvExportPlugin

from pooledu.cli import main
from pooledu.grading.execution.worker import close_all
from pooledu.grading.export import LmsExport
from pooledu.grading.export.results import course_directory, results
from tests.sampling import WHOLE

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

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
ONE, TWO, ADA, BO = "one", "two", "s01", "s02"
PLACES = [(ADA, ONE), (BO, ONE), (ADA, TWO)]
DUE = {ONE: datetime(2026, 9, 30, 22, tzinfo=UTC), TWO: datetime(2026, 10, 3, 22, tzinfo=UTC)}
ZONES = ["UTC", "Asia/Kolkata", "+02:00", "-0930"]  # none of which shifts its clocks
SHARE, WHY, BLANK = 7, 5, "YOUR ANSWER HERE"

places = st.sampled_from(PLACES)
names = st.sampled_from([ONE, ONE, TWO])
cells = st.sampled_from(["why", "why", "got"])
ways = st.sampled_from(["pooledu", "nbgrader", ""])
given_points = st.sampled_from([1.5, 0.1, 4.25, 0])


def notebook(points: str, answer: str, deleted: str = "") -> nbformat.NotebookNode:
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
    cells = [cell for cell in cells if cell.metadata.nbgrader.grade_id != deleted]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def in_zone(time: datetime, zone: str) -> str:
    """Write a time as a clock in that zone shows it."""
    if zone[0] in "+-":
        local = time.astimezone(datetime.strptime(zone, "%z").tzinfo)
        return f"{local:%Y-%m-%d %H:%M:%S} {zone}"
    return f"{time.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S} {zone}"


@dataclass
class Sheet:
    """What must come out for a student and a set: written down as plainly as can be."""

    handed: tuple[str, str, datetime] | None = None  # code, answer, time
    graded: tuple[str, str, datetime] | None = None
    given: dict[str, tuple[float, tuple[str, str]]] = field(default_factory=dict)  # and what for
    extra: dict[str, float] = field(default_factory=dict)
    extension: int = 0
    excused: bool = False
    penalty: Decimal = Decimal()

    def marks(self) -> dict[str, Decimal | None]:
        """Return the marks: a person's, else the machine's, else none."""
        if self.graded is None:
            return {}
        points, answer, _ = self.graded
        found = {
            "got": Decimal(repr(float(eval(points)))),
            "why": Decimal() if answer == BLANK else None,
        }
        found |= {name: Decimal(repr(float(points))) for name, (points, _) in self.given.items()}
        return {
            name: None if points is None else points + Decimal(repr(self.extra.get(name, 0.0)))
            for name, points in found.items()
        }

    def total(self) -> float:
        """Return the sum less the penalty, never below zero."""
        got = sum((mark or Decimal() for mark in self.marks().values()), Decimal())
        return float(max(Decimal(), got - self.penalty))

    def be_late(self, due: datetime) -> None:
        """Note what the time of the hand-in costs now."""
        if self.graded is not None:
            late = self.graded[2] - due - timedelta(days=self.extension)
            days = max(0, math.ceil(late / timedelta(days=1)))
            self.penalty = Decimal("0.1") * (SHARE + WHY) * days

    def changed_since_read(self, name: str) -> bool:
        """Say if a person gave a mark for something else: of a machine's mark they read all."""
        of_this = slice(1, 2) if name == "why" else slice(0, 2)
        return self.given[name][1][of_this] != self.graded[of_this]


class Work(RuleBasedStateMachine):
    """Two students, two sets, and all that can be done, in any order, beside a model."""

    @initialize(cell=cells, points=given_points, again=ways)
    def begin(self, cell="why", points=None, again=""):
        """Release both sets, grade one submission, and read it: the rest is what comes of that."""
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        (self.root / "nbgrader_config.py").write_text(CONFIG)
        self.due, self.time = dict(DUE), DUE[ONE] - timedelta(days=2)
        self.sheets = {place: Sheet() for place in PLACES}
        for name in DUE:
            source = self.root / "solutions" / name
            source.mkdir(parents=True)
            nbformat.write(notebook("0", BLANK), source / f"{name}.ipynb")
            with self.app(name) as app:
                GenerateAssignment(coursedir=app.coursedir, parent=app).start()
            self.be_due(name, 0)
        assert self.run("roster", "--add", ADA, "--add", BO) == 0
        self.extend((ADA, ONE), 1)  # before anything is handed in
        self.hand_in((ADA, ONE), "6.38", "It adds.", 80, "UTC", "")
        self.grade(ONE, False, "pooledu")
        if points is not None:
            self.mark_by_hand((ADA, ONE), cell, points)
        if again:
            self.grade(ONE, True, again)

    def teardown(self):
        if hasattr(self, "folder"):
            self.folder.cleanup()

    def run(self, *words: str) -> int:
        self.said = io.StringIO()
        with contextlib.chdir(self.root), contextlib.redirect_stdout(self.said):
            return main(list(words))

    def book(self):
        return Gradebook(f"sqlite:///{self.root}/gradebook.db", "pooling")

    @contextlib.contextmanager
    def app(self, name: str):
        with contextlib.chdir(self.root):
            app = NbGrader()
            app.initialize([], root=str(self.root))
            app.coursedir.assignment_id = name
            yield app

    def of(self, name: str) -> dict[str, Sheet]:
        """Return the sheets of a set, by student."""
        return {student: its for (student, where), its in self.sheets.items() if where == name}

    @rule(
        place=places,
        points=st.sampled_from(["1", "6.38", "0.1 + 0.2", "7 / 3"]),
        answer=st.sampled_from([BLANK, "It adds.", "It adds up."]),
        hours=st.integers(1, 70),
        zone=st.sampled_from(ZONES),
        deleted=st.sampled_from(["", "got-code", "got", "why"]) | st.just(""),
    )
    def hand_in(self, place, points, answer, hours, zone, deleted):
        student, name = place
        self.time += timedelta(hours=hours)
        folder = self.root / "submitted" / student / name
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook(points, answer, deleted), folder / f"{name}.ipynb")
        (folder / "timestamp.txt").write_text(in_zone(self.time, zone))
        points = "0" if deleted == "got-code" else points  # which comes back as it was released
        answer = BLANK if deleted == "why" else answer
        self.sheets[place].handed = (points, answer, self.time)

    @rule(place=places)
    def lose_what_was_handed_in(self, place):
        student, name = place
        shutil.rmtree(self.root / "submitted" / student / name, ignore_errors=True)
        self.sheets[place].handed = None

    @rule(
        name=names,
        force=st.sampled_from([True, True, False]),
        how=st.sampled_from(["pooledu", "pooledu", "one student", "nbgrader"]),
    )
    def grade(self, name, force, how):
        students = [student for student, its in self.of(name).items() if its.handed]
        if how == "one student":
            students = [each for each in students if each == ADA]
        if how == "nbgrader" and not students:
            return  # it ends with an error where nothing was handed in
        if how == "nbgrader":
            with self.app(name) as app:
                Autograde(coursedir=app.coursedir, parent=app, force=force).start()
        else:
            words = ["--force"] * force + ["--student", ADA] * (how == "one student")
            assert self.run("grade", name, "--jobs=1", *words) == 0
        for student in students:
            sheet = self.of(name)[student]
            if force or sheet.graded is None or sheet.handed[2] > sheet.graded[2]:
                sheet.graded = sheet.handed
                sheet.be_late(self.due[name])
        if how != "nbgrader":
            self.follow(name)

    def follow(self, name):
        """Our commands let all penalties of a set follow its dates."""
        for sheet in self.of(name).values():
            sheet.be_late(self.due[name])

    @rule(
        which=st.integers(0, len(PLACES) - 1),
        cell=cells,
        points=st.one_of(given_points, given_points, st.none()),
        extra=st.sampled_from([None, None, 0.7]),
        again=ways,
    )
    def read_an_answer(self, which, cell, points, extra, again):
        """Read one of those that are graded; most often all are then graded again."""
        graded = [place for place, sheet in self.sheets.items() if sheet.graded]
        place = graded[which % len(graded)]
        self.mark_by_hand(place, cell, points, extra)
        if again:
            self.grade(place[1], True, again)

    def mark_by_hand(self, place, cell, points, extra=None):
        sheet, (student, name) = self.sheets[place], place
        with self.book() as book:  # as formgrader does
            grade = book.find_grade(cell, name, name, student)
            grade.manual_score, grade.extra_credit = points, extra
            grade.needs_manual_grade = points is None and grade.auto_score is None
            book.db.commit()
        sheet.extra[cell] = extra or 0.0
        if points is None:
            sheet.given.pop(cell, None)
        else:
            sheet.given[cell] = (points, sheet.graded[:2])

    @rule(place=places, days=st.integers(0, 5))
    def extend(self, place, days):
        assert self.run("extend", *place, str(days)) == 0
        self.sheets[place].extension = days
        self.follow(place[1])

    @rule(place=places, excused=st.booleans())
    def excuse(self, place, excused):
        assert self.run("excuse", *place, *["--undo"] * (not excused)) == 0
        self.sheets[place].excused = excused
        self.follow(place[1])

    @rule(name=names, days=st.integers(-2, 2))
    def be_due(self, name, days):
        self.due[name] = DUE[name] + timedelta(days=days)
        with self.book() as book:
            due = self.due[name].replace(tzinfo=None)
            book.update_or_create_assignment(name, duedate=due)

    @rule(name=names, how=st.sampled_from(["pooledu", "nbgrader"]))
    def write_feedback(self, name, how):
        graded = [student for student, its in self.of(name).items() if its.graded]
        if not graded:
            assert self.run("feedback", name, "--jobs=1") == 1
            return
        if how == "pooledu":
            assert self.run("feedback", name, "--jobs=1") == 0
        else:
            with self.app(name) as app:
                GenerateFeedback(coursedir=app.coursedir, parent=app, force=True).start()
        for row in results(name, course_directory(self.root)):
            assert not row.outdated
            assert self.page(row.student, name).exists() == (row.student in graded)
        assert self.run("feedback", name, "--jobs=1") == 0
        assert self.said.getvalue().startswith(
            f"0 pages written, {len(graded)} were as they should be."
        )

    def page(self, student: str, name: str) -> Path:
        return self.root / "feedback" / student / name / f"{name}.html"

    @invariant()
    def the_table_is_right(self):
        for name in DUE:
            for row in results(name, course_directory(self.root)):
                sheet = self.of(name).get(row.student, Sheet())
                assert {m.exercise: m.points for m in row.marks} == {
                    cell: None if points is None else pytest.approx(float(points), abs=1e-9)
                    for cell, points in sheet.marks().items()
                }
                assert row.penalty == pytest.approx(float(sheet.penalty), abs=1e-9)
                assert row.total == pytest.approx(sheet.total(), abs=1e-9)
                assert row.excused == sheet.excused
                reread = {m.exercise: m.reread for m in row.marks}
                for cell in sheet.given:
                    assert reread[cell] == sheet.changed_since_read(cell)

    @invariant()
    def both_exports_are_right(self):
        with self.book() as book, self.app(ONE) as app:
            CsvExportPlugin(to="grades.csv").export(book)
            LmsExport(to="lms.csv", parent=app).export(book)
            with open("grades.csv") as file:
                theirs = {
                    (row["student_id"], row["assignment"]): row for row in csv.DictReader(file)
                }
            with open("lms.csv") as file:
                filled = {row["student_id"]: row for row in csv.DictReader(file)}
        for (student, name), sheet in self.sheets.items():
            row, total = theirs[student, name], sheet.total()
            assert float(row["score"]) == pytest.approx(total, abs=1e-9)
            penalty = float(row["late_submission_penalty"] or 0)
            assert penalty == pytest.approx(float(sheet.penalty), abs=1e-9)
            open_ = sheet.graded is None or None in sheet.marks().values() or sheet.excused
            assert filled[student][name] == ("" if open_ else f"{round(total, 4):g}")

    @invariant()
    def feedback_is_right_or_said_to_be_old(self):
        for name in DUE:
            for row in results(name, course_directory(self.root)):
                page = self.page(row.student, name)
                if row.outdated or not page.exists():
                    continue
                text = page.read_text()
                (shown,) = re.findall(r'class="total">([\d.]+) of 12 points', text)
                assert float(shown) == pytest.approx(row.total, abs=1e-4)
                taken = re.findall(r"handed in late</td><td>−([\d.]+)", text)
                assert sum(map(float, taken)) == pytest.approx(row.penalty, abs=1e-4)
                shown = re.findall(r'#(\w+)">\1</a></td>\s*<td><span class="mark">(.*?) of', text)
                assert dict(shown) == {
                    m.exercise: "to be read" if m.points is None else f"{round(m.points, 4):g}"
                    for m in row.marks
                }


Work.TestCase.settings = settings(
    max_examples=60 if WHOLE else 5,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestWork = Work.TestCase
HERE = (ADA, ONE)

SEQUENCES = {
    "a mark by hand and a regrade": [
        lambda work: work.mark_by_hand(HERE, "why", 1.5),
        lambda work: work.grade(ONE, True, "pooledu"),
        lambda work: work.mark_by_hand(HERE, "got", 0.1),
        lambda work: work.grade(ONE, True, "nbgrader"),
        lambda work: work.grade(ONE, True, "pooledu"),
    ],
    "late, marked by hand, graded again": [
        lambda work: work.hand_in(HERE, "1", "It adds.", 96, "Asia/Kolkata", ""),
        lambda work: work.grade(ONE, False, "pooledu"),
        lambda work: work.mark_by_hand(HERE, "why", 4.25),
        lambda work: work.grade(ONE, True, "pooledu"),
        lambda work: work.extend(HERE, 2),
        lambda work: work.grade(ONE, False, "one student"),
        lambda work: work.extend(HERE, 0),
        lambda work: work.grade(ONE, True, "pooledu"),
        lambda work: work.be_due(ONE, 2),
        lambda work: work.grade(ONE, False, "pooledu"),
    ],
    "another answer after the mark, and the old one again": [
        lambda work: work.mark_by_hand(HERE, "why", 1.5),
        lambda work: work.hand_in(HERE, "6.38", "It adds up.", 24, "UTC", ""),
        lambda work: work.grade(ONE, False, "pooledu"),
        lambda work: work.grade(ONE, True, "pooledu"),
        lambda work: work.hand_in(HERE, "6.38", "It adds.", 24, "UTC", ""),
        lambda work: work.grade(ONE, False, "pooledu"),
    ],
    "a mark for what is no longer the latest": [
        lambda work: work.hand_in(HERE, "1", "It adds up.", 1, "-0930", ""),
        lambda work: work.mark_by_hand(HERE, "why", 4.25, 0.7),
        lambda work: work.grade(ONE, False, "pooledu"),
        lambda work: work.mark_by_hand(HERE, "why", 0.1),
        lambda work: work.grade(ONE, True, "pooledu"),
    ],
    "a cell deleted, a mark taken back, the submission lost": [
        lambda work: work.mark_by_hand(HERE, "why", 1.5),
        lambda work: work.hand_in(HERE, "1", "It adds.", 1, "UTC", "why"),
        lambda work: work.grade(ONE, False, "pooledu"),
        lambda work: work.mark_by_hand(HERE, "why", None),
        lambda work: work.hand_in(HERE, "1", "It adds.", 1, "+02:00", "got-code"),
        lambda work: work.grade(ONE, False, "nbgrader"),
        lambda work: work.lose_what_was_handed_in(HERE),
        lambda work: work.grade(ONE, True, "pooledu"),
    ],
    "feedback, and then a mark by hand": [
        lambda work: work.write_feedback(ONE, "nbgrader"),
        lambda work: work.mark_by_hand(HERE, "why", 1.5),
        lambda work: work.write_feedback(ONE, "pooledu"),
        lambda work: work.mark_by_hand(HERE, "got", 0.1, 0.7),
        lambda work: work.grade(ONE, True, "pooledu"),
        lambda work: work.write_feedback(ONE, "pooledu"),
    ],
    "two sets and two students, one of them late, one excused": [
        lambda work: work.hand_in((ADA, TWO), "7 / 3", BLANK, 30, "+02:00", ""),
        lambda work: work.hand_in((BO, ONE), "0.1 + 0.2", "It adds.", 20, "UTC", ""),
        lambda work: work.excuse((BO, ONE), True),
        lambda work: work.grade(TWO, False, "nbgrader"),
        lambda work: work.grade(ONE, False, "one student"),
        lambda work: work.grade(ONE, False, "pooledu"),
        lambda work: work.write_feedback(TWO, "pooledu"),
        lambda work: work.excuse((BO, ONE), False),
        lambda work: work.be_due(TWO, -2),
        lambda work: work.extend((ADA, TWO), 1),
    ],
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_the_orders_that_went_wrong_come_out_right(name):
    work = Work()
    try:
        for step in (Work.begin, *SEQUENCES[name]):
            step(work)
            work.the_table_is_right()
            work.both_exports_are_right()
            work.feedback_is_right_or_said_to_be_old()
    finally:
        work.teardown()


@pytest.fixture(scope="module", autouse=True)
def cold():
    yield
    close_all()
