"""What learning management systems (LMS) give out: an archive whose names say whose is what."""

import math
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from pooledu.grading.course.settings import CourseError
from pooledu.grading.intake.names import NOTEBOOK
from pooledu.grading.intake.packed import ARCHIVE, Reader, free, reader, safe_path
from pooledu.grading.intake.times import NAME as TIME

ENTRIES = 100_000
METADATA = "submission_metadata.yml"  # of Gradescope
METADATA_BYTES = 20 << 20
SEVERAL = re.compile(r"-\d+(?=\.ipynb$)")  # Canvas numbers what has the same name
BESIDE = re.compile(  # what an LMS itself puts beside a submission
    rf"(?:.*/)?(?:{re.escape(METADATA)}|index\.html|.*_attempt_\d{{4}}(?:-\d\d){{5}}\.txt)"
)

# What comes first is the system's, and what comes last the student's to choose.
PATTERNS = {
    "canvas": (
        r"(?P<name>[^_/]+)_(?:(?P<late>LATE)_)?"
        r"(?P<key>\d+)_(?P<attempt>\d{1,18})_(?P<file>[^/]+)"
    ),
    "moodle": r"(?P<name>[^_/]+)_(?P<person>\d{1,18})_assignsubmission_file_?/?(?P<file>.+)",
    "brightspace": (
        r"(?P<key>\d+)-(?P<attempt>\d{1,18}) - (?P<name>[^/]+?) ?- "
        r"(?P<time>[A-Z][a-z]{2,8} \d{1,2}, \d{4} \d{3,4} [AP]M)(?: - |/)(?P<file>.+)"
    ),
    "blackboard": (r"(?P<name>[^/]+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})_(?P<file>[^/]+)"),
    "gradescope": r"submission_(?P<attempt>\d{1,18})/(?P<file>.+)",
    "nbgrader": r"(?P<name>[\w.-]+?)_(?P<time>\d{8}T\d{6}Z)_(?P<file>[^/]+)",
}
OWN_NUMBERS = ("canvas", "brightspace")  # of people: they may be another's id
NO_FIT = (-math.inf, 0)
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
    person
        By what the LMS alone knows the person, in this download; it gives out one attempt of each.
    is_number
        Whether the first of the keys is the LMS's own number.
    is_either
        Whether each key would do alone: then the first that means anybody counts.
    time
        When; None where the LMS does not say.
    late
        Whether the LMS marks it as late.
    files
        Path in the submission -> what reads it.
    """

    keys: tuple[str, ...]
    order: tuple[Any, ...]
    time: datetime | None = None
    late: bool = False
    files: dict[str, Reader] = field(default_factory=dict)
    person: str = ""
    is_number: bool = False
    is_either: bool = False

    @property
    def has_notebook(self) -> bool:
        """Whether there is something to grade."""
        return any(NOTEBOOK.search(name) for name in self.files)


def attempts(
    archive: zipfile.ZipFile, lms: str, zone: ZoneInfo, expected: Collection[str] = ()
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
    expected
        Names of the problem set's notebooks, with their ending.

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
    found: dict[tuple[str, ...], list[Attempt]] = {}
    others = []
    read = [(_parts(name, lms), name, each) for name, each in zip(names, entries, strict=True)]
    for parts, name, entry in sorted(read, key=lambda each: _number(each[0])):
        file = safe_path(parts["file"]) if parts else ""
        if parts is None or file == TIME:
            others += [] if BESIDE.fullmatch(name) else [name]
        elif file:  # hidden files are none that anybody handed in
            place = _place(parts, lms)
            if place not in found:
                found[place] = _attempts(parts, lms, zone, about)
            for attempt in found[place]:
                attempt.order = max(attempt.order, (attempt.order[0], _number(parts)))
                own = _unnumbered(file, expected) if lms == "canvas" else free(file, attempt.files)
                attempt.files[own] = reader(archive, entry)
    return lms, [attempt for its in found.values() for attempt in its], others


def _number(parts: Mapping[str, str] | None) -> int:
    """Return the number of an attempt; a later one has a larger number."""
    return int((parts or {}).get("attempt") or "0")


def _place(parts: Mapping[str, str], lms: str) -> tuple[str, ...]:
    """Return what the files of one attempt have in common.

    Canvas gives out each student's last attempt alone, and numbers its files.
    """
    wanted = ("key", "name") if lms == "canvas" else ("key", "name", "person", "time", "attempt")
    return tuple(parts.get(each) or "" for each in wanted)


def _unnumbered(file: str, expected: Collection[str]) -> str:
    """Return the name of a notebook without the number that Canvas gives to a second upload."""
    bare = SEVERAL.sub("", file)
    return bare if bare in expected and file not in expected else file


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
    notebooks = [name for name in names if NOTEBOOK.search(name) or ARCHIVE.search(name)]
    if not notebooks:
        raise CourseError("there is no notebook (.ipynb) in the archive")

    fits = {lms: _fit(notebooks, lms) for lms in PATTERNS}
    best = max(PATTERNS, key=lambda lms: fits[lms])
    if fits[best] == NO_FIT:
        raise CourseError(
            f"{notebooks[0]!r} is in the form of none of {', '.join(PATTERNS)}. Rename the files "
            "to STUDENT_20260930T174500Z_NOTEBOOK.ipynb, or put them into submitted/STUDENT/SET"
        )
    return best


def _fit(names: list[str], lms: str) -> tuple[float, int]:
    """Return how well names fit a form: the fewer folders stand above it the better, then how many.

    Folders within what somebody handed in have the names that this person gave them: what fits
    there alone is not the form of the archive, however often it is there.
    """
    depths = [parts["above"].count("/") for name in names if (parts := _parts(name, lms))]
    return (-min(depths), depths.count(min(depths))) if depths else NO_FIT


def _parts(name: str, lms: str) -> dict[str, str] | None:
    """Return what a name says, in an LMS's form: the outermost, since inside all is theirs."""
    found = re.fullmatch(rf"(?P<above>(?:.*?/)??){PATTERNS[lms]}", name)
    return found.groupdict() if found else None


