"""The figures that the README quotes are those of the last benchmarks."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
TEXT = (ROOT / "README.md").read_text("utf8")


def results(name: str) -> dict:
    return json.loads((RESULTS / name).read_text("utf8"))


def quoted(first: str) -> list[str]:
    """The cells of the row of a table that begins with these words."""
    (row,) = [line for line in TEXT.splitlines() if line.startswith(f"| {first} |")]
    return [cell.strip() for cell in row.split("|")[2:-1]]


@pytest.mark.parametrize("operation", ["max", "max with indices", "average"])
def test_the_ratios_of_pooling_are_the_measured_ones(operation):
    rows = [
        row
        for row in results("cpu.json")["rows"]
        if row["operation"] == operation and row["way"] == "pooledu NumPy"
    ]
    assert quoted(operation) == [f"{row['ratio']:.2f}" for row in rows]


@pytest.mark.parametrize(
    "way", ["stock nbgrader autograde", "pooledu grade --jobs 1", "pooledu grade --jobs 2"]
)
def test_the_seconds_of_grading_are_the_measured_ones(way):
    rows = [row for row in results("grading.json")["rows"] if row["way"] == way]
    assert quoted(f"`{way.removeprefix('stock ')}`") == [
        f"{row[kind]:.2f}" for row in rows for kind in ("steady", "all")
    ]


@pytest.mark.parametrize("name", ["cpu.json", "grading.json"])
def test_the_day_of_the_measurement_is_said(name):
    assert results(name)["date"] in TEXT
