"""`avg_pool2d_backward(grad_y, input_shape, kernel_size, stride=None)`: the gradient of the input.

Where windows overlap, gradients accumulate.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pooledu import gradients
from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import ACCUMULATE, SPREAD
from pooledu.exercises.windows import (
    arranged,
    declare_stride_mistakes,
    pooled_shape,
    reals,
)


def _shares(rng: Draw) -> Iterator[Case]:
    """The ladder of avg_pool2d_backward."""

    def case(
        tests: str, shape: tuple[int, int], *sizes: int, layout: str = "C", scale: float = 0
    ) -> Case:
        out = pooled_shape(np.empty(shape), *sizes)
        grad = reals(rng, *out) * scale if scale else arranged(rng, *out, low=1, high=30) * 12
        return Case(tests, (grad, shape, *sizes), layout=layout)

    yield case("one window", (2, 2), 2)
    yield case("a single row, windows of one cell", (1, 4), 1)
    yield case("windows that tile the input", (4, 4), 2)
    yield case("one cell is in four windows", (3, 3), 2, 1)
    yield case("more columns than rows", (2, 6), 2)
    yield case("more rows than columns", (6, 3), 3)
    yield case("cells left over get nothing", (5, 5), 2)
    yield case("windows that overlap", (5, 7), 3, 2)
    yield case("a stride larger than the window", (7, 8), 2, 3)
    grad, shape, kernel, stride = case("", (6, 5), 3, 1).args
    named = {"grad_y": grad, "input_shape": list(shape), "kernel_size": kernel, "stride": stride}
    yield Case("sizes as a list, every argument by name", (), named)
    yield case("negative gradients", (6, 8), 3, 2, scale=-1)
    yield case("a gradient that is read-only", (8, 7), 3, 2, layout="readonly", scale=1)
    yield case("a gradient in Fortran order", (9, 6), 4, 1, layout="F", scale=1)
    yield case("a view of another array", (9, 11), 5, 2, layout="strided", scale=1)
    yield case("very large numbers", (6, 6), 3, 1, scale=1e300)


def _avg_backward(grad_y, input_shape, kernel_size, stride=None):
    """The oracle."""
    shape = tuple(map(int, input_shape))
    return gradients.avg_pool_backward(grad_y, shape, (int(kernel_size),) * 2, stride)


avg_pool2d_backward = Exercise(
    "avg_pool2d_backward", oracle=_avg_backward, ladder=_shares, tolerance=1e-9, link=SPREAD
)


def _spread(grad_y, shape, kernel_size, stride, put, step=None):
    """Walk over the windows and let `put` change the gradient of each."""
    grad = np.zeros(tuple(shape))
    s = step or stride or kernel_size
    for i in range(grad_y.shape[0]):
        for j in range(grad_y.shape[1]):
            put(grad[i * s :, j * s :][:kernel_size, :kernel_size], grad_y[i, j])
    return grad


@avg_pool2d_backward.mistake(
    "Each cell has a share of 1 / (number of cells) in the average.", SPREAD
)
def not_divided(grad_y, input_shape, kernel_size, stride=None):
    """It gives the whole gradient to each cell of the window."""
    return _avg_backward(grad_y, input_shape, kernel_size, stride) * kernel_size**2


@avg_pool2d_backward.mistake("How many cells share the gradient of a window of 3 x 3?", SPREAD)
def divided_by_kernel_size(grad_y, input_shape, kernel_size, stride=None):
    """It divides by `kernel_size` and not by the number of cells in the window."""
    return _avg_backward(grad_y, input_shape, kernel_size, stride) * kernel_size


@avg_pool2d_backward.mistake(
    "How many cells share the gradient depends on the window, not on the stride.", SPREAD
)
def divided_by_stride_squared(grad_y, input_shape, kernel_size, stride=None):
    """It divides by `stride * stride`."""
    s = stride or kernel_size
    return _avg_backward(grad_y, input_shape, kernel_size, stride) * kernel_size**2 / s**2


@avg_pool2d_backward.mistake(
    "Where windows overlap a cell gets a share from each: add them up.", ACCUMULATE
)
def shares_overwritten(grad_y, input_shape, kernel_size, stride=None):
    """Where windows overlap it keeps the last share and does not add."""

    def put(window, gradient):
        window[...] = gradient / kernel_size**2

    return _spread(grad_y, input_shape, kernel_size, stride, put)


@avg_pool2d_backward.mistake("Shares add up; they are not averaged once more.", ACCUMULATE)
def divided_by_the_overlap(grad_y, input_shape, kernel_size, stride=None):
    """It divides what a cell gets by the number of windows that hold it."""
    windows = (
        _avg_backward(np.ones(grad_y.shape), input_shape, kernel_size, stride) * kernel_size**2
    )
    return _avg_backward(grad_y, input_shape, kernel_size, stride) / np.maximum(windows, 1)


@avg_pool2d_backward.mistake(
    "Every cell of the window took part in the average, so every cell gets a share.", SPREAD
)
def first_cell_only(grad_y, input_shape, kernel_size, stride=None):
    """It gives the gradient to the first cell of the window."""

    def put(window, gradient):
        window[0, 0] += gradient

    return _spread(grad_y, input_shape, kernel_size, stride, put)


@avg_pool2d_backward.mistake(
    "The result has the shape of the input, and where windows overlap they add.", SPREAD
)
def gradient_repeated(grad_y, input_shape, kernel_size, stride=None):
    """It repeats each gradient `kernel_size` times down and across."""
    return np.kron(grad_y, np.ones((kernel_size, kernel_size))) / kernel_size**2


@avg_pool2d_backward.mistake("Cells that no window holds get nothing.", SPREAD)
def spread_over_everything(grad_y, input_shape, kernel_size, stride=None):
    """It spreads the gradient evenly over the whole input."""
    share = np.mean(grad_y) * grad_y.size / np.prod(input_shape)
    return np.full(tuple(input_shape), share)


def _spread_anyhow(grad_y, input_shape, kernel_size, stride=None):
    """Spread the gradients of windows, whether they lie within the input or not."""

    def put(window, gradient):
        window += gradient / kernel_size**2

    return _spread(grad_y, input_shape, kernel_size, stride, put)


declare_stride_mistakes(avg_pool2d_backward, _spread_anyhow)
