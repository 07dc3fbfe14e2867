"""Grading without writing: which marks would change, before a stricter ladder changes them."""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.utils import determine_grade, is_grade

from pooledu.grading.run.run import Run


@dataclass(frozen=True)
class Change:
    """A mark of the machine's that would be another one.

    Attributes
    ----------
    before, after
        Points; None where there were none.
    """

    student: str
    exercise: str
    before: float | None
    after: float


def changes(run: Run, students: Sequence[str]) -> Iterator[Change]:
    """Run and judge submissions, write nothing, and yield the marks that would change."""
    for student, name, notebook in run.judged(students):
        before = _written(run, student)
        for exercise, points in automatic(notebook).items():
            was = before.get((name, exercise))
            if was != points:
                yield Change(student, exercise, was, points)


def automatic(notebook: NotebookNode) -> dict[str, float]:
    """Return the marks that nbgrader reads off an executed notebook, by the cells' names."""
    found = {}
    for cell in notebook.cells:
        if is_grade(cell):
            points = 0.0
            with suppress(ValueError):  # more points than there are, or fewer than none
                given, _ = determine_grade(cell)
                if given is None:
                    continue
                points = float(given)
            found[cell.metadata.nbgrader.grade_id] = points
    return found


def _written(run: Run, student: str) -> dict[tuple[str, str], float | None]:
    """Return the machine's marks in the gradebook."""
    course = run.course
    with Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            submission = gradebook.find_submission(course.assignment_id, student)
        except MissingEntry:
            return {}
        return {
            (notebook.name, grade.name): grade.auto_score
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def judges(log: Path, assignment: str) -> dict[str, str]:
    """Return for each student which version judged last, as the log has it."""
    found: dict[str, str] = {}
    if log.exists():
        with log.open(encoding="utf-8") as file:
            for line in file:
                with suppress(ValueError):  # a line that was cut off
                    entry = json.loads(line)
                    if entry.get("assignment") == assignment and "judged_by" in entry:
                        found[entry["student"]] = entry["judged_by"]
    return found
