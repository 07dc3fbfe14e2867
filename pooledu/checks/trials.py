"""A case with what was expected and what was seen, and the known mistake that explains trials."""

from __future__ import annotations

import pickle
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pooledu.checks import comparing
from pooledu.checks.calls import PLAIN_NOTES, Observation
from pooledu.checks.exercise import Case, Exercise, Misconception
from pooledu.checks.finding import Finding

OPERATION = re.compile(r"[a-z][a-z0-9_.]{0,60}")
ENOUGH = 3  # numbers that a mistake has to explain where it explains the failing cases alone
LOOKED_AT = 10_000  # cells of an array, when its different numbers are counted


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

    @property
    def tolerance(self) -> tuple[float, float]:
        """How far a number may be off, and the largest magnitude that this is measured by."""
        return self.exercise.tolerance, self.size

    def right(self, seen: Observation) -> bool:
        """Say whether an observation holds the expected result."""
        if seen.outcome == "returned" and self.exercise.accepts:
            return self.exercise.accepts(self.case, seen.value) is None
        return seen.outcome == "returned" and comparing.equal(
            self.expected, seen.value, *self.tolerance
        )

    @cached_property
    def wrong(self) -> Observation:
        """The call that went wrong, the first one if both did or none."""
        right = self.right(self.seen) and self.again.outcome != "skipped"
        return self.again if right and not self.right(self.again) else self.seen

    @cached_property
    def steady(self) -> bool:
        """Whether both calls gave one result, if both gave any."""
        pair = (self.seen, self.again)
        return any(call.outcome != "returned" for call in pair) or comparing.equal(
            self.seen.value, self.again.value
        )

    @cached_property
    def noted(self) -> tuple[Finding, ...]:
        """What else was seen in either call."""
        notes = dict.fromkeys(self.seen.notes + self.again.notes)
        return tuple(noted(note, self.exercise) for note in notes if note != "writes")

    @cached_property
    def passed(self) -> bool:
        """Whether both results are right, and nothing else was seen."""
        again = self.again.outcome == "skipped" or self.right(self.again)
        return self.right(self.seen) and again and not self.noted

    def agrees(self, misconception: Misconception) -> bool:
        """Say whether a misconception gives what was seen."""
        wrong = self.exercise.outcome(misconception.wrong, self.case)
        if self.seen.outcome != "returned" or wrong.outcome != "returned":
            kinds = [call.error.partition(":")[0] for call in (self.seen, wrong)]
            return self.seen.outcome == wrong.outcome and kinds[0] == kinds[1]
        features = self.exercise.features
        if features:
            return bool(features(self.case, wrong.value) == features(self.case, self.seen.value))
        if _is_empty(wrong.value) and _is_empty(self.seen.value):
            return True  # a loop that never runs makes (0,) of a list and (0, 0) of an array
        loose = max(self.exercise.tolerance, 1e-12)
        return set(wrong.notes) <= {*self.seen.notes, *self.again.notes} and comparing.equal(
            wrong.value, self.seen.value, loose, self.size
        )


def _is_empty(value: Any) -> bool:
    """Say whether a result is an array without a number in it."""
    return isinstance(value, np.ndarray) and not value.size


def noted(note: str, exercise: Exercise) -> Finding:
    """Read a note, which may come from a process that is not honest."""
    code, _, argument = note.partition(": ")
    if code in PLAIN_NOTES and not argument:
        return Finding(code)
    if code == "forbidden" and argument in exercise.forbidden:
        return Finding("forbidden", library=argument, exercise=exercise.name)
    if code == "pooling" and OPERATION.fullmatch(argument):
        return Finding("pooling", operation=argument, exercise=exercise.name)
    if code == "devices mixed" and OPERATION.fullmatch(argument):
        return Finding("devices mixed", operation=argument)
    return Finding("seen something")


def diagnose(exercise: Exercise, trials: Sequence[Trial]) -> tuple[Misconception | None, bool]:
    """Find the known mistake that explains what was seen, and say whether it explains all of it.

    One that explains the right results too is the student's own. One that explains the failing
    cases alone is what these look like, and is asked for only where enough was returned and where
    it is not wrong in every case. Two that explain as much as each other explain nothing.
    """
    failing = [trial for trial in trials if not trial.passed]
    if not all(trial.steady for trial in trials):
        return None, False
    candidates = [m for m in exercise.misconceptions if all(t.agrees(m) for t in failing)]
    passed = [trial for trial in trials if trial.passed]
    complete = [m for m in candidates if all(t.agrees(m) for t in passed)]
    partial = [m for m in candidates if any(t.agrees(m) for t in passed)]
    best = complete or (partial if _evidence(failing) >= ENOUGH else [])
    return (best[0], bool(complete)) if len(best) == 1 else (None, False)


def _evidence(failing: Sequence[Trial]) -> int:
    """Count different results, or numbers in them, up to enough: few have many explanations."""
    found: set[Any] = set()
    for value in (trial.seen.value for trial in failing if trial.seen.outcome == "returned"):
        if isinstance(value, np.ndarray):
            found |= {str(number) for number in np.unique(value.flat[:LOOKED_AT])[:ENOUGH]}
        else:
            found.add(pickle.dumps(value))  # of any size, sooner than its text
    return len(found)
