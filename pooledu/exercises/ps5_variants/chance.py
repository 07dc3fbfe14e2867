"""Whether counts can be chance.

A right solution must not be refused by bad luck. So nothing is judged by eye or by a p-value of
5 %: a bound says how unlikely a count is, and only what happens less often than once in ten million
checks is called wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

FALSE_ALARM = 1e-7  # of a whole check
SMALLEST_EFFECT = 0.04  # how far off a probability has to be for being refused
COMPARISONS = 20  # counts that a check looks at, at most


def _share(weights: np.ndarray) -> np.ndarray:
    """Scale weights to probabilities, along the last axis."""
    return weights / weights.sum(-1, keepdims=True)


LAWS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "proportional": _share,
    "uniform": lambda x: _share(np.ones(x.shape)),
    "uniform over what is not 0": lambda x: _share((x > 0) * 1.0),
    "squared": lambda x: _share(x**2),
    "softmax": lambda x: _share(np.exp(x - x.max(-1, keepdims=True))),
}
FIXED: dict[str, Callable[[np.ndarray], Any]] = {
    "maximum": np.max,
    "average": np.mean,
    "expected": lambda x: (x * x).sum() / x.sum(),
}


def log_of_tail(count: int, trials: int, probability: float) -> float:
    """Bound the logarithm of how likely a count is that is as far, or farther, on its side.

    From there on each count is less likely than the one before by at least the first ratio, so
    that a geometric series bounds their sum, for every number of trials.

    References
    ----------
    Feller, "An introduction to probability theory and its applications", volume 1, 1968, VI.3.

    Examples
    --------
    Two heads of two, and no head of two: both have the probability 1/4.

    >>> math.exp(log_of_tail(2, 2, 0.5)), math.exp(log_of_tail(0, 2, 0.5))
    (0.25, 0.25)
    """
    if count < trials * probability:  # the same, seen from what did not happen
        count, probability = trials - count, 1 - probability
    if count == 0:
        return 0.0
    if not 0 < probability < 1:
        return -math.inf if probability == 0 else 0.0
    ratio = (trials - count) * probability / ((count + 1) * (1 - probability))
    if ratio >= 1:
        return 0.0
    ways = math.lgamma(trials + 1) - math.lgamma(count + 1) - math.lgamma(trials - count + 1)
    likely = count * math.log(probability) + (trials - count) * math.log1p(-probability)
    return ways + likely - math.log1p(-ratio)


def implausible(count: int, trials: int, probability: float) -> bool:
    """Say whether a count is too far from what is expected to be chance.

    A count this far off happens with a probability of at most ``FALSE_ALARM / COMPARISONS``.

    Parameters
    ----------
    count
        How often it happened.
    trials
        How often it could have happened, independently.
    probability
        How likely it is each time.

    Examples
    --------
    >>> implausible(520, 1000, 0.5), implausible(620, 1000, 0.5)
    (False, True)
    """
    tail = log_of_tail(count, trials, min(1.0, probability))
    return tail < math.log(FALSE_ALARM / COMPARISONS / 2)  # there are two sides


def follows(law: str, pattern: np.ndarray, picked: np.ndarray) -> bool:
    """Say whether cells were picked by a law, as far as can be told: equal cells are one."""
    _, kinds = np.unique(pattern, return_inverse=True)
    counts = np.bincount(kinds[picked.ravel()], minlength=kinds.max() + 1)
    return not (picked < 0).any() and not any(
        implausible(int(count), picked.size, float(p))
        for count, p in zip(counts, np.bincount(kinds, LAWS[law](pattern)), strict=True)
    )


def linked(picked: np.ndarray, agree: float) -> tuple[bool, bool]:
    """Say whether neighbours pick the same cell more or less often than with probability `agree`.

    Neighbours in a row, and neighbours in a column.

    The pairs do not overlap, so under independence they are independent of each other.
    """
    across = picked[:, :, : picked.shape[2] // 2 * 2].reshape(-1, 2)
    down = picked.swapaxes(1, 2)[:, :, : picked.shape[1] // 2 * 2].reshape(-1, 2)
    in_rows, in_columns = (
        implausible(int((pairs[:, 0] == pairs[:, 1]).sum()), len(pairs), agree)
        for pairs in (across, down)
    )
    return in_rows, in_columns


def agreement(shares: np.ndarray) -> float:
    """How often two independent draws agree."""
    return float((shares**2).sum())
