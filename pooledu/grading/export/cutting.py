"""Cut what a page shows of a notebook: what decides about marks is shown first."""

import copy

from nbformat.notebooknode import NotebookNode

PICTURES = ("image/png", "image/jpeg")
GROWTH = {"code": 10, "markdown": 2, "raw": 2}  # what becomes of a character of a source in a page


def cut(nb: NotebookNode, characters: int) -> NotebookNode:
    """Return a notebook with so many characters of texts and pictures, and notes where it is cut.

    Parameters
    ----------
    nb : NotebookNode
        A graded notebook; it is left as it is.
    characters : int
        Of sources, attachments and outputs together, as they stand in a page.
    """
    shown = copy.deepcopy(nb)
    left = _Left(characters)
    for cell in sorted(shown.cells, key=_last):
        cell.source = left.text(cell.source, GROWTH[cell.cell_type])
        if "attachments" in cell:
            size = sum(len(part) for each in cell.attachments.values() for part in each.values())
            if not left.fits(size):
                cell.attachments = {}
        for output in cell.get("outputs", []):
            _cut_output(output, left)
    return shown


def _last(cell: NotebookNode) -> int:
    """Order cells by how much a mark depends on them: checks, answers, all else."""
    nbgrader = cell.metadata.get("nbgrader", {})
    if is_check(cell):
        return 0
    return 1 if any(nbgrader.get(flag) for flag in ("grade", "solution", "task")) else 2


def is_check(cell: NotebookNode) -> bool:
    """Say whether a cell's outputs are the judge's."""
    nbgrader = cell.metadata.get("nbgrader", {})
    check = nbgrader.get("grade") and not nbgrader.get("solution")
    return bool(check) and cell.cell_type == "code"


class _Left:
    """How many characters may still be shown."""

    def __init__(self, characters: int) -> None:
        self.characters = characters

    def fits(self, size: int) -> bool:
        """Take so many, if they are there."""
        if size > self.characters:
            return False
        self.characters -= size
        return True

    def text(self, text: str, growth: int = 2) -> str:
        """Take as much of a text as fits, where each character becomes so many."""
        if self.fits(growth * len(text)):
            return text
        kept = text[: max(0, self.characters // growth)]
        self.characters = 0
        return f"{kept}\n\n[cut: this page shows {len(kept):,} of {len(text):,} characters]"


def _cut_output(output: NotebookNode, left: _Left) -> None:
    """Cut an output in place."""
    if output.output_type == "stream":
        output.text = left.text(output.text)
    elif output.output_type == "error":
        output.traceback = [left.text("\n".join(output.traceback))]
    else:
        data = output.data
        for kind in [each for each in data if each in PICTURES or each == "text/html"]:
            if not left.fits(len(str(data[kind]))):
                del data[kind]
                data.setdefault("text/plain", "[left out: this page would be too large]")
        if "text/plain" in data and len(data) == 1:
            data["text/plain"] = left.text(data["text/plain"])
