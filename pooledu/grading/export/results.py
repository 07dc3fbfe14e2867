"""What each student got, and why: read from nbgrader's gradebook and the graded notebooks."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry, Student
from nbgrader.apps.baseapp import NbGrader
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_solution

from pooledu.checks.verdict import VERDICT_TYPE
from pooledu.grading.budget import TimeBudget
from pooledu.grading.course.exceptions import read_exceptions
from pooledu.grading.export.standing import Standing, standings
from pooledu.grading.intake.door import refusal
from pooledu.grading.intake.names import notebooks, origin_and_rest, which
from pooledu.grading.intake.reading import UnreadableError, read_submission
from pooledu.grading.judge.judge import judged_exercise
from pooledu.grading.marks import Mark, total

NOTHING, UNGRADED = "nothing handed in", "not graded yet"


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


def results(
    assignment: str, course: CourseDirectory, students: Sequence[str] | None = None
) -> list[Result]:
    """The results of students of the course, in the order of their ids.

    Parameters
    ----------
    assignment
        The name of the problem set, for example ``"ps1_windows"``.
    course
        From `course_directory`.
    students
        Whose; by default everyone's. What is said of each is read from their files.

    Raises
    ------
    LookupError
        If the gradebook does not know the assignment.
    """
    names, wanted, standing = _look_up(assignment, course, students)
    seconds = TimeBudget(parent=course.parent, notebooks=len(names)).reading
    found = [
        _result(assignment, student, course, standing.get(student), names, seconds)
        for student in wanted
    ]
    return _with_exceptions(found, assignment, course)


def scores(assignment: str, course: CourseDirectory) -> list[Result]:
    """Everyone's results as the gradebook has them: no file of a student is read.

    So it takes a class of any size; nothing is said of why points were lost.

    Raises
    ------
    LookupError
        If the gradebook does not know the assignment.
    """
    _, everyone, standing = _look_up(assignment, course)
    graded = _folders(course, course.autograded_directory, assignment)
    submitted = _folders(course, course.submitted_directory, assignment)
    found = []
    for student in everyone:
        its = standing.get(student)
        if its is None or student not in graded:
            found.append(Result(student, problem=UNGRADED if student in submitted else NOTHING))
        else:
            found.append(Result(student, its.handed_in, tuple(its.marks), its.penalty))
    return _with_exceptions(found, assignment, course)


def _look_up(
    assignment: str, course: CourseDirectory, students: Sequence[str] | None = None
) -> tuple[list[str], list[str], dict[str, Standing]]:
    """The names of the notebooks, the students (everyone by default), and where these stand."""
    with Gradebook(course.db_url, course.course_id) as gradebook:
        names = _notebook_names(gradebook, assignment)
        wanted = _everyone(gradebook, assignment, course) if students is None else sorted(students)
        return names, wanted, standings(gradebook, assignment, students)


def students(assignment: str, course: CourseDirectory) -> list[str]:
    """The students of whom there is a result, in order: on the roster, or with a submission.

    Raises
    ------
    LookupError
        If the gradebook does not know the assignment.
    """
    with Gradebook(course.db_url, course.course_id) as gradebook:
        _notebook_names(gradebook, assignment)
        return _everyone(gradebook, assignment, course)


def _notebook_names(gradebook: Gradebook, assignment: str) -> list[str]:
    """The names of an assignment's notebooks."""
    try:
        return [each.name for each in gradebook.find_assignment(assignment).notebooks]
    except MissingEntry:
        known = ", ".join(each.name for each in gradebook.assignments) or "none yet"
        raise LookupError(
            f"the gradebook knows no assignment {assignment!r} (it knows: {known}); "
            f"run `nbgrader generate_assignment {assignment}` first"
        ) from None


def _everyone(gradebook: Gradebook, assignment: str, course: CourseDirectory) -> list[str]:
    """The ids of all who are on the roster or have handed in."""
    known = {student for (student,) in gradebook.db.query(Student.id)}
    return sorted(known | _folders(course, course.submitted_directory, assignment))


def _folders(course: CourseDirectory, step: str, assignment: str) -> set[str]:
    """The students who have a folder at one step of the way."""
    pattern = Path(course.format_path(step, "*", assignment))
    return {path.parent.name for path in course_glob(pattern)}


def _with_exceptions(found: list[Result], assignment: str, course: CourseDirectory) -> list[Result]:
    """Note who is excused."""
    exceptions = read_exceptions(Path(course.root))
    excused = {who for (who, name), its in exceptions.items() if name == assignment and its.excused}
    return [replace(each, excused=True) if each.student in excused else each for each in found]


def course_glob(pattern: Path) -> Iterator[Path]:
    """The paths that match an absolute pattern with `*` in it."""
    return Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))


def _result(
    assignment: str,
    student: str,
    course: CourseDirectory,
    standing: Standing | None,
    names: list[str],
    seconds: float,
) -> Result:
    """One student's result."""
    folder = Path(course.format_path(course.submitted_directory, student, assignment))
    refused = refusal(folder) if os.path.lexists(folder) else ""
    handed_in = [] if refused else notebooks(folder)
    graded = _notebooks(course, course.autograded_directory, student, assignment)
    if not graded or standing is None:
        problem = refused or _why_not_graded(folder, names, seconds)
        return Result(student, problem=problem)
    remarks: dict[str, tuple[str, bool]] = {}
    for path in graded:
        remarks |= _remarks(path)
    found = []
    for each in standing.marks:
        said, unjudged = remarks.get(each.exercise, ("", False))
        found.append(replace(each, remark=said, unjudged=unjudged))
    outdated = is_outdated(course, student, assignment, standing.state)
    note = refused
    if len(handed_in) > len(standing.notebooks):
        note = origin_and_rest(folder, sorted(standing.notebooks))
    late = standing.penalty
    return Result(student, standing.handed_in, tuple(found), late, "", outdated, note)


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


def _why_not_graded(folder: Path, names: list[str], seconds: float) -> str:
    """Say what was found of a submission that has no marks."""
    expected = [folder / f"{name}.ipynb" for name in names]
    there = [path for path in expected if os.path.lexists(path)]
    if not there:
        return which(folder, names) or NOTHING
    return "; ".join(why_unreadable(path, seconds) for path in there)


def why_unreadable(path: Path, seconds: float) -> str:
    """What is wrong with a notebook that could not be graded, in words."""
    try:
        read_submission(path, seconds)
    except UnreadableError as error:
        return f"{path.name} {error}"
    return UNGRADED


def _remarks(path: Path) -> dict[str, tuple[str, bool]]:
    """For each graded cell of a graded notebook, what its output says, and who says it.

    That is a few words, and whether the cell decided itself.
    """
    return {
        cell.metadata.nbgrader.grade_id: (remark(cell.outputs), decides_itself(cell))
        for cell in graded_cells(path)
        if is_grade(cell) and cell.cell_type == "code"
    }


def graded_cells(path: Path) -> list[nbformat.NotebookNode]:
    """The cells of a notebook that nbgrader has written; it need not be validated once more."""
    return [nbformat.from_dict(cell) for cell in json.loads(path.read_bytes())["cells"]]


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
