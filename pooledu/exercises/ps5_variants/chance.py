"""Whether counts can be chance.

A right solution must not be refused by bad luck. So nothing is judged by eye or by a p-value of
5 %: the Chernoff bound says how unlikely a count is, and only what happens less often than once in
ten million checks is called wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

FALSE_ALARM = 1e-7  # of a whole check
SMALLEST_EFFECT = 0.04  # how far off a probability has to be for being refused
COMPARISONS = 100  # counts that a check looks at, at most


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


def divergence(observed: float, probability: float) -> float:
    """Measure how far a relative frequency is from its probability, in nats.

    Examples
    --------
    >>> divergence(0.5, 0.5), round(divergence(0.6, 0.5), 4), divergence(0.1, 0.0)
    (0.0, 0.0201, inf)
    """
    total = 0.0
    for seen, expected in ((observed, probability), (1 - observed, 1 - probability)):
        if seen > 0:
            total += seen * math.log(seen / expected) if expected > 0 else math.inf
    return total


def implausible(count: int, trials: int, probability: float) -> bool:
    """Say whether a count is too far from what is expected to be chance.

    A count this far off happens with a probability of at most ``FALSE_ALARM / COMPARISONS``, by
    the Chernoff bound ``2 * exp(-trials * divergence)``, which holds for every number of trials.

    Parameters
    ----------
    count
        How often it happened.
    trials
        How often it could have happened, independently.
    probability
        How likely it is each time.

    References
    ----------
    Chernoff, "A measure of asymptotic efficiency for tests of a hypothesis based on the sum of
    observations", Annals of Mathematical Statistics 1952.

    Examples
    --------
    >>> implausible(520, 1000, 0.5), implausible(620, 1000, 0.5)
    (False, True)
    """
    far = trials * divergence(count / trials, min(1.0, probability))
    return far > math.log(2 * COMPARISONS / FALSE_ALARM)


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
