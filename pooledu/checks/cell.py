"""A cell and its check where there is no notebook: code in, plain data out.

In the book's pages this is what the worker of a page runs. It works on every platform, so that its
answers there can be compared with those of a kernel.
"""

from __future__ import annotations

import base64
import json
import linecache
import pickle
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
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
LOST = {
    "stuck": "It did not finish in time and could not be stopped: one operation computes for too "
    "long, or waits for something. Python was ended, and starts anew with the next run.",
    "ended": "Python came to its end: it needed more memory than a page may have, the code called "
    "itself too often, or it ended Python. It starts anew with the next run.",
}
BROKEN = (
    "This code changes something that Python or the check itself needs, so nothing could be "
    "checked. What it changed is put back. Give your own functions other names."
)
# What has a time of its own; before the calls it is named when it never comes back.
EARLIER, CELL, CALLS = "earlier", "cell", "calls"
PLACES = {
    EARLIER: "Code that passed another exercise of this notebook runs before yours. ",
    CELL: "This code came to no end before its function was called. ",
}
SLOW = "It did not finish in time and was stopped. Is there a loop that never ends?"

Tell = Callable[[str, str], None]


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
    code: str, grade: GradeCell, *, earlier: Iterable[str] = (), time_limit: float = 10.0
) -> dict[str, Any]:
    """Run a cell and the check below it; return what `run` does, with the `verdict`.

    Examples
    --------
    >>> answer = check_cell("rows = 16", GradeCell("pooled_size", "rows", 1))
    >>> answer["verdict"]["passed"], answer["verdict"]["text"]
    (True, 'PASSED  `pooled_size`: right.')
    """
    told: list[tuple[str, str]] = []
    found = run(
        code, grade, earlier=earlier, time_limit=time_limit, tell=lambda *one: told.append(one)
    )
    return found if "fault" in found else {**judge(grade, told), **found}


def run(
    code: str,
    grade: GradeCell,
    *,
    earlier: Iterable[str] = (),
    time_limit: float = 10.0,
    tell: Tell = lambda what, text: None,
) -> dict[str, Any]:
    """Run a cell as a notebook would, and make the calls of the check below it.

    All that `judge` needs is told as soon as it is there, in case that the rest never comes. What
    the code changes in modules is put back.

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
    tell
        Called with what there is to tell: "begun" and what has a time of its own (`EARLIER`,
        `CELL`, `CALLS`), "printed" and a text, or "seen" and what was seen in a call.

    Returns
    -------
    dict
        `printed` by the cell, and the `fault` if no calls were made.
    """
    try:
        with Untouched():
            printed, fault = _run(code, grade, earlier, time_limit, tell)
    except Exception:  # of what runs the code, which the code broke
        printed, fault = "", Fault(BROKEN)
    return {"printed": printed, **({"fault": vars(fault)} if fault else {})}


def _run(
    code: str, grade: GradeCell, earlier: Iterable[str], time_limit: float, tell: Tell
) -> tuple[str, Fault | None]:
    """Run a cell and the calls of its check; return what it printed and why there were none."""
    namespace: dict[str, Any] = {"__name__": "__main__", "np": np}
    for cell in earlier:
        tell("begun", EARLIER)
        run_cell(cell, namespace, time_limit)
    tell("begun", CELL)
    printed, fault = run_cell(code, namespace, time_limit, partial(tell, "printed"))
    if fault is None and grade.variable not in namespace:
        fault = Fault(f"There is no `{grade.variable}` in this code. Its name has to stay.")
    if fault:
        return printed, fault
    exercise, work = find(grade.exercise), namespace[grade.variable]
    if not exercise.is_question and not callable(work):
        return printed, Fault(f"`{grade.variable}` is no function.")
    tell("begun", CALLS)
    observing.observe(
        work,
        judging.plan(exercise, LOCAL_SEED),
        time_limit=time_limit,
        seen=lambda observation: tell("seen", base64.b64encode(pickle.dumps(observation)).decode()),
        printed=partial(tell, "printed"),
    )
    return printed, None


def judge(grade: GradeCell, told: Iterable[Sequence[str]], lost: str = "") -> dict[str, Any]:
    """Judge a check by what `run` told of it.

    Parameters
    ----------
    grade
        What was checked.
    told
        Pairs of what `run` told.
    lost
        How the check was lost, if it never came back: "stuck" or "ended".

    Returns
    -------
    dict
        `printed` by the cell, and what a page shows of the `verdict`; or the `fault` of code that
        was lost before its function was called.

    Examples
    --------
    >>> told = [("begun", CALLS), ("printed", "so far")]
    >>> verdict = judge(GradeCell("max_pool2d", "max_pool2d", 3), told, "stuck")["verdict"]
    >>> verdict["score"], "could not be stopped" in verdict["text"], "so far" in verdict["text"]
    (0.0, True, True)
    """
    begun, observations, printed = CELL, [], {CELL: "", CALLS: ""}
    for what, text in told:
        if what == "begun":
            begun = text
        elif what == "seen":
            observations.append(pickle.loads(base64.b64decode(text)))
            printed[CALLS] = ""
        else:
            printed[begun] += text
    if lost and begun in PLACES:
        return {"printed": printed[CELL], "fault": vars(Fault(PLACES[begun] + LOST[lost]))}
    exercise = find(grade.exercise)
    count = len(judging.plan(exercise, LOCAL_SEED))
    rest = [Observation("stuck", printed=printed[CALLS]), *[Observation("skipped")] * count]
    verdict = judging.judge(exercise, LOCAL_SEED, (observations + rest)[:count])
    words = {**verdict.words, **({"stuck": LOST[lost]} if lost else {})}
    return {
        "printed": printed[CELL],
        "verdict": shown(replace(verdict.out_of(grade.points), words=words)),
    }


def run_json(asked: str, tell: Tell) -> str:
    """Do what `run` does; its arguments, named, and what it returns are JSON."""
    return json.dumps(run(tell=tell, **_named(asked)))


def judge_json(asked: str) -> str:
    """Do what `judge` does; its arguments, named, and what it returns are JSON."""
    return json.dumps(judge(**_named(asked)))


def _named(asked: str) -> dict[str, Any]:
    """Read arguments."""
    given = json.loads(asked)
    return {**given, "grade": GradeCell(**given["grade"])}


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


def run_cell(
    code: str,
    namespace: dict[str, Any],
    time_limit: float,
    printed: Callable[[str], None] | None = None,
) -> tuple[str, Fault | None]:
    """Run a cell; return what it printed, and why it did not run to its end.

    `printed` hears at once what is printed. A cell that is not written yet
    (`NotImplementedError`) ran to its end.

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

    (observation,) = observing.observe(run, [Call()], time_limit=time_limit, printed=printed)
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
