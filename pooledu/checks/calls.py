"""What goes between the two sides of a check, as plain data: calls, and what was seen in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

MAX_PRINTED = 2000  # characters of what a function prints that are kept
MAX_ARRAY_BYTES = 2**26
MAX_ITEMS = 10_000
PLAIN_NOTES = (
    "mutated",  # an argument was changed
    "shares",  # the result shares memory with an argument
    "reused",  # the array of an earlier call was returned again
    "result on the CPU",
    "layers on the CPU",
    "model moved",
    "through NumPy",
)


@dataclass(frozen=True)
class Call:
    """One call to make.

    Attributes
    ----------
    args, kwargs
        Numbers, strings, arrays, and lists, tuples and dicts of them.
    layout
        How the arrays lie in memory: "C", "F", "strided" (a view of every second cell) or
        "readonly".
    driver
        The name of the function of `drivers` that makes the call.
    forbidden
        Libraries that the function may not use.
    setting
        What the driver needs beside the arguments.
    """

    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    layout: str = "C"
    driver: str = "call"
    forbidden: tuple[str, ...] = ()
    setting: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Opaque:
    """Stands for a value that is not plain data: what it is, in words."""

    what: str


@dataclass(frozen=True)
class Observation:
    """What happened in one call.

    Attributes
    ----------
    outcome
        "returned", "raised", "slow" (stopped at the time limit), "stuck" (could not be stopped),
        or "skipped" (not called, because an earlier call was slow).
    value
        What was returned, as plain data; `Opaque` where it is none.
    error, where
        The exception's name and message, and the line of the student's code that raised it.
    notes
        What else was seen: one of `PLAIN_NOTES`, "writes" (it raised because an argument was
        read-only), "forbidden: LIBRARY", "pooling: OPERATION", or "devices mixed: OPERATION".
    printed
        The beginning of what the function printed.
    """

    outcome: str
    value: Any = None
    error: str = ""
    where: str = ""
    notes: tuple[str, ...] = ()
    printed: str = ""


def plain(value: Any, depth: int = 4) -> Any:
    """Copy a value as plain data, trusting none of its own methods.

    Parameters
    ----------
    value
        Anything.
    depth
        Levels of lists and tuples that are entered.

    Returns
    -------
    None, bool, int, float, str, numpy.ndarray, list, tuple or Opaque
        NumPy scalars become Python's; what is none of these, or too large, becomes `Opaque`.

    Examples
    --------
    >>> plain((np.int64(3), [1.5])), plain({1, 2})
    ((3, [1.5]), Opaque(what='a set'))
    """
    kind = type(value)
    if value is None or kind in (bool, float):
        return value
    if kind is int:
        return value if abs(value) < 2**63 else Opaque(f"an int of {value.bit_length()} bits")
    if kind is str:
        return value[:MAX_PRINTED].encode("utf-8", "replace").decode()  # no lone surrogates
    if kind is Opaque:
        return value
    if issubclass(kind, np.ndarray):
        return _plain_array(value)
    if issubclass(kind, np.bool_ | np.integer | np.floating):
        return value.item() if value.dtype.itemsize <= 8 else float(value)
    if kind in (list, tuple) and depth and len(value) <= MAX_ITEMS:
        return kind(plain(each, depth - 1) for each in value)
    name = kind.__name__
    return Opaque(f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}")


def _plain_array(value: np.ndarray) -> Any:
    """Copy an array of any subclass by its memory, not by its methods."""
    array = np.ndarray.view(value, np.ndarray)
    if issubclass(type(value), np.ma.MaskedArray) and np.ma.getmaskarray(value).any():
        return Opaque("a masked array with masked cells")
    if array.dtype.kind not in "biufc" or array.dtype.itemsize > 16:
        return Opaque(f"an array of dtype {array.dtype}")
    if array.nbytes > MAX_ARRAY_BYTES:
        return Opaque(f"an array of shape {array.shape}, which is far too large")
    return np.array(array, dtype=array.dtype.newbyteorder("="), order="C")
