"""Scores for a learning management system (LMS): one row a student, one column a problem set."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin
from traitlets import Dict, Unicode


class LmsExport(ExportPlugin):
    """Fills the scores into the file that the LMS itself has exported, or makes such a file.

    Every LMS imports what it has exported, whatever its columns are. Only columns that are there
    and stand for a problem set are written. A cell stays as it is where nothing was handed in or a
    person has still to read an answer.
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
                    row[header.index(column)] = f"{score:.10g}"
                else:
                    self.log.warning("%s is not in %s", student, self.template)
        with open(self.to or "lms.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                row + [""] * (len(header) - len(row)) for row in [header, *rows]
            )

    def _read(self, gradebook: Gradebook) -> tuple[list[str], list[list[str]]]:
        """Return the header and the rows of the template."""
        if not self.template:
            return [self.id_column], [[student.id] for student in gradebook.students]
        with Path(self.template).open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        return header, rows


def _scores(gradebook: Gradebook, assignment: str) -> Iterator[tuple[str, Any]]:
    """Yield the students who have a final score, and it, less the penalty for being late."""
    for student in gradebook.students:
        try:
            submission = gradebook.find_submission(assignment, student.id)
        except MissingEntry:
            continue
        if not submission.needs_manual_grade:
            yield student.id, max(0.0, submission.score - submission.late_submission_penalty)
