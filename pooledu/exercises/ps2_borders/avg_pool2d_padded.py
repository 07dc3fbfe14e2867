"""`avg_pool2d_padded(x, kernel_size, stride=None, padding=0, count_include_pad=True)`.

`(H, W) -> (OH, OW)`: the average of each window, in which padding counts as 0 or not at all.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pooledu import functional
from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import COUNTED, PADDING
from pooledu.exercises.ps2_borders.planes import declare_padding_mistakes, pad, padded_planes
from pooledu.exercises.windows import (
    arranged,
    declare_stride_mistakes,
    each_window,
    pooled,
    reals,
    show_window,
)


def _avg_ladder(rng: Draw) -> Iterator[Case]:
    """The planes with padding counted, then not counted."""
    for case in padded_planes(rng):
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
    options = {"padding": int(padding), "count_include_pad": count_include_pad}
    return pooled(functional.avg_pool, x, kernel_size, stride, **options)


avg_pool2d_padded = Exercise(
    "avg_pool2d_padded",
    oracle=_avg_pool,
    ladder=_avg_ladder,
    tolerance=1e-9,
    show=show_window,
    link=COUNTED,
)


def _sums(x, kernel_size, stride, padding):
    """The sum of each window over the numbers of the input."""
    return each_window(pad(x, padding), kernel_size, stride, np.sum)


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
    return each_window(pad(x, padding, mode="edge"), kernel_size, stride, np.mean)


@avg_pool2d_padded.mistake(
    "The sum of a window with minus infinity in it is minus infinity.", COUNTED
)
def padded_with_minus_infinity(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """It pads with minus infinity, as a maximum asks for."""
    return each_window(pad(x, padding, -np.inf), kernel_size, stride, np.mean)


@avg_pool2d_padded.mistake("How many numbers are in a window of 3 x 3?", COUNTED)
def divided_by_kernel_size(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """It divides by `kernel_size` and not by the number of cells in the window."""
    return _avg_pool(x, kernel_size, stride, padding, count_include_pad) * kernel_size


@avg_pool2d_padded.mistake("Pooled first and padded then, no window ever sees the border.", PADDING)
def result_padded_with_zero(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """It pads the result, not the input."""
    return pad(_avg_pool(x, kernel_size, stride), padding)


declare_padding_mistakes(avg_pool2d_padded, np.mean, 0.0)


declare_stride_mistakes(avg_pool2d_padded)
