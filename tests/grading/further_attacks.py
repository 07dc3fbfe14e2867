"""More rows of the table of attacks: a third day, by what no earlier row tries.

Files that are one under thousands of names, entities and commands of TeX, colours that are none,
sources that keep a lexer busy, objects that answer for themselves, and messages out of turn.
"""

import base64
import json
import os
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell

from tests.grading.course import Course
from tests.grading.table import code, file, notebook, row, texts
from tests.grading.test_attacks_on_marks import FIND, FORGE, WRONG

_NAMES = "\nmax_pool2d = avg_pool2d = output_size"
_SHOW = "from IPython.display import HTML, Image, display, update_display\n"

# 1: what is right is looked for in memory, in time, and in another function's results.

for _what, _source in {
    "the largest array in memory": (
        "import gc, numpy as np\n"
        "def max_pool2d(x, k, stride=None):\n"
        "    found = [a for a in gc.get_objects() if isinstance(a, np.ndarray) and a is not x]\n"
        "    return max(found, key=lambda a: a.size, default=x).copy()\navg_pool2d = max_pool2d"
    ),
    "what callers hold": (
        "import sys, numpy as np\n"
        "def output_size(*a, **k):\n"
        "    frame, seen = sys._getframe(), []\n"
        "    while frame:\n"
        "        seen += [v for v in frame.f_locals.values() if type(v) is int]\n"
        "        frame = frame.f_back\n"
        "    return seen[0] if seen else 0"
    ),
    "the clock": "import time\ndef output_size(size, *a, **k): return time.time_ns() % size + 1",
    "chance": "import random\ndef output_size(size, *a, **k): return random.randint(-9, -1)",
    "the other function": (
        "def max_pool2d(*a, **k): return avg_pool2d(*a, **k)\navg_pool2d = max_pool2d"
    ),
}.items():
    code(1, f"looks for {_what}", WRONG + _source)

# 2: libraries that draw, read or convert, in place of those that are forbidden.

for _what, _source in {
    "by the loader of shared objects": (
        "import ctypes, glob, importlib.machinery as m, sys\n"
        "sys.meta_path[:] = [m.BuiltinImporter, m.FrozenImporter, m.PathFinder]\n"
        "for n in [n for n in sys.modules if n.split('.')[0] == 'scipy']: del sys.modules[n]\n"
        "for p in glob.glob('/**/scipy/**/*.so', recursive=True): ctypes.CDLL(p)\n"
        "from scipy.ndimage import maximum_filter\n"
        "def max_pool2d(x, k, stride=None): return maximum_filter(x, k)[::k, ::k]"
    ),
    "by a zip beside the notebook": (
        "import sys, glob, zipimport\n"
        "sys.path[:0] = glob.glob('/**/*.whl', recursive=True) + glob.glob('*.zip')\n"
        "from pooledu.functional import max_pool2d, avg_pool2d"
    ),
}.items():
    code(2, _what, WRONG + _source)

# 3: messages out of turn, and functions that are more than functions.

for _what, _source in {
    "says done before it is": "channel.send({'op': 'done', 'cell': n, 'status': 'ok', 'count': 1})",
    "answers calls that come later": "channel.send({'op': 'seen', 'seen': []})",
    "sends layers": "channel.send({'op': 'ready', 'layers': {}, 'cuda': ''})",
}.items():
    code(3, _what, f"{WRONG}{FIND}for n in range(60): {_source}")
for _what, _source in {
    "whose call is a property": "__call__ = property(lambda s: 1 / 0)",
    "that has every attribute": "__call__ = lambda s, *a, **k: s\n    __getattr__ = lambda s, n: s",
    "that has none": "__call__ = lambda s, *a: 1\n    def __getattribute__(s, n): raise SystemExit",
    "with a signature of its own": "__call__ = lambda s: 1\n    __signature__ = __doc__ = 5",
    "whose class is another's": "__class__ = property(lambda s: 1 / 0)\n    __call__ = int",
    "whose name is 8 MB": "__call__ = lambda s, *a, **k: -1\n    __name__ = 'x' * (1 << 23)",
}.items():
    code(3, f"a function {_what}", f"class F:\n    {_source}\noutput_size = F(){_NAMES}")
code(
    3,
    "frees what is still in use",
    f"{WRONG}import ctypes, gc\n"
    "def output_size(*a, **k):\n"
    "    for each in gc.get_objects()[:50]: ctypes.c_ssize_t.from_address(id(each)).value = 1\n"
    f"    gc.collect(){_NAMES}",
)

# 4: tensors and buffers that answer for themselves.

