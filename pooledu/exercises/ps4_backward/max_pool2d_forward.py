"""`max_pool2d_forward(x, kernel_size, stride=None)`: `(y, indices)` of a plane.

`indices` are int64, flat into `x`; the first maximum wins.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import FORWARD, TIES
from pooledu.exercises.ps4_backward.indices import forward
from pooledu.exercises.windows import (
    arranged,
    declare_stride_mistakes,
    pooled_shape,
    reals,
    show_window,
    ties,
)


def _planes(rng: Draw) -> Iterator[Case]:
    """The ladder of max_pool2d_forward."""
    yield Case("one window", (arranged(rng, 2, 2), 2))
    yield Case("a window of one cell", (arranged(rng, 1, 4), 1))
    yield Case("windows that tile the input", (arranged(rng, 4, 4), 2))
    equal = np.kron(arranged(rng, 2, 4), np.ones((2, 2)))
    yield Case("all numbers of a window equal: the first one wins", (equal, 2))
    pairs = np.kron([[0, 1, 0, 0], [1, 0, 1, 1]], np.eye(2)[::-1]) * arranged(rng, 1, 1)
    yield Case("ties within a row and within a column", (pairs, 2))
    yield Case("negative numbers only", (arranged(rng, 4, 4, low=-30, high=-1), 2))
    yield Case("more columns than rows", (arranged(rng, 2, 6), 2))
    yield Case("more rows than columns", (arranged(rng, 6, 4), 2))
    yield Case("a row and a column left over", (arranged(rng, 5, 7), 2))
    yield Case("a single column", (arranged(rng, 4, 1), 1, 2))
    yield Case("windows that overlap", (arranged(rng, 5, 6), 3), {"stride": 1})
    yield Case("a stride larger than the window", (arranged(rng, 7, 8), 2, 3))
    yield Case("many ties in windows that overlap", (ties(rng, 7, 9), 3, 2))
    yield Case("an input that is read-only", (reals(rng, 10, 11), 3, 2), layout="readonly")
    yield Case("an input in Fortran order", (reals(rng, 9, 10), 3, 2), layout="F")
    yield Case(
        "an input that is a view of another array", (reals(rng, 14, 12), 4, 2), layout="strided"
    )
    sizes = {"kernel_size": np.int64(3), "stride": np.int64(1)}
    yield Case(
        "NumPy integers as sizes, every argument by name", (), {"x": reals(rng, 8, 9)} | sizes
    )
    masked = arranged(rng, 5, 5, low=-30, high=30)
    masked[1:4, 2:] = -np.inf  # not the first window: an index that is never set is often 0
    yield Case("minus infinity, in a whole window too", (masked, 3, 1))


max_pool2d_forward = Exercise(
    "max_pool2d_forward",
    oracle=forward,
    ladder=_planes,
    show=show_window,
    results=("y", "indices"),
    link=FORWARD,
)


def _with_indices(x, kernel_size, stride, index: Callable[..., int]):
    """The maxima, and an index from the window, its place and the input."""
    s = stride or kernel_size
    y, _ = forward(x, kernel_size, stride)
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
    y, indices = forward(x, kernel_size, stride)
    return y, indices.astype(float)


@max_pool2d_forward.mistake("The maxima come first: `return y, indices`.", FORWARD)
def results_swapped(x, kernel_size, stride=None):
    """It returns the indices before the maxima."""
    return forward(x, kernel_size, stride)[::-1]


declare_stride_mistakes(max_pool2d_forward)
