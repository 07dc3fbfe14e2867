"""`min_pool2d(x, kernel_size, stride=None)`: the minimum of each window of a plane.

`(H, W) -> (OH, OW)`; numbers of any sign, and infinity.
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
from pooledu.exercises.windows import arranged, declare_stride_mistakes, each_window, show_window


def _min_planes(rng: Draw) -> Iterator[Case]:
    """The ladder of min_pool2d: the planes, and infinity."""
    yield from planes(rng)
    yield Case("one window, and a column left over", (arranged(rng, 3, 4), 3, 2))
    masked = arranged(rng, 5, 6, low=-30, high=30)
    masked[:3, :3] = masked[4, 4] = np.inf
    yield Case("infinity among the numbers, and a window of nothing else", (masked, 3, 1))


def _max_pool2d(x, kernel_size, stride=None):
    """The maximum, which turns into the minimum when the sign is turned twice."""
    return functional.max_pool(x, (int(kernel_size),) * 2, None if stride is None else int(stride))


def _min_pool2d(x, kernel_size, stride=None):
    """The oracle."""
    return -_max_pool2d(-x, kernel_size, stride)


min_pool2d = Exercise(
    "min_pool2d", oracle=_min_pool2d, ladder=_min_planes, show=show_window, link=BY_HAND
)
declare_window_mistakes(min_pool2d, np.min)


@min_pool2d.mistake("Turn the sign twice: before the maximum, and after it.", BY_HAND)
def sign_not_turned_back(x, kernel_size, stride=None):
    """It takes the maximum of `-x` and does not turn the sign back."""
    return _max_pool2d(-x, kernel_size, stride)


@min_pool2d.mistake("Turn the sign twice: before the maximum, and after it.", BY_HAND)
def sign_turned_only_after(x, kernel_size, stride=None):
    """It takes the maximum of `x` and turns the sign of the result."""
    return -_max_pool2d(x, kernel_size, stride)


@min_pool2d.mistake("Which way does your comparison point?", BY_HAND)
def takes_maximum(x, kernel_size, stride=None):
    """It takes the maximum of each window."""
    return _max_pool2d(x, kernel_size, stride)


@min_pool2d.mistake(
    "What is the minimum of 3 and 5? Start from the first number of the window or from infinity, "
    "not from 0.",
    BY_HAND,
)
def starts_from_zero(x, kernel_size, stride=None):
    """It compares with 0 as well, so no result is positive."""
    return np.minimum(_min_pool2d(x, kernel_size, stride), 0)


@min_pool2d.mistake("The minimum of -7 and 3 is -7: the sign counts.", BY_HAND)
def smallest_magnitude(x, kernel_size, stride=None):
    """It takes the number that is nearest to 0, whatever its sign."""
    return each_window(x, kernel_size, stride, lambda w: w.flat[int(np.argmin(np.abs(w)))])


@min_pool2d.mistake("The minimum of -7 and 3 is -7: the sign counts.", BY_HAND)
def minimum_of_absolute_values(x, kernel_size, stride=None):
    """It takes the minimum of the absolute values."""
    return _min_pool2d(np.abs(x), kernel_size, stride)


@min_pool2d.mistake("Min pooling keeps the smallest number of each window.", BY_HAND)
def takes_average(x, kernel_size, stride=None):
    """It takes the average of each window."""
    return each_window(x, kernel_size, stride, np.mean)


@min_pool2d.mistake(
    "Turning the sign of a number is `-x`. `1 / x` and `max - x` are other things.", BY_HAND
)
def turned_at_the_maximum(x, kernel_size, stride=None):
    """It pools `x.max() - x` and does not come back from there."""
    top = np.max(x[np.isfinite(x)])
    return _max_pool2d(top - x, kernel_size, stride)


declare_stride_mistakes(min_pool2d)
