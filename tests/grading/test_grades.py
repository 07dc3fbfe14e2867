"""`pooledu grades`: a class of any size, a page at a time, and as a table for other programs."""

import csv
import re

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import event
from sqlalchemy.engine import Engine

from pooledu.cli import main
from pooledu.grading.bridge.gradebook import INDEXES, shared
from tests.grading.course import ASSIGNMENT, make_course

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
CLASS = [f"s{number:03}" for number in range(1, 241)]
ODD = "=1+1"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A class in whose gradebook marks stand, for which nothing had to be run."""
    course = make_course(tmp_path_factory.mktemp("class"))
    with Gradebook(f"sqlite:///{course.root}/gradebook.db", "pooling") as book:
        for number, student in enumerate([*CLASS, ODD]):
            book.add_student(student)
            if number % 3 == 2:
                continue
            submission = book.add_submission(ASSIGNMENT, student)
            for grade in submission.notebooks[0].grades:
                grade.auto_score = grade.max_score if number % 2 else 0.1
                grade.needs_manual_grade = False
            course.hand_in(student, b"{}")
            graded = course.root / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
            graded.parent.mkdir(parents=True)
            graded.write_text('{"cells": []}')
        book.db.commit()
    return course


@pytest.fixture
def run(course, monkeypatch, capfd):
    """Give a command in the course; return its exit code and what it said."""
    monkeypatch.chdir(course.root)

    def command(*words: str) -> tuple[int, str]:
        capfd.readouterr()
        code = main(list(words))
        return code, "".join(capfd.readouterr())

    return command


def test_the_pages_together_show_everybody_once(run):
    seen = []
    for page in ("1", "2", "3"):
        code, said = run("grades", ASSIGNMENT, "--page", page)
        assert code == 0
        seen += re.findall(r"^│ (\S+) ", said, re.MULTILINE)
        assert "241 students: 161 graded, 80 without a mark; mean" in said
    assert seen == [ODD, *CLASS]
    assert "`--page 2` shows the next" in run("grades", ASSIGNMENT)[1]
    assert "shows the next" not in run("grades", ASSIGNMENT, "--page", "3")[1]
    assert "`--csv FILE`" not in run("grades", ASSIGNMENT, "--rows", "500")[1]


def test_a_page_that_is_not_there_and_a_stranger_are_a_sentence(run):
    assert run("grades", ASSIGNMENT, "--page", "4") == (
        1,
        "pooledu: there is no page 4; the last one is 3\n",
    )
    assert "'s999'" in run("grades", ASSIGNMENT, "--student", "s999")[1]
    assert run("grades", ASSIGNMENT, "--page", "0")[0] == 1
    assert "knows no assignment 'ps9'" in run("grades", "ps9")[1]
    assert run("grades", ASSIGNMENT, "--csv", "/nowhere/at/all.csv")[0] == 1


def test_the_table_has_what_the_pages_show_and_is_no_formula(run, course):
    assert run("grades", ASSIGNMENT, "--csv", "marks.csv")[0] == 0
    with (course.root / "marks.csv").open() as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert list(rows) == [f"'{ODD}", *CLASS]
    assert rows["s002"]["total"] == rows["s002"]["out of"] == "12"
    assert rows["s001"]["total"] == "0.6"  # six times a tenth, exactly
    assert (rows["s003"]["total"], rows["s003"]["remark"]) == ("", "nothing handed in")
    for student in ("s001", "s002"):
        shown = run("grades", ASSIGNMENT, "--student", student)[1]
        assert f"{rows[student]['total']}/12" in shown
        assert "Shown:" not in shown


def test_a_student_is_looked_up_without_reading_the_class(course):
    """Without an index, nbgrader's own look-ups read all rows of everybody."""
    with shared(f"sqlite:///{course.root}/gradebook.db", "pooling"):
        pass
    with Gradebook(f"sqlite:///{course.root}/gradebook.db", "pooling") as book:
        for table, column in INDEXES.items():
            plan = f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE {column} = 'x'"
            (step,) = book.db.connection().exec_driver_sql(plan).fetchall()
            assert "USING INDEX" in step[-1]


@pytest.mark.parametrize("student", ["s001", "s002"])
def test_one_student_costs_no_more_queries_in_a_class_than_alone(student, run, monkeypatch):
    """Of the class only the roster and the sums are read, each in one query."""
    counted = []

    def count(*arguments):
        counted.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", count)
    try:
        run("grades", ASSIGNMENT, "--student", student)
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert 0 < len(counted) < 120
