"""Files beside a notebook, and notebooks under another name."""

import contextlib
import filecmp
import fnmatch
import os
import shutil
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook

from pooledu.cli import main
from pooledu.grading.execution.worker import close_all
from pooledu.grading.export.results import course_directory, results
from pooledu.grading.intake.files import File, released_files, with_submitted
from pooledu.grading.intake.names import notebooks, origin_and_rest, take
from tests.grading.course import ASSIGNMENT, Course

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

CONFIG = """
import os, sysconfig
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
c = get_config()
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
from pooledu.grading.bridge import configure
configure(c)
"""
RELEASED = {
    "data.csv": "1,2,3",
    "helper.py": "answer = 'the instructor'",
    "pictures/a.txt": "a picture",
}
HANDED_IN = RELEASED | {
    "data.csv": "9,9,9",
    "helper.py": "answer = 'the student'",
    "pictures": None,
    "Helper.py": "answer = 'the student'",
    "helper/__init__.py": "answer = 'the student'",
    "helper/data.csv": "a folder of data",
    "helper.so": "answer = 'the student'",
    "Helper.pyc": "answer = 'the student'",
    "mine.py": "answer = 'mine'",
    "results/mine.csv": "4",
    "json.py": "raise SystemExit",
    "numpy.py": "raise SystemExit",
    "pooledu/__init__.py": "raise SystemExit",
    "matplotlib/pyplot.py": "raise SystemExit",
    "sitecustomize.py": "raise SystemExit",
    "ps1_windows.ipynb.ipynb/data.csv": "a folder that is named like a notebook",
}
CHECKS = {
    "data": "assert open('data.csv').read() == '1,2,3'",
    "helper": "import helper\nassert helper.answer == 'the instructor'",
    "picture": "assert open('pictures/a.txt').read() == 'a picture'",
    "module": "import mine\nassert mine.answer == 'mine'",
    "file": "assert open('results/mine.csv').read() == '4'",
    "installed": "import json, numpy, matplotlib.pyplot\nassert json.dumps(int(numpy.max([1])))",
    "environment": "import os\nassert os.environ['NBGRADER_EXECUTION'] == 'autograde'",
    "read-only": (
        "for name in ('data.csv', 'helper.py', 'pictures/a.txt'):\n"
        "    try: open(name, 'a')\n"
        "    except PermissionError: continue\n"
        "    raise AssertionError(name)"
    ),
}


