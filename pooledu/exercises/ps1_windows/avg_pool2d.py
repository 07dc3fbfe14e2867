"""`avg_pool2d(x, kernel_size, stride=None)`: the average of each window of a plane.

`(H, W) -> (OH, OW)`.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

import numpy as np

from pooledu import functional
from pooledu.checks.exercise import Exercise
from pooledu.exercises.links import AVERAGE, INTEGER
from pooledu.exercises.ps1_windows.planes import declare_window_mistakes, planes
from pooledu.exercises.windows import declare_stride_mistakes, each_window, pooled, show_window


def _avg_pool2d(x, kernel_size, stride=None):
    """The oracle."""
    return pooled(functional.avg_pool, x, kernel_size, stride)


avg_pool2d = Exercise(
    "avg_pool2d",
    oracle=_avg_pool2d,
    ladder=planes,
    tolerance=1e-9,
    show=show_window,
    link=AVERAGE,
)
declare_window_mistakes(avg_pool2d, np.mean)


@avg_pool2d.mistake("An average is a sum divided by how many numbers there are.", AVERAGE)
def not_divided(x, kernel_size, stride=None):
    """It adds the numbers of each window and does not divide."""
    return _avg_pool2d(x, kernel_size, stride) * kernel_size**2


@avg_pool2d.mistake("How many numbers are in a window of 3 x 3?", AVERAGE)
def divided_by_kernel_size(x, kernel_size, stride=None):
    """It divides by `kernel_size` and not by the number of cells in the window."""
    return _avg_pool2d(x, kernel_size, stride) * kernel_size


@avg_pool2d.mistake(
    "How many numbers are in a window depends on its size, not on how far it moves.", AVERAGE
)
def divided_by_stride_squared(x, kernel_size, stride=None):
    """It divides by `stride * stride`."""
    s = stride or kernel_size
    return _avg_pool2d(x, kernel_size, stride) * kernel_size**2 / s**2


@avg_pool2d.mistake(
    "How many numbers are in a window of 3 x 3? For 2 x 2 the two counts are equal.", AVERAGE
)
def divided_by_twice_the_kernel(x, kernel_size, stride=None):
    """It divides by `2 * kernel_size`."""
    return _avg_pool2d(x, kernel_size, stride) * kernel_size / 2


@avg_pool2d.mistake("`//` rounds down; an average is no whole number in general.", INTEGER)
def rounds_down(x, kernel_size, stride=None):
    """It rounds the averages down to whole numbers."""
    return np.floor(_avg_pool2d(x, kernel_size, stride))


@avg_pool2d.mistake(
    "`astype(int)`, or an array made with an integer dtype, cuts the fraction off.", INTEGER
)
def cuts_fractions_off(x, kernel_size, stride=None):
    """It cuts the fractions of the averages off."""
    return np.trunc(_avg_pool2d(x, kernel_size, stride))


@avg_pool2d.mistake("The average takes every number of the window into account.", AVERAGE)
def takes_maximum(x, kernel_size, stride=None):
    """It takes the maximum of each window."""
    return each_window(x, kernel_size, stride, np.max)


@avg_pool2d.mistake("With an even count the median is an average of the middle two only.", AVERAGE)
def takes_median(x, kernel_size, stride=None):
    """It takes the median of each window."""
    return each_window(x, kernel_size, stride, np.median)


@avg_pool2d.mistake(
    "The mean of the largest and the smallest number is not the mean of all.", AVERAGE
)
def takes_midrange(x, kernel_size, stride=None):
    """It takes the middle between the largest and the smallest number of each window."""
    return each_window(x, kernel_size, stride, lambda w: w.max() / 2 + w.min() / 2)


declare_stride_mistakes(avg_pool2d)
