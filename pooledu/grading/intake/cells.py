"""The cells of a submission, among which all cells of the assignment are found or put back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nbformat.notebooknode import NotebookNode, from_dict
from nbgrader.api import Notebook

from pooledu.grading.intake.reading import new_cell, of_kind


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
