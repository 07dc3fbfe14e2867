"""`stochastic_pool2d_expected(x, kernel_size, stride=None)`: the sum of `p_i * x_i` per window.

The test-time form of stochastic pooling; an all-zero window gives 0.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pooledu import functional
from pooledu.checks.exercise import Exercise
from pooledu.exercises.links import CHANCE, ZERO
from pooledu.exercises.ps5_variants import chance
from pooledu.exercises.ps5_variants.planes import planes, walk
from pooledu.exercises.windows import declare_stride_mistakes, show_window


def _expected(x, kernel_size, stride=None):
    """The oracle."""
    stride = None if stride is None else int(stride)
    return functional.stochastic_pool_expected(x, (int(kernel_size),) * 2, stride)


stochastic_pool2d_expected = Exercise(
    "stochastic_pool2d_expected",
    oracle=_expected,
    ladder=planes,
    tolerance=1e-9,
    show=show_window,
    link=CHANCE,
)


def _declare_expected(
    name: str, says: str, hint: str, reduce: Callable[[np.ndarray], Any], link: str = CHANCE
) -> None:
    """Declare a mistake that is a reduction of a window."""
    stochastic_pool2d_expected.mistake(hint, link, name=name, says=says)(walk(reduce))


def _or_zero(of: Callable[[np.ndarray], Any]) -> Callable[[np.ndarray], Any]:
    """Give 0 for a window of zeros."""
    return lambda window: of(window) if window.any() else 0.0


_declare_expected(
    "plain_average",
    "It averages without weights.",
    "Each number counts with its probability, and that is larger for larger numbers.",
    np.mean,
)
_declare_expected(
    "weights_not_normalised",
    "It adds the squares and does not divide by the sum.",
    "Probabilities add up to 1: divide by the sum of the window.",
    lambda w: (w * w).sum(),
)
_declare_expected(
    "mean_of_squares",
    "It divides the squares by the number of cells and not by the sum.",
    "Probabilities add up to 1: divide by the sum of the window.",
    lambda w: (w * w).mean(),
)
_declare_expected(
    "root_mean_square",
    "It takes the root of the mean square: Lp pooling with p = 2.",
    "The weights are `window / window.sum()`, and there is no root.",
    lambda w: np.sqrt((w * w).mean()),
)
_declare_expected(
    "softmax_weights",
    "It weighs by a softmax.",
    "The weights are `window / window.sum()`.",
    _or_zero(lambda w: (chance.LAWS["softmax"](w) * w).sum()),
)
_declare_expected(
    "maximum_for_expected",
    "It takes the maximum of each window.",
    "At test time every number counts, each with its probability.",
    np.max,
)
_declare_expected(
    "weights_added",
    "It adds the probabilities and not the weighted numbers.",
    "Multiply each number by its probability, and add then.",
    _or_zero(lambda w: 1.0),
)
_declare_expected(
    "zeros_left_out",
    "It averages the numbers above 0.",
    "Each number counts with its probability, and that is larger for larger numbers.",
    _or_zero(lambda w: w[w > 0].mean()),
)
_declare_expected(
    "nan_for_a_window_of_zeros",
    "A window of zeros gives NaN.",
    "0 / 0 is NaN: a window of zeros needs a case of its own.",
    lambda w: (w / w.max() * w).sum() / (w / w.max()).sum() if w.any() else np.nan,
    ZERO,
)


declare_stride_mistakes(stochastic_pool2d_expected)
