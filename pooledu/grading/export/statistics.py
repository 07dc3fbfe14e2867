"""What a class did not understand: counted from its marks and verdicts."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

FEW = 3  # students of whom no discrimination is told


@dataclass(frozen=True)
class Answer:
    """What one student got for one exercise, and what was found.

    Attributes
    ----------
    share
        Points of what could be reached; None as long as nobody has read the answer.
    mistake
        What went wrong, in a sentence; "" if nothing did.
    failed
        The cases that fail.
    """

    student: str
    exercise: str
    share: float | None
    mistake: str = ""
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Work:
    """One student's work as a whole: the share of the points, and when it was handed in."""

    student: str
    share: float
    handed_in: datetime | None = None


@dataclass(frozen=True)
class Item:
    """An exercise in numbers.

    Attributes
    ----------
    solved
        The mean share of its points.
    discrimination
        The correlation with the sum of the other exercises; None where it has none.
    """

    exercise: str
    count: int
    solved: float
    full: int
    nothing: int
    discrimination: float | None


def items(answers: Sequence[Answer]) -> list[Item]:
    """Return the numbers of each exercise, in the order in which they come.

    Examples
    --------
    >>> [item] = items([Answer("a", "one", 1.0), Answer("b", "one", 0.0), Answer("c", "one", None)])
    >>> item.count, item.solved, item.full, item.nothing, item.discrimination
    (2, 0.5, 1, 1, None)
    """
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    for each in answers:
        if each.share is not None:
            shares[each.exercise][each.student] = each.share
    found = []
    for exercise, its in shares.items():
        values = list(its.values())
        found.append(
            Item(
                exercise,
                len(values),
                math.fsum(values) / len(values),
                sum(value >= 1 for value in values),
                sum(value <= 0 for value in values),
                _discrimination(exercise, shares),
            )
        )
    return found


def _discrimination(exercise: str, shares: Mapping[str, Mapping[str, float]]) -> float | None:
    """Correlate an exercise with the mean of the others of the same students."""
    here, rest = [], []
    for student, share in shares[exercise].items():
        others = [
            its[student] for name, its in shares.items() if name != exercise and student in its
        ]
        if others:
            here.append(share)
            rest.append(math.fsum(others) / len(others))
    if len(here) < FEW or np.ptp(here) < 1e-9 or np.ptp(rest) < 1e-9:
        return None
    return float(np.corrcoef(here, rest)[0, 1])


def mistakes(answers: Sequence[Answer]) -> list[tuple[str, str, list[str]]]:
    """Return each mistake of each exercise with who made it, the most frequent first.

    Examples
    --------
    >>> made = [Answer(s, "one", 0.0, "It adds.") for s in "ba"]
    >>> mistakes([*made, Answer("c", "one", 0.0, "It waits."), Answer("d", "one", 1.0)])
    [('one', 'It adds.', ['a', 'b']), ('one', 'It waits.', ['c'])]
    """
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in answers:
        if each.mistake:
            found[each.exercise, each.mistake].append(each.student)
    ranked = sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return [(exercise, mistake, sorted(who)) for (exercise, mistake), who in ranked]


def cases(answers: Sequence[Answer]) -> list[tuple[str, str, int]]:
    """Return how many fail each case of an exercise, the hardest first."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for each in answers:
        for tests in each.failed:
            found[each.exercise, tests] += 1
    return [
        (exercise, tests, count)
        for (exercise, tests), count in sorted(
            found.items(), key=lambda entry: (-entry[1], entry[0])
        )
    ]
