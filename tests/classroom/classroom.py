"""The sample class: small patches of the released notebook, and the download they become.

A student is a TOML file in a folder named after the problem set:

    about = "what is special about this submission"
    handed_in = 2026-09-30T14:02:58Z
    like = "s01-loops"          # cells that are not given here are as there
    earlier = 2026-09-28T09:30:00Z   # the blank notebook was handed in at this time, too
    cut_off = true              # only half of the file arrived

    [deserves]                  # what is not named here is right and gets all its points
    max_pool2d = "starts_from_zero"  # a misconception, "partly" or "nothing"

    [cells]
    max_pool2d-code = "source of the cell with this grade_id"

`class.toml` beside them holds the due date and who has handed in nothing.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import nbformat

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Submission:
    """What one student hands in."""

    student: str
    about: str
    handed_in: datetime
    cells: dict[str, str] = field(default_factory=dict)
    deserves: dict[str, str] = field(default_factory=dict)
    earlier: datetime | None = None
    cut_off: bool = False

    def notebook(self, released: Path) -> nbformat.NotebookNode:
        """The released notebook with this student's cells."""
        notebook = nbformat.read(released, as_version=4)
        ids = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
        for grade_id, source in self.cells.items():
            ids[grade_id].source = source.strip()
        return notebook

    def file(self, released: Path) -> str:
        """The text of the submitted file."""
        text = nbformat.writes(self.notebook(released))
        return text[: len(text) // 2] if self.cut_off else text


def submission(assignment: str, student: str) -> Submission:
    """Read the submission of `student` from its TOML file."""
    patch = tomllib.loads((HERE / assignment / f"{student}.toml").read_text(encoding="utf-8"))
    like = patch.pop("like", None)
    cells = submission(assignment, like).cells if like else {}
    return Submission(student=student, **patch | {"cells": cells | patch.get("cells", {})})


def submissions(assignment: str) -> list[Submission]:
    """All submissions for `assignment`, in the order of the students' ids."""
    files = sorted((HERE / assignment).glob("s*.toml"))
    return [submission(assignment, file.stem) for file in files]


def class_facts(assignment: str) -> dict:
    """The due date, and the ids of those who handed in nothing."""
    return tomllib.loads((HERE / assignment / "class.toml").read_text(encoding="utf-8"))


def download(assignment: str, root: Path) -> Iterator[tuple[str, str]]:
    """Name and content of each file, as a learning management system packs them."""
    released = root / "exercises" / assignment / f"{assignment}.ipynb"
    for each in submissions(assignment):
        if each.earlier:
            blank = Submission(each.student, each.about, each.earlier)
            yield file_name(blank, assignment), blank.file(released)
        yield file_name(each, assignment), each.file(released)


def file_name(each: Submission, assignment: str) -> str:
    """The student, the time and the notebook, in the form that nbgrader_config.py expects."""
    return f"{each.student}_{each.handed_in:%Y%m%dT%H%M%SZ}_{assignment}.ipynb"
