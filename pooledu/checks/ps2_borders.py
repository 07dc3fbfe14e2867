"""Problem set 2: pooling with padding, where the border decides."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pooledu import functional
from pooledu.checks.exercise import Case, Draw, Exercise, question
from pooledu.checks.windows import arranged, each_window, reals, show_window

SET = "ps2_borders"
PADDING = "book/geometry.html#padding"
NEVER_WINS = "book/geometry.html#padding-never-wins"
COUNTED = "book/geometry.html#count-include-pad"
FORMULA = "book/geometry.html#size-formula"
STRIDE = "book/geometry.html#kernel-and-stride"
DEFAULT_STRIDE = "book/max-and-average.html#default-stride"


def _largest_last(x: np.ndarray) -> np.ndarray:
    """Move the largest number to the last cell, where padding by wrapping would find it."""
    place = np.unravel_index(x.argmax(), x.shape)
    x[place], x[-1, -1] = x[-1, -1], x[place]
    return x


def _padded_planes(rng: Draw) -> Iterator[Case]:
    """Inputs for pooling with padding, from one window upwards."""
    yield Case("no padding", (arranged(rng, 2, 2), 2))
    yield Case(
        "padding around a single cell", (arranged(rng, 1, 1, low=-9, high=-1), 2), {"padding": 1}
    )
    yield Case(
        "padding around negative numbers", (arranged(rng, 2, 2, low=-9, high=-1), 2), {"padding": 1}
    )
    yield Case(
        "padding around positive numbers", (arranged(rng, 3, 3, low=1, high=9), 3), {"padding": 1}
    )
    yield Case(
        "windows that overlap, one in the middle",
        (arranged(rng, 3, 3, low=-9, high=-1), 3, 1),
        {"padding": 1},
    )
    zeros = np.maximum(arranged(rng, 4, 4, low=-8, high=12), 0)
    yield Case("zeros among the numbers", (zeros, 3, 1), {"padding": 1})
    yield Case("more columns than rows", (arranged(rng, 2, 5), 2), {"padding": 1})
    yield Case(
        "more rows than columns", (arranged(rng, 6, 3, low=-30, high=-1), 3, 2), {"padding": 1}
    )
    yield Case("a row and a column left over", (arranged(rng, 4, 6), 3, 2), {"padding": 1})
    yield Case(
        "two cells of padding", (arranged(rng, 4, 5, low=-20, high=-1), 5, 1), {"padding": 2}
    )
    yield Case("as much padding as is allowed", (arranged(rng, 5, 5, low=-20, high=10), 4, 3, 2))
    yield Case("a large window with a small stride", (_largest_last(reals(rng, 13, 12)), 5, 2, 2))
    yield Case(
        "an input that is read-only", (_largest_last(-reals(rng, 9, 8)), 3, 2, 1), layout="readonly"
    )
    yield Case("an input in Fortran order", (_largest_last(reals(rng, 11, 9)), 3, 2, 1), layout="F")
    yield Case(
        "an input that is a view of another array",
        (_largest_last(reals(rng, 12, 13)), 4, 3, 1),
        layout="strided",
    )
    yield Case("no padding, windows that overlap", (reals(rng, 12, 11), 3, 2))
    yield Case(
        "NumPy integers as sizes", (_largest_last(reals(rng, 8, 9)), *map(np.int64, (3, 1, 1)))
    )
    yield Case("numbers far below 0", (_largest_last(reals(rng, 6, 6) * -1e300), 2), {"padding": 1})


def _pad(x, padding, value=0.0, **options):
    """Surround a plane with padding."""
    if options:
        return np.pad(x, padding, **options)
    return np.pad(x, padding, constant_values=value)


# ---- max_pool2d_padded -------------------------------------------------------------------------


def _max_ladder(rng: Draw) -> Iterator[Case]:
    """The planes, and minus infinity."""
    yield from _padded_planes(rng)
    masked = arranged(rng, 5, 5, low=-99, high=-1)
    masked[:2, :2] = -np.inf
    yield Case(
        "minus infinity among the numbers, in a whole window too", (masked, 3, 1), {"padding": 1}
    )


def _max_pool(x, kernel_size, stride=None, padding=0):
    """The oracle."""
    stride = None if stride is None else int(stride)
    return functional.max_pool(x, (int(kernel_size),) * 2, stride, int(padding))


def _padding_won(case: Case, expected: Any, actual: Any) -> str | None:
    """Recognise any number that padding was given and that won."""
    if not isinstance(actual, np.ndarray) or actual.shape != expected.shape:
        return None
    wrong = np.unique(actual[actual != expected])
    if len(wrong) != 1 or wrong[0] in case.args[0]:
        return None
    return (
        f"The padding wins: it holds {wrong[0]:g}, which is larger than the numbers it surrounds."
    )


max_pool2d_padded = Exercise(
    "max_pool2d_padded",
    SET,
    oracle=_max_pool,
    ladder=_max_ladder,
    show=show_window,
    explain=_padding_won,
    link=NEVER_WINS,
)


@max_pool2d_padded.mistake("Pad with a number that no maximum can be: minus infinity.", NEVER_WINS)
def padded_with_zero(x, kernel_size, stride=None, padding=0):
    """It pads with 0, and 0 wins over negative numbers."""
    return each_window(_pad(x, padding), kernel_size, stride, np.max)


@max_pool2d_padded.mistake(
    "However low the number is, an input may be lower. Minus infinity is below all.", NEVER_WINS
)
def padded_with_a_low_number(x, kernel_size, stride=None, padding=0):
    """It pads with a low number, which wins over lower ones and over minus infinity."""
    return each_window(_pad(x, padding, -1e9), kernel_size, stride, np.max)


@max_pool2d_padded.mistake(
    "The smallest float is still larger than minus infinity, which may be in the input.", NEVER_WINS
)
def padded_with_the_smallest_float(x, kernel_size, stride=None, padding=0):
    """It pads with the smallest float, which wins over minus infinity."""
    return each_window(_pad(x, padding, np.finfo(float).min), kernel_size, stride, np.max)


@max_pool2d_padded.mistake(
    "Padding only makes room for more windows; it is no part of the numbers to compare.", NEVER_WINS
)
def starts_from_zero(x, kernel_size, stride=None, padding=0):
    """It compares with 0 in every window, so no result is negative."""
    return np.maximum(_max_pool(x, kernel_size, stride, padding), 0)


@max_pool2d_padded.mistake(
    "Mirrored cells are real numbers from outside of the window, and they can win.", NEVER_WINS
)
def padded_by_reflection(x, kernel_size, stride=None, padding=0):
    """It pads by mirroring the input."""
    return each_window(_pad(x, padding, mode="reflect"), kernel_size, stride, np.max)


@max_pool2d_padded.mistake(
    "Cells that wrap around come from the other side of the input, and they can win.", NEVER_WINS
)
def padded_by_wrapping(x, kernel_size, stride=None, padding=0):
    """It pads with the cells of the opposite side."""
    return each_window(_pad(x, padding, mode="wrap"), kernel_size, stride, np.max)


@max_pool2d_padded.mistake("Pooled first and padded then, no window ever sees the border.", PADDING)
def result_padded(x, kernel_size, stride=None, padding=0):
    """It pads the result, not the input."""
    return _pad(_max_pool(x, kernel_size, stride), padding, -np.inf)


# ---- avg_pool2d_padded -------------------------------------------------------------------------


def _avg_ladder(rng: Draw) -> Iterator[Case]:
    """The planes with padding counted, then not counted."""
    for case in _padded_planes(rng):
        yield case
        if case.kwargs.get("padding"):
            yield Case(
                f"{case.tests}; padding does not count",
                case.args,
                case.kwargs | {"count_include_pad": False},
                case.layout,
            )
    yield Case(
        "padding does not count; every argument by position",
        (np.maximum(arranged(rng, 9, 7, low=-30, high=60), 0), 3, 2, 1, False),
        layout="F",
    )
    yield Case(
        "padding does not count where there is none",
        (reals(rng, 6, 8), 2),
        {"count_include_pad": False},
    )


def _avg_pool(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """The oracle."""
    return functional.avg_pool(
        x,
        (int(kernel_size),) * 2,
        None if stride is None else int(stride),
        int(padding),
        count_include_pad=count_include_pad,
    )


avg_pool2d_padded = Exercise(
    "avg_pool2d_padded",
    SET,
    oracle=_avg_pool,
    ladder=_avg_ladder,
    tolerance=1e-9,
    show=show_window,
    link=COUNTED,
)


def _sums(x, kernel_size, stride, padding):
    """The sum of each window over the numbers of the input."""
    return each_window(_pad(x, padding), kernel_size, stride, np.sum)


@avg_pool2d_padded.mistake(
    "With `count_include_pad=False` a corner window of 3 x 3 with padding 1 holds 4 "
    "numbers, not 9.",
    COUNTED,
)
def padding_always_counted(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """It divides by the whole window even if `count_include_pad` is False."""
    return _avg_pool(x, kernel_size, stride, padding, True)


@avg_pool2d_padded.mistake(
    "With `count_include_pad=True` a padding cell is a cell with a 0 in it, and it counts.", COUNTED
)
def padding_never_counted(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """It leaves the padding out of the count even if `count_include_pad` is True."""
    return _avg_pool(x, kernel_size, stride, padding, False)


@avg_pool2d_padded.mistake(
    "Read the name of the parameter once more: what is included if it is True?", COUNTED
)
def flag_inverted(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """It does the opposite of what `count_include_pad` says."""
    return _avg_pool(x, kernel_size, stride, padding, not count_include_pad)


@avg_pool2d_padded.mistake(
    "A 0 in the input is a number like any other. Count the cells inside of the input, for example "
    "by pooling an array of ones.",
    COUNTED,
)
def zeros_taken_for_padding(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """Without the padding it counts only the cells that are not 0, also in the input."""
    if count_include_pad:
        return _avg_pool(x, kernel_size, stride, padding)
    counts = _sums((x != 0).astype(float), kernel_size, stride, padding)
    return _sums(x, kernel_size, stride, padding) / np.maximum(counts, 1)


@avg_pool2d_padded.mistake(
    "For an average padding is 0, or is left out. Repeated border cells are neither.", COUNTED
)
def padded_with_the_border(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """It pads by repeating the cells at the border."""
    return each_window(_pad(x, padding, mode="edge"), kernel_size, stride, np.mean)


@avg_pool2d_padded.mistake(
    "The sum of a window with minus infinity in it is minus infinity.", COUNTED
)
def padded_with_minus_infinity(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """It pads with minus infinity, as a maximum asks for."""
    return each_window(_pad(x, padding, -np.inf), kernel_size, stride, np.mean)


@avg_pool2d_padded.mistake("How many numbers are in a window of 3 x 3?", COUNTED)
def divided_by_kernel_size(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """It divides by `kernel_size` and not by the number of cells in the window."""
    return _avg_pool(x, kernel_size, stride, padding, count_include_pad) * kernel_size


@avg_pool2d_padded.mistake("Pooled first and padded then, no window ever sees the border.", PADDING)
def result_padded_with_zero(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """It pads the result, not the input."""
    return _pad(_avg_pool(x, kernel_size, stride), padding)


# ---- mistakes about where the padding is -------------------------------------------------------


def _declare_padding_mistakes(exercise: Exercise, reduce: Any, fill: float) -> None:
    """Declare the mistakes about padding that do not depend on what is made of a window.

    For the average they are those of a student who counts the padding.
    """

    @exercise.mistake("Which parameter of the function do you never read?", PADDING)
    def padding_ignored(x, kernel_size, stride=None, padding=0, count_include_pad=True):
        """It does not use `padding`."""
        return each_window(x, kernel_size, stride, reduce)

    @exercise.mistake("`padding` cells are added above and below, left and right.", PADDING)
    def padding_before_only(x, kernel_size, stride=None, padding=0, count_include_pad=True):
        """It pads above and on the left only."""
        return each_window(_pad(x, ((padding, 0),) * 2, fill), kernel_size, stride, reduce)

    @exercise.mistake("`padding` cells are added above and below, left and right.", PADDING)
    def padding_after_only(x, kernel_size, stride=None, padding=0, count_include_pad=True):
        """It pads below and on the right only."""
        return each_window(_pad(x, ((0, padding),) * 2, fill), kernel_size, stride, reduce)

    @exercise.mistake("`padding` cells are added above and below, and left and right too.", PADDING)
    def rows_padded_only(x, kernel_size, stride=None, padding=0, count_include_pad=True):
        """It pads above and below, but not left and right."""
        return each_window(_pad(x, ((padding, padding), (0, 0)), fill), kernel_size, stride, reduce)

    @exercise.mistake("Padding of 1 makes an axis longer by 2.", FORMULA)
    def padding_doubled(x, kernel_size, stride=None, padding=0, count_include_pad=True):
        """It pads with `2 * padding` cells on each side."""
        return each_window(_pad(x, 2 * padding, fill), kernel_size, stride, reduce)

    @exercise.mistake("Count the windows over the padded input, not over the input.", FORMULA)
    def counted_without_padding(x, kernel_size, stride=None, padding=0, count_include_pad=True):
        """It counts the windows without the padding, so the last ones are missing."""
        s = stride or kernel_size
        shape = tuple(max(0, (size - kernel_size) // s + 1) for size in x.shape)
        return each_window(_pad(x, padding, fill), kernel_size, stride, reduce, shape=shape)

    @exercise.mistake(
        "Windows move by `stride`; `kernel_size` says only how wide they are.", STRIDE
    )
    def stride_is_kernel(x, kernel_size, stride=None, padding=0, count_include_pad=True):
        """It moves the window by `kernel_size` and ignores `stride`."""
        return each_window(_pad(x, padding, fill), kernel_size, None, reduce)

    @exercise.mistake("`stride=None` means: as far as the window is wide.", DEFAULT_STRIDE)
    def default_stride_one(x, kernel_size, stride=None, padding=0, count_include_pad=True):
        """It takes a stride of None to mean 1."""
        return each_window(_pad(x, padding, fill), kernel_size, stride or 1, reduce)


_declare_padding_mistakes(max_pool2d_padded, np.max, -np.inf)
_declare_padding_mistakes(avg_pool2d_padded, np.mean, 0.0)


# ---- questions ---------------------------------------------------------------------------------

padding_in_corner = question(
    "padding_in_corner",
    SET,
    asks="A 3 x 3 window with padding=1 stands in the corner. How many of its nine cells "
    "are padding?",
    answer=5,
    link=COUNTED,
    wrong={
        3: (
            "one_side_only",
            "That is the row above, or the column on the left.",
            "A corner has both, and they share a cell.",
        ),
        6: (
            "corner_counted_twice",
            "That counts the cell in the corner twice.",
            "The row above has 3 cells, the column on the left has 3, and they share one.",
        ),
        4: (
            "counted_the_inside",
            "That is how many cells lie inside of the input.",
            "Nine cells in all: how many remain?",
        ),
        9: (
            "all_of_them",
            "That is the whole window.",
            "The window reaches one cell into the padding.",
        ),
    },
)
