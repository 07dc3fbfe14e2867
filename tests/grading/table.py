"""The table of attacks: what is handed in, by the number of its kind.

Kinds: 1 remembered answers, 2 forbidden libraries, 3 what the student's process says, 4 what only
looks right, 5 another's work by a link, 6 odd files, 7 outputs, 8 time, 9 the machine, 10 pages,
11 control characters and voices, 12 sizes, 13 values on the wire.

Two kinds have more rows elsewhere, where they can be tried on what they are about: 2 in
`test_forbidden`, 9 in `test_layers` and `test_attacks`.
"""

import json
import os
import socket
from collections.abc import Callable
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from pooledu.checks import find
from tests.grading.course import ASSIGNMENT, Course
from tests.grading.test_attacks_on_marks import FIND, FORGE, WRONG
from tests.grading.test_forbidden import SCIPY, WAYS
from tests.grading.test_sanitising import ACTIVE, MARKDOWN

HandIn = Callable[[Course, str], None]
ROWS: dict[str, HandIn] = {}
OF_CONTENT: set[str] = set()  # rows about what is in a file, whoever may read it
FULL_NAME = f"{ASSIGNMENT}.ipynb"
JUDGED = ("output_size", "max_pool2d", "avg_pool2d")


def row(number: int, name: str) -> Callable[[HandIn], HandIn]:
    """Add a row."""

    def add(hand_in: HandIn) -> HandIn:
        ROWS[f"{number:02} {name}"] = hand_in
        return hand_in

    return add


def texts(number: int, name: str, *sources: str) -> None:
    """Add a row with texts beside nothing that is solved."""

    @row(number, name)
    def _(course: Course, student: str) -> None:
        notebook = course.released()
        notebook.cells += [new_markdown_cell(source) for source in sources]
        notebook.cells += [new_raw_cell(source) for source in sources]
        course.hand_in(student, notebook)


def code(number: int, name: str, source: str, times: int = 1) -> None:
    """Add a row with code in front of the released cells."""

    @row(number, name)
    def _(course: Course, student: str) -> None:
        notebook = course.released()
        notebook.cells[1:1] = [new_code_cell(source) for _ in range(times)]
        course.hand_in(student, notebook)


def file(number: int, name: str, make: Callable[[], str | bytes]) -> None:
    """Add a row with this in place of a notebook's file."""
    OF_CONTENT.add(f"{number:02} {name}")

    @row(number, name)
    def _(course: Course, student: str) -> None:
        course.hand_in(student, make())


def notebook(*cells: dict[str, Any], **metadata: Any) -> str:
    """Return the file of a notebook of format 4."""
    plain = {"cell_type": "code", "source": "x", "metadata": {}}
    return json.dumps({"cells": [plain | each for each in cells], "metadata": metadata})


# 1: answers that are looked up.


def remembering(name: str, seed: int) -> str:
    """A function that knows the answers to the cases of a seed."""
    exercise = find(name)
    known = {}
    for case in exercise.cases(seed):
        key = [each.tolist() if hasattr(each, "tolist") else each for each in case.args]
        value = exercise.expect(case)
        plain = value.tolist() if hasattr(value, "tolist") else value
        known[repr((key, sorted(case.kwargs.items())))] = plain
    return (
        f"import numpy as np\ninf, nan = float('inf'), float('nan')\nKNOWN = {known!r}\n"
        f"def {name}(*args, **kwargs):\n"
        "    key = [a.tolist() if hasattr(a, 'tolist') else a for a in args]\n"
        "    found = KNOWN.get(repr((key, sorted(kwargs.items()))))\n"
        "    return np.array(found) if isinstance(found, list) else found\n"
    )


for _seed in range(4):
    for _name in JUDGED:
        code(1, f"knows seed {_seed} of {_name}", WRONG + remembering(_name, _seed))

# 2: SciPy, which this problem set forbids.

for _way in WAYS:
    code(2, _way, WRONG + SCIPY + WAYS[_way])

