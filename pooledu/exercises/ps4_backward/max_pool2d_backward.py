"""`max_pool2d_backward(grad_y, indices, input_shape)`: the gradient of the input.

Where windows share a maximum, gradients accumulate.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pooledu import gradients
from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import ACCUMULATE, FORWARD, WRONG
from pooledu.exercises.ps4_backward.indices import forward, scatter, show_gradient
from pooledu.exercises.windows import (
    alternating,
    arranged,
    reals,
)


def _gradients(rng: Draw) -> Iterator[Case]:
    """The ladder of max_pool2d_backward."""

    def case(
        tests: str, x: np.ndarray, kernel: int, stride: int, layout: str = "C", size: float = 0
    ) -> Case:
        y, indices = forward(x, kernel, stride)
        if size:
            grad = alternating(rng, *y.shape) * size
        else:
            grad = arranged(rng, *y.shape, low=-9, high=31)
        return Case(tests, (grad, indices, x.shape), layout=layout)

    yield case("one window", arranged(rng, 2, 2), 2, 2)
    yield case("a single row, windows of one cell", arranged(rng, 1, 4), 1, 1)
    peak = arranged(rng, 3, 3, low=-9, high=-1)
    peak[1, 1] = 9
    yield case("one cell is the maximum of four windows", peak, 2, 1)
    yield case("windows that tile the input", arranged(rng, 4, 4), 2, 2)
    yield case("more columns than rows", arranged(rng, 2, 6), 2, 2)
    yield case("more rows than columns", arranged(rng, 6, 4), 2, 2)
    yield case("cells left over get nothing", arranged(rng, 5, 5), 2, 2)
    yield case("windows that overlap", arranged(rng, 5, 6), 3, 1)
    yield case("a stride larger than the window", arranged(rng, 7, 8), 2, 3)
    yield Case(
        "a gradient of 0 among the others",
        (arranged(rng, 2, 2) * [[1, 1], [0, 1]], np.array([[0, 5], [5, 0]]), (2, 3)),
    )
    grad, indices, shape = case("", arranged(rng, 6, 5), 3, 1).args
    named = {"grad_y": grad, "indices": indices, "input_shape": list(shape)}
    yield Case("sizes as a list, every argument by name", (), named)
    yield case("an input that is read-only", reals(rng, 8, 7), 3, 1, "readonly", 1)
    yield case("an input in Fortran order", reals(rng, 9, 6), 3, 1, "F", 1)
    yield case("a view of another array", reals(rng, 7, 9), 4, 1, "strided", 1)
    yield case(
        "a gradient in Fortran order, indices in C order", reals(rng, 8, 9), 4, 1, "mixed", 1
    )
    yield case("very large numbers", reals(rng, 6, 6), 3, 1, size=1e300)


def _max_backward(grad_y, indices, input_shape):
    """The oracle."""
    return gradients.max_pool_backward(grad_y, indices, tuple(map(int, input_shape)))


max_pool2d_backward = Exercise(
    "max_pool2d_backward",
    oracle=_max_backward,
    ladder=_gradients,
    tolerance=1e-9,
    show=show_gradient,
    link=ACCUMULATE,
)


@max_pool2d_backward.mistake(
    "A cell may be the maximum of several windows. `grad[indices] += ...` adds "
    "only once for each cell; `np.add.at` adds each time.",
    ACCUMULATE,
)
def overwritten(grad_y, indices, input_shape):
    """Where windows share a maximum it keeps the last gradient and does not add."""
    return scatter(grad_y, indices, input_shape, lambda old, new: new)


@max_pool2d_backward.mistake("Every window sends its gradient. A cell gets the sum.", ACCUMULATE)
def first_kept(grad_y, indices, input_shape):
    """Where windows share a maximum it keeps the first gradient and does not add."""
    return scatter(grad_y, indices, input_shape, lambda old, new: old if old else new)


@max_pool2d_backward.mistake("Gradients from several windows add up.", ACCUMULATE)
def averaged(grad_y, indices, input_shape):
    """Where windows share a maximum it averages the gradients."""
    counts = scatter(np.ones(grad_y.shape), indices, input_shape, lambda old, new: old + new)
    return _max_backward(grad_y, indices, input_shape) / np.maximum(counts, 1)


@max_pool2d_backward.mistake(
    "Gradients from several windows add up, the small and the negative too.", ACCUMULATE
)
def largest_kept(grad_y, indices, input_shape):
    """Where windows share a maximum it keeps the largest gradient."""
    grad = scatter(grad_y, indices, input_shape, max, -np.inf)
    return np.where(np.isinf(grad), 0, grad)


@max_pool2d_backward.mistake("The cell gets the gradient that arrives, not 1.", FORWARD)
def ones_routed(grad_y, indices, input_shape):
    """It sends 1 to each maximum and not the gradient."""
    return _max_backward(np.ones(grad_y.shape), indices, input_shape)


@max_pool2d_backward.mistake(
    "A gradient may be negative. (That is ReLU's rule, for its own input.)", WRONG
)
def negative_dropped(grad_y, indices, input_shape):
    """It drops negative gradients."""
    return _max_backward(np.maximum(grad_y, 0), indices, input_shape)


@max_pool2d_backward.mistake(
    "A flat index counts row by row: the row is `index // width`.", FORWARD
)
def counted_by_column(grad_y, indices, input_shape):
    """It reads the indices column by column."""
    H, W = input_shape
    return np.ascontiguousarray(_max_backward(grad_y, indices, (W, H)).T)


@max_pool2d_backward.mistake("The result has the shape `input_shape`: rows first.", FORWARD)
def shape_swapped(grad_y, indices, input_shape):
    """It returns an array of `input_shape` reversed."""
    return _max_backward(grad_y, indices, input_shape).reshape(tuple(input_shape)[::-1])


@max_pool2d_backward.mistake("Only the cell that was the maximum gets anything.", FORWARD)
def spread_over_all(grad_y, indices, input_shape):
    """It spreads the gradient evenly over the whole input."""
    return np.full(tuple(input_shape), np.mean(grad_y) * grad_y.size / np.prod(input_shape))
