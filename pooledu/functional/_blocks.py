"""The same results sooner, for NumPy: the walk in blocks that stay in the processor's cache.

Two ideas make it fast. A maximum is separable, first along one axis, then along the next, and the
maxima of windows that begin side by side are built by doubling (of 2 cells, of 4, of 8). And what
all windows see at one offset lies at one distance in memory, so that a whole block is combined with
itself, shifted: one long loop instead of one for each row. What a shift wraps around from row to
row is computed too, and left out at the end.

A sum is not separable if every bit shall agree, for its terms have an order; it takes the second
idea only.

Images whose channels lie side by side in memory are pooled as they lie there: the channels are one
more axis, with windows of a single cell. Then the long loops run over them.
"""

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from pooledu.functional import _definition as definition
from pooledu.functional._plain import channels_last
from pooledu.functional._windows import Axis

BLOCK = 1 << 19  # bytes of input for one block: a few of this size fit into a core's own cache

Place = tuple[slice, slice]  # planes, and windows of the first pooled axis


def max_pool(x: np.ndarray, axes: list[Axis]) -> np.ndarray:
    """The maximum of each window."""
    if _by_pixels(x, axes):
        return _by_planes(max_pool(*_pixels(x, axes)))
    out, planes = _result(x, axes, x.dtype)
    for place, block, windows in _tiles(x, axes):
        values = _padded(block, windows, definition.lowest(x))
        for i, axis in enumerate(windows, start=1):
            values = _max_along(values, i, axis)
        planes[place] = values[_complete(windows, windows[-1].stride)]
    return out


