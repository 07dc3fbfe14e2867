"""Scores for a learning management system (LMS): one row a student, one column a problem set."""

import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from nbgrader.api import Assignment, Gradebook
from nbgrader.plugins import ExportPlugin
from traitlets import Dict, Enum, Unicode

from pooledu.grading.course.exceptions import read_exceptions
from pooledu.grading.course.people import HEADINGS, Student, bare_id
from pooledu.grading.course.settings import CourseError
from pooledu.grading.course.tables import Table, read_table
from pooledu.grading.export import forms
from pooledu.grading.export.standing import standings
from pooledu.grading.marks import written

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
            rows = self._found(table, students)
        else:
            table = forms.new_table(form, students, self.id_column)
            rows = dict(zip((each.id for each in students), table.rows, strict=True))
        for assignment in gradebook.assignments:
            if self.assignment and assignment.name not in self.assignment:
                continue
            if column := self._column(table, assignment, form):
                scores = dict(self._scores(gradebook, assignment.name, form))
                self._fill(table, rows, column, scores)
        if form and not self.template:
            for heading, content in form.ends:
                for row in table.rows:
                    table.set(row, heading, content)
        table.write(Path(self.to or "lms.csv"))

    def _found(self, table: Table, students: list[Student]) -> dict[str, list[str]]:
        """Return the rows that are of students of ours, by their ids."""
        keys = forms.keys_of(students)
        column = self.id_column or forms.id_column_of(table, keys)
        if column not in table.header:
            what = f"no column {column!r}" if column else "no column with ids of the roster"
            raise CourseError(
                f"{self.template} has {what}; it has {', '.join(table.header)}. "
                "Name the one with the student ids: --LmsExport.id_column=NAME"
            )
        cells = [bare_id(cell).casefold() for cell in table.column(column)]
        return {
            keys[cell]: row for cell, row in zip(cells, table.rows, strict=True) if cell in keys
        }

    def _column(self, table: Table, assignment: Assignment, form: forms.Form | None) -> str:
        """Return the heading of a problem set, or "" where the template has none."""
        name = assignment.name
        given = self.columns.get(name, "")
        if self.template:
            heading = given or forms.column_of(table, name)
            if heading in table.header:
                return heading
            wanted = repr(given) if given else f"for {name} (--LmsExport.columns names it)"
            self.log.warning("%s has no column %s: left out", self.template, wanted)
            return ""
        reachable = written(assignment.max_score)
        heading = (form.heading if form else "{name}").format(name=name, reachable=reachable)
        table.add_column(given or heading)
        return given or heading

    def _fill(
        self, table: Table, rows: dict[str, list[str]], column: str, scores: dict[str, str]
    ) -> None:
        """Write scores, but where the LMS has a word of its own, such as EX for excused."""
        comma = bool(self.template) and _has_decimal_comma(table)
        for student, score in scores.items():
            row = rows.get(student)
            if row is None:
                self.log.warning("%s is not in %s", student, self.template)
                continue
            there = table.cell(row, column)
            if there.strip() not in ("", "-") and not _is_number(there):
                self.log.warning("%s has %r in %r: left as it is", student, there, column)
                continue
            table.set(row, column, score.replace(".", ",") if comma else score)

    def _scores(
        self, gradebook: Gradebook, assignment: str, form: forms.Form | None
    ) -> Iterator[tuple[str, str]]:
        """Yield the students for whom there is something to write, and that."""
        course = getattr(self.parent, "coursedir", None)
        exceptions = read_exceptions(Path(course.root)) if course else {}
        found = standings(gradebook, assignment)
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
