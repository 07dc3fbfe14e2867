"""nbgrader's exchange between two users of the machine, by the commands of the chapter."""

import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import uuid
import warnings
from pathlib import Path

import pytest

from tests.grading.course import ASSIGNMENT

ROOT = Path(__file__).parents[2]
CHAPTER = (ROOT / "book" / "instructors.md").read_text(encoding="utf-8")
PROGRAMS = os.environ.get("CHAPTER_PROGRAMS") or sysconfig.get_path("scripts")
BLOCK = re.compile(
    r"^```\{code-block\} console\n:caption: (?P<who>[^\n]+)\n(?P<lines>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
FOR_ALL = re.compile(
    r"^```\{code-block\} python\n:caption: /etc/jupyter/\S+\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
SET_UP = """
pooledu new-course . --name "Pooling 2026" --time-zone Europe/Berlin \
    --due "ps1_windows=2026-10-02 00:00"
pooledu roster --add {student}
nbgrader generate_assignment ps1_windows
pooledu dates
"""

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


class User:
    """A user of this machine, who runs commands in a folder that is theirs."""

    def __init__(self, role: str, machine: Path) -> None:
        self.name = f"{role}-{uuid.uuid4().hex[:6]}"
        subprocess.run(["useradd", "--no-create-home", self.name], check=True)
        self.folder, self.machine = machine / role, machine
        self.folder.mkdir(mode=0o700)
        shutil.chown(self.folder, self.name, self.name)

    def run(self, script: str) -> subprocess.CompletedProcess:
        """Run a script as this user."""
        path = os.pathsep.join([PROGRAMS, "/usr/bin", "/bin"])
        whose = {"HOME": str(self.folder), "USER": self.name, "LOGNAME": self.name}
        return subprocess.run(
            ["bash", "-euc", script],
            cwd=self.folder,
            env=whose | {"PATH": path, "JUPYTER_CONFIG_PATH": str(self.machine / "etc")},
            user=self.name,
            group=self.name,
            extra_groups=[],
            capture_output=True,
            text=True,
        )

    def does(self, script: str) -> str:
        """Run a script that must succeed; return what it printed."""
        done = self.run(script)
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        assert "Traceback" not in said
        return said


def missing(message: str) -> None:
    """Skip, and be heard."""
    message = f"NBGRADER'S EXCHANGE WAS NOT TRIED: {message}"
    warnings.warn(message, stacklevel=1)
    pytest.skip(message)


@pytest.fixture
def machine():
    """A folder in which everybody finds their own, the exchange, and what is set for all."""
    if os.geteuid() != 0:
        missing("only root can make two users")
    with tempfile.TemporaryDirectory() as folder:
        machine = Path(folder)
        machine.chmod(0o755)
        (machine / "etc").mkdir()
        (machine / "exchange").mkdir()
        (machine / "exchange").chmod(0o777)
        (text,) = FOR_ALL.findall(CHAPTER)
        text += f"c.Exchange.root = {str(machine / 'exchange')!r}\n"
        (machine / "etc" / "nbgrader_config.py").write_text(text)
        yield machine


@pytest.fixture
def people(machine):
    """A teacher and a student."""
    teacher, student = users = [User(role, machine) for role in ("teacher", "student")]
    try:
        if teacher.run("pooledu --help").returncode:
            missing(f"other users cannot run {PROGRAMS}/pooledu; scripts/chapter.py tries it")
        yield teacher, student
    finally:
        for each in users:
            subprocess.run(["userdel", each.name], check=True)


def blocks() -> list[tuple[str, str]]:
    """The chapter's blocks that say whose they are: who, and what they do."""
    return [
        (block["who"], re.sub(r"^\$ ", "", block["lines"], flags=re.MULTILINE))
        for block in BLOCK.finditer(CHAPTER)
    ]


def test_what_the_teacher_releases_comes_back_solved_and_goes_home_with_its_marks(people):
    teacher, student = people
    teacher.does(SET_UP.format(student=student.name))
    solved = teacher.folder / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    said = ""
    for who, script in blocks():
        if "nbgrader submit" in script:
            fetched = student.folder / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
            fetched.write_bytes(solved.read_bytes())
        said += {"the teacher": teacher, "a student": student}[who].does(script)
    for step in ("Released as", "Fetched as", "Submitted as", "Collecting", "1 graded now"):
        assert step in said
    (page,) = (student.folder / ASSIGNMENT / "feedback").rglob(f"{ASSIGNMENT}.html")
    text = page.read_text(encoding="utf-8")
    assert f"Feedback for {student.name}" in text
    assert re.search(r'class="total">[\d.]+ of 12 points', text)
    assert "handed in late" in text  # the time is the exchange's, and it is past the due date
    inbound = student.machine / "exchange" / "pooling-2026" / "inbound"
    assert student.run(f"ls {inbound}").returncode != 0
    assert student.run(f"ls {teacher.folder}").returncode != 0
