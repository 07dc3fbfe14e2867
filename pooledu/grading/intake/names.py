"""Notebooks that were handed in under another name than they were released with."""

import filecmp
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from pooledu.grading.escaping import plain
from pooledu.grading.intake.opening import NotAFileError, open_file
from pooledu.grading.intake.reading import FILE_BYTES
from pooledu.grading.intake.times import NAME as TIME

DEPTH = 3
SEEN = 200
COMPARED = 10  # files that are read to the end, to see whether they are the same
NAMED = 5  # files that a sentence names
NOTEBOOK = re.compile(r"\.ipynb(?:\.(?:txt|json|download))?(?: ?\(\d+\))?\Z", re.IGNORECASE)
"""How browsers end the name of a notebook that they save."""
NOTHING_THERE = "nothing is handed in"
ORIGIN, ORIGIN_BYTES = ".{}.taken-from", 2000


def notebooks(folder: Path) -> list[Path]:
    """Return the notebooks in a submission, at most some folders deep, links left out.

    An editor's checkpoints and other hidden files are none that anybody handed in.
    """
    return [path for path in _files(folder) if NOTEBOOK.search(path.name)]


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of a submission, as far as they are looked at."""
    seen = 0
    for base, folders, names in os.walk(folder, followlinks=False):
        depth = len(Path(base).relative_to(folder).parts)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        seen += len(folders) + len(names)
        if depth >= DEPTH:
            folders.clear()
        for name in sorted(names)[:SEEN]:
            path = Path(base, name)
            if not name.startswith(".") and _is_file(path):
                yield path
        if seen > SEEN:
            break


def take(folder: Path, names: Iterable[str]) -> bool:
    """Give notebooks of a submission that have another name the name that is expected.

    Parameters
    ----------
    folder : Path
        The submission; copies are put into it.
    names : iterable of str
        Of the assignment's notebooks.

    Returns
    -------
    bool
        Whether there is something to grade now.
    """
    expected = {name: folder / f"{name}.ipynb" for name in names}
    there = notebooks(folder)
    _take_back(folder, expected, there)
    missing = {
        name: path
        for name, path in expected.items()
        if not os.path.lexists(path) or path.is_symlink()
    }
    others = [path for path in there if path not in expected.values()]
    for name, path in missing.items():
        if (one := _meant(folder, path, others, len(missing) == 1)) and _copied(one, path):
            with suppress(OSError):
                note = f"{_digest(path)} {one.relative_to(folder)}"
                (folder / ORIGIN.format(name)).write_bytes(os.fsencode(note))
    return any(os.path.lexists(path) and not path.is_symlink() for path in expected.values())


def _take_back(folder: Path, expected: dict[str, Path], there: list[Path]) -> None:
    """Remove a copy that was made before, and whose original is another one by now.

    One that somebody has changed is no copy any more.
    """
    for name, path in expected.items():
        digest, origin = _origin(folder, name)
        if origin in there and path in there and digest == _digest(path) != _digest(origin):
            with suppress(OSError):
                path.unlink()


def _origin(folder: Path, name: str) -> tuple[str, Path]:
    """Return what was noted of a copy: what it held, and which file that was."""
    note = ""
    with (
        suppress(FileNotFoundError, NotAFileError),
        open_file(folder / ORIGIN.format(name))[0] as file,
    ):
        note = os.fsdecode(file.read(ORIGIN_BYTES))
    digest, _, origin = note.partition(" ")
    return digest, folder / origin


def _digest(path: Path) -> str:
    """Return a digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


def _meant(folder: Path, path: Path, others: list[Path], is_last: bool) -> Path | None:
    """Return the notebook that is the missing one, if there is no doubt.

    That is the one of its name elsewhere, or the only one; copies of one another are one.
    """
    if path.is_symlink():  # an editor's or a student's own, to what lies beside it
        aim = Path(os.path.normpath(folder / os.readlink(path)))
        return aim if aim in others else None
    same = [each for each in others if each.name.casefold() == path.name.casefold()]
    candidates = same or (others if is_last else [])
    if len(candidates) > COMPARED:
        return None
    is_one = all(filecmp.cmp(candidates[0], each, shallow=False) for each in candidates[1:])
    return candidates[0] if candidates and is_one else None


def _copied(source: Path, target: Path) -> bool:
    """Copy a notebook, if the folder lets itself be written; else the table names it."""
    with suppress(OSError):
        if target.is_symlink():
            target.unlink()
        with source.open("rb") as original, target.open("xb") as copy:
            shutil.copyfileobj(original, copy)
        return True
    return False


def which(folder: Path, names: Iterable[str]) -> str:
    """Say what there is in place of the notebooks, or return "" where there is nothing."""
    wanted = ", ".join(f"{name}.ipynb" for name in names)
    if others := notebooks(folder):
        return f"no {wanted}, but {_shown(folder, others)}: rename the one that counts"
    files = [path for path in _files(folder) if path.name != TIME]
    return f"no {wanted} and no other notebook, but {_shown(folder, files)}" if files else ""


def not_found(folder: Path, names: Iterable[str]) -> str:
    """Say what there is where no notebook has its name (yet); "" where one has."""
    names = list(names)
    there = any(os.path.lexists(folder / f"{name}.ipynb") for name in names)
    return "" if there else which(folder, names) or NOTHING_THERE


def _shown(folder: Path, paths: list[Path]) -> str:
    """Name some files of a submission."""
    names = [plain(str(path.relative_to(folder)), 100) for path in paths]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


def origin_and_rest(folder: Path, names: Iterable[str]) -> str:
    """Say from which files notebooks were taken, and which others were not graded."""
    own = [folder / f"{name}.ipynb" for name in names]
    others = [path for path in notebooks(folder) if path not in own]
    same = [
        path
        for path in others[:COMPARED]
        if any(_is_file(each) and filecmp.cmp(path, each, shallow=False) for each in own)
    ]
    rest = [path for path in others if path not in same]
    taken = f"taken from {_shown(folder, same)}" if same else ""
    return "; ".join(filter(None, (taken, f"not graded: {_shown(folder, rest)}" if rest else "")))


def _is_file(path: Path) -> bool:
    """Say whether this is a file, and no link to one, that may be a notebook."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= FILE_BYTES
