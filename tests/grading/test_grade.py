"""`pooledu grade` as an instructor runs it: in a terminal or not, and what its exit code says."""

import dataclasses
import json
import os
import pty
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from pooledu.cli import main
from pooledu.grading.bridge import steps
from pooledu.grading.execution.worker import close_all
from pooledu.grading.run import command as grade
from tests.grading.course import ASSIGNMENT, make_course

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
POOLEDU = Path(sysconfig.get_path("scripts"), "pooledu")


@dataclasses.dataclass(frozen=True)
class Done:
    """What a command said, and its exit code."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture
def run(course, monkeypatch, capfd):
    """Run `pooledu grade` in the course, in this process, which keeps its warm process."""

    def command(*words: str) -> Done:
        monkeypatch.chdir(course.root)
        capfd.readouterr()
        try:
            code = main(["grade", *words])
        except SystemExit as exit_:
            code = exit_.code
        return Done(code, *capfd.readouterr())

    yield command
    steps._reported.clear()  # each layer is reported once in a process


def rows(text: str) -> dict[str, str]:
    """The total of each student in a printed table."""
    cells = [line.strip("│").split("│") for line in text.splitlines() if line.startswith("│")]
    return {row[0].strip(): row[-1].strip() for row in cells}


def log(course) -> list[dict]:
    """The lines of the machine-readable log."""
    text = (course.root / ".pooledu-grading.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A class of three; one of them handed in half a file."""
    course = make_course(tmp_path_factory.mktemp("class"))
    course.hand_in("s01", course.solved())
    course.hand_in("s02", course.solved(pooled_size_code="rows = 15"))
    course.hand_in("s03", b"cut off")
    return course


@pytest.fixture(scope="module")
def first(course):
    """The first run, as a program of its own without a terminal."""
    command = [POOLEDU, "grade", ASSIGNMENT, "--jobs", "2"]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=300)
    yield Done(done.returncode, done.stdout, done.stderr)
    close_all()


def test_it_prints_a_table_and_nothing_else(first):
    assert first.code == grade.DONE
    assert rows(first.stdout) == {"s01": "10/12", "s02": "9/12", "s03": "0/12"}
    assert first.stdout.rstrip().endswith("3 graded now.")
    assert "\x1b" not in first.stdout
    assert "Traceback" not in first.stderr
    assert [line for line in first.stderr.splitlines() if "cut off" not in line] == []


def test_the_log_has_a_line_for_each_submission_with_the_keys_that_the_help_explains(course, first):
    lines = log(course)
    assert [line["student"] for line in lines] == ["s01", "s02", "s03"]
    (notebook,) = lines[0]["notebooks"]
    explained = re.findall(r"^ +(\w+)  ", grade.CODES.partition("the log")[2], re.MULTILINE)
    assert [*lines[0], *notebook] == explained
    statuses = re.findall(r"'([\w ]+)'", grade.CODES)
    assert {cell["status"] for cell in notebook["cells"]} <= set(statuses)
    assert notebook["name"] == ASSIGNMENT
    assert set(notebook["layers"].values()) == {""}


def test_then_only_what_is_new_is_graded_unless_it_is_to_be_graded_again(run, course, first):
    assert "Nothing new to grade." in run(ASSIGNMENT, "--jobs=1").stdout
    course.hand_in("s04", course.released())
    fourth = run(ASSIGNMENT, "--jobs=1")
    assert "1 graded now." in fourth.stdout
    assert rows(fourth.stdout) == {"s04": "0/12"}
    assert "4 students: 4 graded" in fourth.stdout
    before = len(log(course))
    again = run(ASSIGNMENT, "--force", "--student=s01", "--jobs=1")
    assert (again.code, rows(again.stdout)) == (grade.DONE, {"s01": "10/12"})
    assert [line["student"] for line in log(course)[before:]] == ["s01"]
    nobody = run(ASSIGNMENT, "--student=s99", "--jobs=1")
    assert "Nothing is handed in" in nobody.stdout


