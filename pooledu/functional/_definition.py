"""The definition: pad once, walk the window's cells, combine what the windows see.

Every pooling operation of a fixed window is this walk with another way to combine. The same lines
run on NumPy arrays, torch tensors and JAX arrays, in any number of dimensions.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

from array_api_compat import array_namespace, device

from pooledu.functional._windows import Axis

Array = Any  # a NumPy array, a torch tensor or a JAX array


def pad(x: Array, axes: list[Axis], value: float) -> Array:
    """`x` with `value` around it, as far as the windows reach."""
    xp = array_namespace(x)
    for i, axis in enumerate(axes, start=x.ndim - len(axes)):
        blocks = [
            xp.full(
                (*x.shape[:i], cells, *x.shape[i + 1 :]), value, dtype=x.dtype, device=device(x)
            )
            for cells in (axis.before, max(axis.reach, 0))
        ]
        x = xp.concat([blocks[0], x, blocks[1]], axis=i)
    return x


def walk(padded: Array, axes: list[Axis]) -> Iterator[tuple[tuple[int, ...], Array]]:
    """Each cell of the window in raster order, and what all windows see there."""
    for offset in itertools.product(*(range(axis.kernel) for axis in axes)):
        seen = (axis.inside(cell) for axis, cell in zip(axes, offset, strict=True))
        yield offset, padded[(..., *seen)]


def max_walk(x: Array, axes: list[Axis], return_indices: bool) -> tuple[Array, Array | None]:
    """The maximum of each window; if asked, where in `x` the first one lies."""
    xp = array_namespace(x)
    best = indices = None
    for offset, values in walk(pad(x, axes, lowest(x)), axes):
        if best is None:
            best = xp.full_like(values, lowest(x))
            corner, first = positions(x, axes)
            indices = xp.broadcast_to(first, best.shape)
        wins = (values > best) | (values != values)  # a NaN wins over everything, itself too
        best = xp.where(wins, values, best)
        if return_indices:
            indices = xp.where(wins, corner + flat(offset, axes, dilate=True), indices)
    return best, indices


def average_walk(x: Array, axes: list[Axis], divisor: Array) -> Array:
    """The sum of each window, divided by `divisor`."""
    xp = array_namespace(x)
    total = None
    for _, values in walk(pad(widen(x), axes, 0), axes):
        # from +0.0 on, in raster order, and one division at the end: so every bit agrees
        total = (xp.zeros_like(values) if total is None else total) + values
    return xp.astype(divide(total, divisor), x.dtype) + 0  # torch's means have no -0.0


def divide(total: Array, divisor: Array) -> Array:
    """The quotient; that of integers rounds toward zero."""
    xp = array_namespace(total)
    if xp.isdtype(total.dtype, "real floating"):
        return total / divisor
    return xp.sign(total) * xp.sign(divisor) * (xp.abs(total) // xp.abs(divisor))


def divisors(
    x: Array, axes: list[Axis], count_include_pad: bool, override: int | None = None
) -> Array:
    """By what to divide the sum of each window: the number of cells that count, at least 1."""
    if override is None:
        columns = [axis.counts(count_include_pad) for axis in axes]
        divisor = outer(x, columns, lambda counts: max(1, math.prod(counts)))
    else:
        divisor = outer(x, [[override]] * len(axes), lambda entries: entries[0])
    return array_namespace(x).astype(divisor, widen(x).dtype)


def positions(x: Array, axes: list[Axis]) -> tuple[Array, Array]:
    """Where in `x` each window's corner lies, and its first cell that is not in the padding.

    A position is flat: it counts the cells of the pooled axes in raster order.
    """
    corners = [axis.starts for axis in axes]
    firsts = [
        [start if start >= 0 else start % axis.dilation for start in axis.starts] for axis in axes
    ]
    return tuple(outer(x, starts, lambda cell: flat(cell, axes)) for starts in (corners, firsts))


def flat(cell: tuple[int, ...], axes: list[Axis], dilate: bool = False) -> int:
    """The flat position of a cell, or how far an offset in a dilated window leads."""
    position = 0
    for c, axis in zip(cell, axes, strict=True):
        position = position * axis.size + c * (axis.dilation if dilate else 1)
    return position


def outer(x: Array, columns: list[list[int]], combine: Callable[..., int]) -> Array:
    """An integer for each window: `combine` of one entry of each column, on the device of `x`."""
    xp = array_namespace(x)
    entries = [combine(entry) for entry in itertools.product(*columns)]
    return xp.reshape(xp.asarray(entries, device=device(x)), tuple(map(len, columns)))


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
    return x
