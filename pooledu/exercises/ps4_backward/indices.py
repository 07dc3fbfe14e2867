"""What the backward exercises share: maxima with indices, and numbers put at flat places."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pooledu import functional
from pooledu.checks.exercise import Index


def forward(x, kernel_size, stride=None):
    """Max pooling with indices."""
    stride = None if stride is None else int(stride)
    return functional.max_pool(x, (int(kernel_size),) * 2, stride, return_indices=True)


def show_gradient(given: Mapping[str, Any], at: Index | None) -> list[dict[str, Any]]:
    """Draw the gradient and the indices, with the cells that point at the wrong one."""
    (name, values), (_, indices), (_, shape) = given.items()
    place = at[0] * int(shape[1]) + at[1] if at else -1
    marked = [tuple(cell) for cell in np.argwhere(indices == place)]
    return [
        {"values": values, "title": name, "marked": marked},
        {"values": indices, "title": "indices", "marked": marked, "digits": 7},
    ]


def scatter(values, indices, shape, put: Callable[[float, float], float], start=0.0):
    """Put values at flat places of a plane, one after the other."""
    flat = np.full(int(np.prod(shape)), start)
    for place, number in zip(np.ravel(indices), np.ravel(values), strict=True):
        flat[place] = put(flat[place], number)
    return flat.reshape(tuple(shape))
