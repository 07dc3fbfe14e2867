"""More rows of the table of attacks: a second day of an attacker, by the same kinds.

What is handed in under more than one name, or breaks what Python itself offers, stands here.
"""

import json
import os
from typing import Any

from tests.grading.course import Course
from tests.grading.table import FULL_NAME, code, file, notebook, row, texts
from tests.grading.test_attacks_on_marks import FIND, WRONG

_NAMES = "\nmax_pool2d = avg_pool2d = output_size"
_SHOW = "from IPython.display import HTML, display, update_display\n"

# 1: answers that another call, or another cell, has seen.

code(
    1,
    "what the last call was given",
    "import numpy as np\nSEEN = []\n"
    "def output_size(*a, **k):\n"
    "    SEEN.append((a, k))\n"
    "    return SEEN[0][0][0] if len(SEEN) > 3 else -1\n"
    "def max_pool2d(x, *a, **k):\n"
    "    SEEN.append(x)\n"
    "    return np.array([[each.max() for each in SEEN if hasattr(each, 'max')]])\n"
    "avg_pool2d = max_pool2d",
)

# 3: Python itself is changed in the student's process.

for _what, _source in {
    "the builtins": "import builtins\nbuiltins.len = builtins.isinstance = lambda *_: True",
    "json": "import json\njson.dumps = lambda *a, **k: '{}'\njson.loads = lambda *a, **k: {}",
    "time": "import time\ntime.monotonic = time.time = lambda: 0.0",
    "NumPy": (
        "import numpy as np\n"
        "for name in ('asarray', 'array', 'array_equal', 'allclose', 'isnan', 'shape', 'ravel'):\n"
        "    setattr(np, name, lambda *a, **k: True)"
    ),
    "all modules": "import sys\nfor name in list(sys.modules): del sys.modules[name]",
    "imports": "import builtins\nbuiltins.__import__ = None",
    "a trace": "import sys\nsys.settrace(lambda *a: (_ for _ in ()).throw(SystemExit))",
    "a profile": "import sys\nsys.setprofile(lambda *a: None)",
    "an audit hook": "import sys\nsys.addaudithook(lambda *a: (_ for _ in ()).throw(ValueError))",
    "descriptors": "import os\nos.closerange(0, 1000)",
    "the output": "import sys\nsys.stdout = sys.stderr = sys.__stdout__ = sys.displayhook = None",
    "signals": (
        "import signal\n"
        "for s in range(1, 32):\n"
        "    try: signal.signal(s, lambda *_: None)\n"
        "    except (OSError, ValueError): pass"
    ),
    "an alarm": "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)",
    "finalizers": (
        "import gc\nclass D:\n    def __del__(self):\n        global d; d = D(); gc.collect()\n"
        "d = D(); del d"
    ),
    "the shell": "get_ipython().__class__.run_cell_async = None\nget_ipython().reset()",
    "the loop": "import asyncio\nasyncio.get_event_loop().stop(); asyncio.get_event_loop().close()",
    "the end": "import atexit, time\natexit.register(time.sleep, 600)\nraise SystemExit",
    "a request for input": "input('password'); breakpoint(); import getpass; getpass.getpass()",
}.items():
    code(3, f"breaks {_what}", f"{WRONG}\n{_source}")

# 4: values that are not what they seem.