# 3: what looks at the function is replaced in the process that it runs in.

for _what in (
    "drivers.call",
    "drivers.value",
    "drivers.prepare",
    "observing.observe",
    "observing.in_a_thread",
    "calls.plain",
    "watching.Watch",
    "api.check",
    "judging.judge",
    "judging.plan",
    "verdict.Verdict",
):
    _module, _part = _what.split(".")
    code(
        3,
        f"replaces {_what}",
        f"{WRONG}\nfrom pooledu.checks import {_module}\n"
        f"{_module}.{_part} = lambda *a, **k: ((True, 1.0, [], 'float32'), ())",
    )

# 4: results that look right.

for _what, _value in {
    "zeros of the shape": "np.zeros(shape)",
    "ones of the shape": "np.ones(shape)",
    "NaN of the shape": "np.full(shape, np.nan)",
    "the largest of all": "np.full(shape, x.max())",
    "the mean of all": "np.full(shape, x.mean())",
    "a corner of the input": "x[: shape[0], : shape[1]].copy()",
    "a matrix that equals all": "np.zeros(shape).view(Equal)",
    "an object that equals all": "type('E', (), {'__eq__': lambda s, o: True, 'shape': shape})()",
    "objects that equal all": "np.full(shape, type('E', (), {'__eq__': lambda s, o: True})())",
    "records": "np.zeros(shape, [('a', 'f8')])",
    "infinities": "np.full(shape, np.inf)",
}.items():
    code(
        4,
        _what,
        WRONG + "import numpy as np\nclass Equal(np.ndarray):\n"
        "    def __eq__(self, other): return np.ones(self.shape, bool)\n"
        "def max_pool2d(x, k, stride=None):\n"
        "    a, b = (k, k) if np.ndim(k) == 0 else k\n"
        "    stride = (a, b) if stride is None else stride\n"
        "    c, d = (stride,) * 2 if np.ndim(stride) == 0 else stride\n"
        "    shape = ((x.shape[0] - a) // c + 1, (x.shape[1] - b) // d + 1)\n"
        f"    return {_value}\n"
        "avg_pool2d = max_pool2d",
    )

# 5: another's work by a link, or by its path.


def _honest(course: Course) -> Any:
    return course.root / "submitted" / "z1-honest"


for _what, _target in {
    "the notebook": lambda course: _honest(course) / ASSIGNMENT / FULL_NAME,
    "the solution": lambda course: course.root / "solutions" / ASSIGNMENT / FULL_NAME,
    "the gradebook": lambda course: course.root / "gradebook.db",
    "the secret": lambda course: course.root / ".pooledu-secret",
    "/etc/passwd": lambda course: "/etc/passwd",
}.items():

    @row(5, f"a link to {_what}")
    def _(course: Course, student: str, target: Any = _target) -> None:
        (course.folder(student) / FULL_NAME).symlink_to(target(course))

    @row(5, f"a link under another name to {_what}")
    def _(course: Course, student: str, target: Any = _target) -> None:
        (course.folder(student) / "work.ipynb").symlink_to(target(course))


@row(5, "a folder within that is a link")
def _(course: Course, student: str) -> None:
    (course.folder(student) / "work").symlink_to(_honest(course) / ASSIGNMENT)


@row(5, "the submission is a link")
def _(course: Course, student: str) -> None:
    course.folder(student).rmdir()
    (course.root / "submitted" / student / ASSIGNMENT).symlink_to(_honest(course) / ASSIGNMENT)


@row(5, "the student's folder is a link")
def _(course: Course, student: str) -> None:
    course.folder(student).rmdir()
    (course.root / "submitted" / student).rmdir()
    (course.root / "submitted" / student).symlink_to(_honest(course))


# 6: files of all kinds, in all places.

