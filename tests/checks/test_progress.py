"""`pooledu progress` reads what saved notebooks show, whatever else lies beside them."""

import json
import os
import shutil
from pathlib import Path

import nbformat
import pytest

from pooledu import check
from pooledu.checks import progress
from pooledu.checks.verdict import VERDICT_TYPE
from pooledu.cli import main
from tests.checks.right import ps1

ROOT = Path(__file__).parents[2]


def saved(folder, name, **work):
    """The released notebook of problem set 1, with verdicts of some work in it."""
    notebook = nbformat.read(ROOT / "exercises" / "ps1_windows" / "ps1_windows.ipynb", 4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in work:
            verdict = check(work[grade_id], grade_id)
            data = {VERDICT_TYPE: verdict.summary(), "text/plain": "1"}
            cell.outputs = [nbformat.v4.new_output("execute_result", data=data)]
    nbformat.write(notebook, folder / name)


def said(capsys, *words):
    code = main(["progress", *map(str, words)])
    both = capsys.readouterr()
    return code, both.out, both.err


def test_points_are_those_of_the_verdicts_and_the_next_task_is_named(tmp_path, capsys):
    saved(tmp_path, "mine.ipynb", output_size=ps1.by_formula, pooled_size=(27, 37))
    code, out, _ = said(capsys, tmp_path)
    assert code == 0
    line = next(line for line in out.splitlines() if line.startswith("ps1_windows"))
    assert " 3 / 10 " in line
    assert "left: pooled_size, pooled_shape and 2 more" in line
    assert "3 / 10 points by checks, and up to 2 for written answers" in out
    assert f"Next: pooled_size, in {tmp_path / 'mine.ipynb'}" in out
    assert "It says: " in out


def test_of_two_copies_the_further_one_counts(tmp_path, capsys):
    saved(tmp_path, "a.ipynb", output_size=ps1.by_formula)
    saved(tmp_path, "b.ipynb")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    saved(tmp_path / ".ipynb_checkpoints", "c.ipynb", **dict.fromkeys(ps1.SOLUTIONS, None))
    assert " 3 / 10 " in said(capsys, tmp_path)[1]


@pytest.mark.parametrize("step", progress.OTHERS)
def test_what_a_class_has_handed_in_is_not_the_readers_own(tmp_path, capsys, step):
    saved(tmp_path, "mine.ipynb")
    theirs = tmp_path / "build" / step / "somebody"
    theirs.mkdir(parents=True)
    saved(theirs, "theirs.ipynb", output_size=ps1.by_formula)
    assert " 0 / 10 " in said(capsys, tmp_path)[1]
    assert " 3 / 10 " in said(capsys, theirs)[1]


def test_a_released_notebook_has_no_points_and_begins_with_its_first_task(tmp_path, capsys):
    saved(tmp_path, "new.ipynb")
    _, out, _ = said(capsys, tmp_path)
    assert " 0 / 10 " in out
    assert f"Next: output_size, in {tmp_path / 'new.ipynb'}\n" in out


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"cells": 3}', '{"cells": [{"metadata": []}]}', '{"cells": [3]}', "\x00",
     '{"cells": [{"metadata": {"nbgrader": {"grade": true}}}]}'],
)  # fmt: skip
def test_what_is_no_notebook_of_a_problem_set_is_passed_over(tmp_path, capsys, content):
    (tmp_path / "odd.ipynb").write_text(content)
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "gone.ipynb").symlink_to("nowhere")
    code, _, err = said(capsys, tmp_path)
    assert code == 2
    assert "no notebook of a problem set lies in" in err
    saved(tmp_path, "mine.ipynb", output_size=ps1.by_formula)
    assert " 3 / 10 " in said(capsys, tmp_path)[1]


@pytest.mark.parametrize("field", ["score", "headline"])
@pytest.mark.parametrize("value", [None, [], "x", float("nan"), 1e300, -5])
def test_a_saved_verdict_that_somebody_has_changed_breaks_nothing(tmp_path, capsys, field, value):
    saved(tmp_path, "mine.ipynb", output_size=ps1.by_formula)
    notebook = json.loads((tmp_path / "mine.ipynb").read_text())
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            output["data"][VERDICT_TYPE][field] = value
    (tmp_path / "mine.ipynb").write_text(json.dumps(notebook))
    saved(tmp_path, "other.ipynb", max_pool2d=ps1.SOLUTIONS["max_pool2d"][0])
    code, out, _ = said(capsys, tmp_path)
    assert code == 0
    assert "points by checks" in out


