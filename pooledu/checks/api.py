"""`check`: what a notebook calls."""

from __future__ import annotations

import ast
import linecache
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from numbers import Integral, Real
from types import FrameType
from typing import Any

from pooledu.checks import judging, observing, solving
from pooledu.checks.calls import plain
from pooledu.checks.exercise import LOCAL_SEED, Exercise
from pooledu.checks.finding import Finding
from pooledu.checks.registry import exercise_names, find, nearest
from pooledu.checks.travelling import attribute, files_beside
from pooledu.checks.verdict import Verdict
from pooledu.checks.words import say

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
        The exercise's name. Without it the text of the call decides, `check(avg_pool2d)` being
        about `avg_pool2d`, and the function's own name where that text names no exercise.
    seed
        Decides the numbers in the cases, 0 or above. The cases are the same for every seed.
    time_limit
        Seconds that one call may take, above 0.

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
    said = exercise.strip() if isinstance(exercise, str) else None
    name = _meant(function, sys._getframe(1)) if said is None else said
    try:
        found = find(name)
    except KeyError:
        return Verdict(name, 0.0, _unknown(name, function, said is not None))
    if found.is_judged_later:
        return Verdict(name, 0.0, Finding("judged later", exercise=name))
    if not found.is_question and not callable(function):
        return Verdict(name, 0.0, Finding("called already", exercise=name))
    if refused := _refused_option(seed, time_limit):
        return Verdict(name, 0.0, refused)
    verdict = examine(found, function, seed, time_limit)
    if examine is not _examine_here:
        return verdict
    if verdict.passed:
        _SOLVED[found.name] = function
    in_notebook = sys._getframe(1).f_globals.get("__name__") == "__main__"
    files = files_beside(function) if in_notebook and not found.is_question else []
    remarks = [Finding("left behind", exercise=found.name, files=tuple(files))] if files else []
    return replace(verdict, found=(*verdict.found, *remarks))


def solution(exercise: Any) -> solving.Comparison | None:
    """Show model solutions of an exercise that you have solved: ``check.solution("max_pool2d")``.

    Parameters
    ----------
    exercise
        The exercise's name, or your function.

    Returns
    -------
    Comparison or None
        Two solutions with a sentence on the style of each, and how long they and yours take. None,
        and a printed sentence, before your own has passed in this session, and while work is
        graded.
    """
    name = exercise if isinstance(exercise, str) else _meant(exercise, sys._getframe(1))
    refusal = None
    if examine is not _examine_here:
        refusal = Finding("no solution while graded")
    elif name not in exercise_names():
        refusal = Finding("no such exercise", name=name, near=nearest(name))
    elif not solving.model_solutions(find(name)):
        refusal = Finding("no solution here", exercise=name)
    elif name not in _SOLVED:
        refusal = Finding("not solved yet", exercise=name)
    if refusal:
        print(say(refusal))
        return None
    return solving.compare(find(name), _SOLVED[name])


def _unknown(name: str, function: Any, said: bool) -> Finding:
    """Find why no exercise can be told from a call."""
    if not said and not callable(function):
        return Finding("no function", got=plain(function))
    if not said and not name.isidentifier():
        return Finding("nameless", name=name)
    return Finding("no such exercise", name=name, near=nearest(name))


def _refused_option(seed: Any, time_limit: Any) -> Finding | None:
    """Find the option that no check can work with."""
    is_whole, is_number = isinstance(seed, Integral), isinstance(time_limit, Real)
    if not (is_whole and seed >= 0):
        return Finding("odd seed", got=plain(seed))
    if not (is_number and 0 < time_limit <= threading.TIMEOUT_MAX):
        return Finding("odd time limit", got=plain(time_limit))
    return None


def _meant(function: Any, caller: FrameType) -> str:
    """Find which exercise is meant: by the text of the call, and by the function's name if not."""
    names = exercise_names()
    written = _written(caller)
    candidates = [written, *_names(function)]
    known = [name for name in candidates if name in names]
    return known[0] if known else next(filter(None, [*_names(function), written]), "")


def _written(caller: FrameType) -> str:
    """Read what stands in the brackets of the call that a frame is making, if it is a name."""
    try:
        positions = list(caller.f_code.co_positions())[caller.f_lasti // 2]
        first, last, start, end = (value or 0 for value in positions)
        lines = [
            linecache.getline(caller.f_code.co_filename, line).encode()
            for line in range(first, last + 1)
        ]
        lines[-1] = lines[-1][:end]
        lines[0] = lines[0][start:]
        call = ast.parse(b"".join(lines).decode().strip(), mode="eval").body
    except (SyntaxError, ValueError, IndexError):  # the text is not there, or is another one
        return ""
    match call:
        case ast.Call(args=[ast.Name(id=name) | ast.Attribute(attr=name), *_]):
            return name
    return ""


def _names(function: Any) -> list[str]:
    """List the names that a function has, those of what it wraps too."""
    found, kind = [], type(function).__name__
    for _ in range(10):  # a chain may be a circle
        name = attribute(function, "__name__")
        found += [name] if isinstance(name, str) else []
        function = attribute(function, "func") or attribute(function, "__wrapped__")
    return found or [kind]


def _examine_here(exercise: Exercise, work: Any, seed: int, time_limit: float) -> Verdict:
    """Make the calls and judge them in this process."""
    seen = observing.observe(work, judging.plan(exercise, seed), time_limit=time_limit)
    return judging.judge(exercise, seed, seen)


examine: Callable[[Exercise, Any, int, float], Verdict] = _examine_here
_SOLVED: dict[str, Any] = {}  # what has passed in this session, by the exercise's name
check.solution = solution  # type: ignore[attr-defined]
