"""A right solution gets all points when it is graded, in whatever form it is handed in.

`make test` grades a third of the notebooks, `make whole` all.
"""

import inspect

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from pooledu.grading.bridge.steps import JudgedExecute
from pooledu.grading.execution.worker import close_all
from pooledu.grading.judge.notebook import run_and_judge
from tests.checks.right import MODULES, SOLUTIONS
from tests.sampling import WHOLE

FORMS = {
    "function": "{}",
    "lambda": "(lambda f: lambda *args, **kwargs: f(*args, **kwargs))({})",
    "partial": "functools.partial({})",
    "instance": "type('Mine', (), {{'__call__': staticmethod({})}})()",
    "method": "type('Mine', (), {{'work': staticmethod({})}})().work",
    "decorated": "(lambda f: functools.wraps(f)(lambda *args, **kwargs: f(*args, **kwargs)))({})",
}
NOTEBOOKS = [
    (part, number) for part in MODULES for number in range(max(map(len, part.SOLUTIONS.values())))
]


@pytest.fixture(scope="module", autouse=True)
def end_of_the_warm_processes():
    yield
    close_all()


def source_of(module) -> str:
    """The text of a module of right solutions, which is a cell; what it imports of another, too."""
    text = inspect.getsource(module).replace(inspect.getdoc(module), "")
    for other in MODULES:
        line = next((x for x in text.splitlines() if x.startswith(f"from {other.__name__} ")), None)
        if line:
            text = source_of(other) + text.replace(line, "")
    return text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "number"),
    NOTEBOOKS if WHOLE else NOTEBOOKS[::3],
    ids=lambda x: getattr(x, "__name__", str(x)).split(".")[-1],
)
def test_a_right_solution_has_full_marks_in_any_form(part, number):
    names = [name for name, styles in part.SOLUTIONS.items() if number < len(styles)]
    cells = ["import functools", "from pooledu import check", source_of(part)]
    cells = [new_code_cell(source) for source in cells]
    for place, name in enumerate(names):
        form = list(FORMS.values())[(number + place) % len(FORMS)]
        made = form.format(f"SOLUTIONS[{name!r}][{number}]")
        cells += [new_code_cell(f"{name} = {made}"), new_code_cell(f"check({name}).out_of(4)")]
        cells[-1].metadata["nbgrader"] = {
            "grade": True, "solution": False, "locked": True, "grade_id": name, "points": 4,
        }  # fmt: skip
    notebook = new_notebook(cells=cells)
    executed, record = run_and_judge(notebook, bytes(32), JudgedExecute().policy(notebook, 240))
    assert record.stopped == ""
    marks = [determine_grade(cell)[0] for cell in executed.cells if cell.metadata.get("nbgrader")]
    told = [cell.outputs for cell in executed.cells]
    assert dict(zip(names, marks, strict=True)) == dict.fromkeys(names, 4), told


def test_every_exercise_is_among_them_in_every_form():
    found = {
        (name, (number + place) % len(FORMS))
        for part, number in NOTEBOOKS
        for place, name in enumerate(n for n, s in part.SOLUTIONS.items() if number < len(s))
    }
    assert {name for name, _ in found} == set(SOLUTIONS)
    assert {form for _, form in found} == set(range(len(FORMS)))
