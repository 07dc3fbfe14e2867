"""`pooledu new-set`: a notebook of exercises of one's own."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from pooledu.checks import find
from pooledu.checks.exercise import LOCAL_SEED, Exercise
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
    new.add_argument("exercises", nargs="+", metavar="EXERCISE=POINTS", help="such as conv_size=4")
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
    notes: list[str] = []
    for given in arguments.exercises:
        exercise, _, points = given.partition("=")
        if not points.isdecimal():
            raise CourseError(f"{given!r}: write EXERCISE=POINTS in whole points: conv_size=3")
        try:
            found = find(exercise)
        except KeyError as error:
            raise CourseError(error.args[0]) from None
        _look_at(found)
        notebook.cells += _cells(found, int(points))
        if missing := _missing(found):
            notes.append(f"The solution of {exercise} uses {', '.join(missing)}: put that into it.")
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    print("\n".join([*notes, ""]), end="")
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
    if exercise.is_question:
        return f"{begin}\n{exercise.name} = {exercise.oracle!r}\n{end}"
    body = _body(exercise)
    indent = re.match(r"\s*", body[0])[0]  # type: ignore[index]
    signature = inspect.signature(exercise.oracle)
    bare = signature.replace(  # students need not have what an annotation names
        parameters=[each.replace(annotation=each.empty) for each in signature.parameters.values()],
        return_annotation=signature.empty,
    )
    return "\n".join([f"def {exercise.name}{bare}:", indent + begin, *body, indent + end])


def _body(exercise: Exercise) -> list[str]:
    """Return the lines of an oracle's body."""
    try:
        text = textwrap.dedent(inspect.getsource(exercise.oracle))
        found = ast.parse(text).body[0]
    except (TypeError, OSError, SyntaxError):
        found = None
    if not isinstance(found, ast.FunctionDef):
        raise CourseError(
            f"the oracle of {exercise.name} is no function that `def` begins, so the notebook has "
            "no solution to be made of it; write it with `def`"
        )
    if found.body[0].lineno == found.lineno:
        return [f"    {ast.unparse(each)}" for each in found.body]
    lines = text.splitlines()[found.body[0].lineno - 1 : found.body[-1].end_lineno]
    return [line for line in lines if line.strip()]


def _missing(exercise: Exercise) -> list[str]:
    """Return what an oracle uses of its module and the notebook does not have."""
    if exercise.is_question:
        return []
    used = inspect.getclosurevars(inspect.unwrap(exercise.oracle))
    found = {**used.globals, **used.nonlocals}
    return sorted(name for name, value in found.items() if (name, value) != ("np", np))


def _look_at(exercise: Exercise) -> None:
    """See whether an exercise can be run at all, before a notebook is made of it."""
    try:
        for case in exercise.cases(LOCAL_SEED):
            exercise.expect(case)
    except Exception as error:  # of whatever an author wrote
        raise CourseError(
            f"{error}. `pooledu certify {exercise.name}` says more; mend it first"
        ) from None