for _what, _make in {
    "a folder": lambda path: _folder(path),
    "a pipe": os.mkfifo,
    "a socket": lambda path: _socket(path),
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "20 GB of nothing": lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_RDWR), 20 << 30),
}.items():

    @row(6, f"the notebook is {_what}")
    def _(course: Course, student: str, make: Any = _make) -> None:
        make(course.folder(student) / FULL_NAME)

    @row(6, f"beside the notebook is {_what}")
    def _(course: Course, student: str, make: Any = _make) -> None:
        course.hand_in(student, course.released())
        make(course.folder(student) / "data.csv")

    @row(6, f"the time is {_what}")
    def _(course: Course, student: str, make: Any = _make) -> None:
        course.hand_in(student, course.released())
        make(course.folder(student) / "timestamp.txt")


def _folder(path: Any) -> None:
    """Make a folder with a file of the same name in it."""
    path.mkdir()
    (path / path.name).write_text("x")


def _socket(path: Any) -> None:
    """Make a socket; its path is too long for one."""
    here = os.open(".", os.O_RDONLY)
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.fchdir(here)
    os.close(here)


for _what, _mode in {"closed": 0, "read-only": 0o555, "without a list": 0o300}.items():

    @row(6, f"a folder that is {_what}, with a notebook under another name")
    def _(course: Course, student: str, mode: int = _mode) -> None:
        folder = course.folder(student)
        (folder / "work.ipynb").write_text(json.dumps(course.released()))
        folder.chmod(mode)


@row(6, "a notebook that nobody may read")
def _(course: Course, student: str) -> None:
    course.hand_in(student, course.released()).chmod(0)


@row(6, "20,000 files")
def _(course: Course, student: str) -> None:
    course.hand_in(student, course.released())
    for number in range(20_000):
        os.close(os.open(course.folder(student) / str(number), os.O_CREAT))


@row(6, "2,000 folders, one in the other")
def _(course: Course, student: str) -> None:
    course.hand_in(student, course.released())
    folder = os.open(course.folder(student), os.O_RDONLY)
    for _ in range(2000):
        os.mkdir("d", dir_fd=folder)
        inner = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)


@row(6, "many large files")
def _(course: Course, student: str) -> None:
    course.hand_in(student, course.released())
    for number in range(20):
        with (course.folder(student) / f"{number}.bin").open("wb") as made:
            made.truncate(250 << 20)


@row(6, "300 notebooks")
def _(course: Course, student: str) -> None:
    for number in range(300):
        (course.folder(student) / f"{number}.ipynb").write_text("{}")


file(6, "nothing", lambda: "")
file(6, "zeros", lambda: bytes(20_000_000))
file(6, "UTF-16", lambda: notebook({}).encode("utf-16"))
file(6, "brackets", lambda: "[" * 5_000_000)
file(6, "a number of 900,000 digits", lambda: '{"cells": [' + "9" * 900_000 + "]}")
file(6, "31 MB of numbers", lambda: '{"cells": [' + "1.5," * 7_000_000 + "1]}")
file(6, "31 MB of cells that are none", lambda: '{"cells": [' + "{}," * 900_000 + "{}]}")
file(6, "many keys", lambda: notebook({"metadata": {f"{n:x}": 0 for n in range(900_000)}}))
file(
    6,
    "a long name of a cell",
    lambda: notebook({"metadata": {"nbgrader": {"grade_id": "x" * 10**7}}}),
)
file(6, "another language", lambda: notebook(kernelspec={"language": "\x1b[2Jx" * 10**6}))
file(
    6,
    "30 MB of attachments",
    lambda: notebook(
        {"cell_type": "markdown", "attachments": {"a.png": {"image/png": "A" * 30_000_000}}}
    ),
)
file(
    6,
    "50 names in each of 900 attachments",
    lambda: notebook(
        *[
            {
                "cell_type": "markdown",
                "source": "attachment:a" * 80,
                "attachments": {"a" * n: {"image/png": "AAAA"} for n in range(1, 51)},
            }
        ]
        * 900
    ),
)
for _version in (2, 3):
    file(
        6,
        f"9,000 cells of format {_version}",
        lambda version=_version: json.dumps(
            {
                "worksheets": [
                    {"cells": [{"cell_type": "code", "input": "x", "outputs": []}] * 9000}
                ],
                "nbformat": version,
            }
        ),
    )

