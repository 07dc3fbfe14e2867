"""Plain data on the wire: calls to make, and what was seen in them.

A value becomes JSON and byte strings. Whatever comes in is checked while it is read; numbers,
strings, arrays, lists, tuples and dicts come out, and nothing else.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from pooledu.checks.calls import Call, Observation, Opaque
from pooledu.grading.wire.channel import ANSWERS_LIMIT, ProtocolError

TEXT_LIMIT = 10_000
OUTCOMES = ("returned", "raised", "slow", "stuck", "skipped")
DTYPE = re.compile(r"[<>|][biufc][0-9]{1,2}\Z")


class Writer:
    """Turns values into JSON, and collects the bytes of their arrays in `buffers`."""

    def __init__(self) -> None:
        self.buffers: list[bytes] = []
        self._left = ANSWERS_LIMIT

    def calls(self, calls: Sequence[Call]) -> list[Any]:
        """Write calls."""
        return [
            {each.name: self.value(getattr(call, each.name)) for each in fields(Call)}
            for call in calls
        ]

    def observations(self, observations: Sequence[Observation]) -> list[Any]:
        """Write observations."""
        return [
            {
                "outcome": seen.outcome,
                "value": self.value(seen.value),
                "error": seen.error,
                "where": seen.where,
                "notes": list(seen.notes),
                "printed": seen.printed,
            }
            for seen in observations
        ]

    def value(self, value: Any) -> Any:
        """Write a value: what JSON has as itself, other things as a list that begins with a tag."""
        if value is None or type(value) in (bool, int, float, str):  # np.float64 is a float, too
            return value
        if isinstance(value, list | tuple):
            return [type(value).__name__, [self.value(item) for item in value]]
        if isinstance(value, dict):
            return ["dict", [[key, self.value(item)] for key, item in value.items()]]
        if isinstance(value, np.ndarray):
            return self._array("array", value)
        if isinstance(value, np.generic):
            return self._array("scalar", np.asarray(value))
        if isinstance(value, Opaque):
            return ["opaque", value.what]
        raise TypeError(f"{type(value).__name__} is no plain data")

    def _array(self, tag: str, array: np.ndarray) -> Any:
        """Write an array, unless all of them together grow too large."""
        if array.nbytes > self._left:
            return ["opaque", f"an array of shape {array.shape}, which is far too large"]
        self._left -= array.nbytes
        self.buffers.append(array.tobytes())
        return [tag, array.dtype.str, list(array.shape)]


class Reader:
    """Reads values back from JSON and the bytes of their arrays.

    Parameters
    ----------
    buffers : list of bytes
        In the order in which the arrays were written.

    Raises
    ------
    ProtocolError
        By every method, on what no honest process writes.
    """

    def __init__(self, buffers: list[bytes]) -> None:
        self._buffers = iter(buffers)

    def calls(self, written: Any) -> list[Call]:
        """Read calls."""
        return [
            Call(**{name: self.value(value) for name, value in call.items()}) for call in written
        ]

    def observations(self, written: Any, count: int) -> list[Observation]:
        """Read `count` observations."""
        if not isinstance(written, list) or len(written) != count:
            raise ProtocolError("not as many observations as calls")
        return [self._observation(seen) for seen in written]

    def _observation(self, seen: Any) -> Observation:
        """Read one observation."""
        if not isinstance(seen, dict) or seen.get("outcome") not in OUTCOMES:
            raise ProtocolError("an observation that is none")
        notes = seen.get("notes")
        if not isinstance(notes, list) or len(notes) > 100:
            raise ProtocolError("notes that are none")
        return Observation(
            seen["outcome"],
            self.value(seen.get("value")),
            error=_text(seen.get("error")),
            where=_text(seen.get("where")),
            notes=tuple(map(_text, notes)),
            printed=_text(seen.get("printed")),
        )

    def value(self, written: Any) -> Any:
        """Read a value."""
        if isinstance(written, str):
            return _text(written)
        if written is None or isinstance(written, bool | int | float):
            return written
        if not isinstance(written, list) or not written:
            raise ProtocolError("a value that is none")
        try:
            return self._tagged(*written)
        except (TypeError, ValueError, RecursionError):
            raise ProtocolError("a value that is none") from None

    def _tagged(self, tag: str, content: Any, shape: Any = None) -> Any:
        """Read a value that is written as a list."""
        if tag in ("list", "tuple"):
            items = [self.value(item) for item in content]
            return items if tag == "list" else tuple(items)
        if tag == "dict":
            return {_text(key): self.value(item) for key, item in content}
        if tag == "opaque":
            return Opaque(_text(content))
        if tag == "array":
            return self._array(content, shape)
        if tag == "scalar":
            return self._array(content, [])[()]
        raise ProtocolError("a value of no known kind")

    def _array(self, dtype: Any, shape: Any) -> np.ndarray:
        """Read an array whose dtype, shape and number of bytes agree."""
        known = isinstance(dtype, str) and DTYPE.match(dtype)
        sizes = isinstance(shape, list) and all(type(n) is int and 0 <= n < 2**31 for n in shape)
        data = next(self._buffers, None)
        if not known or not sizes or data is None:
            raise ProtocolError("an array that is none")
        try:
            kind = np.dtype(dtype)
            if math.prod(shape) * kind.itemsize != len(data):
                raise ProtocolError("an array whose shape and size disagree")
            return np.frombuffer(data, kind).reshape(shape).copy()
        except (TypeError, ValueError) as error:
            raise ProtocolError(f"an array that is none: {error}") from None


def _text(value: Any) -> str:
    """Return a string of bounded length, with characters that can be written to a file."""
    if not isinstance(value, str):
        raise ProtocolError("a text that is none")
    return value[:TEXT_LIMIT].encode("utf-8", "replace").decode()
