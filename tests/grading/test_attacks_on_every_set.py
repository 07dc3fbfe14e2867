"""What looks right, what is remembered and what is replaced gains nothing, in any problem set.

The attacks are generated from the right solutions: each function is spoilt, or looked up in a
table, or the parts that look at it in the student's process are replaced. One class for each
problem set, graded by the real command, with an honest student behind the others. `make test` takes
two of each kind, `make whole` all.
"""

import contextlib
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import GenerateAssignment

from pooledu.checks import exercise_names, find
from pooledu.cli import main
from tests.grading.course import REPOSITORY
from tests.grading.table import remembering
from tests.sampling import some_of_each_kind

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
SETS = sorted(path.name for path in (REPOSITORY / "solutions").iterdir())
HONEST = "zz-honest"
PATIENT = "c.TimeBudget.seconds = 1200"  # a busy machine takes minutes for the networks of ps6

SPOILING = """
import functools
import numpy as np

def over(result, change):
    if isinstance(result, (tuple, list)):
        return type(result)(over(part, change) for part in result)
    return change(result)

def spoilt(function, change):
    @functools.wraps(function)
    def other(*args, **kwargs):
        return over(function(*args, **kwargs), change)
    return other

def zeros(made):
    if hasattr(made, "modules"):
        return Of(made, lambda y: y * 0)
    return made * 0

def noise(made):
    if hasattr(made, "modules"):
        return Of(made, lambda y: y + y.detach().std() * y.shape[-1])
    return np.random.default_rng(1).permutation(np.ravel(made)).reshape(np.shape(made)) + 1

def nan(made):
    if hasattr(made, "modules"):
        return Of(made, lambda y: y * float("nan"))
    return made * float("nan")

def constant(made):
    if hasattr(made, "modules"):
        return Of(made, lambda y: y.mean().expand(y.shape))
    return made * 0 + 7

def Of(inner, change):
    from torch import nn
    class Changed(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = getattr(inner, "features", inner)
            if hasattr(inner, "classifier"): self.classifier = inner.classifier
        def forward(self, x): return change(inner(x))
    return Changed()

class Lies(np.ndarray):
    def __eq__(self, other): return np.ones(np.shape(other), bool)
    def __array__(self, *_, **__): raise RuntimeError("no")
    def __reduce__(self): raise RuntimeError("no")

def lies(made):
    if isinstance(made, np.ndarray) and made.ndim:
        return (made * 0).view(Lies)
    return type("All", (), {"__eq__": lambda *_: True, "__getattr__": lambda *_: made})()
"""
SPOILT = ("zeros", "noise", "nan", "constant", "lies")

LOOKING = {
    "the drivers give what is usual": (
        "from pooledu.checks import drivers\n"
        "for name in ('call', 'value', 'stochastic', 'autograd', 'pools', 'head', 'consistency'):\n"
        "    setattr(drivers, name, lambda *a, **k: ((True, 1.0, [], 'float32'), ()))\n"
    ),
    "the drivers give what they are given": (
        "from pooledu.checks import drivers\n"
        "same = lambda x, *a, **k: x\n"
        "for name in ('call', 'stochastic', 'autograd', 'pools', 'head', 'consistency'):\n"
        "    honest = getattr(drivers, name)\n"
        "    setattr(drivers, name, lambda f, *a, honest=honest: honest(same, *a))\n"
    ),
    "the looks at a network praise it": (
        "try:\n"
        "    from pooledu.checks import models\n"
        "    models.Before.unchanged = models.Before.kept = lambda *a: True\n"
        "    models.Before.shared = lambda *a: False\n"
        "    models.dtypes = lambda *a: 'float32'\n"
        "    models.linear_in = lambda *a: 'features'\n"
        "    models.complete = models.load_linear = lambda *a: None\n"
        "    models.off_device = lambda *a: False\n"
        "except ImportError: pass\n"
    ),
    "the dictated weights are not loaded": (
        "try:\n"
        "    from pooledu.checks import models\n"
        "    models.load = lambda *a: None\n"
        "    models.dictated = lambda seed, which, shape: __import__('torch').zeros(shape)\n"
        "except ImportError: pass\n"
    ),
    "the observations are the inputs": (
        "from pooledu.checks import observing, api\n"
        "from pooledu.checks.observing import Observation\n"
        "all_well = lambda function, calls, **k: [\n"
        "    Observation('returned', call.args[0] if call.args else 1) for call in calls]\n"
        "observing.observe = all_well\n"
        "for cell in getattr(check, '__closure__', None) or ():\n"
        "    if getattr(cell.cell_contents, '__name__', '') == 'observe':\n"
        "        cell.cell_contents = all_well\n"
    ),
}


