"""What a right solution can do wrong around its result: hand out its input, or fail at rare values.

A spoiler takes a function and returns one that is right but for one habit.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

RARE = {
    "kernel_size": (1, 2, 3, 4),
    "stride": (None, 1, 2, 3),
    "padding": (0, 1, 2, 3),
    "dilation": (1, 2),
    "ceil_mode": (False, True),
    "count_include_pad": (False, True),
    "out_size": (1,),
    "output_size": (1,),
    "class_index": (0,),
    "u": (0,),
    "lam": (0, 1),
    "p": (1, 2),
}


def spoiled(function: Callable[..., Any], example: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield spoiled forms of a function with what they do; `example` is one call's arguments."""
    signature = inspect.signature(function)

    def form(before=lambda given: None, after=lambda given, result: result):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            before(bound.arguments)
            return after(bound.arguments, function(*args, **kwargs))

        return wrapper

    yield "squeezes", form(after=lambda given, result: over_arrays(np.squeeze, result))
    yield "hands out its input", form(after=hand_out)
    yield (
        "float32",
        form(after=lambda given, result: over_arrays(lambda y: y.astype(np.float32), result)),
    )
    for axis in (-2, -1):
        yield f"raises where axis {axis} has one cell", form(before=one_cell(axis))
    for name in example:
        if isinstance(example[name], np.ndarray | list):
            yield f"empties {name}", form(after=emptied(name))
        for value in RARE.get(name, ()):
            yield f"raises where {name} is {value}", form(before=rare(name, value))


def over_arrays(change: Callable[[Any], Any], result: Any) -> Any:
    """Change each array of a result."""
    if isinstance(result, tuple | list):
        return type(result)(over_arrays(change, part) for part in result)
    return change(result) if isinstance(result, np.ndarray) else result


def hand_out(given: dict[str, Any], result: Any) -> Any:
    """Return an argument itself, where it is the result."""
    for argument in given.values():
        if isinstance(argument, np.ndarray) and np.array_equal(argument, result):
            return argument
    return result


def one_cell(axis: int) -> Callable[[dict[str, Any]], None]:
    """Raise where an array has one row, or one column."""

    def before(given):
        arrays = [a for a in given.values() if isinstance(a, np.ndarray) and a.ndim > 1]
        if any(array.shape[axis] == 1 for array in arrays):
            raise ValueError("one cell")

    return before


def emptied(name: str) -> Callable[[dict[str, Any], Any], Any]:
    """Empty a list argument, or fill an array with zeros, when all is done."""

    def after(given, result):
        if isinstance(given[name], list):
            given[name].clear()
        elif isinstance(given[name], np.ndarray):
            given[name][...] = 0
        return result

    return after


def rare(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Raise where a parameter has a value."""

    def before(given):
        same = given[name] is None if value is None else np.array_equal(given[name], value)
        if same:
            raise ValueError("a rare value")

    return before
