"""The table of attacks, run by the real commands, with two honest students behind in the alphabet.

`make test` takes some rows of each kind, `make whole` takes all.

What must hold is the same for all rows: nothing is gained, honest students keep their marks and
get their pages, whoever is graded has a page, no page acts or is large, no control character
reaches the terminal, and no trusted process grows beyond twice what it needs without attacks.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

import psutil
import pytest

from pooledu.grading.sandbox.system import remove
from tests.grading import further_attacks, more_attacks  # noqa: F401  (they add their rows)
from tests.grading.course import ASSIGNMENT, Course, make_course
from tests.grading.table import OF_CONTENT, ROWS
from tests.grading.test_attacks import NOBODY, python_for_others
from tests.grading.test_sanitising import Seen
from tests.sampling import some_of_each_kind

pytestmark = pytest.mark.slow
HONEST = ("z1-honest", "z2-honest")
FULL = 10.0  # of what is judged
MEGABYTE = 1 << 20
SECONDS = 50  # of which 40 to run
CONFIG = f"""
c.JudgedExecute.cell_seconds = 5
c.TimeBudget.seconds = {SECONDS}
c.JudgedExecute.memory_megabytes = 512
c.JudgedExecute.submitted_files = {{}}  # all, as in a course of one's own
"""
COMMANDS = (
    ["pooledu", "grade", ASSIGNMENT, "--jobs", "2"],
    ["pooledu", "feedback", ASSIGNMENT, "--jobs", "2"],
    ["nbgrader", "generate_feedback", ASSIGNMENT, "--force", "--student", HONEST[0]],
    ["pooledu", "grades", ASSIGNMENT, "--rows", "1000"],
    ["pooledu", "grade", ASSIGNMENT, "--student", HONEST[1], "--force"],
    ["pooledu", "report", ASSIGNMENT],
    ["pooledu", "similar", ASSIGNMENT],
    ["pooledu", "roster"],
    ["nbgrader", "export"],
)
MAIN = "import sys; from pooledu.cli import main; sys.exit(main(sys.argv[1:]))"
TRIED = some_of_each_kind(ROWS, 5)
OF_RIGHTS = [name for name in TRIED if name[:2] in ("05", "06") and name not in OF_CONTENT]


@dataclass
class Outcome:
    """A class after the commands, what they printed, and how large their processes grew."""

    course: Course
    printed: dict[str, bytes] = field(default_factory=dict)
    megabytes: Counter[str] = field(default_factory=Counter)

    def page(self, student: str) -> str:
        """A student's page, or "" where there is none."""
        path = self.course.root / f"feedback/{student}/{ASSIGNMENT}/{ASSIGNMENT}.html"
        return path.read_text() if path.exists() else ""


def student(name: str) -> str:
    """The id under which a row is handed in, which a line of the table has room for."""
    return "a" + re.sub(r"[^\w-]+", "-", name)[:56]


def run(course: Course, commands=COMMANDS, codes=(0,)) -> Outcome:
    """Run commands in a course's folder."""
    outcome = Outcome(course)
    for command in commands:
        program = os.path.join(os.path.dirname(sys.executable), command[0])
        process = subprocess.Popen(
            [program, *command[1:]],
            cwd=course.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        watch = threading.Thread(target=watch_memory, args=(process, outcome.megabytes))
        watch.start()
        printed, _ = process.communicate(timeout=900)
        watch.join()
        assert process.returncode in codes, printed[-3000:].decode()
        outcome.printed[" ".join(command)] = printed
    return outcome


def watch_memory(process: subprocess.Popen, megabytes: Counter[str]) -> None:
    """Note the largest size of a command's own process, and of each that helps it."""
    own = psutil.Process(process.pid)
    while process.poll() is None:
        with suppress(psutil.Error):
            for each in (own, *own.children(recursive=True)):
                with suppress(psutil.Error):
                    kind = "own" if each == own else "helping"
                    if "pooledu.grading.warm" not in each.cmdline():  # nor a student's, its fork
                        size = each.memory_info().rss // MEGABYTE
                        megabytes[kind] = max(megabytes[kind], size)
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)


def hand_in(course: Course, names) -> None:
    """Hand in rows of the table, and the honest behind them."""
    for name in names:
        ROWS[name](course, student(name))
    for each in HONEST:
        course.hand_in(each, course.solved())


@pytest.fixture(scope="module")
def courses(tmp_path_factory):
    """Courses that are all released alike: call it with the rows that are handed in."""
    first = make_course(tmp_path_factory.mktemp("released"), CONFIG)
    made = []

    def copy(names) -> Course:
        root = tmp_path_factory.mktemp("attacks") / "course"
        shutil.copytree(first.root, root)
        made.append(root)
        hand_in(Course(root), names)
        return Course(root)

    yield copy
    for root in made:
        remove(str(root))
        assert not root.exists()


