"""The judge's side of a check: which calls to make, and what the answers are worth.

`plan` makes the calls of an exercise from a seed, `observing.observe` makes them, and `judge`
decides. Between them goes only plain data, and only `judge` knows what is right.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from pooledu.checks import comparing
from pooledu.checks.calls import Call, Observation, plain
from pooledu.checks.exercise import Case, Exercise, Misconception
from pooledu.checks.showing import draw, sketch
from pooledu.checks.verdict import Verdict


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


@dataclass(frozen=True)
class Trial:
    """One case, what was expected and what was seen, on the way up and on the way down."""

    exercise: Exercise
    case: Case
    expected: Any
    seen: Observation
    again: Observation

    @cached_property
    def size(self) -> float:
        """The largest magnitude of the input."""
        return comparing.scale((self.case.args, self.case.kwargs))

    def right(self, seen: Observation) -> bool:
        """Say whether an observation holds the expected result."""
        if seen.outcome == "returned" and self.exercise.accepts:
            return self.exercise.accepts(self.case, seen.value) is None
        return seen.outcome == "returned" and comparing.equal(
            self.expected, seen.value, self.exercise.tolerance, self.size
        )

    @cached_property
    def steady(self) -> bool:
        """Whether both calls gave one result, if both gave any."""
        pair = (self.seen, self.again)
        return any(each.outcome != "returned" for each in pair) or comparing.equal(
            self.seen.value, self.again.value
        )

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What else was seen in either call."""
        return tuple(dict.fromkeys(self.seen.notes + self.again.notes))

    @cached_property
    def passed(self) -> bool:
        """Whether both results are right, and nothing else was seen."""
        again = self.again.outcome == "skipped" or self.right(self.again)
        return self.right(self.seen) and again and not self.notes

    def agrees(self, misconception: Misconception) -> bool:
        """Say whether a misconception gives what was seen."""
        theirs = self.exercise.outcome(misconception.wrong, self.case)
        if self.seen.outcome != "returned" or theirs.outcome != "returned":
            kinds = [each.error.partition(":")[0] for each in (self.seen, theirs)]
            return self.seen.outcome == theirs.outcome and kinds[0] == kinds[1]
        features = self.exercise.features
        if features:
            return bool(features(self.case, theirs.value) == features(self.case, self.seen.value))
        loose = max(self.exercise.tolerance, 1e-12)
        return set(theirs.notes) <= set(self.notes) and comparing.equal(
            theirs.value, self.seen.value, loose, self.size
        )


