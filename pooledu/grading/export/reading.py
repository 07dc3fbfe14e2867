"""The answers of a class, read from the graded notebooks."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_solution

from pooledu.checks.verdict import VERDICT_TYPE
from pooledu.grading.export.results import Result, course_glob, graded_cells
from pooledu.grading.export.statistics import Answer, Work
from pooledu.grading.marks import summed


def answers(course: CourseDirectory, assignment: str, results: Sequence[Result]) -> list[Answer]:
    """Return what each student got for each exercise; those who are excused are left out."""
    found = []
    for each in results:
        if each.excused or not each.marks:
            continue
        failed = dict(_failed(course, assignment, each.student))
        for mark in each.marks:
            share = (
                None if mark.points is None else mark.points / mark.out_of if mark.out_of else 1.0
            )
            lost = share is not None and share < 1
            found.append(
                Answer(
                    each.student,
                    mark.exercise,
                    share,
                    mark.remark if lost else "",
                    failed.get(mark.exercise, ()) if lost else (),
                )
            )
    return found


def works(results: Sequence[Result]) -> list[Work]:
    """Return the share of each student's total, and when it was handed in."""
    found = []
    for each in results:
        reachable = summed(mark.out_of for mark in each.marks)
        if reachable and not each.excused:
            found.append(Work(each.student, each.total / reachable, each.handed_in))
    return found


def _failed(
    course: CourseDirectory, assignment: str, student: str
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield, for each judged exercise of a graded notebook, the cases that fail."""
    for path in _notebooks(course, course.autograded_directory, student, assignment):
        for cell in graded_cells(path):
            for output in cell.get("outputs", ()):
                if is_grade(cell) and VERDICT_TYPE in output.get("data", {}):
                    failed = output.data[VERDICT_TYPE].get("failed", ())
                    yield cell.metadata.nbgrader.grade_id, tuple(failed)


def solutions(course: CourseDirectory, assignment: str, step: str, student: str) -> dict[str, str]:
    """Return the code of each answer cell of a notebook: its name -> the source."""
    return {
        cell.metadata.nbgrader.grade_id: cell.source
        for path in _notebooks(course, step, student, assignment)
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and is_solution(cell)
    }


def _notebooks(course: CourseDirectory, step: str, student: str, assignment: str) -> list[Path]:
    """Return the notebooks at one step of the way."""
    return sorted(course_glob(Path(course.format_path(step, student, assignment)) / "*.ipynb"))
