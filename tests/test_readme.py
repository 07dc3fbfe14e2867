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


WAYS = {
    "`nbgrader autograde`": "stock nbgrader autograde",
    "`pooledu grade --jobs 1`": "pooledu grade --jobs 1",
    "`pooledu grade --jobs 2`": "pooledu grade --jobs 2",
    "two jobs, every cell": "the same, every cell",
}


@pytest.mark.parametrize("first", WAYS)
def test_the_seconds_of_grading_are_the_measured_ones(first):
    rows = [row for row in results("grading.json")["rows"] if row["way"] == WAYS[first]]
    assert quoted(first) == [f"{row[kind]:.2f}" for row in rows for kind in ("steady", "all")]


def test_what_is_said_to_be_faster_is_the_measured_one():
    rows = results("cpu.json")["rows"]
    (scipy,) = [
        row["ratio"]
        for row in rows
        if (row["way"], row["operation"], row["case"]) == ("scipy.ndimage", "average", "D")
    ]
    assert f"SciPy's running mean ({scipy:.2f};" in TEXT


def slowest(way: str, own: str, dtype: str) -> float:
    """The largest ratio of a way to PyTorch, where that takes a millisecond or more."""
    rows = results("operations.json")["rows"]
    key = lambda row: (row["operation"], row["size"], row["dtype"])  # noqa: E731
    long = {key(row) for row in rows if row["way"] == own and row["milliseconds"] >= 1}
    own_dtype = [row for row in rows if row["way"] == way and row["dtype"] == dtype]
    return max(row["ratio"] for row in own_dtype if key(row) in long)


def test_the_worst_ratios_that_are_said_are_the_measured_ones():
    words = " ".join(TEXT.split())
    forward = slowest("torch", "torch's own", "float32")
    back = slowest("torch, and back", "torch's own, and back", "float32")
    integers = slowest("torch", "torch's own", "int64")
    assert f"take {forward:.1f} times as long on tensors and {back:.1f} times forward" in words
    assert f"means of int64 {integers:.1f} times" in words
    assert results("operations.json")["date"] in TEXT


@pytest.mark.parametrize(("name", "command"), [("cpu", "bench"), ("grading", "bench-grade")])
def test_the_day_of_the_measurement_is_said(name, command):
    assert f"{results(f'{name}.json')['date']} (`make {command}`)" in TEXT
