"""Power averages: the sum form of PyTorch, and the mean form that the mathematics calls a mean."""

import functools
import math
import operator
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

from array_api_compat import array_namespace

from pooledu.functional import _core as core
from pooledu.functional import _definition as definition
from pooledu.functional import _torch_rules as rules
from pooledu.functional._operation import operation
from pooledu.functional._plain import A
from pooledu.functional._torch_rules import Ints
from pooledu.functional._windows import Axis, PaddingLike, lay_windows
from pooledu.geometry._sizes import check_flag

Array = Any
EXACT = 2**53  # the largest int whose neighbours are floats, too
EXTREMES = (math.inf, -math.inf)  # powers whose average is the largest or the smallest


@operation
def lp_pool(
    x: A,
    norm_type: float,
    window: Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: PaddingLike = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    mean: bool = False,
) -> A:
    """Take the power average of each window of the last axes of an array.

    The sum form, PyTorch's, is ``sum(x ** p) ** (1 / p)``; the mean form is
    ``mean(x ** p) ** (1 / p)``, which runs from the mean (p = 1) to the maximum (p to infinity) of
    positive numbers. Powers keep their sign: an odd p does not take absolute values.

    Each library rounds powers in its own way, which depends on the processor. On contiguous torch
    tensors the results are those of PyTorch to the last bit; with NumPy they are about as near to
    the exact value as PyTorch's, whatever the power.

    Parameters
    ----------
    x : array
        Any shape. ``len(window)`` axes at its end are pooled.
    norm_type : float
        The power p, not 0; inf gives the maximum of absolute values. An int takes powers in the
        dtype of `x`, which must be a float or int64; with a float all integers become float32.
    window, stride, dilation, ceil_mode
        As for `max_pool`.
    padding : int, tuple, or {"SAME_UPPER", "SAME_LOWER"}
        As for `max_pool`; it counts as zeros, whatever the power.
    mean : bool
        Take the mean form. A mean counts the padding as `avg_pool` does.

    Returns
    -------
    array
        The power averages; floats, unless p is infinite. A negative sum has no fractional power and
        gives NaN.

    Raises
    ------
    ZeroDivisionError
        If `norm_type` is 0.
    ValueError, TypeError, NotImplementedError
        As `avg_pool`.

    References
    ----------
    Sermanet, Chintala and LeCun, "Convolutional neural networks applied to house numbers digit
    classification", ICPR 2012, https://arxiv.org/abs/1204.3968

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([3.0, 4.0, 0.0, 2.0])
    >>> lp_pool(x, 2, (2,))
    array([5., 2.])
    >>> lp_pool(x, 2, (2,), mean=True)
    array([3.53553391, 1.41421356])
    """
    power = check_power(norm_type)
    check_flag("mean", mean)
    kind = "int64" if isinstance(power, int) else "integral"
    rules.check_dtype("lp_pool", x, "integral" if power in EXTREMES else kind, "real floating")
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    xp = array_namespace(x)
    pooled = _pool(x, power, axes, mean)
    if power == math.inf:
        zeros = definition.unseen(x, axes)
    else:
        zeros = padded(x, axes) if power < 0 else None  # the zeros of the padding decide alone
    return pooled if zeros is None else xp.where(zeros, 0, pooled)


def _pool(x: Array, power: float, axes: list[Axis], mean: bool) -> Array:
    """The power average of each window, to which padding gives nothing."""
    xp = array_namespace(x)
    if power in EXTREMES:
        return core.maxima(xp.abs(x), axes) if power > 0 else -core.maxima(-xp.abs(x), axes)
    averages = core.means((x if isinstance(power, int) else _as_floats(x)) ** power, axes)
    averages = xp.where(averages == 0, 0, averages)  # where the sum is zero, no gradient passes
    cells: float = 1 if mean else math.prod([axis.kernel for axis in axes])
    if xp.isdtype(averages.dtype, "real floating"):
        cells = float(cells)  # an integer may have more than 64 bits
    return _as_floats(averages * cells) ** (1.0 / power)


def padded(x: Array, axes: list[Axis]) -> Array | None:
    """Which windows hold a cell of the padding, or None if there are none."""
    counts = [(axis.counts(True), axis.counts(False)) for axis in axes]
    if all(everything == seen for everything, seen in counts):
        return None
    whole = [[e == s for e, s in zip(*pair, strict=True)] for pair in counts]
    return ~functools.reduce(operator.and_, definition.grid(x, whole))


def check_power(norm_type: float) -> int | float:
    """The power as Python's int or float; NumPy's would make arrays of its own dtype."""
    if not isinstance(norm_type, Real) or isinstance(norm_type, bool):
        raise TypeError(
            f"norm_type is {norm_type!r}; it must be a number, not {type(norm_type).__name__}."
        )
    if norm_type == 0:
        raise ZeroDivisionError("float division by zero: norm_type is 0. Use another power.")
    if norm_type != norm_type:
        raise ValueError("norm_type is nan; it must be a number other than 0. Use another power.")
    if not isinstance(norm_type, Integral):
        return float(norm_type)
    if abs(int(norm_type)) > EXACT:
        raise ValueError(
            f"norm_type is {norm_type}; as an int it must be at most 2**53. Use math.inf for the "
            f"maximum."
        )
    return int(norm_type)


