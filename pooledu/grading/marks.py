"""What a mark is: the one rule by which the table, the feedback and the file for an LMS read it.

A mark that a person gave counts until that person gives another, whatever is graded again; an
answer that has changed since is to be read once more, and is said to be. Where no person gave one,
the machine's mark counts; where there is neither, the answer waits, and counts nothing so far.
Extra credit is added. From the sum the penalty for being late is taken, never below zero.

Sums are exact and rounded once, in what is written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

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


def mark(
    name: str,
    out_of: float,
    automatic: float | None,
    manual: float | None,
    extra: float | None,
    waits: bool,
) -> Mark:
    """Return the mark that a row of the gradebook stands for.

    Parameters
    ----------
    name, out_of
        Of the cell.
    automatic, manual, extra
        The machine's points, a person's, and extra credit.
    waits
        Whether a person has to read the answer, or to read it again.

    Examples
    --------
    >>> mark("why", 2, None, 1.5, 0.1, True)
    Mark(exercise='why', points=1.6, out_of=2, remark='', reread=True, unjudged=False)
    """
    given = manual is not None
    points = manual if given else automatic
    if points is None or (waits and not given):
        return Mark(name, None, out_of)
    with_extra = float(exact(points) + exact(extra or 0.0))
    return Mark(name, with_extra, out_of, reread=given and waits)


def total(marks: Sequence[Mark], penalty: float) -> float:
    """Return the sum of marks less a penalty, never below zero.

    Examples
    --------
    >>> total([Mark("a", 1.1, 2), Mark("b", 2.2, 3), Mark("c", None, 1)], 0.3)
    3.0
    """
    points = sum((exact(each.points or 0.0) for each in marks), Decimal())
    return float(max(Decimal(), points - exact(penalty)))


def summed(points: Iterable[float]) -> float:
    """Return an exact sum.

    Examples
    --------
    >>> summed([0.1] * 3), summed([])
    (0.3, 0.0)
    """
    return float(sum(map(exact, points), Decimal()))


def mean(points: Sequence[float]) -> str:
    """Write a mean with two decimals, rounded once; a half goes to the even digit.

    Examples
    --------
    >>> mean([1.25, 1.26]), mean([1.5, 0])
    ('1.26', '0.75')
    """
    return f"{sum(map(exact, points), Decimal()) / len(points):.2f}"


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
