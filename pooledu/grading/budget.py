"""The time that one submission may cost, from its reading to its page: one number, in parts."""

from collections.abc import Mapping
from typing import Any

from nbgrader.api import Gradebook
from traitlets import Float, Integer
from traitlets.config import Configurable

SHARE = 0.1  # for reading, and for the page; the rest is for running and judging


class TimeBudget(Configurable):
    """The time of a submission, and of each of its notebooks the parts.

    Examples
    --------
    >>> budget = TimeBudget(seconds=300, notebooks=2)
    >>> budget.reading, budget.running, budget.page
    (15.0, 120.0, 15.0)
    """

    seconds = Float(
        300.0,
        min=1.0,
        help="Time of a submission, from its reading to its page: a tenth each for these two, the "
        "rest to run and judge it. Notebooks of one submission share it.",
    ).tag(config=True)
    notebooks = Integer(1, min=1, help="How many notebooks share it.")

    @classmethod
    def of(cls, step: Configurable, about: Mapping[str, Any]) -> "TimeBudget":
        """Return the budget in a step of nbgrader's, by what nbgrader tells the step."""
        with Gradebook(about["db_url"]) as gradebook:
            count = len(gradebook.find_assignment(about["assignment"]).notebooks)
        return cls(parent=step, notebooks=count)

    @property
    def reading(self) -> float:
        """Seconds in which a notebook is read."""
        return self.seconds * SHARE / self.notebooks

    @property
    def page(self) -> float:
        """Seconds in which a notebook's page is made."""
        return self.seconds * SHARE / self.notebooks

    @property
    def running(self) -> float:
        """Seconds in which a notebook is run and judged, in all processes that it needs."""
        return self.seconds / self.notebooks - self.reading - self.page
