"""Problem set 4: where the gradient goes, and how a maximum finds its way back."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pooledu import functional, gradients
from pooledu.checks.exercise import NOT_NUMPY, Case, Draw, Exercise, Index, question
from pooledu.checks.windows import (
    alternating,
    arranged,
    pattern,
    pooled_shape,
    reals,
    show_window,
    ties,
)

SET = "ps4_backward"
FORWARD = "book/backward.html#backward-by-hand"
TIES = "book/backward.html#backward-ties"
SPREAD = "book/backward.html#backward-in-code"
ACCUMULATE = "book/backward.html#backward-cells-and-weights"
UNPOOL = "book/backward.html#backward-unpooling"
WRONG = "book/backward.html#backward-goes-wrong"
STRIDE = "book/geometry.html#kernel-and-stride"
DEFAULT_STRIDE = "book/max-and-average.html#default-stride"


def _forward(x, kernel_size, stride=None):
    """Max pooling with indices."""
    stride = None if stride is None else int(stride)
    return functional.max_pool(x, (int(kernel_size),) * 2, stride, return_indices=True)


# ---- max_pool2d_forward ------------------------------------------------------------------------


def _planes(rng: Draw) -> Iterator[Case]:
    """The ladder of max_pool2d_forward."""
    yield Case("one window", (arranged(rng, 2, 2), 2))
    yield Case("a window of one cell", (arranged(rng, 2, 3), 1))
    yield Case("windows that tile the input", (arranged(rng, 4, 4), 2))
    yield Case("all numbers equal: the first one wins", (np.full((2, 4), arranged(rng, 1, 1)), 2))
    pairs = np.kron([[0, 1, 0, 0], [1, 0, 1, 1]], np.eye(2)[::-1]) * arranged(rng, 1, 1)
    yield Case("ties within a row and within a column", (pairs, 2))
    yield Case("negative numbers only", (arranged(rng, 4, 4, low=-30, high=-1), 2))
    yield Case("more columns than rows", (arranged(rng, 2, 6), 2))
    yield Case("more rows than columns", (arranged(rng, 6, 4), 2))
    yield Case("a row and a column left over", (arranged(rng, 5, 7), 2))
    yield Case("windows that overlap", (arranged(rng, 5, 6), 3), {"stride": 1})
    yield Case("a stride larger than the window", (arranged(rng, 7, 8), 2, 3))
    yield Case("many ties in windows that overlap", (ties(rng, 7, 9), 3, 2))
    yield Case("an input that is read-only", (reals(rng, 10, 11), 3, 2), layout="readonly")
    yield Case("an input in Fortran order", (reals(rng, 9, 10), 3, 2), layout="F")
    yield Case(
        "an input that is a view of another array", (reals(rng, 14, 12), 4, 2), layout="strided"
    )
    yield Case("NumPy integers as sizes", (reals(rng, 8, 9), np.int64(3), np.int64(1)))
    masked = arranged(rng, 5, 5, low=-30, high=30)
    masked[:3, :3] = -np.inf
    yield Case("minus infinity, in a whole window too", (masked, 3, 1))


max_pool2d_forward = Exercise(
    "max_pool2d_forward",
    SET,
    oracle=_forward,
    ladder=_planes,
    show=show_window,
    results=("y", "indices"),
    link=FORWARD,
)


def _with_indices(x, kernel_size, stride, index: Callable[..., int]):
    """The maxima, and an index from the window, its place and the input."""
    s = stride or kernel_size
    y, _ = _forward(x, kernel_size, stride)
    indices = [
        [
            index(x[i * s :, j * s :][:kernel_size, :kernel_size], i * s, j * s)
            for j in range(y.shape[1])
        ]
        for i in range(y.shape[0])
    ]
    return y, np.array(indices, dtype=np.int64)


@max_pool2d_forward.mistake(
    "`argmax` of a window counts within the window. Where does the window begin in `x`?", FORWARD
)
def indices_within_the_window(x, kernel_size, stride=None):
    """Its indices count within each window and not in the input."""
    return _with_indices(x, kernel_size, stride, lambda window, top, left: window.argmax())


def _first(window) -> tuple[int, int]:
    """The place of the first maximum, row by row."""
    return divmod(int(window.argmax()), window.shape[1])


def _numbered(x, kernel_size, stride, number: Callable[[int, int], int], best=_first):
    """The maxima, and for each a number made of its row and its column in the input."""

    def index(window, top, left):
        row, column = best(window)
        return number(top + row, left + column)

    return _with_indices(x, kernel_size, stride, index)


@max_pool2d_forward.mistake("A row of the input has `x.shape[1]` cells.", FORWARD)
def height_for_width(x, kernel_size, stride=None):
    """It multiplies the row by the height of the input and not by the width."""
    return _numbered(x, kernel_size, stride, lambda row, column: row * x.shape[0] + column)


@max_pool2d_forward.mistake(
    "A row of the input has `x.shape[1]` cells, a row of the result fewer.", FORWARD
)
def width_of_the_result(x, kernel_size, stride=None):
    """It multiplies the row by the width of the result and not by that of the input."""
    columns = pooled_shape(x, kernel_size, stride)[1]
    return _numbered(x, kernel_size, stride, lambda row, column: row * columns + column)


@max_pool2d_forward.mistake("Flat means row by row: `row * width + column`.", FORWARD)
def column_by_column(x, kernel_size, stride=None):
    """Its indices count down the columns."""
    return _numbered(x, kernel_size, stride, lambda row, column: column * x.shape[0] + row)


@max_pool2d_forward.mistake(
    "Compare with `>`, not with `>=`: the first of equal numbers wins.", TIES
)
def last_maximum_wins(x, kernel_size, stride=None):
    """Of equal maxima it takes the last one."""

    def last(window):
        return divmod(window.size - 1 - int(np.ravel(window)[::-1].argmax()), window.shape[1])

    return _numbered(x, kernel_size, stride, lambda row, column: row * x.shape[1] + column, last)


@max_pool2d_forward.mistake("The first maximum is the first row by row.", TIES)
def first_by_column(x, kernel_size, stride=None):
    """Of equal maxima it takes the first one column by column."""

    def first(window):
        return divmod(int(window.T.argmax()), window.shape[0])[::-1]

    return _numbered(x, kernel_size, stride, lambda row, column: row * x.shape[1] + column, first)


@max_pool2d_forward.mistake("Add the place of the maximum within its window.", FORWARD)
def index_of_the_window(x, kernel_size, stride=None):
    """Its indices are those of the first cell of each window."""
    return _with_indices(x, kernel_size, stride, lambda window, top, left: top * x.shape[1] + left)


@max_pool2d_forward.mistake("An index is a place: make the array with `dtype=np.int64`.", FORWARD)
def float_indices(x, kernel_size, stride=None):
    """Its indices are floats."""
    y, indices = _forward(x, kernel_size, stride)
    return y, indices.astype(float)


@max_pool2d_forward.mistake("The maxima come first: `return y, indices`.", FORWARD)
def results_swapped(x, kernel_size, stride=None):
    """It returns the indices before the maxima."""
    return _forward(x, kernel_size, stride)[::-1]


@max_pool2d_forward.mistake(
    "Windows move by `stride`; `kernel_size` says only how wide they are.", STRIDE
)
def stride_is_kernel(x, kernel_size, stride=None):
    """It moves the window by `kernel_size` and ignores `stride`."""
    return _forward(x, kernel_size)


@max_pool2d_forward.mistake("`stride=None` means: as far as the window is wide.", DEFAULT_STRIDE)
def default_stride_one(x, kernel_size, stride=None):
    """It takes a stride of None to mean 1."""
    return _forward(x, kernel_size, stride or 1)


# ---- max_pool2d_backward -----------------------------------------------------------------------


def _gradients(rng: Draw) -> Iterator[Case]:
    """The ladder of max_pool2d_backward."""

    def case(
        tests: str, x: np.ndarray, kernel: int, stride: int, layout: str = "C", size: float = 0
    ) -> Case:
        y, indices = _forward(x, kernel, stride)
        if size:
            grad = alternating(rng, *y.shape) * size
        else:
            grad = arranged(rng, *y.shape, low=-9, high=31)
        return Case(tests, (grad, indices, x.shape), layout=layout)

    yield case("one window", arranged(rng, 2, 2), 2, 2)
    yield case("windows of one cell", arranged(rng, 2, 3), 1, 1)
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
    yield Case("sizes as a list", (grad, indices, list(shape)))
    yield case("an input that is read-only", reals(rng, 8, 7), 3, 1, "readonly", 1)
    yield case("an input in Fortran order", reals(rng, 9, 6), 3, 1, "F", 1)
    yield case("a view of another array", reals(rng, 7, 9), 4, 1, "strided", 1)
    yield case("very large numbers", reals(rng, 6, 6), 3, 1, size=1e300)


def _max_backward(grad_y, indices, input_shape):
    """The oracle."""
    return gradients.max_pool_backward(grad_y, indices, tuple(map(int, input_shape)))


def _show_gradient(case: Case, at: Index | None) -> list[dict[str, Any]]:
    """Draw the gradient and the indices, with the cells that point at the wrong one."""
    grad, indices, shape = case.args
    place = at[0] * int(shape[1]) + at[1] if at else -1
    marked = [tuple(cell) for cell in np.argwhere(indices == place)]
    name = "y" if case.setting.get("unpool") else "grad_y"
    return [
        {"values": grad, "title": name, "marked": marked},
        {"values": indices, "title": "indices", "marked": marked, "digits": 7},
    ]


max_pool2d_backward = Exercise(
    "max_pool2d_backward",
    SET,
    oracle=_max_backward,
    ladder=_gradients,
    tolerance=1e-9,
    show=_show_gradient,
    link=ACCUMULATE,
)


def _scatter(values, indices, shape, put: Callable[[float, float], float], start=0.0):
    """Put values at flat places of a plane, one after the other."""
    flat = np.full(int(np.prod(shape)), start)
    for place, number in zip(np.ravel(indices), np.ravel(values), strict=True):
        flat[place] = put(flat[place], number)
    return flat.reshape(tuple(shape))


@max_pool2d_backward.mistake(
    "A cell may be the maximum of several windows. `grad[indices] += ...` adds "
    "only once for each cell; `np.add.at` adds each time.",
    ACCUMULATE,
)
def overwritten(grad_y, indices, input_shape):
    """Where windows share a maximum it keeps the last gradient and does not add."""
    return _scatter(grad_y, indices, input_shape, lambda old, new: new)


@max_pool2d_backward.mistake("Every window sends its gradient. A cell gets the sum.", ACCUMULATE)
def first_kept(grad_y, indices, input_shape):
    """Where windows share a maximum it keeps the first gradient and does not add."""
    return _scatter(grad_y, indices, input_shape, lambda old, new: old if old else new)


@max_pool2d_backward.mistake("Gradients from several windows add up.", ACCUMULATE)
def averaged(grad_y, indices, input_shape):
    """Where windows share a maximum it averages the gradients."""
    counts = _scatter(np.ones(grad_y.shape), indices, input_shape, lambda old, new: old + new)
    return _max_backward(grad_y, indices, input_shape) / np.maximum(counts, 1)


@max_pool2d_backward.mistake(
    "Gradients from several windows add up, the small and the negative too.", ACCUMULATE
)
def largest_kept(grad_y, indices, input_shape):
    """Where windows share a maximum it keeps the largest gradient."""
    grad = _scatter(grad_y, indices, input_shape, max, -np.inf)
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


# ---- avg_pool2d_backward -----------------------------------------------------------------------


def _shares(rng: Draw) -> Iterator[Case]:
    """The ladder of avg_pool2d_backward."""

    def case(
        tests: str, shape: tuple[int, int], *sizes: int, layout: str = "C", scale: float = 0
    ) -> Case:
        out = pooled_shape(np.empty(shape), *sizes)
        grad = reals(rng, *out) * scale if scale else arranged(rng, *out, low=1, high=30) * 12
        return Case(tests, (grad, shape, *sizes), layout=layout)

    yield case("one window", (2, 2), 2)
    yield case("windows of one cell", (2, 3), 1)
    yield case("windows that tile the input", (4, 4), 2)
    yield case("one cell is in four windows", (3, 3), 2, 1)
    yield case("more columns than rows", (2, 6), 2)
    yield case("more rows than columns", (6, 3), 3)
    yield case("cells left over get nothing", (5, 5), 2)
    yield case("windows that overlap", (5, 7), 3, 2)
    yield case("a stride larger than the window", (7, 8), 2, 3)
    grad, shape, kernel, stride = case("", (6, 5), 3, 1).args
    yield Case("a stride by name, sizes as a list", (grad, list(shape), kernel), {"stride": stride})
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
    "avg_pool2d_backward", SET, oracle=_avg_backward, ladder=_shares, tolerance=1e-9, link=SPREAD
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
    "Windows move by `stride`; `kernel_size` says only how wide they are.", STRIDE
)
def stride_taken_for_kernel(grad_y, input_shape, kernel_size, stride=None):
    """It moves the window by `kernel_size` and ignores `stride`."""

    def put(window, gradient):
        window += gradient / kernel_size**2

    return _spread(grad_y, input_shape, kernel_size, stride, put, step=kernel_size)


@avg_pool2d_backward.mistake("`stride=None` means: as far as the window is wide.", DEFAULT_STRIDE)
def stride_none_is_one(grad_y, input_shape, kernel_size, stride=None):
    """It takes a stride of None to mean 1."""

    def put(window, gradient):
        window += gradient / kernel_size**2

    return _spread(grad_y, input_shape, kernel_size, stride or 1, put)


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


# ---- max_unpool2d ------------------------------------------------------------------------------


def _unpoolings(rng: Draw) -> Iterator[Case]:
    """The ladder of max_unpool2d."""

    def case(tests: str, x: np.ndarray, kernel: int, stride: int, layout: str = "C") -> Case:
        y, indices = _forward(x, kernel, stride)
        return Case(tests, (y, indices, x.shape), layout=layout, setting={"unpool": True})

    yield case("one window", arranged(rng, 2, 2), 2, 2)
    yield case("windows of one cell", arranged(rng, 2, 3), 1, 1)
    yield case("windows that tile the input", arranged(rng, 4, 4), 2, 2)
    yield case("negative numbers only", arranged(rng, 4, 4, low=-30, high=-1), 2, 2)
    yield case("more columns than rows", arranged(rng, 2, 6), 2, 2)
    yield case("more rows than columns", arranged(rng, 6, 4), 2, 2)
    yield case("a row and a column left over", arranged(rng, 5, 5), 2, 2)
    repeated = np.array([[int(rng.integers(4)), 4], [4, 5]])
    values = arranged(rng, 2, 2) * [[1, 1], [-1, 1]]
    yield Case(
        "a place that comes twice keeps the last value",
        (values, repeated, (2, 3)),
        setting={"unpool": True},
    )
    places = rng.permutation(12)
    indices = places[(pattern(4, 4) % 9).astype(int)]  # so the order of what repeats is fixed
    values = arranged(rng, 4, 4, low=-9, high=30)
    yield Case("many places come twice", (values, indices, [3, 4]), setting={"unpool": True})
    yield case("a stride larger than the window", arranged(rng, 7, 8), 2, 3)
    yield case("a maximum of several windows", arranged(rng, 6, 7), 3, 1)
    yield case("an input that is read-only", reals(rng, 8, 7), 3, 1, "readonly")
    yield case("an input in Fortran order", reals(rng, 9, 6), 3, 3, "F")
    yield case("a view of another array", reals(rng, 8, 10), 4, 1, "strided")
    yield case("very large numbers", reals(rng, 6, 6) * -1e300, 2, 2)


def _unpool(y, indices, output_shape):
    """The oracle."""
    return _scatter(y, indices, output_shape, lambda old, new: new)


max_unpool2d = Exercise(
    "max_unpool2d", SET, oracle=_unpool, ladder=_unpoolings, show=_show_gradient, link=UNPOOL
)


@max_unpool2d.mistake("Unpooling puts values back; only gradients add up.", UNPOOL)
def repeated_added(y, indices, output_shape):
    """It adds values at a place that comes twice."""
    return _scatter(y, indices, output_shape, lambda old, new: old + new)


@max_unpool2d.mistake("Of values with one place the last one stays.", UNPOOL)
def first_value_kept(y, indices, output_shape):
    """At a place that comes twice it keeps the first value."""
    _, first = np.unique(np.ravel(indices), return_index=True)
    return _unpool(np.ravel(y)[first], np.ravel(indices)[first], output_shape)


@max_unpool2d.mistake("Of values with one place the last one stays, not the largest.", UNPOOL)
def largest_value_kept(y, indices, output_shape):
    """At a place that comes twice it keeps the largest value."""
    filled = _scatter(y, indices, output_shape, max, -np.inf)
    return np.where(np.isinf(filled), 0.0, filled)


@max_unpool2d.mistake("The places come from `indices`; all other cells stay 0.", UNPOOL)
def value_repeated(y, indices, output_shape):
    """It fills the whole output with copies of the nearest value."""
    rows, columns = (
        np.arange(size) * have // size for size, have in zip(output_shape, y.shape, strict=True)
    )
    return y[np.ix_(rows, columns)]


@max_unpool2d.mistake("A flat index counts row by row: the row is `index // width`.", UNPOOL)
def places_by_column(y, indices, output_shape):
    """It reads the indices column by column."""
    H, W = output_shape
    return np.ascontiguousarray(_unpool(y, indices, (W, H)).T)


@max_unpool2d.mistake("The result has the shape `output_shape`: rows first.", UNPOOL)
def output_shape_swapped(y, indices, output_shape):
    """It returns an array of `output_shape` reversed."""
    return _unpool(y, indices, output_shape).reshape(tuple(output_shape)[::-1])


@max_unpool2d.mistake("The cells that hold no value are 0.", UNPOOL)
def filled_with_minus_infinity(y, indices, output_shape):
    """It fills the other cells with minus infinity."""
    return _scatter(y, indices, output_shape, lambda old, new: new, -np.inf)


@max_unpool2d.mistake("The place gets the value, not 1.", UNPOOL)
def ones_put_back(y, indices, output_shape):
    """It puts 1 at each place and not the value."""
    return _unpool(np.ones(y.shape), indices, output_shape)


@max_unpool2d.mistake("A maximum may be negative, and goes back like any other.", UNPOOL)
def negative_values_dropped(y, indices, output_shape):
    """It puts back positive values only."""
    return _unpool(np.maximum(y, 0), indices, output_shape)


# ---- max_pool2d_autograd -----------------------------------------------------------------------


def _tensors(rng: Draw) -> Iterator[Case]:
    """The ladder of max_pool2d_autograd."""

    def case(
        tests: str, x: np.ndarray, *sizes: int, dtype: str = "float64", **setting: Any
    ) -> Case:
        rows, columns = pooled_shape(x[0, 0], *sizes)
        # Whole numbers, because their sums are exact in any order.
        size = x.shape[0] * x.shape[1] * rows * columns
        grad = (rng.permutation(999)[:size] + 1.0).reshape(*x.shape[:2], rows, columns)
        return Case(tests, (x, *sizes), setting={"dtype": dtype, "grad": grad} | setting)

    yield case("one window", arranged(rng, 1, 1, 2, 2), 2)
    yield case("windows that tile the input", arranged(rng, 1, 1, 4, 4), 2)
    yield case("all numbers equal: the first one takes the gradient", np.full((1, 1, 2, 4), 3.0), 2)
    yield case("negative numbers only", arranged(rng, 1, 1, 4, 4, low=-30, high=-1), 2)
    yield case("more columns than rows, a column left over", arranged(rng, 1, 1, 2, 5), 2)
    yield case("more rows than columns, a row left over", arranged(rng, 1, 1, 7, 4), 2)
    peak = arranged(rng, 1, 1, 3, 3, low=-9, high=-1)
    peak[..., 1, 1] = 9
    yield case("one cell is the maximum of four windows", peak, 2, 1)
    yield case("windows that overlap", arranged(rng, 1, 1, 5, 6), 3, 1)
    yield case("a stride larger than the window", arranged(rng, 1, 1, 7, 8), 2, 3)
    yield case("several images and channels", arranged(rng, 2, 3, 5, 4), 3, 2)
    yield case("many ties", ties(rng, 2, 2, 6, 7), 3, 2)
    yield case("float32", arranged(rng, 1, 2, 5, 5), 2, 2, dtype="float32")
    yield case("an input on another device", arranged(rng, 1, 2, 4, 5), 2, 2, elsewhere=True)
    yield case(
        "float32 on another device",
        arranged(rng, 2, 1, 5, 4),
        3,
        1,
        dtype="float32",
        elsewhere=True,
    )


def _autograd_oracle(x, kernel_size, stride=None):
    """PyTorch's own."""
    import torch

    return torch.nn.functional.max_pool2d(x, kernel_size, stride)


