"""Pooling of the last axes of any array: what the functions with torch's names stand on."""

from collections.abc import Callable, Sequence
from dataclasses import astuple
from typing import Any

from array_api_compat import array_namespace, device, is_torch_array

from pooledu.functional import _blocks as blocks
from pooledu.functional import _definition as definition
from pooledu.functional._operation import operation
from pooledu.functional._plain import A, as_numpy_floats, in_library_of, plain
from pooledu.functional._torch_rules import check_dtype
from pooledu.functional._windows import Axis, PaddingLike, lay_windows
from pooledu.geometry._sizes import at_least, check_flag

Array = Any


@operation
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
    check_flag("return_indices", return_indices)
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    return maxima(x, axes, return_indices)


@operation
def avg_pool(
    x: A,
    window: Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: PaddingLike = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> A:
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
    check_flag("count_include_pad", count_include_pad)
    check_override(divisor_override)
    return means(x, axes, count_include_pad, divisor_override)


def check_override(divisor: int | None) -> None:
    """Refuse a divisor that is no integer of 64 bits, or 0."""
    if divisor is None:
        return
    number = at_least("divisor_override", divisor, -(2**63))
    if number == 0 or number >= 2**63:
        rule = "nothing can be divided by it" if number == 0 else "it must be below 2**63"
        raise ValueError(f"divisor_override is {number}; {rule}. Give another int.")


def maxima(x: Array, axes: list[Axis], return_indices: bool = False) -> Array:
    """The maximum of each window, and if asked its position, in the quickest way for `x`."""
    if not is_torch_array(x) or plain(x) is not None:
        return quick_maxima(x, axes, return_indices)
    from pooledu.functional import _torch as watched

    found = watched.maxima(x, "fixed", len(axes), tuple(map(astuple, axes)))
    return found if return_indices else found[0]


def quick_maxima(x: Array, axes: list[Axis], return_indices: bool) -> Array:
    """`maxima` by blocks where NumPy sees the numbers, else by the definition."""
    parts, near = zip(*(axis.near() for axis in axes), strict=True)
    numbers = plain(as_numpy_floats(x))
    if numbers is None:
        pool = definition.max_pool_with_indices if return_indices else definition.max_pool
        found = pool(x, list(near))
    else:
        quick = blocks.max_pool_with_indices if return_indices else blocks.max_pool
        found = in_library_of(x, quick(numbers, list(near)))
    if _all_of(parts, axes):
        return found
    values, indices = found if return_indices else (found, None)
    values = embed(values, parts, axes, definition.lowest(x))
    if indices is None:
        return values
    first = definition.positions(x, axes)[1]
    xp = array_namespace(indices)
    inside = embed(xp.ones_like(indices), parts, axes, 0) == 1
    return values, xp.where(inside, embed(indices, parts, axes, 0), first)


def means(
    x: Array, axes: list[Axis], count_include_pad: bool = True, override: int | None = None
) -> Array:
    """The mean of each window, in the quickest way for `x`."""
    if not is_torch_array(x) or plain(x) is not None:
        return quick_means(x, axes, count_include_pad, override)
    from pooledu.functional import _torch as watched

    return watched.means(x, "fixed", tuple(map(astuple, axes)), count_include_pad, override)


def quick_means(x: Array, axes: list[Axis], count_include_pad: bool, override: int | None) -> Array:
    """`means` by blocks where NumPy sees the numbers, else by the definition."""
    parts, near = zip(*(axis.near() for axis in axes), strict=True)
    if near == tuple(axes):
        return _near_means(x, axes, count_include_pad, override)
    total = embed(_near_means(definition.widen(x), list(near), True, 1), parts, axes, 0)
    divisor = definition.divisors(x, axes, count_include_pad, override)
    return array_namespace(x).astype(definition.divide(total, divisor), x.dtype) + 0


def _near_means(x: Array, axes: list[Axis], count_include_pad: bool, override: int | None) -> Array:
    """The mean of each window, every one of which reaches the input."""
    numbers = plain(as_numpy_floats(x))
    if numbers is None or numbers.dtype.kind not in "fi":
        return definition.avg_pool(x, axes, count_include_pad, override)
    return in_library_of(x, blocks.avg_pool(numbers, axes, count_include_pad, override))


def on_near(
    pool: Callable[[Array, list[Axis]], Array], x: Array, axes: list[Axis], outside: float
) -> Array:
    """Pool with the windows that reach the input; the result of the others is `outside`."""
    parts, near = zip(*(axis.near() for axis in axes), strict=True)
    return embed(pool(x, list(near)), parts, axes, outside)


def _all_of(parts: tuple[slice, ...], axes: list[Axis]) -> bool:
    """Whether every window reaches the input."""
    return all(
        part.stop - part.start == axis.windows for part, axis in zip(parts, axes, strict=True)
    )


def embed(values: Array, parts: tuple[slice, ...], axes: list[Axis], outside: float) -> Array:
    """The results of some windows among those of all, the others being `outside`."""
    if _all_of(parts, axes):
        return values
    xp = array_namespace(values)
    for i, (part, axis) in enumerate(zip(parts, axes, strict=True), start=values.ndim - len(axes)):
        before, after = (
            xp.full(
                (*values.shape[:i], cells, *values.shape[i + 1 :]),
                outside,
                dtype=values.dtype,
                device=device(values),
            )
            for cells in (part.start, axis.windows - part.stop)
        )
        values = xp.concat([before, values, after], axis=i)
    return values
