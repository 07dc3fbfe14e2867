"""A class is graded by the commands that are printed, and everyone gets what they deserve."""

import csv
import io
import os
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import nbformat
import pytest
from rich.console import Console

from pooledu.grading.export.results import course_directory, results
from pooledu.grading.export.table import diagnoses
from tests.classroom import __main__ as pipeline
from tests.classroom.classroom import class_facts, submissions
from tests.classroom.test_submissions import own_verdicts

ROOT = Path(__file__).parents[2]
PS = "ps1_windows"
CLASS = {each.student: each for each in submissions(PS)}
READABLE = [student for student, each in CLASS.items() if not each.cut_off]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The folder of a course whose sample class has just been graded."""
    root = tmp_path_factory.mktemp("classroom") / "course"
    assert pipeline.main(PS, root) == 0
    return root


@pytest.fixture(scope="module")
def table(course):
    """Each student's result."""
    return {each.student: each for each in results(PS, course_directory(course))}


@pytest.fixture(scope="module")
def points():
    """What each exercise is worth, by the instructor's notebook."""
    notebook = nbformat.read(ROOT / "solutions" / PS / f"{PS}.ipynb", as_version=4)
    cells = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
    return {cell["grade_id"]: cell["points"] for cell in cells if cell.get("grade")}


def test_everyone_who_should_be_in_the_table_is(table):
    assert list(table) == sorted([*CLASS, *class_facts(PS)["absent"]])


@pytest.mark.parametrize("student", READABLE)
def test_marks_are_deserved(student, table, points):
    """All points, none, or between; and a named mistake is named."""
    marks = {mark.exercise: mark for mark in table[student].marks}
    assert list(marks) == list(points)
    for exercise, mark in marks.items():
        deserved = CLASS[student].deserves.get(exercise, "right")
        assert mark.out_of == points[exercise]
        if deserved == "right" and exercise == "max_above_mean":
            assert mark.points is None, "a sentence waits for a person"
        elif deserved in ("right", "nothing"):
            assert mark.points == (mark.out_of if deserved == "right" else 0), exercise
        elif exercise == "pooled_size":
            assert mark.points == 0, "an answer is right or wrong"
        else:
            assert 0 <= mark.points < mark.out_of, exercise
        assert bool(mark.remark) == (deserved != "right" and exercise != "max_above_mean")


@pytest.mark.parametrize("student", [each for each in READABLE if each != "s08-forever"])
def test_a_check_in_the_students_own_notebook_says_what_the_judge_says(student, table):
    """The same cases with other numbers: the same points and the same diagnosis."""
    released = ROOT / "exercises" / PS / f"{PS}.ipynb"
    own = own_verdicts(CLASS[student], released)
    marks = {mark.exercise: mark for mark in table[student].marks}
    for exercise, verdict in own.items():
        mark = marks[exercise]
        assert mark.points == verdict.out_of(mark.out_of).reached
        assert (mark.remark == "") == verdict.passed
        if verdict.misconception:
            assert mark.remark == verdict.summary()["headline"]


def test_lateness_costs_a_tenth_of_the_maximum_a_day(table, points):
    late = table["s10-late"]
    assert late.handed_in - class_facts(PS)["due"].replace(tzinfo=None) == timedelta(hours=36)
    assert late.penalty == pytest.approx(2 * sum(points.values()) / 10)
    assert late.total == pytest.approx(table["s01-loops"].total - late.penalty)
    assert all(each.penalty == 0 for each in table.values() if each is not late)


def test_a_broken_submission_costs_itself_alone_and_says_why(course, table):
    broken = table["s11-cut-off"]
    assert broken.total == 0
    assert all("is not a notebook" in mark.remark for mark in broken.marks if mark.remark)
    assert any(mark.remark for mark in broken.marks)
    feedback = course / "feedback" / "s11-cut-off" / PS / f"{PS}.html"
    assert "is not a notebook" in feedback.read_text(encoding="utf-8")
    assert [each.student for each in table.values() if each.problem] == ["s13-absent"]


def test_the_later_of_two_submissions_counts(table):
    assert table["s12-second-try"].handed_in == CLASS["s12-second-try"].handed_in.replace(
        tzinfo=None
    )
    assert table["s12-second-try"].total > 0


def test_the_exported_csv_has_the_totals_of_the_table(course, table):
    with (course / "grades.csv").open(encoding="utf-8") as file:
        exported = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert exported == pytest.approx({each.student: each.total for each in table.values()})


def test_the_feedback_shows_the_message_and_the_picture_beside_partial_credit(course, table):
    page = (course / "feedback" / "s04-zeros" / PS / f"{PS}.html").read_text(encoding="utf-8")
    mark = next(mark for mark in table["s04-zeros"].marks if mark.exercise == "max_pool2d")
    assert f"{mark.points:g} of {mark.out_of:g}" in page
    mistake = mark.remark[1:]  # in the feedback it stands in the middle of a sentence
    assert mistake in page
    assert "<svg" in page.split(mistake)[1].partition("All cases")[0]


def test_what_went_wrong_is_said_in_words(table):
    console = Console(width=200, file=io.StringIO())
    console.print(diagnoses(list(table.values())))
    lines = console.file.getvalue().splitlines()
    zeros = next(line for line in lines if "s04-zeros" in line and "max_pool2d" in line)
    assert "compares with 0" in zeros


def test_grading_again_changes_nothing(course):
    graded = course / "autograded" / "s01-loops" / PS / f"{PS}.ipynb"
    before = graded.stat().st_mtime_ns
    os.utime(course / "grades.csv")  # newer than anything edited while the tests run
    assert pipeline.main(PS, course) == 0
    assert graded.stat().st_mtime_ns == before


def test_only_what_has_changed_counts_as_new(course):
    archive = course / "downloaded" / PS / "archive"
    next(archive.glob("s03-*")).write_text("an older version")
    (archive / f"s99-gone_20260930T120000Z_{PS}.ipynb").write_text("no longer in the class")
    assert pipeline.receive(PS, course) == {"s03-square", "s99-gone"}
    assert pipeline.receive(PS, course) == set()


def test_stock_autograde_gives_the_same_marks(course, table):
    subprocess.run(
        [pipeline.SCRIPTS / "nbgrader", "autograde", PS, "--student=s05-stride", "--force"],
        cwd=course,
        check=True,
        capture_output=True,
    )
    again = next(
        each for each in results(PS, course_directory(course)) if each.student == "s05-stride"
    )
    assert again.outdated  # the page was made of the notebook before
    assert replace(again, outdated=False) == table["s05-stride"]


@pytest.mark.parametrize("file", ["Makefile", "README.md"])
def test_where_the_sample_class_lies_is_said_rightly(file):
    assert f"{pipeline.COURSE.as_posix()}/" in (ROOT / file).read_text(encoding="utf-8")
    assert " gradebook.db" not in (ROOT / "Makefile").read_text(encoding="utf-8")
