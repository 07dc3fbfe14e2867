"""Grading with nbgrader's own commands: hostile and broken submissions cost themselves alone."""

import json
import os
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from pooledu.grading.intake.cells import Released, restored
from pooledu.grading.intake.reading import UnreadableError, read_submission, safe_markdown
from pooledu.grading.judge.secret import course_secret
from tests.grading.course import Course, make_course

# nbformat and SQLAlchemy warn by the dozen.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
FULL = {"output_size": 3, "pooled_size": 1, "pooled_shape": 1, "max_pool2d": 3, "avg_pool2d": 2}


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("released"))


@pytest.fixture
def course(released, tmp_path):
    shutil.copytree(released.root, tmp_path / "course")
    return Course(tmp_path / "course")


def automatic(marks: dict[str, float]) -> dict[str, float]:
    return {name: mark for name, mark in marks.items() if name in FULL}


def cell_of(notebook: nbformat.NotebookNode, grade_id: str) -> nbformat.NotebookNode:
    (found,) = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    ]
    return found


def index_of(notebook: nbformat.NotebookNode, grade_id: str) -> int:
    return notebook.cells.index(cell_of(notebook, grade_id))


def test_right_wrong_and_blank_submissions_get_what_they_deserve(course):
    course.hand_in("right", course.solved())
    course.hand_in("wrong", course.solved(max_pool2d_code="def max_pool2d(x, k, s=None): return x"))
    course.hand_in("blank", course.released())
    assert course.autograde()
    assert automatic(course.marks("right")) == FULL
    assert automatic(course.marks("wrong")) == FULL | {"max_pool2d": 0, "avg_pool2d": 0}
    assert set(automatic(course.marks("blank")).values()) == {0}


def test_the_feedback_holds_the_diagnosis(course):
    wrong = "def max_pool2d(x, kernel_size, stride=None):\n    return x[::2, ::2].copy()"
    course.hand_in("wrong", course.solved(max_pool2d_code=wrong))
    course.autograde()
    assert "Smallest failing case" in course.feedback("wrong")


def test_two_lines_of_configuration_put_the_judge_into_a_course_of_any_other(tmp_path):
    course = make_course(tmp_path)
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        "c.CourseDirectory.submitted_directory = 'submitted'\n"
        "from pooledu.grading.bridge import configure\n"
        "configure(c)\n"
    )
    forged = "check = lambda *_, **__: 3.0"
    course.hand_in("right", course.solved())
    course.hand_in("forged", course.solved(max_pool2d_code=forged))
    assert course.autograde()
    assert automatic(course.marks("right")) == FULL
    assert course.marks("forged")["max_pool2d"] == 0
    assert "Feedback for right" in course.feedback("right")


def repeat_everything(course):
    notebook = course.solved()
    notebook.cells = notebook.cells + [nbformat.from_dict(dict(c)) for c in notebook.cells]
    return notebook


def repeat_one(course):
    notebook = course.solved()
    at = index_of(notebook, "max_pool2d")
    notebook.cells.insert(at, new_code_cell("2.0", metadata=notebook.cells[at].metadata))
    return notebook


def without_metadata_of_answers(course):
    notebook = course.solved()
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.metadata = {}
    return notebook


def without_grade_cells(course):
    notebook = course.solved()
    notebook.cells = [
        cell for cell in notebook.cells if not cell.metadata.get("nbgrader", {}).get("grade")
    ]
    return notebook


def flipped_flags(course):
    notebook = course.solved()
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            flags = cell.metadata.nbgrader
            flags.update(grade=not flags.grade, solution=not flags.solution, locked=False)
    return notebook


def absurd_metadata(course):
    notebook = course.solved()
    for cell in notebook.cells:
        if name := cell.metadata.get("nbgrader", {}).get("grade_id"):
            cell.metadata["nbgrader"] = {
                "grade_id": name,
                "points": "many",
                "schema_version": 99,
                "task": [],
                "grade": {},
            }
    return notebook


def other_cell_types(course):
    notebook = course.solved()
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell["cell_type"] = "raw"
            cell.pop("outputs", None), cell.pop("execution_count", None)
    return json.dumps(notebook)


def more_points(course):
    notebook = course.solved()
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.nbgrader["points"] = 100
    return notebook


def easier_grade_cells(course):
    notebook = course.solved()
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = "1.0"
    return notebook


def lone_surrogates(course):
    notebook = course.solved()
    text = nbformat.writes(notebook)
    return text.replace("rows = 16", "rows = 16  # \\ud800", 1)


def old_format(course):
    return json.dumps(nbformat.convert(course.solved(), 3))


def foreign_cells(course):
    notebook = json.loads(nbformat.writes(course.solved()))
    notebook["cells"] += [5, None, {"cell_type": "magic"}, {"cell_type": "code", "source": 7}, {}]
    return json.dumps(notebook)