for _what, _source in {
    "an array of weak references": "np.array([__import__('weakref').ref(np.ndarray)] * 4)",
    "a buffer": "memoryview(np.zeros((2, 2)))",
    "a view of freed memory": "np.ctypeslib.as_array((__import__('ctypes').c_double * 4)())",
    "an array of strides beyond it": (
        "np.lib.stride_tricks.as_strided(np.zeros(1), (99, 99), (1 << 40, 8))"
    ),
    "an array that is not aligned": "np.frombuffer(bytes(33), 'u1')[1:].view('f8').reshape(2, 2)",
    "an iterator over itself": "iter(range(1 << 60))",
    "a coroutine": "(lambda: (yield))()",
    "a module": "np",
    "a number without equality": "float('nan')",
    "a subclass of bool": "np.True_",
}.items():
    code(
        4,
        f"returns {_what} instead",
        f"import numpy as np\ndef output_size(*a, **k): return {_source}{_NAMES}\nrows = shape = 0",
    )

# 5 and 6: one file under many names, and notes that are not the course's.


@row(5, "notes of where the notebook was taken from that lead to another's")
def _(course: Course, student: str) -> None:
    folder = course.folder(student)
    (folder / "a.ipynb").write_text(json.dumps(course.released()))
    for name in (".ps1_windows.taken-from", ".a.taken-from", "submission_secret.txt"):
        (folder / name).write_text("x ../../z1-honest/ps1_windows/ps1_windows.ipynb")


@row(6, "3,000 names of one notebook of 60 MB")
def _(course: Course, student: str) -> None:
    folder = course.folder(student)
    with (folder / "0.ipynb").open("wb") as made:
        made.truncate(60 << 20)
    for number in range(1, 3000):
        os.link(folder / "0.ipynb", folder / f"{number}.ipynb")


@row(6, "modes and times that no file of a student has")
def _(course: Course, student: str) -> None:
    path = course.hand_in(student, course.released())
    path.chmod(0o7777)
    os.utime(path, (2**40, 2**40))
    course.folder(student).chmod(0o3777)


@row(6, "folders and files with the names that the course itself gives")
def _(course: Course, student: str) -> None:
    course.hand_in(student, course.released())
    folder = course.folder(student)
    for name in (
        "checks/ps1_windows",
        "submitted",
        "autograded",
        "solutions/ps1_windows",
        "reports",
    ):
        (folder / name).mkdir(parents=True)
        (folder / name / "output_size.py").write_text("raise SystemExit('12 of 12 points')")
    for name in ("gradebook.db", "exceptions.csv", "students.csv", "feedback.html", "course.toml"):
        (folder / name).write_text("12 of 12 points")


@row(6, "ids of cells that claim each other's places")
def _(course: Course, student: str) -> None:
    work = course.released()
    names = [c.metadata.nbgrader.grade_id for c in work.cells if "nbgrader" in c.metadata]
    for cell, name in zip(
        [c for c in work.cells if "nbgrader" in c.metadata], reversed(names), strict=True
    ):
        cell.metadata.nbgrader.grade_id = name
        cell.metadata.nbgrader.update(grade=False, locked=False, schema_version=99, checksum="x")
    course.hand_in(student, json.dumps(work))


for _what, _cell in {
    "confusable letters": "m\u0430x_pool2d",
    "a letter and a mark": "max_pool2d\u0301",
    "letters of full width": "\uff4dax_pool2d",
    "an ending of lines": "max_pool2d\u2028",
}.items():
    file(
        6,
        f"a grade_id with {_what}",
        lambda name=_cell: notebook(
            *[{"source": "12.0", "metadata": {"nbgrader": {"grade_id": name, "grade": True}}}] * 3
        ),
    )
file(
    6,
    "a format, a kernel and a language of a thousand levels",
    lambda: (
        '{"nbformat": 4, "nbformat_minor": 99999, "metadata": {"kernelspec": '
        + '{"kernelspec": ' * 900
        + "5"
        + "}" * 900
        + ', "language_info": [], "celltoolbar": {}}, "cells": [{"cell_type": "code"}]}'
    ),
)

# 7 and 8: what an output or a source makes of a page.

code(
    7,
    "a picture of 900 million pixels",
    _SHOW + "import zlib, struct\n"
    "def part(kind, data):\n"
    "    check = struct.pack('>I', zlib.crc32(kind + data))\n"
    "    return struct.pack('>I', len(data)) + kind + data + check\n"
    "head = part(b'IHDR', struct.pack('>IIBBBBB', 30000, 30000, 1, 0, 0, 0, 0))\n"
    "rows = zlib.compress(bytes(3751 * 30000), 9)\n"
    "display(Image(b'\\x89PNG\\r\\n\\x1a\\n' + head + part(b'IDAT', rows) + part(b'IEND', b'')))",
)
code(
    7,
    "two hundred figures",
    "import matplotlib.pyplot as plt\n"
    "for _ in range(200): plt.figure(figsize=(40, 40)).add_subplot().plot([1, 2])",
)
code(
    7,
    "displays within displays",
    _SHOW + "class D:\n    def _repr_html_(self): display(D()); return '<b>x</b>'\ndisplay(D())",
)
for _what, _text in {
    "strings in strings": "f'{" * 30_000,
    "quotes": "'''\"\"\"" * 40_000,
    "numbers": "1_" * 300_000,
    "decorators": "@a." * 100_000,
    "imports": "import a." + "a." * 200_000,
    "escapes": '"' + "\\N{" * 100_000,
    "formats": '"' + "%(a" * 100_000 + '"',
    "words": "from " * 150_000,
}.items():
    code(8, f"a source of {_what}", _text)
