"""`pooledu grades`: the results of a class, a page at a time, and as a table for other programs."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from pooledu.grading.course.settings import CourseError
from pooledu.grading.desk.people import saying
from pooledu.grading.escaping import cell, plain

if TYPE_CHECKING:
    from pooledu.grading.export.results import Result


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> list[str]:
    """Add the command; return its name."""
    grades = commands.add_parser(
        "grades",
        help="print the results of a class, with diagnoses",
        description="Print marks and diagnoses, a page at a time, or write the marks of all into "
        "a file.",
    )
    grades.add_argument("assignment", metavar="set", help="a problem set, such as ps1_windows")
    grades.add_argument("--student", default="*", help="one student, or a pattern; all by default")
    grades.add_argument("--page", type=int, default=1, help="which page; 1 by default")
    grades.add_argument("--rows", type=int, help="students on a page; a hundred by default")
    grades.add_argument("--csv", type=Path, metavar="FILE", help="write all marks into a file")
    grades.set_defaults(run=saying(print_grades))
    return ["grades"]


def print_grades(arguments: argparse.Namespace) -> None:
    """Print a page of the results, or write them."""
    # nbgrader takes two seconds to load.
    from rich.console import Console

    from pooledu.grading.export.results import course_directory, results, scores, students
    from pooledu.grading.export.table import ROWS, diagnoses, marks, remarks, summary

    name, page = arguments.assignment, arguments.page
    rows = ROWS if arguments.rows is None else arguments.rows
    if page < 1 or rows < 1:
        raise CourseError("a page has a number from 1 on, and one row or more")
    course = course_directory()
    try:
        everyone = students(name, course)
        wanted = [each for each in everyone if fnmatchcase(each, arguments.student)]
        if not wanted:
            raise CourseError(
                f"nobody is called {plain(arguments.student)!r}; see `pooledu roster`"
            )
        if arguments.csv:
            chosen = set(wanted)
            found = [each for each in scores(name, course) if each.student in chosen]
            write_csv(found, arguments.csv)
            print(f"{summary(found)}\n{arguments.csv}")
            return
        shown = wanted[(page - 1) * rows : page * rows]
        if not shown:
            raise CourseError(f"there is no page {page}; the last one is {-(-len(wanted) // rows)}")
        found = results(name, course, shown if len(shown) < len(everyone) else None)
        every = found if len(shown) == len(everyone) else scores(name, course)
    except LookupError as error:
        raise CourseError(error.args[0]) from None
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(marks(name, found))
    console.print(diagnoses(found))
    for sentence in remarks(name, found):
        console.print(sentence, markup=False)
    print(summary(every))
    if len(shown) < len(wanted):
        first = (page - 1) * rows
        print(f"Shown: {first + 1} to {first + len(shown)} of {len(wanted)}. ", end="")
        more = f"`--page {page + 1}` shows the next, " * (first + len(shown) < len(wanted))
        print(f"{more}`--csv FILE` writes all.")
    feedback = course.format_path(course.feedback_directory, "STUDENT", name)
    console.print(f"Feedback: {feedback}/{name}.html", soft_wrap=True)


def write_csv(results: Sequence[Result], path: Path) -> None:
    """Write a row for each student: marks, penalty, total, and what else is to be known."""
    from pooledu.grading.marks import summed, written

    exercises = list(dict.fromkeys(mark.exercise for each in results for mark in each.marks))
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            header = ["student", *exercises, "late", "total", "out of", "remark"]
            writer.writerow([cell(plain(each)) for each in header])
            for each in results:
                got = {mark.exercise: mark.points for mark in each.marks}
                points = [got.get(exercise) for exercise in exercises]
                marks = ["" if one is None else written(one) for one in points]
                late = written(each.penalty) if each.penalty else ""
                most = written(summed(mark.out_of for mark in each.marks))
                sums = [late, written(each.total), most] if each.marks else ["", "", ""]
                remark = "excused" if each.excused else each.problem
                if not remark and None in got.values():
                    remark = "an answer is to be read"
                writer.writerow([cell(plain(each.student)), *marks, *sums, remark])
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror}") from None
