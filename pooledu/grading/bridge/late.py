"""The penalty for handing in late."""

import math
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import false, or_, select
from sqlalchemy.orm import joinedload, selectinload, undefer
from traitlets import Float

from pooledu.grading.bridge.release import course_of
from pooledu.grading.course.dates import more_time, seconds_late
from pooledu.grading.course.exceptions import Exceptions, read_exceptions
from pooledu.grading.course.settings import zone_of
from pooledu.grading.marks import exact

SECONDS_PER_DAY = 24 * 60 * 60
AT_ONCE = 500  # submissions that are loaded by one query


class LatePenaltyPerDay(LateSubmissionPlugin):
    """A share of the maximum score for each day begun after the due date, by the course's clock.

    The penalty depends on the assignment and on the time alone, so a student knows beforehand
    what a day costs. What is taken is never more than the score: see `pooledu.grading.marks`.

    Examples
    --------
    >>> plugin = LatePenaltyPerDay()
    >>> plugin.penalty(max_score=10, seconds_late=1)
    1.0
    >>> plugin.penalty(max_score=10, seconds_late=2 * SECONDS_PER_DAY + 1)
    3.0
    """

    share_per_day = Float(
        0.1, min=0, max=1, help="Share of the maximum score that each day begun costs."
    ).tag(config=True)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._most: dict[tuple[str, str], float] = {}  # notebook, assignment -> its points

    def penalty(self, max_score: float, seconds_late: float) -> float:
        """Points that `seconds_late` seconds cost in a notebook worth `max_score` points."""
        days = math.ceil(seconds_late / SECONDS_PER_DAY)
        return float(exact(max_score) * exact(self.share_per_day) * days)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float:
        """Answer nbgrader, which names the score but not the maximum: that is in the gradebook."""
        grading = self.parent
        place = grading.notebook_id, grading.assignment_id
        if place not in self._most:
            self._most[place] = grading.gradebook.find_notebook(*place).max_score
        return self.penalty(self._most[place], total_seconds_late)


def refresh(application: Any, assignment: str, gradebook: Gradebook) -> None:
    """Write the penalties of a problem set again where due dates or extensions have changed.

    Parameters
    ----------
    application : NbGrader
        Holds the configuration of the plugin.
    assignment : str
        The problem set.
    gradebook : Gradebook
        Where they are written; the caller commits.
    """
    step = AssignPenalties(parent=application)
    step.init_plugin()
    folder = Path(application.coursedir.root)
    exceptions, step.zone = read_exceptions(folder), zone_of(folder)
    for each in _concerned(gradebook, assignment, exceptions):
        extend(each, exceptions, step.zone)
        step.assign(gradebook, each)
    gradebook.db.commit()


def _concerned(
    gradebook: Gradebook, assignment: str, exceptions: Exceptions
) -> Iterator[SubmittedAssignment]:
    """Yield the submissions that came after the due date, cost something, or have more time.

    All others are passed over by one query: there may be ten thousand.
    """
    known = gradebook.find_assignment(assignment)
    special = [student for student, name in exceptions if name == assignment]
    due = known.duedate
    late = false() if due is None else SubmittedAssignment.timestamp > due
    costs = SubmittedAssignment.notebooks.any(SubmittedNotebook.late_submission_penalty != 0)
    whose = SubmittedAssignment.student_id.in_(special)
    wanted = select(SubmittedAssignment.id).where(
        SubmittedAssignment.assignment_id == known.id, or_(late, costs, whose)
    )
    together = selectinload(SubmittedAssignment.notebooks)
    together = together.options(
        undefer(SubmittedNotebook.score), joinedload(SubmittedNotebook.notebook)
    )
    ids = list(gradebook.db.scalars(wanted))
    for first in range(0, len(ids), AT_ONCE):
        some = SubmittedAssignment.id.in_(ids[first : first + AT_ONCE])
        student = joinedload(SubmittedAssignment.student)
        yield from gradebook.db.query(SubmittedAssignment).options(student, together).filter(some)


def extend(submission: SubmittedAssignment, exceptions: Exceptions, zone: ZoneInfo) -> None:
    """Give a submission the time that the course gives its student.

    What somebody has given in the gradebook itself stays where the course says nothing.
    """
    special = exceptions.get((submission.student.id, submission.name))
    due = submission.assignment.duedate
    if special is not None or due is None:
        days = special.days if special else 0
        submission.extension = more_time(due, days, zone) if days and due else None


class AssignPenalties(AssignLatePenalties):
    """Writes the penalty of each notebook of a submission, as the plugin names it.

    nbgrader cuts it to the score of the moment, so that it would depend on whether a person has
    read the answers before. Here the score is cut when it is summed up (`pooledu.grading.marks`),
    as nbgrader's own table does it. How late something is, is told by the clock of the course.
    """

    zone = ZoneInfo("UTC")

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Write the penalties of a submission of which a notebook was graded."""
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            submission = gradebook.find_submission(about["assignment"], about["student"])
            folder = Path(course_of(self).root)
            self.zone = zone_of(folder)
            extend(submission, read_exceptions(folder), self.zone)
            self.init_plugin()
            self.assign(gradebook, submission)
            gradebook.db.commit()
        return nb, resources

    def assign(self, gradebook: Gradebook, submission: SubmittedAssignment) -> None:
        """Write the penalties of a submission."""
        self.gradebook, self.assignment_id = gradebook, submission.name
        self.student_id = submission.student.id
        late = seconds_late(submission.duedate, submission.timestamp, self.zone)
        changed = False
        for notebook in submission.notebooks:
            self.notebook_id, penalty = notebook.name, None
            if late > 0:
                penalty = self.plugin_inst.late_submission_penalty(
                    self.student_id, notebook.score, late
                )
            if penalty is not None:
                penalty = max(0.0, penalty)
            if notebook.late_submission_penalty != penalty:
                notebook.late_submission_penalty, changed = penalty, True
        if changed and late > 0:
            self.log.info("%s is late by %s", submission, timedelta(seconds=late))