def test_in_a_terminal_a_bar_moves(course, first):
    """The student's file is the same: --force grades it again."""
    main, terminal = pty.openpty()
    command = [POOLEDU, "grade", ASSIGNMENT, "--force", "--student", "s02", "--jobs", "1"]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "120"}
    process = subprocess.Popen(
        command, cwd=course.root, stdout=terminal, stderr=terminal, stdin=terminal, env=environment
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            piece = os.read(main, 1 << 16)
        except OSError:  # Linux's end of a terminal
            break
        if not piece:
            break
        shown += piece
    os.close(main)
    assert process.wait(timeout=60) == grade.DONE
    text = shown.decode()
    assert re.search(r"grading.*━.*0/1", text)
    assert re.search(r"grading.*━.*1/1", text)
    assert "\x1b[" in text


REFUSED = {
    "an unknown problem set": (
        ["ps7_missing"],
        grade.NO_ASSIGNMENT,
        "the gradebook knows no problem set 'ps7_missing'; run `nbgrader generate_assignment",
    ),
    "no number of jobs": ([ASSIGNMENT, "--jobs", "none"], 2, "'none' is no number of jobs"),
    "no jobs": ([ASSIGNMENT, "--jobs", "0"], 2, "give 1 or more"),
    "an unknown device": ([ASSIGNMENT, "--device", "tpu"], 2, "invalid choice: 'tpu'"),
    "no problem set": ([], 2, "the following arguments are required: assignment"),
    "no scheduler": (
        [ASSIGNMENT, "--force", "--scheduler", "nonsense://127.0.0.1:1"],
        grade.NO_CLUSTER,
        "no Dask scheduler with workers answers at 'nonsense://127.0.0.1:1'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_said_in_a_sentence(run, course, first, name):
    words, code, sentence = REFUSED[name]
    before = len(log(course))
    done = run(*words)
    assert done.code == code
    assert sentence in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert len(log(course)) == before


def test_without_a_cuda_device_it_refuses_rather_than_guess(run, course, first):
    before = len(log(course))
    done = run(ASSIGNMENT, "--device", "cuda", "--force", "--jobs", "1")
    if done.code == grade.DONE:
        import torch  # which takes seconds, so only where it is needed

        assert torch.cuda.is_available()
        pytest.skip("this machine has a CUDA device")
    assert done.code == grade.NO_DEVICE
    assert "no CUDA device can be used here" in done.stderr
    assert "--device cpu" in done.stderr
    assert len(log(course)) == before


def test_without_protection_it_refuses_and_with_the_flag_it_warns(run, course, first):
    config = course.root / "nbgrader_config.py"
    text = config.read_text()
    config.write_text(text + "\nc.JudgedExecute.left_out = ['landlock', 'file view']\n")
    try:
        before = len(log(course))
        refused = run(ASSIGNMENT, "--force", "--student=s01", "--jobs=1")
        assert refused.code == grade.NO_SANDBOX
        assert "cannot protect other people's files" in refused.stderr
        assert "--unconfined" in refused.stderr
        assert len(log(course)) == before
        words = ("--force", "--student=s01", "--jobs=1", "--unconfined")
        done = run(ASSIGNMENT, *words)
        assert done.code == grade.DONE
        assert "UNCONFINED: nothing protected other people's files" in done.stdout
        assert "SANDBOX: no landlock on this machine" in done.stderr
        assert log(course)[-1]["notebooks"][0]["layers"]["landlock"] != ""
    finally:
        config.write_text(text)


def test_one_missing_layer_is_said_and_does_not_stop_the_run(run, course, first):
    config = course.root / "nbgrader_config.py"
    text = config.read_text()
    config.write_text(text + "\nc.JudgedExecute.left_out = ['seccomp']\n")
    try:
        done = run(ASSIGNMENT, "--force", "--student=s01", "--jobs=1")
    finally:
        config.write_text(text)
    assert done.code == grade.DONE
    assert "SANDBOX: no seccomp on this machine" in done.stderr
    assert "UNCONFINED" not in done.stdout


def test_the_codes_in_the_help_are_those_that_the_command_has():
    named = {
        value for name, value in vars(grade).items() if name.isupper() and isinstance(value, int)
    }
    explained = re.findall(r"^  (\d+)  ", grade.CODES, re.MULTILINE)
    assert sorted(map(int, explained)) == sorted(named | {2})
    assert len(explained) == len(set(explained))


def test_where_nbgrader_is_not_installed_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "nbgrader", None)
    assert main(["grade", ASSIGNMENT]) == 2
    assert "this command needs nbgrader; install this package" in capsys.readouterr().err