def _no_gradient(case: Case, expected: Any, actual: Any) -> str | None:
    """Say that the gradient does not flow, where that is all."""
    if not isinstance(actual, tuple) or len(actual) != 2 or actual[1] is not None:
        return None
    if not isinstance(actual[0], np.ndarray) or actual[0].shape != expected[0].shape:
        return None
    return (
        "No gradient reaches the input: the result is cut off from the graph. Look for `detach`, "
        "`.data`, `torch.no_grad` or `.item()`."
    )


max_pool2d_autograd = Exercise(
    "max_pool2d_autograd",
    SET,
    oracle=_autograd_oracle,
    ladder=_tensors,
    show=show_window,
    results=("y", "gradient"),
    driver="autograd",
    forbidden=tuple(library for library in NOT_NUMPY if library != "torch"),
    explain=_no_gradient,
    link=SPREAD,
)


def _unfolded(x, kernel_size, stride):
    """The windows of an image, with their cells along the last axis."""
    s = stride or kernel_size
    windows = x.unfold(2, kernel_size, s).unfold(3, kernel_size, s)
    return windows.reshape(*windows.shape[:4], -1)


def _route(windows, choose):
    """Take the cell that `choose` names, and let the gradient through there."""
    return windows.gather(-1, choose(windows)).squeeze(-1)