def functions(problem_set: str) -> list[str]:
    """The exercises of a set that are functions."""
    cells = notebook("exercises", problem_set).cells
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells]
    return [name for name in names if name in exercise_names() and not find(name).is_question]


def notebook(folder: str, problem_set: str) -> nbformat.NotebookNode:
    """A problem set's notebook."""
    return nbformat.read(REPOSITORY / folder / problem_set / f"{problem_set}.ipynb", 4)


def hostile(problem_set: str) -> dict[str, nbformat.NotebookNode]:
    """What is handed in: name -> notebook."""
    names = functions(problem_set)
    made = {}
    for change in SPOILT:
        spoiling = SPOILING + "".join(f"{name} = spoilt({name}, {change})\n" for name in names)
        made[f"4-{change}"] = before_checks(notebook("solutions", problem_set), spoiling, names)
    nothing = "".join(f"def {name}(*args, **kwargs): return None\n" for name in names)
    for number, source in enumerate(LOOKING.values()):
        released = notebook("exercises", problem_set)
        made[f"3-{number}"] = before_checks(released, source + nothing, names)
    plain = [name for name in names if find(name).driver == "call"]
    for seed in range(2 if plain else 0):
        tables = "".join(remembering(name, seed) for name in plain)
        released = notebook("exercises", problem_set)
        made[f"1-{seed}"] = before_checks(released, nothing + tables, names)
    return {student: made[student] for student in some_of_each_kind(made, 2, letters=1)}


def before_checks(
    work: nbformat.NotebookNode, source: str, names: list[str]
) -> nbformat.NotebookNode:
    """Put code right before the first check of a function, and again before each other one."""
    cells = []
    for cell in work.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") in names:
            name = cell.metadata.nbgrader.grade_id
            only = [
                line
                for line in source.splitlines()
                if not line.startswith(
                    tuple(f"{other} = spoilt(" for other in names if other != name)
                )
            ]
            cells.append(new_code_cell("\n".join(only)))
        cells.append(cell)
    work.cells = cells
    return work


@pytest.fixture(scope="module", params=SETS)
def graded(request, tmp_path_factory):
    """A class of one problem set, graded once: the marks of its functions, by student."""
    problem_set, root = request.param, tmp_path_factory.mktemp("every")
    shutil.copytree(REPOSITORY / "solutions" / problem_set, root / "solutions" / problem_set)
    text = (REPOSITORY / "nbgrader_config.py").read_text()
    (root / "nbgrader_config.py").write_text(f"{text}\n{PATIENT}\n")
    handed_in = hostile(problem_set) | {HONEST: notebook("solutions", problem_set)}
    for student, work in handed_in.items():
        folder = root / "submitted" / student / problem_set
        folder.mkdir(parents=True)
        nbformat.write(work, folder / f"{problem_set}.ipynb")
    with contextlib.chdir(root):
        app = NbGrader()
        app.initialize([], root=str(root))
        app.coursedir.assignment_id = problem_set
        GenerateAssignment(coursedir=app.coursedir, parent=app, create_assignment=True).start()
        assert main(["grade", problem_set, "--jobs=2"]) == 0
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        return problem_set, {
            submission.student.id: {
                grade.name: (grade.auto_score, grade.max_score)
                for grade in submission.notebooks[0].grades
            }
            for submission in gradebook.assignment_submissions(problem_set)
        }


def test_nobody_gains_more_than_a_guess_and_the_honest_have_all(graded):
    """An eighth: a function that returns its first argument is right in a case or two. A fourth for
    zeros, which are the right answer where all is masked, or no evidence is left."""
    problem_set, marks = graded
    names = functions(problem_set)
    assert set(marks) == {HONEST, *hostile(problem_set)}
    for name in names:
        got, reachable = marks[HONEST][name]
        assert got == reachable
        gained = {student: its[name][0] for student, its in marks.items() if student != HONEST}
        zeros = [gained.pop(student, 0) for student in ("4-zeros", "4-lies")]
        assert max(zeros) <= reachable / 4, name
        assert max(gained.values()) <= reachable / 8, (name, gained)
