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
from tests.sampling import one_in

ROOT = Path(__file__).parents[2]
SETS = sorted(path.name for path in (ROOT / "solutions").iterdir())
NOTEBOOKS = {name: read("solutions", name) for name in SETS}


def begins_with(line):
    """The solved notebook, whose `max_pool2d` begins with this line."""
    notebook = read("solutions", "ps1_windows")
    cell = next(cell for cell in notebook.cells if "def max_pool2d(" in cell.source)
    head, rest = cell.source.split("### BEGIN SOLUTION", 1)
    cell.source = f"{head}{line}{rest}"
    return notebook


for each in submissions("ps4_backward"):
    released = ROOT / "exercises" / "ps4_backward" / "ps4_backward.ipynb"
    NOTEBOOKS[f"ps4_backward {each.student}"] = each.notebook(released)
for each in (
    "import multiprocessing; multiprocessing.Pool(2).map(abs, [1])",
    "import subprocess; subprocess.run(['true'])",
    "import os; os.system('true')",
    "import urllib.request; urllib.request.urlopen('http://localhost:9')",
    "input()",
    "open('/tmp/a', 'w').write('b')",
):
    NOTEBOOKS[f"ps1_windows with {each}"] = begins_with(each)
SAME = ("exercise", "score", "points", "reached", "misconception", "headline")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module", autouse=True)
def end_of_the_warm_processes():
    yield
    close_all()


@pytest.mark.parametrize("name", one_in(2, NOTEBOOKS))
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
        assert seen_of(graded[cell]) == seen_of(verdict.summary())


def seen_of(summary):
    """What has to be the same; here cells run without a kernel, which knows their lines."""
    seen = {key: summary[key] for key in SAME}
    return seen | {"headline": seen["headline"].partition(" It happened in ")[0]}
