"""Running a notebook's cells in this process, where a verdict is an object and not yet a page."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import matplotlib
import nbformat

from pooledu.checks.verdict import Verdict

ROOT = Path(__file__).parents[2]


def read(folder: str, problem_set: str) -> nbformat.NotebookNode:
    """The notebook of a problem set, from solutions/ or exercises/."""
    return nbformat.read(ROOT / folder / problem_set / f"{problem_set}.ipynb", as_version=4)


def run(
    cells: Iterable[nbformat.NotebookNode], forgive: type[Exception] | tuple = ()
) -> Iterator[tuple[str, Any]]:
    """Run code cells one after the other; yield each one's id and the value of its last line.

    A cell that raises what is to be forgiven has the value None.
    """
    matplotlib.use("agg")
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:
        if cell.cell_type == "code":
            try:
                yield cell.id, value_of(cell.source, names)
            except forgive:
                yield cell.id, None


def value_of(source: str, names: dict[str, Any]) -> Any:
    """Run the source; return the value of its last line if that is an expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if last else None


def verdicts(values: Iterable[tuple[str, Any]]) -> dict[str, Verdict]:
    """The verdicts among the values, by the cell's id."""
    return {name: value for name, value in values if isinstance(value, Verdict)}
