"""The tables of learning management systems: how each heads its columns, and what it imports."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pooledu.grading.course.people import Student, bare_id, same
from pooledu.grading.course.tables import Table
from pooledu.grading.escaping import cell

NUMBER = "lms_user_id"
LETTERS = re.compile(r"[\W_]+")
POINTS = re.compile(r"\((?:Real|Punkte|Points?)\)|Points Grade|Score\]", re.IGNORECASE)


@dataclass(frozen=True)
class Form:
    """What one LMS writes and reads.

    Attributes
    ----------
    known_by
        Headings of which one alone says that a table is of this LMS.
    title
        How the name of a problem set stands in its heading.
    student
        What a student is described by in a table of ours: heading -> a format of `Student`.
    heading
        The format of a problem set's heading in a table of ours.
    ends
        Columns that stand at the end, with their content.
    excused
        What stands in place of a score that does not count; empty: nothing.
    """

    known_by: tuple[str, ...]
    title: re.Pattern[str]
    student: Mapping[str, str]
    heading: str
    ends: tuple[tuple[str, str], ...] = ()
    excused: str = ""


FORMS = {
    "canvas": Form(
        known_by=("SIS Login ID", "SIS User ID"),
        title=re.compile(r"(.+) \(\d+\)"),
        student={
            "Student": "{name}",
            "ID": "{lms_user_id}",
            "SIS User ID": "",
            "SIS Login ID": "{id}",
            "Section": "",
        },
        heading="{name}",
        excused="EX",
    ),
    "moodle": Form(
        known_by=("ID number", "Last downloaded from this course", "Email address"),
        title=re.compile(r"[^:]+: ?(.+?) \([^()]*\)"),
        student={"Username": "{id}", "Email address": "{email}"},
        heading="{name}",
    ),
    "brightspace": Form(
        known_by=("OrgDefinedId", "End-of-Line Indicator"),
        title=re.compile(r"(.+?) (?:Points|Text|Weighted) Grade(?: <.*>)?", re.IGNORECASE),
        student={"OrgDefinedId": "#{id}"},
        heading="{name} Points Grade",
        ends=(("End-of-Line Indicator", "#"),),
    ),
    "blackboard": Form(
        known_by=("Student ID", "Last Access", "Availability"),
        title=re.compile(r"(.+?) \[[^\]]*\](?: ?\|.*)?"),
        student={"Last Name": "{last_name}", "First Name": "{first_name}", "Username": "{id}"},
        heading="{name} [Total Pts: {reachable} Score]",
    ),
    "gradescope": Form(
        known_by=("SID",),
        title=re.compile(r"(.+)"),
        student={"Name": "{name}", "SID": "{id}", "Email": "{email}"},
        heading="{name}",
    ),
}


def recognised(table: Table) -> Form | None:
    """Return the form whose headings a table has, or None."""
    found = [form for form in FORMS.values() if set(form.known_by) & set(table.header)]
    return found[0] if found else None


def new_table(form: Form | None, students: Sequence[Student], id_column: str) -> Table:
    """Make a table with a row for each student, without scores yet."""
    described = form.student if form else {id_column or "student_id": "{id}"}
    rows = [
        [cell(text.format(name=each.name, **vars(each))) for text in described.values()]
        for each in students
    ]
    return Table(list(described), rows, newline="\n")


def columns_of(table: Table, name: str) -> list[str]:
    """Return the headings that stand for a problem set in a table of an LMS.

    Of the points, the percentage and the letter of one task, those that say points are meant.
    """
    patterns = [form.title for form in FORMS.values()]
    wanted = LETTERS.sub("", name.casefold())
    found = []
    for heading in table.header:
        titles = [fits[1] for each in patterns if (fits := each.fullmatch(heading.strip()))]
        if wanted in [LETTERS.sub("", title.casefold()) for title in titles]:
            found.append(heading)
    points = [heading for heading in found if POINTS.search(heading)]
    return points if points and len(found) > 1 else found


def named(table: Table, heading: str) -> list[str]:
    """Return the headings of a table that are this one; where none is, in whatever capitals."""
    exact = [each for each in table.header if each == heading]
    wanted = same(heading.strip()).casefold()
    return exact or [each for each in table.header if same(each.strip()).casefold() == wanted]


def rows_of(
    table: Table, students: Sequence[Student], column: str = "", form: Form | None = None
) -> tuple[str, dict[str, list[list[str]]]]:
    """Find the rows of students in a table of an LMS.

    A column holds ids, or numbers of the LMS, or addresses. One student's number may be another's
    id, so a column is read in one way: as the LMS says, or else that in which most are found.

    Parameters
    ----------
    table, students
        Where, and who.
    column
        Its heading; by default the best one.
    form
        What is known of the LMS.

    Returns
    -------
    tuple
        The heading, and student -> rows; nothing where nobody is found.
    """
    keys = {field: _keys(students, field) for field in ("id", "email", NUMBER)}
    headings = [column] if column else table.header
    numbers = [
        heading for heading, field in (form.student if form else {}).items() if NUMBER in field
    ]
    ways = [
        (heading, field)
        for field in keys
        for heading in headings
        if heading not in numbers or field == NUMBER
    ]

    def found(way: tuple[str, str]) -> dict[str, list[list[str]]]:
        heading, field = way
        rows: dict[str, list[list[str]]] = {}
        for row in table.rows:
            cell = same(bare_id(table.cell(row, heading)))
            student = keys[field].get(cell) or keys[field].get(cell.casefold())
            if student:
                rows.setdefault(student, []).append(row)
        return rows

    best = max(ways, key=lambda way: len(found(way)), default=None)
    rows = found(best) if best else {}
    return (best[0] if best and rows else ""), rows


def _keys(students: Iterable[Student], field: str) -> dict[str, str]:
    """Return what stands for whom: key -> the id; without case where that means one person."""
    keys: dict[str, set[str]] = {}
    exact: dict[str, str] = {}
    for each in students:
        key = same(getattr(each, field) or (each.id if field == NUMBER else ""))
        if key:
            exact[key] = each.id
            keys.setdefault(key.casefold(), set()).add(each.id)
    return {key: who.pop() for key, who in keys.items() if len(who) == 1} | exact
