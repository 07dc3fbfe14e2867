"""nbgrader's steps in which the judge and the sandbox take part.

`configure` puts them into nbgrader's own configuration, so that `nbgrader autograde` and
formgrader's button use them.
"""

import json
import logging
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbformat.notebooknode import NotebookNode, from_dict
from nbgrader.api import Gradebook, Notebook
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    IgnorePattern,
    LimitOutput,
    NbGraderPreprocessor,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from traitlets import Bool, Enum, Float, Integer, List, Unicode

from pooledu.checks import api
from pooledu.grading.execution import Policy, Record, execute
from pooledu.grading.execution.policy import LIBRARIES, MEGABYTE
from pooledu.grading.feedback import configure_feedback
from pooledu.grading.judge import Judge, judged_exercise
from pooledu.grading.reading import SubmissionExporter, new_cell, of_kind, quarantine
from pooledu.grading.sandbox import LAYERS, Layers

TORCH = ("torch", "pooledu.checks.devices", "pooledu.checks.models", "torch._dynamo")
OTHER_LIBRARIES = (
    *("torch", "torchgen", "functorch", "torchvision", "jax", "jaxlib", "flax", "keras"),
    *("tensorflow", "skimage", "scipy.signal", "cv2", "onnx"),
)

Resources = dict[str, Any]
Outcome = tuple[NotebookNode, Record]


class RestoreCells(NbGraderPreprocessor):
    """Gives the cells of the assignment the metadata that they were released with.

    The `grade_id` is all that counts of a submission's metadata. Of cells that claim the same one
    the last is it, and the others are the student's own. A cell that is missing comes back.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Restore a submitted notebook."""
        course = resources["nbgrader"]
        with Gradebook(course["db_url"]) as gradebook:
            source = gradebook.find_notebook(course["notebook"], course["assignment"])
            nb.cells = restored(nb.cells, released_cells(source))
        return nb, resources


@dataclass(frozen=True)
class Released:
    """A cell of an assignment as it was released."""

    name: str
    cell_type: str
    source: str
    locked: bool
    metadata: dict[str, Any]


def restored(cells: list[NotebookNode], released: Sequence[Released]) -> list[NotebookNode]:
    """Return a submission's cells with all cells of the assignment among them, each once.

    Parameters
    ----------
    cells : list of NotebookNode
        The submitted cells; of their metadata only a `grade_id` is read.
    released : sequence of Released
        The cells of the assignment's notebook, in order.
    """
    known = {cell.name: cell for cell in released}
    last = {_claims(cell): index for index, cell in enumerate(cells)}
    result = []
    for index, cell in enumerate(cells):
        name = _claims(cell)
        its = known.get(name) if name is not None and last[name] == index else None
        if its and cell.cell_type != its.cell_type:
            cell = of_kind(its.cell_type, cell)
        cell.metadata = from_dict({"nbgrader": its.metadata} if its else {})
        if its and its.locked:
            cell.source = its.source
        result.append(cell)
    for previous, its in zip([None, *released], released, strict=False):
        if its.name not in last:
            names = [_claims(each) for each in result]
            after = names.index(previous.name) + 1 if previous is not None else len(result)
            result.insert(after, new_cell(its.cell_type, its.source, nbgrader=its.metadata))
    return result


def released_cells(source: Notebook) -> list[Released]:
    """Return the cells of an assignment's notebook in the gradebook."""
    graded = {cell.name: cell.max_score for cell in source.grade_cells}
    tasks = {cell.name: cell.max_score for cell in source.task_cells}
    solutions = {cell.name for cell in source.solution_cells}
    result = []
    for cell in source.source_cells:
        metadata = {
            "grade_id": cell.name,
            "schema_version": 3,
            "cell_type": cell.cell_type,
            "locked": cell.locked,
            "checksum": cell.checksum,
            "grade": cell.name in graded,
            "solution": cell.name in solutions,
            "task": cell.name in tasks,
        }
        if cell.name in graded | tasks:
            metadata["points"] = (graded | tasks)[cell.name]
        kind = "code" if cell.cell_type == "code" else "markdown"
        result.append(Released(cell.name, kind, cell.source, cell.locked, metadata))
    return result


def _claims(cell: NotebookNode) -> str | None:
    """Return the `grade_id` of a cell, if it has any."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")


class CheckMetadata(CheckCellMetadata):
    """nbgrader's own check, which takes long; what it has found valid, it need not see again."""

    _valid: ClassVar[set[str]] = set()

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Check the metadata of a notebook's cells."""
        seen = json.dumps([[cell.cell_type, cell.metadata.get("nbgrader")] for cell in nb.cells])
        if seen not in self._valid:
            nb, resources = super().preprocess(nb, resources)
            self._valid.add(seen)
        return nb, resources


