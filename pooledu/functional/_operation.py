"""What every public operation has: a docstring from shared parts, and its input's layout."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from pooledu.functional._documentation import adapt, documented
from pooledu.functional._plain import keep_layout
from pooledu.functional._torch_rules import check_array

F = TypeVar("F", bound=Callable)


def operation(function: F) -> F:
    """Make a function of an array an operation of the library."""
    documented(function)
    name, first = function.__name__, next(iter(inspect.signature(function).parameters))

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        if args:
            x = args[0]
        elif first in options:
            x = options[first]
        else:
            return function(*args, **options)  # which says what is missing
        check_array(name, x, "input" if first == "x" else first)
        if not isinstance(x, np.ndarray):
            return keep_layout(function(*args, **options), x)
        try:
            with np.errstate(all="ignore"):  # sums of infinities, roots of negative numbers
                return keep_layout(function(*args, **options), x)
        except MemoryError as error:
            raise MemoryError(
                f"{name}: the result does not fit: {error}. Use smaller sizes."
            ) from None

    return cast(F, call)


def form_of(general: Callable) -> Callable[[F], F]:
    """Make a function the form of `general` for 1, 2 or 3 axes: it shares its text."""
    return lambda function: operation(adapt(general, function))
