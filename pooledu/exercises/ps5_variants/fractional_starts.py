"""`fractional_starts(in_size, out_size, kernel_size, u)`: a list of window starts.

`int((i + u) * alpha) - int(u * alpha)`, with `alpha = (in_size - kernel_size) / (out_size - 1)` and
`0 <= u < 1`; the last start is `in_size - kernel_size`. No case is decided by rounding.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pooledu.checks.exercise import Case, Draw, Exercise, Index
from pooledu.exercises.links import FRACTIONS


def _fractional_starts(in_size, out_size, kernel_size, u):
    """The oracle."""
    last = int(in_size) - int(kernel_size)
    if out_size == 1:
        return [last]
    alpha = last / (out_size - 1)
    return [int((i + u) * alpha) - int(u * alpha) for i in range(out_size - 1)] + [last]


def _sequences(rng: Draw) -> Iterator[Case]:
    """The ladder of fractional_starts."""

    def case(tests: str, *sizes: int, u: tuple[float, float]) -> Case:
        """Draw u from a range in which it decides nothing by rounding, or in another step."""
        in_size, out_size, kernel = sizes
        alpha = (in_size - kernel) / (out_size - 1)
        while True:
            drawn = float(np.round(rng.uniform(*u), 3))
            ends = (np.arange(out_size) + drawn) * alpha
            if drawn == 0 or (np.abs(ends - np.round(ends)) > 1e-6).all():
                return Case(tests, (*sizes, drawn))

    yield Case("a single window: the last start", (int(rng.integers(4, 8)), 1, 2, 0.25))
    yield case("two windows", 5, 2, 2, u=(0.35, 0.97))
    yield case("u = 0 and a whole step", 9, 5, 1, u=(0, 0))
    yield case("a whole step", 10, 5, 2, u=(0.57, 0.88))
    yield case("steps of 1 and 2", 8, 5, 2, u=(0.52, 0.65))
    yield case("u near 1", 10, 6, 2, u=(0.82, 0.97))
    yield case("u near 0", 11, 7, 2, u=(0.04, 0.05))
    yield case("a window of one cell", 10, 6, 1, u=(0.24, 0.54))
    yield case("a window of three cells", 14, 7, 3, u=(0.65, 0.97))
    yield case("as many windows as cells", 6, 6, 1, u=(0.03, 0.78))
    yield case("steps of 2 and 3", 24, 10, 2, u=(0.47, 0.8))
    yield case("the ratio 1.41, as in the paper", 32, 23, 2, u=(0.75, 0.97))
    names = ("in_size", "out_size", "kernel_size", "u")
    args = case("", 27, 17, 2, u=(0.06, 0.62)).args
    yield Case("sizes by name", (), dict(zip(names, args, strict=True)))
    yield case("a long axis", 97, 61, 3, u=(0.68, 0.97))


def _show_starts(given: Mapping[str, Any], at: Index | None) -> list[dict[str, Any]]:
    """Draw the cells of the axis, with the window of the first wrong start."""
    index = at[0] if at else 0
    start = _fractional_starts(**given)[index]
    title = f"{given['in_size']} cells, and window {index}"
    window = (0, start, 1, int(given["kernel_size"]))
    return [{"values": [range(int(given["in_size"]))], "window": window, "title": title}]


fractional_starts = Exercise(
    "fractional_starts",
    oracle=_fractional_starts,
    ladder=_sequences,
    show=_show_starts,
    link=FRACTIONS,
)


def _starts(in_size, out_size, kernel_size, u, start, alpha=None, last=True):
    """Compute starts with another formula."""
    end = in_size - kernel_size
    if out_size == 1:
        return [end]
    alpha = end / (out_size - 1) if alpha is None else alpha
    found = [int(start(i, alpha)) for i in range(out_size)]
    return [*found[:-1], end] if last else found


@fractional_starts.mistake(
    "The first window begins at cell 0: subtract `int(u * alpha)`.", FRACTIONS
)
def first_start_not_subtracted(in_size, out_size, kernel_size, u):
    """It does not subtract `int(u * alpha)`."""
    return _starts(in_size, out_size, kernel_size, u, lambda i, a: int((i + u) * a))


@fractional_starts.mistake(
    "Round the two terms down one by one. Together they lose `u`.", FRACTIONS
)
def u_without_effect(in_size, out_size, kernel_size, u):
    """Its starts do not depend on `u`: `i * alpha` rounded down."""
    return _starts(in_size, out_size, kernel_size, u, lambda i, a: int(i * a))


@fractional_starts.mistake("`int` cuts off; `round` goes to the nearest.", FRACTIONS)
def rounded_to_nearest(in_size, out_size, kernel_size, u):
    """It rounds to the nearest whole number, and not down."""
    return _starts(
        in_size,
        out_size,
        kernel_size,
        u,
        lambda i, a: int((i + u) * a + 0.5) - int(u * a + 0.5),
    )


@fractional_starts.mistake(
    "The room to move is `in_size - kernel_size`, in `out_size - 1` steps.", FRACTIONS
)
def ratio_of_sizes(in_size, out_size, kernel_size, u):
    """It takes `in_size / out_size` for alpha."""
    alpha = in_size / out_size
    return _starts(
        in_size, out_size, kernel_size, u, lambda i, a: int((i + u) * a) - int(u * a), alpha
    )


@fractional_starts.mistake("Between `out_size` windows there are `out_size - 1` steps.", FRACTIONS)
def one_step_too_many(in_size, out_size, kernel_size, u):
    """It divides by `out_size` and not by `out_size - 1`."""
    alpha = (in_size - kernel_size) / out_size
    return _starts(
        in_size, out_size, kernel_size, u, lambda i, a: int((i + u) * a) - int(u * a), alpha
    )


@fractional_starts.mistake("`//` makes alpha a whole number, and the steps all equal.", FRACTIONS)
def alpha_rounded_down(in_size, out_size, kernel_size, u):
    """It rounds alpha down to a whole number."""
    alpha = (in_size - kernel_size) // max(1, out_size - 1)
    return _starts(
        in_size, out_size, kernel_size, u, lambda i, a: int((i + u) * a) - int(u * a), alpha
    )


@fractional_starts.mistake(
    "The kernel has to fit behind the last start: the room is `in_size - kernel_size`.", FRACTIONS
)
def kernel_forgotten(in_size, out_size, kernel_size, u):
    """It computes alpha from `in_size - 1`, as if the kernel had one cell."""
    alpha = (in_size - 1) / max(1, out_size - 1)
    return _starts(
        in_size, out_size, kernel_size, u, lambda i, a: int((i + u) * a) - int(u * a), alpha
    )


@fractional_starts.mistake(
    "With one window there is no step to compute; its start is given.", FRACTIONS
)
def single_window_at_zero(in_size, out_size, kernel_size, u):
    """With a single window it starts at cell 0."""
    return [0] if out_size == 1 else _fractional_starts(in_size, out_size, kernel_size, u)


@fractional_starts.mistake("Is `out_size - 1` ever 0?", FRACTIONS)
def division_by_zero(in_size, out_size, kernel_size, u):
    """With a single window it divides by zero."""
    alpha = (in_size - kernel_size) / (out_size - 1)
    return _starts(
        in_size, out_size, kernel_size, u, lambda i, a: int((i + u) * a) - int(u * a), alpha
    )


@fractional_starts.mistake("The contract asks for the starts alone.", FRACTIONS)
def pairs_for_starts(in_size, out_size, kernel_size, u):
    """It returns pairs of start and end."""
    starts = _fractional_starts(in_size, out_size, kernel_size, u)
    return [(start, start + kernel_size) for start in starts]
