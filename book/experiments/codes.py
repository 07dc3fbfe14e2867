"""Sparse and dense codes: is a feature in the window, to be told from the pooled number alone?

Cells are the size of normal noise. In a sparse code the feature is added to one cell, in a dense
code to each. What is counted is how often a window with the feature has the larger pooled number.
"""

from collections.abc import Sequence

import numpy as np

QUESTION = "When does a maximum tell more than a mean, and when less?"
MATTERS = 0.02
SIDES = tuple(range(1, 9))
MEASURES = tuple(f"separation by {n} × {n}" for n in SIDES)
SPARSE, DENSE = "one cell", "every cell"
CONDITIONS = (
    *((SPARSE, strength) for strength in (1, 2, 3, 4)),
    *((DENSE, strength) for strength in (0.1, 0.25, 0.5, 1)),
)
DESIGNS = ("maximum", "mean")
STEPS = (2500, 5000, 10_000, 20_000)  # windows of each kind


def separation(present: np.ndarray, absent: np.ndarray) -> float:
    """Chance that a window with the feature scores higher than one without it."""
    ranks = np.concatenate([present, absent]).argsort().argsort()[: len(present)] + 1
    pairs = len(present) * len(absent)
    return float((ranks.sum() - len(present) * (len(present) + 1) / 2) / pairs)


def windows(code: str, strength: float, cells: int, count: int, seed: int) -> np.ndarray:
    """Windows with the feature and windows without it, (2, count, cells)."""
    rng = np.random.default_rng([seed, cells])
    both = np.abs(rng.normal(size=(2, count, cells)))
    if code == SPARSE:
        both[0, np.arange(count), rng.integers(cells, size=count)] += strength
    else:
        both[0] += strength
    return both


def run(condition: Sequence, design: str, steps: int, seeds: Sequence[int]) -> list[list[float]]:
    """For each seed the separation for each size of the window."""
    pool = np.max if design == "maximum" else np.mean
    return [
        [
            round(separation(*pool(windows(*condition, side**2, steps, seed), axis=2)), 5)
            for side in SIDES
        ]
        for seed in seeds
    ]