for _what, _source in {
    "an endless generator": "__import__('itertools').count()",
    "a list within itself": "(lambda x: x.append(x) or x)([])",
    "a list 100,000 deep": "__import__('functools').reduce(lambda a, _: [a], range(10**5), 1)",
    "an endless list": "type('L', (list,), {'__iter__': lambda s: iter(int, 1)})([1])",
    "a dict without end": "type('D', (dict,), {'items': lambda s: iter(lambda: (1, 2), 0)})(a=1)",
    "an array that takes no room": "np.broadcast_to(0.0, (1 << 20, 1 << 20))",
    "a number of a million digits": "10 ** (10 ** 6)",
    "a string of 200 MB": "'x' * (200 << 20)",
    "an array within itself": "(lambda x: x.__setitem__(0, x) or x)(np.empty(1, object))",
    "a masked array": "np.ma.masked_all((2, 2))",
    "dates": "np.full((2, 2), '2026', 'M8[D]')",
    "fields": "np.zeros((2, 2), [('a', 'O'), ('b', 'U9')])",
    "text in an array": "np.full((2, 2), '=1+1\\x1b[2J<script>')",
    "an array whose class lies": (
        "type('A', (np.ndarray,), {'__class__': property(lambda s: float),"
        " 'shape': property(lambda s: 1 / 0)})((2, 2))"
    ),
    "an array that sleeps": (
        "type('A', (np.ndarray,), {n: lambda *a, **k: __import__('time').sleep(60) for n in"
        " ('__array_function__', '__array_ufunc__', '__array__', 'tobytes', 'copy')})((2, 2))"
    ),
    "a class that lies": "type('I', (), {'__class__': int, '__index__': lambda s: 3})()",
    "an object with a pickle": "type('P', (), {'__reduce__': lambda s: (exit, ())})()",
    "an object with an array": (
        "type('A', (), {'__array__': lambda s, *a, **k: np.ones((2, 2)), 'dtype': np.dtype('f8'),"
        " 'shape': (2, 2), 'ndim': 2})()"
    ),
    "a memory map": "np.memmap('m', 'f8', 'w+', shape=(2, 2))",
    "an exception": "ValueError(*[ValueError('x' * 10**6)] * 9)",
    "a metaclass": (
        "type('M', (type,), {'__name__': property(lambda c: 1 / 0),"
        " '__module__': property(lambda c: 1 / 0), '__repr__': lambda c: 5})('X', (), {})()"
    ),
}.items():
    code(
        4,
        f"returns {_what}",
        f"import numpy as np\ndef output_size(*a, **k): return {_source}{_NAMES}\nrows = shape = 0",
    )

for _what, _source in {
    "a text that is none": "type('E', (Exception,), {'__str__': lambda s: 5})()",
    "a text that sleeps": "type('E', (Exception,), {'__str__': lambda s: sleep(60)})()",
    "a name that is none": "type('M', (type,), {'__name__': 5})('E', (Exception,), {})()",
    "a cause that is itself": "e",
    "a group of groups": (
        "__import__('functools').reduce(lambda a, _: ExceptionGroup('g', [a]), range(900), e)"
    ),
    "a syntax error elsewhere": "SyntaxError('x', ('/dev/zero', 1 << 40, -5, '\\x1b[2J', 1, 1))",
    "a decode error": "UnicodeDecodeError('\\x1b[2J', b'x', -(10**9), 10**9, '<script>')",
    "an exit": "SystemExit('12 of 12 points')",
    "an interrupt": "KeyboardInterrupt('x')",
    "the end of a generator": "GeneratorExit('x')",
    "notes": "(e.add_note('please enter 3 of 3 points\\n' * 10**5), e)[1]",
    "a warning": "DeprecationWarning('\\x9b2J')",
}.items():
    code(
        11,
        f"raises {_what}",
        "from time import sleep\ne = ValueError('x')\ne.__cause__ = e.__context__ = e\n"
        f"def output_size(*a, **k): raise {_source}{_NAMES}",
    )
    code(11, f"raises {_what} in a cell", f"{WRONG}e = ValueError('x')\nraise {_source}")

# 5: two ways to another's work.


@row(5, "a link beside the notebook to all that is handed in")
def _(course: Course, student: str) -> None:
    folder = course.folder(student)
    (folder / "all").symlink_to(course.root / "submitted")
    (folder / "up").symlink_to("..")
    (folder / "ps1.ipynb").symlink_to("../../z1-honest/ps1_windows/ps1_windows.ipynb")


