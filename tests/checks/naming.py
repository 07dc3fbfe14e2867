"""What the verdicts on mutants say, and whether the small scope refutes the name that they give."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from pooledu.checks import drivers, find, judging
from pooledu.checks.calling import lay_out, make_call
from pooledu.checks.calls import Observation, plain
from pooledu.checks.comparing import equal, scale
from pooledu.checks.exercise import Exercise
from pooledu.checks.verdict import Verdict
from tests.checks.scopes import RUNS
from tests.checks.survey import Input, LateError, alarm, inputs, some_mutants

# Findings that speak of a fault of its own, beside the exercise's words.
OWN = ("known", "as if", "mutated", "shares", "transposed", "reversed", "shifted", "negated")
OWN += ("scaled", "offset", "surplus", "only the border")

NAMED_SAMPLE = 30  # mutants of an exercise on which `make test` makes a whole verdict


@dataclass
class Naming:
    """What was said of the refused mutants of an exercise."""

    refused: int = 0
    named: int = 0
    told: int = 0  # with a name, or a sentence about their own fault
    refuted: list[str] = field(default_factory=list)


def verdict_on(function: Callable[..., Any], exercise: Exercise) -> Verdict:
    """Judge a function by its first call for each case."""
    calls = judging.plan(exercise, 0)
    seen: list[Observation] = []
    for call in calls[: len(exercise.cases(0))]:
        try:
            with alarm():
                seen.append(make_call(function, replace(call, forbidden=()), []))
        except LateError:
            seen.append(Observation("slow"))
            seen += [Observation("skipped")] * (len(exercise.cases(0)) - len(seen))
            break
    if len(calls) > len(seen):
        seen += seen[::-1]
    with alarm(60):
        return judging.judge(exercise, 0, seen)


def is_told(verdict: Verdict, exercise: Exercise) -> bool:
    """Say whether a verdict speaks of a fault of its own."""
    codes = {found.code for found in verdict.found}
    return bool(codes & {*OWN, *exercise.words})


def refuted_at(one: Any, other: Any, scope: list[Input], exercise: Exercise) -> Input | None:
    """The first input for which two functions have different results; both may raise."""
    loose = max(exercise.tolerance, 1e-12)
    for call in scope:
        first, second = (result(function, call) for function in (one, other))
        if not equal(first, second, loose, scale([call.args, call.kwargs])):
            return call
    return None


def result(function: Callable[..., Any], call: Input) -> Any:
    """What a function returns, or "raised"."""
    args, kwargs = lay_out(call.args, call.layout), lay_out(call.kwargs, call.layout)
    try:
        with alarm():
            return plain(function(*args, **kwargs))
    except (Exception, LateError):
        return "raised"


def naming(name: str, sample: int, seed: int = 0) -> Naming:
    """Judge a sample of the mutants of an exercise, and have the scope decide on their names."""
    exercise, scope, found = find(name), inputs(name), Naming()
    run = RUNS.get(name, lambda function: function)
    drivers.prepare(exercise.driver)
    mistakes = {mistake.name: mistake for mistake in exercise.misconceptions}
    for what, make in some_mutants(name, sample, seed):
        mutant = make()
        verdict = verdict_on(mutant, exercise)
        if verdict.passed:
            continue
        found.refused += 1
        found.told += is_told(verdict, exercise)
        found.named += verdict.misconception is not None
        if verdict.misconception:
            wrong = mistakes[verdict.misconception].wrong
            at = refuted_at(run(mutant), run(wrong), scope, exercise)
            if at is not None:
                found.refuted.append(f"{verdict.misconception}, but for {at}:\n{what}")
    return found