@max_pool2d_autograd.mistake(
    "`amax` shares the gradient between equal maxima; `max(dim=...)` with "
    "`gather` gives it to one.",
    TIES,
)
def ties_share_the_gradient(x, kernel_size, stride=None):
    """It shares the gradient between equal maxima, as `amax` does."""
    return _unfolded(x, kernel_size, stride).amax(-1)


@max_pool2d_autograd.mistake("A comparison `x == maximum` is true for each of equal maxima.", TIES)
def every_tie_gets_the_gradient(x, kernel_size, stride=None):
    """It gives the whole gradient to each of equal maxima."""
    windows = _unfolded(x, kernel_size, stride)
    best = windows.detach().amax(-1, keepdim=True)
    mask = (windows == best).to(x.dtype)
    return (windows * mask).sum(-1) + (best.squeeze(-1) * (1 - mask.sum(-1)))


@max_pool2d_autograd.mistake("Of equal maxima the first one takes the gradient.", TIES)
def last_tie_takes_the_gradient(x, kernel_size, stride=None):
    """Of equal maxima the last one takes the gradient."""
    return _route(
        _unfolded(x, kernel_size, stride),
        lambda w: w.shape[-1] - 1 - w.flip(-1).argmax(-1, keepdim=True),
    )


@max_pool2d_autograd.mistake(
    "`detach`, `.data`, `.item()` and `torch.no_grad` cut the graph.", WRONG
)
def graph_cut(x, kernel_size, stride=None):
    """No gradient reaches the input, because the result is cut off from the graph."""
    return _unfolded(x.detach(), kernel_size, stride).amax(-1)