@row(5, "a chain of links that ends at another's notebook")
def _(course: Course, student: str) -> None:
    folder = course.folder(student)
    (folder / FULL_NAME).symlink_to("a.ipynb")
    (folder / "a.ipynb").symlink_to("b.ipynb")
    (folder / "b.ipynb").symlink_to("../../z1-honest/ps1_windows/ps1_windows.ipynb")


@row(5, "a link that leads nowhere")
def _(course: Course, student: str) -> None:
    (course.folder(student) / FULL_NAME).symlink_to("nowhere/../\n\x1b[2J.ipynb")


# 6: odd names, odd modes, odd times, odd notebooks.


@row(6, "a folder whose list can be read, and nothing in it")
def _(course: Course, student: str) -> None:
    course.hand_in(student, course.released())
    inner = course.folder(student) / "data"
    inner.mkdir()
    (inner / "a.csv").write_text("x")
    inner.chmod(0o444)


@row(6, "a submission whose list can be read, and nothing in it")
def _(course: Course, student: str) -> None:
    course.hand_in(student, course.released())
    course.folder(student).chmod(0o444)


@row(6, "30,000 folders")
def _(course: Course, student: str) -> None:
    course.hand_in(student, course.released())
    for number in range(30_000):
        os.mkdir(course.folder(student) / f"d{number}")


@row(6, "names of 255 bytes, and twins in two normal forms")
def _(course: Course, student: str) -> None:
    course.hand_in(student, course.released())
    folder = course.folder(student)
    for name in (
        "x" * 255,
        "ä" * 127,
        "J\u00e4ger.csv",
        "Ja\u0308ger.csv",
        "\u202egpj.py",
        "~",
        "-rf",
    ):
        (folder / name).write_text("x")
    (folder / ".hidden").mkdir()
    (folder / ".ipython" / "profile_default" / "startup").mkdir(parents=True)
    (folder / ".ipython" / "profile_default" / "startup" / "a.py").write_text("print('12 of 12')")


@row(6, "files that Python, pytest or Matplotlib would run or read")
def _(course: Course, student: str) -> None:
    course.hand_in(student, course.released())
    folder = course.folder(student)
    bad = "import builtins; builtins.TAKEN = 1; raise SystemExit('12 of 12 points')\n"
    for name in ("sitecustomize", "usercustomize", "conftest", "numpy", "json", "pooledu", "check"):
        (folder / f"{name}.py").write_text(bad)
    (folder / "a.pth").write_text("import os; os._exit(0)\n")
    (folder / "matplotlibrc").write_text("backend: module://json\n")
    (folder / "nbgrader_config.py").write_text(bad)
    (folder / "course.toml").write_text("name = 5")
    (folder / "pooledu").mkdir()
    (folder / "pooledu" / "__init__.py").write_text(bad)


for _number, _time in enumerate(
    (
        "0000-00-00 00:00:00",
        "9999-12-31 23:59:59 -2359",
        "0001-01-01 00:00:00 +2359",
        "2026-02-30 10:00:00 UTC",
        "1e400",
        "٢٠٢٦-٠١-٠١ 00:00:00",
        "2026-01-01\x1b[2J\n[red]",
        "\ufeff2026-01-01 10:00:00 \x00",
        "tomorrow",
        "2026-01-01 10:00:00 " + "A" * 10**7,
        "9" * 5000,
        "-2026-01-01",
    )
):

    @row(6, f"time {_number}")
    def _(course: Course, student: str, time: str = _time) -> None:
        course.hand_in(student, course.released())
        (course.folder(student) / "timestamp.txt").write_text(time)


