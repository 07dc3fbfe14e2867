"""What the two poolings of a plane share: their cases, and mistakes about where windows lie."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import BY_HAND, FLOOR, FORMULA, STRIDE
from pooledu.exercises.windows import arranged, each_window, pooled_shape, reals


def planes(rng: Draw) -> Iterator[Case]:
    """Inputs for pooling a plane, from one window upwards."""
    yield Case("one window", (arranged(rng, 2, 2), 2))
    yield Case("a window of one cell changes nothing", (reals(rng, 2, 3), 1))
    yield Case("windows that tile the input", (arranged(rng, 4, 4), 2))
    yield Case("negative numbers only", (arranged(rng, 4, 4, low=-20, high=-1), 2))
    mixed = arranged(rng, 4, 6, low=-25, high=12)
    mixed[1, 1] = mixed[2, 4] = 0
    yield Case("numbers of both signs, and zeros", (mixed, 2))
    yield Case("more columns than rows", (arranged(rng, 2, 6), 2))
    yield Case("more rows than columns", (arranged(rng, 6, 4), 2))
    yield Case("a row and a column left over", (arranged(rng, 5, 5), 2))
    yield Case("a single row", (reals(rng, 1, 8), 1, 3))
    yield Case("a single column", (reals(rng, 9, 1), 1, 2))
    yield Case("a stride of 1: windows overlap", (arranged(rng, 4, 4), 3, 1))
    yield Case("windows that overlap by one cell", (arranged(rng, 5, 7), 3), {"stride": 2})
    yield Case(
        "a stride larger than the window leaves cells out", (arranged(rng, 7, 8), 2), {"stride": 3}
    )
    yield Case("a large window with a small stride", (reals(rng, 14, 17), 5, 3))
    yield Case("an input that is read-only", (-reals(rng, 10, 9), 3, 2), layout="readonly")
    yield Case("an input in Fortran order", (reals(rng, 13, 10), 3, 2), layout="F")
    yield Case(
        "an input that is a view of another array", (reals(rng, 12, 15), 4, 3), layout="strided"
    )
    yield Case(
        "NumPy integers as sizes, every argument by name",
        (),
        {"x": reals(rng, 10, 9), "kernel_size": np.int64(3), "stride": np.int64(1)},
    )
    yield Case("numbers far below 0", (reals(rng, 8, 8) * -1e300, 2))


def declare_window_mistakes(exercise: Exercise, reduce: Callable[[np.ndarray], Any]) -> None:
    """Declare the mistakes that concern where windows lie, whatever is made of them."""

    @exercise.mistake("A window is `kernel_size` wide, however far it moves.", STRIDE)
    def window_as_wide_as_stride(x, kernel_size, stride=None):
        """It looks at `stride` x `stride` cells, not at `kernel_size` x `kernel_size`."""
        return each_window(x, kernel_size, stride, reduce, extent=stride or kernel_size)

    @exercise.mistake(
        "Where does window i begin, if each begins `stride` cells after the one before?", STRIDE
    )
    def starts_not_strided(x, kernel_size, stride=None):
        """Its window i begins at cell i and not at cell `i * stride`."""
        return each_window(
            x, kernel_size, stride, reduce, step=1, shape=pooled_shape(x, kernel_size, stride)
        )

    @exercise.mistake(
        "A window that does not fit is left out: round the number of windows down.", FLOOR
    )
    def partial_windows_kept(x, kernel_size, stride=None):
        """It keeps windows that reach beyond the border."""
        s = stride or kernel_size
        shape = tuple(-(-(size - kernel_size) // s) + 1 for size in x.shape)
        return each_window(x, kernel_size, stride, reduce, shape=shape)

    @exercise.mistake(
        "Count the windows that fit: `(size - kernel_size) // stride + 1` of them.", FORMULA
    )
    def size_over_stride(x, kernel_size, stride=None):
        """It makes `size // stride` windows and cuts them off at the border."""
        s = stride or kernel_size
        shape = tuple(size // s for size in x.shape)
        return each_window(x, kernel_size, stride, reduce, shape=shape)

    @exercise.mistake(
        "Is the last start that `range` gives you the last one that fits? A missing "
        "`+ 1` leaves it out.",
        FORMULA,
    )
    def last_window_missing(x, kernel_size, stride=None):
        """It leaves out the last window of each row and column."""
        rows, columns = pooled_shape(x, kernel_size, stride)
        return each_window(x, kernel_size, stride, reduce, shape=(rows - 1, columns - 1))

    @exercise.mistake(
        "`range(0, size - kernel_size, stride)` stops before the start `size - kernel_size`, where "
        "a window still fits. A `+ 1` is missing.",
        FORMULA,
    )
    def exact_fit_missing(x, kernel_size, stride=None):
        """It leaves out a window that ends exactly at the border."""
        s = stride or kernel_size
        shape = tuple(-(-(size - kernel_size) // s) for size in x.shape)
        return each_window(x, kernel_size, stride, reduce, shape=shape)

    @exercise.mistake("The height comes from `x.shape[0]`, the width from `x.shape[1]`.", FORMULA)
    def height_for_both(x, kernel_size, stride=None):
        """It computes the width of the result from the height of the input."""
        rows, _ = pooled_shape(x, kernel_size, stride)
        return each_window(x, kernel_size, stride, reduce, shape=(rows, rows))

    @exercise.mistake(
        "Reshaping divides the input into blocks. It works only where the blocks tile the input, "
        "and where the stride is the kernel size.",
        STRIDE,
    )
    def reshaped_blocks(x, kernel_size, stride=None):
        """It reshapes the input into blocks."""
        (H, W), k = x.shape, kernel_size
        blocks = x.reshape(H // k, k, W // k, k)
        return np.array([[reduce(blocks[i, :, j]) for j in range(W // k)] for i in range(H // k)])

    @exercise.mistake(
        "The first index is the row: `y[i, j]` comes from rows `i * stride` onwards.", BY_HAND
    )
    def transposed(x, kernel_size, stride=None):
        """It swaps the rows and the columns of the result."""
        return each_window(x, kernel_size, stride, reduce).T
