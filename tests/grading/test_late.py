import math
import sys
from contextlib import chdir
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config

from pooledu.cli import main
from pooledu.grading.bridge.late import LatePenaltyPerDay
from pooledu.grading.course.dates import seconds_late

BERLIN = ZoneInfo("Europe/Berlin")
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


@pytest.fixture(scope="module")
def in_berlin(tmp_path_factory):
    """A course in Berlin, with a set of 10 points that `s01` has handed in."""
    path = tmp_path_factory.mktemp("late") / "course"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
        flags = ["--sets=none", "--time-zone=Europe/Berlin"]
        assert main(["new-course", str(path), *flags]) == 0
    with chdir(path):
        assert main(["roster", "--add", "s01"]) == 0
    with Gradebook(f"sqlite:///{path}/gradebook.db") as book:
        book.add_assignment("ps")
        book.add_notebook("ps", "ps")
        book.add_grade_cell("exercise", "ps", "ps", max_score=10, cell_type="code")
        book.add_submission("ps", "s01")
    return path


def taken(course, due, days, handed_in, order):
    """What a submission loses, by a due date of course.toml and an extension."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        book.find_submission("ps", "s01").timestamp = handed_in.astimezone(UTC).replace(tzinfo=None)
        book.db.commit()
    facts = course / "course.toml"
    facts.write_text(facts.read_text().partition("[due]")[0] + f'[due]\nps = "{due}"\n')
    commands = [["dates"], ["extend", "s01", "ps", str(days)]]
    with chdir(course):
        assert [main(words) for words in commands[::order]] == [0, 0]
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        return book.find_submission("ps", "s01").notebooks[0].late_submission_penalty or 0


days_of_change = st.sampled_from([datetime(2026, 10, 25), datetime(2027, 3, 28)])
# Between four and twenty past: those hours are there once, on every day.
hours = st.integers(4 * 60, 23 * 60 + 59)


@settings(max_examples=15)
@given(days_of_change, st.integers(-3, 0), hours, st.integers(0, 3), st.integers(-1, 3), hours)
@example(datetime(2026, 10, 25), -1, 23 * 60 + 59, 1, 0, 23 * 60 + 30)
@example(datetime(2027, 3, 28), -1, 9 * 60, 0, 2, 9 * 60 + 30)
def test_a_day_of_more_time_or_of_lateness_ends_when_the_clock_of_the_course_says(
    in_berlin, change, begins, due_at, extended, late_days, handed_at
):
    due = change + timedelta(days=begins, minutes=due_at)
    until = due + timedelta(days=extended)
    midnight = until.replace(hour=0, minute=0)
    handed_in = midnight + timedelta(days=late_days, minutes=handed_at)
    lost = math.ceil((handed_in - until) / timedelta(days=1)) if handed_in > until else 0
    for order in (1, -1):
        moment = handed_in.replace(tzinfo=BERLIN)
        assert taken(in_berlin, f"{due:%Y-%m-%d %H:%M}", extended, moment, order) == lost


@given(st.datetimes(datetime(2026, 10, 24), datetime(2026, 10, 27)), st.integers(0, 3 * 86400))
def test_what_came_after_the_deadline_is_late_and_what_came_before_is_not(due, seconds):
    later = due + timedelta(seconds=seconds)
    assert (seconds_late(due, later, BERLIN) > 0) == (seconds > 0)
    assert abs(seconds_late(due, later, BERLIN) - seconds) <= 3600
    assert seconds_late(later, due, BERLIN) == 0


def test_a_date_that_is_taken_back_costs_nothing_any_more(in_berlin, capsys):
    late = datetime(2026, 10, 9, 12, tzinfo=BERLIN)
    assert taken(in_berlin, "2026-10-07 12:00", 0, late, 1) == 2
    assert taken(in_berlin, "none", 2, late, 1) == 0
    assert "ps is not due (changed)" in capsys.readouterr().out


def test_a_date_that_course_toml_no_longer_names_stays_and_is_told(in_berlin, capsys):
    late = datetime(2026, 10, 9, 12, tzinfo=BERLIN)
    assert taken(in_berlin, "2026-10-07 12:00", 0, late, 1) == 2
    facts = in_berlin / "course.toml"
    facts.write_text(facts.read_text().partition("[due]")[0] + "[due]\n")
    capsys.readouterr()
    with chdir(in_berlin):
        assert main(["dates"]) == 0
    said = capsys.readouterr().out
    assert "ps is due at 2026-10-07 12:00:00+02:00; course.toml says nothing of it" in said