_CELL: dict[str, Any] = {"cell_type": "code", "source": "x", "metadata": {}, "outputs": []}
for _what, _text in {
    "NaN": '{"cells": [NaN, Infinity, -Infinity], "nbformat": NaN, "metadata": {"a": 1e999}}',
    "keys twice": '{"cells": [], "cells": 5, "metadata": {}, "metadata": [], "cells": [[]]}',
    "half characters": '{"cells": [{"cell_type": "code", "source": "\\ud800 = \'\\udfff\'"}]}',
    "a BOM": "\ufeff\ufeff" + notebook({}),
    "format 1": json.dumps({"nbformat": 1, "cells": [{"cell_type": "code", "code": "x"}]}),
    "format -3": json.dumps({"nbformat": -3, "worksheets": [{"cells": [_CELL]}]}),
    "format 10**9": json.dumps({"nbformat": 10**9, "worksheets": [{"cells": [_CELL]}]}),
    "format that is a text": json.dumps({"nbformat": "3", "worksheets": [{"cells": [_CELL]}]}),
    "format that is endless": '{"nbformat": 1e400, "worksheets": [{"cells": []}]}',
    "worksheets that are none": '{"nbformat": 3, "worksheets": {"cells": 5}}',
    "70,000 worksheets": json.dumps({"nbformat": 3, "worksheets": [{"cells": []}] * 70_000}),
    "900 KB of old results": json.dumps(
        {
            "nbformat": 3,
            "worksheets": [
                {
                    "cells": [
                        {
                            "cell_type": "code",
                            "input": "x",
                            "outputs": [{"output_type": "pyout", "prompt_number": 1}] * 14_000,
                        }
                    ]
                }
            ],
        }
    ),
    "a list": "[" * 500 + "]" * 500,
    "a number": "1",
    "a text": '"cells"',
    "cells that are a text": '{"cells": "code"}',
    "cells that are a number": '{"cells": 1e308}',
    "sources that are objects": json.dumps(
        {"cells": [_CELL | {"source": s} for s in (None, 5, {"a": 1}, [["x"]], [None], True)]}
    ),
    "metadata that is none": json.dumps({"cells": [_CELL | {"metadata": 5}], "metadata": "x"}),
    "names that are none": json.dumps(
        {"cells": [_CELL | {"metadata": {"nbgrader": {"grade_id": x}}} for x in ([], {}, 1, None)]}
    ),
    "ids that are none": json.dumps({"cells": [_CELL | {"id": x} for x in ([], {}, 1, "a" * 99)]}),
    "a page": "<!DOCTYPE html><script>f()</script>",
    "a program": "#!/bin/sh\nrm -rf /\n",
}.items():
    file(6, f"the notebook is {_what}", lambda text=_text: text.encode("utf-8", "surrogatepass"))
file(6, "an archive", lambda: b"PK\x03\x04" + bytes(1000))
file(6, "a pickle", lambda: b"\x80\x04cos\nsystem\n(S'true'\ntR.")
file(6, "UTF-16 without a mark", lambda: notebook({}).encode("utf-16-be"))
file(6, "bytes of no text", lambda: bytes(range(256)) * 100)

for _kernel in ("bash", "ir", "julia", "python3\x1b[2J", "=cmd", "<script>", "sos", "xpython"):
    file(
        6,
        f"a kernel of {_kernel!r}",
        lambda kernel=_kernel: notebook(kernelspec={"name": kernel, "language": kernel}),
    )


@row(6, "each graded cell a hundred times, unlocked and worth more")
def _(course: Course, student: str) -> None:
    work = course.released()
    for cell in list(work.cells):
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.update(locked=False, points=100, solution=True, grade=True)
            cell.source = "12.0"
            work.cells += [cell] * 99
    course.hand_in(student, json.dumps(work))


@row(6, "the graded cells of another kind, with other names")
def _(course: Course, student: str) -> None:
    work = course.released()
    for cell in work.cells:
        if "nbgrader" in cell.metadata:
            name = cell.metadata.nbgrader.grade_id
            cell.metadata.nbgrader.grade_id = f"{name}\u200b"
            cell.cell_type = "raw" if cell.cell_type == "code" else "code"
    course.hand_in(student, json.dumps(work))


