"""Whether a result is right, and what is different in words where it is not.

Results are plain data: numbers, arrays, and lists and tuples of them. A NaN equals only a NaN.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pooledu.checks.calls import Opaque
from pooledu.figures import number


def scale(data: Any) -> float:
    """Find the largest finite magnitude in the arrays of some arguments.

    Examples
    --------
    >>> scale((np.array([1.0, -7.5, -np.inf]), 99))
    7.5
    """
    if isinstance(data, np.ndarray) and data.dtype.kind in "iuf":
        finite = np.abs(data[np.isfinite(data)], dtype=float)
        return float(finite.max(initial=0))
    if isinstance(data, dict):
        data = list(data.values())
    return max(map(scale, data), default=0.0) if isinstance(data, list | tuple) else 0.0


def equal(expected: Any, actual: Any, tolerance: float = 0.0, size: float = 0.0) -> bool:
    """Say whether a result is the expected one, its types included.

    Parameters
    ----------
    expected
        What the oracle returned.
    actual
        What the student's function returned, as `calls.plain` copied it.
    tolerance
        A number may be off by this times its size, plus this times `size`; 0 asks for equality.
    size
        The largest magnitude of the input.

    Examples
    --------
    >>> equal(np.array([1.0, 2.0]), np.array([1.0, 2.0])), equal(14, 14.0), equal(2.5, 2.5)
    (True, False, True)
    """
    if isinstance(expected, np.ndarray):
        return (
            isinstance(actual, np.ndarray)
            and actual.shape == expected.shape
            and actual.dtype == expected.dtype
            and not unequal(expected, actual, tolerance, size).any()
        )
    if isinstance(expected, list | tuple):
        return (
            isinstance(actual, list | tuple)
            and len(actual) == len(expected)
            and all(equal(e, a, tolerance, size) for e, a in zip(expected, actual, strict=True))
        )
    if isinstance(expected, float):
        if isinstance(actual, bool) or not isinstance(actual, int | float):
            return False
        return not unequal(np.array(expected), np.array(float(actual)), tolerance, size).any()
    return type(actual) is type(expected) and bool(actual == expected)


def unequal(
    expected: np.ndarray, actual: np.ndarray, tolerance: float = 0.0, size: float = 0.0
) -> np.ndarray:
    """Mark the cells that differ, of two arrays of one shape.

    Examples
    --------
    >>> unequal(np.array([1.0, np.nan, 3.0]), np.array([1.0, np.nan, 4.0]))
    array([False, False,  True])
    """
    with np.errstate(all="ignore"):
        same = (expected == actual) | (np.isnan(expected) & np.isnan(actual))
        if tolerance:
            near = np.abs(actual - expected) <= tolerance * (np.abs(expected) + size)
            same |= near & np.isfinite(expected)
    return ~same


def kind(value: Any) -> str:
    """Name what a value is, for a sentence.

    Examples
    --------
    >>> kind(np.zeros((2, 3))), kind([1, 2]), kind(None), kind(2.5)
    ('an array of shape (2, 3)', 'a list', 'None', 'the float 2.5')
    """
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, Opaque):
        return value.what
    if value is None:
        return "None"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__}"
    return f"the {type(value).__name__} {value!r}"


def describe(
    expected: Any,
    actual: Any,
    tolerance: float = 0.0,
    size: float = 0.0,
    told: Sequence[str] | None = None,
) -> list[str]:
    """Say in words how a wrong result differs from the expected one.

    Parameters
    ----------
    expected, actual, tolerance, size
        As for `equal`.
    told
        The `patterns` that may be told; by default any that is found.

    Returns
    -------
    list of str
        Sentences, the most telling one first; at least one.

    Examples
    --------
    >>> describe(np.array([[1.0, 2.0]]), np.array([[2.0, 4.0]]))
    ['Every number is 2 times what it should be.']
    >>> describe(3, 3.0)
    ['It returned the float 3.0, and an int was expected.']
    """
    if isinstance(expected, np.ndarray):
        return _describe_array(expected, actual, tolerance, size, told)
    if isinstance(expected, list | tuple):
        return _describe_list(expected, actual, tolerance, size)
    if actual is None:
        return ["It returned None: is a `return` missing?"]
    if type(actual) is not type(expected):
        name = type(expected).__name__
        return [
            f"It returned {kind(actual)}, and {'an' if name == 'int' else 'a'} {name} was expected."
        ]
    if isinstance(expected, bool | str):
        return [f"It returned {actual!r}, and {expected!r} was expected."]
    return [f"It returned {number(actual, 6)}, and {number(expected, 6)} was expected."]


def _describe_list(expected: Any, actual: Any, tolerance: float, size: float) -> list[str]:
    """Say how a list or a tuple differs."""
    name = type(expected).__name__
    if actual is None:
        return ["It returned None: is a `return` missing?"]
    if not isinstance(actual, list | tuple):
        return [f"It returned {kind(actual)}, and a {name} of {len(expected)} was expected."]
    if len(actual) != len(expected):
        return [
            f"The {name} has {len(actual)} item{'' if len(actual) == 1 else 's'}, "
            f"and {len(expected)} were expected."
        ]
    for place, (e, a) in enumerate(zip(expected, actual, strict=True)):
        if not equal(e, a, tolerance, size):
            inner = describe(e, a, tolerance, size)
            return [f"Item {place} of the {name} is the first that differs.", *inner]
    return []


def _describe_array(
    expected: np.ndarray, actual: Any, tolerance: float, size: float, told: Sequence[str] | None
) -> list[str]:
    """Say how what should be an array differs."""
    if actual is None:
        return ["It returned None: is a `return` missing?"]
    if not isinstance(actual, np.ndarray):
        way_out = " Wrap it: `np.array(...)`." if isinstance(actual, list | tuple) else ""
        return [f"It returned {kind(actual)}, and a NumPy array was expected.{way_out}"]
    if actual.shape != expected.shape:
        return _describe_shape(expected, actual, tolerance, size)
    wrong = unequal(expected, actual, tolerance, size)
    found = patterns(expected, actual, tolerance, size)
    if told is not None:
        found = [pattern for pattern in found if pattern in told]
    if actual.dtype != expected.dtype:
        right = "" if wrong.any() else "The numbers are right. "
        return [
            f"{right}The array has dtype {actual.dtype}, and {expected.dtype} was expected.",
            *(_describe_values(expected, actual, wrong, found) if wrong.any() else []),
        ]
    return _describe_values(expected, actual, wrong, found)


def _describe_shape(
    expected: np.ndarray, actual: np.ndarray, tolerance: float, size: float
) -> list[str]:
    """Say how a shape differs, and whether the numbers in the common part are right."""
    says = [f"The result has shape {actual.shape}, and {expected.shape} was expected."]
    if actual.ndim != expected.ndim:
        return says
    if (
        actual.shape == expected.shape[::-1]
        and not unequal(expected, actual.T, tolerance, size).any()
    ):
        return [*says, "It is the expected result transposed: rows and columns are swapped."]
    for axis, name in _axes(actual):
        extra = actual.shape[axis] - expected.shape[axis]
        if extra:
            count = {1: "one", 2: "two", 3: "three"}.get(abs(extra), str(abs(extra)))
            more = "too many" if extra > 0 else "too few"
            says.append(f"That is {count} {name}{'s' if abs(extra) > 1 else ''} {more}.")
    common = tuple(slice(0, min(pair)) for pair in zip(expected.shape, actual.shape, strict=True))
    if (
        expected[common].size
        and not unequal(expected[common], actual[common], tolerance, size).any()
    ):
        says.append("The numbers that both have are right.")
    return says


def _axes(array: np.ndarray) -> list[tuple[int, str]]:
    """Name the last axes of an array: rows and columns."""
    return [(-2, "row"), (-1, "column")][-array.ndim :]


def _describe_values(
    expected: np.ndarray, actual: np.ndarray, wrong: np.ndarray, found: list[str]
) -> list[str]:
    """Say what is special about the cells that differ; `found` are patterns in them."""
    if wrong.size == 1:
        return [*found[:1], _first(expected, actual, wrong)]
    nan = np.isnan(actual) & ~np.isnan(expected)
    if nan.any():
        return [f"{_count(nan)} NaN.", _first(expected, actual, nan)]
    if found and wrong.all():
        return found[:1]
    return [*found[:1], f"{_count(wrong)} wrong.", _first(expected, actual, wrong)]


def _count(cells: np.ndarray) -> str:
    """Count cells: '3 of 16 numbers are'."""
    if cells.all():
        return f"All {cells.size} numbers are"
    return f"{cells.sum()} of {cells.size} numbers {'is' if cells.sum() == 1 else 'are'}"


def _first(expected: np.ndarray, actual: np.ndarray, wrong: np.ndarray) -> str:
    """Point at the first wrong cell, with digits enough to see the difference."""
    at = tuple(int(i) for i in np.argwhere(wrong)[0])
    have, want = apart(actual[at], expected[at])
    where = place(at)
    return f"{where[:1].upper()}{where[1:]} is {have}, and {want} was expected."


def place(at: tuple[int, ...]) -> str:
    """Name a cell: 'row 0, column 2', or its whole index where there are more dimensions."""
    if len(at) == 2:
        return f"row {at[0]}, column {at[1]}"
    if not at:
        return "the number"
    return f"the number at [{', '.join(map(str, at))}]"


def apart(one: Any, other: Any) -> tuple[str, str]:
    """Write two different numbers with digits enough to tell them apart."""
    digits = next((d for d in (3, 6, 10) if number(one, d) != number(other, d)), 17)
    return number(one, digits), number(other, digits)


def patterns(
    expected: np.ndarray, actual: Any, tolerance: float = 0.0, size: float = 0.0
) -> list[str]:
    """List the relations between a wrong array and the right one, the most telling first.

    Examples
    --------
    >>> patterns(np.array([1.0, 2.0, 5.0]), np.array([5.0, 2.0, 1.0]))
    ['The columns are in the opposite order.']
    """
    if not isinstance(actual, np.ndarray) or actual.shape != expected.shape:
        return []
    wrong = unequal(expected, actual, tolerance, size)
    if not wrong.any():
        return []
    with np.errstate(all="ignore"):
        return list(_patterns(expected, actual, wrong, tolerance, size))


def _patterns(
    expected: np.ndarray, actual: np.ndarray, wrong: np.ndarray, tolerance: float, size: float
) -> Iterator[str]:
    """Find relations between a wrong result and the right one."""
    loose = max(tolerance, 1e-12)

    def matches(one: np.ndarray, other: np.ndarray) -> bool:
        return one.size > 0 and not unequal(one, other, loose, size).any()

    if actual.size > 1 and np.ptp(expected) > 0:
        if actual.ndim == 2 and actual.shape == actual.T.shape and matches(expected.T, actual):
            yield "It is the expected result transposed: rows and columns are swapped."
        for axis, name in _axes(actual):
            if matches(np.flip(expected, axis), actual):
                yield f"The {name}s are in the opposite order."
            e, a = np.moveaxis(expected, axis, 0), np.moveaxis(actual, axis, 0)
            if len(a) > 2 and matches(e[1:], a[:-1]):
                yield f"It is off by one {name}: {name} i holds what belongs into {name} i + 1."
            if len(a) > 2 and matches(e[:-1], a[1:]):
                yield f"It is off by one {name}: {name} i holds what belongs into {name} i - 1."
    if actual.size > 1 and matches(expected, -actual):
        yield "Every number has the opposite sign."
    finite = np.isfinite(expected) & np.isfinite(actual) & (expected != 0)
    if finite.sum() > 1:
        ratio, offset = actual[finite][0] / expected[finite][0], (actual - expected)[finite][0]
        if ratio and matches(expected * ratio, actual):
            yield f"Every number is {number(ratio, 4)} times what it should be."
        if matches(expected + offset, actual):
            more = "more" if offset > 0 else "less"
            yield f"Every number is {number(abs(offset), 4)} {more} than it should be."
    if actual.ndim >= 2 and min(actual.shape[-2:]) > 2 and not wrong[..., 1:-1, 1:-1].any():
        yield "Only numbers at the border of the result are wrong."
