"""Execution of notebooks: what Jupyter records is the oracle."""

import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from pooledu.grading.execution import Policy, execute
from pooledu.grading.execution.worker import close_all

pytestmark = pytest.mark.slow

AS_JUPYTER = {
    "a value and what was printed before it": "print('first')\n1 + 1",
    "text to stderr": "import sys\nprint('b', file=sys.stderr)",
    "an exception": "1 / 0",
    "an exception in a function": "def f(x):\n    return x.missing\nf(3)",
    "a syntax error": "def (:",
    "a warning": "import warnings\nwarnings.warn('careful')",
    "top-level await": "import asyncio\nawait asyncio.sleep(0.001)\n'awaited'",
    "a task begun without await": "loop = asyncio.get_running_loop()\nloop.is_running()",
    "HTML beside text": "from IPython.display import HTML, display\ndisplay(HTML('<b>bold</b>'))",
    "a display that is updated": "h = display(HTML('<i>old</i>'), display_id='d')",
    "the update, from another cell": "h.update(HTML('<i>new</i>'))",
    "an output that is cleared": (
        "from IPython.display import clear_output\nprint('gone'); clear_output(); print('kept')"
    ),
    "an output that is cleared by the next": (
        "print('gone'); clear_output(wait=True); print('kept')"
    ),
    "a figure": "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.show()",
    "a figure without show": "plt.imshow([[1, 2], [3, 4]]);",
    "a magic": "%matplotlib inline",
    "captured output": "%%capture held\nprint('x')",
    "captured output, shown": "held.show()",
    "earlier results by name": "Out[1], _i1",
    "the semicolon that silences": "7;",
    "an empty cell": "   ",
    "SystemExit": "import sys\nsys.exit(3)",
    "an expression of None": "None",
    "a dictionary, laid out": "{'key%d' % i: list(range(12)) for i in range(8)}",
}


def code(*sources: str) -> nbformat.NotebookNode:
    return new_notebook(cells=[new_code_cell(source) for source in sources])


def run(*sources: str, **policy) -> tuple[list, object]:
    executed, record = execute(code(*sources), Policy(**policy))
    return executed.cells, record


def text(cell: nbformat.NotebookNode) -> str:
    return "".join(output.get("text", "") for output in cell.outputs)


def errors(cell: nbformat.NotebookNode) -> list[str]:
    return [output.ename for output in cell.outputs if output.output_type == "error"]


@pytest.fixture(scope="module")
def both():
    """The same notebook, run by a real kernel and by `execute`."""
    notebook = code(*AS_JUPYTER.values())
    jupyter = nbformat.from_dict(notebook)
    client = NotebookClient(jupyter.copy(), allow_errors=True, kernel_name="python3")
    return client.execute().cells, execute(notebook)[0].cells


def comparable(output: dict) -> dict:
    """An output without what differs from run to run: addresses, process ids, library paths."""
    output = dict(output)
    if output["output_type"] == "error":
        output["traceback"] = "\n".join(output["traceback"]).splitlines()[0]
        output["evalue"] = re.sub(r"\(.*, line", "(file, line", output["evalue"])
    if output["output_type"] == "stream" and "Warning" in output["text"]:
        output["text"] = output["text"].split(":", 2)[2]
    if "data" in output:
        output["data"] = {kind: "".join(value).strip() for kind, value in output["data"].items()}
        output["metadata"] = {}
    return output


@pytest.mark.parametrize("index", range(len(AS_JUPYTER)), ids=list(AS_JUPYTER))
def test_outputs_are_those_that_jupyter_records(both, index):
    expected, actual = (cells[index] for cells in both)
    assert [comparable(o) for o in actual.outputs] == [comparable(o) for o in expected.outputs]
    assert actual.execution_count == expected.execution_count


def test_text_of_both_streams_is_recorded_in_order():
    cells, _ = run("import sys\nprint('a'); print('b', file=sys.stderr); print('c')")
    streams = [(output["name"], output["text"]) for output in cells[0].outputs]
    assert streams == [("stdout", "a\n"), ("stderr", "b\n"), ("stdout", "c\n")]


