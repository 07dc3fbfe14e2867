"""The judge's side of a check: which calls to make, and what the answers are worth.

`plan` makes the calls of an exercise from a seed, `observing.observe` makes them, and `judge`
decides. Between them goes only plain data, and only `judge` knows what is right. What it finds is
codes and arguments, which `words` puts into sentences.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import string
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pooledu.checks import comparing
from pooledu.checks.calls import Call, Observation, Opaque, plain
from pooledu.checks.exercise import Case, Exercise, Misconception
from pooledu.checks.finding import Finding
from pooledu.checks.showing import call_of, draw, sketch
from pooledu.checks.solving import outline
from pooledu.checks.trials import Trial, diagnose
from pooledu.checks.verdict import Verdict

FORBIDDEN = ("forbidden", "pooling")  # findings that leave nothing of a score
BY_KIND = {  # of an error: the finding, which names its line
    "RecursionError": "recursion",
    "NobodyAnswersError": "waits",
    "NoProcessError": "process",
    "NoNetworkError": "network",
}
AROUND = string.whitespace + string.punctuation  # what may stand around a choice: "C.", "'max'"


def plan(exercise: Exercise, seed: int) -> list[Call]:
    """List the calls of a check: the ladder upwards, and down again.

    The way down shows a function that keeps something from earlier calls. Where each call may have
    another result, and for a question, there is only the way up.

    Parameters
    ----------
    exercise
        The exercise.
    seed
        Decides the numbers in the cases, and nothing else.

    Returns
    -------
    list of Call
        Plain data, without answers.
    """
    calls = [exercise.call(case) for case in exercise.cases(seed)]
    return calls if _once(exercise) else calls + calls[::-1]


def _once(exercise: Exercise) -> bool:
    """Say whether nothing is to be learnt from calling twice."""
    return exercise.is_question or exercise.accepts is not None


def judge(exercise: Exercise, seed: int, observations: Sequence[Observation]) -> Verdict:
    """Decide what a student's work is worth, and find what is wrong with it.

    Parameters
    ----------
    exercise
        The exercise.
    seed
        The seed that `plan` got.
    observations
        What was seen in the calls of `plan`, in their order.

    Returns
    -------
    Verdict
        Its score is the part of the cases that pass.
    """
    trials = _trials(exercise, seed, observations)
    passed = sum(trial.passed for trial in trials)
    score = passed / len(trials)
    if any(found.code in FORBIDDEN for trial in trials for found in trial.noted):
        score = 0.0
    result = _result(exercise, passed, len(trials))
    rungs = tuple((trial.case.tests, trial.passed) for trial in trials)
    if score == 1:
        return Verdict(exercise.name, 1.0, result, rungs=rungs)
    failure = next((trial for trial in trials if not trial.steady), None) or next(
        trial for trial in trials if not trial.passed
    )
    mistake, complete = diagnose(exercise, trials)
    named = mistake if complete else None
    drawing = draw(exercise, failure.case, failure.expected, failure.wrong, failure.size)
    return Verdict(
        exercise.name,
        score,
        result,
        misconception=named.name if named else None,
        found=tuple(_found(failure, mistake, complete, trials)),
        words=exercise.vocabulary,
        case=call_of(exercise, failure.case),
        drawing=drawing,
        sketch=sketch(drawing) if drawing else "",
        link=named.link if named else exercise.link,
        outline=outline(exercise),
        printed=failure.wrong.printed,
        rungs=rungs,
    )


def _trials(exercise: Exercise, seed: int, observations: Sequence[Observation]) -> list[Trial]:
    """Join each case with what was seen, which may come from a process that is not honest."""
    cases = exercise.cases(seed)
    observations = [replace(seen, value=plain(seen.value)) for seen in observations]
    if exercise.is_question:
        observations = [replace(seen, value=_read(exercise, seen.value)) for seen in observations]
    down = observations if _once(exercise) else observations[::-1]

    def weighed(case: Case, seen: Observation) -> Observation:
        return replace(seen, value=exercise.weighed(case, seen))

    return [
        Trial(exercise, case, expected, weighed(case, seen), weighed(case, again))
        for case, expected, seen, again in zip(
            cases, exercise.expected(seed), observations, down, strict=False
        )
    ]


def _read(exercise: Exercise, answer: Any) -> Any:
    """Read a choice as it is meant: 'c' is C."""
    known = [exercise.oracle, *(mistake.wrong for mistake in exercise.misconceptions)]
    if isinstance(answer, str):
        for choice in known:
            if isinstance(choice, str) and choice.casefold() == answer.strip(AROUND).casefold():
                return choice
    return answer


def _in_another_form(expected: Any, answer: Any) -> bool:
    """Say whether an answer is the right one but for its type: '16' or 16.0 for 16."""
    if isinstance(answer, str):
        with contextlib.suppress(ValueError, SyntaxError, MemoryError, RecursionError):
            return comparing.equal(expected, plain(ast.literal_eval(answer[:100].strip())))
        return False
    answer = answer.tolist() if isinstance(answer, np.ndarray) else answer
    if isinstance(expected, tuple):
        return (
            isinstance(answer, list | tuple)
            and len(answer) == len(expected)
            and all(map(_in_another_form, expected, answer))
        )
    if isinstance(answer, list | tuple):
        return len(answer) == 1 and _in_another_form(expected, answer[0])
    return isinstance(answer, int | float) and bool(answer == expected)


def _result(exercise: Exercise, passed: int, count: int) -> Finding:
    """Sum up how much is right."""
    if exercise.is_question:
        return Finding("answer right" if passed else "answer wrong", exercise=exercise.name)
    if passed == count:
        return Finding("right", exercise=exercise.name, cases=count)
    return Finding("partly", exercise=exercise.name, passed=passed, cases=count)


def _common(trials: Sequence[Trial]) -> list[Finding]:
    """Find the relations that hold between every wrong array and the right one.

    They are read off an array that is large enough to show them.
    """
    arrays = [
        trial
        for trial in trials
        if trial.wrong.outcome == "returned"
        and not trial.right(trial.wrong)
        and isinstance(trial.expected, np.ndarray)
    ]
    large = [trial for trial in arrays if min(trial.expected.shape[-2:], default=0) > 2]
    found: list[Finding] = []
    for trial in (large or arrays)[:1]:
        found = comparing.patterns(trial.expected, trial.wrong.value, *trial.tolerance)
    return [
        pattern
        for pattern in found
        if all(
            comparing.holds(pattern, trial.expected, trial.wrong.value, *trial.tolerance)
            for trial in arrays
        )
    ]


def _found(
    trial: Trial, mistake: Misconception | None, complete: bool, trials: Sequence[Trial]
) -> list[Finding]:
    """Choose what is to be said of a failing case."""
    seen, noted = trial.wrong, list(trial.noted)
    if any(found.code in FORBIDDEN for found in noted):
        return list({found.code: found for found in reversed(noted)}.values())[::-1]
    if not trial.steady:
        return [Finding("unsteady")]
    known = []
    if mistake and not trial.exercise.is_question:
        known = [Finding("known" if complete else "as if", says=Finding(f"does {mistake.name}"))]
    if seen is not trial.seen:
        noted.insert(0, Finding("second call"))
    if seen.outcome != "returned":
        return [*known, *noted[: 1 if seen is not trial.seen else 0], _stopped(trial), *noted]
    if trial.right(seen):
        return noted
    common = _common(trials)
    differs = _differs(trial, mistake if complete else None, common, trials)
    arrays = isinstance(trial.expected, np.ndarray) and isinstance(seen.value, np.ndarray)
    if known and complete:
        another_shape = arrays and trial.expected.shape != seen.value.shape
        return [*known, *(differs[:1] if another_shape else []), *noted]
    extra = [pattern for pattern in common[:1] if pattern not in differs]
    return [*known, *extra, *differs, *noted]


def _differs(
    trial: Trial, mistake: Misconception | None, common: list[Finding], trials: Sequence[Trial]
) -> list[Finding]:
    """Find how a result differs from the expected one; a relation only if it is common to all."""
    exercise, value = trial.exercise, trial.wrong.value
    if exercise.is_question:
        if value is None or (isinstance(value, Opaque) and value.what == "an ellipsis"):
            return [Finding("unanswered")]
        if mistake:
            return [Finding(f"does {mistake.name}")]
        if _in_another_form(trial.expected, value):
            wanted = type(trial.expected).__name__
            wanted = "tuple of ints" if wanted == "tuple" else wanted
            return [Finding("another form", answer=value, expected=wanted)]
        return [Finding("not the answer", answer=value)]
    if exercise.accepts:
        refused = exercise.accepts(trial.case, value)
        return [refused] if refused else []
    if exercise.explain and (own := exercise.explain(trial.case, trial.expected, value)):
        return [own]
    found = comparing.differences(trial.expected, value, *trial.tolerance, common)
    if found[0].code == "only the dtype" and not all(map(_only_the_dtype, trials)):
        found[0] = Finding("dtype", **found[0].arguments)
    if found[0].code == "item" and exercise.results:
        found[0] = Finding("part", name=exercise.results[found[0].arguments["place"]])
    return found


def _only_the_dtype(trial: Trial) -> bool:
    """Say whether a result has the right numbers, whatever its dtype."""
    if trial.right(trial.wrong):
        return True
    if trial.wrong.outcome != "returned":
        return False
    found = comparing.differences(trial.expected, trial.wrong.value, *trial.tolerance)
    return found[0].code == "only the dtype"


def _stopped(trial: Trial) -> Finding:
    """Find why there is no result."""
    seen = trial.wrong
    if seen.outcome in ("slow", "stuck", "skipped"):
        return Finding(seen.outcome)
    kind = seen.error.partition(":")[0]
    if kind == "NotImplementedError":
        return Finding("unwritten")
    if kind in ("SystemExit", "KeyboardInterrupt"):
        return Finding("ended", error=seen.error, where=seen.where)
    if kind in BY_KIND:
        return Finding(BY_KIND[kind], where=seen.where)
    if "writes" in seen.notes:
        return Finding("writes", error=seen.error, where=seen.where)
    if kind == "TypeError" and not seen.where:  # the call itself was refused
        parameters = str(inspect.signature(trial.exercise.oracle))
        call = f"{trial.exercise.name}{parameters}"
        return Finding(
            "refused" if trial.case.kwargs else "another call", error=seen.error, call=call
        )
    return Finding("raised", error=seen.error, where=seen.where)
