"""The judge: decides what a submission's checks are worth, on the trusted side.

The submission's process asks "check exercise X". The judge sends inputs, receives what the
student's function made of them, decides, and keeps the verdict to itself. Only the exercise whose
grade cell is running is judged, and only once. In the end the grade cells' outputs are rewritten
from the judge's own record, so that nothing that a submission prints, returns, raises or replaces
counts.
"""

import hashlib
import json
import re
import traceback
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from nbformat.notebooknode import NotebookNode, from_dict

from pooledu.checks import api, drivers, judging
from pooledu.checks.exercise import Exercise
from pooledu.checks.verdict import Verdict
from pooledu.grading.escaping import plain
from pooledu.grading.execution.outputs import Own
from pooledu.grading.wire.channel import ProtocolError
from pooledu.grading.wire.plain import Reader, Writer

CALL_SECONDS, LEAST_SECONDS = 10.0, 1.0  # from one exercise that took longer to the next
SPARE_SECONDS = 10.0
QUOTED_CHARACTERS = 200
ASKS = re.compile(r"^check\(.+\)\.out_of\(", re.MULTILINE)


class Conversation(Protocol):
    """How to talk with the submission's process while it waits for an answer."""

    def send(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        """Send a message."""

    def receive(self, seconds: float) -> tuple[dict[str, Any], list[bytes]] | None:
        """Return the next message that is no output, or None where none came in time."""


class Judge:
    """The judge of one submission's notebook.

    Parameters
    ----------
    key : bytes
        The submission's, from `submission_key`; whoever knows it knows the inputs.
    devices : tuple of str
        Where functions of torch are checked: 'cpu', 'cuda' or both.
    sources : str
        All of the submission that its process can see, as one text. The same text gets the same
        inputs each time.

    Attributes
    ----------
    verdicts : dict
        `grade_id` -> Verdict, for the checks that were judged.
    failures : dict
        `grade_id` -> traceback, where judging itself failed; such a check is worth nothing until
        the fault is mended and the submission graded again.
    turn : set of str, optional
        The exercises that are judged in the process that is running; by default all.
    """

    def __init__(self, key: bytes, devices: tuple[str, ...] = ("cpu",), sources: str = "") -> None:
        self._key, self._devices, self._sources = key, devices, sources
        self.verdicts: dict[str, Verdict] = {}
        self.failures: dict[str, str] = {}
        self.turn: set[str] | None = None
        self._patience = CALL_SECONDS

    def seed(self, exercise: str) -> int:
        """Return the seed of an exercise's inputs for this submission.

        What was learnt from the feedback on an earlier one, which was another, is of no use.
        """
        text = f"{exercise}\0{self._sources}".encode("utf-8", "replace")
        return int.from_bytes(hashlib.blake2b(text, digest_size=7, key=self._key).digest())

    def answer(self, cell: NotebookNode, message: dict[str, Any], talk: Conversation) -> None:
        """Answer a request that came while `cell` ran."""
        if message.get("op") != "check":
            raise ProtocolError("a request of no known kind")
        name = judged_exercise(cell)  # whatever the function calls itself
        if name is None:
            refusal = "While a notebook is graded, `check` judges only in the exercise's own cell."
        elif self.turn is not None and name not in self.turn:
            refusal = "This exercise is judged in another process."
        elif name in self.verdicts:
            refusal = "This exercise has been judged already."
        else:
            self.verdicts[name] = self._judge(name, message.get("callable") is True, talk)
            refusal = "The result stands in the feedback."
        # In a student's own cell what stands behind a check runs on, as `assert check(f)` let it.
        talk.send({"op": "verdict", "text": refusal, "passed": not _is_graded(cell)}, [])

    def _judge(self, name: str, is_callable: bool, talk: Conversation) -> Verdict:
        """Have an exercise checked on each device; the worst verdict is the one that counts."""
        exercise = api.find(name)
        if not exercise.is_question and not is_callable:
            return api.check(None, exercise=name)
        devices = self._devices if exercise.driver in drivers.MOVING else ("cpu",)
        verdicts = [self._judge_on(device, exercise, talk) for device in devices]
        return replace(min(verdicts, key=lambda verdict: verdict.score), devices=devices)

    def _judge_on(self, device: str, exercise: Exercise, talk: Conversation) -> Verdict:
        """Have the calls of an exercise made, and decide."""
        name = exercise.name
        calls = [
            replace(call, setting=call.setting | {"device": device})
            for call in judging.plan(exercise, self.seed(name))
        ]
        writer = Writer()
        message = {"op": "calls", "calls": writer.calls(calls), "seconds": self._patience}
        talk.send(message, writer.buffers)
        # Where the process broke off or broke the rules, the exercise counts as judged.
        self.verdicts[name] = Verdict(name, 0.0, f"`{name}` was not checked to the end")
        reply = talk.receive(self._patience * len(calls) + SPARE_SECONDS)
        if reply is None:
            self._be_less_patient()
            return Verdict(name, 0.0, f"`{name}` took longer than its calls may take together")
        if reply[0].get("op") != "seen":
            raise ProtocolError("an answer to another question")
        observations = Reader(reply[1]).observations(reply[0].get("seen"), len(calls))
        if any(seen.outcome in ("slow", "stuck") for seen in observations):
            self._be_less_patient()
        try:
            with np.errstate(all="ignore"):
                return judging.judge(exercise, self.seed(name), observations)
        except Exception:
            return self._failed(name)

    def _be_less_patient(self) -> None:
        """Give each call less time from now on: functions that sleep cost little together."""
        self._patience = max(self._patience / 4, min(self._patience, LEAST_SECONDS))

    def _failed(self, name: str) -> Verdict:
        """Note the exception that is being handled: our fault, on whatever the student sent."""
        self.failures[name] = traceback.format_exc()
        return Verdict(name, 0.0, f"`{name}` could not be judged. Please tell your instructor")

    def rewrite(self, notebook: NotebookNode, reason: str = "") -> None:
        """Replace the outputs of all grade cells that are judged, from the judge's own record.

        Parameters
        ----------
        notebook : NotebookNode
            The executed notebook; it is changed.
        reason : str
            Why nothing was judged, if the notebook could not be executed at all.
        """
        for cell in notebook.cells:
            name = judged_exercise(cell)
            if name is None:
                continue
            points = float(cell.metadata["nbgrader"].get("points", 0))
            verdict = self.verdicts.get(name)
            if verdict is None:
                cell.outputs = [*_quoted(cell.outputs), _not_judged(name, reason)]
            else:
                cell.outputs = [self._result(verdict.out_of(points), cell.execution_count)]

    def _result(self, verdict: Verdict, count: int | None) -> NotebookNode:
        """Return the output from which nbgrader reads a score, sure to be writable."""
        try:
            data = verdict._repr_mimebundle_()
            json.dumps(data, ensure_ascii=False).encode()
        except Exception:
            data = self._failed(verdict.exercise).out_of(verdict.points)._repr_mimebundle_()
        return from_dict(
            {
                "output_type": "execute_result",
                "execution_count": count,
                "metadata": {},
                "data": data,
            }
        )


def judged_exercise(cell: NotebookNode) -> str | None:
    """Return the exercise that a cell grades, or None where it grades none of the course's."""
    if cell.cell_type != "code" or not _is_graded(cell):
        return None
    name = cell.metadata.nbgrader.get("grade_id")
    return name if name in exercise_names() else None


def asks_for_nothing(cells: Iterable[NotebookNode]) -> list[str]:
    """Return the grade cells that call `check` and have the name of no exercise there is.

    Such a cell would be worth nothing, whatever the student did: its exercise is not installed, or
    was taken out of the course.
    """
    graded = [
        cell
        for cell in cells
        if cell.cell_type == "code"
        and cell.metadata.get("nbgrader", {}).get("grade")
        and not cell.metadata.nbgrader.get("solution")
    ]
    asking = [cell for cell in graded if ASKS.search(cell.source)]
    return [cell.metadata.nbgrader.grade_id for cell in asking if judged_exercise(cell) is None]


def _is_graded(cell: NotebookNode) -> bool:
    """Say whether a cell gives points by what it does."""
    nbgrader = cell.metadata.get("nbgrader", {})
    return bool(nbgrader.get("grade")) and not nbgrader.get("solution")


def exercise_names() -> frozenset[str]:
    """Return the names of all exercises."""
    return frozenset(api.exercise_names())


def _quoted(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return the grader's own errors in a cell, and the first of the notebook's as a quotation.

    What else the notebook shows there would stand where the judge speaks.
    """
    own: list[NotebookNode] = [output for output in outputs if isinstance(output, Own)]
    others = [each for each in outputs if each.output_type == "error" and not isinstance(each, Own)]
    if not others:
        return own
    said = plain(f"{others[0].ename}: {others[0].evalue}", QUOTED_CHARACTERS).strip(": ")
    return [_error("NotebookError", f'the notebook itself ended this cell in "{said}"'), *own]


def _not_judged(name: str, reason: str) -> NotebookNode:
    """Return the output of a grade cell in which nothing was judged."""
    text = reason or f"`check` did not ask for {name} in this cell, so there is nothing to judge."
    return _error("NotJudged", text)


def _error(name: str, text: str) -> NotebookNode:
    """Return an output of the judge's own."""
    error = {"output_type": "error", "ename": name, "evalue": text}
    return from_dict({**error, "traceback": [f"{name}: {text}"]})
