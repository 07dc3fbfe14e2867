"""What holds for one student alone: more time, or that a problem set does not count.

nbgrader keeps an extension with a submission, so there can be none before something is handed in.
Here both stand in a table of the course, and the gradebook follows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pooledu.grading.course.settings import CourseError
from pooledu.grading.course.tables import Table, read_table

FILE = "exceptions.csv"
HEADER = ["student", "set", "days", "excused"]
LONGEST = 3650


@dataclass(frozen=True)
class Special:
    """What holds for a student and a problem set: days of more time, excused or not."""

    days: int = 0
    excused: bool = False


Exceptions = Mapping[tuple[str, str], Special]


def read_exceptions(folder: Path) -> dict[tuple[str, str], Special]:
    """Read what holds for whom: (student, problem set) -> what.

    Raises
    ------
    CourseError
        If a line cannot be understood.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    table = read_table(path)
    if missing := [name for name in HEADER if name not in table.header]:
        raise CourseError(f"{path} has no column {missing[0]}; its columns are {', '.join(HEADER)}")
    found: dict[tuple[str, str], Special] = {}
    for number, cells in enumerate(zip(*map(table.column, HEADER), strict=True), 2):
        student, name, days, excused = (cell.strip() for cell in cells)
        if not any((student, name, days, excused)):
            continue
        try:
            special = Special(days_of(days or "0"), _is_excused(excused))
            if found.setdefault((student, name), special) is not special:
                raise CourseError(f"{student} and {name} are there twice; leave one of the lines")
        except CourseError as error:
            raise CourseError(f"{path}, line {number}: {error}") from None
    return found


def _is_excused(text: str) -> bool:
    """Read whether a set does not count; a person may have written it."""
    word = text.casefold()
    if word not in ("yes", "no", ""):
        raise CourseError(f"excused is {text!r}; write yes, or nothing")
    return word == "yes"


def write_exceptions(folder: Path, exceptions: Exceptions) -> None:
    """Write what holds for whom."""
    rows = [
        [student, name, str(special.days), "yes" if special.excused else ""]
        for (student, name), special in sorted(exceptions.items())
    ]
    new = folder / f".{FILE}.new"
    Table(list(HEADER), rows, newline="\n").write(new)
    new.replace(folder / FILE)


def days_of(text: str) -> int:
    """Read a number of days.

    Examples
    --------
    >>> days_of("7")
    7
    >>> days_of("a week")
    Traceback (most recent call last):
    pooledu.grading.course.settings.CourseError: 'a week' is no number of days; give 0 to 3650
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and int(text) <= LONGEST):
        raise CourseError(f"{text!r} is no number of days; give 0 to {LONGEST}")
    return int(text)
