"""`max_pool2d_padded(x, kernel_size, stride=None, padding=0)`: padding never wins.

`(H, W) -> (OH, OW)`; numbers of any sign, and minus infinity.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pooledu import functional
from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.checks.finding import Finding
from pooledu.exercises.links import NEVER_WINS, PADDING
from pooledu.exercises.ps2_borders.planes import declare_padding_mistakes, pad, padded_planes
from pooledu.exercises.windows import (
    arranged,
    declare_stride_mistakes,
    each_window,
    pooled,
    show_window,
)


def _max_ladder(rng: Draw) -> Iterator[Case]:
    """The planes, and minus infinity."""
    yield from padded_planes(rng)
    low = arranged(rng, 4, 4, low=-30, high=-1)
    low[1, 2] = 0
    yield Case("a zero among negative numbers", (low, 3, 1), {"padding": 1})
    masked = arranged(rng, 5, 5, low=-99, high=-1)
    masked[:2, :2] = -np.inf
    yield Case(
        "minus infinity among the numbers, in a whole window too", (masked, 3, 1), {"padding": 1}
    )


def _max_pool(x, kernel_size, stride=None, padding=0):
    """The oracle."""
    return pooled(functional.max_pool, x, kernel_size, stride, padding=int(padding))


def _padding_won(case: Case, expected: Any, actual: Any) -> Finding | None:
    """Recognise any number that padding was given and that won.

    Nobody pads a maximum with a number above 0: such a number was made from the input's.
    """
    if not isinstance(actual, np.ndarray) or actual.shape != expected.shape:
        return None
    wrong = np.unique(actual[actual != expected])
    given = max_pool2d_padded.arguments(case)
    padding, filled = int(given.pop("padding")), wrong[:1]
    if len(wrong) != 1 or filled > 0 or filled in given["x"]:
        return None
    given["x"] = np.pad(given["x"], padding, constant_values=filled[0])
    won = np.array_equal(_max_pool(**given), actual)
    return Finding("padding won", filled=float(filled[0])) if won else None


max_pool2d_padded = Exercise(
    "max_pool2d_padded",
    oracle=_max_pool,
    ladder=_max_ladder,
    show=show_window,
    explain=_padding_won,
    words={
        "padding won": "The padding wins: it holds {filled:g}, which is larger than the numbers it "
        "surrounds."
    },
    link=NEVER_WINS,
)


@max_pool2d_padded.mistake("Pad with a number that no maximum can be: minus infinity.", NEVER_WINS)
def padded_with_zero(x, kernel_size, stride=None, padding=0):
    """It pads with 0, and 0 wins over negative numbers."""
    return each_window(pad(x, padding), kernel_size, stride, np.max)


@max_pool2d_padded.mistake(
    "However low the number is, an input may be lower. Minus infinity is below all.", NEVER_WINS
)
def padded_with_a_low_number(x, kernel_size, stride=None, padding=0):
    """It pads with a low number, which wins over lower ones and over minus infinity."""
    return each_window(pad(x, padding, -1e9), kernel_size, stride, np.max)


@max_pool2d_padded.mistake(
    "The smallest float is still larger than minus infinity, which may be in the input.", NEVER_WINS
)
def padded_with_the_smallest_float(x, kernel_size, stride=None, padding=0):
    """It pads with the smallest float, which wins over minus infinity."""
    return each_window(pad(x, padding, np.finfo(float).min), kernel_size, stride, np.max)


@max_pool2d_padded.mistake(
    "Padding only makes room for more windows; it is no part of the numbers to compare.", NEVER_WINS
)
def starts_from_zero(x, kernel_size, stride=None, padding=0):
    """It compares with 0 in every window, so no result is negative."""
    return np.maximum(_max_pool(x, kernel_size, stride, padding), 0)


@max_pool2d_padded.mistake(
    "Mirrored cells are real numbers from outside of the window, and they can win.", NEVER_WINS
)
def padded_by_reflection(x, kernel_size, stride=None, padding=0):
    """It pads by mirroring the input."""
    return each_window(pad(x, padding, mode="reflect"), kernel_size, stride, np.max)


@max_pool2d_padded.mistake(
    "Cells that wrap around come from the other side of the input, and they can win.", NEVER_WINS
)
def padded_by_wrapping(x, kernel_size, stride=None, padding=0):
    """It pads with the cells of the opposite side."""
    return each_window(pad(x, padding, mode="wrap"), kernel_size, stride, np.max)


@max_pool2d_padded.mistake("Pooled first and padded then, no window ever sees the border.", PADDING)
def result_padded(x, kernel_size, stride=None, padding=0):
    """It pads the result, not the input."""
    return pad(_max_pool(x, kernel_size, stride), padding, -np.inf)


declare_padding_mistakes(max_pool2d_padded, np.max, -np.inf)


declare_stride_mistakes(max_pool2d_padded)
