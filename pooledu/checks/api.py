"""`check`: what a notebook calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pooledu.checks import judging, observing
from pooledu.checks.exercise import LOCAL_SEED, Exercise
from pooledu.checks.finding import Finding
from pooledu.checks.registry import exercise_names, find, nearest
from pooledu.checks.verdict import Verdict

__all__ = ["check", "exercise_names", "find"]


def check(
    function: Any,
    exercise: str | None = None,
    *,
    seed: int = LOCAL_SEED,
    time_limit: float = 10.0,
) -> Verdict:
    """Check a solution, and say what is wrong with it.

    Parameters
    ----------
    function
        The function that you wrote; for a question, your answer.
    exercise
        The exercise's name, if it is not the name of the function.
    seed
        Decides the numbers in the cases. The cases are the same for every seed.
    time_limit
        Seconds that one call may take.

    Returns
    -------
    Verdict
        Shows itself. `check(f).out_of(3)` is the same verdict for a cell worth 3 points. Whatever
        the function does, nothing is raised.

    Examples
    --------
    >>> def max_pool2d(x, kernel_size, stride=None):
    ...     return x[1::2, 1::2].copy()  # right for numbers that grow to the right and downwards
    >>> verdict = check(max_pool2d)
    >>> verdict.passed, verdict.misconception
    (False, 'every_second_cell')
    """
    name = exercise if isinstance(exercise, str) else _name(function)
    try:
        found = find(name)
    except KeyError:
        return Verdict(name, 0.0, Finding("no such exercise", name=name, near=nearest(name)))
    if not found.is_question and not callable(function):
        return Verdict(name, 0.0, Finding("called already", exercise=name))
    return examine(found, function, seed, time_limit)


def _name(function: Any) -> str:
    """Find the name of a function; other things have none."""
    name = getattr(function, "__name__", None)
    return name if isinstance(name, str) else type(function).__name__


def _examine_here(exercise: Exercise, work: Any, seed: int, time_limit: float) -> Verdict:
    """Make the calls and judge them in this process."""
    seen = observing.observe(work, judging.plan(exercise, seed), time_limit=time_limit)
    return judging.judge(exercise, seed, seen)


examine: Callable[[Exercise, Any, int, float], Verdict] = _examine_here
