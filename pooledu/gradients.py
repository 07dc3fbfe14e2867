"""The backward passes of pooling: which cell of the input gets which part of the gradient.

They take the gradient of the loss with respect to the output, and give that with respect to the
input. As in `pooledu.functional`, the last axes of any array are pooled, on NumPy, torch and JAX,
and sums run in PyTorch's order, so that its gradients are matched to the last bit.
"""

import math
from collections.abc import Sequence
from typing import Any

from array_api_compat import array_namespace

from pooledu.functional import _backward as backward
from pooledu.functional import _core as core
from pooledu.functional._adaptive import shares
from pooledu.functional._core import check_override
from pooledu.functional._lp import check_power, padded
from pooledu.functional._operation import operation
from pooledu.functional._plain import A, zeros
from pooledu.functional._scatter import check_indices
from pooledu.functional._torch_rules import check_array, check_bins, check_dtype, check_result
from pooledu.functional._windows import Axis, PaddingLike, check_sizes, lay_windows
from pooledu.geometry._sizes import check_flag

Array = Any
PerAxis = int | Sequence[int]


@operation
def max_pool_backward(grad_output: A, indices: Array, input_size: Sequence[int]) -> A:
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
    name = "max_pool_backward"
    _check_floats(name, "grad_output", grad_output)
    sizes = check_sizes("input_size", input_size, grad_output.ndim, 0)
    check_indices(name, indices, grad_output, math.prod(sizes))
    check_result(name, grad_output, (*grad_output.shape[: -len(sizes)], *sizes), "input_size")
    if tuple(grad_output.shape) != tuple(indices.shape):
        raise ValueError(
            f"grad_output has the shape {tuple(grad_output.shape)} and indices "
            f"{tuple(indices.shape)}; each gradient needs one index. Give those of one pooling."
        )
    return backward.send(grad_output, indices, sizes)


@operation
def avg_pool_backward(
    grad_output: A,
    input_size: Sequence[int],
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> A:
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
    name = "avg_pool_backward"
    _check_floats(name, "grad_output", grad_output)
    sizes = check_sizes("input_size", input_size, grad_output.ndim, 0)
    check_result(name, grad_output, (*grad_output.shape[: -len(sizes)], *sizes), "input_size")
    axes = lay_windows(sizes, window, stride, padding, dilation, ceil_mode)
    check_flag("count_include_pad", count_include_pad)
    check_override(divisor_override)
    _check_shape(grad_output, axes, len(sizes))
    return backward.share(grad_output, axes, count_include_pad, divisor_override)


@operation
def lp_pool_backward(
    grad_output: A,
    x: Array,
    norm_type: float,
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    mean: bool = False,
) -> A:
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
    name = "lp_pool_backward"
    _check_floats(name, "x", x)
    _check_floats(name, "grad_output", grad_output)
    power = check_power(norm_type)
    if abs(power) == math.inf:
        raise ValueError(
            f"norm_type is {norm_type}; it must be finite. The gradient of a maximum needs its "
            f"indices: use max_pool_backward."
        )
    check_flag("mean", mean)
    xp = array_namespace(x)
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    _check_shape(grad_output, axes, x.ndim)
    averages = core.means(x**power, axes)
    flat = averages == 0
    if power < 0 and (decided := padded(x, axes)) is not None:
        flat = flat | decided  # by the zeros of the padding, whatever the cells are
    cells = 1 if mean else math.prod([axis.kernel for axis in axes])
    slope = (cells * xp.where(flat, 1, averages)) ** (1 / power - 1) * cells
    grad_means = xp.where(flat, 0, grad_output * slope)
    return backward.share(grad_means, axes) * x ** (power - 1)


@operation
def adaptive_avg_pool_backward(grad_output: A, input_size: Sequence[int]) -> A:
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
    name = "adaptive_avg_pool_backward"
    _check_floats(name, "grad_output", grad_output)
    sizes = check_sizes("input_size", input_size, grad_output.ndim, 1)
    check_result(name, grad_output, (*grad_output.shape[: -len(sizes)], *sizes), "input_size")
    check_bins(name, "input_size", sizes)
    bins = tuple(grad_output.shape[-len(sizes) :])
    if 0 in bins:
        return zeros(grad_output, (*grad_output.shape[: -len(sizes)], *sizes))
    return shares(grad_output, sizes, bins)


@operation
def max_unpool_backward(grad_output: A, indices: Array, output_size: Sequence[int]) -> A:
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
    name = "max_unpool_backward"
    _check_floats(name, "grad_output", grad_output)
    check_array(name, indices, "indices")
    sizes = check_sizes("output_size", output_size, grad_output.ndim, 0)
    if grad_output.ndim != indices.ndim:
        raise ValueError(
            f"grad_output has {grad_output.ndim} axes and indices {indices.ndim}; they must have "
            f"as many. Give those of one unpooling."
        )
    lead = tuple(indices.shape[: -len(sizes)])
    if tuple(grad_output.shape) != (*lead, *sizes):
        raise ValueError(
            f"grad_output has the shape {tuple(grad_output.shape)}, and indices of the shape "
            f"{tuple(indices.shape)} put into {sizes} give {(*lead, *sizes)}. Give the gradient of "
            f"that unpooling."
        )
    check_indices(name, indices, grad_output, math.prod(sizes))
    return backward.fetch(grad_output, indices, len(sizes))


def _check_floats(operation: str, argument: str, x: Array) -> None:
    """Refuse what is no array of floats: a gradient of integers would be cut."""
    check_array(operation, x, argument)
    check_dtype(operation, x, "real floating", argument=argument)


def _check_shape(grad_output: Array, axes: list[Axis], at_least_axes: int) -> None:
    """Refuse a gradient that is not of the shape of the pooled array."""
    windows = tuple(axis.windows for axis in axes)
    if tuple(grad_output.shape[-len(axes) :]) != windows or grad_output.ndim < at_least_axes:
        raise ValueError(
            f"grad_output has the shape {tuple(grad_output.shape)}, and the pooling gives "
            f"{windows} windows. Give a gradient of shape (..., {', '.join(map(str, windows))})."
        )
