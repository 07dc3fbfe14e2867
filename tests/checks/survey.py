"""What the ladder of an exercise makes of the mutants of its right solutions.

Two decide on a mutant, and neither knows of the other: a small scope of legal inputs, each with its
result by plain counting, and the ladder that grades.
"""

import contextlib
import inspect
import io
import signal
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import numpy as np

from pooledu.checks import drivers, find
from pooledu.checks.calling import lay_out, make_call
from pooledu.checks.calls import plain
from pooledu.checks.comparing import equal, scale
from pooledu.checks.trials import Trial
from tests.checks.mutants import program
from tests.checks.right import SOLUTIONS
from tests.checks.scopes import RUNS, SCOPES
from tests.checks.spoiling import spoiled

SECONDS = 1.0  # of the processor, for a mutant, which may loop for ever
LAYOUTS = ("C", "F", "strided", "readonly")


class LateError(BaseException):
    """Raised in a mutant that takes too long."""


@contextlib.contextmanager
def alarm(seconds: float = SECONDS) -> Iterator[None]:
    """Stop what takes too long, and hide what it prints and warns of."""

    def ring(*_):
        raise LateError

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.05)
    try:
        quiet = contextlib.redirect_stdout(io.StringIO())
        with quiet, warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@dataclass(frozen=True)
class Input:
    """One call of a small scope, and what is right for it."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    right: Any
    layout: str


def inputs(name: str) -> list[Input]:
    """The small scope of an exercise: in every memory layout, by position and by name in turn."""
    names = list(inspect.signature(find(name).oracle).parameters)
    found = []
    for number, (args, right) in enumerate(SCOPES[name]()):
        layout = LAYOUTS[number // 3 % 4]
        if number % 3 == 2:
            found.append(Input((), dict(zip(names, args, strict=False)), right, layout))
        else:
            found.append(Input(args, {}, right, layout))
    return found


def wrong_at(
    function: Callable[..., Any], scope: list[Input], tolerance: float, seconds: float = SECONDS
) -> Input | None:
    """The first input of a scope for which a function has another result, or None."""
    for call in scope:
        if not right_at(function, call, tolerance, seconds):
            return call
    return None


def right_at(
    function: Callable[..., Any], call: Input, tolerance: float, seconds: float = SECONDS
) -> bool:
    """Say whether a function gives what is right, changes nothing, and hands out no input."""
    args, kwargs = lay_out(call.args, call.layout), lay_out(call.kwargs, call.layout)
    given = [*args, *kwargs.values()]
    before = plain(given)
    try:
        with alarm(seconds):
            value = function(*args, **kwargs)
    except (Exception, LateError):
        return False
    returned = value if isinstance(value, tuple | list) else [value]
    arrays = [array for array in given if isinstance(array, np.ndarray)]
    shares = any(
        np.may_share_memory(one, other) and np.shares_memory(one, other)
        for one in returned
        if isinstance(one, np.ndarray)
        for other in arrays
    )
    return (
        not shares
        and equal(plain(call.right), plain(value), tolerance, scale(before))
        and equal(before, plain(given))
    )


Cases = list[tuple[Any, Any]]  # with what is expected


def refuses(function: Callable[..., Any], exercise: Any, case: Any, expected: Any) -> bool:
    """Say whether a case refuses a function, called as `check` calls it."""
    try:
        with alarm():
            seen = make_call(function, replace(exercise.call(case), forbidden=()), [])
    except LateError:
        return True
    seen = replace(seen, value=exercise.weighed(case, seen))
    return not Trial(exercise, case, expected, seen, seen).passed


def refused(function: Callable[..., Any], exercise: Any, cases: Cases) -> bool:
    """Say whether any case refuses a function."""
    return any(refuses(function, exercise, case, expected) for case, expected in cases)


def refusals(name: str, sample: int | None = None) -> np.ndarray:
    """Which cases refuse which mutants: booleans of shape (mutants, cases)."""
    exercise = find(name)
    drivers.prepare(exercise.driver)
    cases = [(case, exercise.expect(case)) for case in exercise.cases(0)]
    mutants = [make() for _, make in some_mutants(name, sample)]
    return np.array([[refuses(mutant, exercise, *case) for case in cases] for mutant in mutants])


@dataclass
class Survey:
    """What became of the mutants of an exercise."""

    exercise: str
    inputs: int = 0
    mutants: int = 0
    wrong: int = 0
    refused: int = 0
    survivors: list[str] = field(default_factory=list)


Mutant = tuple[str, Callable[[], Callable[..., Any]]]


def every_mutant(name: str, solutions: list[Callable[..., Any]] | None = None) -> Iterator[Mutant]:
    """Yield what differs in each mutant of an exercise's right solutions, and what makes it."""
    solutions = solutions or SOLUTIONS[name]
    example = find(name).arguments(find(name).cases(0)[-1])
    for what, function in spoiled(solutions[0], example):
        yield f"{solutions[0].__name__} {what}", lambda function=function: function
    for solution in solutions:
        whole = program(solution)
        for part, text in whole.mutants():
            yield (
                f"{solution.__name__}\n{text}",
                lambda whole=whole, part=part, text=text: whole.build(part, text),
            )


def some_mutants(name: str, sample: int | None, seed: int = 0) -> list[Mutant]:
    """All mutants of an exercise, or a sample of those of three solutions."""
    if sample is None:
        return list(every_mutant(name))
    chance = Random(seed)
    found = list(every_mutant(name, chance.sample(SOLUTIONS[name], 3)))
    return chance.sample(found, min(sample, len(found)))


def survey(name: str, sample: int | None = None, seed: int = 0) -> Survey:
    """Have scope and ladder decide on each mutant, or on a sample of them."""
    exercise, scope = find(name), inputs(name)
    drivers.prepare(exercise.driver)
    cases = [(case, exercise.expect(case)) for case in exercise.cases(0)]
    chosen = some_mutants(name, sample, seed)
    found, run = Survey(name, len(scope), len(chosen)), RUNS.get(name, lambda function: function)
    for what, make in chosen:
        mutant = make()
        caught = refused(mutant, exercise, cases)
        at = wrong_at(run(mutant), scope, exercise.tolerance)
        found.refused += caught
        found.wrong += at is not None
        if at is not None and not caught:
            found.survivors.append(f"wrong for {at}:\n{what}")
    return found
