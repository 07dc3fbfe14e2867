"""Each submission of the sample classes is what its file says: right, or wrong in a named way."""

from pathlib import Path

import pytest

from tests.classroom.classroom import submissions
from tests.grading.running import run, verdicts

ROOT = Path(__file__).parents[2]
SETS = sorted(path.parent.name for path in Path(__file__).parent.glob("*/class.toml"))
SUBMISSIONS = [(ps, each) for ps in SETS for each in submissions(ps)]
ENDLESS = "s08-forever"


def own_verdicts(submission, released):
    """What the checks say in the student's own notebook, by exercise."""
    notebook = submission.notebook(released)
    cells = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    return verdicts(run(cells, forgive=NotImplementedError))


@pytest.mark.parametrize(
    ("problem_set", "submission"),
    [(ps, each) for ps, each in SUBMISSIONS if each.student != ENDLESS],
    ids=lambda value: getattr(value, "student", value),
)
@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value encountered")
def test_checks_say_of_a_submission_what_it_deserves(problem_set, submission):
    released = ROOT / "exercises" / problem_set / f"{problem_set}.ipynb"
    found = own_verdicts(submission, released)
    assert found
    for exercise, verdict in found.items():
        deserved = submission.deserves.get(exercise, "right")
        if deserved == "right":
            assert verdict.passed, verdict.message
        elif deserved == "nothing":
            assert verdict.score == 0
        elif deserved == "partly":
            assert 0 < verdict.score < 1
        else:
            assert verdict.misconception == deserved
            assert not verdict.passed
