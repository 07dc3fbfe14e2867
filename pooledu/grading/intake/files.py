"""The files of an assignment that lie beside its notebook: the instructor's, and a student's.

They travel into the directory in which the notebook runs. Nothing is followed that is a link, at
any level, and all together is bounded.
"""

import fnmatch
import os
import stat
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import all_suffixes
from pathlib import PurePosixPath

FILES_BYTES = 32 << 20
FILES_COUNT = 500
DEPTH = 8
ENTRIES = 5000
SUFFIXES = sorted(all_suffixes(), key=len, reverse=True)  # of what Python imports


@dataclass(frozen=True)
class File:
    """A file that a notebook finds beside it.

    Attributes
    ----------
    name
        Its path, with `/`, from the notebook's directory.
    content
        What it holds.
    released
        Whether it is the instructor's: then it is read-only, and no other takes its place.
    """

    name: str
    content: bytes
    released: bool


Leave = Callable[[str, str], None]
"""Told of each file that is left out: its name, and why."""


def _say_nothing(name: str, why: str) -> None:
    """Leave a file out without a word."""


def released_files(
    folder: str, ignore: Sequence[str], without: Sequence[str] = (), leave: Leave = _say_nothing
) -> list[File]:
    """Return the instructor's files of an assignment.

    Parameters
    ----------
    folder : str
        Where the assignment's source is.
    ignore : sequence of str
        Patterns of names that nbgrader's configuration leaves out.
    without : sequence of str
        Names that students hand in themselves (nbgrader's `exclude_overwriting`).
    leave : callable
        Told of each file that is left out though nobody asked for that.
    """
    return [
        File(name, content, True)
        for name, content in _files(folder, ignore, leave)
        if name not in without
    ]


def with_submitted(
    released: Sequence[File],
    folder: str,
    ignore: Sequence[str],
    wanted: Sequence[str],
    leave: Leave = _say_nothing,
) -> tuple[File, ...]:
    """Add the files that a student handed in to the instructor's.

    Parameters
    ----------
    released : sequence of File
        The instructor's; none of them gives way.
    folder : str
        The submission.
    ignore : sequence of str
        Patterns of names that nbgrader's configuration leaves out.
    wanted : sequence of str
        Patterns of names, one of which a student's file has to have.
    leave : callable
        Told of each file that is left out because of what it is.
    """
    taken = {_composed(file.name).casefold() for file in released}
    # A file where the instructor has a folder, and the other way round, gives way, too.
    folders = {str(each) for name in taken for each in PurePosixPath(name).parents}
    modules = {_imported_as(file.name) for file in released} - {""}
    submitted: dict[str, File] = {}
    for found, content in _files(folder, ignore, leave) if wanted else ():
        name = _composed(found)
        if (
            any(fnmatch.fnmatch(name, _composed(pattern)) for pattern in wanted)
            and name.casefold() not in taken | folders
            and _imported_as(name) not in modules
            and not taken & {str(each).casefold() for each in PurePosixPath(name).parents}
        ):
            submitted.setdefault(name, File(name, content, False))
    return (*released, *submitted.values())


def _composed(name: str) -> str:
    """Return a name with its accents as a notebook writes them; macOS takes letters apart."""
    return unicodedata.normalize("NFC", name)


def _imported_as(name: str) -> str:
    """Return the path of the module that a file would be, or "".

    Examples
    --------
    >>> [_imported_as(name) for name in ("a.py", "a/__init__.so", "b/A.pyc", "a.csv")]
    ['a', 'a', 'b/a', '']
    """
    path = PurePosixPath(name.casefold())
    for suffix in SUFFIXES:
        if path.name.endswith(suffix):
            stem = path.name.removesuffix(suffix)
            return str(path.parent if stem == "__init__" else path.parent / stem)
    return ""


def _files(folder: str, ignore: Sequence[str], leave: Leave) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of files, smallest first, as far as the limits go."""
    try:
        top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        left = FILES_BYTES
        for number, (size, name) in enumerate(sorted(_found(top, ignore, leave))):
            left -= size
            if number >= FILES_COUNT:
                leave(name, f"is one of more than {FILES_COUNT} files")
            elif left < 0:
                leave(name, f"makes it more than {FILES_BYTES >> 20} MB")
            elif (content := _content(top, name, size)) is None:
                leave(name, "cannot be read")
            else:
                yield name, content
    finally:
        os.close(top)


def _found(top: int, ignore: Sequence[str], leave: Leave) -> Iterator[tuple[int, str]]:
    """Yield the sizes and names of the files that are to travel."""
    left_out = (*ignore, "*.ipynb")  # folders of that name, too: nbgrader writes a file there
    entries = 0
    for base, folders, names, descriptor in os.fwalk(".", dir_fd=top, follow_symlinks=False):
        inside = PurePosixPath(base)
        entries += len(folders) + len(names)
        folders[:] = sorted(name for name in folders if not _ignored(name, left_out))
        for name in folders:
            if _is_link(name, descriptor):
                leave(str(inside / name), "is a link")
        if folders and (len(inside.parts) >= DEPTH or entries > ENTRIES):
            leave(str(inside / folders[0]), f"lies deeper than {DEPTH} folders, or among too many")
            folders.clear()
        for name in names[:ENTRIES]:
            path, size = str(inside / name), _size(name, descriptor)
            if _ignored(name, left_out):
                continue
            if size is None:
                leave(path, "is a link" if _is_link(name, descriptor) else "is no file")
            elif not path.isprintable():
                leave(path, "has a name that cannot be printed")
            else:
                yield size, path


def _is_link(name: str, folder: int) -> bool:
    """Say whether this is a symbolic link."""
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _size(name: str, folder: int) -> int | None:
    """Return the size of a file; None where it is none, or its folder gives nothing but names."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _ignored(name: str, patterns: Sequence[str]) -> bool:
    """Say whether a file or folder is left out: by the configuration, or as hidden ones are."""
    hidden = name.startswith((".", "timestamp.txt")) or name == "__pycache__"
    return hidden or any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def _content(top: int, name: str, size: int) -> bytes | None:
    """Read a regular file, if no part of its path is a link by now."""
    *folders, last = PurePosixPath(name).parts
    opened = [os.dup(top)]
    try:
        for each in folders:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            opened.append(os.open(each, flags, dir_fd=opened[-1]))
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        opened.append(os.open(last, flags, dir_fd=opened[-1]))
        if not stat.S_ISREG(os.fstat(opened[-1]).st_mode):
            return None
        with open(opened.pop(), "rb") as file:
            return file.read(size)
    except OSError:
        return None
    finally:
        for descriptor in opened:
            os.close(descriptor)
