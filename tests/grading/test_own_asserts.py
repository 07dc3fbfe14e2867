"""A grade cell with an instructor's own asserts: an error is an error, whatever the cell shows."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from pooledu.grading.execution import Policy, execute
from tests.sampling import one_in

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
    "captured": "%%capture\nwork()\nassert False",
}


@pytest.mark.parametrize(("asserts", "cheat"), one_in(2, product(ASSERTS, CHEATS)))
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


WAYS = [
    *("assert False", "raise BaseException", "raise SystemExit", "import sys; sys.exit(0)"),
    *("raise KeyboardInterrupt", "raise GeneratorExit", "raise StopIteration", "raise MemoryError"),
    *("raise ExceptionGroup('g', [ValueError(1)])", "raise ValueError('\\ud800')", "nothing_here"),
    *("raise ValueError('x' * 10**6)", "e = ValueError(); e.__cause__ = e; raise e", "input()"),
    *("import asyncio; raise asyncio.CancelledError", "import bdb; raise bdb.BdbQuit"),
    *("from IPython.core.error import UsageError; raise UsageError('x')", "del nothing_there"),
    "def f(): f()\nf()",
    "class E(Exception):\n    def __str__(self): raise ValueError\n    __repr__ = __str__\nraise E",
    "class E(BaseException):\n    def __str__(self): raise SystemExit\nraise E",
]
PLACES = {
    "by itself": "{way}",
    "after a value": "5\nif True:\n{inside}",
    "in a function": "def t():\n{inside}\nt()",
    "in a generator": "def t():\n{inside}\n    yield\nlist(t())",
    "in a coroutine": "import asyncio\nasync def t():\n{inside}\nawait asyncio.gather(t())",
    "before what ends well": "try:\n{inside}\nfinally:\n    print('all right')",
    "in a context": "import contextlib\nwith contextlib.ExitStack():\n{inside}",
    "in text": "exec({way!r})",
    "timed": "%%time\n{way}",
    "timed in a line": "%time exec({way!r})",
    "measured": "%%timeit -n1 -r1\n{way}",
    "captured": "%%capture\n{way}",
    "run": "get_ipython().run_cell({way!r}) and None",
}
cells = st.tuples(st.sampled_from(WAYS), st.sampled_from(sorted(PLACES)))


@settings(max_examples=15)
@given(
    st.lists(cells, min_size=5, max_size=30),
    st.sampled_from(["nothing", "the method that shows tracebacks", "a handler of its own"]),
)
def test_however_a_cell_ends_in_an_error_and_wherever_it_is_worth_nothing(ends, cheat):
    notebook = [new_code_cell(f"{SHELL}{CHEATS[cheat]}")]
    for number, (way, place) in enumerate(ends):
        inside = "\n".join(f"    {line}" for line in way.splitlines())
        flags = {"grade_id": f"t{number}", "grade": True, "solution": False, "points": 5}
        source = PLACES[place].format(way=way, inside=inside)
        notebook.append(new_code_cell(source, metadata={"nbgrader": flags | {"locked": True}}))
    executed, _ = execute(new_notebook(cells=notebook), Policy(cell_seconds=20))
    marks = [determine_grade(cell)[0] for cell in executed.cells[1:]]
    assert [end for end, mark in zip(ends, marks, strict=True) if mark] == []
