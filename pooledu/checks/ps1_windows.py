"""Problem set 1: how many windows there are, and the maximum and the average of each."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pooledu import functional, geometry
from pooledu.checks.exercise import Case, Draw, Exercise, Index, question
from pooledu.checks.windows import arranged, each_window, pooled_shape, reals, show_window

SET = "ps1_windows"
FORMULA = "book/geometry.html#size-formula"
FLOOR = "book/geometry.html#floor"
CEIL = "book/geometry.html#ceil-mode"
STRIDE = "book/geometry.html#kernel-and-stride"
DEFAULT_STRIDE = "book/max-and-average.html#default-stride"
PADDING = "book/geometry.html#padding"
DILATION = "book/geometry.html#dilation"
DROPPED = "book/geometry.html#dropped-window"
BY_HAND = "book/max-and-average.html#by-hand"
AVERAGE = "book/max-and-average.html#wrong-max-and-average"
INTEGER = "book/max-and-average.html#integer-means"


# ---- output_size -------------------------------------------------------------------------------


def _sizes(rng: Draw) -> Iterator[Case]:
    """The ladder of output_size."""

    def steps(size: int, stride: int) -> int:
        """Add some steps: as many cells are left over as before."""
        return size + stride * int(rng.integers(2, 8))

    yield Case("a window as large as the input fits once", (3, 3))
    yield Case("windows that tile the input; the stride is the kernel size", (steps(4, 2), 2))
    yield Case("a window of one cell", (steps(4, 1), 1))
    yield Case("a stride of 1", (steps(4, 1), 3, 1))
    yield Case("cells left over at the end are dropped", (7, 2))
    yield Case("a stride that does not divide", (steps(8, 3), 5, 3))
    yield Case("a single cell left over", (steps(8, 3), 4, 3))
    yield Case("a stride larger than the window", (steps(4, 3), 2, 3))
    yield Case("padding on both sides", (steps(6, 2), 3, 2), {"padding": 1})
    yield Case("more padding", (steps(9, 1), 5, 1), {"padding": 2})
    yield Case("a dilated window spans more cells", (steps(9, 1), 3, 1), {"dilation": 2})
    yield Case("padding and dilation together", (steps(15, 3), 4, 3), {"padding": 2, "dilation": 2})
    yield Case("rounding up adds a window", (6, 3), {"stride": 2, "ceil_mode": True})
    yield Case("rounding up changes nothing where it divides", (9, 3, 2), {"ceil_mode": True})
    yield Case(
        "a last window that begins in the padding is dropped",
        (5, 2, 2),
        {"padding": 1, "ceil_mode": True},
    )
    yield Case(
        "a last window that begins beyond the input is dropped",
        (steps(4, 2), 1, 2),
        {"ceil_mode": True},
    )
    yield Case(
        "everything at once",
        (steps(10, 3), 3, 3),
        {"padding": 1, "dilation": 2, "ceil_mode": True},
    )
    yield Case("NumPy integers", (np.int64(steps(21, 3)), np.int64(4), np.int64(3)))
    yield Case("a photograph", (steps(225, 2), 7, 2, 3))
    yield Case("a large input", (steps(500, 3) + steps(0, 30), 5, 3, 2, 2, True))


def _show_axis(case: Case, at: Index | None) -> list[dict[str, Any]]:
    """Draw the input as a strip of cells with its padding, under the last right window."""
    names = ("size", "kernel_size", "stride", "padding", "dilation", "ceil_mode")
    given = dict(zip(names, case.args, strict=False)) | case.kwargs
    size, kernel = int(given["size"]), int(given["kernel_size"])
    padding, dilation = int(given.get("padding", 0)), int(given.get("dilation", 1))
    last = geometry.window_starts(**given)[-1]
    beyond = last + dilation * (kernel - 1) + 1 - size
    return [
        {
            "values": [range(size)],
            "padding": (0, (padding, max(padding, beyond))),
            "window": (0, last, 1, kernel, 1, dilation),
            "title": f"{size} cells, and the last window",
        }
    ]


output_size = Exercise(
    "output_size",
    SET,
    oracle=geometry.output_size,
    ladder=_sizes,
    show=_show_axis,
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


# ---- the ladder of the two poolings ----------------------------------------------------------


def planes(rng: Draw) -> Iterator[Case]:
    """Inputs for pooling a plane, from one window upwards."""
    yield Case("one window", (arranged(rng, 2, 2), 2))
    yield Case("a window of one cell changes nothing", (reals(rng, 2, 3), 1))
    yield Case("windows that tile the input", (arranged(rng, 4, 4), 2))
    yield Case("negative numbers only", (arranged(rng, 4, 4, low=-20, high=-1), 2))
    yield Case("numbers of both signs", (arranged(rng, 4, 6, low=-25, high=12), 2))
    yield Case("more columns than rows", (arranged(rng, 2, 6), 2))
    yield Case("more rows than columns", (arranged(rng, 6, 4), 2))
    yield Case("a row and a column left over", (arranged(rng, 5, 5), 2))
    yield Case("a stride of 1: windows overlap", (arranged(rng, 4, 4), 3, 1))
    yield Case("windows that overlap by one cell", (arranged(rng, 5, 7), 3), {"stride": 2})
    yield Case(
        "a stride larger than the window leaves cells out", (arranged(rng, 7, 8), 2), {"stride": 3}
    )
    yield Case("a large window with a small stride", (reals(rng, 14, 17), 5, 3))
    yield Case("an input that is read-only", (-reals(rng, 10, 9), 3, 2), layout="readonly")
    yield Case("an input in Fortran order", (reals(rng, 13, 10), 3, 2), layout="F")
    yield Case(
        "an input that is a view of another array", (reals(rng, 12, 15), 4, 3), layout="strided"
    )
    yield Case("NumPy integers as sizes", (reals(rng, 10, 9), np.int64(3), np.int64(1)))
    yield Case("numbers far below 0", (reals(rng, 8, 8) * -1e300, 2))


def declare_window_mistakes(exercise: Exercise, reduce: Callable[[np.ndarray], Any]) -> None:
    """Declare the mistakes that concern where windows lie, whatever is made of them."""

    @exercise.mistake(
        "Windows move by `stride`; `kernel_size` says only how wide they are.", STRIDE
    )
    def stride_is_kernel(x, kernel_size, stride=None):
        """It moves the window by `kernel_size` and ignores `stride`."""
        return each_window(x, kernel_size, None, reduce)

    @exercise.mistake("`stride=None` means: as far as the window is wide.", DEFAULT_STRIDE)
    def default_stride_one(x, kernel_size, stride=None):
        """It takes a stride of None to mean 1."""
        return each_window(x, kernel_size, stride or 1, reduce)

    @exercise.mistake("A window is `kernel_size` wide, however far it moves.", STRIDE)
    def window_as_wide_as_stride(x, kernel_size, stride=None):
        """It looks at `stride` x `stride` cells, not at `kernel_size` x `kernel_size`."""
        return each_window(x, kernel_size, stride, reduce, extent=stride or kernel_size)

    @exercise.mistake(
        "Where does window i begin, if each begins `stride` cells after the one before?", STRIDE
    )
    def starts_not_strided(x, kernel_size, stride=None):
        """Its window i begins at cell i and not at cell `i * stride`."""
        return each_window(
            x, kernel_size, stride, reduce, step=1, shape=pooled_shape(x, kernel_size, stride)
        )

    @exercise.mistake(
        "A window that does not fit is left out: round the number of windows down.", FLOOR
    )
    def partial_windows_kept(x, kernel_size, stride=None):
        """It keeps windows that reach beyond the border."""
        s = stride or kernel_size
        shape = tuple(-(-(size - kernel_size) // s) + 1 for size in x.shape)
        return each_window(x, kernel_size, stride, reduce, shape=shape)

    @exercise.mistake(
        "Count the windows that fit: `(size - kernel_size) // stride + 1` of them.", FORMULA
    )
    def size_over_stride(x, kernel_size, stride=None):
        """It makes `size // stride` windows and cuts them off at the border."""
        s = stride or kernel_size
        shape = tuple(size // s for size in x.shape)
        return each_window(x, kernel_size, stride, reduce, shape=shape)

    @exercise.mistake(
        "Is the last start that `range` gives you the last one that fits? A missing "
        "`+ 1` leaves it out.",
        FORMULA,
    )
    def last_window_missing(x, kernel_size, stride=None):
        """It leaves out the last window of each row and column."""
        rows, columns = pooled_shape(x, kernel_size, stride)
        return each_window(x, kernel_size, stride, reduce, shape=(rows - 1, columns - 1))

    @exercise.mistake("The height comes from `x.shape[0]`, the width from `x.shape[1]`.", FORMULA)
    def height_for_both(x, kernel_size, stride=None):
        """It computes the width of the result from the height of the input."""
        rows, _ = pooled_shape(x, kernel_size, stride)
        return each_window(x, kernel_size, stride, reduce, shape=(rows, rows))

    @exercise.mistake(
        "Reshaping divides the input into blocks. It works only where the blocks tile the input, "
        "and where the stride is the kernel size.",
        STRIDE,
    )
    def reshaped_blocks(x, kernel_size, stride=None):
        """It reshapes the input into blocks."""
        (H, W), k = x.shape, kernel_size
        blocks = x.reshape(H // k, k, W // k, k)
        return np.array([[reduce(blocks[i, :, j]) for j in range(W // k)] for i in range(H // k)])

    @exercise.mistake(
        "The first index is the row: `y[i, j]` comes from rows `i * stride` onwards.", BY_HAND
    )
    def transposed(x, kernel_size, stride=None):
        """It swaps the rows and the columns of the result."""
        return each_window(x, kernel_size, stride, reduce).T


# ---- max_pool2d --------------------------------------------------------------------------------


def _max_planes(rng: Draw) -> Iterator[Case]:
    """The ladder of max_pool2d: the planes, and minus infinity."""
    yield from planes(rng)
    masked = arranged(rng, 5, 6, low=-30, high=30)
    masked[:3, :3] = masked[4, 4] = -np.inf
    yield Case("minus infinity among the numbers, and a window of nothing else", (masked, 3, 1))


def _max_pool2d(x, kernel_size, stride=None):
    """The oracle."""
    return functional.max_pool(x, (int(kernel_size),) * 2, None if stride is None else int(stride))


max_pool2d = Exercise(
    "max_pool2d", SET, oracle=_max_pool2d, ladder=_max_planes, show=show_window, link=BY_HAND
)
declare_window_mistakes(max_pool2d, np.max)


@max_pool2d.mistake(
    "What is the maximum of -3 and -5? Start from the first number of the window or "
    "from minus infinity, not from 0.",
    BY_HAND,
)
def starts_from_zero(x, kernel_size, stride=None):
    """It compares with 0 as well, so no result is negative."""
    return np.maximum(_max_pool2d(x, kernel_size, stride), 0)


@max_pool2d.mistake("The maximum of -7 and 3 is 3: the sign counts.", BY_HAND)
def largest_magnitude(x, kernel_size, stride=None):
    """It takes the number that is farthest from 0, whatever its sign."""
    high, low = _max_pool2d(x, kernel_size, stride), -_max_pool2d(-x, kernel_size, stride)
    return np.where(-low > high, low, high)


@max_pool2d.mistake(
    "The sign counts: the maximum of -7 and 3 is 3, and of -7 and -3 it is -3.", BY_HAND
)
def maximum_of_absolute_values(x, kernel_size, stride=None):
    """It takes the maximum of the absolute values."""
    return _max_pool2d(np.abs(x), kernel_size, stride)


@max_pool2d.mistake(
    "`x[::stride, ::stride]` looks at one cell of each window and never at the others.", BY_HAND
)
def takes_first_cell(x, kernel_size, stride=None):
    """It takes the first cell of each window."""
    return each_window(x, kernel_size, stride, lambda window: window[0, 0])


@max_pool2d.mistake("Try an input whose numbers are in no order, and a window of 3 x 3.", BY_HAND)
def every_second_cell(x, kernel_size, stride=None):
    """It takes `x[1::2, 1::2]`, whatever the window and the stride are."""
    return x[1::2, 1::2].copy()


@max_pool2d.mistake(
    "That gives the maximum only if the numbers grow to the right and downwards. Try "
    "an input in another order.",
    BY_HAND,
)
def takes_last_cell(x, kernel_size, stride=None):
    """It takes the last cell of each window."""
    return each_window(x, kernel_size, stride, lambda window: window[-1, -1])


@max_pool2d.mistake(
    "Max pooling keeps the largest number of each window; averaging is the next exercise.", BY_HAND
)
def takes_average(x, kernel_size, stride=None):
    """It takes the average of each window."""
    return functional.avg_pool(x, (int(kernel_size),) * 2, stride)


@max_pool2d.mistake("Which way does your comparison point?", BY_HAND)
def takes_minimum(x, kernel_size, stride=None):
    """It takes the minimum of each window."""
    return -_max_pool2d(-x, kernel_size, stride)


# ---- avg_pool2d --------------------------------------------------------------------------------


def _avg_pool2d(x, kernel_size, stride=None):
    """The oracle."""
    return functional.avg_pool(x, (int(kernel_size),) * 2, None if stride is None else int(stride))


avg_pool2d = Exercise(
    "avg_pool2d",
    SET,
    oracle=_avg_pool2d,
    ladder=planes,
    tolerance=1e-9,
    show=show_window,
    link=AVERAGE,
)
declare_window_mistakes(avg_pool2d, np.mean)


@avg_pool2d.mistake("An average is a sum divided by how many numbers there are.", AVERAGE)
def not_divided(x, kernel_size, stride=None):
    """It adds the numbers of each window and does not divide."""
    return _avg_pool2d(x, kernel_size, stride) * kernel_size**2


@avg_pool2d.mistake("How many numbers are in a window of 3 x 3?", AVERAGE)
def divided_by_kernel_size(x, kernel_size, stride=None):
    """It divides by `kernel_size` and not by the number of cells in the window."""
    return _avg_pool2d(x, kernel_size, stride) * kernel_size


@avg_pool2d.mistake(
    "How many numbers are in a window depends on its size, not on how far it moves.", AVERAGE
)
def divided_by_stride_squared(x, kernel_size, stride=None):
    """It divides by `stride * stride`."""
    s = stride or kernel_size
    return _avg_pool2d(x, kernel_size, stride) * kernel_size**2 / s**2


@avg_pool2d.mistake(
    "How many numbers are in a window of 3 x 3? For 2 x 2 the two counts are equal.", AVERAGE
)
def divided_by_twice_the_kernel(x, kernel_size, stride=None):
    """It divides by `2 * kernel_size`."""
    return _avg_pool2d(x, kernel_size, stride) * kernel_size / 2


@avg_pool2d.mistake("`//` rounds down; an average is no whole number in general.", INTEGER)
def rounds_down(x, kernel_size, stride=None):
    """It rounds the averages down to whole numbers."""
    return np.floor(_avg_pool2d(x, kernel_size, stride))


@avg_pool2d.mistake(
    "`astype(int)`, or an array made with an integer dtype, cuts the fraction off.", INTEGER
)
def cuts_fractions_off(x, kernel_size, stride=None):
    """It cuts the fractions of the averages off."""
    return np.trunc(_avg_pool2d(x, kernel_size, stride))


@avg_pool2d.mistake("The average takes every number of the window into account.", AVERAGE)
def takes_maximum(x, kernel_size, stride=None):
    """It takes the maximum of each window."""
    return _max_pool2d(x, kernel_size, stride)


@avg_pool2d.mistake("With an even count the median is an average of the middle two only.", AVERAGE)
def takes_median(x, kernel_size, stride=None):
    """It takes the median of each window."""
    return each_window(x, kernel_size, stride, np.median)


@avg_pool2d.mistake(
    "The mean of the largest and the smallest number is not the mean of all.", AVERAGE
)
def takes_midrange(x, kernel_size, stride=None):
    """It takes the middle between the largest and the smallest number of each window."""
    return each_window(x, kernel_size, stride, lambda w: w.max() / 2 + w.min() / 2)


# ---- questions ---------------------------------------------------------------------------------

pooled_size = question(
    "pooled_size",
    SET,
    asks="How high and wide is a 32 x 32 map after nn.MaxPool2d(3, stride=2, padding=1)?",
    answer=geometry.output_size(32, 3, 2, 1),
    link=FORMULA,
    wrong={
        15: (
            "padding_forgotten",
            "That is the size without padding.",
            "Padding of 1 adds a cell on each side, so a window has 34 cells to move over.",
        ),
        17: (
            "rounded_up",
            "That is rounded up.",
            "(32 + 2 - 3) / 2 is 15.5. PyTorch rounds down unless `ceil_mode=True`.",
        ),
        10: ("stride_is_kernel", "That is the size with a stride of 3.", "The stride is given: 2."),
        11: (
            "stride_is_kernel_with_padding",
            "That is the size with a stride of 3.",
            "The stride is given: 2.",
        ),
        32: ("stride_forgotten", "That is the size with a stride of 1.", "The stride is given: 2."),
        16.5: (
            "not_rounded",
            "That is not a whole number.",
            "A window fits or it does not: PyTorch rounds down unless `ceil_mode=True`.",
        ),
    },
)

pooled_shape_28 = question(
    "pooled_shape",
    SET,
    asks="What is the shape of a (1, 3, 28, 28) input after nn.MaxPool2d(3, stride=2, padding=1)?",
    answer=(1, 3, *2 * (geometry.output_size(28, 3, 2, 1),)),
    link=FORMULA,
    wrong={
        (1, 3, 13, 13): (
            "padding_forgotten",
            "That is the shape without padding.",
            "Padding of 1 adds a cell on each side, so a window has 30 cells to move over.",
        ),
        (1, 3, 15, 15): (
            "rounded_up",
            "That is rounded up.",
            "(28 + 2 - 3) / 2 is 13.5. PyTorch rounds down unless `ceil_mode=True`.",
        ),
        (1, 3, 10, 10): (
            "stride_is_kernel",
            "That is the shape with a stride of 3.",
            "The stride is given: 2.",
        ),
        (3, 14, 14): (
            "batch_dropped",
            "The batch of one is missing; the channels, the height and the width are right.",
            "The shape of a tensor has the batch too.",
        ),
        (1, 3, 28, 28): (
            "stride_forgotten",
            "That is the shape with a stride of 1.",
            "The stride is given: 2.",
        ),
        (1, 1, 14, 14): (
            "channels_pooled",
            "One channel is left; the height and the width are right.",
            "Pooling looks at each channel by itself. How many channels remain?",
        ),
        (14, 14): (
            "plane_only",
            "Batch and channels are missing; the height and the width are right.",
            "The shape of a tensor has the batch and the channels too.",
        ),
        (1, 14, 14, 3): (
            "channels_last",
            "The sizes are right, in another order.",
            "PyTorch keeps the channels before the height and the width.",
        ),
    },
)
