"""What goes between the two sides of a check, as plain data: calls, and what was seen in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

MAX_PRINTED = 2000  # characters of what a function prints that are kept
MAX_DEPTH = 4  # levels of lists and tuples that are entered
# of all that a call returns together:
MAX_ARRAY_BYTES = 2**22
MAX_ITEMS = 10_000
MAX_CHARACTERS = 20_000
MAX_NAME = 80  # characters of a name that a student chose
INDEX = np.dtype(np.intp)  # of what np.argmax returns; on 32-bit platforms it is not int64
# Statements of the student's process, which no number that it returns can show. They only take
# points away, so nothing is won by one that is false and nothing lost by one that is left out
# where the numbers are wrong. The exercises on networks have some more: `STATED` in their modules.
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
        How the arrays lie in memory: "C", "F", "strided" (a view of every second cell),
        "readonly", or "mixed" (the first argument in Fortran order, the others in C order).
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


def plain(value: Any) -> Any:
    """Copy a value as plain data, trusting none of its own methods.

    Parameters
    ----------
    value
        Anything.

    Returns
    -------
    None, bool, int, float, str, numpy.ndarray, list, tuple or Opaque
        NumPy scalars become Python's, and subclasses of lists, tuples and numbers what they are
        made of; what is none of these, or too large in all, becomes `Opaque`. Indices become int64
        where the platform's own are 32 bits wide.

    Examples
    --------
    >>> plain((np.int64(3), [1.5])), plain({1, 2})
    ((3, [1.5]), Opaque(what='a set'))
    """
    budget = _Budget()
    copied = budget.copy(value, MAX_DEPTH)
    if budget.items < 0:
        return Opaque(f"{_named(value)} with more than {MAX_ITEMS:,} items in all")
    return copied


class _Budget:
    """What may still be copied of a value: items, characters and bytes, of all its parts."""

    def __init__(self) -> None:
        self.items, self.characters, self.bytes = MAX_ITEMS, MAX_CHARACTERS, MAX_ARRAY_BYTES

    def copy(self, value: Any, depth: int) -> Any:
        """Copy a value, or name what it is."""
        kind = type(value)
        self.items -= 1
        if value is None or kind in (bool, float) or kind is Opaque:
            return value
        if issubclass(kind, np.ndarray):
            return self._array(value)
        if issubclass(kind, np.bool_ | np.integer | np.floating):
            return value.item() if value.dtype.itemsize <= 8 else float(value)
        if issubclass(kind, int):
            return _int(int.__index__(value))
        if issubclass(kind, float):
            return float.__float__(value)
        if issubclass(kind, str):
            return self._text(value)
        if issubclass(kind, list | tuple) and depth:
            return self._sequence(value, depth)
        return Opaque(_named(value))

    def _text(self, value: str) -> str:
        """Copy the beginning of a text, without lone surrogates."""
        text = str.__getitem__(value, slice(min(MAX_PRINTED, max(0, self.characters))))
        self.characters -= len(text)
        return text.encode("utf-8", "replace").decode()

    def _sequence(self, value: list | tuple, depth: int) -> Any:
        """Copy a list or a tuple; nothing is copied any more where there are too many items."""
        base: Any = list if issubclass(type(value), list) else tuple
        if base.__len__(value) > self.items:
            self.items = -1
        copied = []
        for item in base.__iter__(value):
            if self.items < 0:
                break
            copied.append(self.copy(item, depth - 1))
        return base(copied)

    def _array(self, value: np.ndarray) -> Any:
        """Copy an array of any subclass by its memory, not by its methods."""
        array = np.ndarray.view(value, np.ndarray)
        if issubclass(type(value), np.ma.MaskedArray) and np.ma.getmaskarray(value).any():
            return Opaque("a masked array with masked cells")
        if array.dtype.kind not in "biufc" or array.dtype.itemsize > 16:
            return Opaque(f"an array of dtype {array.dtype}"[:MAX_NAME])
        if array.nbytes > self.bytes:
            return Opaque(f"an array of shape {array.shape}, which is far too large")
        self.bytes -= array.nbytes
        dtype = np.dtype(np.int64) if array.dtype == INDEX else array.dtype.newbyteorder("=")
        return np.array(array, dtype=dtype, order="C")


def _int(value: int) -> Any:
    """Keep an int that 64 bits can hold."""
    return value if abs(value) < 2**63 else Opaque(f"an int of {value.bit_length()} bits")


def _named(value: Any) -> str:
    """Name what a value is."""
    name = type.__dict__["__name__"].__get__(type(value))[:MAX_NAME]
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
