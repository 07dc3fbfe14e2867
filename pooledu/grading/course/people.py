"""A list of students, as a person or an LMS writes it."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pooledu.grading.course.ids import is_name
from pooledu.grading.course.settings import CourseError
from pooledu.grading.course.tables import Table, read_table

HEADINGS = {
    "id": (
        *("id", "student_id", "student", "username", "user", "orgdefinedid", "sis login id"),
        *("sis user id", "sid", "student id", "id number", "matriculation number", "login"),
        *("matrikelnummer", "id-nummer"),
    ),
    "first_name": ("first_name", "first name", "firstname", "given name", "vorname"),
    "last_name": ("last_name", "last name", "lastname", "surname", "family name", "nachname"),
    "email": ("email", "email address", "e-mail", "e-mail-adresse"),
    "lms_user_id": ("lms_user_id", "lms user id"),
}
"""Of each of nbgrader's fields: the headings that stand for it, the first that is there."""


@dataclass(frozen=True)
class Student:
    """A student, by nbgrader's fields."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


def read_students(path: Path, id_column: str = "") -> list[Student]:
    """Read the students of a table.

    Raises
    ------
    CourseError
        If there is no column of ids, an id cannot name a folder, or two students have the same.
    """
    table = read_table(path)
    columns = _columns(table, path, id_column)
    found: dict[str, Student] = {}
    for number, row in enumerate(table.rows, 2):
        cells = {name: row[place].strip() for name, place in columns.items() if place < len(row)}
        student = bare_id(cells.get("id", ""))
        if not any(cell.strip() for cell in row) or "points possible" in row[0].strip().lower():
            continue
        if not is_name(student):
            raise CourseError(
                f"{path}, line {number}: {student!r} is no student's id: it names a folder, so it "
                "has no slash, bracket or star, and does not begin with a dot or a hyphen"
            )
        if student in found:
            raise CourseError(f"{path}, line {number}: {student!r} is there twice")
        found[student] = Student(**(cells | {"id": student}))
    return list(found.values())


def columns_left(path: Path, id_column: str) -> list[str]:
    """Return the headings of columns that were not taken, if one of them may hold the names."""
    table = read_table(path)
    columns = _columns(table, path, id_column)
    if {"first_name", "last_name"} & columns.keys():
        return []
    return [name for place, name in enumerate(table.header) if place not in columns.values()]


def _columns(table: Table, path: Path, id_column: str) -> dict[str, int]:
    """Find the column of each field."""
    headings = [heading.strip().lower() for heading in table.header]
    known = HEADINGS | ({"id": (id_column.strip().lower(),)} if id_column else {})
    columns: dict[str, int] = {}
    for name, others in known.items():
        places = [headings.index(other) for other in others if other in headings]
        if places:
            columns[name] = places[0]
    if "id" not in columns:
        raise CourseError(
            f"{path} has no column {id_column or 'id'!r}; it has "
            f"{', '.join(map(repr, table.header))}. Name the one with the ids: --id-column NAME"
        )
    return columns


def bare_id(text: str) -> str:
    """Return an id without what an LMS puts around it: Brightspace writes `#s01`.

    Examples
    --------
    >>> bare_id("#s01"), bare_id(" s01 ")
    ('s01', 's01')
    """
    return text.strip().removeprefix("#").strip()


def plain_name(name: str) -> str:
    """Return a person's name as files spell it: no case, accents, blanks or signs.

    Examples
    --------
    >>> plain_name("Jäger, Anna-Lena"), plain_name("Øster ß")
    ('jagerannalena', 'østerss')
    """
    parts = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[\W_]+", "", "".join(c for c in parts if not unicodedata.combining(c)))


def same(text: str) -> str:
    """Return a text in the one form in which two spellings of it are equal; case counts."""
    return unicodedata.normalize("NFC", text)


def who(key: str, students: Sequence[Student], is_number: bool = False) -> list[Student]:
    """Find whom a key of an LMS means: an id, an address, a number there, or a name.

    Parameters
    ----------
    key, students
        The key, and who may be meant.
    is_number
        Whether it is the LMS's own number of a person, which may be another one's id.

    Returns
    -------
    list of Student
        Those whom it may mean: one, if it is clear; several who have the same name; or none.
    """
    key = same(bare_id(key))
    if not key:
        return []
    exact: list[Callable[[Student], bool]] = [
        lambda each: same(each.id) == key,
        lambda each: same(each.lms_user_id) == key,
        lambda each: each.email.casefold() == key.casefold(),
        lambda each: same(each.id).casefold() == key.casefold(),
    ]
    if is_number:
        exact[:2] = reversed(exact[:2])
    for is_meant in exact:
        if found := [each for each in students if is_meant(each)]:
            return found
    wanted = plain_name(key)
    return [
        each
        for each in students
        if wanted
        and each.name
        and wanted
        in (
            plain_name(each.first_name + each.last_name),
            plain_name(each.last_name + each.first_name),
        )
    ]


def meant(keys: Sequence[str], students: Sequence[Student], is_number: bool) -> list[Student]:
    """Find whom all keys together mean; those that mean nobody are passed over.

    Returns
    -------
    list of Student
        One, if it is clear. Where two keys mean different people, all of these.
    """
    each_means = [who(key, students, is_number and not place) for place, key in enumerate(keys)]
    each_means = [people for people in each_means if people]
    if not each_means:
        return []
    common = [each for each in each_means[0] if all(each in people for people in each_means)]
    return common or list(dict.fromkeys(each for people in each_means for each in people))