def test_the_notebook_given_stays_as_it_is_and_the_result_is_valid():
    notebook = code("1")
    notebook.cells.append(new_markdown_cell("text"))
    before = notebook.copy()
    executed, _ = execute(notebook)
    assert notebook == before
    nbformat.validate(executed)
    assert executed.cells[1] == notebook.cells[1]


def test_text_written_beneath_python_is_recorded_in_order():
    cells, _ = run(
        "import os, ctypes\n"
        "print('one'); os.write(1, b'two\\n'); print('three'); os.write(2, b'four\\n')\n"
        "print('five'); ctypes.CDLL(None).puts(b'six');"
    )
    streams = [(output["name"], output["text"]) for output in cells[0].outputs]
    assert streams == [
        ("stdout", "one\ntwo\nthree\n"),
        ("stderr", "four\n"),
        ("stdout", "five\nsix\n"),
    ]


def test_a_cell_that_fails_does_not_stop_the_next():
    cells, record = run("x = 1", "raise ValueError('no')", "x")
    assert cells[2].outputs[0].data["text/plain"] == "1"
    assert [cell.status for cell in record.cells] == ["ok", "error", "ok"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("input('name? ')", "nobody types"),
        ("!ls", "starts no other program"),
        ("x = %system ls", "starts no other program"),
        ("%pip install numpy", "starts no other program"),
        ("import pooledu.functional", "cannot be imported while this notebook is graded"),
    ],
)
def test_what_a_graded_notebook_cannot_do_is_refused_in_a_sentence(source, reason):
    cells, _ = run(source)
    assert reason in str(cells[0].outputs)


def test_a_loop_without_end_is_interrupted_and_the_next_cell_runs():
    cells, record = run("while True: pass", "'next'", cell_seconds=0.5)
    assert errors(cells[0]) == ["KeyboardInterrupt", "CellTimeoutError"]
    assert cells[1].outputs[0].data["text/plain"] == "'next'"
    assert [cell.status for cell in record.cells] == ["timeout", "ok"]


def test_a_grader_that_a_script_put_into_the_background_interrupts_cells_too():
    close_all()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # what `pooledu grade ... &` starts with
    try:
        _, record = run("while True: pass", "'next'", cell_seconds=0.5)
    finally:
        signal.signal(signal.SIGINT, before)
        close_all()
    assert [cell.status for cell in record.cells] == ["timeout", "ok"]


def test_an_await_without_end_is_interrupted_and_the_next_cell_runs():
    cells, _ = run("import asyncio\nawait asyncio.sleep(1e6)", "'next'", cell_seconds=0.5)
    assert errors(cells[0])[-1] == "CellTimeoutError"
    assert cells[1].outputs[0].data["text/plain"] == "'next'"


def test_a_loop_that_ignores_interrupts_ends_the_notebook_with_what_was_printed():
    stubborn = (
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('begun')\n"
        "time.sleep(0.2)\nprint('on')\nwhile True: pass"
    )
    cells, record = run(stubborn, "'next'", cell_seconds=0.6)
    assert text(cells[0]).startswith("begun\non")
    assert errors(cells[0]) == ["Stopped"]
    assert errors(cells[1]) == ["NotRun"]
    assert record.stopped == "the cell ran longer than 0.6 s and ignored the interrupt"


def test_a_notebook_has_a_time_limit_over_all_cells():
    _, record = run(*["import time\ntime.sleep(0.4)"] * 5, notebook_seconds=1.0)
    statuses = [cell.status for cell in record.cells]
    assert statuses[0] == "ok"
    assert "timeout" in statuses
    assert statuses[-1] == "not run"
    assert record.stopped == "the notebook ran longer than 1 s"


def test_a_process_that_ends_itself_costs_the_cells_after_it_alone():
    cells, record = run("print('before')", "import os\nos._exit(0)", "1")
    assert text(cells[0]) == "before\n"
    assert [cell.status for cell in record.cells] == ["ok", "killed", "not run"]
    assert "ended" in record.stopped


def test_a_crash_is_named_by_its_signal():
    _, record = run("import ctypes\nctypes.string_at(0)")
    assert record.stopped == "the notebook's process was ended by signal 11"


def test_long_output_is_cut_with_a_note_and_the_next_cell_has_its_own():
    cells, _ = run("for i in range(10**4): print(i)", "print('whole')", output_characters=1000)
    assert 1000 < len(text(cells[0])) < 1100
    assert text(cells[0]).endswith("[cut: a cell keeps 1000 characters of output]\n")
    assert text(cells[1]) == "whole\n"