@max_pool2d_autograd.mistake(
    "Make tensors with `device=x.device`, or from `x` with `x.new_zeros(...)`.", WRONG
)
def result_made_on_the_cpu(x, kernel_size, stride=None):
    """It makes its result on the CPU, wherever the input lies."""
    import torch

    best = _route(_unfolded(x, kernel_size, stride), lambda w: w.argmax(-1, keepdim=True))
    y = torch.zeros(best.shape, dtype=x.dtype)
    y[...] = best
    return y


@max_pool2d_autograd.mistake(
    "Make tensors with `device=x.device`, or from `x` with `x.new_zeros(...)`.", WRONG
)
def helper_made_on_the_cpu(x, kernel_size, stride=None):
    """It makes a tensor on the CPU and computes with it and with the input."""
    import torch

    best = _route(_unfolded(x, kernel_size, stride), lambda w: w.argmax(-1, keepdim=True))
    return best + torch.zeros(best.shape, dtype=x.dtype)


@max_pool2d_autograd.mistake(
    "Make tensors with `dtype=x.dtype`, or from `x` with `x.new_zeros(...)`.", WRONG
)
def dtype_not_kept(x, kernel_size, stride=None):
    """Its result is float32, whatever the input is."""
    import torch

    best = _route(_unfolded(x, kernel_size, stride), lambda w: w.argmax(-1, keepdim=True))
    return best.to(torch.float32)


