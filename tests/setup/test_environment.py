"""What a stranger meets first: which Python, which PyTorch, two makes at once, Ctrl-C."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import clean_machine
import environment
import pytest

from tests.interrupting import interruptible

ROOT = Path(__file__).parents[2]
FIND = ROOT / "scripts" / "find-python"
ALONE = ROOT / "scripts" / "alone.py"


def find(*words, path=os.environ["PATH"]):
    """Run find-python with a PATH of its own."""
    environ = {**os.environ, "PATH": str(path)}
    bash = shutil.which("bash")
    return subprocess.run(
        [bash, FIND, *words], env=environ, capture_output=True, text=True, check=False
    )


def program(folder, name, says):
    """A program of that name that prints something; as a Python it is too old."""
    file = folder / name
    file.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "{says}" && exit 0\nexit 1\n')
    file.chmod(0o755)
    return file


def make(*words, **variables):
    """Run make in the repository; what it would install is not installed."""
    return subprocess.run(
        ["make", *words],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_python_that_fits_is_found():
    found = find("", "course")
    assert found.returncode == 0, found.stderr
    assert Path(found.stdout.strip()).exists()


@pytest.mark.parametrize("target", ["course", "test", "quick", "try"])
def test_a_python_that_is_not_there_gets_a_sentence_that_names_the_target(target):
    found = make(target, "PYTHON=python3.19")
    assert found.returncode
    assert "There is no program python3.19 here." in found.stderr
    assert f"make {target} PYTHON=" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(
    ("book", "tests", "marks", "works"),
    [
        ("true", "echo PYTEST", "book or not book", True),
        ("false", "echo PYTEST", "not book", False),
        ("true", "false", "", False),
    ],
)
def test_make_test_fails_by_the_book_or_the_tests_and_runs_all_that_can_run(
    book, tests, marks, works
):
    words = ("-o", "environment-test", "test", f"build={book}", f"pytest={tests}")
    found = make(*words)
    assert (found.returncode == 0) == works
    assert not marks or f"PYTEST -m {marks}\n" in found.stdout
    assert ("The book could not be built" in found.stdout) == (book == "false")


@pytest.mark.parametrize("broken", ["ruff check", "ruff format", "mypy"])
def test_make_lint_runs_all_its_parts_and_fails_if_one_does(tmp_path, broken):
    for name in ("ruff", "mypy"):
        file = tmp_path / name
        file.write_text(f'#!/bin/sh\necho "RAN {name} $*"\n'
                        f'case "{name} $1" in "{broken}"*) exit 1;; esac\n')  # fmt: skip
        file.chmod(0o755)
    found = make("-o", "environment-test", "lint", f"BIN={tmp_path}")
    assert found.returncode
    assert found.stdout.count("RAN") == 3


def test_a_machine_without_python_gets_a_sentence(tmp_path):
    for name in ("dirname", "env"):
        (tmp_path / name).symlink_to(shutil.which(name))
    found = find("", "test", path=tmp_path)
    assert found.returncode == 1
    assert "This needs Python 3.11 or newer, and no Python is installed here." in found.stderr
    assert "make test PYTHON=" in found.stderr


def test_a_python_that_is_too_old_is_named_with_its_version(tmp_path):
    old = program(tmp_path, "python3.9", "Python 3.9.2")
    found = find(str(old), "course")
    assert found.returncode == 1
    assert "is Python 3.9.2" in found.stderr


def test_an_old_python3_is_passed_over_for_a_newer_one_beside_it(tmp_path):
    program(tmp_path, "python3", "Python 3.9.2")
    for name in ("dirname", "env"):
        (tmp_path / name).symlink_to(shutil.which(name))
    (tmp_path / "python3.12").symlink_to(sys.executable)
    found = find("", "course", path=tmp_path)
    assert (found.returncode, found.stdout.strip()) == (0, str(tmp_path / "python3.12"))


def test_a_python_that_does_not_start_is_said_so(tmp_path):
    broken = tmp_path / "python3.12"
    broken.write_text("#!/nowhere\n")
    broken.chmod(0o755)
    found = find(str(broken), "course")
    assert found.returncode == 1
    assert "does not start" in found.stderr


@pytest.mark.parametrize(("gpu", "cuda"), [("1", True), ("0", False), ("yes", True)])
def test_the_build_of_torch_is_as_told(gpu, cuda):
    assert environment.wants_cuda(gpu) is cuda


def installed(monkeypatch, cuda, reached, works=()):
    """The locks that pip is given when torch is installed; those in `works` can be."""
    calls = []

    def pip(words, total=0, quiet=False):
        calls.append(words)
        return any(word.name in works for word in words if isinstance(word, Path))

    monkeypatch.setattr(environment, "pip", pip)
    monkeypatch.setattr(environment, "reaches", lambda *_: reached)
    environment.install_torch(cuda)
    return [
        (word.name, environment.CPU_INDEX in words)
        for words in calls
        for word in words
        if isinstance(word, Path)
    ]


def test_gpu_1_takes_the_build_with_cuda(monkeypatch):
    assert installed(monkeypatch, True, True, ["torch-cuda.lock"]) == [("torch-cuda.lock", False)]


def test_without_a_gpu_the_small_build_comes_from_pytorchs_own_index(monkeypatch):
    found = installed(monkeypatch, False, True, ["torch-cpu.lock"])
    assert found == [("torch-cpu.lock", sys.platform == "linux")]


def test_where_that_index_is_not_reached_pip_is_asked_and_then_the_large_build_is_taken(
    monkeypatch, capsys
):
    found = installed(monkeypatch, False, False, ["torch-cuda.lock"])
    assert found == [("torch-cpu.lock", False), ("torch-cuda.lock", False)]
    assert "3.6 GB more" in capsys.readouterr().out


def test_an_index_that_takes_the_connection_and_is_silent_is_given_up_soon():
    with socket.create_server(("127.0.0.1", 0)) as server:
        began = time.monotonic()
        assert not environment.reaches(f"http://127.0.0.1:{server.getsockname()[1]}/", 0.5)
        assert time.monotonic() - began < 30


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An environment in which the step `course` was installed."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setattr(environment, "HOME", tmp_path)
    monkeypatch.setattr(environment, "PYTHON", tmp_path / "bin" / "python")
    (tmp_path / "ready-course").write_text(environment.wanted("course"), "utf8")
    return tmp_path


def test_what_a_larger_step_installed_is_ready_for_a_smaller_one(home):
    assert [environment.is_ready(step) for step in environment.STEPS] == [True, True, False]


def test_another_lock_or_another_python_is_not_ready(home, monkeypatch):
    monkeypatch.setattr(environment, "wanted", lambda step: "another")
    assert not environment.is_ready("course")
    monkeypatch.undo()


def test_an_environment_whose_python_is_gone_or_another_is_not_ready(home):
    (home / "bin" / "python").unlink()
    assert not environment.is_ready("course")
    program(home / "bin", "python", "Python 3.9.2")
    assert not environment.is_ready("course")


@pytest.fixture
def folder(tmp_path):
    """A folder with the script that lets one command work at a time."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ALONE, tmp_path / "scripts")
    return tmp_path


