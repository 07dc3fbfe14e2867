"""Which marks would change is said before they do, and who judged is written down."""

import json
import shutil
import sqlite3
from contextlib import chdir

import pytest

from pooledu.checks import registry
from pooledu.checks.version import judged_by
from pooledu.cli import main
from pooledu.grading.execution.worker import close_all
from tests.grading.course import ASSIGNMENT, make_course

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def course(tmp_path):
    course = make_course(tmp_path)
    course.hand_in("s01", course.solved())
    course.hand_in("s02", course.solved(pooled_size_code="rows = 15"))
    assert course.grade() == 0
    yield course
    close_all()


def contents(root):
    return {
        path.relative_to(root): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_a_dry_run_lists_exactly_the_marks_that_a_regrade_changes_and_writes_nothing(
    course, capsys
):
    with sqlite3.connect(course.root / "gradebook.db") as book:
        book.execute("update grade set auto_score = 0.5 where auto_score = 3")  # as if less strict
    before = contents(course.root)
    course.hand_in("s03", course.solved())
    shutil.rmtree(course.root / "submitted" / "s03")
    capsys.readouterr()
    with chdir(course.root):
        assert main(["grade", ASSIGNMENT, "--dry-run", "--jobs=2"]) == 0
    said = capsys.readouterr().out.splitlines()
    changed = {tuple(line.split(": ")[:2]) for line in said if "->" in line}
    assert changed == {(s, e) for s in ("s01", "s02") for e in ("output_size", "max_pool2d")}
    assert all("0.5 -> 3" in line for line in said if "->" in line)
    assert f"judged by {judged_by(ASSIGNMENT)}: 2 (which is this one)" in said
    assert "4 marks of 2 submissions would change; nothing was written." in said
    after = contents(course.root)
    assert after == before
    with chdir(course.root):
        assert main(["grade", ASSIGNMENT, "--force", "--jobs=1"]) == 0
        capsys.readouterr()
        assert main(["grade", ASSIGNMENT, "--dry-run", "--jobs=1"]) == 0
    assert "0 marks of 2 submissions would change" in capsys.readouterr().out


def test_the_log_says_which_version_judged_and_another_line_is_another_version(
    course, tmp_path, monkeypatch
):
    lines = (course.root / ".pooledu-grading.jsonl").read_text().splitlines()
    assert {json.loads(line)["judged_by"] for line in lines} == {judged_by(ASSIGNMENT)}
    monkeypatch.setattr(registry, "_REGISTERED", dict(registry._REGISTERED))
    folder = tmp_path / "checks" / "week77"
    folder.mkdir(parents=True)
    module = folder / "mine77.py"
    module.write_text(
        "from pooledu.checks.exercise import question\n"
        "mine77 = question('mine77', asks='?', answer=1, link='')\n"
    )
    registry.load_folder(tmp_path / "checks")
    first, elsewhere = judged_by("week77"), judged_by("exam", frozenset({"mine77", "why"}))
    assert elsewhere != judged_by("exam")
    module.write_text(module.read_text().replace("answer=1", "answer=2"))
    judged_by.cache_clear()
    assert judged_by("week77") != first
    assert judged_by("exam", frozenset({"mine77", "why"})) != elsewhere


def test_a_dry_run_names_what_is_not_judged_since_no_notebook_has_its_name(course, capsys):
    course.hand_in("s03", course.solved())
    folder = course.root / "submitted" / "s03" / ASSIGNMENT
    (folder / f"{ASSIGNMENT}.ipynb").rename(folder / "work.pdf")
    before = contents(course.root)
    with chdir(course.root):
        assert main(["grade", ASSIGNMENT, "--dry-run", "--jobs=1"]) == 0
    said = capsys.readouterr().out
    assert f"s03: not judged: no {ASSIGNMENT}.ipynb and no other notebook, but work.pdf" in said
    assert "0 marks of 2 submissions would change" in said
    assert contents(course.root) == before
