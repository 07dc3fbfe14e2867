"""What a check says in a student's own notebook is what the judge says, points included.

The sample class of ps1 is compared in tests/classroom, where it is graded anyway.
"""

from pathlib import Path

import pytest

from pooledu.checks.verdict import VERDICT_TYPE
from pooledu.grading.bridge.steps import JudgedExecute
from pooledu.grading.execution.worker import close_all
from pooledu.grading.judge.notebook import cells_that_matter, run_and_judge
from tests.classroom.classroom import submissions
from tests.grading.running import read, run, verdicts

ROOT = Path(__file__).parents[2]
SETS = sorted(path.name for path in (ROOT / "solutions").iterdir())
NOTEBOOKS = {name: read("solutions", name) for name in SETS}
for each in submissions("ps4_backward"):
    released = ROOT / "exercises" / "ps4_backward" / "ps4_backward.ipynb"
    NOTEBOOKS[f"ps4_backward {each.student}"] = each.notebook(released)
SAME = ("exercise", "score", "points", "reached", "misconception", "headline")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module", autouse=True)
def end_of_the_warm_processes():
    yield
    close_all()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_graded_verdict_is_the_student_s_own(name):
    notebook = NOTEBOOKS[name]
    cells = notebook.cells[: cells_that_matter(notebook)]
    own = verdicts(run(cells, forgive=NotImplementedError))
    policy = JudgedExecute().policy(notebook, 60)
    executed, record = run_and_judge(notebook, bytes(32), policy)
    assert record.stopped == ""
    graded = {
        cell.id: output.data[VERDICT_TYPE]
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if VERDICT_TYPE in output.get("data", {})
    }
    assert own
    assert list(graded) == list(own)
    for cell, verdict in own.items():
        summary = verdict.summary()
        assert {key: graded[cell][key] for key in SAME} == {key: summary[key] for key in SAME}
