"""Bins of unequal size that divide the input into a given number of outputs.

Bins overlap or differ in size by a cell. Copied side by side, each as large as the largest, they
are windows of one size, and are pooled as such.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device, is_torch_array

from pooledu.functional import _blocks as blocks
from pooledu.functional import _definition as definition
from pooledu.functional import _torch_rules as rules
from pooledu.functional._operation import operation
from pooledu.functional._plain import A, alike, as_numpy_floats, empty, in_library_of, plain
from pooledu.functional._windows import Axis
from pooledu.geometry._sizes import check_flag

Array = Any
Sizes = int | tuple[int | None, ...] | list[int | None]

LONG = 16  # cells of a window from which on NumPy is quicker to reduce an axis than to walk
LONG_ALONE = 400  # the same if the positions are not asked for


@dataclass
class Bins:
    """The bins of one axis: where they start and end, and the cells that they divide."""

    start: list[int]
    end: list[int]
    size: int

    @property
    def extents(self) -> list[int]:
        """The cells of each."""
        return [end - start for start, end in zip(self.start, self.end, strict=True)]

    @property
    def largest(self) -> int:
        """The cells of the largest."""
        return max(self.extents)

    @property
    def side_by_side(self) -> bool:
        """Whether they lie so in the input already, all of one size."""
        return len(self.start) * self.largest == self.size

    def cells(self, step: int) -> list[int]:
        """The cell of each bin, some steps after its start; a smaller bin repeats its last one."""
        return [min(start + step, end - 1) for start, end in zip(self.start, self.end, strict=True)]

    def within(self, step: int) -> list[bool]:
        """Whether that is no repetition."""
        return [start + step < end for start, end in zip(self.start, self.end, strict=True)]

    def axis(self) -> Axis:
        """Their windows when they lie side by side."""
        count, largest = len(self.start), self.largest
        return Axis(count * largest, largest, largest, 1, 0, 0, count)


def bins_of(size: int, count: int) -> Bins:
    """The bins of `geometry.adaptive_bins`."""
    start = [i * size // count for i in range(count)]
    return Bins(start, [-(-(i + 1) * size // count) for i in range(count)], size)


def bins_of_all(x: Array, sizes: tuple[int, ...]) -> list[Bins]:
    """The bins of each of the last axes."""
    return [bins_of(*pair) for pair in zip(x.shape[-len(sizes) :], sizes, strict=True)]


def lay(x: Array, bins: Sequence[Bins], empty: bool) -> tuple[Array, list[Axis]]:
    """`x` with the bins of its last axes side by side; what fills up small ones is 0 if `empty`."""
    xp = array_namespace(x)
    for i, of_axis in enumerate(bins, start=-len(bins)):
        if of_axis.side_by_side:
            continue
        steps = [(of_axis.cells(at), of_axis.within(at)) for at in range(of_axis.largest)]
        rows = zip(*(cells for cells, _ in steps), strict=True)
        x = xp.take(x, xp.asarray([cell for row in rows for cell in row], device=device(x)), axis=i)
        if empty and not all(steps[-1][1]):
            rows = zip(*(within for _, within in steps), strict=True)
            within = xp.asarray([inside for row in rows for inside in row], device=device(x))
            x = xp.where(xp.reshape(within, (-1,) + (1,) * (-i - 1)), x, 0)
    return x, [of_axis.axis() for of_axis in bins]


def maxima(x: Array, sizes: tuple[int, ...], return_indices: bool) -> Array:
    """The maximum of each bin of the last axes; if asked, where the first one lies."""
    numbers = plain(as_numpy_floats(x))
    if numbers is not None and not return_indices:
        return in_library_of(x, _largest(numbers, sizes))
    if not is_torch_array(x) or numbers is not None:
        found = quick_maxima(x, sizes)
    else:
        from pooledu.functional import _torch as watched

        found = watched.maxima(x, "adaptive", len(sizes), sizes)
    return found if return_indices else found[0]


def _largest(x: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    """The maxima alone."""
    laid, axes = lay(x, bins_of_all(x, sizes), empty=False)
    if math.prod(axis.kernel for axis in axes) < LONG_ALONE:
        return blocks.max_pool(laid, axes)
    return definition.tiles(laid, axes).max(axis=-1)


def quick_maxima(x: Array, sizes: tuple[int, ...]) -> tuple[Array, Array]:
    """The maxima and their positions, with NumPy where it sees the numbers."""
    numbers = plain(as_numpy_floats(x))
    if numbers is not None and numbers is not x:
        return in_library_of(x, quick_maxima(numbers, sizes))
    bins = bins_of_all(x, sizes)
    laid, axes = lay(x, bins, empty=False)
    kernels = [axis.kernel for axis in axes]
    if numbers is not None and math.prod(kernels) < LONG:
        values, flat = blocks.max_pool_with_indices(laid, axes)
        cells = _digits(flat, [axis.size for axis in axes])
        offsets = [cell % kernel for cell, kernel in zip(cells, kernels, strict=True)]
    else:
        candidates = definition.tiles(laid, axes)
        which = definition.first_largest(candidates)
        values, offsets = definition.pick(candidates, which), _digits(which, kernels)
    return values, _positions(offsets, bins)


def _digits(numbers: Array, sizes: Sequence[int]) -> list[Array]:
    """The cell of each position in a grid of these sizes, an entry for each axis."""
    digits = []
    for size in reversed(sizes):
        digits.append(numbers % size)
        numbers = numbers // size
    return digits[::-1]


def _positions(offsets: list[Array], bins: Sequence[Bins]) -> Array:
    """The flat position in the input of a cell of each bin."""
    xp = array_namespace(offsets[0])
    starts = definition.grid(offsets[0], [b.start for b in bins])
    lasts = definition.grid(offsets[0], [b.cells(b.largest - 1) for b in bins])
    cells = [
        xp.minimum(start + offset, last)  # a smaller bin repeats its last cell
        for start, offset, last in zip(starts, offsets, lasts, strict=True)
    ]
    return definition.raster(cells, [b.size for b in bins])


def means(x: Array, sizes: tuple[int, ...]) -> Array:
    """The mean of each bin of the last axes."""
    if not is_torch_array(x) or plain(x) is not None:
        return quick_means(x, tuple(x.shape[-len(sizes) :]), sizes)
    from pooledu.functional import _torch as watched

    return watched.means(x, "adaptive", tuple(x.shape[-len(sizes) :]), sizes)


def quick_means(x: Array, inputs: tuple[int, ...], sizes: tuple[int, ...]) -> Array:
    """The means, with NumPy where it sees the numbers."""
    if max(sizes) == 1:  # torch takes its own mean of a whole plane, so do we
        return array_namespace(x).mean(x, axis=tuple(range(-len(sizes), 0)), keepdims=True)
    # torch sums volumes of half precision in half precision, though not on a GPU
    narrow = len(sizes) == 3 and not getattr(x, "is_cuda", False)
    wide = x if narrow else definition.widen(x)
    numbers = plain(wide)
    bins = [bins_of(*pair) for pair in zip(inputs, sizes, strict=True)]
    if numbers is None:
        total = definition.add_up(definition.tiles(*lay(wide, bins, empty=True)))
    else:
        with np.errstate(all="ignore"):  # sums of halves may be infinite
            total = alike(_sums(numbers, bins, sizes), x)
    return array_namespace(x).astype(_divide(total, inputs, sizes), x.dtype)


def _sums(x: np.ndarray, bins: Sequence[Bins], sizes: tuple[int, ...]) -> np.ndarray:
    """The sum of each bin."""
    if all(of_axis.side_by_side for of_axis in bins):
        return blocks.sums_of_tiles(x, [of_axis.axis() for of_axis in bins])
    return blocks.sums_at(x, *_cells_in_order(bins), sizes)


def _cells_in_order(bins: Sequence[Bins]) -> tuple[np.ndarray, np.ndarray]:
    """The flat cells of all bins, and which are no repetition: a row for each cell of the largest.

    The cells of one bin come in raster order.
    """
    cells, within = np.zeros((), np.intp), np.ones((), bool)
    for i, of_axis in enumerate(bins):
        along = [1] * (2 * len(bins))
        along[i], along[len(bins) + i] = of_axis.largest, len(of_axis.start)
        steps = range(of_axis.largest)
        column = np.array([of_axis.cells(step) for step in steps]).reshape(along)
        cells = cells * of_axis.size + column
        within = within & np.array([of_axis.within(step) for step in steps]).reshape(along)
    rows = math.prod(of_axis.largest for of_axis in bins)
    return cells.reshape(rows, -1), within.reshape(rows, -1)


def _divide(total: Array, inputs: tuple[int, ...], sizes: tuple[int, ...]) -> Array:
    """Divide by one extent of the bin after the other, as torch does."""
    xp = array_namespace(total)
    for i, (size, count) in enumerate(zip(inputs, sizes, strict=True), start=-len(sizes)):
        extents = bins_of(size, count).extents
        column = xp.asarray(extents, dtype=total.dtype, device=device(total))
        total = total / xp.reshape(column, (-1,) + (1,) * (-i - 1))
    return total


def shares(grad: Array, inputs: tuple[int, ...], sizes: tuple[int, ...]) -> Array:
    """Each bin's gradient divided among its cells: the transpose of `quick_means`.

    One axis after the other: a cell gets the sum over the bins that hold it.
    """
    xp = array_namespace(grad)
    grads = _divide(definition.widen(grad), inputs, sizes)
    for i in range(-1, -len(sizes) - 1, -1):  # rows last: whole rows are copied sooner than cells
        size, count = inputs[i], sizes[i]
        if size % count == 0:
            grads = _repeat(grads, i, size // count)
            continue
        holding = bins_of(count, size)  # the bins that hold a cell are a bin of the other way round
        total: Array = 0
        for step in range(holding.largest):
            part = xp.take(grads, xp.asarray(holding.cells(step), device=device(grads)), axis=i)
            within = holding.within(step)
            if not all(within):
                inside = xp.asarray(within, device=device(grads))
                part = xp.where(xp.reshape(inside, (-1,) + (1,) * (-i - 1)), part, 0)
            total = total + part
        grads = total
    return xp.astype(grads, grad.dtype)


def _repeat(x: Array, axis: int, times: int) -> Array:
    """Each cell of an axis, counted from the end, so many times in a row."""
    return array_namespace(x).repeat(x, times, axis=axis)


@operation
def adaptive_max_pool1d(x: Array, output_size: Sizes, return_indices: bool = False) -> Array:
    """Take the maximum of each bin of a sequence, as `torch.nn.functional.adaptive_max_pool1d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OL) or (C, OL), or (array, array)
        The maxima; with `return_indices` also their positions.

    {raises}

    References
    ----------
    He et al., "Spatial pyramid pooling in deep convolutional networks for visual recognition", ECCV
    2014, https://arxiv.org/abs/1406.4729

    Examples
    --------
    >>> import numpy as np
    >>> adaptive_max_pool1d(np.array([[3.0, 1.0, 4.0, 1.0, 5.0]]), 2)
    array([[4., 5.]])
    """
    return _adaptive_max_pool("adaptive_max_pool1d", 1, x, output_size, return_indices)


@operation
def adaptive_max_pool2d(x: Array, output_size: Sizes, return_indices: bool = False) -> Array:
    """Take the maximum of each bin of an image, as `torch.nn.functional.adaptive_max_pool2d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OH, OW) or (C, OH, OW), or (array, array)
        The maxima; with `return_indices` also their positions.

    {raises}

    References
    ----------
    He et al., "Spatial pyramid pooling in deep convolutional networks for visual recognition", ECCV
    2014, https://arxiv.org/abs/1406.4729

    Examples
    --------
    >>> import numpy as np
    >>> adaptive_max_pool2d(np.arange(25.0).reshape(1, 5, 5), (2, 3))
    array([[[11., 13., 14.],
            [21., 23., 24.]]])
    """
    return _adaptive_max_pool("adaptive_max_pool2d", 2, x, output_size, return_indices)


@operation
def adaptive_max_pool3d(x: Array, output_size: Sizes, return_indices: bool = False) -> Array:
    """Take the maximum of each bin of a volume, as `torch.nn.functional.adaptive_max_pool3d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OD, OH, OW) or (C, OD, OH, OW), or (array, array)
        The maxima; with `return_indices` also their positions.

    {raises}

    References
    ----------
    He et al., "Spatial pyramid pooling in deep convolutional networks for visual recognition", ECCV
    2014, https://arxiv.org/abs/1406.4729

    Examples
    --------
    >>> import numpy as np
    >>> adaptive_max_pool3d(np.arange(27.0).reshape(1, 3, 3, 3), (1, 1, 2))
    array([[[[25., 26.]]]])
    """
    return _adaptive_max_pool("adaptive_max_pool3d", 3, x, output_size, return_indices)


@operation
def adaptive_avg_pool1d(x: A, output_size: Sizes) -> A:
    """Take the mean of each bin of a sequence, as `torch.nn.functional.adaptive_avg_pool1d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OL) or (C, OL)
        The means, in the dtype of `x`.

    {raises}

    References
    ----------
    He et al., "Spatial pyramid pooling in deep convolutional networks for visual recognition", ECCV
    2014, https://arxiv.org/abs/1406.4729

    Examples
    --------
    >>> import numpy as np
    >>> adaptive_avg_pool1d(np.array([[3.0, 1.0, 4.0, 1.0, 5.0]]), 3)
    array([[2., 2., 3.]])
    """
    return _adaptive_avg_pool("adaptive_avg_pool1d", 1, x, output_size)


@operation
def adaptive_avg_pool2d(x: A, output_size: Sizes) -> A:
    """Take the mean of each bin of an image, as `torch.nn.functional.adaptive_avg_pool2d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OH, OW) or (C, OH, OW)
        The means, in the dtype of `x`.

    {raises}

    References
    ----------
    He et al., "Spatial pyramid pooling in deep convolutional networks for visual recognition", ECCV
    2014, https://arxiv.org/abs/1406.4729

    Examples
    --------
    >>> import numpy as np
    >>> adaptive_avg_pool2d(np.arange(25.0).reshape(1, 5, 5), (2, None))
    array([[[ 5.,  6.,  7.,  8.,  9.],
            [15., 16., 17., 18., 19.]]])
    """
    return _adaptive_avg_pool("adaptive_avg_pool2d", 2, x, output_size)


@operation
def adaptive_avg_pool3d(x: A, output_size: Sizes) -> A:
    """Take the mean of each bin of a volume, as `torch.nn.functional.adaptive_avg_pool3d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OD, OH, OW) or (C, OD, OH, OW)
        The means, in the dtype of `x`.

    {raises}

    References
    ----------
    He et al., "Spatial pyramid pooling in deep convolutional networks for visual recognition", ECCV
    2014, https://arxiv.org/abs/1406.4729

    Examples
    --------
    >>> import numpy as np
    >>> adaptive_avg_pool3d(np.arange(27.0).reshape(1, 3, 3, 3), (1, 1, 2))
    array([[[[12.5, 13.5]]]])
    """
    return _adaptive_avg_pool("adaptive_avg_pool3d", 3, x, output_size)


@operation
def global_avg_pool(x: Array, keepdims: bool = False) -> Array:
    """Take the mean of each channel.

    Parameters
    ----------
    x : array of shape (N, C, ...)
        Floats. All axes after the second are pooled.
    keepdims : bool
        Keep the pooled axes, with length 1.

    Returns
    -------
    array of shape (N, C), or (N, C, 1, ...) with `keepdims`
        The means, in the dtype of `x`.

    Raises
    ------
    RuntimeError
        If nothing is there to pool.
    NotImplementedError
        If the dtype is not a float.

    References
    ----------
    Lin, Chen and Yan, "Network in network", ICLR 2014, https://arxiv.org/abs/1312.4400

    Examples
    --------
    >>> import numpy as np
    >>> global_avg_pool(np.arange(8.0).reshape(1, 2, 2, 2))
    array([[1.5, 5.5]])
    """
    axes = _spatial_axes("global_avg_pool", x)
    check_flag("keepdims", keepdims)
    rules.check_dtype("global_avg_pool", x, "real floating")
    return array_namespace(x).mean(x, axis=axes, keepdims=keepdims)


@operation
def global_max_pool(x: Array, keepdims: bool = False) -> Array:
    """Take the maximum of each channel; a NaN wins.

    Parameters
    ----------
    x : array of shape (N, C, ...)
        Real numbers. All axes after the second are pooled.
    keepdims : bool
        Keep the pooled axes, with length 1.

    Returns
    -------
    array of shape (N, C), or (N, C, 1, ...) with `keepdims`
        The maxima.

    Raises
    ------
    RuntimeError
        If nothing is there to pool.
    NotImplementedError
        If the dtype is bool or complex.

    References
    ----------
    Oquab et al., "Is object localization for free? Weakly-supervised learning with convolutional
    neural networks", CVPR 2015.

    Examples
    --------
    >>> import numpy as np
    >>> global_max_pool(np.arange(8.0).reshape(1, 2, 2, 2))
    array([[3., 7.]])
    """
    axes = _spatial_axes("global_max_pool", x)
    check_flag("keepdims", keepdims)
    rules.check_dtype("global_max_pool", x, "integral", "real floating")
    return array_namespace(x).max(x, axis=axes, keepdims=keepdims)


def _spatial_axes(operation: str, x: Array) -> tuple[int, ...]:
    """All axes after the channels."""
    rules.check_array(operation, x)
    if x.ndim < 3 or 0 in tuple(x.shape)[2:]:
        raise RuntimeError(
            f"{operation} pools all axes after (N, C), and the shape is {tuple(x.shape)}. Give an "
            f"array of shape (N, C, ...) with at least one cell in each channel; x[None] adds a "
            f"batch axis."
        )
    return tuple(range(2, x.ndim))


def _adaptive_max_pool(
    name: str, pooled: int, x: Array, output_size: Sizes, return_indices: bool
) -> Array:
    """Check a call as torch does, and pool."""
    sizes = rules.check_adaptive(name, x, output_size, pooled)
    check_flag("return_indices", return_indices)
    if 0 in sizes:
        values = empty(x, (*x.shape[:-pooled], *sizes))
        indices = array_namespace(x).astype(values, definition.index_dtype(x))
        return (values, indices) if return_indices else values
    return maxima(x, sizes, return_indices)


def _adaptive_avg_pool(name: str, pooled: int, x: Array, output_size: Sizes) -> Array:
    """Check a call as torch does, and pool."""
    sizes = rules.check_adaptive(name, x, output_size, pooled)
    if 0 in sizes:
        return empty(x, (*x.shape[:-pooled], *sizes))
    return means(x, sizes)