def notebook() -> nbformat.NotebookNode:
    cells = [
        new_code_cell(
            source,
            metadata={
                "nbgrader": {
                    "grade_id": name,
                    "grade": True,
                    "solution": False,
                    "locked": True,
                    "points": 1,
                    "schema_version": 3,
                    "task": False,
                }
            },
        )
        for name, source in CHECKS.items()
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def write(folder: Path, files: dict[str, str | None]) -> None:
    for name, text in files.items():
        if text is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    course = Course(tmp_path_factory.mktemp("files"))
    source = course.root / "solutions" / ASSIGNMENT
    write(source, RELEASED)
    os.symlink("data.csv", source / "linked.csv")
    nbformat.write(notebook(), source / f"{ASSIGNMENT}.ipynb")
    (course.root / "nbgrader_config.py").write_text(CONFIG)
    course.generate()
    yield course
    close_all()


@pytest.fixture
def grade(course, capfd):
    """Run `pooledu grade`; return the results by student, and what was printed."""

    def run() -> tuple[dict, str]:
        with contextlib.chdir(course.root):
            assert main(["grade", ASSIGNMENT, "--jobs=1"]) == 0
        found = results(ASSIGNMENT, course_directory(course.root))
        return {each.student: each for each in found}, "".join(capfd.readouterr())

    yield run
    shutil.rmtree(course.root / "submitted", ignore_errors=True)


def test_files_are_there_when_a_notebook_is_graded_and_nobody_s_takes_another_s_place(
    course, grade
):
    for student in ("fast", "slow"):
        course.hand_in(student, course.released())
        write(course.folder(student), HANDED_IN)
        os.symlink("/etc/passwd", course.folder(student) / "passwd")
    assert course.autograde("slow")
    found, printed = grade()
    assert "RELEASED, BUT NOT THERE WHEN GRADED: linked.csv is a link" in printed
    assert "slow: left out beside the notebook: passwd is a link" in printed
    assert "Decided in the student's process, where it can be forged: data, environment" in printed
    said = course.feedback("fast").count("This cell decided its points itself")
    assert said == len(CHECKS)  # once for each, though none has an output
    for student in ("fast", "slow"):
        lost = [mark.exercise for mark in found[student].marks if mark.points != 1]
        assert lost == []
        assert course.marks(student) == dict.fromkeys(CHECKS, 1)


def test_of_an_assignment_that_asks_for_none_no_student_s_file_travels(tmp_path):
    write(tmp_path, HANDED_IN)
    ours = [File("data.csv", b"", True)]
    assert with_submitted(ours, str(tmp_path), [], []) == tuple(ours)
    two = with_submitted(ours, str(tmp_path), [], ["mine.*", "data.*"])
    assert [file.name for file in two] == ["data.csv", "mine.py"]


def test_of_odd_trees_only_what_is_plain_and_within_bounds_travels(tmp_path):
    write(tmp_path / "in", {"a.txt": "a", "b/c.txt": "c", ".hidden": "x", "x.ipynb": "{}"})
    outside = tmp_path / "outside"
    write(outside, {"secret.txt": "secret"})
    os.symlink(outside, tmp_path / "in" / "folder")
    os.symlink(outside / "secret.txt", tmp_path / "in" / "secret.txt")
    os.symlink(tmp_path / "in", tmp_path / "in" / "itself")
    os.mkfifo(tmp_path / "in" / "pipe")
    (tmp_path / "in" / "b" / "line\nend").write_text("x")
    (tmp_path / "in" / os.fsdecode(b"\xff\xfe")).write_text("x")
    deep = tmp_path / "in"
    for _ in range(40):
        deep = deep / "d"
        deep.mkdir()
    (deep / "deep.txt").write_text("x")
    with (tmp_path / "in" / "huge").open("wb") as file:
        file.truncate(1 << 40)
    (tmp_path / "many").mkdir()
    for number in range(1000):
        (tmp_path / "many" / str(number)).touch()
    said = {}
    found = released_files(str(tmp_path / "in"), [], leave=said.__setitem__)
    assert [file.name for file in found] == ["a.txt", "b/c.txt"]
    assert said == {
        **dict.fromkeys(("folder", "secret.txt", "itself"), "is a link"),
        "pipe": "is no file",
        **dict.fromkeys(("b/line\nend", "\udcff\udcfe"), "has a name that cannot be printed"),
        "huge": "makes it more than 32 MB",
        "d/d/d/d/d/d/d/d/d": "lies deeper than 8 folders, or among too many",
    }
    said.clear()
    many = released_files(str(tmp_path / "many"), [], leave=said.__setitem__)
    assert len(many) + len(said) == 1000
    assert set(said.values()) == {"is one of more than 500 files"}
    os.symlink(tmp_path / "in", tmp_path / "link")
    assert released_files(str(tmp_path / "link"), []) == []
    assert released_files(str(tmp_path / "missing"), []) == []


PARTS = ["a", "A", "data.csv", "Data.csv", "größe.csv", "plots", "x.py", ".git", "n.ipynb"]
paths = st.lists(st.sampled_from(PARTS), min_size=1, max_size=3).map("/".join)
trees = st.lists(st.tuples(paths, st.booleans()), max_size=8)
PATTERNS = ["*", "data.csv", "*.csv", "plots/*", "größe.csv", "a/*.py"]


def plant(folder, tree, content):
    """Write a tree, some of its names as macOS writes them; return what is there: path -> text."""
    there = {}
    for path, apart in tree:
        name = unicodedata.normalize("NFD", path) if apart else path
        with contextlib.suppress(OSError):  # a file is where a folder is to be, or a folder
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            if unicodedata.normalize("NFC", name) not in there:
                (folder / name).write_text(f"{content} {name}")
                there[unicodedata.normalize("NFC", name)] = f"{content} {name}"
    return {
        name: text
        for name, text in there.items()
        if not any(part.startswith(".") or part.endswith(".ipynb") for part in name.split("/"))
    }


@settings(max_examples=100)
@given(trees, trees, st.lists(st.sampled_from(PATTERNS), max_size=3))
def test_a_students_file_travels_if_it_is_asked_for_and_takes_no_place_of_the_instructors(
    ours, theirs, wanted
):
    with TemporaryDirectory() as folder:
        released, submitted = Path(folder, "released"), Path(folder, "submitted")
        released.mkdir(), submitted.mkdir()
        ours = plant(released, [(path, False) for path, _ in ours], "ours")
        theirs = plant(submitted, theirs, "theirs")
        found = with_submitted(released_files(str(released), []), str(submitted), [], wanted)
    travelled = {file.name: (file.content.decode(), file.released) for file in found}
    assert len(travelled) == len(found)
    expected = {name: (text, True) for name, text in ours.items()}

    def covers(one, other):  # the same path, or a folder of it, in whatever capitals
        return f"{other}/".casefold().startswith(f"{one}/".casefold())

    for name, text in theirs.items():
        asked = any(fnmatch.fnmatchcase(name, pattern) for pattern in wanted)
        free = not any(covers(one, name) or covers(name, one) for one in ours)
        if asked and free:
            expected[name] = (text, False)
    assert travelled == expected


OTHER_NAMES = [
    f"{ASSIGNMENT} (1).ipynb",
    f"Copy of {ASSIGNMENT}.ipynb",
    f"{ASSIGNMENT}-jane.ipynb",
    "PS1_Windows.IPYNB",
    f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb",
    "my work/lösung.ipynb",
    "x\x1b[2J\ny.ipynb",
    f"{ASSIGNMENT}.ipynb.txt",
    f"{ASSIGNMENT}.ipynb.json",
    f"{ASSIGNMENT}.ipynb (2)",
    "größe 池 🙂.ipynb",
]


def test_a_single_notebook_under_another_name_is_taken_and_named_and_of_several_one_is_asked_for(
    course, grade
):
    text = nbformat.writes(course.released())
    for number, name in enumerate(OTHER_NAMES):
        write(course.folder(f"one{number}"), {name: text})
        write(course.folder(f"one{number}"), {".ipynb_checkpoints/old.ipynb": "{}"})
    write(course.folder("several"), {"a.ipynb": text, "b.ipynb": text + " "})
    write(course.folder("both"), {f"{ASSIGNMENT}.ipynb": text, "scratch.ipynb": "{}"})
    write(course.folder("none"), {"readme.txt": "sorry"})
    write(course.folder("twice"), {"a.ipynb": text, "old/b.ipynb": text})
    os.symlink(
        course.root / "exercises" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb",
        course.folder("link") / "other.ipynb",
    )
    found, printed = grade()
    for number, name in enumerate(OTHER_NAMES):
        assert len(found[f"one{number}"].marks) == len(CHECKS)
        assert found[f"one{number}"].note.startswith("taken from ")
        if name.isprintable():
            assert found[f"one{number}"].note == f"taken from {name}"
    assert "no ps1_windows.ipynb, but a.ipynb, b.ipynb: rename" in found["several"].problem
    assert len(found["both"].marks) == len(found["twice"].marks) == len(CHECKS)
    assert found["both"].note == "not graded: scratch.ipynb"
    assert found["twice"].note == "taken from a.ipynb, old/b.ipynb"
    assert found["link"].marks == found["none"].marks == ()
    assert found["none"].problem == "no ps1_windows.ipynb and no other notebook, but readme.txt"
    assert "several: no ps1_windows.ipynb, but a.ipynb, b.ipynb" in printed
    assert f"{len(OTHER_NAMES) + 2} graded now." in printed
    assert "\x1b" not in printed
    shutil.move(
        course.folder("several") / "a.ipynb", course.folder("several") / "ps1_windows.ipynb"
    )
    assert len(grade()[0]["several"].marks) == len(CHECKS)


def test_what_is_handed_in_again_under_another_name_takes_the_place_of_the_copy(tmp_path):
    expected = tmp_path / "ps1.ipynb"
    write(tmp_path, {"ps1-jane.ipynb": "first"})
    for text in ("first", "first", "second"):
        (tmp_path / "ps1-jane.ipynb").write_text(text)
        assert take(tmp_path, ["ps1"])
        assert expected.read_text() == text
    expected.write_text("mended by hand")
    (tmp_path / "ps1-jane.ipynb").write_text("third")
    assert take(tmp_path, ["ps1"])
    assert expected.read_text() == "mended by hand"


def test_of_several_notebooks_in_a_folder_each_is_taken_by_its_name(tmp_path):
    write(tmp_path, {"work/A.ipynb": "a", "work/b.ipynb": "b", "work/scratch.ipynb": "c"})
    assert take(tmp_path, ["a", "b"])
    assert [(tmp_path / f"{name}.ipynb").read_text() for name in "ab"] == ["a", "b"]


TIMEOUTS = {
    "c.Execute.timeout = 7": 7,
    "c.ExecutePreprocessor.timeout = 8": 8,
    "c.Execute.timeout = None": 240,  # what a notebook has
    "c.Execute.timeout = -1": 240,
    "c.Execute.timeout = 7; c.JudgedExecute.cell_seconds = 9": 9,
    "": 30,
}


@pytest.mark.parametrize("line", TIMEOUTS)
def test_the_time_limit_of_nbgrader_s_own_step_is_taken_over(course, line, caplog):
    from pooledu.grading.bridge.steps import JudgedExecute

    config = course.root / "nbgrader_config.py"
    config.write_text(f"{CONFIG}\n{line}\nc.Execute.kernel_name = 'ir'\n")
    try:
        with course.app() as app:
            step = JudgedExecute(parent=app)
            assert step.policy(notebook(), 60).cell_seconds == TIMEOUTS[line]
            with caplog.at_level("WARNING"):
                step.log.propagate = True
                step.say_what_is_not_heeded()
    finally:
        config.write_text(CONFIG)


def test_a_folder_that_gives_nothing_but_names_costs_its_files_alone(tmp_path, monkeypatch):
    write(tmp_path, {"data.csv": "a"})
    look = os.stat

    def closed(name, *args, **kwargs):
        if name == "data.csv":
            raise PermissionError(13, "Permission denied")
        return look(name, *args, **kwargs)

    monkeypatch.setattr(os, "stat", closed)
    assert with_submitted([], str(tmp_path), [], ["*"]) == ()


def test_of_thousands_of_large_notebooks_few_are_read(tmp_path, monkeypatch):
    with (tmp_path / "0.ipynb").open("wb") as first:
        first.truncate(60 << 20)
    for number in range(1, 3000):
        os.link(tmp_path / "0.ipynb", tmp_path / f"{number}.ipynb")
    read = []
    monkeypatch.setattr(filecmp, "cmp", lambda *paths, shallow: read.append(paths) or True)
    take(tmp_path, ["ps1"])
    (tmp_path / "ps1.ipynb").touch()
    assert "more" in origin_and_rest(tmp_path, ["ps1"])
    assert len(read) <= 10
    assert len(notebooks(tmp_path)) <= 200


def test_thousands_of_folders_are_not_searched_for_a_notebook(tmp_path, monkeypatch):
    for number in range(300):
        (tmp_path / f"{number}" / "d").mkdir(parents=True)
    (tmp_path / "mine.ipynb").write_text("{}")
    opened = []
    scan = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: opened.append(path) or scan(path))
    assert notebooks(tmp_path) == [tmp_path / "mine.ipynb"]
    assert len(opened) < 3
