"""What was found, as a code and its arguments; `words` says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, init=False)
class Finding:
    """One thing that was found.

    Attributes
    ----------
    code
        What it is; a key of `words.SENTENCES`, or of an exercise's own `words`.
    arguments
        What belongs to it: numbers, strings, and tuples of them.

    Examples
    --------
    >>> Finding("wrong", count=3, size=16)
    Finding(code='wrong', arguments={'count': 3, 'size': 16})
    """

    code: str
    arguments: Mapping[str, Any]

    def __init__(self, code: str, **arguments: Any) -> None:
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "arguments", arguments)