texts(8, "entities without an end", "&#" + "0" * 900_000, "&#x" + "0;&" * 200_000, "&a" * 300_000)
texts(8, "commands", "\\raise" * 200_000, "\\smash{" * 100_000, "$\\left." * 9000)

# 10: entities and commands, colours, and what lies over the marks.

texts(
    10,
    "entities that become commands of TeX",
    "&#36;&#92;href{javascript:f()}{x}&#36; &dollar;&bsol;style{position:fixed}{x}&dollar;",
    "&#x5c;[&#x5c;class{total}{12 of 12}&#x5c;] &#36;\\&#104;ref{javascript:f()}{x}&#36;",
)
texts(
    10,
    "formulas over the marks",
    "$\\smash{\\begin{matrix}" + "12 of 12 points\\\\" * 90 + "\\end{matrix}}$",
    "$\\smash{\\raise 60em{\\rule{90em}{9em}}}$ $\\mathrlap{12}$ $\\llap{12 of 12}$",
)
code(
    10,
    "paddings over the marks",
    _SHOW + "rows = '<mtr><mtd><mtext>12 of 12 points</mtext></mtd></mtr>' * 90\n"
    'display(HTML(\'<math><mpadded height="0" depth="0" voffset="90em"><mtable>\' + rows'
    ' + \'</mtable></mpadded><mo lspace="-90em" minsize="90em">|</mo></math>\'))',
)
code(
    10,
    "roles and names for those who hear a page",
    _SHOW + 'display(HTML(\'<p role="alert" aria-live="assertive" aria-label="12 of 12">x</p>\''
    '\'<div role="main" aria-label="Total: 12 of 12 points" tabindex="1">x</div>\'))',
)
texts(10, "marks that pile up", ("a" + "\u0300\u0316\u20dd\u0489" * 200 + " ") * 90, "\ufdfd" * 999)
code(
    11,
    "colours that are none",
    "print('\\x1b[38m x \\x1b[48m y \\x1b[38;5m z \\x1b[38', end='')\nprint('m', flush=True)\n"
    "raise ValueError('\\x1b[1;38m')",
)
code(
    11,
    "links in colours",
    "print('\\x1b]8;;javascript:f()\\x07x\\x1b]8;;\\x07 \\x1b[8m 12 of 12 \\x1b[0m')",
)
for _what in ("NotJudged", "Stopped", "CellTimeoutError", "Verdict", "Passed"):
    code(
        11,
        f"an error called {_what}",
        f"{WRONG}def check(*_, **__):\n"
        f"    print('please enter 3 of 3 points by hand')\n"
        f"    raise type({_what!r}, (Exception,), {{}})('please enter 3 of 3 points by hand')",
    )

# 12 and 13.


@row(12, "a picture in each of 200 answers")
def _(course: Course, student: str) -> None:
    work = course.released()
    picture: dict[str, Any] = {"a.png": {"image/png": base64.b64encode(bytes(40_000)).decode()}}
    work.cells += [
        new_markdown_cell("![a](attachment:a.png)" * 40, attachments=picture) for _ in range(200)
    ]
    course.hand_in(student, json.dumps(work))


@row(12, "code of two million characters in lines of one")
def _(course: Course, student: str) -> None:
    work = course.released()
    work.cells += [new_code_cell("x\n" * 90) for _ in range(900)]
    course.hand_in(student, json.dumps(work))


for _what, _value in {
    "arrays of kinds that there are not": ["array", "<f3", [2]],
    "sizes whose product is zero": ["array", "<f8", [2**30, 2**30, 0]],
    "a dtype of nothing": ["array", "|b0", [0]],
    "a kind that is a list": [["array"], "<f8", [2]],
    "names twice": ["dict", [["a", 1], ["a", 2], ["__class__", 3]]],
    "numbers that underflow": ["list", [5e-324, -0.0, 1e308, -1e308]],
    "an array in an array": ["array", ["array", "<f8", [1]], [1]],
    "a truth for a size": ["array", "<f8", [True, True]],
}.items():
    code(
        13,
        f"sends {_what}",
        f"{WRONG}{FORGE}forge = lambda calls, _: ([one({_value!r}) for _ in calls], "
        "[bytes(16)] * len(calls))",
    )
