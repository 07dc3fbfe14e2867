"""How a student's work is called: one function for each way, chosen by name.

A driver gets what the student made and the arguments of one case, and returns the result and
notes on what it saw. It runs on the student's side and knows no answers.
"""

from __future__ import annotations

from typing import Any

Driven = tuple[Any, tuple[str, ...]]


def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Driven:
    """Call it as it stands."""
    return function(*args, **kwargs), ()


def value(answer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Driven:
    """Look at the answer to a question, which is no function."""
    return answer, ()
