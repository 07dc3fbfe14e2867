"""What is written into a problem set when it is released: where to install the course from."""

from pathlib import Path
from typing import Any

import yaml
from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

BLANK = 'COURSE = ""'


class CourseAddress(NbGraderPreprocessor):
    """Writes the address of the course's repository into the first cell."""

    address = Unicode("", help="where pip can install the course from; empty: nowhere").tag(
        config=True
    )

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Fill in the address in one cell."""
        if cell.cell_type == "code" and self.address:
            cell.source = cell.source.replace(BLANK, f"COURSE = {self.address!r}", 1)
        return cell, resources


def configure_release(config: Any, settings: Path) -> None:
    """Let nbgrader write the address into what it releases.

    Parameters
    ----------
    config : traitlets.config.Config
        nbgrader's configuration, `c` in `nbgrader_config.py`.
    settings : pathlib.Path
        The book's configuration; the address is its `repository.url`. It may be missing.
    """
    config.GenerateAssignment.preprocessors.insert(0, CourseAddress)
    if settings.exists():
        repository = yaml.safe_load(settings.read_text(encoding="utf-8"))["repository"]
        config.CourseAddress.address = repository["url"] or ""
