"""What a cell changes in modules is taken back, where the same Python tells of it and judges it.

After a line such as `np.max = mine` right code would seem wrong. What else a cell may change, such
as classes, is not put back here: a page puts back the whole memory of its Python.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class Untouched:
    """Within it, code may change any module; after it, each has its own names again.

    Modules that were imported meanwhile stay. What is put back first needs no name, for the names
    that Python itself reads (`builtins`) may be the changed ones.

    Examples
    --------
    >>> import math
    >>> with Untouched():
    ...     math.pi = 3
    >>> math.pi > 3
    True
    """

    def __enter__(self) -> None:
        modules = [module for module in sys.modules.values() if isinstance(module, ModuleType)]
        self.kept: list[tuple[dict[str, Any], dict[str, Any]]] = [
            (vars(module), dict(vars(module))) for module in modules
        ]
        self.modules = dict(sys.modules)
        self.depth = sys.getrecursionlimit()

    def __exit__(self, *_: object) -> None:
        for names, before in self.kept:
            names.update(before)
        for names, before in self.kept:
            for name in names.keys() - before.keys():
                if not isinstance(names[name], ModuleType):
                    del names[name]
        sys.modules.update(self.modules)
        sys.setrecursionlimit(self.depth)
