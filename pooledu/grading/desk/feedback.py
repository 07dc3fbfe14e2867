"""`pooledu feedback`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from pooledu.grading.course.settings import CourseError
from pooledu.grading.desk.people import saying
from pooledu.grading.escaping import plain


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> list[str]:
    """Add the command; return its name."""
    feedback = commands.add_parser(
        "feedback",
        help="write the feedback pages that are missing or older than the marks",
        description="Write nbgrader's feedback in parallel, for those students alone whose marks, "
        "comments or notebook have changed since their page was written.",
    )
    feedback.add_argument("assignment", metavar="set", help="a problem set, such as ps1_windows")
    feedback.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="pages written at a time"
    )
    feedback.set_defaults(run=saying(write_feedback))
    return ["feedback"]


def write_feedback(arguments: argparse.Namespace) -> None:
    """Write what is to be written, and say how much that was."""
    from pooledu.grading.export.results import course_directory
    from pooledu.grading.run.pages import outdated, write_pages

    course, name = course_directory(), arguments.assignment
    try:
        students, graded = outdated(course, name)
    except LookupError as error:
        raise CourseError(str(error.args[0])) from None
    failed = write_pages(Path().resolve(), name, students, max(1, arguments.jobs))
    written = len(students) - len(failed)
    print(f"{written} pages written, {graded - len(students)} were as they should be.")
    folder = course.format_path(course.feedback_directory, "STUDENT", name)
    print(f"Feedback: {folder}/{name}.html")
    if failed:
        raise CourseError(f"no page could be written for {', '.join(map(plain, failed))}")
