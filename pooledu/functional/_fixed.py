"""Windows of a fixed size, under the names of `torch.nn.functional`."""

from typing import Any

from pooledu.functional import _core as core
from pooledu.functional import _torch_rules as rules
from pooledu.functional._operation import operation
from pooledu.functional._plain import A
from pooledu.functional._torch_rules import Ints
from pooledu.functional._windows import lay_windows

Array = Any


@operation
def max_pool1d(
    x: Array,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Array:
    """Take the maximum of each window of a sequence, as `torch.nn.functional.max_pool1d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OL) or (C, OL), or (array, array)
        The maxima; with `return_indices` also their positions.

    {raises}

    References
    ----------
    Collobert et al., "Natural language processing (almost) from scratch", JMLR 2011, which pools
    sequences by their maximum over time.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[3.0, 1.0, 4.0, 1.0, 5.0]])
    >>> max_pool1d(x, 2)
    array([[3., 4.]])
    >>> max_pool1d(x, 3, stride=2, padding=1)
    array([[3., 4., 5.]])
    """
    return _max_pool(
        "max_pool1d", 1, x, kernel_size, stride, padding, dilation, ceil_mode, return_indices
    )


@operation
def max_pool2d(
    x: Array,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Array:
    """Take the maximum of each window of an image, as `torch.nn.functional.max_pool2d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OH, OW) or (C, OH, OW), or (array, array)
        The maxima; with `return_indices` also their positions.

    {raises}

    References
    ----------
    Riesenhuber and Poggio, "Hierarchical models of object recognition in cortex", Nature
    Neuroscience 2, 1999.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(16.0).reshape(1, 4, 4)
    >>> max_pool2d(x, 2)
    array([[[ 5.,  7.],
            [13., 15.]]])
    >>> values, positions = max_pool2d(-x, 2, return_indices=True)
    >>> positions
    array([[[ 0,  2],
            [ 8, 10]]])
    """
    return _max_pool(
        "max_pool2d", 2, x, kernel_size, stride, padding, dilation, ceil_mode, return_indices
    )


@operation
def max_pool3d(
    x: Array,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Array:
    """Take the maximum of each window of a volume, as `torch.nn.functional.max_pool3d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OD, OH, OW) or (C, OD, OH, OW), or (array, array)
        The maxima; with `return_indices` also their positions.

    {raises}

    References
    ----------
    Ji et al., "3D convolutional neural networks for human action recognition", TPAMI 2013, and
    Tran et al., "Learning spatiotemporal features with 3D convolutional networks", ICCV 2015.

    Examples
    --------
    >>> import numpy as np
    >>> max_pool3d(np.arange(16.0).reshape(1, 2, 2, 4), 2)
    array([[[[13., 15.]]]])
    """
    return _max_pool(
        "max_pool3d", 3, x, kernel_size, stride, padding, dilation, ceil_mode, return_indices
    )


@operation
def avg_pool1d(
    x: A,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> A:
    """Take the mean of each window of a sequence, as `torch.nn.functional.avg_pool1d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OL) or (C, OL)
        The means, in the dtype of `x`.

    {raises}

    References
    ----------
    LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 1998.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[3.0, 1.0, 4.0, 1.0, 5.0]])
    >>> avg_pool1d(x, 2)
    array([[2. , 2.5]])
    >>> avg_pool1d(x, 3, padding=1, count_include_pad=False)
    array([[2.        , 3.33333333]])
    """
    return _avg_pool(
        "avg_pool1d", 1, x, kernel_size, stride, padding, ceil_mode, count_include_pad, None
    )


@operation
def avg_pool2d(
    x: A,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> A:
    """Take the mean of each window of an image, as `torch.nn.functional.avg_pool2d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OH, OW) or (C, OH, OW)
        The means, in the dtype of `x`; those of int64 are cut toward zero.

    {raises}

    References
    ----------
    LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 1998.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(16.0).reshape(1, 4, 4)
    >>> avg_pool2d(x, 2)
    array([[[ 2.5,  4.5],
            [10.5, 12.5]]])
    >>> avg_pool2d(x, 2, divisor_override=1)
    array([[[10., 18.],
            [42., 50.]]])
    """
    return _avg_pool(
        "avg_pool2d",
        2,
        x,
        kernel_size,
        stride,
        padding,
        ceil_mode,
        count_include_pad,
        divisor_override,
    )


@operation
def avg_pool3d(
    x: A,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> A:
    """Take the mean of each window of a volume, as `torch.nn.functional.avg_pool3d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OD, OH, OW) or (C, OD, OH, OW)
        The means, in the dtype of `x`; those of int64 are cut toward zero.

    {raises}

    References
    ----------
    Tran et al., "Learning spatiotemporal features with 3D convolutional networks", ICCV 2015.

    Examples
    --------
    >>> import numpy as np
    >>> avg_pool3d(np.arange(16.0).reshape(1, 2, 2, 4), 2)
    array([[[[6.5, 8.5]]]])
    """
    return _avg_pool(
        "avg_pool3d",
        3,
        x,
        kernel_size,
        stride,
        padding,
        ceil_mode,
        count_include_pad,
        divisor_override,
    )


def _max_pool(
    name: str,
    pooled: int,
    x: Array,
    kernel_size: Ints,
    stride: Ints | None,
    padding: Ints,
    dilation: Ints,
    ceil_mode: bool,
    return_indices: bool,
) -> Array:
    """Check a call as torch does, and pool."""
    given = (kernel_size, stride, padding, dilation, ceil_mode)
    windows = rules.accept(name, x, pooled, rules.INTEGERS_AND_FLOATS, *given)
    rules.check_flag(name, "return_indices", return_indices)
    return core.maxima(x, lay_windows(x.shape, *windows, ceil_mode), return_indices)


def _avg_pool(
    name: str,
    pooled: int,
    x: Array,
    kernel_size: Ints,
    stride: Ints | None,
    padding: Ints,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Array:
    """Check a call as torch does, and pool."""
    rules.check_divisor(name, divisor_override)
    given = (kernel_size, stride, padding, 1, ceil_mode)
    windows = rules.accept(name, x, pooled, rules.INT64_AND_FLOATS, *given)
    rules.check_flag(name, "count_include_pad", count_include_pad)
    axes = lay_windows(x.shape, *windows, ceil_mode)
    return core.means(x, axes, count_include_pad, divisor_override)
