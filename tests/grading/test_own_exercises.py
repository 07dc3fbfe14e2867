"""An exercise of one's own goes the whole way: certified, released, solved, judged."""

import importlib
import re
import shutil
import subprocess
import sys
import types
from contextlib import chdir
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from pooledu.checks import check, exercise_names, find, load_folder, registry
from pooledu.checks.certifying import certify
from pooledu.checks.exercise import Case, Exercise
from pooledu.cli import main
from pooledu.grading.bridge.release import OwnExercises, released_modules
from pooledu.grading.course.settings import CourseError
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


@pytest.mark.slow
@pytest.mark.parametrize("how", ["grade", "dry run", "autograde", "release"])
def test_an_exercise_that_has_gone_costs_nobody_a_mark(how, course, tmp_path):
    place = tmp_path / "course"
    shutil.copytree(course, place)
    folder = place / "submitted" / "s09" / "week7"
    folder.mkdir(parents=True)
    notebook = nbformat.read(place / "exercises" / "week7" / "week7.ipynb", as_version=4)
    next(c for c in notebook.cells if "YOUR CODE" in c.source).source = RIGHT
    nbformat.write(notebook, folder / "week7.ipynb")
    pooledu(place, "roster", "--add", "s09")
    assert pooledu(place, "grade", "week7", "--student=s09", "--jobs=1").returncode == 0
    shutil.move(place / "checks", tmp_path / "elsewhere")  # or its package is not installed here
    settings = place / "course.toml"
    settings.write_text(settings.read_text().replace('["conv_size"]', "[]"))
    words = {
        "grade": ["pooledu", "grade", "week7", "--student=s09", "--force", "--jobs=1"],
        "dry run": ["pooledu", "grade", "week7", "--student=s09", "--dry-run", "--jobs=1"],
        "autograde": ["nbgrader", "autograde", "week7", "--student=s09", "--force"],
        "release": ["nbgrader", "generate_assignment", "week7", "--force"],
    }[how]
    program = Path(sys.executable).with_name(words[0])
    done = subprocess.run([program, *words[1:]], cwd=place, capture_output=True, text=True)
    assert done.returncode != 0
    assert "'conv_size' calls check, and there is no exercise of that name" in done.stderr
    with chdir(place), Gradebook("sqlite:///gradebook.db") as book:
        assert book.find_submission("week7", "s09").score == 4


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


STYLES = {
    "on several lines": "def oracle(\n    n,\n    times: int = 2,\n) -> int:\n    return times * n",
    "annotated": "def oracle(n: Exercise, times: 'nothing' = 2) -> Exercise:\n    return times * n",
    "a named default": "TWO = 2\n\ndef oracle(n, times=TWO):\n    return times * n",
    "in one line": "def oracle(n, times=2): m = n; return times * m",
    "decorated": "from functools import cache\n@cache\ndef oracle(n):\n    return 2 * n",
    "two blanks": "def oracle(n, times=2):\n  if n:\n    return times * n\n\n  return 0",
    "tabs": "def oracle(n, times=2):\n\tm = n\n\treturn times * m",
    "a docstring": 'def oracle(n):\n    """Say.\n\n    def no: return\n    """\n    return 2 * n',
    "keywords alone": "def oracle(n, /, *, times=2):\n    return times * n",
    "a helper": "def help(n):\n    return 2 * n\n\ndef oracle(n):\n    return help(n)",
    "a lambda": "oracle = lambda n: 2 * n",
    "a builtin": "oracle = abs",
    "partial": "import functools, operator\noracle = functools.partial(operator.mul, 2)",
    "raising": "def oracle(n):\n    return n / 0",
    "changing its input": "def oracle(n):\n    n.append(1)\n    return 1",
}
SAID = {
    "a helper": "The solution of mine uses help: put that into it.",
    "a lambda": "write it with `def`",
    "a builtin": "write it with `def`",
    "partial": "write it with `def`",
    "raising": "ZeroDivisionError: division by zero. `pooledu certify mine` says more",
    "changing its input": "mutated. `pooledu certify mine` says more",
}


@pytest.mark.parametrize("style", STYLES)
def test_the_solution_of_a_new_set_is_the_oracle_however_it_is_written_or_a_sentence(
    style, registered, tmp_path, monkeypatch, capsys
):
    argument = "[1]" if "changing" in style else "int(rng.integers(3, 99))"
    folder = tmp_path / "checks" / "mine_set"
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text(
        "from pooledu.checks.exercise import Case, Exercise\n\n"
        f"def ladder(rng):\n    yield Case('one', ({argument},))\n\n{STYLES[style]}\n\n"
        "mine = Exercise('mine', oracle=oracle, ladder=ladder)\n"
    )
    load_folder(tmp_path / "checks")
    monkeypatch.chdir(tmp_path)
    code = main(["new-set", "mine_set", "mine=2"])
    said = "".join(capsys.readouterr())
    assert SAID.get(style, "") in said
    if style in SAID and style != "a helper":
        assert code == 1
        assert not (tmp_path / "solutions").exists()
        return
    notebook = nbformat.read(tmp_path / "solutions" / "mine_set" / "mine_set.ipynb", as_version=4)
    source = next(c.source for c in notebook.cells if "BEGIN SOLUTION" in c.source)
    there = {"help": lambda n: 2 * n}
    exec(source, there)
    assert there["mine"](21) == 42
    head = source.partition("### BEGIN")[0]
    exec(f"{head}raise NotImplementedError", {})  # what students get needs no name of ours


