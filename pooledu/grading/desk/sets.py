"""`pooledu new-set`: a notebook of exercises of one's own."""

from __future__ import annotations

import argparse
import inspect
import textwrap
from pathlib import Path
from typing import Any

from pooledu.checks import find
from pooledu.checks.exercise import Exercise
from pooledu.grading.course.folder import PROBLEM_SETS, SETS
from pooledu.grading.course.settings import CourseError
from pooledu.grading.desk.people import saying


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> list[str]:
    """Add the command; return its name."""
    new = commands.add_parser(
        "new-set",
        help="make the notebook of a problem set from exercises",
        description="Make solutions/SET/SET.ipynb, with a cell for each answer and a graded cell "
        "for each check. Open it in JupyterLab and write your text around them.",
    )
    new.add_argument("assignment", metavar="set", help="a new problem set, such as week7")
    new.add_argument("exercises", nargs="+", metavar="EXERCISE=POINTS")
    new.set_defaults(run=saying(new_set))
    return ["new-set"]


def new_set(arguments: argparse.Namespace) -> None:
    """Write the notebook."""
    name = arguments.assignment
    path = Path("solutions", name, f"{name}.ipynb")
    if not name.isidentifier():
        raise CourseError(f"{name!r}: name it with letters, digits and underscores, such as week7")
    if path.parent.exists():
        raise CourseError(f"{path.parent} is there already, and nothing in it is overwritten")
    import nbformat

    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(f"# {name}"), _set_up()],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    for given in arguments.exercises:
        exercise, _, points = given.partition("=")
        if not points.isdecimal():
            raise CourseError(f"{given!r}: write EXERCISE=POINTS, such as conv_size=3")
        try:
            notebook.cells += _cells(find(exercise), int(points))
        except KeyError as error:
            raise CourseError(error.args[0]) from None
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    print(f"{path}: open it in JupyterLab, and then `nbgrader generate_assignment {name}`")


def _set_up() -> Any:
    """Return the cell with which our own problem sets begin."""
    import nbformat

    path = PROBLEM_SETS / SETS[0] / f"{SETS[0]}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    return next(cell for cell in cells if cell.cell_type == "code")


def _cells(exercise: Exercise, points: int) -> list[Any]:
    """Return what stands in the notebook for one exercise."""
    import nbformat

    name = exercise.name
    says = inspect.getdoc(exercise.oracle) if callable(exercise.oracle) else ""
    answer = {"grade": False, "locked": False, "solution": True, "task": False}
    check = {"grade": True, "locked": True, "solution": False, "task": False, "points": points}
    return [
        nbformat.v4.new_markdown_cell(f"## `{name}`\n\n{says or exercise.cases(0)[0].tests}"),
        _cell(_answer(exercise), answer | {"grade_id": f"{name}-code"}),
        _cell(f"check({name}).out_of({points})", check | {"grade_id": name}),
    ]


def _cell(source: str, flags: dict[str, object]) -> Any:
    """Return a cell with nbgrader's metadata."""
    import nbformat

    metadata = {"nbgrader": flags | {"schema_version": 3, "cell_type": "code"}}
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def _answer(exercise: Exercise) -> str:
    """Return the solution: the oracle's own text, between nbgrader's marks."""
    begin, end = "### BEGIN SOLUTION", "### END SOLUTION"
    if not callable(exercise.oracle):
        return f"{begin}\n{exercise.name} = {exercise.oracle!r}\n{end}"
    lines = textwrap.dedent(inspect.getsource(exercise.oracle)).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("def "))
    body = [line for line in lines[start + 1 :] if line.strip()]
    head = f"def {exercise.name}{inspect.signature(exercise.oracle)}:"
    return "\n".join([head, f"    {begin}", *body, f"    {end}"])
