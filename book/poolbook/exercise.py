"""Exercises where one reads: `{exercise} max_pool2d` in a chapter.

What is asked, the code to start with and the points are read from the released notebook, so that
they stand in one place. In a page that comes over http, `practise/page.js` makes an editor of it;
without JavaScript, or from a folder, the code and the way to the notebook stand there.
"""

import ast
import html
import json
import re
import shutil
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from poolbook import runtime
from pooledu.checks import registry

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "exercises"
PRACTISE = Path(__file__).parent / "practise"
KEPT = ROOT / "build" / "pyodide" / runtime.VERSION
HEADING = re.compile(r"^#{2,} .*$", re.MULTILINE)
IN_BROWSER = ("call", "value", "stochastic")  # drivers that need NumPy alone
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """What a notebook says of one of its graded cells.

    Attributes
    ----------
    name
        The exercise; the `grade_id` of its cell.
    problem_set
        The notebook.
    asked
        What is asked, in Markdown.
    starter
        The code, or the text, to start with.
    variable
        The name of the function or of the answer; empty for an answer in words.
    points
        What it is worth.
    """

    name: str
    problem_set: str
    asked: str
    starter: str
    variable: str
    points: float

    @property
    def needs_torch(self) -> bool:
        """Whether NumPy alone is not enough."""
        return bool(self.variable) and registry.find(self.name).driver not in IN_BROWSER

    @property
    def runs_here(self) -> bool:
        """Whether a page can check it."""
        return bool(self.variable) and not self.needs_torch


def marks_of(names: list[str], tag: str) -> nodes.raw:
    """A place for what passed, on the reader's machine, of some exercises."""
    worth = {n: tasks()[n].points for n in names if tasks()[n].runs_here}
    data = html.escape(json.dumps(worth, separators=(",", ":")))
    return nodes.raw("", f'<{tag} class="marks" data-marks="{data}" hidden></{tag}>', format="html")


