"""`output_size(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False)`.

How many windows fit along an axis: an int, by PyTorch's rule, the dropped last window of
`ceil_mode` included.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pooledu import geometry
from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import (
    CEIL,
    DEFAULT_STRIDE,
    DILATION,
    DROPPED,
    FLOOR,
    FORMULA,
    PADDING,
    STRIDE,
)
from pooledu.exercises.ps1_windows.axis import off_by_one, show_axis

MANY = 100_000


def _sizes(rng: Draw) -> Iterator[Case]:
    """The ladder of output_size."""

    def steps(size: int, stride: int) -> int:
        """Add some steps: as many cells are left over as before.

        A student sees small numbers; the judge's are too many to list.
        """
        return size + stride * int(rng.integers(2, 8 if rng.local else MANY))

    size = 3 if rng.local else int(rng.integers(3, MANY))
    yield Case("a window as large as the input fits once", (size, size))
    yield Case("windows that tile the input; the stride is the kernel size", (steps(4, 2), 2))
    yield Case("a window of one cell", (steps(4, 1), 1))
    yield Case("a stride of 1", (steps(4, 1), 3, 1))
    yield Case("cells left over at the end are dropped", (steps(3, 2), 2))
    yield Case("a stride that does not divide", (steps(8, 3), 5, 3))
    yield Case("a single cell left over", (steps(8, 3), 4, 3))
    yield Case("a stride larger than the window", (steps(4, 3), 2, 3))
    yield Case("padding on both sides", (steps(6, 2), 3, 2), {"padding": 1})
    yield Case("more padding", (steps(9, 1), 5, 1), {"padding": 2})
    yield Case("a dilated window spans more cells", (steps(9, 1), 3, 1), {"dilation": 2})
    yield Case("a dilated window without a stride", (steps(9, 3), 3), {"dilation": 2})
    yield Case("padding and dilation together", (steps(15, 3), 4, 3), {"padding": 2, "dilation": 2})
    yield Case("rounding up adds a window", (steps(4, 2), 3), {"stride": 2, "ceil_mode": True})
    yield Case(
        "rounding up changes nothing where it divides", (steps(5, 2), 3, 2), {"ceil_mode": True}
    )
    yield Case(
        "a last window that begins in the padding is dropped",
        (steps(5, 2), 2, 2),
        {"padding": 1, "ceil_mode": True},
    )
    yield Case(
        "a last window that begins in the last cell is kept",
        (steps(4, 2), 2, 2),
        {"padding": 1, "ceil_mode": True},
    )
    yield Case(
        "a last window that begins beyond the padding is dropped",
        (steps(3, 5), 2, 5),
        {"padding": 1, "ceil_mode": True},
    )
    yield Case(
        "rounding up adds a window that begins in the last cell",
        (steps(4, 2), 3, 2),
        {"padding": 1, "ceil_mode": True},
    )
    yield Case("rounding up without a stride", (steps(7, 3), 3), {"ceil_mode": True})
    yield Case(
        "a last window that begins beyond the input is dropped",
        (steps(4, 2), 1, 2),
        {"ceil_mode": True},
    )
    n, m, k, odd = (3 if rng.local else 2 * int(rng.integers(2, MANY)) + 1 for _ in range(4))
    yield Case("half of a window in the padding", (n, 2 * n, None, n))
    yield Case("half of a window in the padding, rounding up", (m, 2 * m, None, m, 1, True))
    yield Case("a stride of 1 and half of a window in the padding", (k, 2 * k, 1, k, 1, True))
    room = (odd, odd + 1, 3 * odd, (odd + 1) // 2, 2, True)
    yield Case("a dilated window over input and padding, rounding up", room)
    one = {"dilation": 2, "ceil_mode": True}
    yield Case("a window of one cell, dilated, rounding up", (steps(4, 1), 1), one)
    yield Case(
        "everything at once",
        (steps(10, 3), 3, 3),
        {"padding": 1, "dilation": 2, "ceil_mode": True},
    )
    yield Case("NumPy integers", (np.int64(steps(21, 3)), np.int64(4), np.int64(3)))
    photograph = {"size": steps(225, 2), "kernel_size": 7, "stride": 2, "padding": 3}
    yield Case("a photograph; every argument by name", (), photograph)
    yield Case("a large input", (steps(500, 3) + steps(0, 30), 5, 3, 2, 2, True))


output_size = Exercise(
    "output_size",
    oracle=geometry.output_size,
    ladder=_sizes,
    show=show_axis,
    explain=off_by_one,
    words={
        "one window more": "It returned {returned}, and {expected} was expected: one window too "
        "many.",
        "one window less": "It returned {returned}, and {expected} was expected: one window too "
        "few.",
    },
    link=FORMULA,
)


def _span(kernel_size: int, dilation: int) -> int:
    """The cells from the first to the last of a window."""
    return dilation * (kernel_size - 1) + 1


def _size(room: int, stride: int, ceil_mode: bool, size: int, padding: int) -> int:
    """The rule, from the room that a window has to move."""
    count = (room + (stride - 1 if ceil_mode else 0)) // stride + 1
    return count - (ceil_mode and (count - 1) * stride >= size + padding)


@output_size.mistake(
    "Count the windows of 1 cell over 3 cells: one is already there before any step is made.",
    FORMULA,
)
def no_plus_one(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """It counts the steps between windows and not the windows: the `+ 1` is missing."""
    s = stride or kernel_size
    return _size(size + 2 * padding - _span(kernel_size, dilation), s, ceil_mode, size, padding) - 1


@output_size.mistake("Seven cells and a window of two: does the seventh cell get a window?", FLOOR)
def always_rounds_up(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """It rounds up although `ceil_mode` is False."""
    s = stride or kernel_size
    return _size(size + 2 * padding - _span(kernel_size, dilation), s, True, size, padding)


@output_size.mistake("`round` goes to the nearest whole number, and `//` goes down.", FLOOR)
def rounds_to_nearest(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """It rounds to the nearest whole number, and not down."""
    s = stride or kernel_size
    if ceil_mode:
        return geometry.output_size(size, kernel_size, s, padding, dilation, True)
    return int((size + 2 * padding - _span(kernel_size, dilation)) / s + 0.5) + 1


@output_size.mistake(
    "In Python `/` gives a float, also where it divides; `//` gives an int and rounds down.", FLOOR
)
def true_division(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """It divides with `/`, so the result is a float."""
    s = stride or kernel_size
    return float((size + 2 * padding - _span(kernel_size, dilation)) / s + 1)


@output_size.mistake("Padding is added before the first cell and after the last.", PADDING)
def padding_once(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """It adds the padding on one side only."""
    s = stride or kernel_size
    return _size(size + padding - _span(kernel_size, dilation), s, ceil_mode, size, padding)


@output_size.mistake("Which parameter of the function do you never read?", FORMULA)
def padding_ignored(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """It does not use `padding`."""
    s = stride or kernel_size
    return _size(size - _span(kernel_size, dilation), s, ceil_mode, size, 0)


@output_size.mistake("Which parameter of the function do you never read?", FORMULA)
def dilation_ignored(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """It does not use `dilation`."""
    s = stride or kernel_size
    return _size(size + 2 * padding - kernel_size, s, ceil_mode, size, padding)


@output_size.mistake(
    "Draw three cells with one cell between each two. How many cells from the "
    "first to the last? It is not 6.",
    DILATION,
)
def dilation_times_kernel(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """It takes a dilated window to span `dilation * kernel_size` cells."""
    s = stride or kernel_size
    return _size(size + 2 * padding - dilation * kernel_size, s, ceil_mode, size, padding)


@output_size.mistake("`stride=None` means: as far as the window is wide.", DEFAULT_STRIDE)
def default_stride_one(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """It takes a stride of None to mean 1."""
    s = stride or 1
    return _size(size + 2 * padding - _span(kernel_size, dilation), s, ceil_mode, size, padding)


@output_size.mistake(
    "Windows move by `stride`. The kernel size says only how wide they are.", STRIDE
)
def stride_is_kernel(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """It moves the window by `kernel_size` and ignores `stride`."""
    s = kernel_size
    return _size(size + 2 * padding - _span(kernel_size, dilation), s, ceil_mode, size, padding)


@output_size.mistake("Which parameter of the function do you never read?", CEIL)
def ceil_mode_ignored(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """It does not use `ceil_mode`."""
    s = stride or kernel_size
    return _size(size + 2 * padding - _span(kernel_size, dilation), s, False, size, padding)


@output_size.mistake(
    "With `ceil_mode` a window that begins beyond the input and the padding before "
    "it is dropped. Compare where the last window begins with `size + padding`.",
    DROPPED,
)
def last_window_kept(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """It keeps the last window of `ceil_mode` even if it begins outside of the input."""
    s = stride or kernel_size
    room = size + 2 * padding - _span(kernel_size, dilation)
    return (room + (s - 1 if ceil_mode else 0)) // s + 1


@output_size.mistake(
    "The `+ 1` comes with `ceil_mode` as well: what is rounded up is the number of "
    "steps, and a part of a step only.",
    CEIL,
)
def ceil_adds_one(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """With `ceil_mode` it always adds a window, also where the stride divides."""
    s = stride or kernel_size
    room = size + 2 * padding - _span(kernel_size, dilation)
    count = room // s + 1 + bool(ceil_mode)
    return count - bool(ceil_mode and (count - 1) * s >= size + padding)
