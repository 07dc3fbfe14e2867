"""What learning management systems (LMS) give out: an archive whose names say whose is what."""

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from pooledu.grading.course.ids import is_name
from pooledu.grading.course.settings import CourseError
from pooledu.grading.intake.reading import FILE_BYTES
from pooledu.grading.intake.times import NAME as TIME

ENTRIES = 100_000
METADATA = "submission_metadata.yml"  # of Gradescope
METADATA_BYTES = 20 << 20
SEVERAL = re.compile(r"-\d+(?=\.ipynb$)")  # Canvas numbers what has the same name

PATTERNS = {
    "canvas": r"(?P<name>[^_/]+)_(?:(?P<late>LATE)_)?(?P<key>\d+)_(?P<attempt>\d+)_(?P<file>[^/]+)",
    "moodle": r"(?P<name>[^_/]+)_(?P<attempt>\d+)_assignsubmission_file_?/?(?P<file>[^/]+)",
    "brightspace": (
        r"(?P<key>\d+)-(?P<attempt>\d+) - (?P<name>[^/]+?) ?- "
        r"(?P<time>[A-Z][a-z]{2,8} \d{1,2}, \d{4} \d{3,4} [AP]M)(?: - |/)(?P<file>[^/]+)"
    ),
    "blackboard": (r"(?P<name>[^/]+)_attempt_(?P<time>\d{4}(?:-\d\d){5})_(?P<file>[^/]+)"),
    "gradescope": r"submission_(?P<attempt>\d+)/(?P<file>[^/]+)",
    "nbgrader": r"(?P<name>[\w.-]+)_(?P<time>\d{8}T\d{6}Z)_(?P<file>\w+\.ipynb)",
}
TIMES = {
    "brightspace": "%b %d, %Y %I%M %p",
    "blackboard": "%Y-%m-%d-%H-%M-%S",
    "nbgrader": "%Y%m%dT%H%M%S%z",
}


@dataclass
class Attempt:
    """What one person handed in at one time.

    Attributes
    ----------
    keys
        By what the LMS names the person, the surest first.
    time
        When; None where the LMS does not say.
    late
        Whether the LMS marks it as late.
    files
        Name -> what reads it.
    """

    keys: tuple[str, ...]
    order: tuple[Any, ...]
    time: datetime | None = None
    late: bool = False
    files: dict[str, Callable[[], bytes]] = field(default_factory=dict)


def attempts(
    archive: zipfile.ZipFile, lms: str, zone: ZoneInfo
) -> tuple[str, list[Attempt], list[str]]:
    """Read the names in an archive.

    Parameters
    ----------
    archive
        As the LMS gave it out.
    lms
        One of `PATTERNS`, or "" to recognise it.
    zone
        In which the LMS writes times.

    Returns
    -------
    tuple
        The LMS, the attempts, and the names that are in no form of its.

    Raises
    ------
    CourseError
        If it is none that is known.
    """
    entries = [each for each in archive.infolist() if not each.is_dir()]
    if len(entries) > ENTRIES:
        raise CourseError(f"the archive has {len(entries)} files; more than {ENTRIES} are not read")
    names = [_path(each) for each in entries]
    lms = lms or _recognised(names)
    if lms not in PATTERNS:
        raise CourseError(f"{lms!r} is no LMS that is known; there are {', '.join(PATTERNS)}")
    about = _metadata(archive) if lms == "gradescope" else {}
    found: dict[tuple[str, ...], Attempt] = {}
    others = []
    for entry, name in zip(entries, names, strict=True):
        parts = _parts(name, lms)
        if parts is None or not is_name(parts["file"]) or parts["file"] == TIME:
            others += [name] if PurePosixPath(name).name != METADATA else []
            continue
        place = tuple(parts.get(each) or "" for each in ("key", "name", "time", "attempt"))
        if place not in found:
            found[place] = _attempt(parts, lms, zone, about)
        file = SEVERAL.sub("", parts["file"]) if lms == "canvas" else parts["file"]
        found[place].files[file] = _reader(archive, entry)
    return lms, list(found.values()), others


def _path(entry: zipfile.ZipInfo) -> str:
    """Return the name of an entry, in UTF-8 where an archive does not say that it is."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename


def _recognised(names: list[str]) -> str:
    """Return the LMS in whose form most notebooks are named."""
    notebooks = [name for name in names if name.lower().endswith(".ipynb")]
    if not notebooks:
        raise CourseError("there is no notebook (.ipynb) in the archive")

    def fitting(lms: str) -> int:
        return sum(_parts(name, lms) is not None for name in notebooks)

    best = max(PATTERNS, key=fitting)
    if not fitting(best):
        raise CourseError(
            f"{notebooks[0]!r} is in the form of none of {', '.join(PATTERNS)}. Rename the files "
            "to STUDENT_20260930T174500Z_NOTEBOOK.ipynb, or put them into submitted/STUDENT/SET"
        )
    return best


def _parts(name: str, lms: str) -> dict[str, str] | None:
    """Return what a name says, in an LMS's form."""
    found = re.fullmatch(rf"(?:.*/)?{PATTERNS[lms]}", name)
    return found.groupdict() if found else None


def _attempt(
    parts: Mapping[str, str], lms: str, zone: ZoneInfo, about: Mapping[str, Any]
) -> Attempt:
    """Return whose attempt it is, and when it was made."""
    number = parts.get("attempt") or "0"
    name = parts.get("name") or ""
    keys = [parts.get("key") or "", name]
    time = None
    if written := parts.get("time"):
        text = re.sub(r" (\d{3}) ", r" 0\1 ", written)
        try:
            time = datetime.strptime(text, TIMES[lms])
        except ValueError:
            raise CourseError(f"{written!r} is no time as {lms} writes it") from None
        time = time if time.tzinfo else time.replace(tzinfo=zone, fold=1)
    if lms == "blackboard":  # the assignment, an underscore and the user name: which may have some
        words = name.split("_")
        keys = ["_".join(words[first:]) for first in range(1, len(words))]
    if lms == "gradescope":
        one = about.get(f"submission_{number}", {})
        people = one.get(":submitters") or [{}]
        keys = [str(people[0].get(each) or "") for each in (":sid", ":email", ":name")]
        when = one.get(":created_at")
        time = when if isinstance(when, datetime) else None
        time = time if time is None or time.tzinfo else time.replace(tzinfo=ZoneInfo("UTC"))
    order = (time.timestamp() if time else 0.0, int(number))
    return Attempt(tuple(filter(None, keys)), order, time, bool(parts.get("late")))


def _metadata(archive: zipfile.ZipFile) -> dict[str, Any]:
    """Return what Gradescope says of its submissions."""
    for entry in archive.infolist():
        if PurePosixPath(entry.filename).name == METADATA and entry.file_size <= METADATA_BYTES:
            try:
                found = yaml.safe_load(archive.read(entry))
            except (yaml.YAMLError, UnicodeError, ValueError) as error:
                raise CourseError(f"{METADATA} cannot be read: {error}") from None
            if isinstance(found, dict):
                return {key: one for key, one in found.items() if isinstance(one, dict)}
    raise CourseError(f"there is no {METADATA} in the archive; export it from Gradescope anew")


def _reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
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


def archives(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open the archives of a folder, or one."""
    files = sorted(path.glob("*.zip")) if path.is_dir() else [path]
    if not files:
        raise CourseError(f"there is no archive (.zip) in {path}")
    for file in files:
        try:
            with zipfile.ZipFile(file) as archive:
                yield archive
        except (OSError, zipfile.BadZipFile) as error:
            raise CourseError(f"{file} is no archive that can be read: {error}") from None
