"""Bins of unequal size that divide the input into a given number of outputs."""

import functools
import itertools
import math
import operator
from collections.abc import Iterator
from typing import Any

from array_api_compat import array_namespace, device

from pooledu import geometry
from pooledu.functional import _definition as definition
from pooledu.functional import _torch_rules as rules
from pooledu.functional._documentation import documented

Array = Any
Sizes = int | tuple[int | None, ...] | list[int | None]


def adaptive_walk(
    x: Array, output_size: tuple[int, ...], outside: float
) -> Iterator[tuple[Array, Array]]:
    """Each cell of the largest bin in raster order: what all bins see there, and where in `x`.

    A bin that is smaller sees `outside`.
    """
    xp = array_namespace(x)
    pooled = len(output_size)
    sizes = tuple(x.shape)[-pooled:]
    bins = [geometry.adaptive_bins(*pair) for pair in zip(sizes, output_size, strict=True)]
    plane = xp.reshape(x, (*x.shape[:-pooled], math.prod(sizes)))
    largest = [max(end - start for start, end in axis) for axis in bins]
    for offset in itertools.product(*map(range, largest)):
        cells = [
            [min(start + step, end - 1) for start, end in axis]
            for axis, step in zip(bins, offset, strict=True)
        ]
        within = [
            [start + step < end for start, end in axis]
            for axis, step in zip(bins, offset, strict=True)
        ]
        position = definition.raster(definition.grid(x, cells), sizes)
        seen = xp.take(plane, xp.reshape(position, (-1,)), axis=-1)
        seen = xp.reshape(seen, (*x.shape[:-pooled], *output_size))
        inside = functools.reduce(operator.and_, definition.grid(x, within))
        yield xp.where(inside, seen, outside), position


def adaptive_max(x: Array, output_size: tuple[int, ...], return_indices: bool) -> Array:
    """The maximum of each bin of the last axes; if asked, where the first one lies."""
    lowest = definition.lowest(x)
    values, indices = definition.largest(adaptive_walk(x, output_size, lowest), lowest)
    return (values, indices) if return_indices else values


def adaptive_avg(x: Array, output_size: tuple[int, ...]) -> Array:
    """The mean of each bin of the last axes, divided by one extent of the bin after the other."""
    xp = array_namespace(x)
    if max(output_size) == 1:  # torch takes its own mean of a whole plane, so do we
        return xp.mean(x, axis=tuple(range(-len(output_size), 0)), keepdims=True)
    # torch sums volumes of half precision in half precision, though not on a GPU
    narrow = len(output_size) == 3 and not getattr(x, "is_cuda", False)
    wide = x if narrow else definition.widen(x)
    total: Array = 0
    for values, _ in adaptive_walk(wide, output_size, 0):
        total = total + values
    for i, size in enumerate(output_size, start=-len(output_size)):
        extents = [end - start for start, end in geometry.adaptive_bins(x.shape[i], size)]
        column = xp.asarray(extents, dtype=total.dtype, device=device(x))
        total = total / xp.reshape(column, (-1,) + (1,) * (-i - 1))
    return xp.astype(total, x.dtype)


@documented
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


@documented
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


@documented
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


@documented
def adaptive_avg_pool1d(x: Array, output_size: Sizes) -> Array:
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


@documented
def adaptive_avg_pool2d(x: Array, output_size: Sizes) -> Array:
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


@documented
def adaptive_avg_pool3d(x: Array, output_size: Sizes) -> Array:
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
    rules.check_dtype("global_avg_pool", x, "real floating")
    return array_namespace(x).mean(x, axis=axes, keepdims=keepdims)


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
    if 0 in sizes:
        values = definition.zeros_like(x, (*x.shape[:-pooled], *sizes))
        indices = array_namespace(x).astype(values, definition.index_dtype(x))
        return (values, indices) if return_indices else values
    return adaptive_max(x, sizes, return_indices)


def _adaptive_avg_pool(name: str, pooled: int, x: Array, output_size: Sizes) -> Array:
    """Check a call as torch does, and pool."""
    sizes = rules.check_adaptive(name, x, output_size, pooled)
    if 0 in sizes:
        return definition.zeros_like(x, (*x.shape[:-pooled], *sizes))
    return adaptive_avg(x, sizes)
