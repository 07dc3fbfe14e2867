"""Inputs for pooling exercises, and the window that an output cell comes from."""

from __future__ import annotations

from typing import Any

import numpy as np

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
