"""A mutant of a right solution that is wrong anywhere in a small scope is refused by the ladder."""

import contextlib
import signal
import warnings
from dataclasses import replace

import numpy as np
import pytest

from pooledu.checks import find
from pooledu.checks.calling import make_call
from pooledu.checks.calls import plain
from pooledu.checks.comparing import equal, scale
from pooledu.checks.judging import Trial
from tests.checks.mutants import build, mutants
from tests.checks.scopes import SCOPES
from tests.checks.test_right_solutions import SOLUTIONS

SECONDS = 0.5  # for a mutant, which may loop for ever
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


class LateError(BaseException):
    """Raised in a mutant that takes too long."""


@contextlib.contextmanager
def alarm():
    def ring(*_):
        raise LateError

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS, 0.05)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def wrong_at(function, scope, tolerance):
    """The first input of a scope for which a function has another result, or None."""
    for args, right in scope:
        given = [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]
        try:
            with alarm():
                value = plain(function(*given))
        except (Exception, LateError):
            return args
        if not equal(plain(right), value, tolerance, scale(args)):
            return args
    return None


def refused(function, exercise, cases):
    """Whether some case refuses a function, in the call as `check` makes it."""
    for case, expected in cases:
        try:
            with alarm():
                call = replace(exercise.call(case), forbidden=())
                seen = make_call(function, call, [])
        except LateError:
            return True
        if not Trial(exercise, case, expected, seen, seen).passed:
            return True
    return False


@pytest.mark.parametrize("name", SCOPES)
def test_no_mutant_that_is_wrong_in_the_small_scope_passes_the_ladder(name, record_property):
    exercise = find(name)
    scope = list(SCOPES[name]())
    cases = [(case, exercise.expect(case)) for case in exercise.cases(0)]
    survivors, count = [], 0
    for solution in SOLUTIONS[name]:
        assert wrong_at(solution, scope, exercise.tolerance) is None
        for text in mutants(solution):
            count += 1
            mutant = build(text, solution)
            if refused(mutant, exercise, cases):
                continue
            at = wrong_at(mutant, scope, exercise.tolerance)
            if at is not None:
                survivors.append(f"{at}\n{text}")
    record_property("mutants", count)
    print(f"{name}: {count} mutants, {len(scope)} inputs in the scope")
    assert count >= 50
    assert survivors == [], "\n\n".join(survivors)
