"""Fuzzing finds the faults that it once was written for, when they are put back."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.grading.course import REPOSITORY

pytestmark = pytest.mark.slow
JUDGE = "test_the_judge_gives_a_verdict_whatever_was_seen"
FAULTS = {
    "truths were negated": (
        "checks/comparing.py",
        "matches(expected, 0 - actual)",
        "matches(expected, -actual)",
        (f"{JUDGE}[max_pool2d]", "TypeError"),
    ),
    "an array of no bytes was drawn": (
        "checks/showing.py",
        "given.ndim == wanted.ndim and given.size:",
        "given.ndim == wanted.ndim:",
        (f"{JUDGE}[adaptive_avg_pool2d]", "IndexError"),
    ),
    "a pipe was opened as a time": (
        "grading/intake/opening.py",
        "os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK",
        "os.O_RDONLY | os.O_NOFOLLOW",
        ("test_whatever_lies_in_a_submission_is_read_at_once_and_from_there_alone", "SlowError"),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_it_finds_a_fault_that_is_put_back(fault, tmp_path):
    name, right, wrong, (test, error) = FAULTS[fault]
    for folder in ("pooledu", "tests", "exercises", "solutions"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    for each in ("pyproject.toml", "nbgrader_config.py"):
        shutil.copy(REPOSITORY / each, tmp_path)
    path = tmp_path / "pooledu" / name
    text = path.read_text()
    assert text.count(right) == 1
    path.write_text(text.replace(right, wrong))
    command = ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    found = subprocess.run(
        [sys.executable, *command, f"tests/grading/test_fuzz.py::{test}"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "HYPOTHESIS_PROFILE": "found"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1, found.stdout[-3000:]
    assert str(path) in found.stdout or path.name in found.stdout
    assert error in found.stdout
