"""Whether a result is right, and how it differs where it is not.

Results are plain data: numbers, arrays, and lists and tuples of them. A NaN equals only a NaN.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pooledu.checks.finding import Finding

SELDOM = 0.2  # 3 x 3 cells of which all but the middle one are wrong: by chance once in 9 times


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
    actual = alone(expected, actual)
    if isinstance(expected, np.ndarray):
        return (
            isinstance(actual, np.ndarray)
            and actual.shape == expected.shape
            and actual.dtype == expected.dtype
            and (
                expected.tobytes() == actual.tobytes()  # which is seen sooner
                or not unequal(expected, actual, tolerance, size).any()
            )
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


def same_form(expected: Any, actual: Any) -> bool:
    """Say whether only numbers can tell two results apart: arrays have one shape, lists one length.

    Examples
    --------
    >>> same_form(np.zeros((2, 2)), np.ones((2, 2))), same_form(np.zeros(3), None)
    (True, False)
    """
    actual = alone(expected, actual)
    if isinstance(expected, np.ndarray):
        return isinstance(actual, np.ndarray) and actual.shape == expected.shape
    if isinstance(expected, list | tuple):
        return (
            isinstance(actual, list | tuple)
            and len(actual) == len(expected)
            and all(map(same_form, expected, actual))
        )
    return isinstance(actual, bool | int | float | str)


def alone(expected: Any, actual: Any) -> Any:
    """Take the number out of an array without axes, where a number is expected."""
    lone = isinstance(actual, np.ndarray) and actual.ndim == 0 and isinstance(expected, int | float)
    return actual.item() if lone else actual


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


def differences(
    expected: Any,
    actual: Any,
    tolerance: float = 0.0,
    size: float = 0.0,
    told: Sequence[Finding] | None = None,
) -> list[Finding]:
    """Find how a wrong result differs from the expected one.

    Parameters
    ----------
    expected, actual, tolerance, size
        As for `equal`.
    told
        The `patterns` that may be told; by default any that is found.

    Returns
    -------
    list of Finding
        The most telling one first; at least one.

    Examples
    --------
    >>> [found.code for found in differences(np.array([[1.0, 2.0]]), np.array([[2.0, 4.0]]))]
    ['scaled']
    >>> [found.code for found in differences(3, 3.0)]
    ['type']
    """
    actual = alone(expected, actual)
    if actual is None:
        return [Finding("none")]
    if isinstance(expected, np.ndarray):
        return _of_arrays(expected, actual, tolerance, size, told)
    if isinstance(expected, list | tuple):
        return _of_sequences(expected, actual, tolerance, size)
    if type(actual) is not type(expected):
        return [Finding("type", actual=actual, expected=type(expected).__name__)]
    return [Finding("value", actual=actual, expected=expected)]


def _of_sequences(expected: Any, actual: Any, tolerance: float, size: float) -> list[Finding]:
    """Find how a list or a tuple differs."""
    kind, length = type(expected).__name__, len(expected)
    if not isinstance(actual, list | tuple):
        return [Finding("no sequence", actual=actual, expected=kind, length=length)]
    if len(actual) != length:
        return [Finding("length", kind=kind, actual=len(actual), expected=length)]
    for place, (e, a) in enumerate(zip(expected, actual, strict=True)):
        if not equal(e, a, tolerance, size):
            inner = differences(e, a, tolerance, size)
            return [Finding("item", kind=kind, place=place), *inner]
    return []


def _of_arrays(
    expected: np.ndarray, actual: Any, tolerance: float, size: float, told: Sequence[Finding] | None
) -> list[Finding]:
    """Find how what should be an array differs."""
    if not isinstance(actual, np.ndarray):
        return [_no_array(expected, actual)]
    if actual.shape != expected.shape:
        return _of_shapes(expected, actual, tolerance, size)
    wrong = unequal(expected, actual, tolerance, size)
    patterns_ = patterns(expected, actual, tolerance, size)
    if told is not None:
        patterns_ = [pattern for pattern in patterns_ if pattern in told]
    of_values = _of_values(expected, actual, wrong, patterns_) if wrong.any() else []
    if actual.dtype != expected.dtype:
        dtypes = {"actual": str(actual.dtype), "expected": str(expected.dtype)}
        return [Finding("dtype" if wrong.any() else "only the dtype", **dtypes), *of_values]
    return of_values


def _no_array(expected: np.ndarray, actual: Any) -> Finding:
    """Tell rows of numbers, which are an array when they are wrapped, from several results."""
    if isinstance(actual, list | tuple):
        if any(isinstance(item, np.ndarray) and item.ndim == expected.ndim for item in actual):
            return Finding("several results", actual=actual, length=len(actual))
        return Finding("rows of numbers", actual=actual)
    return Finding("no array", actual=actual)


def _of_shapes(
    expected: np.ndarray, actual: np.ndarray, tolerance: float, size: float
) -> list[Finding]:
    """Find how a shape differs, and whether the numbers in the common part are right."""
    found = [Finding("shape", actual=actual.shape, expected=expected.shape)]
    if actual.ndim != expected.ndim:
        return found
    if (
        actual.shape == expected.shape[::-1]
        and not unequal(expected, actual.T, tolerance, size).any()
    ):
        return [*found, Finding("transposed")]
    for axis, name in _axes(actual):
        extra = actual.shape[axis] - expected.shape[axis]
        if extra:
            found.append(Finding("surplus", axis=name, count=extra))
    common = tuple(slice(0, min(pair)) for pair in zip(expected.shape, actual.shape, strict=True))
    if (
        expected[common].size
        and not unequal(expected[common], actual[common], tolerance, size).any()
    ):
        found.append(Finding("common part right"))
    return found


def _axes(array: np.ndarray) -> list[tuple[int, str]]:
    """Name the last axes of an array: rows and columns."""
    return [(-2, "row"), (-1, "column")][-array.ndim :] if array.ndim else []


def _of_values(
    expected: np.ndarray, actual: np.ndarray, wrong: np.ndarray, patterns_: list[Finding]
) -> list[Finding]:
    """Find what is special about the cells that differ."""
    if wrong.size == 1:
        return [*patterns_[:1], _first(expected, actual, wrong)]
    nan = np.isnan(actual) & ~np.isnan(expected)
    if nan.any():
        count = Finding("NaN", count=int(nan.sum()), size=nan.size)
        return [count, _first(expected, actual, nan)]
    if patterns_ and wrong.all():
        return patterns_[:1]
    count = Finding("wrong", count=int(wrong.sum()), size=wrong.size)
    return [*patterns_[:1], count, _first(expected, actual, wrong)]


def _first(expected: np.ndarray, actual: np.ndarray, wrong: np.ndarray) -> Finding:
    """Point at the first wrong cell."""
    at = tuple(int(i) for i in np.argwhere(wrong)[0])
    return Finding("first wrong", at=at, actual=actual[at].item(), expected=expected[at].item())


# ---- relations between a wrong array and the right one -----------------------------------------


def patterns(
    expected: np.ndarray, actual: Any, tolerance: float = 0.0, size: float = 0.0
) -> list[Finding]:
    """List the relations between a wrong array and the right one, the most telling first.

    Examples
    --------
    >>> patterns(np.array([1.0, 2.0, 5.0]), np.array([5.0, 2.0, 1.0]))
    [Finding(code='reversed', arguments={'axis': 'column'})]
    """
    if not isinstance(actual, np.ndarray) or actual.shape != expected.shape:
        return []
    wrong = unequal(expected, actual, tolerance, size)
    if not wrong.any():
        return []
    with np.errstate(all="ignore"):
        return [
            pattern
            for pattern in _candidates(expected, actual)
            if _telling(pattern, expected, wrong)
            and holds(pattern, expected, actual, tolerance, size)
        ]


def _candidates(expected: np.ndarray, actual: np.ndarray) -> Iterator[Finding]:
    """List the relations to try; a factor and an offset are read off one cell."""
    yield Finding("transposed")
    for _, name in _axes(actual):
        yield Finding("reversed", axis=name)
        yield Finding("shifted", axis=name, by=1)
        yield Finding("shifted", axis=name, by=-1)
    yield Finding("negated")
    finite = np.isfinite(expected) & np.isfinite(actual) & (expected != 0)
    if finite.sum() > 1:
        largest = np.unravel_index(np.argmax(np.where(finite, np.abs(expected), 0)), expected.shape)
        ratio, offset = actual[largest] / expected[largest], (actual - expected)[largest]
        if ratio:
            yield Finding("scaled", ratio=float(ratio))
        yield Finding("offset", offset=float(offset))
    yield Finding("only the border")


def _telling(pattern: Finding, expected: np.ndarray, wrong: np.ndarray) -> bool:
    """Say whether an array is large and varied enough to show a relation."""
    if pattern.code in ("transposed", "reversed", "shifted"):
        axis = {"row": -2, "column": -1}.get(pattern.arguments.get("axis", ""), 0)
        long = pattern.code != "shifted" or expected.shape[axis] > 2
        return expected.size > 1 and np.ptp(expected) > 0 and long
    if pattern.code == "only the border":
        return expected.ndim >= 2 and _no_chance(wrong)
    return expected.size > 1


def _no_chance(wrong: np.ndarray) -> bool:
    """Say whether as many wrong cells, strewn by chance, would seldom all lie at the border."""
    inner = wrong[..., 1:-1, 1:-1].size
    cells, count = wrong.size, int(wrong.sum())
    return math.comb(cells - inner, count) <= SELDOM * math.comb(cells, count)


def holds(
    pattern: Finding, expected: np.ndarray, actual: Any, tolerance: float = 0.0, size: float = 0.0
) -> bool:
    """Say whether a relation holds between an array and the right one.

    Examples
    --------
    >>> holds(Finding("scaled", ratio=2.0), np.array([1.0]), np.array([3.0]))
    False
    """
    if not isinstance(actual, np.ndarray) or actual.shape != expected.shape:
        return False
    loose = max(tolerance, 1e-12)

    def matches(one: np.ndarray, other: np.ndarray) -> bool:
        return one.shape == other.shape and not unequal(one, other, loose, size).any()

    given = pattern.arguments
    axis = {"row": -2, "column": -1}.get(given.get("axis", ""), 0)
    if -axis > expected.ndim:
        return False
    with np.errstate(all="ignore"):
        match pattern.code:
            case "transposed":
                return expected.ndim == 2 and matches(expected.T, actual)
            case "reversed":
                return matches(np.flip(expected, axis), actual)
            case "shifted":
                e, a = np.moveaxis(expected, axis, 0), np.moveaxis(actual, axis, 0)
                return matches(e[1:], a[:-1]) if given["by"] > 0 else matches(e[:-1], a[1:])
            case "negated":
                return matches(expected, 0 - actual)
            case "scaled":
                return matches(expected * given["ratio"], actual)
            case "offset":
                return matches(expected + given["offset"], actual)
            case "only the border":
                wrong = unequal(expected, actual, tolerance, size)
                return not wrong[..., 1:-1, 1:-1].any()
    return False
