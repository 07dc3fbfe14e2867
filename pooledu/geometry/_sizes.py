"""Sizes, starts, bins and paddings of one axis."""

import operator
from collections.abc import Iterable
from numbers import Real
from typing import NamedTuple

Padding = int | tuple[int, int]

LONGEST = 10_000_000  # entries of a list: about a gigabyte


def output_size(
    size: int,
    kernel_size: int,
    stride: int | None = None,
    padding: Padding = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> int:
    """Count the windows that fit on one axis, by PyTorch's rule.

    With padding `before` and `after` the input, the count is
    ``(size + before + after - dilation * (kernel_size - 1) - 1) / stride + 1``, rounded down. With
    `ceil_mode` the quotient is rounded up, and the last window is dropped if it would begin beyond
    the input and the padding before it.

    Parameters
    ----------
    size : int
        Cells of the input, at least 0.
    kernel_size : int
        Cells of the window, at least 1.
    stride : int, optional
        Cells from one window to the next, at least 1; None means `kernel_size`.
    padding : int or (int, int)
        Cells added on both sides, or (before, after).
    dilation : int
        Cells from one cell of the window to the next, at least 1; 1 leaves no gaps.
    ceil_mode : bool
        Allow a last window that reaches beyond the padded input.

    Returns
    -------
    int
        The number of windows, at least 1.

    Raises
    ------
    ValueError
        If an argument is out of its range, or not even one window fits.
    TypeError
        If an argument is not an integer.

    References
    ----------
    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016,
    https://arxiv.org/abs/1603.07285

    Examples
    --------
    >>> output_size(112, 3, stride=2, padding=1)
    56
    >>> output_size(6, 3, stride=2), output_size(6, 3, stride=2, ceil_mode=True)
    (2, 3)

    Rounding up does not promise to reach every cell: the stride may step over the last ones.

    >>> output_size(6, 1, stride=2, ceil_mode=True), window_starts(6, 1, stride=2, ceil_mode=True)
    (3, [0, 2, 4])
    """
    size = at_least("size", size, 0)
    kernel_size, stride, (before, after), dilation = check_window(
        kernel_size, stride, padding, dilation
    )
    check_flag("ceil_mode", ceil_mode)
    return count_windows(size, kernel_size, stride, before, after, dilation, ceil_mode)


def count_windows(
    size: int,
    kernel_size: int,
    stride: int,
    before: int,
    after: int,
    dilation: int,
    ceil_mode: bool,
) -> int:
    """Count as `output_size`, of arguments that are checked."""
    reach = dilation * (kernel_size - 1) + 1
    room = size + before + after - reach
    windows = (room + (stride - 1 if ceil_mode else 0)) // stride + 1
    if ceil_mode and (windows - 1) * stride >= size + before:
        windows -= 1
    if windows < 1:
        raise ValueError(
            f"no window fits: it spans {reach} cells (kernel_size="
            f"{kernel_size}, dilation={dilation}), and the padded input has "
            f"{before} + {size} + {after}. Use a smaller kernel or dilation, or more padding."
        )
    return windows


def window_starts(
    size: int,
    kernel_size: int,
    stride: int | None = None,
    padding: Padding = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> list[int]:
    """List where each window begins; a start in the padding before the input is negative.

    Parameters
    ----------
    size, kernel_size, stride, padding, dilation, ceil_mode
        As for `output_size`.

    Returns
    -------
    list of int
        The position of the first cell of each window.

    Raises
    ------
    ValueError, TypeError
        As `output_size`.

    Examples
    --------
    >>> window_starts(5, 3, stride=2, padding=1)
    [-1, 1, 3]
    """
    windows = output_size(size, kernel_size, stride, padding, dilation, ceil_mode)
    _check_length(windows)
    _, stride, (before, _), _ = check_window(kernel_size, stride, padding, dilation)
    return [i * stride - before for i in range(windows)]


def span(kernel_size: int, dilation: int = 1) -> int:
    """Count the cells from the first to the last of a window, gaps included.

    Parameters
    ----------
    kernel_size : int
        Cells of the window, at least 1.
    dilation : int
        Cells from one cell of the window to the next, at least 1.

    Returns
    -------
    int
        ``dilation * (kernel_size - 1) + 1``

    Raises
    ------
    ValueError, TypeError
        As `output_size`.

    Examples
    --------
    >>> span(3), span(3, dilation=2)
    (3, 5)
    """
    kernel_size = at_least("kernel_size", kernel_size, 1)
    return at_least("dilation", dilation, 1) * (kernel_size - 1) + 1


def adaptive_bins(in_size: int, out_size: int) -> list[tuple[int, int]]:
    """Divide an axis into bins as PyTorch's adaptive pooling does.

    Bin `i` begins at ``floor(i * in_size / out_size)`` and ends before
    ``ceil((i + 1) * in_size / out_size)``. Neighbours overlap where the sizes do not divide.

    Parameters
    ----------
    in_size : int
        Cells of the input, at least 1.
    out_size : int
        Number of bins, at least 1; more bins than cells is legal and repeats cells.

    Returns
    -------
    list of (int, int)
        The start and the end of each bin; the end is exclusive.

    Raises
    ------
    ValueError
        If a size is below 1.
    TypeError
        If a size is not an integer.

    Examples
    --------
    >>> adaptive_bins(6, 3)
    [(0, 2), (2, 4), (4, 6)]
    >>> adaptive_bins(5, 3)
    [(0, 2), (1, 4), (3, 5)]
    >>> adaptive_bins(2, 3)
    [(0, 1), (0, 2), (1, 2)]
    """
    in_size, out_size = at_least("in_size", in_size, 1), at_least("out_size", out_size, 1)
    _check_length(out_size)
    return [
        (i * in_size // out_size, -(-(i + 1) * in_size // out_size))  # -(-a // b) rounds up
        for i in range(out_size)
    ]


def same_padding(
    size: int,
    kernel_size: int,
    stride: int | None = None,
    dilation: int = 1,
    mode: str = "SAME_UPPER",
) -> tuple[int, int]:
    """Find the padding with which the output has ``ceil(size / stride)`` cells.

    Parameters
    ----------
    size, kernel_size, stride, dilation
        As for `output_size`.
    mode : {"SAME_UPPER", "SAME_LOWER"}
        Where the odd cell of an odd total goes: after the input (ONNX's SAME_UPPER; TensorFlow,
        Keras and JAX know no other) or before it (SAME_LOWER).

    Returns
    -------
    (int, int)
        The cells before and after the input.

    Raises
    ------
    ValueError
        If an argument is out of its range or `mode` is another word.
    TypeError
        If a size is not an integer.

    Examples
    --------
    >>> same_padding(5, 3, stride=1)
    (1, 1)
    >>> same_padding(6, 3, stride=2), same_padding(6, 3, stride=2, mode="SAME_LOWER")
    ((0, 1), (1, 0))
    """
    if not isinstance(mode, str) or mode not in ("SAME_UPPER", "SAME_LOWER"):
        raise ValueError(f"mode is {mode!r}; it must be 'SAME_UPPER' or 'SAME_LOWER'.")
    size = at_least("size", size, 0)
    kernel_size, stride, _, dilation = check_window(kernel_size, stride, 0, dilation)
    windows = -(-size // stride)
    total = max((windows - 1) * stride + span(kernel_size, dilation) - size, 0)
    small, large = total // 2, total - total // 2
    return (small, large) if mode == "SAME_UPPER" else (large, small)


def fractional_starts(in_size: int, out_size: int, kernel_size: int, u: float) -> list[int]:
    """List where the windows of fractional max pooling begin.

    Window `i` begins at ``int((i + u) * a) - int(u * a)`` with
    ``a = (in_size - kernel_size) / (out_size - 1)``, and the last at ``in_size - kernel_size``.

    Parameters
    ----------
    in_size : int
        Cells of the input.
    out_size : int
        Number of windows, at least 1.
    kernel_size : int
        Cells of the window, from 1 to `in_size`.
    u : float
        The number drawn for this axis, ``0 <= u < 1``.

    Returns
    -------
    list of int
        The position of the first cell of each window.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    TypeError
        If a size is not an integer.

    References
    ----------
    Graham, "Fractional max-pooling", 2014, https://arxiv.org/abs/1412.6071

    Examples
    --------
    >>> fractional_starts(10, 5, 2, u=0.6)
    [0, 2, 4, 6, 8]
    >>> fractional_starts(10, 7, 2, u=0.6)
    [0, 2, 3, 4, 6, 7, 8]
    """
    in_size, out_size = at_least("in_size", in_size, 1), at_least("out_size", out_size, 1)
    kernel_size = at_least("kernel_size", kernel_size, 1)
    last = in_size - kernel_size
    if last < 0:
        raise ValueError(
            f"a window of {kernel_size} cells does not fit into {in_size}. Use a kernel_size of at "
            f"most {in_size}."
        )
    if not isinstance(u, Real):
        raise TypeError(f"u is {u!r}; it must be a number, not {type(u).__name__}.")
    if not 0 <= u < 1:
        raise ValueError(f"u is {u}; it must be at least 0 and below 1.")
    _check_length(out_size)
    u = float(u)  # a NumPy number would count in its own, maybe smaller, dtype
    step = last / (out_size - 1) if out_size > 1 else 0.0
    return [int((i + u) * step) - int(u * step) for i in range(out_size - 1)] + [last]


def unpool_sizes(
    size: int, kernel_size: int, stride: int | None = None, padding: Padding = 0
) -> range:
    """List the input sizes that pool to a given number of windows, the smallest first.

    Unpooling must choose among them; the smallest is its default.

    Parameters
    ----------
    size : int
        Number of windows, at least 1.
    kernel_size, stride, padding
        As for `output_size`.

    Returns
    -------
    range
        As many sizes as the stride.

    Raises
    ------
    ValueError, TypeError
        As `output_size`.

    Examples
    --------
    >>> list(unpool_sizes(4, 2))
    [8, 9]
    >>> {output_size(n, 3, stride=3, padding=1) for n in unpool_sizes(5, 3, stride=3, padding=1)}
    {5}
    """
    size = at_least("size", size, 1)
    kernel_size, stride, (before, after), _ = check_window(kernel_size, stride, padding, 1)
    smallest = (size - 1) * stride + kernel_size - before - after
    return range(smallest, smallest + stride)


class Window(NamedTuple):
    """One answer to the question which window gives a certain output size."""

    kernel_size: int
    stride: int
    padding: int


def find_windows(
    in_size: int,
    out_size: int,
    kernel_sizes: Iterable[int] = range(1, 8),
    dilation: int = 1,
    ceil_mode: bool = False,
) -> list[Window]:
    """List the windows that pool one size to another: the inverse of `output_size`.

    Parameters
    ----------
    in_size : int
        Cells before pooling, at least 1.
    out_size : int
        Cells after pooling, at least 1.
    kernel_sizes : iterable of int
        The kernel sizes to try.
    dilation, ceil_mode
        As for `output_size`.

    Returns
    -------
    list of Window
        Each is (kernel_size, stride, padding), with the padding at most half the kernel, as PyTorch
        wants it; the smallest kernels first.

    Raises
    ------
    ValueError, TypeError
        As `output_size`.

    Examples
    --------
    >>> find_windows(112, 56, kernel_sizes=[2, 3])
    [Window(kernel_size=2, stride=2, padding=0), Window(kernel_size=3, stride=2, padding=1)]
    """
    in_size, out_size = at_least("in_size", in_size, 1), at_least("out_size", out_size, 1)
    try:
        kernel_sizes = list(kernel_sizes)
    except TypeError:
        raise TypeError(
            f"kernel_sizes is {kernel_sizes!r}; it must be an iterable of integers, such as [2, 3]."
        ) from None
    kernels = [at_least("kernel_sizes", k, 1) for k in kernel_sizes]
    at_least("dilation", dilation, 1)
    check_flag("ceil_mode", ceil_mode)
    _check_length(in_size)
    return [
        Window(k, s, p)
        for k in kernels
        for s in range(1, in_size + k)
        for p in range(k // 2 + 1)
        if span(k, dilation) <= in_size + 2 * p
        and output_size(in_size, k, s, p, dilation, ceil_mode) == out_size
    ]


def check_window(
    kernel_size: int, stride: int | None, padding: Padding, dilation: int
) -> tuple[int, int, tuple[int, int], int]:
    """Refuse what no window can have; give kernel, stride, padding of each side and dilation."""
    kernel_size = at_least("kernel_size", kernel_size, 1)
    dilation = at_least("dilation", dilation, 1)
    stride = kernel_size if stride is None else at_least("stride", stride, 1)
    return kernel_size, stride, _check_padding(padding), dilation


def _check_padding(padding: Padding) -> tuple[int, int]:
    """The cells before and after the input."""
    sides = padding if isinstance(padding, (tuple, list)) else (padding, padding)
    if len(sides) != 2:
        raise ValueError(
            f"padding is {padding!r}; it must be an integer for both sides of an axis, or a pair "
            f"(before, after)."
        )
    before, after = (at_least("padding", side, 0) for side in sides)
    return before, after


def check_flag(name: str, value: bool) -> None:
    """Refuse a flag that is not a bool."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}; it must be True or False.")


def _check_length(entries: int) -> None:
    """Refuse a list that no memory holds, before it is begun."""
    if entries > LONGEST:
        raise ValueError(
            f"the list would have {entries} entries, and it must have at most {LONGEST}. Use a "
            f"smaller size, or a larger stride."
        )


def at_least(name: str, value: int, smallest: int) -> int:
    """`value` as an int, or an error that names it."""
    if isinstance(value, bool):
        raise TypeError(f"{name} is {value}; it must be an integer. Write {int(value)}.")
    try:
        value = operator.index(value)
    except TypeError:
        raise TypeError(
            f"{name} is {value!r}; it must be an integer, not {type(value).__name__}."
        ) from None
    if value < smallest:
        raise ValueError(f"{name} is {value}; it must be at least {smallest}.")
    return value
