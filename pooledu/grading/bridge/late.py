"""The penalty for handing in late."""

import math

from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Float

SECONDS_PER_DAY = 24 * 60 * 60


class LatePenaltyPerDay(LateSubmissionPlugin):
    """A share of the maximum score for each day begun after the due date.

    The penalty depends on the assignment and on the time alone, so a student knows beforehand
    what a day costs. nbgrader never lets it exceed the score.

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
        return max_score * self.share_per_day * math.ceil(seconds_late / SECONDS_PER_DAY)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float:
        """Answer nbgrader, which names the score but not the maximum: that is in the gradebook."""
        grading = self.parent
        notebook = grading.gradebook.find_notebook(grading.notebook_id, grading.assignment_id)
        return self.penalty(notebook.max_score, total_seconds_late)