class JudgedExecute(NbGraderPreprocessor):
    """Runs a submission in a confined process and has its checks judged, in place of Execute."""

    cell_seconds = Float(30.0, help="Time limit of a cell.").tag(config=True)
    notebook_seconds = Float(300.0, help="Time limit of a notebook.").tag(config=True)
    memory_megabytes = Integer(2048, help="Memory of a notebook, beside its libraries.").tag(
        config=True
    )
    devices = List(
        Enum(["cpu", "cuda"]),
        ["cpu"],
        help="Where functions of torch are checked: on the CPU, on a CUDA device, or on both.",
    ).tag(config=True)
    left_out = List(
        Enum(LAYERS), help="Layers of confinement that are not entered, such as 'file view'."
    ).tag(config=True)
    unconfined = Bool(
        False, help="Run where the machine cannot protect files, network or processes."
    ).tag(config=True)
    up_to_the_last_mark = Bool(
        False, help="Run no cell after the last one that has points: no mark depends on it."
    ).tag(config=True)
    secret_file = Unicode(
        ".pooledu-secret", help="Where the course's secret is kept, in the course's directory."
    ).tag(config=True)

    ahead: ClassVar[Callable[[str, NotebookNode], Outcome | None] | None] = None
    """Finds what was executed ahead, by other processes, for a student's notebook."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Run and judge a notebook, unless that was done ahead."""
        student = resources["nbgrader"]["student"]
        find = JudgedExecute.ahead
        outcome = find(student, nb) if find else None
        if outcome is None:
            secret = course_secret(Path(self.secret_file))
            outcome = run_and_judge(nb, student, secret, self.policy(nb))
        executed, record = outcome
        report_layers(record.layers, self.log)
        if record.stopped:
            self.log.warning("%s: %s", student, record.stopped)
        for name, trace in record.failures.items():
            self.log.error("%s: judging %s failed\n%s", student, name, trace)
        return executed, resources

    def policy(self, nb: NotebookNode) -> Policy:
        """Return the limits and surroundings of a notebook, which depend on its exercises."""
        with_torch = not torch_is_forbidden(nb)
        return Policy(
            cell_seconds=self.cell_seconds,
            notebook_seconds=self.notebook_seconds,
            memory=self.memory_megabytes * MEGABYTE,
            warm=LIBRARIES + TORCH if with_torch else LIBRARIES,
            without=() if with_torch else OTHER_LIBRARIES,
            devices=tuple(self.devices) if with_torch else ("cpu",),
            left_out=tuple(self.left_out),
            unconfined=self.unconfined,
            up_to_the_last_mark=self.up_to_the_last_mark,
        )


def run_and_judge(nb: NotebookNode, student: str, secret: bytes, policy: Policy) -> Outcome:
    """Execute a restored notebook and rewrite its grade cells from the judge's record."""
    judge = Judge(secret, student, policy.devices)
    reason = nb.metadata.get("pooledu", {}).get("unreadable", "")
    count = cells_that_matter(nb) if policy.up_to_the_last_mark else None
    executed, record = (nb, Record()) if reason else execute(nb, policy, judge, count)
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


def course_secret(path: Path) -> bytes:
    """Return the course's secret, made at the first use."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return bytes.fromhex(path.read_text(encoding="ascii"))
    secret = secrets.token_bytes(32)
    with open(descriptor, "w", encoding="ascii") as file:
        file.write(secret.hex())
    return secret


_reported: set[str] = set()


def report_layers(layers: Layers, log: logging.Logger) -> None:
    """Warn, once in a run, of each layer of confinement that this machine lacks."""
    for layer, reason in layers.items():
        if reason and layer not in _reported:
            _reported.add(layer)
            log.warning("SANDBOX: no %s on this machine (%s)", layer, reason)


def configure(config: Any) -> None:
    """Let nbgrader read, run and judge submissions with the course's own steps.

    Parameters
    ----------
    config : traitlets.config.Config
        nbgrader's configuration, `c` in `nbgrader_config.py`.
    """
    config.Autograde.exporter_class = SubmissionExporter
    config.SubmissionExporter.optimistic_validation = True  # once, not after each step
    config.Autograde.pre_convert_hook = quarantine
    config.Autograde.sanitize_preprocessors = [
        ClearOutput,
        RestoreCells,  # in place of nbgrader's OverwriteCells: it trusts more of a submission
        OverwriteKernelspec,
        CheckMetadata,
    ]
    config.Autograde.autograde_preprocessors = [
        JudgedExecute,
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveAutoGrades,
        AssignLatePenalties,
        CheckMetadata,
    ]
    configure_feedback(config)
