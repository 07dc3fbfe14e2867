"""What is packed in an archive (.zip), and the archives that students hand in themselves."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Collection

from pooledu.grading.course.settings import CourseError
from pooledu.grading.intake.reading import FILE_BYTES
from pooledu.grading.intake.times import NAME as TIME

Reader = Callable[[], bytes]
ARCHIVE = re.compile(r"\.zip\Z", re.IGNORECASE)
OF_A_SYSTEM = "__MACOSX"
NO_NAME = re.compile(r'[*?\[\]{}\\<>&"|:]')  # signs of patterns, of pages and of other systems
CHARACTERS, FOLDERS, FILES = 100, 2, 500
ENTRY, LISTED = b"PK\x01\x02", 20 * FILES  # folders and what a system adds are listed, too
TOGETHER_BYTES = 2 * FILE_BYTES  # of all files that one person handed in at one time


def safe_path(name: str) -> str:
    """Return the path of a file in a submission: it stays inside, and each part names one thing.

    Examples
    --------
    >>> safe_path("work/Übung [1].ipynb"), safe_path("../-x"), safe_path("__MACOSX/._a.ipynb")
    ('work/Übung _1_.ipynb', '_x', '')
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    if not parts or OF_A_SYSTEM in parts or any(part.startswith(".") for part in parts):
        return ""
    return "/".join(_safe(part) for part in (*parts[:-1][-FOLDERS:], parts[-1]))


def _safe(part: str) -> str:
    """Return a name without signs that mean something elsewhere."""
    part = unicodedata.normalize("NFC", NO_NAME.sub("_", part))  # macOS takes letters apart
    text = "".join(each if each.isprintable() else "_" for each in part)
    if text.startswith("-"):
        text = f"_{text[1:]}"
    stem, dot, ending = text.rpartition(".")
    return f"{stem[: CHARACTERS - len(ending) - 1]}{dot}{ending}"[-CHARACTERS:].strip() or "_"


def reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Reader:
    """Return what reads an entry, and no more than a submission's file may have."""

    def read() -> bytes:
        try:
            with archive.open(entry) as file:
                content = file.read(FILE_BYTES + 1)
        except Exception as error:  # of zipfile and of whichever library unpacks this kind
            raise CourseError(f"{entry.filename} cannot be unpacked: {error}") from None
        if len(content) > FILE_BYTES:
            raise CourseError(f"{entry.filename} has more than {FILE_BYTES >> 20} MB")
        return content

    return read


def unpacked(files: dict[str, Reader]) -> dict[str, Reader]:
    """Return files, with those of an archive in place of it.

    Raises
    ------
    CourseError
        If an archive cannot be read or holds more than a submission may.
    """
    found: dict[str, Reader] = {}
    for name, read in files.items():
        if ARCHIVE.search(name):
            found |= _inside(name, read)
        else:
            found[name] = read
    return found


def _inside(name: str, read: Reader) -> dict[str, Reader]:
    """Return the files in an archive that a student handed in; it is held while they are read."""
    content = read()
    # Before anything is made of it: a list of a million files takes half a gigabyte.
    if content.count(ENTRY) > LISTED:
        raise CourseError(f"{name} has more than {FILES} files or {FILE_BYTES >> 20} MB")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise CourseError(f"{name} cannot be unpacked: {error}") from None
    entries = [each for each in archive.infolist() if not each.is_dir()]
    if len(entries) > FILES or sum(each.file_size for each in entries) > FILE_BYTES:
        raise CourseError(f"{name} has more than {FILES} files or {FILE_BYTES >> 20} MB")
    found: dict[str, Reader] = {}
    for each in entries:
        if path := safe_path(each.filename):
            found[free(path, found)] = reader(archive, each)
    found.pop(TIME, None)  # when it was handed in is not the student's to say
    return found


def free(file: str, taken: Collection[str]) -> str:
    """Return a path that is not taken: two may differ in signs that were replaced."""
    while file in taken:
        folder, slash, name = file.rpartition("/")
        file = f"{folder}{slash}_{name}"
    return file