LATER = "from pooledu.checks.exercise import question\n"


@pytest.mark.parametrize("folder", ["week9", "a_pool_of_exercises"])
@pytest.mark.parametrize("stem", ["mine", "all_of_week_9"])
@pytest.mark.parametrize("later", [(), ("mine",), ("mine", "other")])
def test_exercises_of_a_notebook_are_released_from_whatever_module_and_none_with_its_answer(
    folder, stem, later, registered, tmp_path
):
    source = tmp_path / "checks" / folder
    source.mkdir(parents=True)
    for name, file in (("mine", stem), ("other", "other")):
        (source / f"{file}.py").write_text(
            f"{LATER}{name} = question('{name}', asks='?', answer={len(name)}42, link='')\n"
        )
    load_folder(tmp_path / "checks")
    cell = nbformat.v4.new_code_cell("check(mine)", metadata={"nbgrader": {"grade_id": "mine"}})
    course = types.SimpleNamespace(
        root=tmp_path, release_directory="", format_path=lambda *_: str(tmp_path / "out")
    )
    step = OwnExercises(judged_later=list(later))
    step.coursedir = course
    about = {"nbgrader": {"assignment": "week9"}}
    step.preprocess(nbformat.v4.new_notebook(cells=[cell]), about)
    released = {path.name: path.read_text() for path in tmp_path.glob("out/checks/*/*.py")}
    assert released.keys() == {f"{stem}.py", "other.py"}
    for name, file in (("mine", stem), ("other", "other")):
        assert (f"{len(name)}42" in released[f"{file}.py"]) == (name not in later)
        assert f'judged_later("{name}")' in released[f"{file}.py"] or name not in later


def test_an_exercise_that_is_judged_later_stands_in_no_module_with_one_that_is_not(
    registered, tmp_path
):
    folder = tmp_path / "checks" / "week9"
    folder.mkdir(parents=True)
    text = "".join(f"{n} = question('{n}', asks='?', answer=1, link='')\n" for n in "ab")
    (folder / "both.py").write_text(LATER + text)
    load_folder(tmp_path / "checks")
    with pytest.raises(CourseError, match=r"week9/both\.py has a, which is judged later, and b"):
        released_modules(folder, ["a"])
    assert "answer" not in released_modules(folder, ["a", "b"])["both.py"]


def test_a_name_in_judged_later_that_is_none_is_refused_before_its_oracle_is_released(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert main(["new-course", str(tmp_path / "c"), "--sets=none"]) == 0
    settings = tmp_path / "c" / "course.toml"
    settings.write_text(
        settings.read_text().replace("judged_later = []", 'judged_later = ["max_poo2d"]')
    )
    with chdir(tmp_path / "c"), pytest.raises(SystemExit, match="is it max_pool2d"):
        main(["roster"])


BROKEN = {
    "raises": ("raise RuntimeError('half done')", "broken.py, line 1: RuntimeError: half done"),
    "no Python": ("def (", "SyntaxError: invalid syntax"),
    "a name of ours": (
        LATER + "max_pool2d = question('max_pool2d', asks='?', answer=1, link='')",
        "two exercises named 'max_pool2d', in ps1_windows and in aaa",
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_module_that_cannot_be_loaded_costs_its_own_set_and_is_told_with_its_place(
    how, registered, tmp_path, monkeypatch, recwarn
):
    text, said = BROKEN[how]
    for name, content in {
        "aaa/broken": text,
        "aaa/beside": LATER + "beside = question('beside', asks='?', answer=1, link='')",
        "bbb/sound": LATER + "sound = question('sound', asks='?', answer=1, link='')",
    }.items():
        path = tmp_path / "checks" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    exercise_names()  # those beside a notebook are looked for once
    monkeypatch.chdir(tmp_path)
    registry._load.__wrapped__()
    assert find("sound").problem_set == "bbb"
    assert "beside" not in exercise_names()
    assert find("max_pool2d").problem_set == "ps1_windows"
    assert [str(each.message) for each in recwarn if said in str(each.message)]
    with pytest.raises((RuntimeError, SyntaxError, ValueError)):
        load_folder(tmp_path / "checks")


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
