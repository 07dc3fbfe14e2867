"""What the two poolings with padding share: their cases, and mistakes about the padding."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import FORMULA, PADDING
from pooledu.exercises.windows import arranged, each_window, reals


def largest_last(x: np.ndarray) -> np.ndarray:
    """Move the largest number to the last cell, where padding by wrapping would find it."""
    place = np.unravel_index(x.argmax(), x.shape)
    x[place], x[-1, -1] = x[-1, -1], x[place]
    return x


def padded_planes(rng: Draw) -> Iterator[Case]:
    """Inputs for pooling with padding, from one window upwards."""
    yield Case("no padding", (arranged(rng, 2, 2), 2))
    yield Case(
        "padding around a single cell", (arranged(rng, 1, 1, low=-9, high=-1), 2), {"padding": 1}
    )
    yield Case(
        "padding around negative numbers", (arranged(rng, 2, 2, low=-9, high=-1), 2), {"padding": 1}
    )
    yield Case(
        "padding around positive numbers", (arranged(rng, 3, 3, low=1, high=12), 3), {"padding": 1}
    )
    yield Case(
        "windows that overlap, one in the middle",
        (arranged(rng, 3, 3, low=-9, high=-1), 3, 1),
        {"padding": 1},
    )
    zeros = np.maximum(arranged(rng, 4, 4, low=-8, high=12), 0)
    yield Case("zeros among the numbers", (zeros, 3, 1), {"padding": 1})
    yield Case("more columns than rows", (arranged(rng, 2, 5), 2), {"padding": 1})
    yield Case(
        "more rows than columns", (arranged(rng, 6, 3, low=-30, high=-1), 3, 2), {"padding": 1}
    )
    yield Case(
        "padding and a stride larger than the window",
        (arranged(rng, 5, 7, low=-40, high=-1), 2, 3),
        {"padding": 1},
    )
    yield Case("a row and a column left over", (arranged(rng, 4, 6), 3, 2), {"padding": 1})
    yield Case(
        "two cells of padding", (arranged(rng, 4, 5, low=-20, high=-1), 5, 1), {"padding": 2}
    )
    column = arranged(rng, 2, 1, low=-9, high=-1)
    yield Case("a single column, three cells of padding", (column, 7, 1), {"padding": 3})
    yield Case("a single row, three cells of padding", (column.T.copy(), 7, 1), {"padding": 3})
    yield Case("as much padding as is allowed", (arranged(rng, 5, 5, low=-40, high=4), 4, 3, 2))
    yield Case("a large window with a small stride", (largest_last(reals(rng, 13, 12)), 5, 2, 2))
    yield Case(
        "an input that is read-only", (largest_last(-reals(rng, 9, 8)), 3, 2, 1), layout="readonly"
    )
    yield Case("an input in Fortran order", (largest_last(reals(rng, 11, 9)), 3, 2, 1), layout="F")
    yield Case(
        "an input that is a view of another array",
        (largest_last(reals(rng, 12, 13)), 4, 3, 1),
        layout="strided",
    )
    yield Case("no padding, windows that overlap", (reals(rng, 12, 11), 3, 2))
    sizes = {"kernel_size": np.int64(1), "stride": np.int64(2), "padding": np.int64(0)}
    row = {"x": arranged(rng, 1, 5, low=-9, high=-1)}
    yield Case("a single row, NumPy integers; every argument by name", (), row | sizes)
    yield Case("numbers far below 0", (largest_last(reals(rng, 6, 6) * -1e300), 2), {"padding": 1})


def pad(x, padding, value=0.0, **options):
    """Surround a plane with padding."""
    if options:
        return np.pad(x, padding, **options)
    return np.pad(x, padding, constant_values=value)


def declare_padding_mistakes(exercise: Exercise, reduce: Any, fill: float) -> None:
    """Declare the mistakes about padding that do not depend on what is made of a window.

    For the average they are those of a student who counts the padding.
    """

    @exercise.mistake("Which parameter of the function do you never read?", PADDING)
    def padding_ignored(x, kernel_size, stride=None, padding=0, count_include_pad=True):
        """It does not use `padding`."""
        return each_window(x, kernel_size, stride, reduce)

    @exercise.mistake("`padding` cells are added above and below, left and right.", PADDING)
    def padding_before_only(x, kernel_size, stride=None, padding=0, count_include_pad=True):
        """It pads above and on the left only."""
        return each_window(pad(x, ((padding, 0),) * 2, fill), kernel_size, stride, reduce)

    @exercise.mistake("`padding` cells are added above and below, left and right.", PADDING)
    def padding_after_only(x, kernel_size, stride=None, padding=0, count_include_pad=True):
        """It pads below and on the right only."""
        return each_window(pad(x, ((0, padding),) * 2, fill), kernel_size, stride, reduce)

    @exercise.mistake("`padding` cells are added above and below, and left and right too.", PADDING)
    def rows_padded_only(x, kernel_size, stride=None, padding=0, count_include_pad=True):
        """It pads above and below, but not left and right."""
        return each_window(pad(x, ((padding, padding), (0, 0)), fill), kernel_size, stride, reduce)

    @exercise.mistake("Padding of 1 makes an axis longer by 2.", FORMULA)
    def padding_doubled(x, kernel_size, stride=None, padding=0, count_include_pad=True):
        """It pads with `2 * padding` cells on each side."""
        return each_window(pad(x, 2 * padding, fill), kernel_size, stride, reduce)

    @exercise.mistake("Count the windows over the padded input, not over the input.", FORMULA)
    def counted_without_padding(x, kernel_size, stride=None, padding=0, count_include_pad=True):
        """It counts the windows without the padding, so the last ones are missing."""
        s = stride or kernel_size
        shape = tuple(max(0, (size - kernel_size) // s + 1) for size in x.shape)
        return each_window(pad(x, padding, fill), kernel_size, stride, reduce, shape=shape)
