"""What the gradebook says of a class, in a few queries however large the class is.

nbgrader's own objects cost milliseconds for each student, of which there may be ten thousand.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import Select, select

from pooledu.grading.marks import Mark, mark, summed, total

MOST = 500  # students that are named in a query; of more, all are read


@dataclass
class Standing:
    """A student's submission.

    Attributes
    ----------
    notebooks
        Name -> marks, in the order of the notebook's cells.
    comments
        Notebook, cell and comment of each answer that has one.
    """

    handed_in: datetime | None
    notebooks: dict[str, list[Mark]] = field(default_factory=dict)
    penalties: list[float] = field(default_factory=list)
    comments: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def marks(self) -> list[Mark]:
        """All marks."""
        return [each for _, its in sorted(self.notebooks.items()) for each in its]

    @property
    def penalty(self) -> float:
        """The points that being late costs in all notebooks together."""
        return summed(self.penalties)

    @property
    def final_score(self) -> float | None:
        """The score, or None as long as an answer has no mark."""
        marks = self.marks
        if any(each.points is None for each in marks):
            return None
        return total(marks, self.penalty)

    @property
    def state(self) -> str:
        """A digest of marks and comments: a page that shows others is old."""
        marks = [(each.exercise, each.points, each.out_of) for each in self.marks]
        shown = [self.penalty, marks, sorted(self.comments)]
        return hashlib.blake2b(repr(shown).encode(), digest_size=8).hexdigest()


def standings(
    gradebook: Gradebook, assignment: str, students: Sequence[str] | None = None
) -> dict[str, Standing]:
    """Return the submissions that the gradebook has for an assignment, by student.

    Parameters
    ----------
    gradebook, assignment
        Where they are, and of what.
    students
        Whose; by default everyone's.
    """
    known = gradebook.find_assignment(assignment)
    cells = _cells(known)
    named = {each.id: each.name for each in known.notebooks}
    whose = SubmittedAssignment.student_id
    found = {
        student: Standing(time)
        for student, time in _rows(
            gradebook, known, students, select(whose, SubmittedAssignment.timestamp)
        )
    }
    submitted = SubmittedAssignment.notebooks
    taken = SubmittedNotebook.notebook_id, SubmittedNotebook.late_submission_penalty
    for student, notebook, penalty in _rows(
        gradebook, known, students, select(whose, *taken).join(submitted)
    ):
        found[student].notebooks[named[notebook]] = []
        found[student].penalties += [penalty] if penalty else []
    points = (
        *(Grade.cell_id, Grade.auto_score, Grade.manual_score),
        *(Grade.extra_credit, Grade.needs_manual_grade),
    )
    query = select(whose, *points).join(submitted).join(SubmittedNotebook.grades)
    placed: dict[tuple[str, str], list[tuple[int, Mark]]] = defaultdict(list)
    for student, cell, *given in _rows(gradebook, known, students, query):
        if cell in cells:
            notebook, name, out_of, place = cells[cell]
            placed[student, notebook].append((place, mark(name, out_of, *given)))
    for (student, notebook), marks in placed.items():
        marks.sort(key=lambda pair: pair[0])
        found[student].notebooks[notebook] = [each for _, each in marks]
    said = SubmittedNotebook.notebook_id, BaseCell.name, Comment.comment
    query = select(whose, *said).join(submitted).join(SubmittedNotebook.comments)
    for student, notebook, name, comment in _rows(
        gradebook, known, students, query.join(Comment.cell)
    ):
        found[student].comments.append((named[notebook], name, comment or ""))
    return found


def _rows(
    gradebook: Gradebook, assignment: Assignment, students: Sequence[str] | None, query: Select[Any]
) -> Iterator[Any]:
    """Yield what a query finds of an assignment's submissions."""
    query = query.where(SubmittedAssignment.assignment_id == assignment.id)
    # A folder's name may hold bytes that are no text, and no gradebook knows it.
    wanted = None if students is None else {each for each in students if _is_text(each)}
    if wanted is not None and len(wanted) <= MOST:
        query = query.where(SubmittedAssignment.student_id.in_(wanted))
    for row in gradebook.db.execute(query):
        if wanted is None or row[0] in wanted:
            yield row


def _is_text(name: str) -> bool:
    """Say whether a name can be stored: surrogates stand for bytes that are no UTF-8."""
    return name.encode("utf-8", "ignore").decode() == name


def _cells(assignment: Assignment) -> dict[str, tuple[str, str, float, int]]:
    """Return what has points: id -> notebook, name, points, and where it stands in it."""
    found = {}
    for notebook in assignment.notebooks:
        order = {cell.name: place for place, cell in enumerate(notebook.source_cells)}
        for cell in (*notebook.grade_cells, *notebook.task_cells):
            place = order.get(cell.name, len(order))
            found[cell.id] = notebook.name, cell.name, cell.max_score or 0.0, place
    return found
