"""Pooling of the last axes of any array: what the functions with torch's names stand on."""

from collections.abc import Sequence
from typing import Any

from array_api_compat import is_numpy_array

from pooledu.functional import _blocks as blocks
from pooledu.functional import _definition as definition
from pooledu.functional._torch_rules import check_dtype
from pooledu.functional._windows import PaddingLike, lay_windows

Array = Any


def max_pool(
    x: Array,
    window: Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: PaddingLike = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Array:
    """Take the maximum of each window of the last axes of an array.

    It takes every padding that PyTorch's functions refuse, so that the semantics of ONNX, Flax and
    Keras can be expressed too. Padding never wins: it counts as the lowest value of the dtype.

    Parameters
    ----------
    x : array
        Any shape and any library; real numbers. ``len(window)`` axes at its end are pooled, the
        others are kept.
    window : tuple of int
        Cells of the window on each pooled axis. A tuple, because its length says how many axes.
    stride : int or tuple of int, optional
        Cells from one window to the next; None means `window`.
    padding : int, tuple, or {"SAME_UPPER", "SAME_LOWER"}
        Cells around the input: one number for all sides, or one entry for each pooled axis, which
        is a number or a pair (before, after). "SAME_UPPER" and "SAME_LOWER" make
        ``ceil(size / stride)`` windows.
    dilation : int or tuple of int
        Cells from one cell of a window to the next; 1 leaves no gaps.
    ceil_mode : bool
        Allow a last window that reaches beyond the padded input.
    return_indices : bool
        Also return where in the pooled axes each maximum lies, counted in raster order.

    Returns
    -------
    array, or (array, array)
        The maxima; with `return_indices` also their positions, in the library's default integer.
        The first of equal maxima counts. A NaN wins; of several, the last gives the position.

    Raises
    ------
    ValueError
        If an argument is out of its range or no window fits.
    TypeError
        If `window` is not a tuple, or an entry is not an integer.
    NotImplementedError
        If the dtype is bool or complex.

    References
    ----------
    Riesenhuber and Poggio, "Hierarchical models of object recognition in cortex", Nature
    Neuroscience 2, 1999, which argued for a maximum. Who took one first is not settled.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1, 5, 2, 0], [3, 4, 8, 7], [6, 9, 1, 1], [0, 2, 3, 5]])
    >>> max_pool(x, (2, 2))
    array([[5, 8],
           [9, 5]])
    >>> values, positions = max_pool(x, (2, 2), return_indices=True)
    >>> positions
    array([[ 1,  6],
           [ 9, 15]])
    >>> max_pool(np.array([-3.0, -1.0, -2.0]), (2,), stride=1, padding=((0, 1),))
    array([-1., -1., -2.])
    """
    check_dtype("max_pool", x, "integral", "real floating")
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    way = blocks if is_numpy_array(x) else definition
    return way.max_pool_with_indices(x, axes) if return_indices else way.max_pool(x, axes)


def avg_pool(
    x: Array,
    window: Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: PaddingLike = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """Take the mean of each window of the last axes of an array.

    Parameters
    ----------
    x : array
        Any shape and any library; floats, or int64, whose means are cut toward zero as PyTorch cuts
        them. ``len(window)`` axes at its end are pooled, the others are kept.
    window, stride, padding, dilation, ceil_mode
        As for `max_pool`.
    count_include_pad : bool
        Count the padding as zeros that take part in the mean. A window that reaches beyond the
        padding (`ceil_mode`) never counts what lies there.
    divisor_override : int, optional
        Divide each sum by this number instead.

    Returns
    -------
    array
        The means, in the dtype of `x`. float16 and bfloat16 are summed in float32.

    Raises
    ------
    ValueError
        If an argument is out of its range, no window fits, or `divisor_override` is 0.
    TypeError
        If `window` is not a tuple, or an entry is not an integer.
    NotImplementedError
        If the dtype is neither a float nor int64.

    References
    ----------
    LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 1998, whose
    subsampling layers average.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 8.0, 7.0]])
    >>> avg_pool(x, (2, 2))
    array([[3.25, 4.25]])
    >>> avg_pool(x, (2, 2), padding="SAME_UPPER", stride=(2, 3), count_include_pad=False)
    array([[3.25, 3.5 ]])
    """
    check_dtype("avg_pool", x, "int64", "real floating")
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    if divisor_override == 0:
        raise ValueError("divisor_override is 0; nothing can be divided by it. Give another int.")
    fast = is_numpy_array(x) and x.dtype.kind == "f"
    way = blocks if fast else definition
    return way.avg_pool(x, axes, count_include_pad, divisor_override)
