"""The benchmarks measure what they say, and refuse to time what is wrong."""

import json
import socket

import numpy as np
import pytest
import torch

from benchmarks import cases, checks, operations, report, timing
from pooledu import check, functional
from pooledu.checks import exercise_names, find


@pytest.fixture(scope="module")
def results():
    return report.measure(rounds=2, small=True)


def test_every_case_and_operation_has_a_row_for_torch_and_for_the_library(results):
    wanted = {(case.name, operation) for case in cases.CASES for operation in cases.OPERATIONS}
    named = ("pooledu NumPy", "pooledu NumPy, channels_last", "torch channels_last")
    for way in (cases.REFERENCE, *named, "copy of the input"):
        assert {(r["case"], r["operation"]) for r in results["rows"] if r["way"] == way} == wanted


def test_the_reference_has_a_ratio_of_one(results):
    assert {r["ratio"] for r in results["rows"] if r["way"] == cases.REFERENCE} == {1.0}


def test_the_file_says_when_and_with_what_but_not_on_which_host(results, tmp_path):
    text = report.write(results, tmp_path).read_text()
    written = json.loads(text)
    assert {"date", "device", "versions", "threads", "rows"} <= set(written)
    assert socket.gethostname() not in text


def test_the_table_shows_every_way(results, capsys):
    report.show(results)
    shown = capsys.readouterr().out
    assert all(row["way"] in shown for row in results["rows"])


def test_a_way_that_gives_something_else_is_not_timed():
    right = np.arange(4.0)
    with pytest.raises(AssertionError, match="slow way does not give what torch NCHW gives"):
        report._check_agreement({cases.REFERENCE: lambda: right, "slow way": lambda: right + 1})


def test_every_round_runs_each_way_once_and_begins_with_another():
    order = []
    ways = {name: lambda name=name: order.append(name) for name in "abc"}
    seconds = timing.interleave(ways, rounds=3)
    assert "".join(order) == "abc" + "abc" + "bca" + "cab"
    assert all(len(times) == 3 for times in seconds.values())


def test_a_ratio_is_the_median_of_the_rounds():
    assert timing.median_ratio([2.0, 9.0, 4.0], [1.0, 1.0, 2.0]) == 2.0


def test_the_peak_counts_what_is_held_at_once():
    peak = timing.peak_bytes(lambda: np.zeros(1_000_000, np.uint8))
    assert 1_000_000 <= peak < 1_100_000


def test_every_exported_operation_is_timed_or_named():
    operations.check_rows(operations.ROWS, functional.__all__)
    assert set(operations.ROWS) <= set(functional.__all__)
    with pytest.raises(AssertionError, match=r"no row in .* for harmonic_pool2d: add one"):
        operations.check_rows(operations.ROWS, [*functional.__all__, "harmonic_pool2d"])


@pytest.mark.parametrize("name", operations.ROWS)
def test_an_operation_is_timed_forward_and_back_beside_torchs_own(name):
    rows = operations.measure(name, rounds=1, small=True)
    found = {row["way"] for row in rows}
    assert found >= {"NumPy", "torch", "torch, and back"}
    assert ("torch's own, and back" in found) == hasattr(torch.nn.functional, name)
    assert all(row["milliseconds"] > 0 for row in rows)


def test_the_results_of_the_operations_have_every_one():
    rows = json.loads(operations.RESULT.read_text("utf8"))["rows"]
    assert {row["operation"] for row in rows} == set(functional.__all__)


@pytest.mark.parametrize("name", [n for n in exercise_names() if not find(n).is_question])
def test_what_is_timed_as_right_passes_and_as_wrong_does_not(name):
    work = checks.written_by_a_student(name)
    assert check(work, name).passed
    assert not check(checks.wrong(work), name).passed


def test_checks_are_timed_right_and_wrong():
    rows = checks.measure(rounds=1, names=["output_size"])["rows"]
    assert [row["check"] for row in rows] == ["output_size, right", "output_size, wrong"]
    assert all(row["milliseconds"] > 0 for row in rows)