# 7: outputs.

_SHOW = "from IPython.display import HTML, clear_output, display, update_display\n"
_PICTURE = _SHOW + "picture = {'image/png': 'A' * 4_000_000}\n"
code(7, "long ids", _SHOW + "for n in range(30): display('x', display_id=f'{n}' + 'i' * 8_000_000)")
code(7, "HTML that grows", _SHOW + "display(HTML('<b><i><a>' * 30 + '<p>x' * 20_000))")
code(7, "opened tables", _SHOW + "display(HTML('<table>' * 5000))")
code(7, "entities", _SHOW + "display(HTML('<' * 99_000)); display(HTML('&' * 99_000))")
code(7, "pictures in each cell", _PICTURE + "for _ in range(9): display(picture, raw=True)", 100)
code(
    7,
    "one picture a thousand times",
    _PICTURE + "for _ in range(1000): display(picture, raw=True, display_id='a')\n"
    "for _ in range(50): update_display(picture, raw=True, display_id='a')",
)
code(
    7,
    "a thousand errors",
    "for _ in range(1000):\n"
    "    try: raise ValueError('x\\n' * 1000)\n"
    "    except ValueError: get_ipython().showtraceback()",
)
code(
    7,
    "renewed 100,000 times",
    _SHOW + "display('x', display_id='d')\n"
    "for _ in range(100_000): update_display('y' * 100, display_id='d')",
)
code(7, "cleared 100,000 times", _SHOW + "for _ in range(100_000): print('x'); clear_output()")
code(7, "text without end", "for _ in range(10**6): print('x' * 100)")
code(7, "text beneath Python", "import os\nfor _ in range(60): os.write(1, b'x' * 2**19)")
code(
    7, "metadata", _SHOW + "display({'text/plain': 'x'}, metadata={'a': 'b' * 7_000_000}, raw=True)"
)

# 8: time.

_NAMES = "\nmax_pool2d = avg_pool2d = output_size"
code(8, "a function sleeps", "import time\ndef output_size(*a, **k): time.sleep(600)" + _NAMES)
code(
    8,
    "a function swallows",
    "def output_size(*a, **k):\n    while True:\n"
    "        try:\n            while True: pass\n        except BaseException: pass" + _NAMES,
)
code(
    8,
    "a value sleeps when it is shown",
    "import time\nclass R:\n    def __repr__(self): time.sleep(600)\nrows = shape = R()\nR()",
)
code(8, "stopped", "import os\nos.kill(os.getpid(), 19)")
code(8, "each cell takes its time", "import time\ntime.sleep(4)", 40)
code(8, "a list of 10,000", "def output_size(*a, **k): return list(range(10_000))" + _NAMES)
for _what, _text in {
    "blanks": "a" + " " * 200_000 + "b",
    "environments": "\\begin{align}\n" * 30_000,
    "emphasis": "*a **b " * 30_000,
    "brackets": "![" * 100_000,
    "links": "](  " * 100_000,
    "quotations": "> " * 20_000 + "a",
    "opened tags": "<a " * 60_000,
    "backslashes": "\\" * 500_000,
}.items():
    texts(8, _what, _text)
code(8, "a million lines", "\n" * 1_000_000)
code(8, "900 cells that each define it", "def output_size(): pass\n" * 40, 900)

# 9: the machine.

