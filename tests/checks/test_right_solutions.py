"""Right solutions, in every style that comes to mind, pass."""

import inspect

import numpy as np
import pytest

from pooledu import check
from pooledu.checks import exercise_names, find
from tests.checks.right import SOLUTIONS

FUNCTIONS = [name for name in exercise_names() if not find(name).is_question]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("exercise", "solution"),
    [(name, each) for name, styles in SOLUTIONS.items() for each in styles],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_right_solution_passes(exercise, solution, seed):
    verdict = check(solution, exercise, seed=seed)
    assert verdict.passed, verdict.message


@pytest.mark.parametrize("exercise", FUNCTIONS)
def test_there_are_right_solutions_in_five_styles(exercise):
    styles = {solution.__name__ for solution in SOLUTIONS[exercise]}
    assert len(styles) >= 5


@pytest.mark.parametrize("exercise", FUNCTIONS)
def test_every_argument_is_given_by_its_name_in_some_case(exercise):
    """Names of parameters belong to a contract."""
    parameters = set(inspect.signature(find(exercise).oracle).parameters) - {"rng"}
    assert parameters == {name for case in find(exercise).cases(0) for name in case.kwargs}


@pytest.mark.parametrize("exercise", FUNCTIONS)
def test_arrays_come_in_every_memory_layout(exercise):
    cases = find(exercise).cases(0)
    arrays = [case for case in cases if any(isinstance(arg, np.ndarray) for arg in case.args)]
    if arrays and find(exercise).driver in ("call", "stochastic"):
        assert {"C", "readonly", "F", "strided"} <= {case.layout for case in arrays}
