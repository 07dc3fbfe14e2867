"""The penalty for handing in late."""

import math
from datetime import timedelta
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook, SubmittedAssignment
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from traitlets import Float

from pooledu.grading.bridge.release import course_of
from pooledu.grading.course.exceptions import Exceptions, read_exceptions
from pooledu.grading.marks import exact

SECONDS_PER_DAY = 24 * 60 * 60


class LatePenaltyPerDay(LateSubmissionPlugin):
    """A share of the maximum score for each day begun after the due date.

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

    def penalty(self, max_score: float, seconds_late: float) -> float:
        """Points that `seconds_late` seconds cost in a notebook worth `max_score` points."""
        days = math.ceil(seconds_late / SECONDS_PER_DAY)
        return float(exact(max_score) * exact(self.share_per_day) * days)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float:
        """Answer nbgrader, which names the score but not the maximum: that is in the gradebook."""
        grading = self.parent
        notebook = grading.gradebook.find_notebook(grading.notebook_id, grading.assignment_id)
        return self.penalty(notebook.max_score, total_seconds_late)


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
    exceptions = read_exceptions(Path(application.coursedir.root))
    for each in gradebook.assignment_submissions(assignment):
        extended = extend(each, exceptions)
        if extended or each.total_seconds_late > 0 or each.late_submission_penalty:
            step.assign(gradebook, each)
    gradebook.db.commit()


def extend(submission: SubmittedAssignment, exceptions: Exceptions) -> bool:
    """Give a submission the time that the course gives its student; say if that has changed.

    What somebody has given in the gradebook itself stays where the course says nothing.
    """
    special = exceptions.get((submission.student.id, submission.name))
    if special is None or submission.assignment.duedate is None:
        return False
    extension = timedelta(days=special.days) if special.days else None
    changed = submission.extension != extension
    submission.extension = extension
    return changed


class AssignPenalties(AssignLatePenalties):
    """Writes the penalty of each notebook of a submission, as the plugin names it.

    nbgrader cuts it to the score of the moment, so that it would depend on whether a person has
    read the answers before. Here the score is cut when it is summed up (`pooledu.grading.marks`),
    as nbgrader's own table does it.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Write the penalties of a submission of which a notebook was graded."""
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            submission = gradebook.find_submission(about["assignment"], about["student"])
            extend(submission, read_exceptions(Path(course_of(self).root)))
            self.assign(gradebook, submission)
            gradebook.db.commit()
        return nb, resources

    def assign(self, gradebook: Gradebook, submission: SubmittedAssignment) -> bool:
        """Write the penalties of a submission; say whether one has changed."""
        self.init_plugin()
        self.gradebook, self.assignment_id = gradebook, submission.name
        self.student_id = submission.student.id
        late = submission.total_seconds_late
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
        return changed
