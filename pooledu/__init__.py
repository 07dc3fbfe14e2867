"""Reference pooling operations, and checks that explain what is wrong.

The parts, each importing only what stands before it:

- `pooledu.geometry`: sizes, window starts, bins and paddings; integers only.
- `pooledu.functional`: pooling of NumPy, torch and JAX arrays.
- `pooledu.gradients`: the backward passes.
- `pooledu.nn`: modules for torch.
- `pooledu.checks`: the exercises; `check(function)` says whether a solution is right, and why not.

`import pooledu` loads none of them; each is loaded when it is first named, as in
`pooledu.functional.max_pool2d`.
"""

import importlib
from typing import Any

__all__ = ["__version__", "check"]

PARTS = ("checks", "datasets", "figures", "functional", "geometry", "gradients", "nn", "playground")


def __getattr__(name: str) -> Any:
    if name == "check":
        from pooledu.checks import check

        return check
    if name == "__version__":
        from importlib.metadata import version

        return version("pooledu")
    if name in PARTS:
        return importlib.import_module(f"pooledu.{name}")
    raise AttributeError(f"module 'pooledu' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, *PARTS])
