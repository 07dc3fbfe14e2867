"""Keep the results of the chapters that need frameworks which `make course` does not install.

python scripts/record.py    after the book was built with all of them (make record does both)
"""

import importlib.metadata
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_cache import get_cache
from myst_nb.core.read import read_myst_markdown_notebook
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "book"))

from poolbook import recorded  # noqa: E402
from poolbook.dependencies import digest, marked  # noqa: E402


def record(executed: NotebookNode) -> dict[str, Any]:
    """What to keep of a notebook that was executed with everything installed."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "versions": {name: importlib.metadata.version(name) for name in executed.metadata["needs"]},
        "cells": [
            {"digest": recorded.fingerprint(cell), "outputs": cell.outputs}
            for cell in recorded.recorded_cells(executed)
        ],
    }


def executed_chapter(path: Path) -> NotebookNode:
    """A chapter as it was executed last; KeyError if it was not, or has changed since."""
    source = path.read_text("utf8")
    notebook = read_myst_markdown_notebook(marked(source, digest(source, ROOT)))
    cache = get_cache(ROOT / "_build" / ".jupyter_cache")
    return cache.merge_match_into_notebook(notebook)[1]


def main() -> None:
    """Record the chapters that need more than the book's own packages."""
    for path in sorted((ROOT / "book").glob("*.md")):
        if "\nneeds: [" not in path.read_text("utf8"):
            continue
        executed = executed_chapter(path)
        if gone := recorded.missing(executed):
            sys.exit(f"{path.name} needs {', '.join(gone)}, which is not installed: run make test")
        kept = path.parent / executed.metadata["record"]
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(json.dumps(record(executed), indent=1, sort_keys=True) + "\n", "utf8")
        print(f"{path.name}: {kept.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
