"""What a problem set says that its parts are worth is what nbgrader counts."""

import re
from pathlib import Path

import nbformat
import pytest

SOLUTIONS = Path(__file__).parents[2] / "solutions"
SETS = sorted(path.name for path in SOLUTIONS.iterdir() if path.is_dir())


@pytest.mark.parametrize("problem_set", SETS)
def test_the_points_in_the_table_are_the_points_of_the_cells(problem_set):
    cells = nbformat.read(SOLUTIONS / problem_set / f"{problem_set}.ipynb", as_version=4).cells
    rows = re.findall(r"^\| (.+) \| (\d+) \|$", cells[0].source, re.MULTILINE)
    flags = [cell.metadata.get("nbgrader", {}) for cell in cells]
    points = {each["grade_id"]: each["points"] for each in flags if each.get("grade")}
    assert sum(int(worth) for _, worth in rows) == sum(points.values())
    named = {part.strip("`"): int(worth) for part, worth in rows if part.startswith("`")}
    assert named == {name: points[name] for name in named}
