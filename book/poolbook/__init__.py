"""The book's Sphinx extension: its theme, its mathematics, its quizzes and its cache.

Everything that is special about this site is here or in `theme/`, so that moving the book to
another toolchain means rewriting one small package.
"""

import gc
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from poolbook import (
    bibliography,
    cards,
    contents,
    dependencies,
    execution,
    exercise,
    mathml,
    network,
    outcomes,
    pages,
    quiz,
    search,
    sources,
    streams,
)

PARTS = (
    bibliography, cards, contents, dependencies, execution, exercise, mathml, network, outcomes,
    pages, quiz, search, sources, streams,
)  # fmt: skip


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the parts with Sphinx."""
    # To look for garbage among doctrees takes a sixth of a build, and finds none.
    gc.set_threshold(50_000)
    app.add_html_theme("poolbook", str(Path(__file__).parent / "theme"))
    # Jupyter Book sets this for an extension that this book does without.
    app.add_config_value("comments_config", {}, "html")
    for part in PARTS:
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
