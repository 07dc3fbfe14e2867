"""Reference pooling operations, and checks that explain what is wrong.

The parts, each importing only what stands before it:

- `pooledu.geometry`: sizes, window starts, bins and paddings; integers only.
- `pooledu.functional`: pooling of NumPy and torch arrays.
- `pooledu.checks`: the exercises; `check(function)` says whether a solution is right, and why not.

`import pooledu` loads NumPy and nothing heavier.
"""

from typing import Any

__all__ = ["check"]


def __getattr__(name: str) -> Any:
    if name == "check":
        from pooledu.checks import check

        return check
    raise AttributeError(f"module 'pooledu' has no attribute {name!r}")
