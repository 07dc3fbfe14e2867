"""A grade cell with an instructor's own asserts: an error is an error, whatever the cell shows."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from pooledu.grading.execution import Policy, execute

pytestmark = pytest.mark.filterwarnings("ignore")

SHELL = "from IPython.core.interactiveshell import InteractiveShell\nip = get_ipython()\n"
AFTER_EACH_CELL = "ip.events.register('post_run_cell', lambda *_: {})\n"
CHEATS = {
    "nothing": "",
    "the method that shows tracebacks": "InteractiveShell.showtraceback = lambda *_, **__: None",
    "the same, of the shell itself": "ip.showtraceback = lambda *_, **__: None",
    "the method beneath": "type(ip)._showtraceback = lambda *_: None",
    "syntax errors, too": "ip.showsyntaxerror = ip.showtraceback = lambda *_, **__: None",
    "a handler of its own": "ip.set_custom_exc((BaseException,), lambda *_, **__: None)",
    "one that shows a value": (
        "import sys\nip.set_custom_exc((BaseException,), lambda *_, **__: sys.displayhook(5))"
    ),
    "a value for each expression": "ip.ast_node_interactivity = 'all'",
    "outputs cleared afterwards": (
        "from IPython.display import clear_output\n"
        + AFTER_EACH_CELL.format("(clear_output(), print('all right'))")
    ),
    "outputs cleared by the next one": (
        "from IPython.display import clear_output\n"
        + AFTER_EACH_CELL.format("clear_output(wait=True)")
    ),
    "a value shown in time": "import sys\ndef work(): sys.displayhook(5)",
    "a thousand displays first": (
        "from IPython.display import display\ndef work():\n    for i in range(1500): display(i)"
    ),
    "a thousand displays and no traceback": (
        "from IPython.display import display\nip.showtraceback = lambda *_, **__: None\n"
        "def work():\n    for i in range(1500): display(i)"
    ),
    "messages of errors dropped": (
        "send = ip.outputs.message\n"
        "ip.outputs.message = lambda kind, content: kind == 'error' or send(kind, content)"
    ),
    "all messages dropped": "ip.outputs.message = lambda *_: None",
    "an endless loop with a value": (
        "import sys\ndef work():\n    sys.displayhook(5)\n    while True: pass"
    ),
    "the end of the process": "import os, sys\ndef work(): sys.displayhook(5), os._exit(0)",
    "a thousand displays and an endless loop": (
        "from IPython.display import display\n"
        "def work():\n    for i in range(1500): display(i)\n    while True: pass"
    ),
}
ASSERTS = {
    "a value before it": "5\nwork()\nassert False",
    "alone": "work()\nassert False",
    "in a function": "def test():\n    work()\n    assert False\ntest()",
    "awaited": "import asyncio\nawait asyncio.sleep(0)\nwork()\nassert False",
}


@pytest.mark.parametrize("cheat", CHEATS)
@pytest.mark.parametrize("asserts", ASSERTS)
def test_a_failed_assert_is_worth_nothing_whatever_is_done_about_its_traceback(cheat, asserts):
    flags = {"grade_id": "test", "grade": True, "solution": False, "points": 5, "locked": True}
    cells = [
        new_code_cell(f"def work(): pass\n{SHELL}{CHEATS[cheat]}"),
        new_code_cell(ASSERTS[asserts], metadata={"nbgrader": flags}),
    ]
    executed, _ = execute(new_notebook(cells=cells), Policy(cell_seconds=2))
    assert determine_grade(executed.cells[1])[0] == 0


def test_an_honest_cell_that_ends_well_keeps_its_partial_credit():
    flags = {"grade_id": "test", "grade": True, "solution": False, "points": 5, "locked": True}
    cell = new_code_cell("print('half')\n2.5", metadata={"nbgrader": flags})
    executed, _ = execute(new_notebook(cells=[cell]), Policy())
    assert determine_grade(executed.cells[0])[0] == 2.5
