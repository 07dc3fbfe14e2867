"""Saving the marks of a graded notebook, so that an unchanged answer is not read a second time."""

import hashlib
import json
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Base, Grade
from nbgrader.preprocessors import SaveAutoGrades
from nbgrader.utils import is_locked, is_solution, is_task
from sqlalchemy import Column, String


class Answer(Base):
    """What a grade is for: a table beside nbgrader's own in the same gradebook.

    Attributes
    ----------
    grade_id
        The grade's. No foreign key: nbgrader knows nothing of this table when it removes grades.
    current, read
        Digest of the answer that was graded last, and of the one that a person has marked.
    """

    __tablename__ = "pooledu_answer"
    grade_id = Column(String(32), primary_key=True)
    current = Column(String(32))
    read = Column(String(32))


class SaveGrades(SaveAutoGrades):
    """nbgrader's own, but for one thing: an answer that has not changed since a person marked it
    needs no second reading.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Save the marks of a notebook."""
        self._notebook = nb
        return super().preprocess(nb, resources)

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        """Save the mark of a cell."""
        place = (self.notebook_id, self.assignment_id, self.student_id)
        grade = self.gradebook.find_grade(cell.metadata.nbgrader["grade_id"], *place)
        answer = self.gradebook.db.get(Answer, grade.id) or Answer(grade_id=grade.id)
        if grade.manual_score is not None and not grade.needs_manual_grade:
            answer.read = answer.current
        super()._add_score(cell, resources)
        answer.current = self._digest(cell, grade)
        if grade.manual_score is not None and answer.read == answer.current:
            grade.needs_manual_grade = False
        self.gradebook.db.add(answer)
        self.gradebook.db.commit()

    def _digest(self, cell: NotebookNode, grade: Grade) -> str:
        """Return a digest of all that a person reads who marks this cell.

        That is a written answer itself; where the mark is a machine's, or a task's, it is all that
        the student wrote, and the machine's mark.
        """
        if is_solution(cell) and not is_task(cell):
            seen: list[Any] = [cell.source, cell.get("attachments", {})]
        else:
            cells = [each.source for each in self._notebook.cells if not is_locked(each)]
            seen = [cells, grade.auto_score]
        text = json.dumps(seen, sort_keys=True).encode()
        return hashlib.blake2b(text, digest_size=16).hexdigest()
