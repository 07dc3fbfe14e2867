"""A cell and its check without a notebook: what a page of the book shows of them."""

import importlib
import json
import random

import pytest

from pooledu import check
from pooledu.checks import find
from pooledu.checks.calls import MAX_PRINTED
from pooledu.checks.cell import LOST, GradeCell, check_cell, judge_json, run_cell, run_json
from tests.book.cells import HEAD, RIGHT, WORK, WRONG, in_one_call
from tests.sampling import one_in

GRADE = GradeCell("max_pool2d", "max_pool2d", 3)


def function(code):
    namespace = {}
    exec(f"import numpy as np\n{code}", namespace)
    return namespace["max_pool2d"]


PRINTS = "print('cell')\n" + in_one_call("import sys; sys.stdout.close(); print('after')")


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


def told(code, **given):
    """What is told while some code is run and called, as a page hears it."""
    heard = []
    asked = {"grade": vars(GRADE), "code": code, **given}
    run_json(json.dumps(asked), lambda *one: heard.append(one))
    return heard


def judged(heard, lost=""):
    """What a page hears of what was told."""
    return json.loads(judge_json(json.dumps({"grade": vars(GRADE), "told": heard, "lost": lost})))


SLOW = RIGHT.replace(
    "    stride =", "    if x.shape == (7, 8):\n        while 1: 1\n    stride =", 1
)


def test_a_function_that_prints_or_closes_its_output_is_no_worse_for_it():
    found = check_cell(PRINTS, GRADE)
    assert found["printed"] == "cell\n"
    assert found["verdict"]["passed"]
    assert ("printed", "after") in told(PRINTS)


@pytest.mark.parametrize("code", [RIGHT, WRONG, SLOW, PRINTS, f"{HEAD}    raise KeyError"])
def test_what_is_told_is_all_that_a_verdict_needs(code):
    assert judged(told(code, time_limit=0.5)) == check_cell(code, GRADE, time_limit=0.5)


