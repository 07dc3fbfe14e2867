"""What a function needs beside its notebook: it will not be there when the notebook is graded."""

from __future__ import annotations

import sys
import sysconfig
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def files_beside(function: Any, folder: Path | None = None) -> list[str]:
    """List the files of one's own that a function comes from or uses.

    Parameters
    ----------
    function
        The function, or whatever was handed to `check`.
    folder
        Where the notebook lies; by default the working directory.

    Returns
    -------
    list of str
        Their names, each once. Installed packages and Python's own modules are not among them.

    Examples
    --------
    >>> files_beside(sorted)
    []
    """
    folder = (folder or Path.cwd()).resolve()
    ours = Path(__file__).parents[1]  # may lie here, too: where one works on the course itself
    paths = (str(ours), sys.prefix, *sysconfig.get_paths().values())
    installed = [Path(path).resolve() for path in paths]
    found = []
    for name in dict.fromkeys(_modules(function)):
        file = getattr(sys.modules.get(name), "__file__", None)
        path = Path(file).resolve() if file and name != "__main__" else None
        if path and path.is_relative_to(folder) and not any(map(path.is_relative_to, installed)):
            found.append(str(path.relative_to(folder)))
    return found


def _modules(function: Any) -> Iterator[str]:
    """Name the modules of a function and of the global names in its code."""
    yield _module(function)
    code, names = attribute(function, "__code__"), attribute(function, "__globals__")
    if isinstance(code, types.CodeType) and isinstance(names, dict):
        for name in _global_names(code):
            if name in names:
                yield _module(names[name])


def _module(value: Any) -> str:
    """Name the module that something is, or was defined in."""
    name = attribute(value, "__name__" if type(value) is types.ModuleType else "__module__")
    return name if isinstance(name, str) else ""


def attribute(of: Any, name: str) -> Any:
    """Read an attribute of something that may refuse in any way; None if it does."""
    try:
        return getattr(of, name, None)
    except Exception:
        return None


def _global_names(code: types.CodeType) -> Iterator[str]:
    """List the names that a function and the functions in it look up."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _global_names(constant)
