"""Which version of an exercise judged: a mark may change when it does."""

from __future__ import annotations

import hashlib
import importlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from pooledu.checks.registry import exercise_names, find

ENGINE = "pooledu.checks"


@cache
def judged_by(problem_set: str, graded: frozenset[str] = frozenset()) -> str:
    """Return the package's version and a digest of what judges a problem set.

    It is another one as soon as a line of the set's exercises or of the engine is another.

    Parameters
    ----------
    problem_set
        The set, whose exercises may be in a folder of its name.
    graded
        The names of the cells that its notebooks grade: some are exercises of other folders.

    Examples
    --------
    >>> judged_by("ps1_windows") == judged_by("ps2_borders")
    False
    """
    names = {*exercise_names(problem_set), *(graded & {*exercise_names()})}
    packages = {find(name).package for name in names} - {""}
    digest = hashlib.blake2b(digest_size=6)
    for name in sorted(packages | {ENGINE}):
        for root in importlib.import_module(name).__path__:
            for path in sorted(Path(root).glob("*.py")):
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{version('pooledu')}+{digest.hexdigest()}"
