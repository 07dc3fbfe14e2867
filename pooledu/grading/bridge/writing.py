"""nbgrader's `autograde`, submission by submission, each in one transaction."""

import shutil
from collections.abc import Callable, Sequence
from typing import Any

import nbformat
from nbformat.v4 import writes
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.utils import setenv
from sqlalchemy import Transaction

from pooledu.grading.bridge.gradebook import Shared, StoppedError, stopping


class Writer(Autograde):
    """nbgrader's own, for some students.

    Parameters
    ----------
    students : sequence of str
        Whose submissions are graded.
    gradebook : Shared
        The gradebook's connection.
    before, after : callable
        Called with a student before nbgrader begins, and when it is done.
    **options
        Of nbgrader's `Autograde`.
    """

    def __init__(
        self,
        students: Sequence[str],
        gradebook: Shared,
        before: Callable[[str], None],
        after: Callable[[str], None],
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._students, self._gradebook = students, gradebook
        self._before, self._after = before, after
        self._transaction: Transaction
        self._steps: dict[bool, list[Any]] = {}

    def convert_notebooks(self) -> None:
        """Grade submission by submission; go on after one that failed."""
        found: dict[str, list[str]] = self.assignments  # type: ignore[has-type]
        failed = False
        for student in self._students:
            folder = self._format_source(self.coursedir.assignment_id, student)
            self.assignments = {folder: found[folder]} if folder in found else {}
            self._before(student)
            try:
                with self._gradebook.transaction() as self._transaction:
                    super().convert_notebooks()
            except NbGraderException:  # it has said why
                failed = True
            except StoppedError:
                shutil.rmtree(self._format_dest(self.coursedir.assignment_id, student), True)
                raise
        if failed:
            raise NbGraderException

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Prepare a submission."""
        with stopping():
            super().init_assignment(assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Grade a notebook: nbgrader's steps one after the other, with no file in between."""
        resources = self.init_single_notebook_resources(notebook_filename)
        with stopping(), setenv(NBGRADER_EXECUTION="autograde"):
            notebook = self.exporter.read(notebook_filename, resources)
            for step in (*self._steps_of(True), *self._steps_of(False)):
                notebook, resources = step(notebook, resources)
            nbformat.validate(notebook, relax_add_props=True)
            self.write_single_notebook(writes(notebook) + "\n", resources)

    def set_permissions(self, assignment_id: str, student_id: str) -> None:
        """Commit, and then do nbgrader's last step: what it has marked is in the gradebook."""
        with stopping():
            self._transaction.commit()
            super().set_permissions(assignment_id, student_id)
            self._after(student_id)

    def _steps_of(self, sanitizing: bool) -> list[Any]:
        """Return nbgrader's steps of one of its two passes, made once."""
        if sanitizing not in self._steps:
            self._sanitizing = sanitizing
            self._init_preprocessors()
            self._steps[sanitizing] = self.exporter._preprocessors
            self._sanitizing = True
        return self._steps[sanitizing]
