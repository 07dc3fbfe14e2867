"""What a mark is: the one rule by which the table, the feedback and the file for an LMS read it.

A mark that a person gave counts until that person gives another, whatever is graded again; an
answer that has changed since is to be read once more, and is said to be. Where no person gave one,
the machine's mark counts; where there is neither, the answer waits, and counts nothing so far.
Extra credit is added. From the sum the penalty for being late is taken, never below zero.

Sums are exact and rounded once, in what is written.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from nbgrader.api import Grade, SubmittedAssignment, SubmittedNotebook

SMALLEST = Decimal("0.0001")  # of a point, in what is written


@dataclass(frozen=True)
class Mark:
    """Points for one exercise.

    Attributes
    ----------
    points
        None as long as a person has to read the answer before it has any.
    reread
        Whether the answer has changed since a person gave these points.
    remark
        Why points were lost, in a line.
    unjudged
        Whether the cell itself decided, in the student's process, and not the judge.
    """

    exercise: str
    points: float | None
    out_of: float
    remark: str = ""
    reread: bool = False
    unjudged: bool = False


def mark(grade: Grade) -> Mark:
    """Return the mark that a row of the gradebook stands for."""
    given = grade.manual_score is not None
    points = grade.manual_score if given else grade.auto_score
    if points is None or (grade.needs_manual_grade and not given):
        return Mark(grade.name, None, grade.max_score)
    with_extra = float(exact(points) + exact(grade.extra_credit or 0.0))
    return Mark(grade.name, with_extra, grade.max_score, reread=given and grade.needs_manual_grade)


def marks(notebooks: Iterable[SubmittedNotebook]) -> list[Mark]:
    """Return all marks of submitted notebooks, in the order of their cells."""
    found: list[Mark] = []
    for notebook in notebooks:
        order = {cell.name: place for place, cell in enumerate(notebook.notebook.source_cells)}
        grades = sorted(notebook.grades, key=lambda grade: order.get(grade.name, len(order)))
        found += map(mark, grades)
    return found


def penalty(notebooks: Iterable[SubmittedNotebook]) -> float:
    """Return the points that being late costs in these notebooks together."""
    return float(sum((exact(each.late_submission_penalty or 0.0) for each in notebooks), Decimal()))


def total(marks: Sequence[Mark], penalty: float) -> float:
    """Return the sum of marks less a penalty, never below zero.

    Examples
    --------
    >>> total([Mark("a", 1.1, 2), Mark("b", 2.2, 3), Mark("c", None, 1)], 0.3)
    3.0
    """
    points = sum((exact(each.points or 0.0) for each in marks), Decimal())
    return float(max(Decimal(), points - exact(penalty)))


def final_score(submission: SubmittedAssignment) -> float | None:
    """Return the score of a submission, or None as long as an answer of it has no mark."""
    found = marks(submission.notebooks)
    if any(each.points is None for each in found):
        return None
    return total(found, penalty(submission.notebooks))


def state(submission: SubmittedAssignment) -> str:
    """Return a digest of a submission's marks and comments: a page that shows others is old."""
    shown: list[object] = [penalty(submission.notebooks)]
    shown += [(each.exercise, each.points, each.out_of) for each in marks(submission.notebooks)]
    for notebook in submission.notebooks:
        shown += sorted((each.name, each.comment or "") for each in notebook.comments)
    return hashlib.blake2b(repr(shown).encode(), digest_size=8).hexdigest()


def exact(points: float) -> Decimal:
    """Return the number that a person reads in the digits of a float.

    Examples
    --------
    >>> exact(0.1) + exact(0.2)
    Decimal('0.3')
    """
    return Decimal(repr(float(points)))


def written(points: float) -> str:
    """Write points, rounded to a ten-thousandth.

    Examples
    --------
    >>> written(6.380000000000001), written(2 / 3), written(12.0), written(100.25)
    ('6.38', '0.6667', '12', '100.25')
    """
    text = f"{exact(points).quantize(SMALLEST):f}"
    text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
