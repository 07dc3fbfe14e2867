"""The folder of a course: what `pooledu new-course` writes, and how a newer release renews it.

A file that the instructor has changed is theirs. What was written is remembered by its digest, so
that only what is still as it was written is ever replaced.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from pooledu.grading.course.settings import FILE, CourseError, Settings

PACKAGE = Path(__file__).parents[2]
IN_WHEEL, IN_CLONE = PACKAGE / "problem_sets", PACKAGE.parent / "solutions"
PROBLEM_SETS = IN_WHEEL if IN_WHEEL.is_dir() else IN_CLONE
SETS = tuple(sorted(path.name for path in PROBLEM_SETS.glob("*") if path.is_dir()))

WRITTEN = ".pooledu-course.json"  # file -> digest of what was written there
UPDATES = "updates"
CONFIGURATION = '''"""nbgrader's configuration of this course; its facts stand in course.toml."""

from pooledu.grading.bridge import configure_course

c = get_config()  # noqa: F821  (nbgrader provides it)

configure_course(c, __file__)

# What you set from here on counts.
'''
README = """# {title}

Everything is done in this folder, with the environment active in which `pooledu` is installed.

## Before the term

    pooledu roster students.csv      the students: a column `id`, others as you have them
    pooledu new-set SET EXERCISE=4   a notebook of exercises of your own, if you have some
{release}
    pooledu dates                    after each change of a date in course.toml

Give the folder `exercises/SET` to the class. {install}

## For each problem set

    pooledu extend STUDENT SET DAYS  more time for one student, before or after the hand-in
    pooledu excuse STUDENT SET       it does not count for this student
    pooledu collect SET FILE.zip     what your LMS gave out
    pooledu grade SET                grades what is new
    pooledu grades SET               everyone's marks; --csv FILE writes them
    jupyter lab                      what a person reads: menu Nbgrader, Formgrader
    pooledu report SET               what was not understood
    pooledu feedback SET             a page for each student, in feedback/
    nbgrader export --exporter=pooledu.grading.export.LmsExport --to=scores.csv

Keep `.pooledu-secret`, which the first grading makes, and keep it to yourself.

## After an update of the package

    pooledu new-course . --update    renews what you have not changed, and says what you have
"""


def new_files(settings: Settings, sets: Sequence[str]) -> dict[str, bytes]:
    """Return what a new course holds: path -> content."""
    install = "The package lies in it as a file, from which the first cell installs it."
    if settings.address:
        install = f"The first cell installs the package from {settings.address}."
    readme = README.format(
        title=" ".join(filter(None, (settings.name, settings.term))),
        release="\n".join(f"    nbgrader generate_assignment {name}" for name in sets),
        install=install,
    )
    files = {
        FILE: settings.text.encode(),
        "nbgrader_config.py": CONFIGURATION.encode(),
        "README.md": readme.encode(),
    }
    for name in sets:
        for path in sorted((PROBLEM_SETS / name).rglob("*")):
            if path.is_file():
                files[f"solutions/{path.relative_to(PROBLEM_SETS).as_posix()}"] = path.read_bytes()
    return files


def make(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a new course.

    Raises
    ------
    CourseError
        If something is there already.
    """
    try:
        if folder.exists() and any(folder.iterdir()):
            raise CourseError(
                f"{folder} is not empty, and nothing in it is overwritten; name a new folder, or "
                "add --update to renew a course that was made here"
            )
        for name, content in files.items():
            _write(folder / name, content)
        _remember(folder, {name: _digest(content) for name, content in files.items()})
    except OSError as error:
        raise CourseError(f"{folder} cannot be written: {error}") from None


def update(folder: Path, files: Mapping[str, bytes]) -> tuple[list[str], list[str]]:
    """Renew what the instructor has not changed; put what they have beside it, to compare.

    Returns
    -------
    tuple of two lists
        The files that were renewed, and those that are the instructor's and were kept.
    """
    written = _remembered(folder)
    renewed, kept = [], []
    for name, content in files.items():
        path = folder / name
        new = _digest(content)
        if written.get(name) == new:  # this release brings nothing new
            continue
        is_theirs = path.exists() and _digest(path.read_bytes()) not in (written.get(name), new)
        if is_theirs or (name in written and not path.exists()):
            kept.append(name)
            _write(folder / UPDATES / version("pooledu") / name, content)
        else:
            renewed.append(name)
            _write(path, content)
        written[name] = new
    _remember(folder, written)
    return renewed, kept


def course_sets(folder: Path) -> list[str]:
    """Return the problem sets of ours that a course was made with."""
    return sorted({Path(name).parts[1] for name in _remembered(folder) if "solutions/" in name})


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _remember(folder: Path, written: Mapping[str, str]) -> None:
    (folder / WRITTEN).write_text(json.dumps(dict(written), indent=1), encoding="utf-8")


def _remembered(folder: Path) -> dict[str, str]:
    """Return what was written when the course was made or last renewed."""
    try:
        return json.loads((folder / WRITTEN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise CourseError(
            f"{folder} was not made by `pooledu new-course` ({WRITTEN} is not there)"
        ) from None
