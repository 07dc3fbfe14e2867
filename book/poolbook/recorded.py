"""Results of cells whose framework is not installed: those of the last time that they ran.

A chapter names in its front matter what it needs beside the book's own packages, and where the
results are kept:

    needs: [jax, keras]
    record: recorded/frameworks.json

A cell that uses them is tagged `recorded`; without such a tag all of the chapter's cells do. Where
one of the modules is missing, these cells are not run: their outputs are the recorded ones, marked
with date and versions.

`make record` writes them anew, from the book as it was built last with everything installed.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from sphinx.errors import ExtensionError

from poolbook.dependencies import absent

TAG = "recorded"


def missing(notebook: NotebookNode) -> list[str]:
    """The modules that a chapter needs and this machine lacks."""
    return absent(notebook.metadata.get("needs", []))


def recorded_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that need the modules: the tagged ones, or all where none is."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell for cell in code if TAG in cell.metadata.get("tags", [])] or code


def fingerprint(cell: NotebookNode) -> str:
    """One word for what a cell computes."""
    return hashlib.sha256(cell.source.encode()).hexdigest()[:16]


def read(path: Path, notebook: NotebookNode) -> dict[str, Any]:
    """The record of a chapter, if it is one of the cells that stand there now."""
    record = json.loads(path.read_text("utf8")) if path.is_file() else {"cells": []}
    if [cell["digest"] for cell in record["cells"]] != list(
        map(fingerprint, recorded_cells(notebook))
    ):
        raise ExtensionError(
            f"{path.name} does not hold the results of the cells as they are now, and "
            f"{', '.join(missing(notebook))} is not installed here. Where all is installed "
            "(make test), run `make record`."
        )
    return record


def add_notice(cell: NotebookNode, record: dict[str, Any]) -> None:
    """Say under what was not computed now when it was."""
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    text = f"Recorded on {record['date']} with {versions}, not all of it installed for this build."
    html = f'<p class="recorded">{text}</p>'
    if "figure" in cell.metadata.get("mystnb", {}):  # of which each output would make one
        cell.outputs[-1].data["text/html"] += html
        return
    data = {"text/plain": text, "text/html": html}
    cell.outputs.append(nbformat.v4.new_output("display_data", data=data))


def is_shown(cell: NotebookNode) -> bool:
    """Does the page show something of what the cell put out?"""
    hidden = {"remove-cell", "remove-output"} & set(cell.metadata.get("tags", []))
    return bool(cell.outputs) and not hidden


def replay(notebook: NotebookNode, folder: Path, run: Callable[[NotebookNode], None]) -> None:
    """Run the other cells of a notebook, and give the recorded ones their outputs."""
    record = read(folder / notebook.metadata["record"], notebook)
    cells = recorded_cells(notebook)
    sources = [cell.source for cell in cells]
    for cell in cells:
        cell.source = ""
    try:
        run(notebook)
    finally:
        for cell, source in zip(cells, sources, strict=True):
            cell.source = source
    for cell, known in zip(cells, record["cells"], strict=True):
        cell.outputs = [nbformat.from_dict(output) for output in known["outputs"]]
        if is_shown(cell):
            add_notice(cell, record)
