"""One number is the time of a submission: from its reading over its runs to its page."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from pooledu.grading.budget import TimeBudget
from pooledu.grading.execution import Policy, execute
from pooledu.grading.execution.run import GRACE_SECONDS
from pooledu.grading.export.feedback import FeedbackExporter
from pooledu.grading.export.results import results
from pooledu.grading.intake.reading import UnreadableError, read_submission
from pooledu.grading.run.run import Run
from tests.grading.course import ASSIGNMENT, make_course
from tests.grading.test_attacks_on_marks import FIND
from tests.grading.test_sanitising import page

LARGE = json.dumps({"cells": [{"cell_type": "code", "source": "x = 1"}] * 40_000})


@given(st.floats(1, 1e5), st.integers(1, 9))
def test_the_parts_of_all_notebooks_are_the_whole(seconds, notebooks):
    budget = TimeBudget(seconds=seconds, notebooks=notebooks)
    parts = budget.reading, budget.running, budget.page
    assert min(parts) > 0
    assert notebooks * sum(parts) == pytest.approx(seconds)


def test_a_file_is_read_within_its_part_or_not_at_all(tmp_path):
    path = tmp_path / "large.ipynb"
    path.write_text(LARGE)
    assert path.stat().st_size > 1 << 20
    with pytest.raises(UnreadableError, match="40000 cells"):
        read_submission(path, 20)
    with pytest.raises(UnreadableError, match=r"within 0\.01 s"):
        read_submission(path, 0.01)


def test_a_page_is_made_within_its_part_or_has_the_marks_alone():
    cell = new_markdown_cell("a *b* \n\n" * 20_000)
    assert "left out" not in page(cell, seconds=300)
    assert "within the time" in page(cell, seconds=1)


def sleeping(count: int):
    """A notebook of cells that sleep for 0.4 s."""
    source = "import time; time.sleep(0.4)"
    return new_notebook(cells=[new_code_cell(source) for _ in range(count)])


@pytest.mark.slow
def test_what_one_run_of_a_notebook_has_taken_the_next_has_no_more():
    policy = Policy(notebook_seconds=2.0)
    _, first = execute(sleeping(2), policy)
    assert not first.stopped
    _, second = execute(sleeping(4), Policy(notebook_seconds=2.0, spent=first.seconds))
    assert second.stopped == "the notebook ran longer than 2 s"
    assert second.cells[0].status == "ok"
    _, third = execute(sleeping(1), Policy(notebook_seconds=2.0, spent=2.0))
    assert [cell.status for cell in third.cells] == ["not run"]


class Slow:
    """Takes a second for each answer, as a judge may who is given much to compare."""

    def answer(self, cell, message, talk):
        time.sleep(1)
        talk.send({"op": "verdict", "text": ""}, [])


@pytest.mark.slow
def test_the_time_of_the_judge_is_the_notebook_s_though_not_the_cell_s():
    source = f"{FIND}for _ in range(20): channel.send({{'op': 'check'}}); channel.receive()"
    notebook = new_notebook(cells=[new_code_cell(source)])
    _, record = execute(notebook, Policy(cell_seconds=1.0, notebook_seconds=4.0), Slow())
    assert 3.5 < record.seconds < 4.0 + 2 * GRACE_SECONDS + 1


@pytest.mark.slow
def test_the_number_in_the_configuration_is_where_each_part_is_taken_from(tmp_path, monkeypatch):
    course = make_course(tmp_path, "c.TimeBudget.seconds = 40")
    with course.app() as app:
        policy = Run(app.coursedir, app).released()[ASSIGNMENT][1]
        assert policy.notebook_seconds == 32
        exporter = FeedbackExporter(parent=app, config=app.config)  # as nbgrader makes it
        assert TimeBudget(parent=exporter).page == 4
        course.hand_in("s", "")
        given = []
        read = "pooledu.grading.export.results.read_submission"
        monkeypatch.setattr(read, lambda path, seconds: given.append(seconds))
        results(ASSIGNMENT, app.coursedir)
        assert given == [4]
