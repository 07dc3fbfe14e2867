"""`adaptive_bins(in_size, out_size)`: a list of `(start, end)`, the end exclusive.

More bins than cells are legal, by the same formula.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from pooledu import geometry
from pooledu.checks.calls import MAX_ITEMS
from pooledu.checks.exercise import Case, Draw, Exercise, Index
from pooledu.exercises.links import BINS


def _bin_sizes(rng: Draw) -> Iterator[Case]:
    """The ladder of adaptive_bins.

    A student sees small numbers; the judge's pairs are too many to list, and small enough to look
    at every cell for every bin.
    """

    def sizes(in_size: int, out_size: int) -> tuple[int, int]:
        """Draw sizes that do not divide, where a quotient computed beforehand is right."""
        if rng.local:
            return in_size, out_size
        more_bins = in_size < out_size
        return _until(
            lambda: _pair(rng, 2, 600, 3000) if more_bins else _pair(rng, 20, 600, 5000)[::-1],
            lambda moved: not moved.any(),
        )

    def moved_edge(quotient: int) -> tuple[int, int]:
        """Draw sizes for which one quotient moves a start, and the other one an end."""
        if rng.local:
            return ((87, 75), (63, 49))[quotient]
        return _until(
            lambda: _pair(rng, 40, 600, 5000)[::-1],
            lambda moved: moved[quotient, 0] and moved[1 - quotient, 1],
        )

    yield Case("one bin for everything", (int(rng.integers(2, 7 if rng.local else 10**6)), 1))
    yield Case("sizes that do not divide", sizes(5, 3))
    yield Case("a second pair of sizes", sizes(7, 4))
    yield Case("a third pair of sizes", sizes(8, 3))
    yield Case("a fourth pair of sizes", sizes(7, 5))
    yield Case("a fifth pair of sizes", sizes(10, 7))
    yield Case("a sixth pair of sizes", sizes(8, 5))
    yield Case("more bins than cells", sizes(3, 5))
    yield Case("more bins than cells, a second pair", sizes(2, 7))
    yield Case(
        "a single cell for several bins", (1, int(rng.integers(2, 5 if rng.local else 3000)))
    )
    yield Case("a deep feature map", sizes(17, 7))
    yield Case("a wider one", sizes(26, 11))
    yield Case("an edge that a quotient computed beforehand would move", moved_edge(1))
    yield Case("a start that a quotient computed beforehand would move", moved_edge(0))
    yield Case("NumPy integers", tuple(map(np.int64, sizes(31, 9))))
    in_size, out_size = sizes(58, 13)
    yield Case("sizes by name", (), {"in_size": in_size, "out_size": out_size})


def _pair(rng: Draw, low: int, middle: int, high: int) -> tuple[int, int]:
    """Draw a number up to `middle`, and one above it that is no multiple."""
    while True:
        few = int(rng.integers(low, middle))
        many = int(rng.integers(few + 1, high))
        if many % few:
            return few, many


def _until(
    draw: Callable[[], tuple[int, ...]], suits: Callable[[np.ndarray], bool]
) -> tuple[int, int]:
    """Draw sizes until the bins differ in length, and floats move those edges that they should.

    The floats are the two quotients that may be computed beforehand. Of each, a start may be moved,
    and an end.
    """
    while True:
        in_size, out_size = draw()
        i = np.arange(out_size + 1)
        products = i * (in_size / out_size), i * in_size * (1 / out_size)
        start, end = i * in_size // out_size, -(-i * in_size // out_size)
        moved = [
            [(np.floor(x) != start)[:-1].any(), (np.ceil(x) != end)[1:].any()] for x in products
        ]
        all_alike = (end[1:] - start[:-1] == -(-in_size // out_size)).all()
        if suits(np.array(moved)) and not all_alike:
            return in_size, out_size


def _show_cells(given: Mapping[str, Any], at: Index | None) -> list[dict[str, Any]]:
    """Draw the cells, with the bin of the first wrong place."""
    bins = geometry.adaptive_bins(**given)
    start, end = bins[at[0] if at and at[0] < len(bins) else 0]
    title = f"{given['in_size']} cells, and bin {at[0] if at else 0}"
    return [
        {"values": [range(given["in_size"])], "window": (0, start, 1, end - start), "title": title}
    ]


adaptive_bins = Exercise(
    "adaptive_bins",
    oracle=geometry.adaptive_bins,
    ladder=_bin_sizes,
    show=_show_cells,
    link=BINS,
)


@adaptive_bins.mistake(
    "A bin ends where the last cell that it touches ends: round the end up.", BINS
)
def end_rounded_down(in_size, out_size):
    """It rounds the end of each bin down, so bins never overlap."""
    return [(i * in_size // out_size, (i + 1) * in_size // out_size) for i in range(out_size)]


@adaptive_bins.mistake(
    "A bin begins at the first cell that it touches: round the start down.", BINS
)
def start_rounded_up(in_size, out_size):
    """It rounds the start of each bin up."""
    return [
        (-(-i * in_size // out_size), -(-(i + 1) * in_size // out_size)) for i in range(out_size)
    ]


@adaptive_bins.mistake("Round the start down and the end up; `round` goes to the nearest.", BINS)
def rounded_to_nearest(in_size, out_size):
    """It rounds both ends to the nearest whole number."""
    cuts = [int(i * in_size / out_size + 0.5) for i in range(out_size + 1)]
    return list(itertools.pairwise(cuts))


@adaptive_bins.mistake(
    "A float holds most quotients only nearly. Multiply first, and divide whole numbers by `//`.",
    BINS,
)
def quotient_beforehand(in_size, out_size):
    """It multiplies by `in_size / out_size`, a float, and rounding it moves an edge."""
    ratio = in_size / out_size
    return [(math.floor(i * ratio), math.ceil((i + 1) * ratio)) for i in range(out_size)]


@adaptive_bins.mistake(
    "A float holds most quotients only nearly. Multiply first, and divide whole numbers by `//`.",
    BINS,
)
def share_beforehand(in_size, out_size):
    """It multiplies by `1 / out_size`, a float, and rounding it moves an edge."""
    share = 1 / out_size
    return [
        (math.floor(i * in_size * share), math.ceil((i + 1) * in_size * share))
        for i in range(out_size)
    ]


@adaptive_bins.mistake("What happens to the cells that are left over?", BINS)
def equal_bins(in_size, out_size):
    """It makes all bins `in_size // out_size` long and leaves the rest out."""
    length = in_size // out_size
    return [(i * length, (i + 1) * length) for i in range(out_size)]


@adaptive_bins.mistake("The bins are spread evenly; none is there to take what is left.", BINS)
def rest_in_the_last_bin(in_size, out_size):
    """It makes all bins `in_size // out_size` long and gives the rest to the last one."""
    length = in_size // out_size
    return [
        (i * length, in_size if i == out_size - 1 else (i + 1) * length) for i in range(out_size)
    ]


@adaptive_bins.mistake(
    "`np.array_split` makes the first parts longer. Here the bins overlap instead.", BINS
)
def first_bins_longer(in_size, out_size):
    """It makes the first bins one cell longer, as `np.array_split` does."""
    length, longer = divmod(in_size, out_size)
    cuts = [i * length + min(i, longer) for i in range(out_size + 1)]
    return list(itertools.pairwise(cuts))


@adaptive_bins.mistake("The bins are not all of one length: compute the end of each.", BINS)
def constant_length(in_size, out_size):
    """It makes every bin `ceil(in_size / out_size)` long from its start on."""
    length = -(-in_size // out_size)
    return [(i * in_size // out_size, i * in_size // out_size + length) for i in range(out_size)]


@adaptive_bins.mistake(
    "The length of the step differs from bin to bin if the sizes do not divide.", BINS
)
def step_rounded_up(in_size, out_size):
    """It moves by `ceil(in_size / out_size)` cells from bin to bin."""
    step = -(-in_size // out_size)
    return [(min(i * step, in_size), min((i + 1) * step, in_size)) for i in range(out_size)]


@adaptive_bins.mistake("As in `range`, the end is the first cell that is not in the bin.", BINS)
def end_inclusive(in_size, out_size):
    """It gives the last cell of each bin and not the one after it."""
    return [(start, end - 1) for start, end in geometry.adaptive_bins(in_size, out_size)]


@adaptive_bins.mistake("The contract asks for (start, end).", BINS)
def length_for_end(in_size, out_size):
    """It gives the length of each bin and not its end."""
    return [(start, end - start) for start, end in geometry.adaptive_bins(in_size, out_size)]


@adaptive_bins.mistake("Which of the two sizes are you dividing up?", BINS)
def sizes_swapped(in_size, out_size):
    """It takes the two sizes for each other."""
    wanted = range(min(in_size, MAX_ITEMS // 3 + 1))  # as many as are ever looked at
    return [(i * out_size // in_size, -(-(i + 1) * out_size // in_size)) for i in wanted]
