"""The tables of learning management systems: how each heads its columns, and what it imports."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pooledu.grading.course.people import Student, bare_id
from pooledu.grading.course.tables import Table
from pooledu.grading.escaping import cell

LETTERS = re.compile(r"[\W_]+")


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


def column_of(table: Table, name: str) -> str:
    """Return the heading that stands for a problem set in a table of an LMS, or ""."""
    patterns = [form.title for form in FORMS.values()]
    wanted = LETTERS.sub("", name.casefold())
    for heading in table.header:
        titles = [found[1] for each in patterns if (found := each.fullmatch(heading.strip()))]
        if wanted in [LETTERS.sub("", title.casefold()) for title in titles]:
            return heading
    return ""


def keys_of(students: Iterable[Student]) -> dict[str, str]:
    """Return by what an LMS may name whom: key -> the id; what would mean two is left out."""
    keys: dict[str, set[str]] = {}
    for each in students:
        for key in (each.lms_user_id, each.email.casefold(), each.id.casefold()):
            if key:
                keys.setdefault(key, set()).add(each.id)
    ids = {each.id.casefold(): each.id for each in students}
    return {key: who.pop() for key, who in keys.items() if len(who) == 1} | ids


def id_column_of(table: Table, keys: Mapping[str, str]) -> str:
    """Return the column in which most students are found, or ""."""

    def found(heading: str) -> int:
        return sum(bare_id(cell).casefold() in keys for cell in table.column(heading))

    best = max(table.header, key=found, default="")
    return best if best and found(best) else ""
