"""`softmax_pool2d(x, kernel_size, stride=None, beta=1.0)`: a mean whose weights follow the values.

`(H, W) -> (OH, OW)`: the sum of `w * x` over each window, where the weights `w` of a window are the
softmax of `beta * x`. Numbers of any sign and size, `beta` of any sign.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import SOFT, SOFT_LIMITS
from pooledu.exercises.windows import (
    alternating,
    arranged,
    declare_stride_mistakes,
    each_window,
    reals,
    show_window,
)


def _planes(rng: Draw) -> Iterator[Case]:
    """The ladder of softmax_pool2d: planes of any sign, with temperatures."""

    def gentle(*shape: int, low: int = 1) -> np.ndarray:
        """Numbers so near to each other that every cell of a window keeps some weight."""
        return arranged(rng, *shape, low=low) / (4.0 if rng.local else 40.0)

    yield Case("one window", (gentle(2, 2), 2))
    yield Case("a window of one cell changes nothing", (reals(rng, 1, 4), 1))
    yield Case("beta 0 is the mean", (gentle(2, 4), 2), {"beta": 0.0})
    yield Case("a larger beta leans towards the maximum", (gentle(2, 2), 2), {"beta": 2.0})
    yield Case("a negative beta leans towards the minimum", (gentle(2, 2), 2), {"beta": -1.0})
    yield Case("windows that tile the input", (gentle(4, 4), 2))
    yield Case("negative numbers only", (gentle(4, 4, low=-20), 2), {"beta": 0.5})
    yield Case("more columns than rows", (gentle(2, 6), 2), {"beta": 0.75})
    yield Case("a row and a column left over", (gentle(5, 5), 2))
    yield Case("a single column", (gentle(4, 1), 1, 2))
    yield Case("windows that overlap", (gentle(5, 6), 3), {"stride": 1})
    yield Case("every argument by position", (gentle(7, 8), 2, 3, 1.5))
    yield Case("an input that is read-only", (alternating(rng, 7, 6), 3, 2, 0.1), layout="readonly")
    yield Case("an input in Fortran order", (reals(rng, 9, 10), 3, 2, 0.2), layout="F")
    yield Case("a view of another array", (alternating(rng, 8, 11), 4, 3, 0.05), layout="strided")
    yield Case("numbers so large that their exponential overflows", (reals(rng, 4, 6) * 1e3, 2))
    yield Case("large numbers and a negative beta", (reals(rng, 4, 6) * 1e3, 2), {"beta": -1.0})
    yield Case("numbers whose exponential just fits", (600 + reals(rng, 4, 4), 2))
    yield Case("the mean of large numbers", (reals(rng, 4, 4) * 1e3, 2), {"beta": 0.0})
    apart = reals(rng, 4, 4)
    apart[2:] -= 2000
    yield Case("windows that are far below others", (apart, 2))
    named = {"x": reals(rng, 6, 6), "kernel_size": np.int64(3), "stride": None, "beta": -0.3}
    yield Case("every argument by name", (), named)


def _softmax(scores: np.ndarray) -> np.ndarray:
    """Weights that add up to 1."""
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def _walk(x, kernel_size, stride, weigh: Callable[[np.ndarray], np.ndarray]):
    """Add the weighted cells of each window."""
    return each_window(
        x, int(kernel_size), stride and int(stride), lambda w: float((weigh(w) * w).sum())
    )


def _soft(x, kernel_size, stride=None, beta=1.0):
    """The oracle."""
    return _walk(x, kernel_size, stride, lambda w: _softmax(beta * w))


softmax_pool2d = Exercise(
    "softmax_pool2d", oracle=_soft, ladder=_planes, tolerance=1e-9, show=show_window, link=SOFT
)


@softmax_pool2d.mistake("Which parameter of the function do you never read?")
def beta_ignored(x, kernel_size, stride=None, beta=1.0):
    """It does not use `beta` and takes it for 1."""
    return _soft(x, kernel_size, stride)


@softmax_pool2d.mistake("The largest cell gets the largest weight: no minus in the exponent.")
def beta_with_a_minus(x, kernel_size, stride=None, beta=1.0):
    """It weighs with `exp(-beta * x)`."""
    return _soft(x, kernel_size, stride, -beta)


@softmax_pool2d.mistake(
    "`exp(1000)` is infinite in float64. Subtract the window's largest score before `exp`: the "
    "weights do not change.",
    SOFT_LIMITS,
)
def overflows(x, kernel_size, stride=None, beta=1.0):
    """Its exponentials overflow where numbers are large."""
    return _walk(x, kernel_size, stride, lambda w: np.exp(beta * w) / np.exp(beta * w).sum())


@softmax_pool2d.mistake(
    "What is subtracted has to belong to the window: beside the largest number of the whole plane "
    "everything in a low window vanishes.",
    SOFT_LIMITS,
)
def largest_of_the_plane(x, kernel_size, stride=None, beta=1.0):
    """It subtracts the largest score of the plane, so low windows become 0 / 0."""
    top = (beta * x).max()

    def weigh(w):
        powers = np.exp(beta * w - top)
        return powers / powers.sum()

    return _walk(x, kernel_size, stride, weigh)


@softmax_pool2d.mistake("The weights of one window add up to 1: divide by the window's own sum.")
def over_the_whole_plane(x, kernel_size, stride=None, beta=1.0):
    """It takes the softmax over the whole plane and not over each window."""
    return each_window(_softmax(beta * x) * x, kernel_size, stride, np.sum)


@softmax_pool2d.mistake("Divide by the sum of the weights: a mean's weights add up to 1.")
def not_divided(x, kernel_size, stride=None, beta=1.0):
    """It does not divide by the sum of the weights."""
    return _walk(x, kernel_size, stride, lambda w: np.exp(beta * (w - w.max())))


@softmax_pool2d.mistake("The weights alone say how much; multiply the cells by them.")
def largest_weight(x, kernel_size, stride=None, beta=1.0):
    """It gives the largest weight of each window, not the weighted sum of the cells."""
    return each_window(x, kernel_size, stride, lambda w: _softmax(beta * w).max())


@softmax_pool2d.mistake(
    "The logarithm of the sum of exponentials is another pool: it lies above the maximum."
)
def log_sum_exp(x, kernel_size, stride=None, beta=1.0):
    """It takes the logarithm of the sum of the exponentials."""

    def reduce(w):
        top = w.max()
        return top + np.log(np.exp(beta * (w - top)).sum())

    return each_window(x, kernel_size, stride, reduce)


@softmax_pool2d.mistake(
    "Softmax weighs with `exp(beta * x)`; the values themselves may be negative."
)
def weighted_by_the_values(x, kernel_size, stride=None, beta=1.0):
    """It weighs each cell with its value, as stochastic pooling does."""
    return _walk(x, kernel_size, stride, lambda w: w / w.sum())


@softmax_pool2d.mistake("Take the softmax over all cells of the window at once, not row by row.")
def row_by_row(x, kernel_size, stride=None, beta=1.0):
    """It takes the softmax of each row of a window, and the mean of the rows."""
    return each_window(
        x,
        kernel_size,
        stride,
        lambda w: np.mean([(_softmax(beta * row) * row).sum() for row in w]),
    )


@softmax_pool2d.mistake("A softmax is soft: it gives every cell some weight.")
def maximum_taken(x, kernel_size, stride=None, beta=1.0):
    """It takes the maximum."""
    return each_window(x, kernel_size, stride, np.max)


declare_stride_mistakes(softmax_pool2d)
