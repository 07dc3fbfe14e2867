"""`pool_cost(shape, kernel_size, stride=None, itemsize=4)`: what a max pooling costs.

`shape` is `(N, C, H, W)`; returns `(comparisons, bytes_moved)`, two ints. A window of `n` cells
takes `n - 1` comparisons. The whole input is read once and the whole output written once, with
`itemsize` bytes for a number.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from pooledu import geometry
from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import COST, FLOOR
from pooledu.exercises.windows import declare_stride_mistakes

MANY = 1000


def _batches(rng: Draw) -> Iterator[Case]:
    """The ladder of pool_cost."""

    def batch(*least: int) -> tuple[int, ...]:
        """Take these sizes; the judge's are drawn from too many to list, but where they are 1."""
        if rng.local:
            return least
        return tuple(n if n == 1 else n + int(rng.integers(MANY)) for n in least)

    def tiled(n: int, c: int, rows: int, columns: int, kernel: int) -> tuple[tuple[int, ...], int]:
        """A batch whose planes have a whole number of windows."""
        n, c, rows, columns = batch(n, c, rows, columns)
        return (n, c, rows * kernel, columns * kernel), kernel

    (side,) = batch(2)
    yield Case("one window", ((1, 1, side, side), side))
    yield Case("a window of one cell compares nothing", (batch(1, 1, 3, 4), 1))
    yield Case("windows that tile a plane", tiled(1, 1, 2, 3, 2))
    yield Case("channels", tiled(1, 3, 2, 3, 2))
    yield Case("a batch", tiled(2, 1, 2, 3, 2))
    yield Case("a batch with channels", tiled(2, 3, 2, 3, 3))
    height, width = batch(4, 6)
    yield Case("a row and a column left over", ((1, 1, 2 * height + 1, 2 * width + 1), 2))
    yield Case("windows that overlap", (batch(1, 1, 5, 8), 3), {"stride": 2})
    yield Case("a stride of 1", (batch(2, 2, 7, 5), 3, 1))
    yield Case("a stride larger than the window", (batch(1, 2, 9, 8), 2, 3))
    yield Case("numbers of eight bytes", (batch(3, 2, 8, 6), 2), {"itemsize": 8})
    yield Case("a window as high as the input", ((*batch(2, 3), 7, *batch(9)), 7))
    yield Case("every argument by position", (batch(2, 4, 14, 11), 4, 3, 2))
    named = {"shape": list(batch(8, 64, 56, 28)), "kernel_size": np.int64(3), "itemsize": 2}
    yield Case("NumPy integers as sizes; the shape a list, by name", (), named)


def _cost(
    shape,
    kernel_size,
    stride=None,
    itemsize=4,
    *,
    comparisons: Callable[[int], int] = lambda cells: cells - 1,
    moved: Callable[[int, int, int], int] = lambda read, written, cells: read + written,
):
    """Count; the options are what goes wrong."""
    n, c, h, w = map(int, shape)
    k = int(kernel_size)
    rows, columns = (geometry.output_size(size, k, stride and int(stride)) for size in (h, w))
    outputs = n * c * rows * columns
    return outputs * comparisons(k * k), int(itemsize) * moved(n * c * h * w, outputs, k * k)


def _pool_cost(shape, kernel_size, stride=None, itemsize=4):
    """The oracle."""
    return _cost(shape, kernel_size, stride, itemsize)


pool_cost = Exercise("pool_cost", oracle=_pool_cost, ladder=_batches, link=COST)


@pool_cost.mistake("To find the largest of 4 numbers you compare 3 times.", COST)
def one_comparison_too_many(shape, kernel_size, stride=None, itemsize=4):
    """It counts as many comparisons as a window has cells."""
    return _cost(shape, kernel_size, stride, itemsize, comparisons=lambda cells: cells)


@pool_cost.mistake("Every number of a window takes part, not one for each row of it.", COST)
def side_for_cells(shape, kernel_size, stride=None, itemsize=4):
    """It counts `kernel_size - 1` comparisons for a window."""
    return _cost(
        shape, kernel_size, stride, itemsize, comparisons=lambda cells: int(kernel_size) - 1
    )


@pool_cost.mistake("The result has to be written as well.", COST)
def output_not_written(shape, kernel_size, stride=None, itemsize=4):
    """It counts the bytes that are read and not those that are written."""
    return _cost(shape, kernel_size, stride, itemsize, moved=lambda read, written, cells: read)


@pool_cost.mistake("The input has to be read as well.", COST)
def input_not_read(shape, kernel_size, stride=None, itemsize=4):
    """It counts the bytes that are written and not those that are read."""
    return _cost(shape, kernel_size, stride, itemsize, moved=lambda read, written, cells: written)


@pool_cost.mistake(
    "A number that two windows share is in the cache the second time: it is read from memory once.",
    COST,
)
def read_for_each_window(shape, kernel_size, stride=None, itemsize=4):
    """It counts the input again for each window that looks at it."""
    return _cost(
        shape,
        kernel_size,
        stride,
        itemsize,
        moved=lambda read, written, cells: written * cells + written,
    )


@pool_cost.mistake("How many bytes has a float64? `itemsize` says it.", COST)
def always_four_bytes(shape, kernel_size, stride=None, itemsize=4):
    """It does not use `itemsize` and takes 4 bytes for a number."""
    return _cost(shape, kernel_size, stride)


@pool_cost.mistake("The second number is bytes, and a number has `itemsize` of them.", COST)
def numbers_for_bytes(shape, kernel_size, stride=None, itemsize=4):
    """It counts numbers and not bytes."""
    return _cost(shape, kernel_size, stride, 1)


@pool_cost.mistake("Every channel is pooled, each for itself.", COST)
def channels_forgotten(shape, kernel_size, stride=None, itemsize=4):
    """It counts one channel of each image."""
    return _cost((shape[0], 1, *shape[2:]), kernel_size, stride, itemsize)


@pool_cost.mistake("Every image of the batch is pooled.", COST)
def batch_forgotten(shape, kernel_size, stride=None, itemsize=4):
    """It counts one image of the batch."""
    return _cost((1, *shape[1:]), kernel_size, stride, itemsize)


@pool_cost.mistake("A window that does not fit is left out: round down.", FLOOR)
def rounded_up(shape, kernel_size, stride=None, itemsize=4):
    """It counts windows that reach beyond the border."""
    n, c, h, w = map(int, shape)
    k, s = int(kernel_size), int(stride or kernel_size)
    outputs = n * c * (-(-(h - k) // s) + 1) * (-(-(w - k) // s) + 1)
    return outputs * (k * k - 1), int(itemsize) * (n * c * h * w + outputs)


@pool_cost.mistake("The contract asks for `(comparisons, bytes_moved)`.", COST)
def results_swapped(shape, kernel_size, stride=None, itemsize=4):
    """It returns the bytes before the comparisons."""
    return _cost(shape, kernel_size, stride, itemsize)[::-1]


@pool_cost.mistake("The two planes' sides are `shape[2]` and `shape[3]`.", COST)
def height_for_both(shape, kernel_size, stride=None, itemsize=4):
    """It takes the height for the width."""
    return _cost((*shape[:3], shape[2]), kernel_size, stride, itemsize)


declare_stride_mistakes(pool_cost)
