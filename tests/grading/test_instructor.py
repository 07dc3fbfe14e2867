"""The instructor's chapter: each command in it is run, in order, in a fresh course."""

import contextlib
import csv
import dataclasses
import os
import re
import shutil
import signal
import socket
import subprocess
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.classroom.classroom import submission

ROOT = Path(__file__).parents[2]
CHAPTER = (ROOT / "book" / "instructors.md").read_text(encoding="utf-8")
# `scripts/chapter.py` runs them with the package installed from its wheel, and as another user.
PROGRAMS = os.environ.get("CHAPTER_PROGRAMS") or sysconfig.get_path("scripts")
USER = os.environ.get("CHAPTER_USER")
PS = "ps1_windows"
CLASS = {"s01": "s01-loops", "s02": "s04-zeros", "s03": "s02-windows"}
UNANSWERED = "s03"  # has left out the question that a person reads, so its score is final
LMS = (
    "Student,ID,SIS Login ID,Section,Problem set 1 (4711),Final\n"
    "    Points Possible,,,,12,\n"
    "A,1,s01,x,,7\nB,2,s02,x,3,7\nC,3,s03,x,,7\nD,4,s04,x,5,7\n"
)

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


BLOCK = re.compile(
    r"^```\{code-block\} (?:console\n(?!:caption)(?P<lines>.*?)"  # test_exchange.py has the others
    r"|python\n:caption: (?P<file>[^/]\S+)\n(?P<text>.*?))^```$",
    re.DOTALL | re.MULTILINE,
)


def steps() -> list[tuple[str, str]]:
    """The chapter in order: a command, with "", or a file, with its text."""
    found = []
    for block in BLOCK.finditer(CHAPTER):
        if block["file"]:
            found.append((block["file"], block["text"]))
            continue
        lines = re.sub(r"\\\n *", "", block["lines"]).splitlines()
        assert all(line.startswith("$ ") for line in lines), "a console block holds commands alone"
        found += [(line.removeprefix("$ "), "") for line in lines]
    return found


def commands() -> list[str]:
    """The commands of the chapter, in order."""
    return [command for command, text in steps() if not text]


def script(port: int) -> str:
    """A program that runs them and stops at the first that fails unexpectedly."""
    lines = ["set -eu"]
    for command, text in steps():
        if text:
            lines.append(f"mkdir -p $(dirname {command})\ncat > {command} <<'END'\n{text}END")
            continue
        command, _, code = command.partition("  # exit code ")
        command = command.replace("8786", str(port))
        lines.append(f"echo '$' {command.split()[0]}")
        if code:
            lines.append(f"{command} || [ $? -eq {code.split()[0]} ]")
        else:
            lines.append(command)
    return "\n".join(lines)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder of the course after all commands, and what they printed."""
    home, course = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("course")
    (home / "Downloads").mkdir()
    (home / "Downloads" / "lms-grades.csv").write_text(LMS)
    released = ROOT / "exercises" / PS / f"{PS}.ipynb"
    with zipfile.ZipFile(home / "Downloads" / "submissions.zip", "w") as archive:
        for student, like in CLASS.items():
            name = f"{student}_20260930T120000Z_{PS}.ipynb"
            work = submission(PS, like)
            if student == UNANSWERED:
                cells = {
                    name: cell for name, cell in work.cells.items() if name != "max_above_mean"
                }
                work = dataclasses.replace(work, cells=cells)
            archive.writestr(name, work.file(released))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = os.pathsep.join([PROGRAMS, os.environ["PATH"]])
    if USER:
        tmp_path_factory.getbasetemp().chmod(0o755)  # pytest lets nobody else through
    for folder in (home, course) if USER else ():
        for each in (folder, *folder.rglob("*")):
            shutil.chown(each, USER)
    printed = course / "printed.txt"
    with printed.open("w") as file:
        process = subprocess.Popen(
            ["bash", "-c", script(port)],
            cwd=course,
            env=os.environ | {"HOME": str(home), "PATH": path},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **({"user": USER, "group": USER, "extra_groups": []} if USER else {}),
        )
        try:
            code = process.wait(timeout=1200)
        finally:
            with contextlib.suppress(ProcessLookupError):  # it stopped before there were any
                os.killpg(process.pid, signal.SIGKILL)  # the scheduler and the workers
    assert code == 0, printed.read_text()[-3000:]
    return course / "my-course", printed.read_text()


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_chapter_shows_each_step():
    programs = " ".join(commands())
    for step in (
        "new-course",
        "generate_assignment",
        "pooledu collect",
        "pooledu grade ",
        "pooledu feedback",
        "--force",
        "nbgrader export",
        "--device cuda",
        "pooledu report",
        "pooledu similar",
        "pooledu certify",
        "--scheduler",
    ):
        assert step in programs


def test_all_commands_of_the_chapter_succeed(done):
    course, printed = done
    assert printed.count("\n$ ") + printed.startswith("$ ") >= len(commands())
    assert "3 graded now." in printed
    assert "Traceback" not in printed
    for student in CLASS:
        assert (course / "feedback" / student / PS / f"{PS}.html").exists()


def test_the_file_for_the_lms_is_its_own_with_the_scores_filled_in(done):
    course, _ = done
    before = list(csv.DictReader(LMS.splitlines()))
    after = table(course / "upload.csv")
    assert list(after[0]) == list(before[0])
    column = "Problem set 1 (4711)"
    for old, new in zip(before, after, strict=True):
        assert {k: v for k, v in new.items() if k != column} == {
            k: v for k, v in old.items() if k != column
        }
    filled = {row["SIS Login ID"]: row[column] for row in after}
    assert filled[""] == "12"  # the row of the maxima
    assert filled["s04"] == "EX"  # who is excused
    assert (filled["s01"], filled["s02"]) == ("", "3")  # an answer of theirs waits to be read
    (row,) = [
        row
        for row in table(course / "grades.csv")
        if (row["student_id"], row["assignment"]) == ("s03", PS)
    ]
    assert float(filled["s03"]) == float(row["score"]) > 0


def test_without_a_template_the_file_has_a_row_for_each_student_and_a_column_for_each_set(done):
    course, _ = done
    rows = table(course / "scores.csv")
    assert list(rows[0]) == ["student_id", "ps4_backward", PS]
    assert [row["student_id"] for row in rows] == ["s01", "s02", "s03", "s04"]
    assert [bool(row[PS]) for row in rows] == [False, False, True, False]
    assert {row["ps4_backward"] for row in rows} == {""}
