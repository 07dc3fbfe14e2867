"""A notebook executed, with its checks judged while it runs."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace

from nbformat.notebooknode import NotebookNode

from pooledu.checks import api
from pooledu.checks.exercise import Exercise
from pooledu.grading.execution import Policy, Record, execute
from pooledu.grading.intake.files import File
from pooledu.grading.judge.judge import Judge, judged_exercise

Outcome = tuple[NotebookNode, Record]
IMPORT = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)


def run_and_judge(
    nb: NotebookNode, key: bytes, policy: Policy, files: Sequence[File] = ()
) -> Outcome:
    """Execute a restored notebook and rewrite its grade cells from the judge's record.

    What is shown is what the notebook does where most is allowed. An exercise that forbids more
    is judged in a process of its own, where that is not there.
    """
    judge = Judge(key, policy.devices, what_it_sees(nb, files))
    reason = nb.metadata.get("pooledu", {}).get("unreadable", "")
    if reason:
        judge.rewrite(nb, reason)
        return nb, Record()
    elsewhere: list[Record] = []
    strict = stricter(nb)
    for forbidden, names in strict.items():
        judge.turn = names
        place = replace(policy, spent=_seconds(elsewhere)).forbidding(forbidden)
        last = max(i for i, cell in enumerate(nb.cells) if judged_exercise(cell) in names)
        elsewhere.append(execute(nb, place, judge, last + 1, files)[1])
    # What was not asked for in its own process is not judged where more is allowed.
    judge.turn = {name for cell in nb.cells if (name := judged_exercise(cell))}.difference(
        *strict.values()
    )
    count = cells_that_matter(nb) if policy.up_to_the_last_mark else None
    place = replace(policy, spent=_seconds(elsewhere))
    executed, record = execute(nb, place, judge, count, files)
    judge.rewrite(executed)
    record.failures = judge.failures
    record.seconds += _seconds(elsewhere)
    record.stopped = next((each.stopped for each in (record, *elsewhere) if each.stopped), "")
    return executed, record


def what_it_sees(nb: NotebookNode, files: Sequence[File] = ()) -> str:
    """Return all of what was handed in that its process can see.

    That is the code, the files beside it, and the places of the cells: who learnt inputs from the
    feedback could write answers into any of these.
    """
    code = [(i, cell.source) for i, cell in enumerate(nb.cells) if cell.cell_type == "code"]
    beside = [(each.name, hashlib.blake2b(each.content).hexdigest()) for each in files]
    return json.dumps([code, beside])


def _seconds(records: Sequence[Record]) -> float:
    """Return how long some runs took together."""
    return sum(record.seconds for record in records)


def cells_that_matter(nb: NotebookNode) -> int:
    """Return how many cells, from the first on, the marks can depend on.

    A task is described in one cell and worked on in others, so all of them matter then.
    """
    flags = [cell.metadata.get("nbgrader", {}) for cell in nb.cells]
    if any(each.get("task") for each in flags):
        return len(nb.cells)
    marked = [
        index
        for index, (cell, its) in enumerate(zip(nb.cells, flags, strict=True))
        if cell.cell_type == "code" and its.get("grade")
    ]
    return max(marked, default=-1) + 1


def forbidden_throughout(nb: NotebookNode) -> frozenset[str]:
    """Return the libraries that all functions of a notebook are to be written without.

    Not those that the notebook itself, as it was released, uses.
    """
    rules = [frozenset(exercise.forbidden) for exercise in _functions(nb)]
    return frozenset.intersection(*rules) - _imported(nb) if rules else frozenset()


def stricter(nb: NotebookNode) -> dict[frozenset[str], set[str]]:
    """Return the exercises that forbid more than all do, by what they forbid."""
    everywhere = forbidden_throughout(nb) | {"pooledu"}
    found: dict[frozenset[str], set[str]] = {}
    for exercise in _functions(nb):
        if set(exercise.forbidden) - everywhere:
            found.setdefault(frozenset(exercise.forbidden), set()).add(exercise.name)
    return found


def _functions(nb: NotebookNode) -> list[Exercise]:
    """List the exercises of a notebook that are functions."""
    names = [name for cell in nb.cells if (name := judged_exercise(cell))]
    return [exercise for exercise in map(api.find, names) if not exercise.is_question]


def _imported(nb: NotebookNode) -> frozenset[str]:
    """Name what the released cells of a notebook import, those that nobody may change."""
    locked = [cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("locked")]
    code = [cell.source for cell in locked if cell.cell_type == "code"]
    return frozenset(name for source in code for name in IMPORT.findall(source))