@pytest.mark.parametrize("lost", LOST)
def test_a_check_that_never_came_back_is_judged_by_the_calls_that_were_seen(lost):
    heard = told(RIGHT)
    seen = [one for one in heard if one[0] == "seen"]
    cases = len(find("max_pool2d").cases(0))
    assert len(seen) == 2 * cases
    begun = heard[: heard.index(seen[0])]
    none, some = (judged([*begun, *seen[:n]], lost)["verdict"] for n in (0, cases // 2))
    assert none["score"] == 0
    assert 0 < some["score"] < 1
    for verdict in (none, some):
        assert LOST[lost].split(":")[0] in " ".join(verdict["text"].split())
        assert "kernel" not in verdict["text"]


def test_whenever_a_check_is_lost_what_the_cell_and_the_call_had_printed_is_shown(monkeypatch):
    monkeypatch.setenv("POOLEDU_BOOK_URL", "https://example.org/")
    code = RIGHT.replace("    stride =", "    print(x.shape, id(x))\n    stride =", 1)
    heard = told(f"print('one', 1)\nprint('two', 2)\n{code}")
    calls = heard.index(("begun", "calls"))
    for count in range(1, 60):
        found = judged(heard[:count], "stuck")
        printed = [text for what, text in heard[: min(count, calls)] if what == "printed"]
        assert found["printed"] == "".join(printed)
        if count > calls:
            last = max(at for at in range(count) if heard[at][0] != "printed")
            printed = "".join(text for _, text in heard[last + 1 : count])
            says = f"It printed:\n    {printed.strip()}"
            assert found["verdict"]["text"].endswith(says if printed else "#by-hand")


def test_what_is_printed_is_told_until_there_is_enough_of_it():
    heard = told("for i in range(10**5): print(i)\n" + RIGHT)
    text = "".join(text for what, text in heard if what == "printed")
    assert text.startswith("0\n1\n2\n")
    assert text.endswith("\n... cut")
    assert len(text) == MAX_PRINTED + len("\n... cut")


def test_the_namespace_is_new_for_each_run():
    assert run_cell("x = 1", {}, 1.0)[1] is None
    assert "NameError" in run_cell("x", {}, 1.0)[1].text


@pytest.mark.parametrize(("begun", "says"), [
    ("cell", "before its function was called"), ("earlier", "runs before yours"),
])  # fmt: skip
@pytest.mark.parametrize("lost", LOST)
def test_what_is_lost_before_the_first_call_is_no_verdict_on_the_function(lost, begun, says):
    found = judged([("begun", begun)], lost)
    assert "verdict" not in found
    assert says in found["fault"]["text"]
    assert LOST[lost] in found["fault"]["text"]


def test_each_part_that_has_a_time_of_its_own_is_told_when_it_begins():
    def begun(code, **given):
        return [text for what, text in told(code, **given) if what == "begun"]

    assert begun(RIGHT, earlier=["x = 1", "y = 1"]) == ["earlier", "earlier", "cell", "calls"]
    assert begun("1 / 0") == ["cell"]


# ---- what a run leaves behind --------------------------------------------------------------------

MODULES = ["numpy", "builtins", "math", "itertools", "functools", "json", "sys", "numpy.linalg",
           "numpy.random", "operator", "collections", "io", "time", "signal", "contextlib",
           "pooledu.checks.judging", "pooledu.checks.cell", "pooledu.functional"]  # fmt: skip
BROKEN = """
import MODULE as broken
for name in [name for name in dir(broken) if SELECTED]:
    try:
        setattr(broken, name, None)
    except Exception:
        pass
"""
HABITS = {
    "its own maximum": "np.max = np.mean",
    "its own sum": "import builtins\nbuiltins.sum = lambda *_: 7\nbuiltins.range = lambda *_: []",
    "NumPy's errors": "np.seterr(all='raise')",
    "no deep calls": "import sys\nsys.setrecursionlimit(80)",
    "endless calls": "import sys\nsys.setrecursionlimit(10**9)",
    "no modules": "import sys\nsys.modules['numpy'] = None\ndel sys.modules['json']",
    "another output": "import sys, io\nsys.stdout = sys.stderr = None",
    "warnings": "import warnings\nwarnings.simplefilter('error')",
    "a helper for all": "import builtins\nbuiltins.helper = max",
    "a decoy": "import numpy.testing\nnp.testing.assert_equal = None",
    "printing of arrays": "np.set_printoptions(precision=1, threshold=1)",
}


def breaking():
    """Cells that change modules, all of a module's names or one of them."""
    yield from (pytest.param(code, id=name) for name, code in HABITS.items())
    rng = random.Random(0)
    for module in MODULES:
        names = [name for name in dir(importlib.import_module(module)) if not name.startswith("__")]
        broken = BROKEN.replace("MODULE", module)
        yield pytest.param(broken.replace("SELECTED", "name[:2] != '__'"), id=f"all of {module}")
        for name in one_in(3, rng.sample(sorted(names), min(6, len(names)))):
            yield pytest.param(
                broken.replace("SELECTED", f"name == {name!r}"), id=f"{module}.{name}"
            )


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("code", list(breaking()))
def test_whatever_ran_before_the_next_run_is_judged_as_if_it_were_the_first(code):
    first = {work: check_cell(work, GRADE) for work in (RIGHT, WRONG)}
    assert first[RIGHT]["verdict"]["passed"]
    for work in (RIGHT, WRONG):
        found = check_cell(code + "\n" + work, GRADE, time_limit=5)
        assert set(found) in ({"printed", "fault"}, {"printed", "verdict"})
        assert "pooledu" not in json.dumps(found)
        if "verdict" in found and work == WRONG:
            assert not found["verdict"]["passed"]
    for work in (RIGHT, WRONG):
        assert check_cell(work, GRADE) == first[work]
    assert "NameError" in check_cell("helper(1)", GRADE)["fault"]["text"]
