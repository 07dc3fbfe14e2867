"""The cells of an assignment, as they were released."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Notebook

from pooledu.grading.intake.reading import safe_markdown


@dataclass(frozen=True)
class Released:
    """A cell of an assignment as it was released.

    Attributes
    ----------
    name
        Its `grade_id`; of prose, which has none, a name that no `grade_id` can have.
    metadata
        nbgrader's; empty for prose.
    """

    name: str
    cell_type: str
    source: str
    locked: bool
    metadata: dict[str, Any]

    @property
    def is_prose(self) -> bool:
        """Whether it is the instructor's text alone, which nobody misses."""
        return not self.metadata

    @property
    def is_answer(self) -> bool:
        """Whether it is the student's to write."""
        return not self.locked

    def is_unchanged(self, cell: NotebookNode) -> bool:
        """Say whether a submitted cell still has the text that this one was released with."""
        return _bare(cell.source) in (_bare(self.source), _bare(safe_markdown(self.source)))


def released_cells(source: Notebook, path: Path | None = None) -> list[Released]:
    """Return the cells of an assignment's notebook, in order.

    Parameters
    ----------
    source : Notebook
        As the gradebook has it: without the instructor's prose.
    path : Path, optional
        The instructor's own file, which has that, too.
    """
    named = {cell.name: cell for cell in _named(source)}
    written = _written(str(path), path.stat().st_mtime_ns) if path and path.exists() else ()
    if not set(named) <= {name for name, _ in written}:  # it is another one than was released
        return list(named.values())
    texts = Counter(text for name, text in written if not name)
    return [
        named[name] if name else Released(f"prose {place}", "markdown", text, True, {})
        for place, (name, text) in enumerate(written)
        if name in named or texts[text] == 1  # what stands there twice says of no place where it is
    ]


def _named(source: Notebook) -> list[Released]:
    """Return the cells that have a `grade_id`."""
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


@lru_cache(maxsize=16)
def _written(path: str, _changed: int) -> Sequence[tuple[str, str]]:
    """Return the `grade_id` and the text of each cell of a file, or "" and that of its prose."""
    result = []
    for cell in json.loads(Path(path).read_bytes())["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if name or (cell["cell_type"] == "markdown" and _source(cell).strip()):
            result.append((name, _source(cell)))
    return result


def texts_of(path: str) -> list[tuple[str, str]]:
    """Return kind and text of each cell of an instructor's notebook."""
    cells = json.loads(Path(path).read_bytes())["cells"]
    return [(cell["cell_type"], _source(cell)) for cell in cells]


def _source(cell: dict[str, Any]) -> str:
    """Return a cell's text, which may stand there as a list of lines."""
    return "".join(cell["source"])


def _bare(text: str) -> str:
    """Return a text without what editors change at the ends of its lines."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()
