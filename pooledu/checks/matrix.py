"""Which case catches which mistake: the proof that a ladder does its work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pooledu.checks.api import find
from pooledu.checks.trials import Trial


@dataclass(frozen=True)
class KillMatrix:
    """The cases of an exercise against its misconceptions.

    Attributes
    ----------
    exercise
        The exercise's name.
    cases
        What each case tests, smallest first.
    misconceptions
        The name of each misconception, and what it does.
    kills
        Booleans of shape (misconceptions, cases): whether the case rejects the misconception.
    """

    exercise: str
    cases: tuple[str, ...]
    misconceptions: tuple[tuple[str, str], ...]
    kills: np.ndarray


def kill_matrix(exercise: str, seed: int = 0) -> KillMatrix:
    """Run every misconception of an exercise on every case.

    Parameters
    ----------
    exercise
        The exercise's name.
    seed
        Decides the numbers in the cases.

    Returns
    -------
    KillMatrix
        Each row has a True, or the exercise would let a known mistake pass.

    Raises
    ------
    KeyError
        If there is no such exercise.

    Examples
    --------
    >>> matrix = kill_matrix("max_pool2d")
    >>> row = [name for name, _ in matrix.misconceptions].index("starts_from_zero")
    >>> matrix.cases[int(matrix.kills[row].argmax())]
    'negative numbers only'
    """
    found = find(exercise)
    cases = found.cases(seed)
    kills = np.zeros((len(found.misconceptions), len(cases)), dtype=bool)
    for column, case in enumerate(cases):
        expected = found.expect(case)
        for row, misconception in enumerate(found.misconceptions):
            seen = found.outcome(misconception.wrong, case)
            kills[row, column] = not Trial(found, case, expected, seen, seen).passed
    return KillMatrix(
        exercise,
        tuple(case.tests for case in cases),
        tuple((each.name, each.says) for each in found.misconceptions),
        kills,
    )
