"""The backward passes of pooling: which cell of the input gets which part of the gradient.

They take the gradient of the loss with respect to the output, and give that with respect to the
input. As in `pooledu.functional`, the last axes of any array are pooled, on NumPy, torch and JAX,
and sums run in PyTorch's order, so that its gradients are matched to the last bit.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Any

from array_api_compat import array_namespace, is_jax_array

from pooledu import geometry
from pooledu.functional import _definition as definition
from pooledu.functional._scatter import scatter
from pooledu.functional._windows import Axis, PaddingLike, lay_windows

Array = Any
PerAxis = int | Sequence[int]


def max_pool_backward(grad_output: Array, indices: Array, input_size: Sequence[int]) -> Array:
    """Send the gradient of each maximum to the cell where it was found.

    It serves adaptive and fractional pooling as well: their indices mean the same.

    Parameters
    ----------
    grad_output : array
        The gradient with respect to the maxima, of shape `(..., *pooled sizes)`.
    indices : array of int64, of the shape of `grad_output`
        Where each maximum was found, as `max_pool` returns it.
    input_size : tuple of int
        The sizes of the pooled axes before pooling, such as (H, W); without leading axes.

    Returns
    -------
    array of shape `(..., *input_size)`
        The gradient with respect to the input. A cell that is the maximum of several windows gets
        the sum; a cell that is the maximum of none gets 0.

    Raises
    ------
    ValueError
        If `indices` and `grad_output` differ in shape.

    References
    ----------
    Boureau, Ponce and LeCun, "A theoretical analysis of feature pooling in visual recognition",
    ICML 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from pooledu.functional import max_pool
    >>> _, indices = max_pool(np.array([1.0, 7.0, 2.0, 3.0]), (3,), stride=1, return_indices=True)
    >>> max_pool_backward(np.array([10.0, 20.0]), indices, (4,))
    array([ 0., 30.,  0.,  0.])
    """
    if grad_output.shape != indices.shape:
        raise ValueError(
            f"grad_output has the shape {tuple(grad_output.shape)} and indices "
            f"{tuple(indices.shape)}; each gradient needs one index. Give those of one pooling."
        )
    xp = array_namespace(grad_output)
    lead = grad_output.shape[: grad_output.ndim - len(input_size)]
    rows = (*lead, math.prod(grad_output.shape[len(lead) :]))
    grad = scatter(
        xp.reshape(grad_output, rows), xp.reshape(indices, rows), math.prod(input_size), add=True
    )
    return xp.reshape(grad, (*lead, *input_size))


def avg_pool_backward(
    grad_output: Array,
    input_size: Sequence[int],
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """Give each cell of a window an equal part of the gradient of its mean.

    Parameters
    ----------
    grad_output : array
        The gradient with respect to the means, of shape `(..., *pooled sizes)`.
    input_size : tuple of int
        The sizes of the pooled axes before pooling, such as (H, W).
    window, stride, padding, dilation, ceil_mode, count_include_pad, divisor_override
        As they were given to `avg_pool`.

    Returns
    -------
    array of shape `(..., *input_size)`
        The gradient with respect to the input: the sum, over the windows that hold a cell, of their
        gradient divided by their divisor.

    Raises
    ------
    ValueError, TypeError
        As `avg_pool`, and if the shape of `grad_output` is not that of the pooled input.

    References
    ----------
    LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 1998.

    Examples
    --------
    >>> import numpy as np
    >>> avg_pool_backward(np.array([2.0, 4.0]), (3,), (2,), stride=1)
    array([1., 3., 2.])
    """
    axes = lay_windows(input_size, window, stride, padding, dilation, ceil_mode)
    _check_shape(grad_output, axes)
    divisor = definition.divisors(grad_output, axes, count_include_pad, divisor_override)
    xp = array_namespace(grad_output)
    share = grad_output / xp.astype(divisor, grad_output.dtype)
    return _spread(share, axes)


def lp_pool_backward(
    grad_output: Array,
    x: Array,
    norm_type: float,
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    mean: bool = False,
) -> Array:
    """Weight the gradient of each power average by the power of the cell.

    With ``y = (K * m) ** (1 / p)`` and m the mean of ``x ** p`` over n cells, the derivative with
    respect to a cell is ``K / n * (K * m) ** (1 / p - 1) * x ** (p - 1)``. K is the size of the
    window; in the mean form it is 1.

    Parameters
    ----------
    grad_output : array
        The gradient with respect to the power averages.
    x : array
        The input of the pooling; floats.
    norm_type : float
        As it was given to `lp_pool`; finite.
    window, stride, padding, dilation, ceil_mode, mean
        As they were given to `lp_pool`.

    Returns
    -------
    array of the shape of `x`
        The gradient with respect to the input; 0 from a window whose powers sum to 0.

    Raises
    ------
    ValueError, TypeError
        As `avg_pool`, and if the shape of `grad_output` is not that of the pooled input.

    References
    ----------
    Gulcehre et al., "Learned-norm pooling for deep feedforward and recurrent neural networks",
    ECML 2014, https://arxiv.org/abs/1311.1780

    Examples
    --------
    >>> import numpy as np
    >>> lp_pool_backward(np.array([10.0]), np.array([3.0, 4.0]), 2, (2,))
    array([6., 8.])
    """
    xp = array_namespace(x)
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    _check_shape(grad_output, axes)
    divisor = definition.divisors(x, axes, count_include_pad=True)
    means = definition.avg_pool(x**norm_type, axes)
    flat = means == 0
    cells = 1 if mean else math.prod(window)
    slope = (cells * xp.where(flat, 1, means)) ** (1 / norm_type - 1) * cells
    grad_means = xp.where(flat, 0, grad_output * slope)
    return _spread(grad_means / divisor, axes) * x ** (norm_type - 1)


def adaptive_avg_pool_backward(grad_output: Array, input_size: Sequence[int]) -> Array:
    """Give each cell of a bin an equal part of the gradient of its mean.

    Parameters
    ----------
    grad_output : array
        The gradient with respect to the means, of shape `(..., *output sizes)`.
    input_size : tuple of int
        The sizes of the pooled axes before pooling, such as (H, W).

    Returns
    -------
    array of shape `(..., *input_size)`
        The gradient with respect to the input; a cell in several bins gets the sum.

    Raises
    ------
    ValueError
        If a size is below 1.

    References
    ----------
    He et al., "Spatial pyramid pooling in deep convolutional networks for visual recognition", ECCV
    2014, https://arxiv.org/abs/1406.4729

    Examples
    --------
    >>> import numpy as np
    >>> adaptive_avg_pool_backward(np.array([2.0, 2.0]), (3,))
    array([1., 2., 1.])
    """
    pooled = len(input_size)
    output_size = tuple(grad_output.shape[-pooled:])
    pairs = zip(input_size, output_size, strict=True)
    bins = list(itertools.product(*(geometry.adaptive_bins(n, o) for n, o in pairs)))
    grad = definition.zeros_like(grad_output, (*grad_output.shape[:-pooled], *input_size))
    for window, cell in zip(bins, itertools.product(*map(range, output_size)), strict=True):
        share = grad_output[(..., *cell)]
        for start, end in window:
            share = share / (end - start)
        part = (..., *(slice(start, end) for start, end in window))
        grad = _add(grad, part, share[(..., *(None,) * pooled)])
    return grad


def max_unpool_backward(grad_output: Array, indices: Array, output_size: Sequence[int]) -> Array:
    """Fetch the gradient of each value from where unpooling had put it.

    Parameters
    ----------
    grad_output : array of shape `(..., *output_size)`
        The gradient with respect to the unpooled array.
    indices : array of int64, of shape `(..., *pooled sizes)`
        Where each value was put, as it was given to `max_unpool`.
    output_size : tuple of int
        The sizes of the unpooled axes, such as (H, W).

    Returns
    -------
    array of the shape of `indices`
        The gradient with respect to the values. Of values put at the same cell each gets the cell's
        gradient, as in PyTorch, though only the last one shows.

    Raises
    ------
    ValueError
        If the arrays differ in the number of axes.

    References
    ----------
    Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014,
    https://arxiv.org/abs/1311.2901

    Examples
    --------
    >>> import numpy as np
    >>> max_unpool_backward(np.array([1.0, 2.0, 3.0, 4.0]), np.array([3, 0]), (4,))
    array([4., 1.])
    """
    if grad_output.ndim != indices.ndim:
        raise ValueError(
            f"grad_output has {grad_output.ndim} axes and indices {indices.ndim}; they must have "
            f"as many. Give those of one unpooling."
        )
    xp = array_namespace(grad_output)
    lead = indices.shape[: indices.ndim - len(output_size)]
    plane = xp.reshape(grad_output, (*lead, math.prod(output_size)))
    flat = xp.reshape(indices, (*lead, math.prod(indices.shape[len(lead) :])))
    return xp.reshape(xp.take_along_axis(plane, flat, axis=-1), indices.shape)


def _spread(share: Array, axes: list[Axis]) -> Array:
    """The walk of the definition backwards: each window adds its share to each of its cells."""
    lead = share.shape[: share.ndim - len(axes)]
    padded = [axis.before + axis.size + max(axis.reach, 0) for axis in axes]
    grad = definition.zeros_like(share, (*lead, *padded))
    # the last offset first: then a cell receives from its windows in raster order, as in PyTorch
    for offset in reversed(list(itertools.product(*(range(axis.kernel) for axis in axes)))):
        seen = (axis.inside(cell) for axis, cell in zip(axes, offset, strict=True))
        grad = _add(grad, (..., *seen), share)
    return grad[(..., *(slice(axis.before, axis.before + axis.size) for axis in axes))]


def _add(array: Array, part: tuple, values: Array) -> Array:
    """`array` with `values` added to a part of it; a JAX array cannot change, the others do."""
    if is_jax_array(array):
        return array.at[part].add(values)
    array[part] += values
    return array


def _check_shape(grad_output: Array, axes: list[Axis]) -> None:
    """Refuse a gradient that is not of the shape of the pooled array."""
    windows = tuple(axis.windows for axis in axes)
    if tuple(grad_output.shape[-len(axes) :]) != windows:
        raise ValueError(
            f"grad_output has the shape {tuple(grad_output.shape)}, and the pooling gives "
            f"{windows} windows. Give a gradient of shape (..., {', '.join(map(str, windows))})."
        )
