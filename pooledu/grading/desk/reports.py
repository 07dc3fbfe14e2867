"""`pooledu report` and `pooledu similar`."""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pooledu.grading.course.settings import CourseError
from pooledu.grading.desk.people import saying
from pooledu.grading.escaping import cell, plain

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory

    from pooledu.grading.export.results import Result

FOLDER = Path("reports")
ROWS, EXAMPLES = 15, 5


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> list[str]:
    """Add the commands; return their names."""
    report = commands.add_parser(
        "report",
        help="what a class did not understand",
        description="Print each exercise's difficulty and discrimination, the mistakes and the "
        "cases that most fail, and write them into reports/ as a page and a table.",
    )
    report.add_argument("assignment", metavar="set", help="a problem set, such as ps1_windows")
    report.set_defaults(run=saying(write_report))
    similar = commands.add_parser(
        "similar",
        help="answers that agree more than the task makes them",
        description="List pairs of answers that agree more than the released stub, the right "
        "answer and the habits of the class force. It is a hint, not a verdict.",
    )
    similar.add_argument("assignment", metavar="set", help="a problem set, such as ps1_windows")
    similar.set_defaults(run=saying(write_similar))
    return ["report", "similar"]


def _class(assignment: str) -> tuple[CourseDirectory, list[Result]]:
    """Return the course and the results of a problem set."""
    from pooledu.grading.export.results import course_directory, results

    course = course_directory()
    try:
        return course, results(assignment, course)
    except LookupError as error:
        raise CourseError(error.args[0]) from None


def write_report(arguments: argparse.Namespace) -> None:
    """Print what was understood, and write it as a page and as tables."""
    from nbgrader.api import Gradebook

    from pooledu.grading.export.pages import item_row, report_page
    from pooledu.grading.export.reading import answers, works
    from pooledu.grading.export.statistics import cases, items, mistakes

    name = arguments.assignment
    course, results = _class(name)
    found = answers(course, name, results)
    if not found:
        raise CourseError(f"nothing of {name} is graded yet; run `pooledu grade {name}` first")
    with Gradebook(course.db_url, course.course_id) as gradebook:
        due = gradebook.find_assignment(name).duedate
    numbers, made = items(found), mistakes(found)
    _print(
        name,
        ["exercise", "answers", "mean", "all points", "no points", "discrimination"],
        [item_row(item) for item in numbers],
    )
    head = ["exercise", "mistake", "students", "for example"]
    rows = [[e, m, str(len(who)), ", ".join(who[:EXAMPLES])] for e, m, who in made[:ROWS]]
    _print("mistakes", head, rows)
    hard = [[exercise, tests, str(count)] for exercise, tests, count in cases(found)[:ROWS]]
    _print("cases that most fail", ["exercise", "case", "students"], hard)
    FOLDER.mkdir(exist_ok=True)
    page = FOLDER / f"{name}.html"
    page.write_text(report_page(name, numbers, found, works(results), due), encoding="utf-8")
    table = FOLDER / f"{name}.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["student", "exercise", "share", "mistake", "cases that fail"])
        for each in found:
            share = "" if each.share is None else f"{each.share:.4f}"
            texts = (each.student, each.exercise, share, each.mistake, "; ".join(each.failed))
            writer.writerow([cell(plain(text, 1000)) for text in texts])
    print(f"{page}, {table}")


def write_similar(arguments: argparse.Namespace) -> None:
    """Print pairs of answers that agree, and write them side by side."""
    from pooledu.grading.export.pages import pair_text, similar_page
    from pooledu.grading.export.reading import solutions
    from pooledu.grading.export.similarity import pairs

    name = arguments.assignment
    course, results = _class(name)
    forced = solutions(course, name, course.source_directory, ".")
    stubs = solutions(course, name, course.release_directory, ".")
    by_student = {
        each.student: solutions(course, name, course.autograded_directory, each.student)
        for each in results
        if each.marks
    }
    sources = {
        cell: {who: its[cell] for who, its in by_student.items() if cell in its} for cell in forced
    }
    found = [
        pair
        for cell, its in sources.items()
        for pair in pairs(cell, its, forced[cell], stubs.get(cell, ""))
    ]
    found.sort(key=lambda pair: -pair.excess)
    for pair in found[:ROWS]:
        first, second = map(plain, pair.students)
        print(f"{pair.exercise}: {first} and {second}: {pair_text(pair)}")
    said = "1 pair agrees" if len(found) == 1 else f"{len(found)} pairs agree"
    print(f"{said} more than usual. This is a hint and not a verdict.")
    FOLDER.mkdir(exist_ok=True)
    page = FOLDER / f"similar-{name}.html"
    page.write_text(similar_page(name, found[:ROWS], sources), encoding="utf-8")
    print(page)


def _print(title: str, head: list[str], rows: list[list[str]]) -> None:
    """Print a table, whatever is written in it."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    grid: Any = Table(*head, title=title)
    for row in rows:
        grid.add_row(*(escape(plain(text)) for text in row))
    Console(width=None if sys.stdout.isatty() else 140).print(grid)
