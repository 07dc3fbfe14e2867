"""Scores for a learning management system (LMS): one row a student, one column a problem set."""

import csv
import math
from collections.abc import Iterator
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin
from traitlets import Dict, Unicode

from pooledu.grading.marks import final_score, written


class LmsExport(ExportPlugin):
    """Fills the scores into the file that the LMS itself has exported, or makes such a file.

    Every LMS imports what it has exported, whatever its columns are. Only columns that are there
    and stand for a problem set are written. A cell stays as it is where nothing was handed in,
    where a person has still to read an answer, and where the LMS has a word of its own (`EX`).
    """

    template = Unicode("", help="A CSV file from the LMS; without it, a plain one is made.").tag(
        config=True
    )
    id_column = Unicode("student_id", help="The column with nbgrader's student ids.").tag(
        config=True
    )
    columns = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="Problem set -> its column in the LMS; its own name by default.",
    ).tag(config=True)

    def export(self, gradebook: Gradebook) -> None:
        """Write the file `to`, by default lms.csv."""
        header, rows = self._read(gradebook)
        if self.id_column not in header:
            raise ValueError(
                f"{self.template} has no column {self.id_column!r}; it has {', '.join(header)}. "
                "Name the one with the student ids: --LmsExport.id_column=NAME"
            )
        place = header.index(self.id_column)
        known = {row[place]: row for row in rows}
        for assignment in gradebook.assignments:
            if self.assignment and assignment.name not in self.assignment:
                continue
            column = self.columns.get(assignment.name, assignment.name)
            if column not in header and self.template:
                self.log.warning("%s has no column %r: left out", self.template, column)
                continue
            if column not in header:
                header.append(column)
            for student, score in _scores(gradebook, assignment.name):
                if student in known:
                    row = known[student]
                    row += [""] * (len(header) - len(row))
                    self._fill(row, header.index(column), student, column, score)
                else:
                    self.log.warning("%s is not in %s", student, self.template)
        with open(self.to or "lms.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                row + [""] * (len(header) - len(row)) for row in [header, *rows]
            )

    def _fill(self, row: list[str], place: int, student: str, column: str, score: float) -> None:
        """Write a score into a cell, unless the LMS has a word there, such as EX for excused."""
        if row[place].strip() not in ("", "-") and not _is_number(row[place]):
            self.log.warning("%s has %r in %r: left as it is", student, row[place], column)
            return
        row[place] = written(score)

    def _read(self, gradebook: Gradebook) -> tuple[list[str], list[list[str]]]:
        """Return the header and the rows of the template."""
        if not self.template:
            return [self.id_column], [[student.id] for student in gradebook.students]
        with Path(self.template).open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        return header, rows


def _is_number(text: str) -> bool:
    """Say whether a cell holds a number, with whichever decimal sign."""
    try:
        return math.isfinite(float(text.replace(",", ".")))
    except ValueError:
        return False


def _scores(gradebook: Gradebook, assignment: str) -> Iterator[tuple[str, float]]:
    """Yield the students who have a final score, and it."""
    for student in gradebook.students:
        try:
            submission = gradebook.find_submission(assignment, student.id)
        except MissingEntry:
            continue
        score = final_score(submission)
        if score is not None:
            yield student.id, score
