"""Right solutions of the exercises, in every style that comes to mind.

A module has those of its exercises in `SOLUTIONS`.
"""

import importlib
import pkgutil

MODULES = [
    importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
]
SOLUTIONS = {name: styles for part in MODULES for name, styles in part.SOLUTIONS.items()}
