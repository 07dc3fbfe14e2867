"""Whatever ends a run, the next one completes it: the gradebook is that of an undisturbed run."""

import argparse
import contextlib
import multiprocessing
import os
import pickle
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from pooledu.grading.bridge import gradebook as gradebooks
from pooledu.grading.bridge.gradebook import StoppedError, shared
from pooledu.grading.judge.secret import course_secret, submission_key
from pooledu.grading.run.command import add_command
from pooledu.grading.run.run import Run
from pooledu.grading.run.workers import executor
from tests.grading.course import ASSIGNMENT, REPOSITORY, Course, make_course
from tests.grading.rows import rows

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

KILLS = 30
STOPPED = 5
REMARK = 1_500_000  # characters of an answer, more than the gradebook has bytes
ENDLESS = "while True:\n    pass"
LONG = "def max_pool2d(x, k, s=None): return x\n" + f"# {'a long remark ' * 7}\n" * (REMARK // 100)
CLASS = {"s01": {}, "s02": {"max_pool2d_code": LONG}}
BROKEN = {"s03": b'{"cells": [{"cell_'}


class Recorder(ThreadPoolExecutor):
    """Executes one after the other, and keeps what came of it."""

    def __init__(self) -> None:
        super().__init__(1)
        self.outcomes: dict = {}

    def submit(self, function, /, *arguments, **_):
        future = super().submit(function, *arguments)
        self.outcomes[arguments[2]] = future.result()
        return future


class Replay:
    """Has executed everything already, so that a run is nothing but nbgrader's writing."""

    def __init__(self, outcomes: dict) -> None:
        self.outcomes = outcomes

    def submit(self, _, text, cells, key, *__):
        future: Future = Future()
        future.set_result(pickle.loads(self.outcomes[key]))
        return future


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory) -> Course:
    course = make_course(tmp_path_factory.mktemp("faults") / "course", "")
    course_secret(course.root / ".pooledu-secret")  # the same in every copy
    for student, cells in CLASS.items():
        course.hand_in(student, course.solved(**cells))
    for student, content in BROKEN.items():
        course.hand_in(student, content)
    (course.folder("s02") / "timestamp.txt").write_text("2026-09-30 12:00:00 UTC")
    return course


@pytest.fixture(scope="module")
def undisturbed(handed_in, tmp_path_factory) -> tuple[dict, list, dict, float]:
    """Gradebook, files, executions and seconds of a run that nothing disturbs."""
    course = copied(handed_in, tmp_path_factory.mktemp("undisturbed"))
    with Recorder() as recorder:
        grade(course, recorder)
    outcomes = {key: pickle.dumps(outcome) for key, outcome in recorder.outcomes.items()}
    again = copied(handed_in, tmp_path_factory.mktemp("again"))
    begin = time.monotonic()
    grade(again, Replay(outcomes))
    seconds = time.monotonic() - begin
    assert rows(again) == rows(course)
    return rows(course), files(course), outcomes, seconds


