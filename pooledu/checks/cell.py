"""A cell and its check where there is no notebook: code in, plain data out.

In the book's pages this is what the worker of a page runs. It works on every platform, so that its
answers there can be compared with those of a kernel. `answer` and `answer_lost` speak JSON.
"""

from __future__ import annotations

import base64
import json
import linecache
import pickle
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pooledu.checks import judging, observing
from pooledu.checks.calls import Call, Observation
from pooledu.checks.exercise import LOCAL_SEED
from pooledu.checks.indices import compiled
from pooledu.checks.registry import find
from pooledu.checks.untouched import Untouched
from pooledu.checks.verdict import Verdict

NAME = "your code"  # stands where a file would have its name
STUCK = (
    "It did not finish in time and could not be stopped: one operation computes for too long, or "
    "waits for something. Python was ended, and starts anew with the next run."
)
ENDED = (
    "Python came to its end: it needed more memory than a page may have, the code called itself "
    "too often, or it ended Python. It starts anew with the next run."
)
BROKEN = (
    "This code changes something that Python or the check itself needs, so nothing could be "
    "checked. What it changed is put back. Give your own functions other names."
)
# What runs before the calls of a check, and is named when it never comes back.
EARLIER, CELL = "earlier", "cell"
PLACES = {
    EARLIER: "Code that passed another exercise of this notebook runs before yours. ",
    CELL: "This code came to no end before its function was called. ",
}
SLOW = "It did not finish in time and was stopped. Is there a loop that never ends?"


@dataclass(frozen=True)
class GradeCell:
    """What the cell below a solution checks.

    Attributes
    ----------
    exercise
        The exercise's name.
    variable
        The name of the function, or of the answer.
    points
        What a full score is worth.
    """

    exercise: str
    variable: str
    points: float


@dataclass(frozen=True)
class Fault:
    """Why a cell did not run to its end; line and column count from 1, 0 where nobody knows."""

    text: str
    line: int = 0
    column: int = 0


def check_cell(
    code: str,
    grade: GradeCell,
    *,
    earlier: Iterable[str] = (),
    time_limit: float = 10.0,
    seen: Callable[[str], None] = lambda observation: None,
    begun: Callable[[str], None] = lambda part: None,
) -> dict[str, Any]:
    """Run a cell as a notebook would, and the check below it.

    What the code changes in modules is put back before anything is judged.

    Parameters
    ----------
    code
        The cell.
    grade
        What is checked.
    earlier
        Cells that a notebook would have run before it; one that fails is left out.
    time_limit
        Seconds that the cell and each call may take.
    seen
        Called with what was seen in each call of the check, in a form for `judge_lost`.
    begun
        Called when something that has a time of its own begins: "earlier", "cell", "calls".

    Returns
    -------
    dict
        `printed` by the cell, and either `fault` or what a page shows of the `verdict`.

    Examples
    --------
    >>> answer = check_cell("rows = 16", GradeCell("pooled_size", "rows", 1))
    >>> answer["verdict"]["passed"], answer["verdict"]["text"]
    (True, 'PASSED  `pooled_size`: right.')
    """
    try:
        with Untouched():
            printed, found = _run(code, grade, earlier, time_limit, seen, begun)
    except Exception:  # of what runs the code, which the code broke
        return {"printed": "", "fault": vars(Fault(BROKEN))}
    if isinstance(found, Fault):
        return {"printed": printed, "fault": vars(found)}
    return {"printed": printed, "verdict": _judge(grade, found, {})}


def _run(
    code: str,
    grade: GradeCell,
    earlier: Iterable[str],
    time_limit: float,
    seen: Callable[[str], None],
    begun: Callable[[str], None],
) -> tuple[str, Fault | list[Observation]]:
    """Run a cell and the calls of its check; return what it printed, and what was seen."""
    namespace: dict[str, Any] = {"__name__": "__main__", "np": np}
    for cell in earlier:
        begun(EARLIER)
        run_cell(cell, namespace, time_limit)
    begun(CELL)
    printed, fault = run_cell(code, namespace, time_limit)
    if fault is None and grade.variable not in namespace:
        fault = Fault(f"There is no `{grade.variable}` in this code. Its name has to stay.")
    if fault:
        return printed, fault
    exercise, work = find(grade.exercise), namespace[grade.variable]
    if not exercise.is_question and not callable(work):
        return printed, Fault(f"`{grade.variable}` is no function.")
    plan = judging.plan(exercise, LOCAL_SEED)
    begun("calls")
    observations = observing.observe(
        work,
        plan,
        time_limit=time_limit,
        seen=lambda observation: seen(base64.b64encode(pickle.dumps(observation)).decode()),
    )
    return printed, observations