@cache
def tasks() -> dict[str, Task]:
    """All graded cells of the released notebooks, in their order."""
    found = {}
    for path in sorted(NOTEBOOKS.glob("*/*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        for index, cell in enumerate(cells):
            settings = cell.metadata.get("nbgrader", {})
            if settings.get("grade"):
                found[settings["grade_id"]] = task(cells, index, path.stem)
    return found


def notebook_of(problem_set: str) -> Path:
    """The released notebook of a problem set."""
    return NOTEBOOKS / problem_set / f"{problem_set}.ipynb"


def task(cells: list[Any], index: int, problem_set: str) -> Task:
    """Read one graded cell, and the cell with the solution above it."""
    cell = cells[index]
    name, points = cell.metadata.nbgrader.grade_id, cell.metadata.nbgrader.points
    if cell.cell_type == "markdown":
        return Task(name, problem_set, asked(cells[:index]), cell.source, "", points)
    solution = cells[index - 1]
    assert solution.metadata.nbgrader.grade_id == f"{name}-code", f"{name} has no solution cell"
    call = next(
        node
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check"
    )
    text = asked(cells[: index - 1])
    if not text:  # a second question under one heading
        text = registry.find(name).cases(0)[0].tests
    return Task(name, problem_set, text, solution.source, ast.unparse(call.args[0]), points)


def asked(before: list[Any]) -> str:
    """The text before a cell, from the last heading on, but not beyond another graded cell."""
    parts: list[str] = []
    for cell in reversed(before):
        if cell.metadata.get("nbgrader", {}).get("grade"):
            break
        if cell.cell_type == "markdown":
            *_, last = HEADING.split(cell.source)
            parts.insert(0, last.strip())
            if HEADING.search(cell.source):
                break
    return "\n\n".join(parts)


class exercise(nodes.General, nodes.Element):  # noqa: N801 docutils' nodes are written small
    """An exercise: its children are what is asked."""


class ExerciseDirective(SphinxDirective):
    """The `exercise` directive: one exercise, or all of a problem set, by name."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Put what is asked, and all that the page's script needs, into nodes."""
        name = self.arguments[0]
        found = [task for task in tasks().values() if name in (task.name, task.problem_set)]
        if not found:
            raise self.error(f"no notebook has a graded cell {name!r}")
        boxes = [self.box(task) for task in found]
        return (
            [marks_of([task.name for task in found], "p"), *boxes] if name not in tasks() else boxes
        )

    def box(self, task: Task) -> nodes.Node:
        """One exercise."""
        self.env.note_dependency(str(notebook_of(task.problem_set)))
        self.env.metadata[self.env.docname].setdefault("exercises", []).append(task.name)
        box = exercise(task=task)
        lines = StringList(task.asked.split("\n"), source=self.get_source_info()[0])
        self.state.nested_parse(lines, 0, box)
        return box


def visit_exercise(self: HTML5Translator, node: exercise) -> None:
    """Open the box and name it."""
    found: Task = node["task"]
    place = f"exercise-{found.name}"
    words = "point" if found.points == 1 else "points"
    mark = marks_of([found.name], "span").astext() if found.runs_here else ""
    runs = "" if found.needs_torch else f' data-variable="{found.variable}"'
    self.body.append(
        f'<div class="exercise" role="group" aria-labelledby="{place}-title" id="{place}"'
        f' data-exercise="{found.name}" data-set="{found.problem_set}"{runs}'
        f' data-points="{found.points:g}">'
        f'<p class="exercise-title" id="{place}-title">Exercise <code>{found.name}</code>'
        f' {mark}<span class="exercise-points">{found.points:g} {words}</span></p>\n'
    )


def depart_exercise(self: HTML5Translator, node: exercise) -> None:
    """Write the code to start with and the ways to do it, and close the box."""
    found: Task = node["task"]
    file = f"{found.problem_set}.ipynb"
    up = "../" * self.builder.current_docname.count("/")
    self.body.append(f'<pre class="starter">{self.encode(found.starter)}</pre>')
    if found.needs_torch:
        reason = "It needs PyTorch, which browsers do not have, so it is done in the notebook."
    elif found.runs_here:
        reason = (
            "On the website of the course, and with <code>make serve</code>, it can be done here, "
            "in a browser with JavaScript; not in a page that is opened from a folder."
        )
    else:
        reason = "A person reads the answer."
    stays = "" if found.runs_here else " stays"
    self.body.append(
        f'<p class="practise-here{stays}">{reason}</p>'
        f'<p class="practise-notebook">The notebook: <a href="{up}_static/exercises/{file}" '
        f"download>{file}</a></p></div>\n"
    )


def copy_practise(app: Sphinx, error: Exception | None) -> None:
    """Put Python, the scripts and the notebooks into the site, or say what is missing."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    shutil.copytree(PRACTISE, static / "practise", dirs_exist_ok=True)
    (static / "exercises").mkdir(exist_ok=True)
    for notebook in NOTEBOOKS.glob("*/*.ipynb"):
        shutil.copy(notebook, static / "exercises")
    missing = runtime.fetch(KEPT)
    if missing:
        logger.info("The exercises cannot be run in the pages of this site: no Python. %s", missing)
        settings: dict[str, Any] = {"missing": missing}
    else:
        files = runtime.serve(KEPT, static, ROOT)
        settings = {"files": [asdict(file) for file in files], "lock": runtime.lock()}
    script = f"export const runtime = {json.dumps(settings)};\n"
    (static / "practise" / "runtime.js").write_text(script, "utf8")


def setup(app: Sphinx) -> None:
    """Register the directive; before the site is packed, all that it needs is in it."""
    app.add_directive("exercise", ExerciseDirective)
    app.add_node(exercise, html=(visit_exercise, depart_exercise))
    app.connect("build-finished", copy_practise, priority=400)
