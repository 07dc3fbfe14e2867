"""Inputs for pooling exercises, and the window that an output cell comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pooledu import geometry
from pooledu.checks.exercise import Case, Index
from pooledu.checks.showing import plane


def integers(rng: np.random.Generator, *shape: int, low: int = -9, high: int = 9) -> np.ndarray:
    """Draw whole numbers, each once where there are enough, so that a drawing stays readable."""
    size = int(np.prod(shape))
    reach = max(high - low + 1, size)
    return (rng.permutation(reach)[:size] + low).astype(float).reshape(shape)


def reals(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Draw numbers with one decimal, readable in a drawing, and most of them different."""
    return np.round(rng.normal(scale=20, size=shape), 1)


def pooled_shape(x: np.ndarray, kernel_size: int, stride: int | None = None) -> tuple[int, int]:
    """Count the windows that fit, down and across."""
    rows, columns = (geometry.output_size(size, kernel_size, stride) for size in x.shape)
    return rows, columns


def each_window(
    x: np.ndarray,
    kernel_size: int,
    stride: int | None,
    reduce: Callable[[np.ndarray], Any],
    *,
    shape: tuple[int, ...] | None = None,
    step: int | None = None,
    extent: int | None = None,
) -> np.ndarray:
    """Reduce each window of a plane with loops; the options are what goes wrong in them.

    `shape` is how many windows there are, `step` how far they move, `extent` how wide they are.
    """
    step = step or stride or kernel_size
    extent = extent or kernel_size
    rows, columns = shape or pooled_shape(x, kernel_size, stride)
    return np.array(
        [
            [reduce(x[i * step :, j * step :][:extent, :extent]) for j in range(columns)]
            for i in range(rows)
        ]
    ).reshape(rows, columns)


def show_window(case: Case, at: Index | None) -> list[dict[str, Any]]:
    """Draw the input of a pooling, with the window of the wrong number and the padding."""
    x, kernel, stride, padding = _parameters(case, *case.args, **case.kwargs)
    values, where = plane(x, at)
    shown: dict[str, Any] = {"values": values, "title": f"x{where}", "padding": padding}
    if at:
        row, column = at[-2] * stride - padding, at[-1] * stride - padding
        shown["window"] = (row, column, kernel, kernel)
    return [shown]


def _parameters(
    case: Case,
    x: np.ndarray,
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
    **others: Any,
) -> tuple[np.ndarray, int, int, int]:
    """Read the arguments that say where the windows are."""
    return x, int(kernel_size), int(stride or kernel_size), int(padding)
