"""Pooling of padded batches: what a mask leaves out is in no window.

Batches of sequences or images of different sizes are filled up to one size. Their fill is neither
the largest of a window nor counted in its mean.
"""

import functools
import operator
from collections.abc import Sequence
from typing import Any

from array_api_compat import array_namespace, device

from pooledu.functional import _core as core
from pooledu.functional import _definition as definition
from pooledu.functional import _torch_rules as rules
from pooledu.functional._operation import operation
from pooledu.functional._plain import A
from pooledu.functional._windows import PaddingLike, lay_windows
from pooledu.geometry._sizes import check_flag

Array = Any
PerAxis = int | Sequence[int]


@operation
def masked_max_pool(
    x: A,
    mask: Array,
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> A:
    """Take the maximum of the cells of each window that a mask lets in.

    {parameters}

    Returns
    -------
    array
        The maxima; 0 where the mask leaves nothing of a window.

    {raises}

    References
    ----------
    Collobert et al., "Natural language processing (almost) from scratch", JMLR 2011, which pools
    sentences of different lengths.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[[-3.0, -1.0, 0.0, 0.0]], [[-2.0, -5.0, -4.0, 0.0]]])
    >>> masked_max_pool(x, np.array([2, 3]), (2,))
    array([[[-1.,  0.]],
    <BLANKLINE>
           [[-2., -4.]]])
    """
    rules.check_dtype("masked_max_pool", x, "real floating")
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    inside = _mask("masked_max_pool", x, mask, len(axes))
    xp = array_namespace(x)
    largest = core.maxima(xp.where(inside, x, definition.lowest(x)), axes)
    return xp.where(_counts(x, inside, axes) > 0, largest, 0)


@operation
def masked_avg_pool(
    x: A,
    mask: Array,
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> A:
    """Take the mean of the cells of each window that a mask lets in.

    {parameters}

    Returns
    -------
    array
        The means, in the dtype of `x`; 0 where the mask leaves nothing of a window. The padding is
        left out too.

    {raises}

    References
    ----------
    Liu et al., "Image inpainting for irregular holes using partial convolutions", ECCV 2018,
    https://arxiv.org/abs/1804.07723, which divides by the cells that a mask lets in.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[[3.0, 1.0, 0.0, 0.0]], [[2.0, 4.0, 5.0, 0.0]]])
    >>> masked_avg_pool(x, np.array([2, 3]), (2,))
    array([[[2., 0.]],
    <BLANKLINE>
           [[3., 5.]]])
    """
    rules.check_dtype("masked_avg_pool", x, "real floating")
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    inside = _mask("masked_avg_pool", x, mask, len(axes))
    xp = array_namespace(x)
    total = core.means(xp.where(inside, definition.widen(x), 0), axes, True, 1)
    counts = _counts(x, inside, axes)
    return xp.astype(total / xp.where(counts == 0, 1, counts), x.dtype)


@operation
def masked_global_max_pool(x: Array, mask: Array, keepdims: bool = False) -> Array:
    """Take the maximum of the cells of each channel that a mask lets in.

    {parameters}

    Returns
    -------
    array of shape (N, C), or (N, C, 1, ...) with `keepdims`
        The maxima; 0 where the mask leaves nothing of a channel.

    {raises}

    References
    ----------
    Collobert et al., "Natural language processing (almost) from scratch", JMLR 2011, which takes
    the maximum over the words of a sentence.

    Examples
    --------
    >>> import numpy as np
    >>> masked_global_max_pool(np.array([[[-3.0, -1.0, 0.0]]]), np.array([2]))
    array([[-1.]])
    """
    return _masked_global("masked_global_max_pool", masked_max_pool, x, mask, keepdims)


@operation
def masked_global_avg_pool(x: Array, mask: Array, keepdims: bool = False) -> Array:
    """Take the mean of the cells of each channel that a mask lets in.

    {parameters}

    Returns
    -------
    array of shape (N, C), or (N, C, 1, ...) with `keepdims`
        The means; 0 where the mask leaves nothing of a channel.

    {raises}

    References
    ----------
    Lin, Chen and Yan, "Network in network", ICLR 2014, https://arxiv.org/abs/1312.4400

    Examples
    --------
    >>> import numpy as np
    >>> masked_global_avg_pool(np.array([[[3.0, 1.0, 0.0]]]), np.array([2]))
    array([[2.]])
    """
    return _masked_global("masked_global_avg_pool", masked_avg_pool, x, mask, keepdims)


def _masked_global(name: str, pool: Any, x: Array, mask: Array, keepdims: bool) -> Array:
    """Pool with a window as large as the input."""
    if x.ndim < 3 or 0 in tuple(x.shape)[2:]:
        raise RuntimeError(
            f"{name} pools all axes after (N, C), and the shape of x is {tuple(x.shape)}. Give an "
            f"array of shape (N, C, ...) with at least one cell in each channel."
        )
    check_flag("keepdims", keepdims)
    pooled = pool(x, mask, tuple(x.shape[2:]))
    return pooled if keepdims else array_namespace(x).reshape(pooled, tuple(x.shape[:2]))


def _counts(x: Array, inside: Array, axes: list) -> Array:
    """How many cells of each window the mask lets in."""
    xp = array_namespace(x)
    ones = xp.astype(inside, definition.widen(x[..., :0]).dtype)
    return core.means(ones, axes, True, 1)


def _mask(operation: str, x: Array, mask: Array, pooled: int) -> Array:
    """The mask as booleans of the shape of `x`."""
    rules.check_companion(operation, "mask", mask, x)
    xp = array_namespace(x)
    shape = tuple(mask.shape)
    if rules.has_dtype(mask, "integral"):
        mask = _from_lengths(operation, x, mask, pooled)
    elif not rules.has_dtype(mask, "bool"):
        raise TypeError(
            f"{operation}(): argument 'mask' must hold booleans, or integers that are lengths; it "
            f"holds {mask.dtype}. Write mask > 0 for a mask of numbers."
        )
    if not rules.broadcasts(mask, tuple(x.shape)):
        raise ValueError(
            f"mask has the shape {shape}; it must fit the shape of x, which is {tuple(x.shape)}. "
            f"Give a boolean for each cell, with axes of length 1 where it is the same for all."
        )
    return xp.broadcast_to(mask, tuple(x.shape))


def _from_lengths(operation: str, x: Array, lengths: Array, pooled: int) -> Array:
    """Which cells lie within the lengths: one for each sample, or one for each of its axes."""
    xp = array_namespace(x)
    batch = x.shape[0] if x.ndim > pooled else 0
    wanted = {(batch, pooled), (batch,)} if pooled == 1 else {(batch, pooled)}
    if not batch or tuple(lengths.shape) not in wanted:
        raise ValueError(
            f"{operation}(): argument 'mask' has the shape {tuple(lengths.shape)}; as lengths it "
            f"must hold an integer for each of {batch} samples and {pooled} pooled axes. Give "
            f"lengths of that shape, or a mask of booleans."
        )
    lengths = xp.reshape(lengths, (batch, pooled))
    columns = []
    for i in range(pooled):
        cells = xp.arange(x.shape[x.ndim - pooled + i], device=device(x))
        column = cells < lengths[:, i : i + 1]
        around = (1,) * (x.ndim - pooled - 1)
        columns.append(
            xp.reshape(column, (batch, *around, *(-1 if j == i else 1 for j in range(pooled))))
        )
    return functools.reduce(operator.and_, columns)
