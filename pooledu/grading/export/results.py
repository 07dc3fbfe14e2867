"""What each student got, and why: read from nbgrader's gradebook and the graded notebooks."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.baseapp import NbGrader
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_solution

from pooledu.checks.verdict import VERDICT_TYPE
from pooledu.grading.budget import TimeBudget
from pooledu.grading.course.exceptions import Special, read_exceptions
from pooledu.grading.intake.door import refusal
from pooledu.grading.intake.names import notebooks, taken_from, which
from pooledu.grading.intake.reading import UnreadableError, read_submission
from pooledu.grading.judge.judge import judged_exercise
from pooledu.grading.marks import Mark, marks, penalty, state, total

NOTHING = "nothing handed in"


@dataclass(frozen=True)
class Result:
    """One student's result for an assignment.

    Attributes
    ----------
    marks
        One for each graded cell, in the notebook's order; empty if nothing was graded.
    penalty
        Points taken for handing in late.
    problem
        Why nothing was graded, or "".
    outdated
        Whether there is a feedback page, and it shows other marks or comments.
    note
        What else is to be known of the submission: under which other name it was found.
    excused
        Whether the problem set does not count for this student.
    """

    student: str
    handed_in: datetime | None = None
    marks: tuple[Mark, ...] = ()
    penalty: float = 0.0
    problem: str = ""
    outdated: bool = False
    note: str = ""
    excused: bool = False

    @property
    def total(self) -> float:
        """The sum of the marks less the penalty, never below zero."""
        return total(self.marks, self.penalty)


def course_directory(root: Path | None = None) -> CourseDirectory:
    """Where nbgrader's configuration in `root` (by default this folder) puts the course's files."""
    app = NbGrader()
    app.initialize([], root=str((root or Path()).resolve()))
    return app.coursedir


def results(assignment: str, course: CourseDirectory) -> list[Result]:
    """The results of every student of the course, in the order of their ids.

    Parameters
    ----------
    assignment
        The name of the problem set, for example ``"ps1_windows"``.
    course
        From `course_directory`.

    Raises
    ------
    LookupError
        If the gradebook does not know the assignment.
    """
    with Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            gradebook.find_assignment(assignment)
        except MissingEntry:
            known = ", ".join(each.name for each in gradebook.assignments) or "none yet"
            raise LookupError(
                f"the gradebook knows no assignment {assignment!r} (it knows: {known}); "
                f"run `nbgrader generate_assignment {assignment}` first"
            ) from None
        students = {student.id for student in gradebook.students}
        submitted = Path(course.format_path(course.submitted_directory, "*", assignment))
        students |= {path.parent.name for path in course_glob(submitted)}
        exceptions = read_exceptions(Path(course.root))
        found = [_result(assignment, student, course, gradebook) for student in sorted(students)]
    return [
        replace(each, excused=exceptions.get((each.student, assignment), Special()).excused)
        for each in found
    ]


def course_glob(pattern: Path) -> Iterator[Path]:
    """The paths that match an absolute pattern with `*` in it."""
    return Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))


def _result(assignment: str, student: str, course: CourseDirectory, gradebook: Gradebook) -> Result:
    """One student's result."""
    folder = Path(course.format_path(course.submitted_directory, student, assignment))
    refused = refusal(folder) if os.path.lexists(folder) else ""
    handed_in = [] if refused else notebooks(folder)
    graded = _notebooks(course, course.autograded_directory, student, assignment)
    if not graded:
        names = [each.name for each in gradebook.find_assignment(assignment).notebooks]
        seconds = TimeBudget(parent=course.parent, notebooks=len(names)).reading
        problem = refused or _why_not_graded(folder, handed_in, names, seconds)
        return Result(student, problem=problem)
    submission = gradebook.find_submission(assignment, student)
    remarks: dict[str, tuple[str, bool]] = {}
    for path in graded:
        remarks |= _remarks(path)
    found = []
    for each in marks(submission.notebooks):
        said, unjudged = remarks.get(each.exercise, ("", False))
        found.append(replace(each, remark=said, unjudged=unjudged))
    late = penalty(submission.notebooks)
    outdated = is_outdated(course, student, assignment, state(submission))
    note = refused
    if len(handed_in) > len(submission.notebooks):
        origins = [taken_from(folder, notebook.name) for notebook in submission.notebooks]
        note = "; ".join(filter(None, origins))
    return Result(student, submission.timestamp, tuple(found), late, "", outdated, note)


def is_outdated(course: CourseDirectory, student: str, assignment: str, state: str) -> bool:
    """Say whether a student's feedback shows other marks, or another notebook, than there are."""
    graded = _notebooks(course, course.autograded_directory, student, assignment)
    folder = Path(course.format_path(course.feedback_directory, student, assignment))
    for path in graded:
        page = folder / f"{path.stem}.html"
        if not page.exists():
            continue
        with page.open("rb") as file:
            shows = f'content="{state}"'.encode() in file.read(2000)
        if not shows or page.stat().st_mtime < path.stat().st_mtime:
            return True
    return False


def _notebooks(course: CourseDirectory, step: str, student: str, assignment: str) -> list[Path]:
    """The notebooks of one student at one step of the way (submitted, autograded)."""
    return sorted(Path(course.format_path(step, student, assignment)).glob("*.ipynb"))


def _why_not_graded(folder: Path, handed_in: list[Path], names: list[str], seconds: float) -> str:
    """Say what was found of a submission that has no marks."""
    expected = [folder / f"{name}.ipynb" for name in names]
    there = [path for path in expected if os.path.lexists(path)]
    if not there:
        return which(folder, handed_in, names) if handed_in else NOTHING
    return "; ".join(why_unreadable(path, seconds) for path in there)


def why_unreadable(path: Path, seconds: float) -> str:
    """What is wrong with a notebook that could not be graded, in words."""
    try:
        read_submission(path, seconds)
    except UnreadableError as error:
        return f"{path.name} {error}"
    return "not graded yet"


def _remarks(path: Path) -> dict[str, tuple[str, bool]]:
    """For each graded cell of a graded notebook, what its output says, and who says it.

    That is a few words, and whether the cell decided itself.
    """
    return {
        cell.metadata.nbgrader.grade_id: (remark(cell.outputs), decides_itself(cell))
        for cell in nbformat.read(path, as_version=4).cells
        if is_grade(cell) and cell.cell_type == "code"
    }


def decides_itself(cell: nbformat.NotebookNode) -> bool:
    """Say whether a cell is graded by what it does, in the student's process, not by the judge."""
    graded = is_grade(cell) and not is_solution(cell) and cell.cell_type == "code"
    return graded and judged_exercise(cell) is None


def remark(outputs: list[nbformat.NotebookNode]) -> str:
    """The diagnosis in the outputs of a check cell, in a line; "" if the answer is right.

    Examples
    --------
    >>> error = {"output_type": "error", "ename": "NameError", "evalue": "no x", "traceback": []}
    >>> remark([nbformat.from_dict(error)])
    'NameError: no x'
    """
    for output in outputs:
        if output.output_type == "error":
            return f"{output.ename}: {output.evalue}".strip(": ")
        if output.output_type == "execute_result" and VERDICT_TYPE in output.data:
            verdict = output.data[VERDICT_TYPE]
            return "" if verdict["passed"] else verdict["headline"]
    return ""