def _attempts(
    parts: Mapping[str, str], lms: str, zone: ZoneInfo, about: Mapping[str, Any]
) -> list[Attempt]:
    """Return whose attempt it is, and when it was made: one for each of a group."""
    number, name = parts.get("attempt") or "0", parts.get("name") or ""
    people: list[tuple[str, ...]] = [(parts.get("key") or "", name)]
    time = _time(parts["time"], lms, zone) if parts.get("time") else None
    if lms == "blackboard":  # the assignment, an underscore and the user name: which may have some
        words = name.split("_")
        people = [tuple("_".join(words[first:]) for first in range(1, len(words)))]
    if lms == "gradescope":
        one = about.get(f"submission_{number}", {})
        people = [
            tuple(str(each.get(key) or "") for key in (":sid", ":email", ":name"))
            for each in one.get(":submitters") or [{}]
        ]
        when = one.get(":created_at")
        time = when if isinstance(when, datetime) else None
        time = time if time is None or time.tzinfo else time.replace(tzinfo=ZoneInfo("UTC"))
    return [
        Attempt(
            tuple(filter(None, keys)),
            (time.timestamp() if time else 0.0, int(number)),
            time,
            bool(parts.get("late")),
            person=parts.get("person") or "",
            is_number=lms in OWN_NUMBERS,
            is_either=lms == "blackboard",
        )
        for keys in people
    ]


def _time(written: str, lms: str, zone: ZoneInfo) -> datetime:
    """Read a time; of an hour that is there twice, the earlier one is meant, for the student."""
    text = re.sub(r" (\d{3}) ", r" 0\1 ", written)
    try:
        time = datetime.strptime(text, TIMES[lms])
    except ValueError:
        raise CourseError(f"{written!r} is no time as {lms} writes it") from None
    return time if time.tzinfo else time.replace(tzinfo=zone)


def _metadata(archive: zipfile.ZipFile) -> dict[str, Any]:
    """Return what Gradescope says of its submissions; a file of that name within one is none."""
    there = [each for each in archive.infolist() if PurePosixPath(each.filename).name == METADATA]
    for entry in sorted(there, key=lambda each: each.filename.count("/"))[:1]:
        if entry.file_size <= METADATA_BYTES:
            try:
                found = yaml.safe_load(archive.read(entry))
            except (yaml.YAMLError, UnicodeError, ValueError) as error:
                raise CourseError(f"{METADATA} cannot be read: {error}") from None
            if isinstance(found, dict):
                return {key: one for key, one in found.items() if isinstance(one, dict)}
    raise CourseError(f"there is no {METADATA} in the archive; export it from Gradescope anew")


def archive_files(path: Path) -> list[Path]:
    """Return the archives of a folder, or the one that is named.

    Raises
    ------
    CourseError
        If there is none in the folder.
    """
    files = sorted(path.glob("*.zip")) if path.is_dir() else [path]
    if not files:
        raise CourseError(f"there is no archive (.zip) in {path}")
    return files


@contextmanager
def archive_of(file: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive.

    Raises
    ------
    CourseError
        If it is none that can be read.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (OSError, zipfile.BadZipFile) as error:
        raise CourseError(f"{file} is no archive that can be read: {error}") from None
