"""Windows along one axis: how a count of them is drawn, and in which direction it is off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pooledu import geometry
from pooledu.checks.exercise import Case, Index
from pooledu.checks.finding import Finding


def show_axis(given: Mapping[str, Any], at: Index | None) -> list[dict[str, Any]]:
    """Draw the input as a strip of cells with its padding, under the last right window."""
    size, kernel, padding, dilation = (
        int(given[name]) for name in ("size", "kernel_size", "padding", "dilation")
    )
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


def off_by_one(case: Case, expected: Any, actual: Any) -> Finding | None:
    """Say in which direction a count is off by one."""
    if type(actual) is not int or abs(actual - expected) != 1:
        return None
    code = "one window more" if actual > expected else "one window less"
    return Finding(code, returned=actual, expected=expected)
