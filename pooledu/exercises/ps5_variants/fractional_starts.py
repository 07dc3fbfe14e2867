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

MANY = 10**5


def _fractional_starts(in_size, out_size, kernel_size, u):
    """The oracle."""
    last = int(in_size) - int(kernel_size)
    if out_size == 1:
        return [last]
    alpha = last / (out_size - 1)
    return [int((i + u) * alpha) - int(u * alpha) for i in range(out_size - 1)] + [last]


def _sequences(rng: Draw) -> Iterator[Case]:
    """The ladder of fractional_starts."""

    def case(tests: str, *sizes: int, u: float) -> Case:
        """Draw the room to move and u for the judge, so that nothing is decided by rounding."""
        in_size, out_size, kernel = sizes
        if rng.local:
            return Case(tests, (*sizes, u))
        in_size += (out_size - 1) * int(rng.integers(1, MANY))
        alpha = (in_size - kernel) / (out_size - 1)
        while u:
            u = round(float(rng.uniform(0.001, 0.999)), 9)
            ends = (np.arange(out_size) + u) * alpha
            if (np.abs(ends - np.round(ends)) > 1e-6).all():
                break
        return Case(tests, (in_size, out_size, kernel, u))

    single = int(rng.integers(4, 8 if rng.local else MANY))
    yield Case("a single window: the last start", (single, 1, 2, 0.25))
    yield Case("a single cell", (1, 1, 1, round(float(rng.uniform(0, 1)), 3 if rng.local else 9)))
    yield case("two windows", 5, 2, 2, u=0.6)
    yield case("u = 0 and a whole step", 9, 5, 1, u=0.0)
    yield case("u = 0 and a fraction as step", 19, 5, 2, u=0.0)
    yield case("a whole step", 14, 5, 2, u=0.45)
    yield case("a step and a half", 12, 5, 2, u=0.68)
    yield case("six windows", 13, 6, 2, u=0.6)
    yield case("seven windows", 15, 7, 2, u=0.6)
    yield case("windows of one cell", 12, 6, 1, u=0.72)
    yield case("windows of three cells", 16, 7, 3, u=0.73)
    yield case("a whole step, windows of one cell", 11, 6, 1, u=0.72)
    yield case("ten windows", 21, 10, 2, u=0.6)
    yield case("many windows", 33, 23, 2, u=0.87)
    names = ("in_size", "out_size", "kernel_size", "u")
    args = case("", 27, 17, 2, u=0.75).args
    yield Case("sizes by name", (), dict(zip(names, args, strict=True)))
    yield case("a long axis", 124, 61, 3, u=0.77)


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
