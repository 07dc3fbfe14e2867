"""`adaptive_avg_pool2d(x, output_size)`: `(N, C, H, W) -> (N, C, OH, OW)`.

`output_size` is an int or a pair; more bins than cells are legal, by the same formula.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from pooledu import functional, geometry
from pooledu.checks.exercise import Case, Draw, Exercise, Index
from pooledu.checks.showing import plane
from pooledu.exercises.links import BINS
from pooledu.exercises.ps3_global_adaptive.adaptive_bins import (
    end_rounded_down,
    equal_bins,
    first_bins_longer,
    quotient_beforehand,
    rest_in_the_last_bin,
)
from pooledu.exercises.windows import arranged, reals


def _adaptive_batches(rng: Draw) -> Iterator[Case]:
    """The ladder of adaptive_avg_pool2d."""
    yield Case("a single bin", (arranged(rng, 1, 1, 2, 2), 1))
    yield Case("as many bins as cells", (arranged(rng, 1, 1, 2, 3), (2, 3)))
    yield Case("bins that divide the input", (arranged(rng, 1, 1, 4, 4), 2))
    yield Case("bins that overlap", (arranged(rng, 1, 1, 5, 5), 2))
    yield Case(
        "an edge that a quotient computed beforehand would move", (reals(rng, 1, 1, 30, 1), (22, 1))
    )
    yield Case("a single row", (arranged(rng, 1, 1, 1, 7), 3))
    yield Case("a pair of sizes", (arranged(rng, 1, 1, 5, 7), (2, 3)))
    yield Case("a pair of sizes as a list", (arranged(rng, 1, 1, 7, 4), [4, 1]))
    yield Case("more bins than cells", (arranged(rng, 1, 1, 2, 2), 3))
    yield Case("more bins than rows, fewer than columns", (arranged(rng, 1, 1, 2, 7), (3, 4)))
    yield Case("several images and channels", (arranged(rng, 2, 3, 5, 4), (3, 2)))
    yield Case("an input that is read-only", (reals(rng, 2, 2, 7, 6), 3), layout="readonly")
    yield Case("an input in Fortran order", (reals(rng, 2, 2, 8, 11), (5, 4)), layout="F")
    yield Case("a view of another array", (reals(rng, 1, 3, 10, 13), (3, 5)), layout="strided")
    x = reals(rng, 1, 2, 9, 9)
    yield Case("one size for both axes; arguments by name", (), {"x": x, "output_size": 4})
    yield Case("very large numbers", (reals(rng, 1, 1, 5, 6) * 1e300, (2, 3)))


def _two(output_size: Any) -> tuple[int, int]:
    """Read an int or a pair."""
    if np.ndim(output_size) == 0:
        return int(output_size), int(output_size)
    rows, columns = output_size
    return int(rows), int(columns)


def _adaptive_avg_pool2d(x, output_size):
    """The oracle."""
    return functional.adaptive_avg_pool2d(x, _two(output_size))


def _show_bin(given: Mapping[str, Any], at: Index | None) -> list[dict[str, Any]]:
    """Draw the plane of the wrong number, with its bin."""
    x, output_size = given.values()
    values, where = plane(x, at)
    shown: dict[str, Any] = {"values": values, "title": f"x{where}"}
    if at:
        sizes = zip(values.shape, _two(output_size), at[-2:], strict=True)
        (top, bottom), (left, right) = (geometry.adaptive_bins(n, o)[i] for n, o, i in sizes)
        shown["window"] = (top, left, bottom - top, right - left)
    return [shown]


adaptive_avg_pool2d = Exercise(
    "adaptive_avg_pool2d",
    oracle=_adaptive_avg_pool2d,
    ladder=_adaptive_batches,
    tolerance=1e-9,
    show=_show_bin,
    link=BINS,
)

Bins = Callable[[int, int], list[tuple[int, int]]]


def _pool_bins(x, output_size, bins: Bins = geometry.adaptive_bins, reduce=np.mean):
    """Reduce each bin of every plane."""
    rows, columns = (bins(n, o) for n, o in zip(x.shape[2:], output_size, strict=True))
    return np.stack(
        [
            np.stack([reduce(x[:, :, a:b, c:d], axis=(2, 3)) for c, d in columns], axis=-1)
            for a, b in rows
        ],
        axis=-2,
    )


@adaptive_avg_pool2d.mistake(
    "A bin ends where the last cell that it touches ends: round the end up."
)
def bins_do_not_overlap(x, output_size):
    """It rounds the end of each bin down, so bins never overlap."""
    return _pool_bins(x, _two(output_size), end_rounded_down)


@adaptive_avg_pool2d.mistake(
    "A float holds most quotients only nearly. Multiply first, and divide whole numbers by `//`."
)
def quotient_computed_beforehand(x, output_size):
    """It multiplies by the quotient of the sizes, a float, and rounding it moves an edge."""
    return _pool_bins(x, _two(output_size), quotient_beforehand)


@adaptive_avg_pool2d.mistake("What happens to the cells that are left over?")
def bins_of_equal_length(x, output_size):
    """It makes all bins `in_size // out_size` long and leaves the rest out."""
    return _pool_bins(x, _two(output_size), equal_bins)


@adaptive_avg_pool2d.mistake("The bins are spread evenly; none is there to take what is left.")
def rest_in_last_bin(x, output_size):
    """It gives what is left over to the last bin of each axis."""
    return _pool_bins(x, _two(output_size), rest_in_the_last_bin)


@adaptive_avg_pool2d.mistake(
    "`np.array_split` makes the first parts longer. Here the bins overlap."
)
def split_as_array_split(x, output_size):
    """It makes the first bins one cell longer, as `np.array_split` does."""
    return _pool_bins(x, _two(output_size), first_bins_longer)


@adaptive_avg_pool2d.mistake(
    "One kernel and one stride do not fit sizes that do not divide: the bins differ in length."
)
def fixed_kernel_and_stride(x, output_size):
    """It pools with one kernel and one stride, computed from the sizes."""

    def windows(in_size: int, out_size: int) -> list[tuple[int, int]]:
        stride = in_size // out_size
        kernel = in_size - (out_size - 1) * stride
        return [(i * stride, i * stride + kernel) for i in range(out_size)]

    return _pool_bins(x, _two(output_size), windows)


@adaptive_avg_pool2d.mistake("The rows come from `x.shape[2]`, the columns from `x.shape[3]`.")
def bins_of_the_height_for_both(x, output_size):
    """It takes the bins of the height for the width as well."""
    rows, columns = _two(output_size)
    across = geometry.adaptive_bins(x.shape[2], columns)
    return _pool_bins(
        x, (rows, columns), lambda n, o: across if o == columns else geometry.adaptive_bins(n, o)
    )


@adaptive_avg_pool2d.mistake("The pair is (rows, columns).")
def pair_swapped(x, output_size):
    """It takes the pair for (columns, rows)."""
    return _pool_bins(x, _two(output_size)[::-1])


@adaptive_avg_pool2d.mistake("A pair asks for different numbers of rows and columns.")
def first_size_for_both(x, output_size):
    """It uses the first size of the pair for the columns as well."""
    return _pool_bins(x, _two(output_size)[:1] * 2)


@adaptive_avg_pool2d.mistake("Bins differ in length: divide by the cells that are in the bin.")
def divided_by_the_average_bin(x, output_size):
    """It divides every sum by the same number, the average size of a bin."""
    rows, columns = _two(output_size)
    cells = x.shape[2] * x.shape[3] / (rows * columns)
    return _pool_bins(x, (rows, columns), reduce=np.sum) / cells


@adaptive_avg_pool2d.mistake(
    "Adaptive max pooling is another layer; here every cell of a bin counts."
)
def takes_the_maximum(x, output_size):
    """It takes the maximum of each bin."""
    return _pool_bins(x, _two(output_size), reduce=np.max)


@adaptive_avg_pool2d.mistake("The result has the axes (N, C, rows, columns).")
def rows_and_columns_swapped(x, output_size):
    """It swaps the rows and the columns of the result."""
    return _pool_bins(x, _two(output_size)).swapaxes(2, 3).copy()
