"""Saving the marks of a graded notebook, so that an unchanged answer is not read a second time."""

import hashlib
import json
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Base, Comment, Grade, Gradebook
from nbgrader.preprocessors import SaveAutoGrades
from nbgrader.utils import (
    compute_checksum,
    determine_grade,
    is_grade,
    is_locked,
    is_solution,
    is_task,
)
from sqlalchemy import Column, String, select
from sqlalchemy.orm import joinedload


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
    """nbgrader's own, but for two things: an answer that has not changed since a person marked it
    needs no second reading, and a notebook's marks are looked up together and written together.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Save the marks of a notebook."""
        about = resources["nbgrader"]
        self._notebook = nb
        with Gradebook(about["db_url"]) as gradebook:
            place = about["notebook"], about["assignment"], about["student"]
            notebook = gradebook.find_submission_notebook(*place)
            grades, comments = (
                {each.name: each for each in _of(gradebook, kind, notebook.id)}
                for kind in (Grade, Comment)
            )
            ids = [grade.id for grade in grades.values()]
            known = select(Answer).where(Answer.grade_id.in_(ids))
            answers = {each.grade_id: each for each in gradebook.db.scalars(known)}
            for cell in nb.cells:
                name = cell.metadata.get("nbgrader", {}).get("grade_id")
                if is_grade(cell):
                    grade = grades[name]
                    answer = answers.get(grade.id) or Answer(grade_id=grade.id)
                    self._save(cell, grade, answer)
                    gradebook.db.add(answer)
                if is_solution(cell) or is_task(cell):
                    is_unchanged = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)
                    silent = is_unchanged and not is_task(cell)
                    comments[name].auto_comment = "No response." if silent else None
            gradebook.db.commit()
        return nb, resources

    def _save(self, cell: NotebookNode, grade: Grade, answer: Answer) -> None:
        """Save the mark of a cell."""
        if grade.manual_score is not None and not grade.needs_manual_grade:
            answer.read = answer.current
        grade.auto_score, _ = determine_grade(cell, self.log)
        answer.current = self._digest(cell, grade)  # type: ignore[assignment]
        is_marked = grade.manual_score is not None
        waits = is_marked and answer.read != answer.current
        grade.needs_manual_grade = waits or (grade.auto_score is None and not is_marked)

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


def _of(gradebook: Gradebook, kind: type[Any], notebook: str) -> list[Any]:
    """Return the grades or the comments of a notebook, with the cells that they are about."""
    query = gradebook.db.query(kind).options(joinedload(kind.cell))
    return list(query.filter(kind.notebook_id == notebook))
