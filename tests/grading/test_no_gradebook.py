"""Whatever keeps the gradebook from being opened, whichever command needs it: a sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from pooledu.cli import main

pytestmark = pytest.mark.filterwarnings("ignore")
CONFIG = """
c = get_config()
from pooledu.grading.bridge import configure
configure(c)
c.CourseDirectory.course_id = "pooling"
c.CourseDirectory.db_url = {address!r}
"""
ADDRESSES = {
    "postgresql+psycopg2://x/y": r"pooledu[grading,postgresql]",
    "postgresql+pg8000://x/y": r"pooledu[grading,postgresql]",
    "oracel://x/y": r"pooledu[grading,postgresql]",
    "oracle+oracledb://x/y": r"pooledu[grading,postgresql]",
    "mssql+pymssql://x/y": r"pooledu[grading,postgresql]",
    "gradebook.db": "is no address of a gradebook",
    "sqlite:////nowhere/at/all/gradebook.db": "cannot be used",
    "postgresql+psycopg://teacher@127.0.0.1:1/y": "cannot be used",
}
COMMANDS = [
    ["roster"],
    ["roster", "--add", "s01"],
    ["extend", "s01", "ps1", "3"],
    ["excuse", "s01", "ps1"],
    ["grade", "ps1"],
    ["grades", "ps1"],
    ["report", "ps1"],
    ["similar", "ps1"],
    ["feedback", "ps1"],
]
CHECK = """
import sys
from nbgrader.apps.nbgraderapp import NbGraderApp
NbGraderApp.launch_instance(["db", "student", "list"])
"""


def course_with(address: str, folder: Path) -> Path:
    """Make a course whose gradebook has this address."""
    (folder / "nbgrader_config.py").write_text(CONFIG.format(address=address))
    return folder


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_command_of_ours_ends_in_a_traceback(address, words, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.chdir(course_with(address, tmp_path))
    assert main(words) != 0
    said = "".join(capfd.readouterr())
    assert ADDRESSES[address] in said
    assert "Traceback" not in said


@pytest.mark.parametrize("address", ["postgresql+psycopg2://x/y", "gradebook.db"])
def test_neither_does_one_of_nbgraders_own(address, tmp_path):
    command = [sys.executable, "-W", "ignore", "-c", CHECK]
    done = subprocess.run(
        command, cwd=course_with(address, tmp_path), capture_output=True, text=True
    )
    assert done.returncode != 0
    assert ADDRESSES[address] in done.stderr
    assert "Traceback" not in done.stderr
