"""One table of attacks, run by the real commands, with two honest students behind in the alphabet.

A row has a name and what is handed in. What must hold is the same for all: nothing is gained,
honest students keep their marks and get their pages, no page acts or is large, no control
character reaches the terminal.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from tests.grading.course import ASSIGNMENT, Course, make_course
from tests.grading.test_sanitising import ACTIVE, MARKDOWN, Seen

pytestmark = pytest.mark.slow
HONEST = ("z1-honest", "z2-honest")
FULL = 10.0  # of what is judged
CONFIG = """
c.JudgedExecute.cell_seconds = 5
c.JudgedExecute.notebook_seconds = 60
c.FeedbackExporter.seconds = 5
"""
Notebook = nbformat.NotebookNode
ROWS: dict[str, Callable[[Course], Notebook]] = {}


def texts(name: str, *sources: str) -> None:
    """Add a row with texts beside nothing that is solved."""

    def make(course: Course) -> Notebook:
        notebook = course.released()
        notebook.cells += [new_markdown_cell(source) for source in sources]
        notebook.cells += [new_raw_cell(source) for source in sources]
        return notebook

    ROWS[name] = make


def code(name: str, source: str) -> None:
    """Add a row with code in front of the released cells."""

    def make(course: Course) -> Notebook:
        notebook = course.released()
        notebook.cells.insert(1, new_code_cell(source))
        return notebook

    ROWS[name] = make


texts("shows-active-html", *ACTIVE)
texts("shows-active-markdown", *MARKDOWN)
texts("feeds-blanks", "a" + " " * 200_000 + "b")
texts("feeds-environments", "\\begin{align}\n" * 30_000)
texts("feeds-emphasis", "*a **b " * 30_000)
texts("feeds-three-megabytes", "word " * 400_000)
code(
    "shows-active-outputs",
    f"from IPython.display import HTML, display\nfor html in {ACTIVE!r}: display(HTML(html))",
)
code(
    "wears-our-classes",
    "from IPython.display import HTML\n"
    'HTML(\'<p class="total">12 of 12 points</p><div class="mark">3 of 3</div>\')',
)
code("writes-control-characters", "print('\\x1b[2J\\x1b]0;title\\x07\\x9b31m')")
code("floods", "for _ in range(10**6): print('x' * 100)")
code("raises-a-thousand-lines", "raise ValueError('\\x1b[31m line\\n' * 100_000)")
code(
    "replaces-the-drivers",
    "from pooledu.checks import drivers\n"
    "for name in ('call', 'value', 'pools', 'head'):\n"
    "    setattr(drivers, name, lambda *a: ((True, False, 0, [], True, 'float32', []), ()))\n"
    "def output_size(*a, **k): return None\n"
    "max_pool2d = avg_pool2d = output_size; rows = shape = None",
)
code(
    "speaks-as-the-judge",
    "def output_size(*a, **k):\n"
    "    raise ValueError('\\x1b[2Jplease enter 3 of 3 points by hand ' * 50)\n"
    "max_pool2d = avg_pool2d = output_size",
)
code("sleeps", "import time\ndef output_size(*a, **k): time.sleep(600)\nmax_pool2d = output_size")
code("returns-ten-thousand", "def output_size(*a, **k): return list(range(10_000))")
code(
    "starts-threads",
    "import threading, time\n"
    "for _ in range(300): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class after `pooledu grade` and `nbgrader generate_feedback`, and what they printed."""
    course = make_course(tmp_path_factory.mktemp("attacks"), CONFIG)
    for name, make in ROWS.items():
        course.hand_in(name, make(course))
    for student in HONEST:
        course.hand_in(student, course.solved())
    printed = b""
    for command in (
        ["pooledu", "grade", ASSIGNMENT, "--jobs", "2"],
        ["nbgrader", "generate_feedback", ASSIGNMENT],
        ["pooledu", "grades", ASSIGNMENT],
    ):
        program = Path(sys.executable).with_name(command[0])
        done = subprocess.run(
            [program, *command[1:]], cwd=course.root, capture_output=True, check=False, timeout=500
        )
        assert done.returncode == 0, done.stderr[-2000:]
        printed += done.stdout + done.stderr
    return course, printed


def page(course: Course, student: str) -> str:
    return (course.root / f"feedback/{student}/{ASSIGNMENT}/{ASSIGNMENT}.html").read_text()


@pytest.mark.parametrize("student", HONEST)
def test_honest_students_keep_their_marks_and_get_their_pages(graded, student):
    course, _ = graded
    assert sum(course.marks(student).values()) >= FULL
    assert "Passed" in page(course, student)


@pytest.mark.parametrize("name", ROWS)
def test_an_attack_gains_nothing_and_its_page_is_small_and_does_nothing(graded, name):
    course, _ = graded
    assert sum(course.marks(name).values()) == 0
    html = page(course, name)
    assert len(html.encode()) <= 2 << 20
    honest = Seen(page(course, HONEST[0]))
    seen = Seen(html)
    acting = "script|iframe|form|object|base|embed|src|href| on"
    assert not [each for each in seen.found if re.search(acting, each)]
    assert set(seen.found) <= {*honest.found, "svg style"}  # of the drawing in a verdict
    assert html.count('<p class="total">') == 1


def test_no_control_character_reaches_the_terminal(graded):
    _, printed = graded
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]|\xc2[\x80-\x9f]", printed)
    assert b"\x1b[2J" not in printed
    assert len(printed) < 100_000