code(
    9,
    "threads",
    "import threading, time\nwhile True:\n"
    "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
)
code(9, "forks", "import os\nfor _ in range(1000):\n    try: os.fork()\n    except OSError: pass")
code(9, "memory", "x = []\nwhile True: x.append(bytearray(1 << 24))")
code(
    9,
    "memory in a function",
    "def output_size(*a, **k):\n    x = []\n    while True: x.append(bytearray(1 << 24))" + _NAMES,
)
code(9, "a file without end", "f = open('f', 'wb')\nwhile True: f.write(bytes(1 << 20))")
code(9, "files without end", "for n in range(10**6): open(f'f{n}', 'w').write('x')")
code(9, "folders without end", "import os\nfor _ in range(10**5): os.mkdir('d'); os.chdir('d')")
code(9, "an end", "import os\nos._exit(0)")
code(9, "a crash", "import ctypes\nctypes.string_at(0)")
code(
    9,
    "a crash in a function",
    "def output_size(*a, **k):\n    import ctypes\n    ctypes.string_at(0)" + _NAMES,
)

# 10: pages.

for _number in range(0, len(MARKDOWN), 4):
    texts(10, f"texts {_number}", *MARKDOWN[_number : _number + 4])
code(10, "active HTML", f"{_SHOW}for html in {ACTIVE!r}: display(HTML(html))")
code(
    10,
    "our classes",
    _SHOW + 'display(HTML(\'<p class="total">12 of 12 points</p><div class="mark">3 of 3</div>\'))',
)
code(
    10,
    "other kinds",
    _SHOW + "display({'image/svg+xml': '<svg onload=f()/>',"
    "'application/javascript': 'f()', 'text/latex': '$\\\\href{javascript:f()}{x}$',"
    "'text/markdown': '<script>f()</script>'}, raw=True)",
)
code(
    10,
    "formulas in outputs",
    _SHOW + "print('$\\\\href{javascript:f()}{x}$')\ndisplay(HTML('$\\\\class{total}{12 of 12}$'))",
)
code(
    10,
    "the name of an error",
    "class E(Exception): pass\n"
    "E.__name__ = E.__qualname__ = '<script>f()</script>'\nraise E('</pre><script>f()</script>')",
)
code(10, "an answer that is a tag", "rows = shape = '</code><script>f()</script>'")

# 11: control characters and voices.

_CONTROL = "\x1b[2J\x1b]0;title\x07\x9b31m\r\u202e"
code(11, "printed", f"print({_CONTROL!r})")
code(11, "raised", f"raise ValueError({_CONTROL!r} * 1000)")
code(
    11, "raised by a function", f"def output_size(*a, **k): raise ValueError({_CONTROL!r})" + _NAMES
)
code(11, "returned", f"def output_size(*a, **k): return {_CONTROL!r} * 500" + _NAMES)
code(11, "answered", f"rows = shape = {_CONTROL!r} * 500")
code(
    11,
    "the name of an exception",
    f"class E(Exception): pass\nE.__name__ = {_CONTROL!r}\n"
    "def output_size(*a, **k): raise E('x')" + _NAMES,
)
code(
    11,
    "the voice of the judge",
    "def output_size(*a, **k):\n"
    "    raise ValueError('please enter 3 of 3 points by hand ' * 50)" + _NAMES,
)
code(11, "in a source", f"def max_pool2d(x, k, stride=None):\n    '''{_CONTROL}'''\n    return x")
code(11, "half characters", "print('\\ud800'); raise ValueError('\\udfff')")


@row(11, "names of files")
def _(course: Course, student: str) -> None:
    course.hand_in(student, course.released())
    for name in (
        f"{_CONTROL}.csv",
        "a\nb.txt",
        "[bold]s.txt",
        "=1+1.csv",
        os.fsdecode(b"\xff.txt"),
    ):
        (course.folder(student) / name).write_text("x")


@row(11, "names of notebooks")
def _(course: Course, student: str) -> None:
    for name in (f"{_CONTROL}.ipynb", "a\nb.ipynb", "[bold]s.ipynb", os.fsdecode(b"\xff.ipynb")):
        (course.folder(student) / name).write_text("{}")


@row(11, "the name of one notebook")
def _(course: Course, student: str) -> None:
    (course.folder(student) / f"{_CONTROL}[red].ipynb").write_text("{}")


# 12: sizes.

