"""All exercises there are, the course's and other people's, which come through one door.

A source is a package (or a folder) that holds a folder for each problem set, with a module for
each exercise in it. Sources are the course's own package, what other installed packages name under
the entry point group `pooledu.exercises`, the folder `checks` in the working directory, and every
folder that `load_folder` is given. Nothing tells them apart afterwards.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import sys
import traceback
import types
import warnings
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from pooledu.checks.exercise import Exercise

OURS = "pooledu.exercises"
GROUP = "pooledu.exercises"  # of the entry points with which other packages name theirs
BESIDE = "checks"  # a folder beside a notebook, or of a course, with exercises

_REGISTERED: dict[str, Exercise] = {}


def register(exercise: Exercise) -> Exercise:
    """Let `check` and the judge find an exercise by its name.

    Parameters
    ----------
    exercise
        The exercise; its `problem_set` is set.

    Returns
    -------
    Exercise
        The same.

    Raises
    ------
    ValueError
        If it belongs to no problem set, or if another exercise has its name: names are unique
        across the course.
    """
    if not exercise.problem_set:
        raise ValueError(
            f"the exercise {exercise.name!r} belongs to no problem set; set `problem_set`"
        )
    known = _REGISTERED.setdefault(exercise.name, exercise)
    if known is not exercise:
        raise ValueError(
            f"there are two exercises named {exercise.name!r}, in {known.problem_set} and in "
            f"{exercise.problem_set}; rename one: names are unique across the course"
        )
    return exercise


def load_folder(folder: Path | str) -> list[Exercise]:
    """Register the exercises of a folder, such as `checks/` of a course.

    Parameters
    ----------
    folder
        Holds a folder for each problem set, with a module for each exercise in it. The modules of
        a set may import each other: ``from .planes import planes``. A set's `__init__.py`, if there
        is one, may name in `ORDER` the modules in the order of the exercises. Its folder
        `solutions/`, if there is one, has model solutions.

    Returns
    -------
    list of Exercise
        What was registered, in order. A folder that was loaded before is not read again.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    ValueError
        If a name is taken already.
    """
    return load_package(_package(Path(folder).resolve()))


def _package(folder: Path) -> types.ModuleType:
    """Return a package that stands for a folder of exercises."""
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder} with exercises")
    _load_installed()  # whose names are taken
    name = f"pooledu_exercises_{zlib.crc32(str(folder).encode()):08x}"
    if name not in sys.modules:
        package = types.ModuleType(name, f"The exercises in {folder}.")
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    return sys.modules[name]


def load_package(
    package: types.ModuleType, leave_out: Callable[[Path, Exception], None] | None = None
) -> list[Exercise]:
    """Register the exercises of a package, which is laid out like a folder of `load_folder`.

    Parameters
    ----------
    package
        The package.
    leave_out
        Told of each problem set that cannot be loaded; all others are. By default nothing is
        left out: what an author's module raises goes on.
    """
    found = []
    for folder in sorted(path for root in package.__path__ for path in Path(root).iterdir()):
        if folder.is_dir() and folder.name.isidentifier() and not folder.name.startswith("_"):
            try:
                found += _registered(f"{package.__name__}.{folder.name}", folder)
            except Exception as error:
                if leave_out is None:
                    raise
                leave_out(folder, error)
    return found


def _registered(name: str, folder: Path) -> list[Exercise]:
    """Register the exercises of a problem set: all, or none where one cannot be."""
    before, found = dict(_REGISTERED), []
    try:
        for exercise in _declared(name, folder):
            exercise.package = name
            exercise.problem_set = exercise.problem_set or folder.name
            found.append(register(exercise))
    except Exception:
        _REGISTERED.clear()
        _REGISTERED.update(before)
        raise
    return found


def _declared(name: str, folder: Path) -> list[Exercise]:
    """Find the exercises that the modules of a problem set declare, in its order."""
    order = list(getattr(importlib.import_module(name), "ORDER", ()))
    stems = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    modules = [
        importlib.import_module(f"{name}.{stem}")
        for stem in sorted(stems, key=lambda stem: (stem not in order, (*order, stem).index(stem)))
    ]
    values = [value for module in modules for value in vars(module).values()]
    declared = {id(value): value for value in values if isinstance(value, Exercise)}
    return list(declared.values())


@cache
def _load() -> None:
    """Load our own exercises, those of other installed packages, and those beside a notebook."""
    _load_installed()
    beside = Path.cwd() / BESIDE
    if beside.is_dir() and any(beside.glob("*/*.py")):
        load_package(_package(beside.resolve()), _left_out)


@cache
def _load_installed() -> None:
    """Load our own exercises, and those of other installed packages."""
    load_package(importlib.import_module(OURS))
    for entry in importlib.metadata.entry_points(group=GROUP):
        try:
            load_package(entry.load(), _left_out)
        except Exception as error:
            _left_out(entry.value, error)


def _left_out(source: Path | str, error: Exception) -> None:
    """Warn that somebody's exercises cannot be loaded; all others can."""
    warnings.warn(f"the exercises of {source} are left out: {told(error)}", stacklevel=2)


def told(error: Exception) -> str:
    """Say what an author's module raised, and where in it.

    Examples
    --------
    >>> told(ValueError("no"))
    'ValueError: no'
    """
    what = f"{type(error).__name__}: {error}"
    engine = str(Path(__file__).parents[1])
    lines = [
        f"{Path(frame.filename).name}, line {frame.lineno}: "
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((engine, "<"))
    ]
    return (lines[-1] if lines else "") + what


def exercise_names(problem_set: str | None = None) -> list[str]:
    """List the exercises, of one problem set or of all.

    Examples
    --------
    >>> exercise_names("ps1_windows")
    ['output_size', 'max_pool2d', 'avg_pool2d', 'pooled_size', 'pooled_shape']
    """
    _load()
    return [
        name
        for name, exercise in _REGISTERED.items()
        if problem_set in (None, exercise.problem_set)
    ]


def find(name: str) -> Exercise:
    """Find an exercise by its name.

    Raises
    ------
    KeyError
        If there is none; the message names the nearest ones.
    """
    _load()
    if name not in _REGISTERED:
        near = " or ".join(nearest(name))
        raise KeyError(
            f"there is no exercise named {name!r}" + (f"; is it {near}?" if near else "")
        )
    return _REGISTERED[name]


def nearest(name: str) -> tuple[str, ...]:
    """Find the exercises whose names are like a name."""
    _load()
    return tuple(difflib.get_close_matches(name, _REGISTERED))
