"""Small scopes: all legal inputs up to a bound, with what is right for each by plain counting.

Nothing here uses pooledu, nor torch's pooling: a mutant is judged by these before it is judged by a
ladder. A module has its scopes in `SCOPES`, and in `RUNS` how a function is called that takes or
returns no plain data; the registry of exercises says whether any is missing.
"""

import importlib
import pkgutil

MODULES = [
    importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
]
SCOPES = {scope.__name__: scope for part in MODULES for scope in getattr(part, "SCOPES", ())}
RUNS = {name: run for part in MODULES for name, run in getattr(part, "RUNS", {}).items()}
