"""A mutant of a right solution that is wrong anywhere in a small scope is refused by the ladder.

Here a sample is tried; `make mutants` tries all.
"""

import itertools
import json
from pathlib import Path

import pytest

from pooledu.checks import drivers, exercise_names, find
from tests.checks.naming import NAMED_SAMPLE, naming
from tests.checks.right import SOLUTIONS
from tests.checks.scopes import RUNS, SCOPES
from tests.checks.survey import every_mutant, inputs, survey, wrong_at
from tests.sampling import one_in

SAMPLE = 60
FUNCTIONS = [name for name in exercise_names() if not find(name).is_question]
RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "mutants.json"
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_exercise_has_a_small_scope(name):
    assert name in SCOPES, "add it to tests/checks/scopes"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_all_mutants_were_tried_and_none_survived_and_no_name_was_refuted(name):
    row = json.loads(RESULTS.read_text("utf8")).get(name)
    assert row, f"try its mutants: scripts/mutants.py {name}"
    assert row["mutants"] >= 50
    assert (row["survivors"], row["refuted"]) == (0, 0)


@pytest.mark.parametrize("name", SCOPES)
def test_no_mutant_that_is_wrong_in_the_small_scope_passes_the_ladder(name):
    found = survey(name, SAMPLE)
    print(f"{name}: {found.mutants} of all mutants, {found.inputs} inputs in the scope")
    assert found.survivors == [], "\n\n".join(found.survivors)


@pytest.mark.parametrize("name", one_in(3, SCOPES))
def test_no_name_is_given_that_the_scope_refutes_and_no_fewer_are_told_of_their_fault(name):
    said = naming(name, NAMED_SAMPLE)
    print(f"{name}: {said.told} of {said.refused} told, {said.named} by a name")
    assert said.refuted == [], "\n\n".join(said.refuted)
    before = json.loads(RESULTS.read_text("utf8"))[name]
    assert said.told >= before["told_in_sample"], "fewer hear of their own fault: make mutants"


@pytest.mark.parametrize("name", SCOPES)
def test_the_scope_accepts_every_right_solution_and_there_are_mutants_of_it(name):
    drivers.prepare(find(name).driver)
    scope = inputs(name)
    for solution in SOLUTIONS[name]:
        function = RUNS[name](solution) if name in RUNS else solution
        assert wrong_at(function, scope, find(name).tolerance, seconds=20) is None
    assert len(list(itertools.islice(every_mutant(name), 50))) == 50


def test_helpers_and_what_a_function_closes_over_are_mutated_too():
    texts = [what for what, _ in itertools.islice(every_mutant("max_pool2d"), 500)]
    assert any("def loops" in text for text in texts)
    assert any("def pool(x, kernel_size_, stride=None)" in text for text in texts)


def test_a_survivor_is_seen(monkeypatch):
    """A ladder of one case lets wrong solutions pass, and the survey says so."""
    exercise = find("max_pool2d")
    first = exercise.cases(0)[:1]
    monkeypatch.setattr(exercise, "ladder", lambda rng: first)
    monkeypatch.setattr(exercise, "_made", {})
    assert survey("max_pool2d", 20).survivors
