"""Indices where an address has 32 bits, as in a browser: code written for int64 is right there too.

On such a platform `np.argmax` gives int32, and `np.take`, `np.put` and others refuse int64, so that
code which is right on every student's machine would fail. While such code runs, these functions
take int64, and int64 in a cell is the platform's own index type; what is returned is read as int64
(`calls.plain`). The name `np.int64` itself stays: NumPy's random generators rely on it.
"""

from __future__ import annotations

import ast
import contextlib
import functools
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

import numpy as np

from pooledu.checks.calls import INDEX

REFUSE = {  # functions, and where their indices stand: the place and the name of the argument
    "take": (1, "indices"),
    "put": (1, "ind"),
    "repeat": (1, "repeats"),
    "choose": (0, "a"),
    "bincount": (0, "x"),
    "ravel_multi_index": (0, "multi_index"),
    "unravel_index": (0, "indices"),
}
WIDE = INDEX.itemsize >= 8


def narrow(value: Any) -> Any:
    """Return int64, alone, in an array or in a tuple of arrays, as the platform's index type."""
    if isinstance(value, np.ndarray | np.int64) and value.dtype == np.int64:
        return value.astype(INDEX)
    if isinstance(value, tuple | list) and any(isinstance(item, np.ndarray) for item in value):
        return type(value)(map(narrow, value))
    return value


def _taking(function: Callable[..., Any], place: int, name: str) -> Callable[..., Any]:
    """Let a function of NumPy take indices of int64."""

    @functools.wraps(function)
    def take(*args: Any, **kwargs: Any) -> Any:
        if len(args) > place:
            args = (*args[:place], narrow(args[place]), *args[place + 1 :])
        elif name in kwargs:
            kwargs[name] = narrow(kwargs[name])
        return function(*args, **kwargs)

    return take


@contextlib.contextmanager
def as_on_64_bits(wide: bool = WIDE) -> Iterator[None]:
    """Let functions of NumPy take int64 where they refuse it; elsewhere, do nothing."""
    before = {} if wide else {name: getattr(np, name) for name in REFUSE}
    for name, function in before.items():
        setattr(np, name, _taking(function, *REFUSE[name]))
    try:
        yield
    finally:
        for name, function in before.items():
            setattr(np, name, function)


class _Narrowed(ast.NodeTransformer):
    """Code with the platform's index type in place of int64."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Read `np.int64` as `np.intp`."""
        self.generic_visit(node)
        node.attr = "intp" if node.attr == "int64" else node.attr
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Read "int64" as "intp"."""
        node.value = "intp" if node.value == "int64" else node.value
        return node


def compiled(code: str, filename: str, wide: bool = WIDE) -> CodeType:
    """Compile a cell for this platform.

    Examples
    --------
    >>> given = {"np": np}
    >>> exec(compiled("kind = np.int64, np.dtype('int64')", "cell", wide=False), given)
    >>> given["kind"] == (np.intp, np.dtype(np.intp))
    True
    """
    if wide:
        return compile(code, filename, "exec")
    return compile(_Narrowed().visit(ast.parse(code, filename)), filename, "exec")