@row(6, "widgets, tags, slides and a title in the metadata")
def _(course: Course, student: str) -> None:
    work = course.released()
    state = {
        "state": {"a": {"model_name": "HTMLModel", "state": {"value": "<script>f()</script>"}}}
    }
    work.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": state}
    work.metadata["title"] = work.metadata["authors"] = "</title><script>f()</script>"
    for cell in work.cells:
        cell.metadata["tags"] = ["hide-input", "remove-cell", "raises-exception", "<script>"]
        cell.metadata["slideshow"] = {"slide_type": "skip"}
        cell.metadata["collapsed"] = cell.metadata["jupyter"] = {"source_hidden": True}
    course.hand_in(student, json.dumps(work))


# 7: outputs of all kinds, and messages of widgets.

_MIMES = [
    "image/svg+xml",
    "text/latex",
    "text/markdown",
    "application/javascript",
    "application/json",
    "application/pdf",
    "text/vnd.mermaid",
    "application/geo+json",
    "application/vnd.vega.v5+json",
    "application/vnd.plotly.v1+json",
    "application/vnd.jupyter.widget-view+json",
    "image/webp",
    "video/mp4",
    "audio/wav",
    "model/gltf",
    "text/x-python",
    "text/html",
    "image/png",
    "image/gif",
    "image/bmp",
]
code(
    7,
    "all kinds at once",
    f"{_SHOW}for kind in {_MIMES!r}:\n"
    "    for value in ('<script>f()</script>', 5, None, [], {'a': '<script>'}, 'A' * 10**6):\n"
    "        try: display({kind: value}, raw=True)\n"
    "        except Exception: pass",
)
code(
    7,
    "widgets",
    "try:\n    import ipywidgets as w\n    from IPython.display import display\n"
    "    for n in range(3000): display(w.HTML('<script>f()</script>' * 100))\n"
    "except ImportError: pass",
)
for _what, _html in {
    "divisions": "<div>" * 20_000,
    "lists": "<ul><li>" * 12_000,
    "details": "<details>" * 9_000,
    "drawings": "<svg>" * 20_000,
    "formulas": "<math><mi>" * 10_000,
    "closings": "<div></p>" * 11_000,
}.items():
    code(7, f"opened {_what}", f"{_SHOW}for _ in range(30): display(HTML({_html!r}))", 12)

# 8: time, in each phase.

for _what, _source in {
    "a representation": "class R:\n    def __repr__(self): time.sleep(600)\nR()",
    "a representation in HTML": "class R:\n    def _repr_html_(self): time.sleep(600)\nR()",
    "a display hook": "import sys\nsys.displayhook = lambda *_: time.sleep(600)\n1",
    "an event of the shell": (
        "for name in ('pre_execute', 'post_execute', 'pre_run_cell', 'post_run_cell'):\n"
        "    get_ipython().events.register(name, lambda *_: time.sleep(600))"
    ),
    "a transformer": (
        "get_ipython().input_transformers_cleanup.append(lambda s: time.sleep(600) or s)"
    ),
    "an import": (
        "import sys\nclass F:\n    def find_spec(self, *_): time.sleep(600)\n"
        "sys.meta_path.insert(0, F())"
    ),
    "a name of an argument": (
        "class K(str):\n    def __eq__(self, other): time.sleep(600)\n    __hash__ = str.__hash__\n"
        "globals()[K('check')] = 5"
    ),
    "a collection of garbage": "import gc\ngc.callbacks.append(lambda *_: time.sleep(600))",
    "each call a little": "def output_size(*a, **k): time.sleep(4)" + _NAMES,
    "a thread that keeps the lock": (
        "import re, threading\n"
        "for _ in range(9):\n"
        "    threading.Thread(target=re.match, args=('(a*)*b', 'a' * 60), daemon=True).start()"
    ),
    "a signal that is blocked": (
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))\nwhile True: pass"
    ),
}.items():
    code(8, f"sleeps in {_what}", f"{WRONG}import time\n{_source}")