def test_memory_is_limited_and_python_goes_on():
    cells, _ = run(
        "import numpy as np\nx = np.ones(2**27)", "len(np.ones(2**20))", memory=512 << 20
    )
    assert "MemoryError" in errors(cells[0])[0]
    assert cells[1].outputs[0].data["text/plain"] == "1048576"


def test_a_file_cannot_grow_past_its_limit():
    source = "with open('large', 'wb') as file: file.write(bytes(3 << 20))"
    cells, _ = run(source, file_size=2 << 20)
    assert errors(cells[0]) == ["OSError"]


@pytest.mark.parametrize("folder", [".", "~", "/tmp"])
def test_what_a_notebook_writes_is_gone_afterwards_and_was_never_seen_by_others(folder):
    mine = f"os.path.expanduser('{folder}/mine-of-a-test')"
    source = f"import os\nbefore = os.path.exists({mine})\nopen({mine}, 'w').close()\nprint(before)"
    assert [text(run(source)[0][0]) for _ in range(2)] == ["False\n", "False\n"]
    assert not Path(folder, "mine-of-a-test").expanduser().exists()


def test_each_notebook_starts_in_an_empty_directory():
    source = "import os\nbefore = os.listdir('.')\nopen('mine', 'w').close()\nprint(before)"
    assert [text(run(source)[0][0]) for _ in range(2)] == ["[]\n", "[]\n"]


def test_nothing_of_one_notebook_is_seen_by_the_next():
    run("import builtins, numpy\nbuiltins.left = numpy.left = 1")
    cells, _ = run("import builtins, numpy\nhasattr(builtins, 'left'), hasattr(numpy, 'left')")
    assert cells[0].outputs[0].data["text/plain"] == "(False, False)"


def test_chance_differs_from_run_to_run_as_in_a_new_kernel():
    source = "import random, numpy\nprint(random.random(), numpy.random.rand())"
    assert text(run(source)[0][0]) != text(run(source)[0][0])


def test_the_grader_s_environment_does_not_reach_the_notebook(monkeypatch):
    monkeypatch.setenv("A_SECRET", "42")
    cells, _ = run("import os\nprint('A_SECRET' in os.environ)")
    assert text(cells[0]) == "False\n"


def test_a_warm_process_that_was_killed_is_replaced():
    from pooledu.grading.execution.worker import warm_process

    run("1")
    warm_process(Policy().settings())._process.kill()
    cells, _ = run("2")
    assert cells[0].outputs[0].data["text/plain"] == "2"


def test_nothing_is_left_when_the_grader_is_killed(tmp_path):
    script = tmp_path / "grader.py"
    script.write_text(
        "import nbformat.v4 as v4\n"
        "from pooledu.grading.execution import execute\n"
        "cell = v4.new_code_cell('print(1)\\nwhile True: pass')\n"
        "execute(v4.new_notebook(cells=[v4.new_code_cell('1')]))\n"
        "print('running', flush=True)\n"
        "execute(v4.new_notebook(cells=[cell]))\n"
    )
    grader = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert grader.stdout.readline() == "running\n"
    family = descendants(grader.pid)
    assert family
    grader.kill()
    grader.wait()
    grader.stdout.close()
    assert all(gone(pid) for pid in family)


def descendants(pid: int) -> list[int]:
    """Process ids of all children and their children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [p for child in map(int, children) for p in (child, *descendants(child))]


def gone(pid: int) -> bool:
    """Whether a process ends within ten seconds."""
    import select

    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 10)[0])
    finally:
        os.close(handle)


def test_threads_that_execute_at_a_time_do_not_end_each_other_s_notebooks():
    run("1")  # from now on there is a warm process, which all share
    with ThreadPoolExecutor(3) as threads:
        sources = [f"import time; time.sleep(0.3); print({number})" for number in range(3)]
        outcomes = list(threads.map(run, sources))
    assert [text(cells[0]) for cells, _ in outcomes] == ["0\n", "1\n", "2\n"]
    assert [record.stopped for _, record in outcomes] == ["", "", ""]