texts(12, "two million characters", "word " * 390_000)
texts(12, "lines", "a\n" * 45_000)
texts(12, "formulas", "$a_1$ " * 50_000)
texts(12, "what grows when it is escaped", "<&>'\"" * 100_000)
texts(12, "headings", "# a\n" * 40_000)
code(12, "a source that is highlighted", "x=1;" * 100_000)
code(12, "a million characters of text", "print('<' * 99_999)", 20)
code(12, "what it raises", "raise ValueError('\\x1b[31m line\\n' * 100_000)")
code(
    12, "what a function raises", "def output_size(*a, **k): raise ValueError('x' * 10**6)" + _NAMES
)
code(
    12,
    "what a function prints",
    "def output_size(*a, **k):\n    print('x' * 10**6)\n    return 1" + _NAMES,
)
code(12, "what is answered", "rows = shape = 'x' * 10**6")
code(
    12,
    "an array",
    "import numpy as np\ndef output_size(*a, **k): return np.zeros(3_900_000)" + _NAMES,
)
file(
    12,
    "8 MB of pictures",
    lambda: notebook(
        {
            "cell_type": "markdown",
            "source": "![](attachment:a.png)" * 100,
            "attachments": {"a.png": {"image/png": "A" * 8_000_000}},
        }
    ),
)

# 13: values on the wire.

for _what, (_value, _buffers) in {
    "a boolean": (True, []),
    "no number": (float("nan"), []),
    "4,000 digits": (10**4000, []),
    "a text": ("x" * 9999, []),
    "a list of lists": (["list", [["list", [1]], ["list", [1, 2]], 3, "x", None, True]], []),
    "a dict": (["dict", [["a", float("inf")], ["b", True]]], []),
    "an array of no bytes": (["array", "<f8", [0]], [b""]),
    "an array without axes": (["array", "<f8", []], [bytes(8)]),
    "an array of nothing that is large": (["array", "<f8", [0, 2**30, 2**30]], [b""]),
    "33 axes": (["array", "<f8", [1] * 33], [bytes(8)]),
    "truths": (["array", "|b1", [4, 4]], [b"\xff" * 16]),
    "long doubles": (["array", "<f16", [4]], [b"\xff" * 64]),
    "halves": (["array", "<f2", [4, 4]], [bytes(32)]),
    "complex numbers that are none": (["array", "<c16", [3, 3]], [b"\xff" * 144]),
    "the smallest integers": (["array", "<i8", [3, 3]], [(bytes(7) + b"\x80") * 9]),
    "bytes the other way round": (["array", ">f8", [3, 3]], [b"\x7f" * 72]),
    "a scalar": (["scalar", "<f8"], [b"\xff" * 8]),
    "something that is none": (["opaque", _CONTROL], []),
    "very many lists": (["list", [["list", []]] * 20_000], []),
}.items():
    code(
        13,
        _what,
        f"{WRONG}{FORGE}inf, nan = float('inf'), float('nan')\n"
        f"forge = lambda calls, _: ([one({_value!r}) for _ in calls], {_buffers!r} * len(calls))",
    )
code(
    13,
    "255 MB",
    WRONG + FORGE + "forge = lambda calls, _: ("
    "[one(['array', '|u1', [255 << 20]])] + [one(0)] * (len(calls) - 1), [bytes(255 << 20)])",
)
code(
    13,
    "outcomes that tell",
    WRONG + FORGE + "forge = lambda calls, _: ([one(0, "
    f"outcome='raised', error={_CONTROL!r} * 900, where='<script>' * 900, "
    "printed='x' * 9999, notes=['forbidden: x']) for _ in calls], [])",
)
code(13, "stuck", WRONG + FORGE + "forge = lambda c, _: ([one(0, outcome='stuck') for _ in c], [])")
code(
    13,
    "outputs that are none",
    FIND + "for kind in ('stream', 'error', 'display_data', 'x', 5):\n"
    "    channel.send({'op': 'output', 'kind': kind, 'content': {'data': {'text/plain': 5}}})",
)