def judge(exercise: Exercise, seed: int, observations: Sequence[Observation]) -> Verdict:
    """Decide what a student's work is worth, and say what is wrong with it.

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
    if any(note.startswith("forbidden") for trial in trials for note in trial.notes):
        score = 0.0
    if score == 1:
        return Verdict(exercise.name, 1.0, _praise(exercise, trials), rungs=_rungs(trials))
    failure = next((trial for trial in trials if not trial.steady), None) or next(
        trial for trial in trials if not trial.passed
    )
    misconception = diagnose(exercise, trials)
    drawing = draw(exercise, failure.case, failure.expected, failure.seen, failure.size)
    return Verdict(
        exercise.name,
        score,
        _headline(exercise, passed, len(trials)),
        misconception=misconception.name if misconception else None,
        mistake=misconception.says if misconception else "",
        says=_says(failure, misconception, _common(exercise, trials)),
        hint=misconception.hint if misconception else "",
        case=("", "") if exercise.is_question else (failure.case.tests, call_text(failure)),
        drawing=drawing,
        sketch=sketch(drawing) if drawing else "",
        link=misconception.link if misconception else exercise.link,
        printed=failure.seen.printed,
        rungs=_rungs(trials),
    )


def _trials(exercise: Exercise, seed: int, observations: Sequence[Observation]) -> list[Trial]:
    """Join each case with what was seen, which may come from a process that is not honest."""
    cases = exercise.cases(seed)
    observations = [replace(seen, value=plain(seen.value)) for seen in observations]
    down = observations if _once(exercise) else observations[::-1]
    return [
        Trial(exercise, case, exercise.expect(case), seen, again)
        for case, seen, again in zip(cases, observations, down, strict=False)
    ]


def diagnose(exercise: Exercise, trials: Sequence[Trial]) -> Misconception | None:
    """Find the known mistake that explains every failing case.

    One that explains the right results too is preferred, and asked for where nothing but
    exceptions is to be explained. Two that explain as much as each other explain nothing.
    """
    failing = [trial for trial in trials if not trial.passed]
    if not all(trial.steady for trial in trials):
        return None
    candidates = [
        misconception
        for misconception in exercise.misconceptions
        if all(trial.agrees(misconception) for trial in failing)
    ]
    complete = [
        misconception
        for misconception in candidates
        if all(trial.agrees(misconception) for trial in trials if trial.passed)
    ]
    something_returned = any(trial.seen.outcome == "returned" for trial in failing)
    best = complete or (candidates if something_returned else [])
    return best[0] if len(best) == 1 else None


def _praise(exercise: Exercise, trials: Sequence[Trial]) -> str:
    """Say that all is right."""
    if exercise.is_question:
        return f"`{exercise.name}`: right."
    return f"`{exercise.name}` is right in all {len(trials)} cases."


def _headline(exercise: Exercise, passed: int, count: int) -> str:
    """Say how much is right."""
    if exercise.is_question:
        return f"`{exercise.name}`"
    return f"`{exercise.name}` is right in {passed} of {count} cases."


def _rungs(trials: Sequence[Trial]) -> tuple[tuple[str, bool], ...]:
    """List what each case tests, and whether it passed."""
    return tuple((trial.case.tests, trial.passed) for trial in trials)


def _common(exercise: Exercise, trials: Sequence[Trial]) -> list[str]:
    """Find what is said of every wrong array, of those that are large enough to show it."""
    wrong = [
        trial
        for trial in trials
        if trial.seen.outcome == "returned" and not trial.right(trial.seen)
    ]
    arrays = [trial for trial in wrong if isinstance(trial.expected, np.ndarray)]
    large = [trial for trial in arrays if min(trial.expected.shape[-2:], default=0) > 2]
    found = [
        comparing.patterns(trial.expected, trial.seen.value, exercise.tolerance, trial.size)
        for trial in large or arrays
        if trial.expected.size > 1
    ]
    return [says for says in found[0] if all(says in each for each in found)] if found else []


def _says(trial: Trial, misconception: Misconception | None, common: list[str]) -> tuple[str, ...]:
    """Say what is wrong with a failing case."""
    seen = trial.seen
    notes = [text for note in trial.notes if (text := _note(note, trial))]
    if any(note.startswith("forbidden") for note in trial.notes):
        return tuple(notes)
    if not trial.steady:
        return (
            "Called twice with the same input, it gave two results. A result may depend on the "
            "arguments alone: look for a global variable, a mutable default, random numbers, or "
            "an array from `np.empty` that is not filled.",
        )
    known = (
        [f"The results are those of a known mistake: {_lower(misconception.says)}"]
        if misconception and not trial.exercise.is_question
        else []
    )
    if seen.outcome != "returned":
        return (*known, *_stopped(trial), *notes)
    if trial.right(seen) and trial.right(trial.again):
        return tuple(notes)
    arrays = isinstance(trial.expected, np.ndarray) and isinstance(seen.value, np.ndarray)
    if known and arrays and trial.expected.shape != seen.value.shape:
        known += _differs(trial, misconception, common)[:1]
    differs = [*common[:1], *_differs(trial, misconception, common)]
    differs = list(dict.fromkeys(differs))
    return (*(known or differs), *notes)


def _differs(trial: Trial, misconception: Misconception | None, common: list[str]) -> list[str]:
    """Say how a result differs from the expected one; a pattern only if it is common to all."""
    exercise, value = trial.exercise, trial.seen.value
    if exercise.is_question:
        if comparing.kind(value) in ("None", "an ellipsis"):
            return ["It is not answered yet."]
        return [misconception.says if misconception else f"{_spoken(value)} is not the answer."]
    if exercise.accepts:
        return [exercise.accepts(trial.case, value) or ""]
    own = exercise.explain(trial.case, trial.expected, value) if exercise.explain else None
    if own:
        return [own]
    return comparing.describe(trial.expected, value, exercise.tolerance, trial.size, common)


def _spoken(value: Any) -> str:
    """Repeat an answer."""
    return (
        f"`{value}`"
        if isinstance(value, int | float | str | tuple | list)
        else comparing.kind(value)
    )


def _lower(sentence: str) -> str:
    """Begin a sentence in lower case, to follow a colon."""
    return sentence[:1].lower() + sentence[1:]


def _note(note: str, trial: Trial) -> str:
    """Say what a note means."""
    kind, _, detail = note.partition(" ")
    name = trial.exercise.name
    return {
        "mutated": "It changes the array that it is given. Work on a copy, or on a new array.",
        "shares": "What it returns is a view of its input: who changes the result later would "
        "change the input too. Return a new array, for example with `.copy()`.",
        "reused": "It returns an array that an earlier call returned as well, so the earlier "
        "result changes afterwards. Make a new array in each call.",
        "forbidden": f"It uses `{detail}`. `{name}` is to be written without it.",
    }.get(kind, detail)


def _stopped(trial: Trial) -> tuple[str, ...]:
    """Say why there is no result."""
    seen = trial.seen
    where = f" It happened in `{seen.where}`." if seen.where else ""
    if seen.outcome == "slow":
        return (
            "It did not finish in time and was stopped. Is there a loop that never ends? The "
            "cases after this one were not tried.",
        )
    if seen.outcome == "stuck":
        return (
            "It did not finish in time and could not be stopped: it waits for something. Restart "
            "the kernel before you go on.",
        )
    if seen.outcome == "skipped":
        return ("It was not tried, because an earlier call did not finish in time.",)
    kind = seen.error.partition(":")[0]
    if kind == "NotImplementedError":
        return ("It is not written yet.",)
    if kind == "RecursionError":
        return (f"It calls itself without end (RecursionError).{where}",)
    if kind in ("SystemExit", "KeyboardInterrupt"):
        return (f"It tried to end the program: it raised {seen.error}.{where}",)
    if "read-only" in seen.error:
        return (
            f"It writes into its input, which is read-only here: {seen.error}. Work on a copy, or "
            f"on a new array.{where}",
        )
    return (f"It raised {seen.error}.{where}",)


def call_text(trial: Trial) -> str:
    """Write the call of a case, with its arrays by the names of their parameters."""
    parameters = list(inspect.signature(trial.exercise.oracle).parameters)
    positional = [
        _argument(value, name) for value, name in zip(trial.case.args, parameters, strict=False)
    ]
    keywords = [f"{name}={_argument(value, name)}" for name, value in trial.case.kwargs.items()]
    return f"{trial.exercise.name}({', '.join(positional + keywords)})"


def _argument(value: Any, name: str) -> str:
    """Write an argument: an array or a model by its name, other things as they are."""
    return name if isinstance(value, np.ndarray | dict) else repr(value)