@max_pool2d_autograd.mistake(
    "In a backward pass of your own, gradients of overlapping windows add up: "
    "`scatter_add_`, not `scatter_`.",
    ACCUMULATE,
)
def gradients_overwritten(x, kernel_size, stride=None):
    """Where windows share a maximum it keeps the last gradient and does not add."""
    import torch

    class Pool(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y, ctx.indices = torch.nn.functional.max_pool2d(
                x, kernel_size, stride, return_indices=True
            )
            ctx.shape = x.shape
            return y

        @staticmethod
        def backward(ctx, grad):
            flat = grad.new_zeros(*ctx.shape[:2], ctx.shape[2] * ctx.shape[3])
            places, values = ctx.indices.flatten(2), grad.flatten(2)
            for place in range(places.shape[2]):
                flat.scatter_(2, places[..., place : place + 1], values[..., place : place + 1])
            return flat.reshape(ctx.shape)

    return Pool.apply(x)


@max_pool2d_autograd.mistake(
    "Windows move by `stride`; `kernel_size` says only how wide they are.", STRIDE
)
def stride_ignored(x, kernel_size, stride=None):
    """It moves the window by `kernel_size` and ignores `stride`."""
    return _route(_unfolded(x, kernel_size, None), lambda w: w.argmax(-1, keepdim=True))


@max_pool2d_autograd.mistake("`stride=None` means: as far as the window is wide.", DEFAULT_STRIDE)
def stride_defaults_to_one(x, kernel_size, stride=None):
    """It takes a stride of None to mean 1."""
    return _route(_unfolded(x, kernel_size, stride or 1), lambda w: w.argmax(-1, keepdim=True))


@max_pool2d_autograd.mistake("A maximum may be negative: nothing is compared with 0.", FORWARD)
def compared_with_zero(x, kernel_size, stride=None):
    """It compares with 0 as well, so no result is negative."""
    best = _route(_unfolded(x, kernel_size, stride), lambda w: w.argmax(-1, keepdim=True))
    return best.clamp(min=0)


# ---- questions ---------------------------------------------------------------------------------

gradient_share = question(
    "gradient_share",
    SET,
    asks="Average pooling with kernel 3 and stride 3: a gradient of 18 arrives at an output "
    "cell. What "
    "does each of its input cells get?",
    answer=2.0,  # a float, so that 18 / 9 passes as 2 does
    link=SPREAD,
    wrong={
        18.0: ("not_shared", "That is the whole gradient.", "Nine cells share it."),
        6.0: ("divided_by_three", "That is a third.", "How many cells has a window of 3 x 3?"),
        0.0: (
            "maximum_rule",
            "That is what all cells but one get from a maximum.",
            "In an average every cell takes part.",
        ),
    },
)
