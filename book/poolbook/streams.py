"""Text that a cell prints, as it was printed.

A kernel sends text in pieces, cut wherever its clock says. MyST-NB begins a new line with each
piece, so that any line of a chapter could fall into two; nbconvert joins the pieces as they are.
"""

from myst_nb.core import render
from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbformat import NotebookNode
from sphinx.application import Sphinx


def joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs of a cell, with text that belongs together in one piece."""
    cell = NotebookNode(outputs=outputs)
    return CoalesceStreamsPreprocessor().preprocess_cell(cell, {}, 0)[0].outputs


def setup(app: Sphinx) -> None:
    """Take the place of MyST-NB's own function, for which it has no setting."""
    render.coalesce_streams = joined
