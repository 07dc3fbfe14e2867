"""What the variants share: inputs without negative numbers."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pooledu.checks.exercise import Case, Draw
from pooledu.exercises.windows import arranged, each_window, reals


def positive(rng: Draw, *shape: int) -> np.ndarray:
    """Whole numbers above 0."""
    return arranged(rng, *shape, low=1, high=9)


def planes(rng: Draw) -> Iterator[Case]:
    """Inputs without negative numbers, from one window upwards."""
    yield Case("one window", (positive(rng, 2, 2), 2))
    yield Case("a window of one cell changes nothing", (positive(rng, 1, 4), 1))
    empty = positive(rng, 2, 4)
    empty[:, :2] = 0
    yield Case("a window of zeros", (empty, 2))
    yield Case("windows that tile the input", (positive(rng, 4, 4), 2))
    yield Case("more columns than rows", (positive(rng, 2, 6), 2))
    yield Case("more rows than columns", (positive(rng, 6, 4), 2))
    yield Case("a row and a column left over", (positive(rng, 5, 5), 2))
    yield Case("a single column", (positive(rng, 4, 1), 1, 2))
    yield Case("windows that overlap", (positive(rng, 5, 6), 3), {"stride": 1})
    yield Case("a stride larger than the window", (positive(rng, 7, 8), 2, 3))
    sparse = np.maximum(arranged(rng, 6, 6, low=-18, high=17), 0)
    yield Case("many zeros", (sparse, 3, 2))
    yield Case("an input that is read-only", (reals(rng, 7, 6), 3, 2), layout="readonly")
    yield Case("an input in Fortran order", (reals(rng, 9, 10), 3, 2), layout="F")
    yield Case("a view of another array", (reals(rng, 8, 11), 4, 3), layout="strided")
    sizes = {"kernel_size": np.int64(3), "stride": np.int64(1)}
    yield Case(
        "NumPy integers as sizes, every argument by name", (), {"x": reals(rng, 8, 9)} | sizes
    )
    yield Case("large numbers", (reals(rng, 6, 6) * 1e20, 2))
    yield Case("small numbers", (reals(rng, 6, 6) * 1e-20, 3, 2))


def walk(reduce: Callable[[np.ndarray], Any]) -> Callable[..., np.ndarray]:
    """Pool with any reduction of a window."""

    def pool(x, kernel_size, stride=None):
        return each_window(x, kernel_size, stride, reduce)

    return pool
