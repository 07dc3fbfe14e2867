"""Scores for a learning management system (LMS): one row a student, one column a problem set."""

import math
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from nbgrader.api import Assignment, Gradebook
from nbgrader.plugins import ExportPlugin
from traitlets import Dict, Enum, Unicode

from pooledu.grading.course.exceptions import read_exceptions
from pooledu.grading.course.people import HEADINGS, Student
from pooledu.grading.course.settings import CourseError
from pooledu.grading.course.tables import Table, read_table
from pooledu.grading.export import forms
from pooledu.grading.export.standing import standings
from pooledu.grading.marks import summed, written

NAME_IT = "--LmsExport.columns='SET=HEADING' names the one that is meant"
DECIMAL = re.compile(r"-?\d+([.,])\d+")


class LmsExport(ExportPlugin):
    """Fills the scores into the file that the LMS itself has exported, or makes such a file.

    Every LMS imports what it has exported, whatever its columns are. Only columns that are there
    and stand for a problem set are written. A cell stays as it is where nothing was handed in,
    where a person has still to read an answer, and where the LMS has a word of its own (`EX`).
    """

    template = Unicode("", help="A CSV file of the LMS; without it one is made.").tag(config=True)
    lms = Enum(
        ["", *forms.FORMS], "", help="Whose form a file without a template has; by default ours."
    ).tag(config=True)
    id_column = Unicode(
        "", help="The column with nbgrader's student ids; by default, where most of them are."
    ).tag(config=True)
    columns = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="Problem set -> its column in the LMS; by default the one that is named like it.",
    ).tag(config=True)

    def export(self, gradebook: Gradebook) -> None:
        """Write the file `to`, by default lms.csv."""
        try:
            self._export(gradebook)
        except CourseError as error:
            sys.exit(f"pooledu: {error}")

    def _export(self, gradebook: Gradebook) -> None:
        """Write the file."""
        students = [
            Student(*(getattr(each, name) or "" for name in HEADINGS))
            for each in sorted(gradebook.students, key=lambda each: each.id)
            if not self.student or each.id in self.student
        ]
        form = forms.FORMS.get(self.lms)
        if self.template:
            table = read_table(Path(self.template))
            form = form or forms.recognised(table)
            rows = self._found(table, students, form)
        else:
            table = forms.new_table(form, students, self.id_column)
            rows = {each.id: [row] for each, row in zip(students, table.rows, strict=True)}
        columns = self._columns(table, gradebook.assignments, form)
        for name, column in columns.items():
            self._fill(table, rows, column, dict(self._scores(gradebook, name, form)))
        if form and not self.template:
            for heading, content in form.ends:
                for row in table.rows:
                    table.set(row, heading, content)
        try:
            table.write(Path(self.to or "lms.csv"))
        except OSError as error:
            raise CourseError(f"{self.to} cannot be written: {error.strerror}") from None

    def _found(
        self, table: Table, students: list[Student], form: forms.Form | None
    ) -> dict[str, list[list[str]]]:
        """Return the rows that are of students of ours, by their ids."""
        given = forms.named(table, self.id_column)[:1] if self.id_column else [""]
        column, rows = forms.rows_of(table, students, given[0], form) if given else ("", {})
        if not column:
            named = f"no column {self.id_column!r} with" if self.id_column else "no column with"
            raise CourseError(
                f"{self.template} has {named} ids of the roster; it has {_list(table.header)}. "
                "Name the one with the student ids: --LmsExport.id_column=NAME"
            )
        return rows

    def _columns(
        self, table: Table, assignments: Sequence[Assignment], form: forms.Form | None
    ) -> dict[str, str]:
        """Return the heading of each problem set that has one."""
        known = [each.name for each in assignments]
        if strange := [name for name in self.columns if name not in known]:
            raise CourseError(
                f"--LmsExport.columns: there is no problem set {strange[0]!r}; there are "
                f"{_list(known)}"
            )
        columns = {
            each.name: self._column(table, each, form)
            for each in assignments
            if not self.assignment or each.name in self.assignment
        }
        columns = {name: column for name, column in columns.items() if column}
        if self.template and not columns:
            raise CourseError(
                f"{self.template} has no column of a problem set, so there is nothing to fill in; "
                f"it has {_list(table.header)}. {NAME_IT}"
            )
        return columns

    def _column(self, table: Table, assignment: Assignment, form: forms.Form | None) -> str:
        """Return the heading of a problem set, or "" where the template has none."""
        name = assignment.name
        given = self.columns.get(name, "")
        if self.template:
            found = forms.named(table, given) if given else forms.columns_of(table, name)
            if len(found) > 1:
                raise CourseError(
                    f"{self.template}: {_list(found)} may all be {given or name}. "
                    f"{NAME_IT}; two of one name have to be renamed first"
                )
            if given and not found:
                raise CourseError(
                    f"{self.template} has no column {given!r}; it has {_list(table.header)}"
                )
            if not found:
                wanted = f"for {name} (--LmsExport.columns names it)"
                self.log.warning("%s has no column %s: left out", self.template, wanted)
            return found[0] if found else ""
        reachable = written(summed(each.max_score for each in assignment.notebooks))
        heading = (form.heading if form else "{name}").format(name=name, reachable=reachable)
        table.add_column(given or heading)
        return given or heading

    def _fill(
        self, table: Table, rows: dict[str, list[list[str]]], column: str, scores: dict[str, str]
    ) -> None:
        """Write scores, but where the LMS has a word of its own, such as EX for excused."""
        comma = bool(self.template) and _has_decimal_comma(table)
        for student, score in scores.items():
            if student not in rows:
                self.log.warning("%s is not in %s", student, self.template)
            for row in rows.get(student, []):
                self._write(table, row, column, score.replace(".", ",") if comma else score)

    def _write(self, table: Table, row: list[str], column: str, score: str) -> None:
        """Write a score, if there is none or another one."""
        there = table.cell(row, column)
        if there.strip() not in ("", "-") and not _is_number(there):
            self.log.warning("%s: %r in %r is left as it is", ", ".join(row), there, column)
        else:
            table.set(row, column, score)

    def _scores(
        self, gradebook: Gradebook, assignment: str, form: forms.Form | None
    ) -> Iterator[tuple[str, str]]:
        """Yield the students for whom there is something to write, and that."""
        course = getattr(self.parent, "coursedir", None)
        exceptions = read_exceptions(Path(course.root)) if course else {}
        found = standings(gradebook, assignment)
        waiting = 0
        for student in sorted(each.id for each in gradebook.students):
            special = exceptions.get((student, assignment))
            if self.student and student not in self.student:
                continue
            if special and special.excused:
                if form and form.excused:
                    yield student, form.excused
                continue
            score = found[student].final_score if student in found else None
            if score is not None:
                yield student, written(score)
            waiting += student in found and score is None
        if waiting:
            self.log.warning(
                "%s: no score is written for %d of the students, whose answers are to be read: "
                "`pooledu grades %s` shows them",
                *(assignment, waiting, assignment),
            )


def _list(names: Sequence[str]) -> str:
    """Write down some names."""
    return ", ".join(map(repr, names)) or "none"


def _is_number(text: str) -> bool:
    """Say whether a cell holds a number, with whichever decimal sign."""
    try:
        return math.isfinite(float(text.replace(",", ".")))
    except ValueError:
        return False


def _has_decimal_comma(table: Table) -> bool:
    """Say whether the numbers of a table are written with a comma."""
    cells = [cell.strip() for row in table.rows for cell in row]
    signs = {found[1] for cell in cells if (found := DECIMAL.fullmatch(cell))}
    return table.delimiter != "," and signs == {","}
