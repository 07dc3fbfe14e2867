from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config

from pooledu.grading.bridge.late import LatePenaltyPerDay

DUE = datetime(2026, 9, 30, 22)


@given(st.integers(1, 24 * 60 * 60), st.integers(0, 30))
def test_each_day_begun_costs_a_tenth_of_the_maximum(seconds_into_the_day, full_days):
    late = timedelta(days=full_days, seconds=seconds_into_the_day)
    cost = LatePenaltyPerDay().penalty(max_score=20, seconds_late=late.total_seconds())
    assert cost == 2 * (full_days + 1)


def test_a_second_day_begins_after_exactly_24_hours():
    plugin = LatePenaltyPerDay()
    a_day = 24 * 60 * 60
    assert plugin.penalty(10, a_day) == 1
    assert plugin.penalty(10, a_day + 1) == 2


@pytest.fixture
def penalty(tmp_path):
    """`penalty(score, late)`: what nbgrader takes of a submission to a notebook of 10 points."""
    url = f"sqlite:///{tmp_path}/gradebook.db"
    gradebook = Gradebook(url)
    gradebook.add_assignment("ps", duedate=DUE)
    gradebook.add_notebook("ps", "ps")
    gradebook.add_grade_cell("exercise", "ps", "ps", max_score=10, cell_type="code")
    config = Config({"AssignLatePenalties": {"plugin_class": LatePenaltyPerDay}})
    assign = AssignLatePenalties(config=config)

    def penalty(student, score, late):
        gradebook.add_student(student)
        submission = gradebook.add_submission("ps", student, timestamp=DUE + late)
        gradebook.find_grade("exercise", "ps", "ps", student).auto_score = score
        gradebook.db.commit()
        about = {"notebook": "ps", "assignment": "ps", "student": student, "db_url": url}
        assign.preprocess(new_notebook(), {"nbgrader": about})
        gradebook.db.refresh(submission)
        return submission.late_submission_penalty or 0

    with gradebook:
        yield penalty


def test_nbgrader_takes_a_share_of_the_maximum_and_never_more_than_the_score(penalty):
    assert penalty("in-time", score=5, late=timedelta(0)) == 0
    assert penalty("day-and-a-half", score=5, late=timedelta(hours=36)) == 2
    assert penalty("month", score=1.5, late=timedelta(days=30)) == 1.5
