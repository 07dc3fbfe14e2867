"""The definition: pad once, walk the window's cells, combine what the windows see.

Every pooling operation is this walk with another way to combine. The same lines run on NumPy
arrays, torch tensors and JAX arrays, in any number of dimensions.
"""

import functools
import itertools
import math
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device, is_jax_array, is_torch_array

from pooledu.functional._plain import has_nan
from pooledu.functional._windows import Axis

Array = Any  # a NumPy array, a torch tensor or a JAX array

IN_ORDER = 512  # as many cells are added one after the other, which takes a step in Python for each


def pad(x: Array, axes: list[Axis], value: float) -> Array:
    """`x` with `value` around it, as far as the windows reach."""
    xp = array_namespace(x)
    for i, axis in enumerate(axes, start=x.ndim - len(axes)):
        sides = (axis.before, max(axis.reach, 0))
        if any(sides):
            before, after = (
                xp.full(
                    (*x.shape[:i], n, *x.shape[i + 1 :]), value, dtype=x.dtype, device=device(x)
                )
                for n in sides
            )
            x = xp.concat([before, x, after], axis=i)
    return x


def walk(x: Array, axes: list[Axis], outside: float) -> Iterator[tuple[tuple[int, ...], Array]]:
    """Each cell of the window in raster order, and what all windows see there.

    Around `x` they see `outside`.
    """
    padded = pad(x, axes, outside)
    for offset in itertools.product(*(range(axis.kernel) for axis in axes)):
        seen = (axis.inside(cell) for axis, cell in zip(axes, offset, strict=True))
        yield offset, padded[(..., *seen)]


def tiles(x: Array, axes: list[Axis]) -> Array:
    """The cells of windows that lie side by side, in raster order along an axis of their own."""
    xp = array_namespace(x)
    pooled = len(axes)
    used = tuple(slice(axis.windows * axis.kernel) for axis in axes)
    parts = [size for axis in axes for size in (axis.windows, axis.kernel)]
    lead = tuple(x.shape[: x.ndim - pooled])
    cut = xp.reshape(x[(..., *used)], (*lead, *parts))
    first = len(lead)
    order = (*range(first), *range(first, first + 2 * pooled, 2))
    cut = xp.permute_dims(cut, (*order, *range(first + 1, first + 2 * pooled, 2)))
    return xp.reshape(cut, (*lead, *parts[::2], math.prod(parts[1::2])))


def first_largest(cells: Array) -> Array:
    """Along the last axis, which cell is the first of the largest, or else the last NaN."""
    xp = array_namespace(cells)
    found = xp.argmax(cells, axis=-1)
    if not xp.isdtype(cells.dtype, "real floating") or not has_nan(cells):
        return found
    nan = xp.flip(cells != cells, axis=-1)
    last = cells.shape[-1] - 1 - xp.argmax(xp.astype(nan, xp.uint8), axis=-1)
    return xp.where(xp.any(nan, axis=-1), last, found)


def pick(cells: Array, which: Array) -> Array:
    """One cell of each window, along the last axis; the gradient goes to it alone."""
    return array_namespace(cells).take_along_axis(cells, which[..., None], axis=-1)[..., 0]


def add_up(cells: Array) -> Array:
    """The sum along the last axis, in order if that is not too long and nothing is compiled."""
    xp = array_namespace(cells)
    compiled = is_jax_array(cells) or (is_torch_array(cells) and xp.compiler.is_compiling())
    if compiled or cells.shape[-1] > IN_ORDER:
        return xp.sum(cells, axis=-1, dtype=cells.dtype)
    total: Array = 0
    for values in xp.unstack(cells, axis=-1):
        total = total + values
    return total


def max_pool(x: Array, axes: list[Axis]) -> Array:
    """The maximum of each window."""
    best = None
    for _, values in walk(x, axes, lowest(x)):
        best = values * 1 if best is None else larger(values, best)  # not a view of the input
    return best


def max_pool_with_indices(x: Array, axes: list[Axis]) -> tuple[Array, Array]:
    """The maximum of each window, and where in `x` the first one lies."""
    corner, first = positions(x, axes)
    views = ((values, corner + flat(cell, axes)) for cell, values in walk(x, axes, lowest(x)))
    return largest(views, lowest(x), first)


def largest(
    views: Iterator[tuple[Array, Array]], lowest: float, first: Array | None = None
) -> tuple[Array, Array]:
    """The largest of the values seen, and its position.

    Where nothing beats `lowest` the position is `first`, or else the first one seen.
    """
    best = None
    for values, position in views:
        xp = array_namespace(values)
        if best is None:
            best = xp.full_like(values, lowest)
            indices = xp.broadcast_to(position if first is None else first, values.shape)
        wins = (values > best) | (values != values)  # a NaN wins over everything, itself too
        best, indices = xp.where(wins, values, best), xp.where(wins, position, indices)
    return best, indices


def larger(values: Array, best: Array) -> Array:
    """The larger of the two, cell by cell; NaN where either is."""
    return array_namespace(values).where((values > best) | (values != values), values, best)