@pytest.mark.parametrize(
    "points", [float("nan"), float("inf"), -1, 10**400, "5", None, [], 1e308], ids=str
)
def test_points_that_somebody_has_changed_break_nothing(tmp_path, capsys, points):
    saved(tmp_path, "mine.ipynb", output_size=ps1.by_formula)
    text = json.loads((tmp_path / "mine.ipynb").read_text("utf8"))
    for cell in text["cells"]:
        if "points" in cell["metadata"].get("nbgrader", {}):
            cell["metadata"]["nbgrader"]["points"] = points
    (tmp_path / "mine.ipynb").write_text(json.dumps(text), "utf8")
    assert said(capsys, tmp_path)[0] in (0, 2)


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize("place", ["the whole", "cells", "metadata", "outputs"])
def test_a_file_of_any_depth_breaks_nothing(tmp_path, capsys, place):
    cell = '{"metadata": {"nbgrader": {"grade": true, "grade_id": "output_size"}}, "outputs": []}'
    texts = {
        "the whole": DEEP,
        "cells": f'{{"cells": {DEEP}}}',
        "metadata": f'{{"cells": [{{"metadata": {DEEP}}}]}}',
        "outputs": f'{{"cells": [{cell.replace("[]", DEEP)}]}}',
    }
    (tmp_path / "odd.ipynb").write_text(texts[place], "utf8")
    saved(tmp_path, "mine.ipynb")
    code, out, _ = said(capsys, tmp_path)
    assert code == 0
    assert "ps1_windows" in out


def test_what_is_no_file_is_passed_over(tmp_path, capsys):
    os.mkfifo(tmp_path / "waits.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "gone.ipynb").symlink_to(tmp_path / "nowhere")
    saved(tmp_path, "mine.ipynb")
    assert said(capsys, tmp_path)[0] == 0


def test_what_a_verdict_says_cannot_write_into_the_terminal(tmp_path, capsys):
    saved(tmp_path, "mine.ipynb", output_size=ps1.by_formula)
    text = (tmp_path / "mine.ipynb").read_text("utf8")
    found = json.loads(text)
    for cell in found["cells"]:
        for output in cell.get("outputs", []):
            odd = {"score": 0.5, "headline": "\x1b[2J\nnext\r" + 3000 * "x"}
            output["data"] = {VERDICT_TYPE: odd}
    (tmp_path / "mine.ipynb").write_text(json.dumps(found), "utf8")
    _, out, _ = said(capsys, tmp_path)
    assert "next" in out
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) < 300


def test_the_released_sets_of_the_course_are_read(tmp_path, capsys):
    shutil.copytree(ROOT / "exercises", tmp_path / "exercises")
    _, out, _ = said(capsys, tmp_path)
    assert [line.split()[0] for line in out.splitlines() if line.startswith("ps")] == sorted(
        path.name for path in (ROOT / "exercises").iterdir() if path.name.startswith("ps")
    )


def test_a_file_in_place_of_a_folder_is_called_a_file(capsys, tmp_path):
    (tmp_path / "a.ipynb").write_text("{}")
    code, _, err = said(capsys, str(tmp_path / "a.ipynb"))
    assert code == 2
    assert err.endswith("is a file; name the folder in which you work.\n")


def test_a_folder_that_is_not_there_gets_a_sentence(capsys):
    code, _, err = said(capsys, "no-such-folder")
    assert (code, err) == (2, "pooledu progress: there is no folder no-such-folder.\n")


def test_nothing_is_left_to_do_where_all_passes():
    task = progress.Task("output_size", 3, 3, True, "right")
    works = [progress.Work("ps1_windows", "x.ipynb", (task,), 0)]
    assert "All that is here passes" in list(progress.table(works))[-1]
