"""`adaptive_bins(in_size, out_size)`: a list of `(start, end)`, the end exclusive.

More bins than cells are legal, by the same formula.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pooledu import geometry
from pooledu.checks.exercise import Case, Draw, Exercise, Index
from pooledu.exercises.links import BINS

MANY = 10_000


def _bin_sizes(rng: Draw) -> Iterator[Case]:
    """The ladder of adaptive_bins."""

    def cells(size: int, out_size: int) -> int:
        """Add the same number of cells for each bin: what is left over stays as it is."""
        return size + out_size * int(rng.integers(4 if rng.local else MANY))

    n = 2 + int(rng.integers(4))
    yield Case("one bin for everything", (cells(2, 1), 1))
    yield Case("as many bins as cells", (n, n))
    yield Case("bins that divide the input", (cells(4, 2), 2))
    yield Case("two bins over five cells overlap", (5, 2))
    yield Case("three bins over seven cells", (7, 3))
    yield Case("three bins over eight cells", (8, 3))
    yield Case("five bins over seven cells", (7, 5))
    yield Case("seven bins over ten cells", (10, 7))
    yield Case("one bin less than cells", (6, 5))
    yield Case("more bins than cells", (3, 5))
    yield Case("many more bins than cells", (2, 7))
    yield Case("a single cell for several bins", (1, int(rng.integers(2, 5))))
    yield Case("seven bins over a deep feature map", (cells(17, 7), 7))
    yield Case("eleven bins", (cells(26, 11), 11))
    yield Case("NumPy integers", (np.int64(cells(31, 9)), np.int64(9)))
    yield Case("sizes by name", (), {"in_size": cells(58, 13), "out_size": 13})


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
    return geometry.adaptive_bins(out_size, in_size)