@pytest.fixture(scope="module")
def undisturbed(courses) -> Outcome:
    """The class without attacks."""
    return run(courses([]), COMMANDS[:1])


@pytest.fixture(scope="module")
def attacked(courses) -> Outcome:
    """The class with all of them that are tried."""
    return run(courses(TRIED))


def test_each_kind_has_ten_rows():
    assert min(Counter(name[:2] for name in ROWS).values()) >= 10
    assert len({name[:2] for name in ROWS}) == 13
    assert len({student(name) for name in ROWS}) == len(ROWS)


@pytest.mark.parametrize("name", HONEST)
def test_honest_students_keep_their_marks_and_get_their_pages(attacked, name):
    assert sum(attacked.course.marks(name).values()) == FULL
    assert "Passed" in attacked.page(name)


@pytest.mark.parametrize("name", TRIED)
def test_an_attack_gains_nothing_and_its_page_is_small_and_does_nothing(attacked, name):
    who = student(name)
    html = attacked.page(who)
    if not (attacked.course.root / "autograded" / who).exists():
        assert who.encode() in attacked.printed[f"pooledu grades {ASSIGNMENT} --rows 1000"]
        assert not html
        return
    assert sum(attacked.course.marks(who).values()) == 0
    assert 0 < len(html.encode()) <= 2 * MEGABYTE
    honest, seen = Seen(attacked.page(HONEST[0])), Seen(html)
    acting = "script|iframe|form|object|base|embed|src|href| on"
    assert not [each for each in seen.found if re.search(acting, each)]
    drawn = {"svg style", "div aria-label"}  # of a verdict
    assert set(seen.found) <= {*honest.found, *drawn}
    assert html.count('<p class="total">') == 1


def test_no_control_character_and_no_traceback_reaches_the_terminal(attacked):
    for command, printed in attacked.printed.items():
        printed = re.sub(rb"\x1b\[[0-9;]*m", b"", printed)  # colours of our own
        assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]", printed), command
        assert b"Traceback" not in printed, command
        assert b"tell your instructor" not in printed, command
        assert len(printed) < 1500 * len(TRIED), command


def test_no_submission_runs_longer_than_its_budget(attacked):
    for line in (attacked.course.root / ".pooledu-grading.jsonl").read_text().splitlines():
        ran = json.loads(line)
        assert sum(each["seconds"] for each in ran["notebooks"]) <= SECONDS, ran["student"]
        assert not any(each["failures"] for each in ran["notebooks"]), ran["student"]


def test_no_trusted_process_needs_more_than_twice_its_memory(attacked, undisturbed):
    largest = max(undisturbed.megabytes.values())
    for kind, size in attacked.megabytes.items():
        assert size <= 2 * largest, kind


def test_what_the_commands_write_is_small(attacked):
    for path in (attacked.course.root / "reports").iterdir():
        assert path.stat().st_size <= 2 * MEGABYTE
        assert not re.search(r"(?m)^[=+@]|,[=+@]", path.read_text()) or path.suffix != ".csv"


def test_plain_nbgrader_grades_the_honest_whatever_files_and_names_are_there(courses):
    some = some_of_each_kind(OF_RIGHTS, 4)  # it grades one after the other
    course = courses(some)
    odd = ("*", "[bold]s", "s[1]", "line\nend", "\x1b[2Jx", os.fsdecode(b"\xff"))
    for name in odd:
        course.hand_in(name, course.released())
    outcome = run(course, [["nbgrader", "autograde", ASSIGNMENT]], codes=(0, 1))
    (printed,) = outcome.printed.values()
    assert not re.search(rb"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]|\x1b\[2J", printed)
    for each in HONEST:
        assert sum(course.marks(each).values()) == FULL
    graded = {path.name for path in (course.root / "autograded").iterdir()}
    assert not graded & set(odd)
    for name in some:
        if student(name) in graded:
            assert sum(course.marks(student(name)).values()) == 0


def test_files_of_all_kinds_cost_nobody_else_anything_as_an_ordinary_user(courses, tmp_path):
    python = python_for_others(tmp_path)
    if isinstance(python, str):
        pytest.skip(python)
    course = courses(OF_RIGHTS)
    for folder in (*course.root.parents[:3], tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", course.root], check=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(course.root)}
    done = subprocess.run(
        [python, "-c", MAIN, "grade", ASSIGNMENT, "--jobs", "2"],
        cwd=course.root,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        env=environment,
        capture_output=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for each in HONEST:
        assert sum(course.marks(each).values()) == FULL
    for name in OF_RIGHTS:
        if (course.root / "autograded" / student(name)).exists():
            assert sum(course.marks(student(name)).values()) == 0