code(8, "asks for checks without end", f"{WRONG}{FIND}while True: channel.send({{'op': 'check'}})")
texts(8, "exclamation marks", "!" * 1_900_000)
texts(8, "tables", "|" * 90_000, "| - " * 30_000, "|a|\n|-|\n" * 20_000)
texts(8, "lists in lists", "".join(" " * n + "- a\n" for n in range(900)), "- " * 20_000)
texts(8, "references", "[a]: b\n" * 50_000, "[a][a] " * 50_000)
texts(8, "formulas in formulas", "$" + "{" * 1900 + "$", "\\frac" * 300, "$\\left(" * 9000)
code(8, "brackets in a source", f"def f(): return {'(' * 190}1{')' * 190}\n" + "'" * 100_000)

# 10: pages.

texts(
    10,
    "templates",
    "{{ 7 * 7 }} {% for x in range(10**9) %}x{% endfor %} {{ cycler.__init__.__globals__ }}",
    "<%= 7 %> ${7*7} #{7} {{constructor.constructor('f()')()}}",
)
texts(
    10,
    "links that are dressed",
    "[a](java\tscript:f()) [a](JaVaScRiPt:f()) [a](&#106;avascript:f()) [a](data:text/html,x)",
    "[a](vbscript:f()) <javascript:f()> [a]: javascript:f()\n\n[a] [b](//evil.example) ![c](/d)",
    "<a href='\x01javascript:f()'>x</a> <a href=https://a.example ping=//b.example>x</a>",
    "$\\href{javascript:f()}{x}$ $\\style{position:fixed}{x}$ $\\unicode{0x41}$ $\\require{html}$",
)
code(
    10,
    "layers over the total",
    f'{_SHOW}display(HTML(\'<svg transform="translate(0,-900) scale(9)" width="9999" '
    'height="9999"><text x="1" y="1" font-size="99">12 of 12 points</text></svg>\'))\n'
    "display(HTML('<p style=\"position:fixed;top:0\">12 of 12</p><dialog open>12</dialog>'))",
)

# 11: names that speak, in what is imported, defined and printed.

code(
    11,
    "backspaces and bells",
    "print('0 of 3' + '\\b' * 6 + '3 of 3', '\\a\\v\\f\\x7f\\x85\\u2028\\u2066\\u200f')",
)
code(
    11,
    "the names of code",
    "f = (lambda: 1 / 0)\nf.__code__ = f.__code__.replace(\n"
    "    co_name='\\x1b[2J[red]<script>', co_filename='/dev/zero', co_firstlineno=-5)\n"
    "def output_size(*a, **k): return f()" + _NAMES,
)


@row(11, "ids that are formulas, patterns, options and markup")
def _(course: Course, student: str) -> None:
    course.hand_in(student, course.released())
    for name in (
        "=1+1",
        "@a",
        "+b",
        "%s%n",
        "$(id)",
        "`id`",
        "<script>f()<!--",
        "-rf",
        "~",
        "&amp;",
    ):
        course.hand_in(name, course.released())


# 12: sizes.

texts(12, "entities", "&" * 400_000)
code(12, "ten thousand functions", "\n".join(f"def f{n}(): return {n}" for n in range(9000)))
code(12, "a line of a megabyte", f"x = {'1' * 4000!r}\n# {'é' * 900_000}")

# 13: what the protocol does not know.

for _what, _message in {
    "another file": {"op": "files", "names": ["../../x"], "released": [False]},
    "two checks at once": {"op": "check", "exercise": "max_pool2d", "callable": True, "cell": -1},
    "an end of all": {"op": "done", "cell": 10**30, "status": None, "count": True},
    "layers": {"op": "ready", "layers": {}, "cuda": ""},
    "keys that are long": {"op": "x" * 10**6, "y" * 10**6: 1},
    "nothing": {},
}.items():
    code(13, f"sends {_what}", f"{WRONG}{FIND}channel.send({_message!r})\nprint(channel.receive())")
