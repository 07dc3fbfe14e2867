"""Whether an exercise keeps what the engine promises of all: the faults, in sentences."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np

from pooledu.checks import judging
from pooledu.checks.calling import make_call
from pooledu.checks.calls import Observation
from pooledu.checks.exercise import LOCAL_SEED, Exercise
from pooledu.checks.matrix import KillMatrix, kill_matrix
from pooledu.checks.verdict import Verdict

SEEDS = (LOCAL_SEED, 1, 20_26)
ENOUGH = 8  # known mistakes of a function


def certify(exercise: Exercise) -> list[str]:
    """Find what is wrong with an exercise.

    Parameters
    ----------
    exercise
        A registered exercise.

    Returns
    -------
    list of str
        Nothing, if its oracle passes its ladder for every seed, each known mistake is rejected
        under its own name and with one score, and each case rejects the same mistakes whatever
        the numbers are.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return _faults(exercise)
        except Exception as error:  # of whatever an author wrote
            return [f"it cannot be run: {type(error).__name__}: {error}"]


def _faults(exercise: Exercise) -> list[str]:
    """Find the faults, in the order in which an author mends them."""
    found = []
    ladders = [exercise.cases(seed) for seed in SEEDS]
    rungs = [[case.tests for case in ladder] for ladder in ladders]
    if not rungs[0]:
        return ["its ladder has no case"]
    if len(set(rungs[0])) < len(rungs[0]):
        twice = next(each for each in rungs[0] if rungs[0].count(each) > 1)
        found.append(f"two cases test {twice!r}")
    if any(each != rungs[0] for each in rungs):
        return [*found, "another seed gives other cases: draw numbers alone, never what is tested"]
    for seed in SEEDS:
        if not _verdict(exercise, exercise.oracle, seed).passed:
            found.append(f"its own oracle fails (seed {seed})")
    for mistake in exercise.misconceptions:
        found += _faults_of(exercise, mistake.name, mistake.wrong)
    if not exercise.is_question and len(exercise.misconceptions) < ENOUGH:
        found.append(
            f"it knows {len(exercise.misconceptions)} mistakes; with fewer than {ENOUGH}, many "
            "students read nothing but that it is wrong"
        )
    return found + _faults_of_cases(exercise)


def _faults_of(exercise: Exercise, name: str, wrong: object) -> list[str]:
    """Find the faults of one known mistake."""
    verdicts = [_verdict(exercise, wrong, seed) for seed in SEEDS]
    if any(verdict.passed for verdict in verdicts):
        return [f"the mistake {name!r} passes: add a case that rejects it"]
    others = {str(verdict.misconception) for verdict in verdicts} - {name}
    if others:
        return [f"the mistake {name!r} is taken for {others.pop()!r}: add a case that parts them"]
    if len({verdict.score for verdict in verdicts}) > 1:
        return [f"the mistake {name!r} has another score for other numbers"]
    return []


def _faults_of_cases(exercise: Exercise) -> list[str]:
    """Find cases that reject other mistakes when the numbers are others."""
    if not exercise.misconceptions:
        return []
    local, *others = (kill_matrix(exercise.name, seed) for seed in SEEDS)
    return [
        f"whether the case {local.cases[column]!r} rejects {local.misconceptions[row][0]!r} "
        "depends on the numbers: arrange them"
        for row, column in np.argwhere(np.any([each.kills != local.kills for each in others], 0))
    ]


def _verdict(exercise: Exercise, work: object, seed: int) -> Verdict:
    """Judge trusted work, which may use what students may not."""
    earlier: list[Observation] = []
    calls = [replace(call, forbidden=()) for call in judging.plan(exercise, seed)]
    seen = [make_call(work, call, earlier) for call in calls]  # type: ignore[arg-type]
    return judging.judge(exercise, seed, seen)


def matrix_text(matrix: KillMatrix) -> str:
    """Write the cases and which of them rejects which mistake.

    Examples
    --------
    >>> print(matrix_text(kill_matrix("pooled_size")).splitlines()[0])
    1  How high and wide is a 32 x 32 map after nn.MaxPool2d(3, stride=2, padding=1)?
    """
    width = max((len(name) for name, _ in matrix.misconceptions), default=0)
    digits = len(str(len(matrix.cases)))
    lines = [f"{number:{digits}}  {tests}" for number, tests in enumerate(matrix.cases, 1)]
    head = " ".join(f"{number:{digits}}" for number in range(1, len(matrix.cases) + 1))
    lines += ["", f"{'':{width}}  {head}"]
    for (name, _), row in zip(matrix.misconceptions, matrix.kills, strict=True):
        cells = " ".join(f"{'x' if killed else '.':>{digits}}" for killed in row)
        lines.append(f"{name:{width}}  {cells}")
    return "\n".join(lines)
