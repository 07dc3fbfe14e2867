"""What the instructor says of a course, in `course.toml`."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pooledu.grading.course.dates import DateError, instant, zone

FILE = "course.toml"
NOT_DUE = "none"  # in place of a date
ABOUT = {
    "name": "the course, as its students know it",
    "term": "such as autumn 2026; stands in the README alone",
    "time_zone": "in which the due dates are meant",
    "late_per_day": "share of the maximum that each day begun after the due date costs",
    "book": "address at which your class reads the book; without it its sections are named",
    "address": "where students install the package from; without it, a wheel is released",
    "judged_later": "exercises of your own whose oracle students do not get",
}


class CourseError(ValueError):
    """Something about the course is not as it must be; the sentence says what to do."""


@dataclass(frozen=True)
class Settings:
    """The facts of a course.

    Attributes
    ----------
    due
        Problem set -> when it is due, in the form of `dates.instant`.

    Examples
    --------
    >>> Settings("Pooling", late_per_day=2.0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    pooledu.grading.course.settings.CourseError: late_per_day = 2.0: give a share from 0 to 1, ...
    """

    name: str
    term: str = ""
    time_zone: str = "UTC"
    late_per_day: float = 0.1
    book: str = ""
    address: str = ""
    judged_later: tuple[str, ...] = ()
    due: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("name", "term", "time_zone", "book", "address"):
            text = getattr(self, name)
            if not isinstance(text, str) or not text.isprintable():
                raise CourseError(f"{name} = {text!r}: give a text of one line")
        if not self.identifier:
            raise CourseError(f"name = {self.name!r}: give a name with a letter or a digit")
        share = self.late_per_day
        if not isinstance(share, int | float) or isinstance(share, bool) or not 0 <= share <= 1:
            raise CourseError(
                f"late_per_day = {share!r}: give a share from 0 to 1, such as 0.1 for a tenth"
            )
        for name in ("book", "address"):
            address = getattr(self, name)
            if address and not re.match(r"https?://[^\s\"'<>]+$", address):
                raise CourseError(
                    f"{name} = {address!r}: give an address such as https://host/path"
                )
        for problem_set in self.due or [""]:
            self.due_at(problem_set)  # and the zone

    @property
    def identifier(self) -> str:
        """The course's name where it names a folder or a row: letters, digits, hyphens."""
        return re.sub(r"[^\w]+", "-", self.name).strip("-_").lower()

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of its dates."""
        try:
            return zone(self.time_zone)
        except DateError as error:
            raise CourseError(f"time_zone: {error}") from None

    def due_at(self, problem_set: str) -> Any:
        """Return when a problem set is due, in UTC, or None."""
        text, at = self.due.get(problem_set, NOT_DUE), self.zone
        try:
            return None if text == NOT_DUE else instant(str(text), at)
        except DateError as error:
            raise CourseError(f"due.{problem_set}: {error}") from None

    @property
    def text(self) -> str:
        """The file's text."""
        lines = ["# What this course is. Change what you like; `pooledu dates` reads the dates."]
        for name, about in ABOUT.items():
            lines.append(
                f"{name} = {json.dumps(getattr(self, name), ensure_ascii=False)}  # {about}"
            )
        lines += [
            "",
            "[due]  # 2026-10-01 22:00; a day without a time ends with its last second; or none",
        ]
        lines += [f"{name} = {json.dumps(when)}" for name, when in self.due.items()]
        return "\n".join(lines) + "\n"


def zone_of(folder: Path) -> ZoneInfo:
    """Return the time zone of the course in a folder; UTC where it says nothing of itself."""
    return read_settings(folder).zone if (folder / FILE).exists() else ZoneInfo("UTC")


def read_settings(folder: Path) -> Settings:
    """Read `course.toml`.

    Raises
    ------
    CourseError
        If it is not there, or says something that cannot be.
    """
    path = folder / FILE
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(
            f"there is no {path}; be in the folder that `pooledu new-course` made"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} cannot be read: {error}") from None
    known = [each.name for each in fields(Settings)]
    if strange := [name for name in found if name not in known]:
        raise CourseError(
            f"{path}: {', '.join(strange)} has no meaning; what has: {', '.join(known)}"
        )
    due = found.get("due", {})
    if not isinstance(due, dict):
        raise CourseError(
            f'{path}: `due` is a table, with a line `SET = "2026-10-01"` for each set'
        )
    later = found.get("judged_later", [])
    if not isinstance(later, list) or not all(isinstance(name, str) for name in later):
        raise CourseError(f"{path}: `judged_later` is a list of names, such as ['conv_size']")
    found["judged_later"] = tuple(later)
    found["due"] = {name: str(when) for name, when in due.items()}
    return Settings(**({"name": ""} | found))