def alone(folder, *command, **variables):
    """Start a command through the script."""
    return subprocess.Popen(
        [sys.executable, folder / "scripts" / "alone.py", *command],
        env={**os.environ, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=interruptible,
    )


def test_of_two_at_once_the_second_says_who_is_at_work_and_waits(folder):
    program = "import sys; print('begun', flush=True); sys.stdin.read()"
    first = subprocess.Popen(
        [sys.executable, folder / "scripts" / "alone.py", sys.executable, "-c", program],
        env={**os.environ, "MAKE_TARGET": "book"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert first.stdout.readline() == "begun\n"
    second = alone(folder, "echo", "mine")
    said = second.stdout.readline()
    assert "`make book`" in said
    assert "waiting" in said
    assert second.poll() is None
    first.communicate("")
    assert second.communicate(timeout=60)[0] == "mine\n"


def test_ctrl_c_ends_the_waiting_without_a_traceback(folder):
    first = alone(folder, sys.executable, "-c", "print('begun', flush=True); input()")
    assert first.stdout.readline() == "begun\n"
    second = alone(folder, "echo", "mine")
    second.stdout.readline()
    second.send_signal(signal.SIGINT)
    assert second.communicate(timeout=60)[0] == ""
    assert second.returncode == 130
    first.kill()
    first.communicate()


def test_a_command_that_is_alone_already_does_not_wait_for_itself(folder):
    script = str(folder / "scripts" / "alone.py")
    outer = alone(folder, sys.executable, script, "echo", "inner")
    assert outer.communicate(timeout=60)[0] == "inner\n"


def test_a_command_that_is_not_there_gets_a_sentence(folder):
    missing = alone(folder, "no-such-program")
    assert missing.communicate(timeout=60)[0] == "no-such-program is not there.\n"


def row(step, seconds, system="trixie"):
    """What clean_machine.py measures in one step."""
    return {
        "system": system,
        "user": "root",
        "step": step,
        "torch": "cpu",
        "seconds": seconds,
        "download_mb": 9,
        "disk_mb": 8,
    }


def test_what_was_measured_on_a_clean_machine_is_announced(monkeypatch, tmp_path):
    for module, name in ((clean_machine, "RESULTS"), (environment, "MEASURED")):
        monkeypatch.setattr(module, name, tmp_path / "setup.json")
    assert environment.announcement("course", "cpu").endswith("(no GPU) ...")
    clean_machine.record([row("course", 1), row("test", 2)])
    clean_machine.record([row("course", 3), row("course", 4, system="bookworm")])
    assert ": 9 MB to load if nothing is cached, 8 MB on disk, 3 s when it was measured (" in (
        environment.announcement("course", "cpu")
    )
    assert " 2 s when it was" in environment.announcement("test", "cpu")
