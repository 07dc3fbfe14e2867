"""`max_pool2d(x, kernel_size, stride=None)`: the maximum of each window of a plane.

`(H, W) -> (OH, OW)`; numbers of any sign, and minus infinity.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pooledu import functional
from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import BY_HAND
from pooledu.exercises.ps1_windows.planes import declare_window_mistakes, planes
from pooledu.exercises.windows import (
    arranged,
    declare_stride_mistakes,
    each_window,
    pooled,
    show_window,
)


def _max_planes(rng: Draw) -> Iterator[Case]:
    """The ladder of max_pool2d: the planes, and minus infinity."""
    yield from planes(rng)
    masked = arranged(rng, 5, 6, low=-30, high=30)
    masked[:3, :3] = masked[4, 4] = -np.inf
    yield Case("minus infinity among the numbers, and a window of nothing else", (masked, 3, 1))


def _max_pool2d(x, kernel_size, stride=None):
    """The oracle."""
    return pooled(functional.max_pool, x, kernel_size, stride)


max_pool2d = Exercise(
    "max_pool2d", oracle=_max_pool2d, ladder=_max_planes, show=show_window, link=BY_HAND
)
declare_window_mistakes(max_pool2d, np.max)


@max_pool2d.mistake(
    "What is the maximum of -3 and -5? Start from the first number of the window or "
    "from minus infinity, not from 0.",
    BY_HAND,
)
def starts_from_zero(x, kernel_size, stride=None):
    """It compares with 0 as well, so no result is negative."""
    return np.maximum(_max_pool2d(x, kernel_size, stride), 0)


@max_pool2d.mistake("The maximum of -7 and 3 is 3: the sign counts.", BY_HAND)
def largest_magnitude(x, kernel_size, stride=None):
    """It takes the number that is farthest from 0, whatever its sign."""
    high, low = _max_pool2d(x, kernel_size, stride), -_max_pool2d(-x, kernel_size, stride)
    return np.where(-low > high, low, high)


@max_pool2d.mistake(
    "The sign counts: the maximum of -7 and 3 is 3, and of -7 and -3 it is -3.", BY_HAND
)
def maximum_of_absolute_values(x, kernel_size, stride=None):
    """It takes the maximum of the absolute values."""
    return _max_pool2d(np.abs(x), kernel_size, stride)


@max_pool2d.mistake(
    "`x[::stride, ::stride]` looks at one cell of each window and never at the others.", BY_HAND
)
def takes_first_cell(x, kernel_size, stride=None):
    """It takes the first cell of each window."""
    return each_window(x, kernel_size, stride, lambda window: window[0, 0])


@max_pool2d.mistake("Try an input whose numbers are in no order, and a window of 3 x 3.", BY_HAND)
def every_second_cell(x, kernel_size, stride=None):
    """It takes `x[1::2, 1::2]`, whatever the window and the stride are."""
    return x[1::2, 1::2].copy()


@max_pool2d.mistake(
    "That gives the maximum only if the numbers grow to the right and downwards. Try "
    "an input in another order.",
    BY_HAND,
)
def takes_last_cell(x, kernel_size, stride=None):
    """It takes the last cell of each window."""
    return each_window(x, kernel_size, stride, lambda window: window[-1, -1])


@max_pool2d.mistake(
    "Max pooling keeps the largest number of each window; averaging is the next exercise.", BY_HAND
)
def takes_average(x, kernel_size, stride=None):
    """It takes the average of each window."""
    return each_window(x, kernel_size, stride, np.mean)


@max_pool2d.mistake("Which way does your comparison point?", BY_HAND)
def takes_minimum(x, kernel_size, stride=None):
    """It takes the minimum of each window."""
    return -_max_pool2d(-x, kernel_size, stride)


declare_stride_mistakes(max_pool2d)
