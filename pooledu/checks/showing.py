"""The drawing of a failing case: its input, what was expected, and what came out."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from pooledu import figures
from pooledu.checks import comparing
from pooledu.checks.calls import Observation
from pooledu.checks.exercise import Case, Exercise, Index
from pooledu.checks.words import kind, short
from pooledu.figures import Drawing

MAX_ITEMS_DRAWN = 1000  # of a list
MAX_CELLS = 8  # rows and columns drawn of a large array
MAX_WINDOW = 100  # cells across: a wider one is not drawn
LEGEND = {"[": "[ ] window", "(": "( ) expected", "*": "* wrong"}


def draw(
    exercise: Exercise, case: Case, expected: Any, seen: Observation, size: float
) -> Drawing | None:
    """Draw a failing case.

    Parameters
    ----------
    exercise, case
        The exercise and the case.
    expected
        The right result.
    seen
        What the student's work gave; without a result only the input and the right result are
        drawn.
    size
        The largest magnitude of the input, for the comparison.

    Returns
    -------
    Drawing or None
        None for a question, which has nothing to draw.
    """
    if exercise.is_question:
        return None
    if not exercise.draws_results:
        return figures.row(*_grids(exercise, case, None))
    name, wanted, given = _differing(exercise, expected, seen.value, size)
    wanted, given = _as_array(wanted), _as_array(given)
    at, wrong = None, []
    if given is not None and given.shape == wanted.shape:
        wrong = [
            tuple(map(int, index))
            for index in np.argwhere(_unequal(wanted, given, exercise.tolerance, size))
        ]
        at = wrong[0] if wrong else None
    lead = at[:-2] if at and wanted.ndim > 2 else (0,) * (wanted.ndim - 2)
    where = f"[{', '.join(map(str, lead))}]" if lead else ""
    in_plane = [_cell(index) for index in wrong if index[: len(lead)] == lead]
    digits = _digits(wanted, given, wrong)
    parts: list[Drawing | str] = [*_grids(exercise, case, at), "→"]
    if not exercise.accepts:
        parts.append(
            figures.grid(
                wanted[lead],
                marked=in_plane[:1],
                title=f"expected{name}{where}",
                digits=digits,
                max_cells=MAX_CELLS,
            )
        )
    if given is not None and given.ndim == wanted.ndim and given.size:
        parts.append(
            figures.grid(
                given[lead],
                wrong=in_plane,
                title=f"yours{name}{where}",
                digits=digits,
                max_cells=MAX_CELLS,
            )
        )
    return figures.row(*parts)


def call_of(exercise: Exercise, case: Case) -> tuple[str, str]:
    """Write what a case tests, and its call, with arrays by the names of their parameters."""
    if exercise.is_question:
        return "", ""
    parameters = list(inspect.signature(exercise.oracle).parameters)
    positional = [
        _argument(value, name) for value, name in zip(case.args, parameters, strict=False)
    ]
    keywords = [f"{name}={_argument(value, name)}" for name, value in case.kwargs.items()]
    return case.tests, f"{exercise.name}({', '.join(positional + keywords)})"


def _argument(value: Any, name: str) -> str:
    """Write an argument: an array or a model by its name, other things as they are."""
    return name if isinstance(value, np.ndarray | dict) else repr(value)


def sketch(drawing: Drawing) -> str:
    """Write a drawing for a terminal, with a legend of the marks that are in it."""
    marks = set(re.findall(r"(?:^|\s|])([\[(*])(?=\S)", drawing.sketch))
    legend = "   ".join(says for mark, says in LEGEND.items() if mark in marks)
    return f"{drawing.sketch}\n\n{legend}".rstrip()


def _grids(exercise: Exercise, case: Case, at: Index | None) -> list[Drawing]:
    """Draw the input, but for windows that no picture holds."""
    given = exercise.arguments(case)
    shown = exercise.show(given, at) if exercise.show else arrays(given, at)
    return [
        figures.grid(**{"max_cells": MAX_CELLS, **options})
        for options in shown
        if max(options.get("window", (0, 0, 1, 1))[2:4]) <= MAX_WINDOW
    ]


def arrays(given: Mapping[str, Any], at: Index | None) -> list[dict[str, Any]]:
    """Choose to draw each array among the arguments, in the plane of the wrong number."""
    return [
        {"values": plane(value, at)[0], "title": name + plane(value, at)[1]}
        for name, value in given.items()
        if isinstance(value, np.ndarray)
    ]


def plane(x: np.ndarray, at: Index | None) -> tuple[np.ndarray, str]:
    """Choose the plane of an array that a result's index lies in, and name it.

    Examples
    --------
    >>> x = np.arange(12.0).reshape(1, 3, 2, 2)
    >>> plane(x, (0, 2, 1, 1))[1], plane(x, None)[1], plane(x[0, 0], (1, 1))[1]
    ('[0, 2]', '[0, 0]', '')
    """
    count = max(0, x.ndim - 2)
    lead = (at or ())[:count]
    lead += (0,) * (count - len(lead))
    if any(i >= n for i, n in zip(lead, x.shape, strict=False)):
        lead = (0,) * count
    return x[lead], f"[{', '.join(map(str, lead))}]" if lead else ""


def _differing(exercise: Exercise, expected: Any, actual: Any, size: float) -> tuple[str, Any, Any]:
    """Choose which of several results to show: the first that differs."""
    if not exercise.results:
        return "", expected, actual
    if not isinstance(actual, list | tuple) or len(actual) != len(expected):
        return f" {exercise.results[0]}", expected[0], None
    for name, e, a in zip(exercise.results, expected, actual, strict=True):
        if not comparing.equal(e, a, exercise.tolerance, size):
            return f" {name}", e, a
    return f" {exercise.results[0]}", expected[0], actual[0]


def _as_array(value: Any) -> Any:
    """Write a result as an array that can be drawn, or None."""
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, bool | int | float | str):
        return np.array(_cell_text(value), dtype=object)
    if isinstance(value, list | tuple):
        try:
            items = [_cell_text(item) for item in value[:MAX_ITEMS_DRAWN]]
            return np.array(items, dtype=object)
        except ValueError:
            return None
    return None


def _is_short(item: Any) -> bool:
    """Say whether a text for an item is soon written."""
    return isinstance(item, str) or (isinstance(item, list | tuple) and len(item) < 4)


def _cell_text(item: Any) -> Any:
    """Write an item that is no number as a short text."""
    if isinstance(item, int | float):
        return item
    return (
        short(item if isinstance(item, str) else str(item), 24) if _is_short(item) else kind(item)
    )


def _unequal(wanted: np.ndarray, given: np.ndarray, tolerance: float, size: float) -> np.ndarray:
    """Mark the numbers that differ."""
    if wanted.dtype == object or given.dtype == object:
        return np.asarray(wanted != given)
    return comparing.unequal(wanted, given, tolerance, size)


def _cell(index: Index) -> tuple[int, int]:
    """Find the cell of a drawing that an index stands for."""
    return (index[-2], index[-1]) if len(index) > 1 else (0, index[0] if index else 0)


def _digits(wanted: np.ndarray, given: np.ndarray | None, wrong: list[Index]) -> int:
    """Choose digits enough to see how the first wrong number differs."""
    if given is None or not wrong:
        return 3
    one, other = wanted[wrong[0]], given[wrong[0]]
    return next((d for d in (3, 5, 8) if figures.number(one, d) != figures.number(other, d)), 12)