def _as_floats(x: Array) -> Array:
    """Integers as float32, in which PyTorch takes powers of them that are no integers."""
    xp = array_namespace(x)
    return x if xp.isdtype(x.dtype, "real floating") else xp.astype(x, xp.float32)


@operation
def lp_pool1d(
    x: A,
    norm_type: float,
    kernel_size: Ints,
    stride: Ints | None = None,
    ceil_mode: bool = False,
) -> A:
    """Sum powers over each window of a sequence, as `torch.nn.functional.lp_pool1d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OL) or (C, OL)
        ``sum(x ** p) ** (1 / p)`` of each window. A window that `ceil_mode` lets reach beyond the
        input is scaled up, as if it were full.

    {raises}
    ZeroDivisionError
        If `norm_type` is 0.

    References
    ----------
    Sermanet, Chintala and LeCun, "Convolutional neural networks applied to house numbers digit
    classification", ICPR 2012, https://arxiv.org/abs/1204.3968

    Examples
    --------
    >>> import numpy as np
    >>> lp_pool1d(np.array([[3.0, 4.0, 0.0, 2.0]]), 2, 2)
    array([[5., 2.]])
    """
    return _lp_pool("lp_pool1d", 1, x, norm_type, kernel_size, stride, ceil_mode)


@operation
def lp_pool2d(
    x: A,
    norm_type: float,
    kernel_size: Ints,
    stride: Ints | None = None,
    ceil_mode: bool = False,
) -> A:
    """Sum powers over each window of an image, as `torch.nn.functional.lp_pool2d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OH, OW) or (C, OH, OW)
        ``sum(x ** p) ** (1 / p)`` of each window. A window that `ceil_mode` lets reach beyond the
        input is scaled up, as if it were full.

    {raises}
    ZeroDivisionError
        If `norm_type` is 0.

    References
    ----------
    Sermanet, Chintala and LeCun, "Convolutional neural networks applied to house numbers digit
    classification", ICPR 2012, https://arxiv.org/abs/1204.3968

    Examples
    --------
    >>> import numpy as np
    >>> lp_pool2d(np.array([[[1.0, 1.0], [1.0, 1.0]]]), 2, 2)
    array([[[2.]]])
    """
    return _lp_pool("lp_pool2d", 2, x, norm_type, kernel_size, stride, ceil_mode)


@operation
def lp_pool3d(
    x: A,
    norm_type: float,
    kernel_size: Ints,
    stride: Ints | None = None,
    ceil_mode: bool = False,
) -> A:
    """Sum powers over each window of a volume, as `torch.nn.functional.lp_pool3d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OD, OH, OW) or (C, OD, OH, OW)
        ``sum(x ** p) ** (1 / p)`` of each window. A window that `ceil_mode` lets reach beyond the
        input is scaled up, as if it were full.

    {raises}
    ZeroDivisionError
        If `norm_type` is 0.

    References
    ----------
    Sermanet, Chintala and LeCun, "Convolutional neural networks applied to house numbers digit
    classification", ICPR 2012, https://arxiv.org/abs/1204.3968

    Examples
    --------
    >>> import numpy as np
    >>> lp_pool3d(np.ones((1, 2, 2, 2)), 3, 2)
    array([[[[2.]]]])
    """
    return _lp_pool("lp_pool3d", 3, x, norm_type, kernel_size, stride, ceil_mode)


def _lp_pool(
    name: str,
    pooled: int,
    x: Array,
    norm_type: float,
    kernel_size: Ints,
    stride: Ints | None,
    ceil_mode: bool,
) -> Array:
    """Check a call as torch does, which passes it on to another pooling, and pool."""
    power = check_power(norm_type)
    if isinstance(kernel_size, (tuple, list)) and len(kernel_size) != pooled:
        few = f"not enough values to unpack (expected {pooled}, got {len(kernel_size)})"
        many = f"too many values to unpack (expected {pooled})"
        raise ValueError(
            f"{few if len(kernel_size) < pooled else many}: kernel_size is {kernel_size!r}. Give "
            f"one int, or one for each pooled axis."
        )
    inner = f"{'max' if power in EXTREMES else 'avg'}_pool{pooled}d"
    dtypes = rules.INT64_AND_FLOATS if isinstance(power, int) else rules.INTEGERS_AND_FLOATS
    windows = rules.accept(inner, x, pooled, dtypes, kernel_size, stride, 0, 1, ceil_mode)
    return lp_pool(x, norm_type, *windows, ceil_mode)
