"""A notebook executed, with its checks judged while it runs."""

from collections.abc import Sequence

from nbformat.notebooknode import NotebookNode

from pooledu.checks import api
from pooledu.grading.execution import Policy, Record, execute
from pooledu.grading.intake.files import File
from pooledu.grading.judge.judge import Judge, judged_exercise

Outcome = tuple[NotebookNode, Record]


def run_and_judge(
    nb: NotebookNode, student: str, secret: bytes, policy: Policy, files: Sequence[File] = ()
) -> Outcome:
    """Execute a restored notebook and rewrite its grade cells from the judge's record."""
    sources = "\0".join(cell.source for cell in nb.cells if cell.cell_type == "code")
    judge = Judge(secret, student, policy.devices, sources)
    reason = nb.metadata.get("pooledu", {}).get("unreadable", "")
    count = cells_that_matter(nb) if policy.up_to_the_last_mark else None
    executed, record = (nb, Record()) if reason else execute(nb, policy, judge, count, files)
    judge.rewrite(executed, reason)
    record.failures = judge.failures
    return executed, record


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


def torch_is_forbidden(nb: NotebookNode) -> bool:
    """Say whether all functions that a notebook asks for are to be written without torch.

    Not where the notebook itself, as it was released, uses torch.
    """
    locked = [cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("locked")]
    if any("import torch" in cell.source for cell in locked if cell.cell_type == "code"):
        return False
    names = [name for cell in nb.cells if (name := judged_exercise(cell))]
    functions = [exercise for exercise in map(api.find, names) if not exercise.is_question]
    return bool(functions) and all("torch" in exercise.forbidden for exercise in functions)