def avg_pool(
    x: Array, axes: list[Axis], count_include_pad: bool = True, override: int | None = None
) -> Array:
    """The sum of each window, divided by the number of cells that count, or by `override`."""
    means = divide(sum_walk(x, axes), divisors(x, axes, count_include_pad, override))
    return array_namespace(x).astype(means, x.dtype) + 0  # torch's means have no -0.0


def sum_walk(x: Array, axes: list[Axis], term: Callable[[Array], Array] = lambda x: x) -> Array:
    """The sum of `term` over the cells of each window, in at least float32."""
    total: Array = 0  # from +0.0 on, in raster order: so every bit agrees with torch
    for _, values in walk(widen(x), axes, 0):
        total = total + term(values)
    return total


def divide(total: Array, divisor: Array) -> Array:
    """The quotient; that of integers rounds toward zero."""
    xp = array_namespace(total)
    if xp.isdtype(total.dtype, "real floating"):
        return total / divisor
    by = xp.where(divisor == -1, 1, divisor)  # processors cannot divide the lowest number by -1
    quotient = total // by
    cut = (quotient * by != total) & ((total < 0) != (by < 0))
    return xp.where(divisor == -1, -quotient, quotient + xp.astype(cut, total.dtype))


def divisors(
    x: Array, axes: list[Axis], count_include_pad: bool, override: int | None = None
) -> Array:
    """By what to divide the sum of each window: the number of cells that count, at least 1."""
    xp = array_namespace(x)
    dtype = widen(x[..., :0]).dtype
    if override is not None:
        number = float(override) if xp.isdtype(dtype, "real floating") else override
        return xp.asarray(number, dtype=dtype, device=device(x))
    counts = math.prod(grid(x, [axis.counts(count_include_pad) for axis in axes]))
    return xp.astype(xp.where(counts == 0, 1, counts), dtype)


def positions(x: Array, axes: list[Axis]) -> tuple[Array, Array]:
    """Where in `x` each window's corner lies, and its first cell that is not in the padding.

    A position is flat: it counts the cells of the pooled axes in raster order.
    """
    sizes = [axis.size for axis in axes]
    corners, firsts = (raster(grid(x, columns), sizes) for columns in starts(axes))
    return corners, firsts


def starts(axes: list[Axis]) -> tuple[list[list[int]], list[list[int]]]:
    """For each axis where its windows begin, and where their first cells outside the padding lie.

    A window whose cells are all in the padding has the cell that would be next.
    """
    corners = [axis.starts for axis in axes]
    firsts = [
        [start if start >= 0 else start % axis.dilation for start in axis.starts] for axis in axes
    ]
    return corners, firsts


def flat(offset: tuple[int, ...], axes: list[Axis]) -> int:
    """How far in raster order a cell of the window lies from its corner."""
    steps = [cell * axis.dilation for cell, axis in zip(offset, axes, strict=True)]
    return raster(steps, [axis.size for axis in axes])


def raster(cell: Sequence[Any], sizes: Sequence[int]) -> Any:
    """The position of a cell, or of a grid of cells: row times width, plus column."""
    position = 0
    for entry, size in zip(cell, sizes, strict=True):
        position = position * size + entry
    return position


def inside(x: Array, axes: list[Axis], offset: tuple[int, ...]) -> Array | None:
    """In which windows a cell lies in the input, or None if it does in all."""
    columns = [
        [0 <= start + cell * axis.dilation < axis.size for start in axis.starts]
        for axis, cell in zip(axes, offset, strict=True)
    ]
    if all(map(all, columns)):
        return None
    return functools.reduce(operator.and_, grid(x, columns))


def unseen(x: Array, axes: list[Axis]) -> Array | None:
    """Which windows hold padding alone, or None if there are none."""
    counts = [axis.counts(False) for axis in axes]
    if all(map(all, counts)):
        return None
    seen = [[count > 0 for count in column] for column in counts]
    return ~functools.reduce(operator.and_, grid(x, seen))


def grid(x: Array, columns: Sequence[Sequence[int]]) -> list[Array]:
    """One column of numbers for each pooled axis, laid along it, on the device of `x`."""
    xp = array_namespace(x)
    return [
        xp.reshape(xp.asarray(column, device=device(x)), (-1,) + (1,) * (len(columns) - 1 - i))
        for i, column in enumerate(columns)
    ]


def index_dtype(x: Array) -> Any:
    """The default integer of the library: int64; in JAX int32, unless it is told otherwise."""
    return array_namespace(x).arange(0).dtype


def lowest(x: Array) -> float:
    """The value that loses every comparison in the dtype of `x`."""
    xp = array_namespace(x)
    if xp.isdtype(x.dtype, "real floating"):
        return -math.inf
    return int(xp.iinfo(x.dtype).min)


def widen(x: Array) -> Array:
    """`x` in the dtype in which it is summed: half-precision numbers are summed in float32."""
    xp = array_namespace(x)
    if xp.isdtype(x.dtype, "real floating") and xp.finfo(x.dtype).bits < 32:
        return xp.astype(x, xp.float32)
    if isinstance(x, np.ndarray) and not x.dtype.isnative:  # bytes in an order of elsewhere
        return x.astype(x.dtype.newbyteorder("="))
    return x
