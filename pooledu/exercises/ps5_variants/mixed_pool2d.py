"""`mixed_pool2d(x, kernel_size, stride=None, lam=0.5)`: `lam * max + (1 - lam) * mean`."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from pooledu import functional
from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import MIXED
from pooledu.exercises.windows import (
    arranged,
    declare_stride_mistakes,
    each_window,
    reals,
    show_window,
)


def _mixtures(rng: Draw) -> Iterator[Case]:
    """The ladder of mixed_pool2d: planes of any sign, with weights."""
    yield Case("one window, half and half", (arranged(rng, 2, 2), 2))
    yield Case("a window of one cell changes nothing", (reals(rng, 1, 4), 1))
    yield Case("the maximum alone", (arranged(rng, 4, 4), 2), {"lam": 1.0})
    yield Case("the mean alone", (arranged(rng, 4, 4), 2), {"lam": 0.0})
    yield Case("a quarter of the maximum", (arranged(rng, 2, 4), 2), {"lam": 0.25})
    yield Case("negative numbers only", (arranged(rng, 4, 4, low=-30, high=-1), 2), {"lam": 0.75})
    yield Case("numbers of both signs", (arranged(rng, 4, 6, low=-25, high=12), 2), {"lam": 0.25})
    yield Case("more columns than rows", (arranged(rng, 2, 6), 2), {"lam": 0.25})
    yield Case("a row and a column left over", (arranged(rng, 7, 5), 2), {"lam": 0.25})
    yield Case("a single column", (arranged(rng, 4, 1), 1, 2), {"lam": 0.0})
    yield Case("windows that overlap", (arranged(rng, 5, 6), 3), {"stride": 1})
    yield Case("every argument by position", (arranged(rng, 7, 8, low=-50, high=20), 2, 3, 0.125))
    yield Case("an input that is read-only", (reals(rng, 7, 6), 3, 2, 0.3), layout="readonly")
    yield Case("an input in Fortran order", (reals(rng, 9, 10), 3, 2, 0.9), layout="F")
    yield Case("a view of another array", (reals(rng, 8, 11), 4, 3), layout="strided")
    named = {"x": reals(rng, 6, 6) * -1e300, "kernel_size": 2, "stride": None, "lam": 0.4}
    yield Case("numbers far below 0; every argument by name", (), named)


def _mixed(x, kernel_size, stride=None, lam=0.5):
    """The oracle."""
    stride = None if stride is None else int(stride)
    return functional.mixed_pool(x, (int(kernel_size),) * 2, stride, lam=lam)


mixed_pool2d = Exercise(
    "mixed_pool2d",
    oracle=_mixed,
    ladder=_mixtures,
    tolerance=1e-9,
    show=show_window,
    link=MIXED,
)


def _mix(x, kernel_size, stride, of: Callable[[float, float], float]):
    """Combine the maximum and the mean of each window."""
    return each_window(x, kernel_size, stride, lambda w: of(float(np.max(w)), float(np.mean(w))))


@mixed_pool2d.mistake("`lam` is the share of the maximum.", MIXED)
def shares_swapped(x, kernel_size, stride=None, lam=0.5):
    """It gives `lam` to the mean and the rest to the maximum."""
    return _mixed(x, kernel_size, stride, 1 - lam)


@mixed_pool2d.mistake("Which parameter of the function do you never read?", MIXED)
def always_half(x, kernel_size, stride=None, lam=0.5):
    """It does not use `lam` and mixes half and half."""
    return _mixed(x, kernel_size, stride)


@mixed_pool2d.mistake("The mean has the share `1 - lam`.", MIXED)
def mean_not_weighted(x, kernel_size, stride=None, lam=0.5):
    """It adds the whole mean to `lam` times the maximum."""
    return _mix(x, kernel_size, stride, lambda high, mean: lam * high + mean)


@mixed_pool2d.mistake("The maximum has the share `lam`.", MIXED)
def maximum_not_weighted(x, kernel_size, stride=None, lam=0.5):
    """It adds the whole maximum to `1 - lam` times the mean."""
    return _mix(x, kernel_size, stride, lambda high, mean: high + (1 - lam) * mean)


@mixed_pool2d.mistake("The shares are `lam` and `1 - lam`: they add up to 1.", MIXED)
def both_with_lam(x, kernel_size, stride=None, lam=0.5):
    """It gives `lam` to both."""
    return _mix(x, kernel_size, stride, lambda high, mean: lam * high + lam * mean)


@mixed_pool2d.mistake("Mixing means a weighted sum here, not a choice.", MIXED)
def one_chosen(x, kernel_size, stride=None, lam=0.5):
    """It takes the maximum if `lam` is at least one half, and the mean if not."""
    return _mix(x, kernel_size, stride, lambda high, mean: high if lam >= 0.5 else mean)


@mixed_pool2d.mistake("The second part is the mean, not the sum.", MIXED)
def sum_in_place_of_mean(x, kernel_size, stride=None, lam=0.5):
    """It mixes the maximum with the sum."""
    n = kernel_size**2
    return _mix(x, kernel_size, stride, lambda high, mean: lam * high + (1 - lam) * mean * n)


@mixed_pool2d.mistake("The second part is the mean, not the minimum.", MIXED)
def minimum_in_place_of_mean(x, kernel_size, stride=None, lam=0.5):
    """It mixes the maximum with the minimum."""
    return each_window(x, kernel_size, stride, lambda w: lam * w.max() + (1 - lam) * w.min())


@mixed_pool2d.mistake("A maximum may be negative: start from the first number, not from 0.", MIXED)
def maximum_from_zero(x, kernel_size, stride=None, lam=0.5):
    """Its maximum compares with 0 as well."""
    return _mix(x, kernel_size, stride, lambda high, mean: lam * max(high, 0.0) + (1 - lam) * mean)


declare_stride_mistakes(mixed_pool2d)
