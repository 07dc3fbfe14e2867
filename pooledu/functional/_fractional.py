"""Windows whose steps vary by chance, so that the output has any size."""

import itertools
from collections.abc import Iterator
from typing import Any

from array_api_compat import array_namespace, device

from pooledu.functional import _definition as definition
from pooledu.functional import _torch_rules as rules
from pooledu.functional._operation import operation
from pooledu.functional._plain import empty
from pooledu.functional._random import uniform
from pooledu.functional._torch_rules import Ints
from pooledu.geometry._sizes import check_flag

Array = Any
Ratio = float | tuple[float, ...]


@operation
def fractional_max_pool2d(
    x: Array,
    kernel_size: Ints,
    output_size: Ints | None = None,
    output_ratio: Ratio | None = None,
    return_indices: bool = False,
    _random_samples: Array | None = None,
    *,
    rng: Any = None,
) -> Array:
    """Take maxima at steps that vary by chance, as `torch.nn.functional.fractional_max_pool2d`.

    Window `i` of an axis begins at ``int((i + u) * a) - int(u * a)`` with
    ``a = (size - kernel_size) / (output_size - 1)``, and the last at ``size - kernel_size``. The
    number u is drawn for each channel and axis.

    {parameters}

    Returns
    -------
    array of shape (N, C, OH, OW) or (C, OH, OW), or (array, array)
        The maxima; with `return_indices` also their positions.

    {raises}
    ValueError
        If neither `output_size` nor `output_ratio` is given.

    References
    ----------
    Graham, "Fractional max-pooling", 2014, https://arxiv.org/abs/1412.6071

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(25.0).reshape(1, 5, 5)
    >>> fractional_max_pool2d(x, 2, output_size=3, _random_samples=np.array([[[0.1, 0.8]]]))
    array([[[ 6.,  7.,  9.],
            [11., 12., 14.],
            [21., 22., 24.]]])
    >>> fractional_max_pool2d(x, 2, output_ratio=(0.8, 0.6), rng=np.random.default_rng(1)).shape
    (1, 4, 3)
    """
    return _fractional_max_pool(
        "fractional_max_pool2d",
        2,
        x,
        kernel_size,
        output_size,
        output_ratio,
        return_indices,
        _random_samples,
        rng,
    )


@operation
def fractional_max_pool3d(
    x: Array,
    kernel_size: Ints,
    output_size: Ints | None = None,
    output_ratio: Ratio | None = None,
    return_indices: bool = False,
    _random_samples: Array | None = None,
    *,
    rng: Any = None,
) -> Array:
    """Take maxima at steps that vary by chance, as `torch.nn.functional.fractional_max_pool3d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OD, OH, OW) or (C, OD, OH, OW), or (array, array)
        The maxima; with `return_indices` also their positions.

    {raises}
    ValueError
        If neither `output_size` nor `output_ratio` is given.

    References
    ----------
    Graham, "Fractional max-pooling", 2014, https://arxiv.org/abs/1412.6071

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(64.0).reshape(1, 4, 4, 4)
    >>> fractional_max_pool3d(x, 2, output_size=(1, 1, 2), _random_samples=np.zeros((1, 1, 3)))
    array([[[[61., 63.]]]])
    """
    return _fractional_max_pool(
        "fractional_max_pool3d",
        3,
        x,
        kernel_size,
        output_size,
        output_ratio,
        return_indices,
        _random_samples,
        rng,
    )


def fractional_walk(
    x: Array, kernel: tuple[int, ...], starts: list[Array]
) -> Iterator[tuple[Array, Array]]:
    """Each cell of the window: what the windows of each plane see there, and where in it.

    `starts` holds one array of shape (N, C, windows) for each pooled axis.
    """
    xp = array_namespace(x)
    pooled = len(kernel)
    plane = xp.reshape(x, (*x.shape[:2], -1))
    for offset in itertools.product(*map(range, kernel)):
        cells = [
            xp.reshape(start + step, (*start.shape[:2], *_column(axis, start.shape[2], pooled)))
            for axis, (start, step) in enumerate(zip(starts, offset, strict=True))
        ]
        position = definition.raster(cells, tuple(x.shape)[2:])
        seen = xp.take_along_axis(plane, xp.reshape(position, (*x.shape[:2], -1)), axis=-1)
        yield xp.reshape(seen, position.shape), position


def interval_starts(samples: Array, size: int, kernel: int, windows: int) -> Array:
    """Where the windows of one axis begin, for each sample, in the samples' own arithmetic."""
    xp = array_namespace(samples)
    u = samples[..., None]
    i = xp.astype(xp.arange(windows - 1, device=device(samples)), samples.dtype)
    last = xp.full_like(u, size - kernel)
    if windows > 1:
        ones = xp.ones_like(u)
        step = ones * (size - kernel) / (ones * (windows - 1))
        starts = xp.trunc((i + u) * step) - xp.trunc(u * step)
        last = xp.concat([starts, last], axis=-1)
    return xp.astype(last, definition.index_dtype(samples))


def _column(axis: int, length: int, pooled: int) -> tuple[int, ...]:
    """The shape that lays a row of starts along one pooled axis."""
    return tuple(length if i == axis else 1 for i in range(pooled))


def _fractional_max_pool(
    name: str,
    pooled: int,
    x: Array,
    kernel_size: Ints,
    output_size: Ints | None,
    output_ratio: Ratio | None,
    return_indices: bool,
    samples: Array | None,
    rng: Any,
) -> Array:
    """Check a call as torch does, and pool."""
    xp = array_namespace(x)
    kernel, windows = rules.check_fractional(
        name, x, pooled, kernel_size, output_size, output_ratio
    )
    check_flag("return_indices", return_indices)
    batch = x if x.ndim == pooled + 2 else x[None]
    if samples is None:
        samples = uniform(x, (*batch.shape[:2], pooled), rng)
    rules.check_samples(name, samples, batch, pooled)
    if 0 in windows or batch.shape[0] == 0:
        values = empty(x, (*x.shape[:-pooled], *windows))
        indices = xp.astype(values, definition.index_dtype(x))
        return (values, indices) if return_indices else values
    # PyTorch gives the first sample of an image to its width, but that of a volume to its depth
    order = reversed(range(pooled)) if pooled == 2 else range(pooled)
    samples = samples[: batch.shape[0]]
    starts = [
        interval_starts(samples[..., at], size, k, o)
        for at, size, k, o in zip(order, batch.shape[2:], kernel, windows, strict=True)
    ]
    views = fractional_walk(batch, kernel, starts)
    values, indices = definition.largest(views, definition.lowest(x))
    if x.ndim == pooled + 1:
        values, indices = values[0], indices[0]
    return (values, indices) if return_indices else values