def judge_lost(
    grade: GradeCell, seen: Iterable[str], ended: bool = False, begun: str = "calls"
) -> dict[str, Any]:
    """Judge a check that never came back, by the calls that were seen in it.

    Parameters
    ----------
    grade
        What was checked.
    seen
        What `check_cell` told of the calls.
    ended
        Whether Python broke down, and was not ended for its slowness.
    begun
        What `check_cell` told last of what begins: before the calls there is nothing to judge.

    Examples
    --------
    >>> verdict = judge_lost(GradeCell("max_pool2d", "max_pool2d", 3), [])["verdict"]
    >>> verdict["score"], "could not be stopped" in verdict["text"]
    (0.0, True)
    """
    reason = ENDED if ended else STUCK
    if begun in PLACES:
        return {"printed": "", "fault": vars(Fault(PLACES[begun] + reason))}
    count = len(judging.plan(find(grade.exercise), LOCAL_SEED))
    observations = [pickle.loads(base64.b64decode(observation)) for observation in seen]
    rest = [Observation("stuck"), *[Observation("skipped")] * count]
    return {
        "printed": "",
        "verdict": _judge(grade, (observations + rest)[:count], {"stuck": reason}),
    }


def answer(
    grade: GradeCell,
    code: str,
    earlier: Iterable[str],
    time_limit: float,
    seen: Callable[[str], None],
    begun: Callable[[str], None],
) -> str:
    """Return what `check_cell` does, as JSON."""
    return json.dumps(
        check_cell(code, grade, earlier=earlier, time_limit=time_limit, seen=seen, begun=begun)
    )


def answer_lost(grade: GradeCell, seen: Iterable[str], ended: bool, begun: str) -> str:
    """Return what `judge_lost` does, as JSON."""
    return json.dumps(judge_lost(grade, seen, ended, begun))


def _judge(
    grade: GradeCell, observations: Sequence[Observation], words: Mapping[str, str]
) -> dict[str, Any]:
    """Decide, and put the verdict into the form of a page."""
    verdict = judging.judge(find(grade.exercise), LOCAL_SEED, observations)
    return shown(replace(verdict.out_of(grade.points), words={**verdict.words, **words}))


def shown(verdict: Verdict) -> dict[str, Any]:
    """Return what a page shows of a verdict."""
    return {
        "html": verdict.html,
        "text": verdict.message,
        "title": verdict.title,
        "score": verdict.score,
        "passed": verdict.passed,
        "reached": verdict.reached,
        "points": verdict.points,
        "misconception": verdict.misconception,
    }


def run_cell(code: str, namespace: dict[str, Any], time_limit: float) -> tuple[str, Fault | None]:
    """Run a cell; return what it printed, and why it did not run to its end.

    A cell that is not written yet (`NotImplementedError`) ran to its end.

    Examples
    --------
    >>> run_cell("print(1)\\n1 / 0", {}, 1.0)
    ('1\\n', Fault(text='ZeroDivisionError: division by zero', line=2, column=1))
    """
    linecache.cache[NAME] = (len(code), None, code.splitlines(keepends=True), NAME)
    faults: list[Fault] = []

    def run() -> None:
        try:
            exec(compiled(code, NAME), namespace)
        except NotImplementedError:
            return
        except BaseException as error:
            faults.append(_fault(error))
            raise

    (observation,) = observing.observe(run, [Call()], time_limit=time_limit)
    fault = faults[-1] if faults else Fault("")
    if observation.outcome in ("slow", "stuck"):
        return observation.printed, replace(fault, text=SLOW)
    if observation.outcome == "raised":
        return observation.printed, replace(fault, text=fault.text or observation.error)
    return observation.printed, None


def _fault(error: BaseException) -> Fault:
    """Find the place in the cell that an exception came from."""
    if isinstance(error, SyntaxError) and error.filename == NAME:
        text = f"{type(error).__name__}: {error.msg}"
        return Fault(text, error.lineno or 0, error.offset or 0)
    places = [
        place
        for place in traceback.extract_tb(error.__traceback__, limit=-100)
        if place.filename == NAME
    ]
    if not places:
        return Fault("")
    line, byte = places[-1].lineno or 0, places[-1].colno
    if byte is None:
        return Fault("", line)
    before = linecache.getline(NAME, line).encode("utf8", "replace")[:byte]
    return Fault("", line, len(before.decode("utf8", "replace")) + 1)
