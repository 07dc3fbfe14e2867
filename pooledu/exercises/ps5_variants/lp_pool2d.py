"""`lp_pool2d(x, kernel_size, stride=None, p=2.0)`: `(mean(x**p))**(1/p)` of each window.

Non-negative `x`, `0.5 <= p <= 10`; an all-zero window gives 0.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import LIMITS, POWERS, SUM_FORM, ZERO
from pooledu.exercises.ps5_variants.planes import planes, positive
from pooledu.exercises.windows import declare_stride_mistakes, each_window, show_window


def _powers(rng: Draw) -> Iterator[Case]:
    """The ladder of lp_pool2d: the planes, with powers."""
    powers = {
        "windows that tile the input": 1,
        "more rows than columns": 0.5,
        "windows that overlap": 1.5,
        "a stride larger than the window": 4.0,
    }
    for count, case in enumerate(planes(rng)):
        yield case
        if p := powers.get(case.tests) or (not count and 3):
            yield Case(f"{case.tests}; p = {p}", case.args, case.kwargs | {"p": p})
    named = {"x": positive(rng, 5, 7), "kernel_size": 3, "stride": 2, "p": 10.0}
    yield Case("p = 10; every argument by name", (), named)
    yield Case(
        "p = 0.5 and a window of zeros", (np.kron([[0, 1]], positive(rng, 2, 2)), 2, None, 0.5)
    )


def _lp_pool2d(x, kernel_size, stride=None, p=2.0):
    """The oracle."""
    return each_window(x, kernel_size, stride, lambda w: np.mean(w**p) ** (1 / p))


lp_pool2d = Exercise(
    "lp_pool2d",
    oracle=_lp_pool2d,
    ladder=_powers,
    tolerance=1e-9,
    show=show_window,
    link=POWERS,
)


@lp_pool2d.mistake(
    "PyTorch's `LPPool2d` adds the powers. Here they are averaged: the form between "
    "average and maximum.",
    SUM_FORM,
)
def sum_for_mean(x, kernel_size, stride=None, p=2.0):
    """It adds the powers and does not average them."""
    return each_window(x, kernel_size, stride, lambda w: np.sum(w**p) ** (1 / p))


@lp_pool2d.mistake("After the mean of the powers comes the root `1 / p`.", POWERS)
def root_missing(x, kernel_size, stride=None, p=2.0):
    """It takes no root of the mean of the powers."""
    return each_window(x, kernel_size, stride, lambda w: np.mean(w**p))


@lp_pool2d.mistake("The numbers are raised to the power before they are averaged.", POWERS)
def power_after_mean(x, kernel_size, stride=None, p=2.0):
    """It averages first and raises to the power then, which gives the average."""
    return each_window(x, kernel_size, stride, np.mean)


@lp_pool2d.mistake("Which parameter of the function do you never read?", POWERS)
def always_squares(x, kernel_size, stride=None, p=2.0):
    """It does not use `p` and always squares."""
    return _lp_pool2d(x, kernel_size, stride)


@lp_pool2d.mistake("The root belongs to the power: `** (1 / p)`, not `sqrt`.", POWERS)
def always_square_root(x, kernel_size, stride=None, p=2.0):
    """It takes the square root, whatever `p` is."""
    return each_window(x, kernel_size, stride, lambda w: np.sqrt(np.mean(w**p)))


@lp_pool2d.mistake("The mean is taken inside of the root: `(sum / count) ** (1 / p)`.", SUM_FORM)
def divided_after_the_root(x, kernel_size, stride=None, p=2.0):
    """It divides by the number of cells after the root."""
    return each_window(x, kernel_size, stride, lambda w: np.sum(w**p) ** (1 / p) / w.size)


@lp_pool2d.mistake("How many numbers are in a window of 3 x 3?", SUM_FORM)
def divided_by_kernel_size(x, kernel_size, stride=None, p=2.0):
    """It divides by `kernel_size` and not by the number of cells in the window."""
    return each_window(x, kernel_size, stride, lambda w: (np.sum(w**p) / kernel_size) ** (1 / p))


@lp_pool2d.mistake("Only in the limit of a large `p` it is the maximum.", LIMITS)
def takes_maximum(x, kernel_size, stride=None, p=2.0):
    """It takes the maximum of each window."""
    return each_window(x, kernel_size, stride, np.max)


@lp_pool2d.mistake("`p` is a float: `int(p)` and `1 // p` cut it off.", POWERS)
def power_cut_off(x, kernel_size, stride=None, p=2.0):
    """It cuts `p` off to a whole number."""
    return _lp_pool2d(x, kernel_size, stride, max(1, int(p)))


@lp_pool2d.mistake("0 / 0 is NaN, and 0 * log(0) too. Take powers and roots directly.", ZERO)
def zeros_give_nan(x, kernel_size, stride=None, p=2.0):
    """A window of zeros gives NaN."""
    y = _lp_pool2d(x, kernel_size, stride, p)
    return np.where(y == 0, np.nan, y)


declare_stride_mistakes(lp_pool2d)
