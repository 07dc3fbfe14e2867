"""Feedback for a class: several processes write nbgrader's pages, of those students alone whose
marks, comments or notebooks are others than their page shows."""

import logging
import os
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory

from pooledu.grading.bridge.gradebook import opened_once
from pooledu.grading.export.feedback import FeedbackGrades, look_ahead
from pooledu.grading.export.results import course_glob, is_outdated
from pooledu.grading.export.standing import standings
from pooledu.grading.run.workers import executor

SHARE = 8  # students a process takes at a time: nbgrader's start is shared by them


def outdated(course: CourseDirectory, assignment: str) -> tuple[list[str], int]:
    """Return the students whose page is missing or shows something else, and how many are graded.

    Raises
    ------
    LookupError
        If nothing of the assignment is graded.
    """
    with Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            found = standings(gradebook, assignment)
        except MissingEntry:
            found = {}
        states = {
            student: standing.state
            for student, standing in found.items()
            if _notebooks(course, course.autograded_directory, student, assignment)
        }
    if not states:
        raise LookupError(
            f"nothing of {assignment!r} is graded; run `pooledu grade {assignment}` first"
        )
    wanted = [
        student
        for student, shown in states.items()
        if _is_missing(course, student, assignment)
        or is_outdated(course, student, assignment, shown)
    ]
    return sorted(wanted), len(states)


def write_pages(root: Path, assignment: str, students: Sequence[str], jobs: int) -> list[str]:
    """Write the pages of these students; return those whose page could not be written."""
    shares = [students[first : first + SHARE] for first in range(0, len(students), SHARE)]
    with executor(min(jobs, len(shares) or 1)) as workers:
        if workers is None:
            failed = [_write_share(root, assignment, share) for share in shares]
        else:
            futures = [workers.submit(_write_share, root, assignment, share) for share in shares]
            failed = list(map(_failed, futures, shares))
    return [student for share in failed for student in share]


def _failed(future: Future[list[str]], share: Sequence[str]) -> list[str]:
    """Of the students of a share, those whose page could not be written."""
    try:
        return future.result()
    except BrokenExecutor:  # a process was killed, and it is not known how far it came
        return list(share)


def _write_share(root: Path, assignment: str, students: Sequence[str]) -> list[str]:
    """Write the pages of some students, in one process; return those that failed."""
    os.chdir(root)
    app = NbGrader()
    app.initialize([], root=str(root))
    app.log.setLevel(logging.ERROR)
    app.coursedir.assignment_id = assignment
    failed = []
    with opened_once(app.coursedir.db_url):
        look_ahead(app.coursedir.db_url, assignment, students)
        for student in students:
            app.coursedir.student_id = student
            try:
                GenerateFeedback(coursedir=app.coursedir, parent=app, force=True).start()
            except NbGraderException:  # it has said why
                failed.append(student)
    FeedbackGrades.ahead.clear()
    return failed


def _is_missing(course: CourseDirectory, student: str, assignment: str) -> bool:
    """Say whether a graded notebook has no page."""
    folder = Path(course.format_path(course.feedback_directory, student, assignment))
    graded = _notebooks(course, course.autograded_directory, student, assignment)
    return not all((folder / f"{path.stem}.html").exists() for path in graded)


def _notebooks(course: CourseDirectory, step: str, student: str, assignment: str) -> list[Path]:
    """Return a student's notebooks at one step of the way."""
    return sorted(course_glob(Path(course.format_path(step, student, assignment)) / "*.ipynb"))
