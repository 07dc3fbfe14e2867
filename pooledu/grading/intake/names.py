"""Notebooks that were handed in under another name than they were released with."""

import filecmp
import os
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pooledu.grading.escaping import plain
from pooledu.grading.intake.reading import FILE_BYTES

DEPTH = 3
SEEN = 200


def notebooks(folder: Path) -> list[Path]:
    """Return the notebooks in a submission, at most some folders deep, links left out.

    An editor's checkpoints and other hidden files are none that anybody handed in.
    """
    found: list[Path] = []
    seen = 0
    for base, folders, names in os.walk(folder, followlinks=False):
        depth = len(Path(base).relative_to(folder).parts)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        seen += len(folders)
        if depth >= DEPTH:
            folders.clear()
        for name in sorted(names):
            seen += 1
            path = Path(base, name)
            if name.lower().endswith(".ipynb") and not name.startswith(".") and _is_file(path):
                found.append(path)
        if seen > SEEN:
            break
    return found


def take(folder: Path, names: Iterable[str]) -> bool:
    """Give the one notebook of a submission that has another name the name that is expected.

    Parameters
    ----------
    folder : Path
        The submission; a copy is put into it.
    names : iterable of str
        Of the assignment's notebooks.

    Returns
    -------
    bool
        Whether there is something to grade now.
    """
    expected = {name: folder / f"{name}.ipynb" for name in names}
    missing = [path for path in expected.values() if not os.path.lexists(path) or path.is_symlink()]
    others = [path for path in notebooks(folder) if path not in expected.values()]
    if len(missing) == 1 and missing[0].is_symlink():
        meant = Path(os.path.normpath(folder / os.readlink(missing[0])))
        others = [meant] if meant in others else others
    if len(missing) == len(others) == 1:
        with suppress(OSError):  # in a folder that nobody may write to; then the table names it
            if missing[0].is_symlink():  # an editor's or a student's own, to what lies beside it
                missing[0].unlink()
            with others[0].open("rb") as source, missing[0].open("xb") as target:
                shutil.copyfileobj(source, target)
            missing.clear()
    return len(missing) < len(expected)


def which(folder: Path, others: Iterable[Path], names: Iterable[str]) -> str:
    """Ask which of several notebooks is the one."""
    shown = [plain(str(path.relative_to(folder)), 100) for path in others]
    more = f" and {len(shown) - 5} more" if len(shown) > 5 else ""
    wanted = ", ".join(f"{name}.ipynb" for name in names)
    return f"no {wanted}, but {', '.join(shown[:5])}{more}: rename the one that counts"


def taken_from(folder: Path, name: str) -> str:
    """Say from which file a notebook was taken, or return "" where it has its own name."""
    own = folder / f"{name}.ipynb"
    others = [path for path in notebooks(folder) if path != own]
    if len(others) == 1 and _is_file(own) and filecmp.cmp(others[0], own, shallow=False):
        return f"taken from {plain(str(others[0].relative_to(folder)), 100)}"
    return ""


def _is_file(path: Path) -> bool:
    """Say whether this is a file, and no link to one, that may be a notebook."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= FILE_BYTES