@pytest.fixture(scope="module")
def forks():
    """Where processes come from that have nbgrader loaded and no threads."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pooledu.grading.run.run", "tests.grading.test_faults"])
    return context


@pytest.fixture
def course(handed_in, tmp_path) -> Course:
    return copied(handed_in, tmp_path)


def copied(course: Course, folder: Path) -> Course:
    return Course(Path(shutil.copytree(course.root, folder / "course")))


def files(course: Course) -> list[tuple[str, int]]:
    """The graded files and who may write them."""
    top = course.root / "autograded"
    found = [path for path in top.rglob("*") if path.is_file()]
    return sorted((str(path.relative_to(top)), path.stat().st_mode) for path in found)


def grade(course: Course, workers) -> list[str]:
    """Run over the class; return who was graded."""
    done: list[str] = []
    with course.app() as app, shared(app.coursedir.db_url, app.coursedir.course_id) as book:
        run = Run(app.coursedir, app, workers, on_done=done.append)
        pending = run.pending()
        assert not pending or run.start(pending, book)
    return done


def grade_and_stop(root: Path, outcomes: dict, file_size: int = 0, commits: int = 0) -> None:
    """In a process of its own: grade with a limit for files, or to be killed after a commit."""
    if file_size:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
    if commits:
        _kill_after(commits)
    try:
        grade(Course(root), Replay(outcomes))
    except StoppedError as reason:
        with contextlib.suppress(OSError):
            os.write(1, f"{reason}\n".encode())
        os._exit(STOPPED)


def _kill_after(commits: int) -> None:
    """Kill this process when nbgrader has committed so many times."""
    commit, left = Session.commit, [commits]

    def counted(self):
        commit(self)
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    Session.commit = counted


def completed(course: Course, undisturbed) -> None:
    """Run again; now everything is as if nothing had happened."""
    grade(course, Replay(undisturbed[2]))
    assert rows(course) == undisturbed[0]
    assert files(course) == undisturbed[1]
    assert grade(course, Replay({})) == []


def test_killed_at_any_instant_a_run_is_completed_by_the_next(
    handed_in, undisturbed, forks, tmp_path
):
    _, _, outcomes, seconds = undisturbed
    instants = random.Random(6)
    for number in range(KILLS):
        course = copied(handed_in, tmp_path / str(number))
        process = forks.Process(target=grade_and_stop, args=(course.root, outcomes))
        process.start()
        time.sleep(instants.uniform(0, 1.5 * seconds))
        process.kill()
        process.join()
        completed(course, undisturbed)
        shutil.rmtree(course.root)


@pytest.mark.parametrize("commits", [1, 2, 5, 9, 16])
def test_killed_between_commits_a_run_is_completed_by_the_next(course, undisturbed, forks, commits):
    process = forks.Process(
        target=grade_and_stop, args=(course.root, undisturbed[2]), kwargs={"commits": commits}
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert rows(course)["grades"] != undisturbed[0]["grades"]
    completed(course, undisturbed)


@pytest.mark.parametrize("what", ["files", "gradebook"])
def test_a_full_disk_stops_a_run_with_a_sentence_and_the_next_completes_it(
    course, undisturbed, forks, what
):
    gradebook = (course.root / "gradebook.db").stat().st_size
    assert gradebook < REMARK // 2
    size = REMARK // 2 if what == "files" else gradebook // 2
    process = forks.Process(
        target=grade_and_stop, args=(course.root, undisturbed[2]), kwargs={"file_size": size}
    )
    process.start()
    process.join()
    assert process.exitcode == STOPPED
    assert files(course) != undisturbed[1]
    completed(course, undisturbed)


def test_a_gradebook_that_is_locked_for_a_while_is_waited_for(course, undisturbed):
    book = sqlite3.connect(course.root / "gradebook.db", check_same_thread=False)
    book.execute("begin exclusive")
    threading.Timer(1.0, book.rollback).start()
    grade(course, Replay(undisturbed[2]))
    assert rows(course) == undisturbed[0]


def command(course: Course, *words: str) -> int:
    """Run `pooledu grade` in this process; return its exit code."""
    parser = argparse.ArgumentParser()
    add_command(parser.add_subparsers())
    arguments = parser.parse_args(["grade", ASSIGNMENT, "--jobs", "1", *words])
    with contextlib.chdir(course.root):
        return int(arguments.run(arguments))


def test_a_gradebook_that_stays_locked_is_said_in_a_sentence(
    course, undisturbed, monkeypatch, capsys
):
    monkeypatch.setattr(gradebooks, "LOCK_SECONDS", 0.2)
    with contextlib.closing(sqlite3.connect(course.root / "gradebook.db")) as book:
        book.execute("begin exclusive")
        assert command(course) == STOPPED
    message = capsys.readouterr().err
    assert "another program has locked the gradebook" in message
    assert "Traceback" not in message
    assert not (course.root / "autograded").exists()
    completed(course, undisturbed)


def test_a_student_who_has_handed_in_nothing_is_named(course, capsys):
    assert command(course, "--student", "s99") == 0
    assert "submitted/s99/ps1_windows" in capsys.readouterr().out.replace("\n", "")


def test_killed_workers_lose_nothing(course, undisturbed):
    last = submission_key(course_secret(course.root / ".pooledu-secret"), ASSIGNMENT, "s03")
    with executor(2) as pool:

        class Dying:
            """Two processes that are killed when all work is handed out."""

            def submit(self, *arguments):
                future = pool.submit(*arguments)
                if arguments[3] == last:
                    for process in pool._processes.values():
                        process.kill()
                return future

        grade(course, Dying())
    assert rows(course) == undisturbed[0]


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGKILL])
def test_an_ended_run_leaves_no_process(course, undisturbed, tmp_path, kind):
    course.hand_in("s00", course.solved(output_size_code=ENDLESS))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    program = (  # where tests run in the background, SIGINT is ignored
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from pooledu.cli import main; sys.exit(main())"
    )
    words = ["-c", program, "grade", ASSIGNMENT, "--jobs", "2", "--log", f"{tmp_path}/log"]
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=course.root,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(scratch)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    wait_until(
        lambda: (
            any("pooledu.grading.warm" in each for each in processes(tmp_path))
            or process.poll() is not None
        )
    )
    assert process.poll() is None
    if kind == signal.SIGINT:
        os.killpg(process.pid, kind)  # as a terminal does
    else:
        process.kill()
    message = process.communicate()[1]
    wait_until(lambda: not processes(tmp_path))
    wait_until(lambda: not list(scratch.glob("pooledu-*")))
    assert "Traceback" not in message
    if kind == signal.SIGINT:
        assert process.returncode == 130
        assert "interrupted" in message
    shutil.rmtree(course.root / "submitted" / "s00")
    completed(course, undisturbed)


def processes(folder: Path) -> list[str]:
    """The command lines that name this folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes().replace(b"\0", b" ").decode()
            found += [line] if str(folder) in line else []
    return found


def wait_until(happens) -> None:
    """Wait for what happens soon."""
    end = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.05)
