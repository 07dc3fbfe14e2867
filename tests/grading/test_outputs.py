"""What is kept of outputs: bounded in all, and never more points than without them."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.notebooknode import from_dict
from nbgrader.utils import determine_grade

from pooledu.grading.execution.outputs import Outputs

BUDGET = 2_000_000
FLAGS = {"nbgrader": {"grade": True, "solution": False, "points": 5, "grade_id": "test"}}


def result(text: object, kind: str = "text/plain") -> tuple[str, dict]:
    return "execute_result", {"execution_count": 1, "data": {kind: text}}


def shown(kind: str, text: str, name: str = "") -> tuple[str, dict]:
    return "display_data", {"data": {kind: text}, "transient": {"display_id": name}}


FLOODS = {
    "nothing": [],
    "text": [("stream", {"name": "stdout", "text": "x" * 300_000})] * 3,
    "very many displays": [shown("text/plain", "x")] * 1500,
    "pictures in each cell": [shown("image/png", "A" * 1_000_000)] * 3,
    "long ids": [shown("text/plain", "x", f"{n}" + "i" * 1_000_000) for n in range(5)],
    "a display renewed": [shown("text/plain", "x", "d")] * 900
    + [("update_display_data", shown("image/png", "A" * 100_000, "d")[1])] * 20,
    "formatting that a parser multiplies": [shown("text/html", "<b><i><a>" * 30 + "<p>x" * 2000)],
    "errors of many lines": [
        ("error", {"ename": "E", "evalue": "", "traceback": ["x"] * 1000}),
        ("clear_output", {"wait": False}),
    ]
    * 50,
    "empty lines": [("stream", {"name": name, "text": "\n"}) for name in ("stdout",) * 3000],
    "kinds of no use": [("display_data", {"data": {f"x/{n}": "y" for n in range(100_000)}})],
}


def kept(messages, cells: int = 1) -> list:
    outputs = Outputs(100_000, 4_000_000, BUDGET)
    made = [
        from_dict({"cell_type": "code", "metadata": FLAGS, "outputs": []}) for _ in range(cells)
    ]
    for cell in made:
        outputs.begin(cell.outputs)
        for kind, content in messages:
            outputs.add(kind, content)
    return made


def size(value) -> int:
    """The memory of plain data."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sys.getsizeof(value) + sum(map(size, inner))


@pytest.mark.parametrize("flood", FLOODS)
def test_all_outputs_of_a_notebook_have_one_budget(flood):
    cells = kept(FLOODS[flood], cells=40)
    assert sum(size(cell.outputs) for cell in cells) < 12 * BUDGET


@pytest.mark.parametrize("flood", FLOODS)
@pytest.mark.parametrize("points", [0.0, 0.5, 2, 5])
def test_partial_credit_is_the_same_after_a_flood(flood, points):
    messages = [m for m in FLOODS[flood] if m[0] != "error"]
    *_, cell = kept([*messages, result(str(points))], cells=30)
    assert determine_grade(cell)[0] == points


@given(st.lists(st.sampled_from([m for flood in FLOODS.values() for m in flood[:1]]), max_size=9))
def test_a_result_of_any_kind_can_be_graded(messages):
    for odd in (result("<b>x</b>", "text/html"), result("", "text/plain"), result("x", "a/b")):
        (cell,) = kept([*messages, odd])
        assert 0 <= determine_grade(cell)[0] <= 5
