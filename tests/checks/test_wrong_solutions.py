"""Wrong solutions that passed once are refused."""

import pytest

from pooledu import check
from tests.checks.wrong import WRONG


@pytest.mark.parametrize("seed", [0, 2**50 + 7])
@pytest.mark.parametrize(
    ("exercise", "solution"),
    [(name, solution) for name, solutions in WRONG.items() for solution in solutions],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_wrong_solution_is_refused(exercise, solution, seed):
    verdict = check(solution, exercise, seed=seed)
    assert not verdict.passed
