"""An exercise of one's own goes the whole way: certified, released, solved, judged."""

import importlib
import re
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import nbformat
import pytest

from pooledu.checks import check, find, load_folder, registry
from pooledu.checks.certifying import certify
from pooledu.checks.exercise import Case, Exercise
from pooledu.cli import main
from pooledu.grading.bridge.release import released_modules
from pooledu.grading.export.results import course_directory, results
from pooledu.grading.warm.closed import closed_packages

pytestmark = pytest.mark.filterwarnings("ignore")

CHAPTER = Path(__file__).parents[2].joinpath("book", "instructors.md").read_text(encoding="utf-8")
# Those of the course; the administrator's, under /etc, are nobody's to write here.
FILES = dict(
    re.findall(r"^:caption: ([^/\s]\S*\.py)\n(.*?)^```$", CHAPTER, re.DOTALL | re.MULTILINE)
)
NBGRADER = Path(sys.executable).with_name("nbgrader")
RIGHT = "def conv_size(n, k, stride=1, padding=0):\n    return (n + 2 * padding - k) // stride + 1"
WRONG = "def conv_size(n, k, stride=1, padding=0):\n    return (n + padding - k) // stride + 1"


@pytest.fixture
def registered(monkeypatch):
    """What is registered in one test is forgotten after it."""
    monkeypatch.setattr(registry, "_REGISTERED", dict(registry._REGISTERED))


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with the chapter's exercise, released without its oracle."""
    path = tmp_path_factory.mktemp("own") / "course"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
        assert main(["new-course", str(path), "--sets=none"]) == 0
    for name, text in FILES.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    settings = path / "course.toml"
    settings.write_text(
        settings.read_text().replace("judged_later = []", 'judged_later = ["conv_size"]')
    )
    for words in (
        ["certify", "week7"],
        ["new-set", "week7", "conv_size=4"],
        ["roster", "--add", "s01"],
    ):
        done = pooledu(path, *words)
        assert done.returncode == 0, done.stdout + done.stderr
    subprocess.run([NBGRADER, "generate_assignment", "week7"], cwd=path, check=True)
    return path


def pooledu(folder, *words):
    program = [Path(sys.executable).with_name("pooledu"), *words]
    return subprocess.run(program, cwd=folder, capture_output=True, text=True)


@pytest.mark.slow
def test_it_is_solved_by_students_who_have_no_oracle_and_judged_when_graded(course):
    released = course / "exercises" / "week7"
    assert "oracle" not in (released / "checks" / "week7" / "conv_size.py").read_text()
    for student, work in {"s01": RIGHT, "s02": WRONG}.items():
        notebook = nbformat.read(released / "week7.ipynb", as_version=4)
        answer = next(c for c in notebook.cells if "YOUR CODE" in c.source)
        answer.source = work
        folder = course / "submitted" / student / "week7"
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / "week7.ipynb")
        nbformat.write(notebook, released / f"{student}.ipynb")
        pooledu(course, "roster", "--add", student)
    said = pooledu(released, "check", "s01.ipynb")
    assert "is judged when your notebook is graded" in said.stdout
    done = pooledu(course, "grade", "week7", "--jobs=1")
    assert done.returncode == 0, done.stderr
    with chdir(course):
        right, wrong = results("week7", course_directory())
    assert right.total == 4
    assert 0 < wrong.total < 4
    assert wrong.marks[0].remark == "It counts the padding once."


def test_with_its_oracle_it_is_found_beside_a_notebook(course, tmp_path, registered):
    folder = tmp_path / "checks" / "week7"
    folder.mkdir(parents=True)
    (folder / "conv_size.py").write_text(FILES["checks/week7/conv_size.py"])
    program = "from pooledu import check\nprint(check(lambda n, k: 0, 'conv_size').headline)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert "is right in 0 of 9 cases" in done.stdout, done.stderr


def test_what_oracles_use_is_released_only_with_an_exercise_that_needs_it(tmp_path, registered):
    folder = tmp_path / "checks" / "week8"
    folder.mkdir(parents=True)
    (folder / "secret.py").write_text("ANSWER = 42\n")
    for name in ("one", "two"):
        (folder / f"{name}.py").write_text(
            "from pooledu.checks.exercise import question\nfrom .secret import ANSWER\n"
            f"{name} = question('{name}', asks='?', answer=ANSWER, link='')\n"
        )
    load_folder(tmp_path / "checks")
    assert released_modules(folder, ["one", "two"]).keys() == {"one.py", "two.py"}
    some = released_modules(folder, ["one"])
    assert some.keys() == {"one.py", "two.py", "secret.py"}
    assert "ANSWER" not in some["one.py"]


@pytest.mark.parametrize("name", ["output_size", "max_pool2d", "pooled_shape", "adaptive_bins"])
def test_our_own_exercises_are_certified(name):
    assert certify(find(name)) == []


def ladder(rng):
    yield Case("a small number", (2,))
    yield Case("a drawn number", (int(rng.integers(3, 99)),))


def depends(rng):
    yield Case("a small number", (2,))
    yield Case("a drawn number", (2 if rng.local else 3,))


def other_rungs(rng):
    yield Case(f"number {rng.integers(3, 99)}", (2,))


def oracle(n):
    return n + n


FAULTS = {
    "the mistake 'right' passes": (ladder, oracle, {"right": oracle}),
    "is taken for": (ladder, oracle, {"a": lambda n: n, "b": lambda n: +n}),
    "another seed gives other cases": (other_rungs, oracle, {}),
    "its ladder has no case": (lambda rng: [], oracle, {}),
    "two cases test": (lambda rng: [*ladder(rng), *ladder(rng)], oracle, {}),
    "it knows 0 mistakes": (ladder, oracle, {}),
    "cannot be run": (ladder, lambda n: 1 / 0, {}),
    "depends on the numbers": (depends, oracle, {"square": lambda n: n * n, "none": lambda n: 0}),
    "its own oracle fails": (ladder, lambda n, calls=[]: calls.append(n) or len(calls), {}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_an_exercise_is_named(fault, registered):
    cases, right, mistakes = FAULTS[fault]
    exercise = Exercise("mine", "week9", oracle=right, ladder=cases)
    for name, wrong in mistakes.items():
        exercise.mistake("Think.", name=name, says="It is wrong.")(wrong)
    registry.register(exercise)
    assert [said for said in certify(exercise) if fault in said], certify(exercise)


def test_a_package_that_names_exercises_is_closed_to_submissions(tmp_path, monkeypatch):
    about = tmp_path / "their_course-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: their-course\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[pooledu.exercises]\ntheirs = their_course.checks\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    assert closed_packages() == ("pooledu", "nbgrader", "their_course")


def test_check_says_that_work_is_judged_later(registered):
    from pooledu.checks.exercise import judged_later

    registry.register(judged_later("later", "week9"))
    verdict = check(abs, "later")
    assert not verdict.passed
    assert "judged when your notebook is graded" in verdict.message
