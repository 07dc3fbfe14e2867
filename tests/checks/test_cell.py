"""A cell and its check without a notebook: what a page of the book shows of them."""

import json

import pytest

from pooledu import check
from pooledu.checks import cell, find
from pooledu.checks.cell import GradeCell, answer, answer_lost, check_cell, run_cell
from tests.book.cells import RIGHT, WORK, WRONG

GRADE = GradeCell("max_pool2d", "max_pool2d", 3)


def function(code):
    namespace = {}
    exec(f"import numpy as np\n{code}", namespace)
    return namespace["max_pool2d"]


@pytest.mark.parametrize("code", [RIGHT, WRONG])
def test_the_verdict_is_the_one_of_a_notebook(code):
    shown = check_cell(code, GRADE)["verdict"]
    verdict = check(function(code)).out_of(3)
    assert shown["html"] == verdict.html
    assert shown["text"] == verdict.message
    assert (shown["reached"], shown["points"]) == (verdict.reached, 3)
    assert shown["misconception"] == verdict.misconception


def test_what_a_cell_prints_is_shown_and_what_its_function_prints_belongs_to_the_verdict():
    code = "print('once')\n" + WRONG.replace("    stride =", "    print('often')\n    stride =", 1)
    shown = check_cell(code, GRADE)
    assert shown["printed"] == "once\n"
    assert "often" in shown["verdict"]["text"]


@pytest.mark.parametrize(
    ("code", "line", "column", "says"),
    [
        ("x = 1\ny = (", 2, 5, "SyntaxError"),
        ("def f():\n  a\n b", 3, 3, "IndentationError"),
        ("x = 1\n\nx + 'one'", 3, 1, "TypeError: unsupported"),
        ("def f():\n    return 1 / 0\nf()", 2, 12, "ZeroDivisionError: division by zero"),
        ("import nowhere", 1, 1, "ModuleNotFoundError: No module named 'nowhere'"),
        ("raise SystemExit", 1, 1, "SystemExit"),
        ("input()", 1, 1, "NobodyAnswersError"),
        ("x = 'a\x00b'", 0, 0, "null bytes"),
    ],
)
def test_code_that_does_not_run_is_told_with_line_and_column(code, line, column, says):
    fault = check_cell(code, GRADE)["fault"]
    assert says in fault["text"]
    assert (fault["line"], fault["column"]) == (line, column)
    assert "pooledu" not in fault["text"]


def test_a_cell_that_never_ends_is_stopped():
    fault = check_cell("x = 1\nwhile True:\n    x += 1", GRADE, time_limit=0.2)["fault"]
    assert "did not finish in time" in fault["text"]


def test_a_name_that_is_gone_or_no_function_is_asked_for():
    assert "`max_pool2d`" in check_cell("x = 1", GRADE)["fault"]["text"]
    assert "no function" in check_cell("max_pool2d = 1", GRADE)["fault"]["text"]


def test_a_cell_that_is_not_written_yet_is_checked():
    starter = "rows = None\n# YOUR CODE HERE\nraise NotImplementedError()"
    text = check_cell(starter, GradeCell("pooled_size", "rows", 1))["verdict"]["text"]
    assert "not answered yet" in text


def test_earlier_cells_are_there_and_a_broken_one_is_left_out():
    earlier = ["HALF = 2", "1 / 0", "def largest(window):\n    return window.max()"]
    code = WORK.replace("].REDUCE()", "]").replace("x[i *", "largest(x[i *")
    code = code.replace(":kernel_size]", ":kernel_size])")
    assert check_cell(code, GRADE, earlier=earlier)["verdict"]["passed"]


@pytest.mark.parametrize("ended", [False, True])
def test_a_check_that_never_came_back_is_judged_by_the_calls_that_were_seen(ended):
    seen = []
    answer(GRADE, RIGHT, [], 10.0, seen.append)
    cases = len(find("max_pool2d").cases(0))
    assert len(seen) == 2 * cases
    none, some = (
        json.loads(answer_lost(GRADE, seen[:n], ended))["verdict"] for n in (0, cases // 2)
    )
    assert none["score"] == 0
    assert 0 < some["score"] < 1
    for verdict in (none, some):
        says = cell.ENDED if ended else cell.STUCK
        assert says.split(":")[0] in " ".join(verdict["text"].split())
        assert "kernel" not in verdict["text"]


def test_the_namespace_is_new_for_each_run():
    assert run_cell("x = 1", {}, 1.0)[1] is None
    assert "NameError" in run_cell("x", {}, 1.0)[1].text