ODD_BUT_READABLE = [
    repeat_everything,
    repeat_one,
    without_metadata_of_answers,
    without_grade_cells,
    flipped_flags,
    absurd_metadata,
    other_cell_types,
    more_points,
    easier_grade_cells,
    lone_surrogates,
    old_format,
    foreign_cells,
]


def test_whatever_is_done_to_the_metadata_right_answers_get_their_points_and_no_more(course):
    for change in ODD_BUT_READABLE:
        course.hand_in(change.__name__, change(course))
    assert course.autograde()
    marks = {
        change.__name__: automatic(course.marks(change.__name__)) for change in ODD_BUT_READABLE
    }
    assert marks == {change.__name__: FULL for change in ODD_BUT_READABLE}


def test_a_cell_of_another_kind_than_was_released_is_that_kind_again_and_its_text_stays_harmless():
    text = Released("why", "markdown", "", False, {"grade_id": "why"})
    code = Released("size", "code", "size = 1", False, {"grade_id": "size"})
    answers = [
        new_code_cell("<script>alert(1)</script>", metadata={"nbgrader": {"grade_id": "why"}}),
        new_markdown_cell("size = 3", metadata={"nbgrader": {"grade_id": "size"}}),
    ]
    found = restored(answers, [text, code])
    assert [(cell.cell_type, cell.source) for cell in found] == [
        ("markdown", "&lt;script>alert(1)&lt;/script>"),
        ("code", "size = 3"),
    ]
    nbformat.validate(new_notebook(cells=found))


UNREADABLE = {
    "empty": b"",
    "cut-off": None,
    "binary": bytes(range(256)) * 100,
    "deep": b"[" * 200_000,
    "a-list": b"[1, 2]",
    "a-number": b"7",
    "no-cells": b"{}",
    "cells-of-another-kind": b'{"cells": 3}',
    "digits": b'{"cells": [' + b"9" * 10_000 + b"]}",
    "very-many-cells": json.dumps({"cells": [{"cell_type": "code"}] * 3000}).encode(),
    "long": json.dumps({"cells": [{"cell_type": "code", "source": "#" * 3_000_000}]}).encode(),
    "huge": b" " * (33 << 20),
    "worksheets": b'{"worksheets": [{"cells": 5}], "nbformat": 3}',
}


def test_what_cannot_be_read_gets_nothing_and_says_why_and_the_others_are_graded(course):
    whole = nbformat.writes(course.solved()).encode()
    for student, content in UNREADABLE.items():
        course.hand_in(student, whole[: len(whole) // 2] if content is None else content)
    course.hand_in("right", course.solved())
    assert course.autograde()
    for student in UNREADABLE:
        assert set(automatic(course.marks(student)).values()) == {0}
        assert "Nothing could be graded" in course.graded(student).cells[0].source
    assert automatic(course.marks("right")) == FULL
    assert "the file is cut off or of another kind" in course.feedback("cut-off")


def test_links_are_not_followed(course, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("another student's work")
    course.hand_in("right", course.solved())
    folder = course.folder("links")
    (folder / "ps1_windows.ipynb").symlink_to(course.folder("right") / "ps1_windows.ipynb")
    (folder / "data.txt").symlink_to(secret)
    (folder / "gradebook.db").symlink_to(course.root / "gradebook.db")
    (folder / "all").symlink_to(tmp_path)
    (folder / "nowhere").symlink_to(tmp_path / "missing")
    os.mkfifo(folder / "pipe")
    assert course.autograde()
    assert set(automatic(course.marks("links")).values()) == {0}
    assert "is a link, not a file" in course.feedback("links")
    copied = course.root / "autograded" / "links"
    content = b"".join(path.read_bytes() for path in copied.rglob("*") if path.is_file())
    assert b"another student's work" not in content
    assert b"SQLite format" not in content
    assert automatic(course.marks("right")) == FULL


def test_a_regrade_keeps_manual_marks_and_an_unchanged_answer_is_not_read_again(course):
    from nbgrader.api import Gradebook

    course.hand_in("s01", course.solved())
    course.autograde()
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("max_pool2d", "ps1_windows", "ps1_windows", "s01")
        grade.manual_score = 1.5
        gradebook.db.commit()
    course.autograde(force=True)
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("max_pool2d", "ps1_windows", "ps1_windows", "s01")
        assert (grade.auto_score, grade.manual_score, grade.score) == (3, 1.5, 1.5)
        assert not grade.needs_manual_grade


def test_markdown_keeps_mathematics_and_plain_tags():
    text = "if $a<b$ and `x < 3`, then <b>bold</b><br> and a <= b"
    assert safe_markdown(text) == text.replace("<b$", "&lt;b$")


def test_the_secret_is_made_once_and_is_the_owner_s_alone(tmp_path):
    path = tmp_path / "secret"
    first = course_secret(path)
    assert len(first) == 32
    assert course_secret(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert course_secret(tmp_path / "other") != first


def test_a_pipe_in_place_of_a_notebook_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.ipynb")
    with pytest.raises(UnreadableError, match="pipe"):
        read_submission(tmp_path / "pipe.ipynb", 10)
