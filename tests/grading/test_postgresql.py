"""A gradebook in PostgreSQL: the same marks as in a file, also where two people grade at once."""

import os
import shutil
import socket
import subprocess
import tempfile
import warnings
from datetime import datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import create_engine, text

from pooledu.grading.bridge.gradebook import StoppedError, shared
from pooledu.grading.execution.worker import close_all
from pooledu.grading.run import command as grade
from tests.grading.course import ASSIGNMENT, Course, make_course

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
WRONG = "def max_pool2d(x, kernel_size, stride=None): return x"
DUE = datetime(2026, 9, 30, 22)
ANSWER = "max_above_mean"
CLASS = {f"s0{n}": {"max_pool2d_code": WRONG} if n % 3 == 0 else {} for n in range(1, 7)}
OWNER = "postgres"  # Debian's user; the server does not run as root


def programs() -> Path:
    """The folder of the server's programs."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")  # where Debian puts them
    newest = max(versions, key=lambda path: int(path.parts[-3]), default=None)
    found = str(newest) if newest else shutil.which("initdb")
    if found is None:
        message = "no PostgreSQL on this machine, so nothing is graded in one (Debian: postgresql)"
        assert not os.environ.get("CI"), message
        warnings.warn(message, stacklevel=1)
        pytest.skip(message)
    return Path(found).resolve().parent


@pytest.fixture(scope="module")
def server():
    """The address of a server that runs as long as these tests."""
    bin, who = programs(), {"user": OWNER} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, socket.socket() as free:
        if who:
            shutil.chown(folder, OWNER)
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
        free.close()
        options = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT} | who
        data = f"{folder}/data"
        made = [bin / "initdb", "-D", data, "-U", "teacher", "-A", "trust", "-E", "UTF8", "-N"]
        subprocess.run(made, check=True, **options)
        listening = ["-p", port, "-k", folder, "-h", "127.0.0.1", "-F"]
        process = subprocess.Popen([bin / "postgres", "-D", data, *listening], **options)
        address = f"postgresql+psycopg://teacher@127.0.0.1:{port}"
        try:
            ready = [bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", port]
            while subprocess.run(ready, **options).returncode:
                assert process.poll() is None
            yield address
        finally:
            process.terminate()
            process.wait(timeout=60)


def course_in(server: str, name: str, folder: Path) -> Course:
    """A class whose gradebook is a database of the server."""
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"create database {name}"))
    engine.dispose()
    return class_of_six(folder, f"c.CourseDirectory.db_url = {f'{server}/{name}'!r}")


def class_of_six(folder: Path, config: str = "") -> Course:
    course = make_course(folder, config)
    with course.app() as app, Gradebook(app.coursedir.db_url, app.coursedir.course_id) as book:
        book.update_or_create_assignment(ASSIGNMENT, duedate=DUE)
    for student, cells in CLASS.items():
        course.hand_in(student, course.solved(**cells))
    (course.folder("s02") / "timestamp.txt").write_text("2026-10-01 12:00:00 UTC")
    return course


def written(course: Course) -> dict[str, tuple]:
    """What grading has written of each student, read by nbgrader's own models."""
    with course.app() as app:
        url, name = app.coursedir.db_url, app.coursedir.course_id
    with Gradebook(url, name) as book:
        return {
            each.student.id: (
                each.timestamp,
                [notebook.late_submission_penalty for notebook in each.notebooks],
                sorted(map(grade_row, (g for n in each.notebooks for g in n.grades))),
                sorted((c.name, c.auto_comment) for n in each.notebooks for c in n.comments),
            )
            for each in book.assignment_submissions(ASSIGNMENT)
        }


def grade_row(grade) -> tuple:
    return grade.name, repr(grade.auto_score), repr(grade.manual_score), grade.needs_manual_grade


@pytest.fixture(scope="module")
def expected(tmp_path_factory) -> dict[str, tuple]:
    """What is written where the gradebook is a file."""
    course = class_of_six(tmp_path_factory.mktemp("file"))
    assert course.grade() == grade.DONE
    found = written(course)
    close_all()
    assert found.keys() == CLASS.keys()
    assert found["s02"][1] == [pytest.approx(1.2)]
    return found


def test_the_marks_are_those_of_a_gradebook_in_a_file(server, expected, tmp_path):
    course = course_in(server, "marks", tmp_path)
    assert course.grade() == grade.DONE
    assert written(course) == expected
    close_all()


def test_of_two_people_who_grade_a_class_at_once_each_does_a_part(server, expected, tmp_path):
    course = course_in(server, "two", tmp_path)
    command = ["pooledu", "grade", ASSIGNMENT, "--jobs=1", "--log"]
    options = {"cwd": course.root, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    two = [subprocess.Popen([*command, name], text=True, **options) for name in "ab"]
    said = [each.communicate(timeout=600)[0] for each in two]
    assert [each.returncode for each in two] == [grade.DONE, grade.DONE], said
    assert "Traceback" not in "".join(said)
    assert written(course) == expected


def test_marks_that_a_person_gives_during_a_run_are_kept(server, expected, tmp_path):
    course = course_in(server, "during", tmp_path)
    assert course.grade() == grade.DONE
    close_all()
    command = ["pooledu", "grade", ASSIGNMENT, "--jobs=1", "--force"]
    running = subprocess.Popen(command, cwd=course.root, stdout=subprocess.DEVNULL)
    given = {}
    with course.app() as app:
        url, name = app.coursedir.db_url, app.coursedir.course_id
    for round in range(1000):
        for student in CLASS:
            with Gradebook(url, name) as book:
                answer = book.find_grade(ANSWER, ASSIGNMENT, ASSIGNMENT, student)
                answer.manual_score = given[student] = (round % 9) / 4
                answer.needs_manual_grade = False
                book.db.commit()
        if running.poll() is not None:
            break
    assert running.wait() == grade.DONE
    assert round > 0
    for student, (_, _, grades, _) in written(course).items():
        marks = {name: manual for name, _, manual, _ in grades}
        assert marks[ANSWER] == repr(given[student])


def test_a_server_that_is_not_there_is_a_sentence(server, tmp_path, monkeypatch, capsys):
    course = course_in(server, "gone", tmp_path)
    config = course.root / "nbgrader_config.py"
    port = server.rpartition(":")[2]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        config.write_text(config.read_text().replace(port, str(free.getsockname()[1])))
    assert course.grade() == grade.STOPPED
    said = capsys.readouterr().err
    assert "the gradebook cannot be used" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("address", ["postgresql+psycopg2://x/y", "postgresql+pg8000://x/y"])
def test_a_driver_that_is_not_installed_is_a_sentence(address):
    with pytest.raises(StoppedError, match="pooledu\\[grading,postgresql\\]"), shared(address, "c"):
        pass