def max_pool_with_indices(
    x: np.ndarray, axes: list[Axis], by_pixels: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The maximum of each window, and where in `x` the first one lies.

    While the maxima are built, each window notes at which of its cells, in raster order, it met the
    largest: a number of one byte, so that noting costs little beside comparing. If the last axis
    has the channels of a pixel (`by_pixels`), a position does not count it.
    """
    if _by_pixels(x, axes):
        best, where = max_pool_with_indices(*_pixels(x, axes), by_pixels=True)
        return _by_planes(best), _by_planes(where)
    out, planes = _result(x, axes, x.dtype)
    indices, index_planes = _result(x, axes, np.dtype(np.int64))
    counted = axes[:-1] if by_pixels else axes
    positions_of = _positions(x, counted)
    jumps = _jumps(x, counted)
    rows = None
    kernel = [axis.kernel for axis in axes]
    for place, block, windows in _tiles(x, axes):
        values = _padded(block, windows, definition.lowest(x))
        met = np.zeros(values.shape, np.min_scalar_type(len(jumps) - 1))
        for i in range(len(axes), 0, -1):
            values, met = _argmax_along(values, met, i, windows[i - 1], math.prod(kernel[i:]))
        values, met = (array[_complete(windows, 1)] for array in (values, met))
        if place[1] != rows:
            rows = place[1]
            corner, first = positions_of(rows)
            if by_pixels:
                corner, first = corner[..., None], first[..., None]
        found = index_planes[place]
        np.take(jumps, met, out=found, mode="clip")  # "clip" spares a buffer; all are in range
        found += corner
        lost = values == definition.lowest(x)  # nothing was larger than the padding
        if lost.any():
            np.copyto(found, first, where=lost)
        if np.isnan(values).any():  # a comparison with NaN says nothing: take the definition
            seen = definition.walk(block, windows, definition.lowest(x))
            views = ((cells, corner + jumps[n]) for n, (_, cells) in enumerate(seen))
            values, found[...] = definition.largest(views, definition.lowest(x), first)
        planes[place] = values
    return out, indices


def _positions(x: np.ndarray, axes: list[Axis]) -> Callable[[slice], tuple[np.ndarray, np.ndarray]]:
    """Where the corners and the first cells of some rows of windows lie: `definition.positions`."""
    sizes = [axis.size for axis in axes]
    columns = [definition.grid(x, starts) for starts in definition.starts(axes)]

    def of(rows: slice) -> tuple[np.ndarray, np.ndarray]:
        corner, first = (definition.raster([c[0][rows], *c[1:]], sizes) for c in columns)
        return corner, first

    return of


def _jumps(x: np.ndarray, axes: list[Axis]) -> np.ndarray:
    """How far from its corner each cell of a window lies, both in raster order."""
    steps = [range(0, axis.kernel * axis.dilation, axis.dilation) for axis in axes]
    cells = definition.raster(definition.grid(x, steps), [axis.size for axis in axes])
    return cells.reshape(-1).astype(np.int64)  # NumPy's own int is of 32 bits in a browser


def avg_pool(
    x: np.ndarray, axes: list[Axis], count_include_pad: bool, override: int | None
) -> np.ndarray:
    """The sum of each window in raster order, divided as by the definition."""
    if _by_pixels(x, axes):
        return _by_planes(avg_pool(*_pixels(x, axes), count_include_pad, override))
    out, planes = _result(x, axes, x.dtype)
    wide = definition.widen(x[:0]).dtype
    divisor_of = _divisors(axes, count_include_pad, override)
    sums_of = functools.cache(lambda planes, *windows: _Sums(planes, list(windows), wide).of)
    rows = None
    with np.errstate(all="ignore"):  # cells of different rows meet, whatever they hold
        for place, block, windows in _tiles(x, axes):
            if place[1] != rows:
                rows = place[1]
                divisor = divisor_of(rows).astype(wide)
            sums = sums_of(len(block), *windows)(block)
            if wide.kind == "f":
                np.divide(sums, divisor, out=planes[place])
            else:
                planes[place] = definition.divide(sums, divisor)
            planes[place] += 0  # as in the definition: no -0.0
    return out


def _divisors(
    axes: list[Axis], count_include_pad: bool, override: int | None
) -> Callable[[slice], np.ndarray]:
    """By what the sums of some rows of windows are divided, as in `definition.divisors`.

    It is one number where it can be, by which is divided sooner.
    """
    if override is not None:
        return lambda rows: np.array(override)
    columns = [np.array(axis.counts(count_include_pad)) for axis in axes]
    if all(column.min() == column.max() for column in columns):
        columns = [column[:1] for column in columns]
        return lambda rows: np.maximum(math.prod(columns), 1)
    first, *others = columns
    others = [column[:1] if column.min() == column.max() else column for column in others]
    return lambda rows: np.maximum(functools.reduce(np.multiply.outer, [first[rows], *others]), 1)


def sums_of_tiles(x: np.ndarray, axes: list[Axis]) -> np.ndarray:
    """The sum of each window in raster order, of windows side by side in the whole input.

    The cells of a window are put along a leading axis, over which NumPy adds row after row.
    """
    out, planes = _result(x, axes, x.dtype)
    windows, kernel = [axis.windows for axis in axes], [axis.kernel for axis in axes]
    parts = [size for pair in zip(windows, kernel, strict=True) for size in pair]
    x = x.reshape(-1, *parts)
    order = (*range(2, x.ndim, 2), 0, *range(1, x.ndim, 2))
    some = max(1, BLOCK // max(x[:1].nbytes, 1), -(-64 // math.prod(windows)))
    for i in range(0, len(x), some):
        cells = x[i : i + some].transpose(order).reshape(math.prod(kernel), -1)
        cells = np.ascontiguousarray(cells)
        planes[i : i + some] = np.add.reduce(cells, axis=0).reshape(-1, *windows)
    out += 0  # no -0.0, for a sum begins with +0.0
    return out


def sums_at(
    x: np.ndarray, cells: np.ndarray, within: np.ndarray, sizes: tuple[int, ...]
) -> np.ndarray:
    """The sums of cells of each plane, in order: a row of `cells` after the other, if `within`."""
    lead = x.shape[: x.ndim - len(sizes)]
    x = x.reshape(math.prod(lead), math.prod(x.shape[len(lead) :]))
    sums = np.empty((len(x), cells.shape[1]), x.dtype)
    outside = np.flatnonzero(~within)
    some = max(1, BLOCK // max(cells.size * x.itemsize, 1))
    for i in range(0, len(x), some):
        seen = np.take(x[i : i + some], cells.ravel(), axis=1)
        seen[:, outside] = 0
        seen = seen.reshape(-1, *cells.shape)
        np.add.reduce(seen, axis=1, out=sums[i : i + some])
    return (sums + 0).reshape(*lead, *sizes)  # no -0.0, for a sum begins with +0.0


def _by_pixels(x: np.ndarray, axes: list[Axis]) -> bool:
    """Whether the channels of a pixel lie side by side, and no other axis is before the image."""
    return x.ndim == len(axes) + 2 and channels_last(x)


def _pixels(x: np.ndarray, axes: list[Axis]) -> tuple[np.ndarray, list[Axis]]:
    """The images as they lie in memory, and the windows, which are of one cell in the channels."""
    channels = x.shape[1]
    alone = Axis(channels, kernel=1, stride=1, dilation=1, before=0, after=0, windows=channels)
    return np.moveaxis(x, 1, -1), [*axes, alone]


def _by_planes(result: np.ndarray) -> np.ndarray:
    """A result in the order of its axes; in memory it stays as it is."""
    return np.moveaxis(result, -1, 1)


def _result(x: np.ndarray, axes: list[Axis], dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """An array for the result, and a view of it as a stack of planes."""
    windows = [axis.windows for axis in axes]
    out = np.empty((*x.shape[: x.ndim - len(axes)], *windows), dtype)
    return out, out.reshape(-1, *windows)


def _tiles(x: np.ndarray, axes: list[Axis]) -> Iterator[tuple[Place, np.ndarray, list[Axis]]]:
    """Blocks of whole planes, or of strips of one, with their windows and where the results go."""
    pooled = len(axes)
    if x.flags.c_contiguous or x.ndim == pooled:
        x = x.reshape(-1, *x.shape[x.ndim - pooled :])
    if x.size == 0:
        return
    planes = math.prod(x.shape[1 : x.ndim - pooled])  # in one entry of the first axis
    entries = max(1, BLOCK // x[0].nbytes)
    row = x.itemsize * math.prod(x.shape[x.ndim - pooled + 1 :])
    rows = axes[0].windows
    if row * axes[0].size > 2 * BLOCK:
        rows = max(1, BLOCK // (row * axes[0].stride))
    for i in range(0, len(x), entries):
        entry = x[i : i + entries].reshape(-1, *x.shape[x.ndim - pooled :])
        for top in range(0, axes[0].windows, rows):
            strip, cells = _strip(axes[0], top, min(rows, axes[0].windows - top))
            place = slice(i * planes, (i + entries) * planes), slice(top, top + strip.windows)
            yield place, entry[:, cells], [strip, *axes[1:]]


def _strip(axis: Axis, top: int, windows: int) -> tuple[Axis, slice]:
    """Some of the windows of an axis, and the cells that they see."""
    start = top * axis.stride - axis.before
    end = start + (windows - 1) * axis.stride + axis.span
    low, high = (min(max(cell, 0), axis.size) for cell in (start, end))
    before = max(low - start, 0)
    strip = Axis(high - low, axis.kernel, axis.stride, axis.dilation, before, axis.after, windows)
    return strip, slice(low, high)


def _padded(block: np.ndarray, axes: list[Axis], value: float) -> np.ndarray:
    """The block, padded as far as the windows reach, if it must be."""
    sizes = _padded_sizes(axes)
    if sizes == list(block.shape[1:]):
        return np.ascontiguousarray(block)
    padded = np.full((len(block), *sizes), value, block.dtype)
    padded[_inside(axes)] = block
    return padded


def _padded_sizes(axes: list[Axis]) -> list[int]:
    """The cells of each axis with its padding."""
    return [axis.before + axis.size + max(axis.reach, 0) for axis in axes]


def _inside(axes: list[Axis]) -> Any:
    """Where the cells of each axis lie in its padding."""
    return (..., *(slice(axis.before, axis.before + axis.size) for axis in axes))


def _complete(axes: list[Axis], last_stride: int) -> Any:
    """Where an array that was combined with itself holds the windows."""
    rows = [slice(axis.windows) for axis in axes[:-1]]
    return (..., *rows, slice(0, (axes[-1].windows - 1) * last_stride + 1, last_stride))


def _max_along(values: np.ndarray, i: int, axis: Axis) -> np.ndarray:
    """The maxima along axis `i`: of each window, or of as many cells from every cell on."""
    if axis.stride > 1 and i < values.ndim - 1:
        best = values[_rows(i, axis, 0)]
        for cell in range(1, axis.kernel):
            best = np.maximum(best, values[_rows(i, axis, cell)])
        return best
    flat = values.reshape(-1)
    for cells in _doublings(axis.kernel):
        ahead = cells * axis.dilation * math.prod(values.shape[i + 1 :])
        wider = np.empty_like(flat)
        np.maximum(flat[:-ahead], flat[ahead:], out=wider[:-ahead])
        wider[-ahead:] = flat[-ahead:]
        flat = wider
    return flat.reshape(values.shape)


def _argmax_along(
    values: np.ndarray, met: np.ndarray, i: int, axis: Axis, unit: int
) -> tuple[np.ndarray, np.ndarray]:
    """The maxima along axis `i`, and at which cell each was met; `unit` cells make a step there."""
    last = i == values.ndim - 1
    if axis.stride > 1 and not last:
        at = _rows(i, axis, 0)
        best, where = values[at].copy(), met[at].copy()
        for cell in range(1, axis.kernel):
            at = _rows(i, axis, cell)
            _keep_larger(best, where, values[at], met[at], cell * unit, best, where)
        return best, where
    best, where = values.reshape(-1), met.reshape(-1)
    for cells in _doublings(axis.kernel):
        ahead = cells * axis.dilation * math.prod(values.shape[i + 1 :])
        wider, further = np.empty_like(best), np.empty_like(where)
        wider[-ahead:], further[-ahead:] = best[-ahead:], where[-ahead:]
        now, later = slice(0, max(best.size - ahead, 0)), slice(ahead, None)
        pair = best[now], where[now], best[later], where[later]
        _keep_larger(*pair, cells * unit, wider[now], further[now])
        best, where = wider, further
    best, where = best.reshape(values.shape), where.reshape(values.shape)
    return (best[_rows(i, axis, 0)], where[_rows(i, axis, 0)]) if last else (best, where)


def _keep_larger(
    best: np.ndarray,
    where: np.ndarray,
    values: np.ndarray,
    met: np.ndarray,
    steps: int,
    larger: np.ndarray,
    noted: np.ndarray,
) -> None:
    """Write the larger of two maxima, of which the second was met `steps` later, and where it was.

    A later cell has a larger number, so that a maximum picks it from the two if it wins.
    """
    further = met + met.dtype.type(steps)
    further *= values > best
    np.maximum(where, further, out=noted)
    np.maximum(best, values, out=larger)


def _doublings(kernel: int) -> Iterator[int]:
    """By how many cells to shift the maxima of 1, 2, 4, ... cells, until they are of `kernel`."""
    covered = 1
    while covered < kernel:
        yield min(covered, kernel - covered)
        covered += min(covered, kernel - covered)


def _rows(i: int, axis: Axis, cell: int) -> Any:
    """What the windows see along axis `i`, `cell` cells after their start."""
    return (*(slice(None),) * i, axis.inside(cell))


class _Sums:
    """The sums over the windows of blocks that are alike, in memory that serves all of them.

    A block is seen once for each cell of the window, each time from there on, and NumPy adds up
    what is seen, plane after plane, so that a plane stays in the cache. Windows lie at every cell
    of the last axis, to make long loops; what strides leave out is left out at the end. The padding
    before a row is the padding after the row above it.
    """

    def __init__(self, planes: int, axes: list[Axis], dtype: np.dtype) -> None:
        *outer, last = self.axes = axes
        reach = (last.windows - 1) * last.stride + 1
        row = max(last.size + max(last.before, last.reach), reach)
        sizes = _padded_sizes(outer)
        self.cells = np.zeros(last.before + planes * math.prod(sizes) * row, dtype)
        padded = self.cells[last.before :].reshape(planes, *sizes, row)
        self.inside = padded[_inside([*outer, replace(last, before=0)])]
        plane, *steps = padded.strides
        shifts = [axis.dilation * step for axis, step in zip(axes, steps, strict=True)]

        joined = bool(outer) and outer[-1].stride == 1  # the windows of all rows, in one loop
        rows = [axis.windows for axis in outer]
        room = _aligned((planes, *rows, row if joined else reach), dtype)
        self.sums = room[..., : reach : last.stride]
        if joined:
            reach += (rows.pop() - 1) * row
            room = room.reshape(planes, *rows, -1)
        self.totals = room[..., :reach]

        moves = [axis.step * step for axis, step in zip(outer, steps, strict=False)]
        self.shape = (planes, *(axis.kernel for axis in axes), *self.totals.shape[1:])
        self.strides = (plane, *shifts, *moves[: len(rows)], dtype.itemsize)

    def of(self, block: np.ndarray) -> np.ndarray:
        """The sums of one block; the next one overwrites them."""
        if self.totals.shape[-1] == 1:  # without a loop over windows NumPy sums in another order
            return definition.sum_walk(block, self.axes)
        cells = block
        bare = self.cells.size == block.size  # no padding at all
        if not (bare and block.flags.c_contiguous and block.dtype == self.cells.dtype):
            self.inside[...], cells = block, self.cells
        seen = np.ndarray(self.shape, cells.dtype, cells, strides=self.strides)
        window = tuple(range(1, 1 + len(self.axes)))
        np.add.reduce(seen, axis=window, out=self.totals)
        return self.sums


def _aligned(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An empty array whose planes begin where cache lines do, which makes writing them faster."""
    planes, cells = shape[0], math.prod(shape[1:])
    line = 64 // dtype.itemsize
    width = -(-cells // line) * line
    room = np.empty(planes * width + line, dtype)
    first = -room.ctypes.data % 64 // dtype.itemsize
    return room[first : first + planes * width].reshape(planes, width)[:, :cells].reshape(shape)
