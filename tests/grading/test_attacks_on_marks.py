"""Attacks on the mark: each submission tries to get points that it has not earned.

None solves an exercise; all are graded in one batch with an honest submission.
"""

import hashlib
import shutil
import sqlite3
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell

from pooledu import check
from pooledu.grading.judge import judge
from pooledu.grading.run import command as grade
from tests.grading.course import ASSIGNMENT, SOLUTIONS, Course, make_course
from tests.sampling import one_in

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
CONFIG = "c.JudgedExecute.cell_seconds = 3"
FULL = {"output_size": 3, "pooled_size": 1, "pooled_shape": 1, "max_pool2d": 3, "avg_pool2d": 2}

WRONG = """
def output_size(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False): return -1
def max_pool2d(x, kernel_size, stride=None): return None
def avg_pool2d(x, kernel_size, stride=None): return None
rows, shape = 0, ()
"""
FIND = """
import gc, json, os, struct, sys
from pooledu.grading.wire.channel import Channel
channel = next(each for each in gc.get_objects() if type(each) is Channel)
"""
FORGE = (
    FIND
    + """
def one(value, **others):
    return {'outcome': 'returned', 'value': value, 'error': '', 'where': '', 'printed': '',
            'notes': [], **others}
def check(function=None, exercise=None):
    name = exercise or getattr(function, '__name__', '')
    channel.send({'op': 'check', 'exercise': name, 'callable': True})
    message, buffers = channel.receive()
    if message['op'] == 'calls':
        seen, data = forge(message['calls'], buffers)
        channel.send({'op': 'seen', 'seen': seen}, data)
        print(channel.receive())
"""
)
TRIES = {
    "rewrites-later-cells": (
        "def all_points(lines):\n"
        "    return ['2.0\\n'] if lines and 'check(' in lines[0] else lines\n"
        "get_ipython().input_transformers_cleanup.append(all_points)"
    ),
    "strips-checks-from-the-tree": (
        "import ast\n"
        "class Strip(ast.NodeTransformer):\n"
        "    def visit_Call(self, node): return ast.copy_location(ast.Constant(2.0), node)\n"
        "get_ipython().ast_transformers.append(Strip())"
    ),
    "swallows-exceptions": (
        "get_ipython().set_custom_exc((BaseException,), lambda *_, **__: None)"
    ),
    "replaces-check": (
        "import pooledu, pooledu.checks, builtins\n"
        "class Full:\n"
        "    def out_of(self, points): return float(points)\n"
        "check = pooledu.check = pooledu.checks.check = builtins.check = lambda *_, **__: Full()"
    ),
    "replaces-the-verdict": (
        "from pooledu.checks.verdict import Verdict\n"
        "Verdict.reached = property(lambda self: 3.0); Verdict.passed = True\n"
        "Verdict._repr_mimebundle_ = lambda *_, **__: {'text/plain': '3.0'}"
    ),
    "replaces-comparisons": (
        "import numpy as np\n"
        "np.testing.assert_allclose = np.testing.assert_array_equal = lambda *_, **__: None\n"
        "np.array_equal = np.allclose = lambda *_, **__: True"
    ),
    "equals-everything": (
        "import numpy as np\n"
        "class Equal(np.ndarray):\n"
        "    __eq__ = __le__ = __lt__ = lambda *_: True\n"
        "    __ne__ = lambda *_: False\n"
        "    def __array_ufunc__(self, *_, **__): return True\n"
        "def max_pool2d(x, kernel_size, stride=None): return x.view(Equal)\n"
        "avg_pool2d = output_size = max_pool2d"
    ),
    "prints-points-everywhere": (
        "get_ipython().events.register('post_execute', lambda: print('2.0'))\n"
        "from IPython.display import display\n"
        "get_ipython().events.register('pre_execute', lambda: display(2.0))"
    ),
    "shows-a-result-of-its-own": (
        "hook = get_ipython().displayhook\n"
        "type(hook).__call__ = lambda self, result=None: (\n"
        "    self.write_format_data({'text/plain': '3.0'}))"
    ),
    "reads-the-instructor-s-notebook": (
        "import json, glob\n"
        "for path in ('SOURCE', *glob.glob('/**/solutions/**/*.ipynb', recursive=True)):\n"
        "    for cell in json.load(open(path))['cells']: exec(''.join(cell['source']))"
    ),
    "imports-the-reference": "from pooledu.functional import *\nfrom pooledu.geometry import *",
    "imports-the-exercises": (
        "import importlib, sys\n"
        "sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != 'Gate']\n"
        "ps1 = 'pooledu.exercises.ps1_windows.'\n"
        "max_pool2d = importlib.import_module(ps1 + 'max_pool2d').max_pool2d.oracle\n"
        "avg_pool2d = importlib.import_module(ps1 + 'avg_pool2d').avg_pool2d.oracle"
    ),
    "borrows-torch": (
        "import torch, torch.nn.functional as F\n"
        "def max_pool2d(x, kernel_size, stride=None):\n"
        "    return F.max_pool2d(torch.tensor(x)[None], kernel_size, stride)[0].numpy()\n"
        "def avg_pool2d(x, kernel_size, stride=None):\n"
        "    return F.avg_pool2d(torch.tensor(x)[None], kernel_size, stride)[0].numpy()"
    ),
    "knows-the-cases-by-heart": "LEARNT",
    "forges-observations": (
        "import pooledu.checks.observing as o\n"
        "import numpy as np\n"
        "def all_well(function, calls, **_):\n"
        "    return [o.Observation('returned', np.full((1, 1), np.pi)) for _ in calls]\n"
        "o.observe = all_well\n"
        "for cell in check.__closure__:\n"
        "    if getattr(cell.cell_contents, '__name__', '') == 'observe':\n"
        "        cell.cell_contents = all_well"
    ),
    "gives-nan": (
        "import numpy as np\n"
        "def max_pool2d(x, kernel_size, stride=None): return np.full((99, 99), np.nan)\n"
        "avg_pool2d = max_pool2d\n"
        "rows = float('nan'); shape = float('inf')"
    ),
    "forges-done": FIND
    + (
        "for cell in range(40):\n"
        "    channel.send({'op': 'done', 'cell': cell, 'status': 'ok', 'count': 1})"
    ),
    "asks-too-early": FIND
    + (
        "channel.send({'op': 'check', 'exercise': 'max_pool2d', 'callable': True})\n"
        "print(channel.receive())"
    ),
    "answers-unasked": FIND + ("channel.send({'op': 'seen', 'seen': []})"),
    "sends-a-verdict": FIND
    + ("channel.send({'op': 'verdict', 'exercise': 'max_pool2d', 'score': 1.0})"),
    "asks-with-an-odd-name": FIND
    + ("channel.send({'op': 'check', 'exercise': ['max_pool2d'], 'callable': True})"),
    "answers-half": FIND
    + (
        "import builtins\n"
        "def check(*_, **__):\n"
        "    channel.send({'op': 'check', 'exercise': 'max_pool2d', 'callable': True})\n"
        "    message, _ = channel.receive()\n"
        "    channel.send({'op': 'seen', 'seen': [{'outcome': 'returned', 'value': 1, 'error': '',"
        " 'where': '', 'printed': '', 'notes': []}]})"
    ),
    "answers-with-a-pickle": FIND
    + (
        "import pickle\n"
        "def check(*_, **__):\n"
        "    channel.send({'op': 'check', 'exercise': 'max_pool2d', 'callable': True})\n"
        "    message, _ = channel.receive()\n"
        "    seen = [{'outcome': 'returned', 'value': ['array', '|O', [1]], 'error': '',"
        " 'where': '', 'printed': '', 'notes': []}] * len(message['calls'])\n"
        "    channel.send({'op': 'seen', 'seen': seen}, [pickle.dumps(3)] * len(seen))"
    ),
    "sleeps-through-the-check": (
        "import time\ndef max_pool2d(x, kernel_size, stride=None): time.sleep(10**6)"
    ),
    "dies-in-the-check": ("import os\ndef max_pool2d(x, kernel_size, stride=None): os._exit(0)"),
    "checks-from-a-thread": (
        "import threading, time\n"
        "def always():\n"
        "    for _ in range(50): check(avg_pool2d, exercise='max_pool2d'); time.sleep(0.01)\n"
        "threading.Thread(target=always, daemon=True).start()"
    ),
    "raises-its-own-marks": (
        "import sqlite3\n"
        "db = sqlite3.connect('GRADEBOOK')\n"
        "db.execute('update submitted_notebook set extra_credit = 99'); db.commit()"
    ),
    "looks-for-the-secret": (
        "import glob\n"
        "for name in ('ROOT/.pooledu-secret', *glob.glob('/**/.pooledu-secret', recursive=True)):\n"
        "    print('TAK' + 'EN', open(name).read())"
    ),
    "reads-other-submissions": (
        "import os\nfor name in os.listdir('ROOT/submitted'): print('TAK' + 'EN', name)"
    ),
    "overwrites-other-submissions": (
        "import glob, os\n"
        "for name in ('ROOT/submitted/zz-honest/ps1_windows/ps1_windows.ipynb',\n"
        "             *glob.glob('/**/submitted/**/*.ipynb', recursive=True)):\n"
        "    os.chmod(name, 0o666); open(name, 'w').write('mine'); print('TAK' + 'EN')"
    ),
    "finds-the-secret-in-memory": (
        "import gc\n"
        "for each in gc.get_objects():\n"
        "    if type(each) is dict and {'_key', '_sources'} & each.keys():\n"
        "        print('TAK' + 'EN')"
    ),
    "finds-the-answers-in-the-stack": (
        "import sys\n"
        "def max_pool2d(x, kernel_size, stride=None):\n"
        "    frame = sys._getframe()\n"
        "    while frame:\n"
        "        for value in list(frame.f_locals.values()):\n"
        "            for name in ('expected', 'oracle', 'answer', 'exercise'):\n"
        "                if hasattr(value, name): return getattr(value, name)\n"
        "        frame = frame.f_back\n"
        "    return x"
    ),
    "reads-the-command-line": (
        "for name in ('environ', 'cmdline', 'maps', 'fd/3', 'cwd'):\n"
        "    try: print('TAK' + 'EN', open(f'/proc/self/{name}', 'rb').read(9))\n"
        "    except OSError: pass\n"
        "print(open('/proc/self/environ'))"
    ),
    "imports-the-judge": (
        "import sys\n"
        "sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != 'Gate']\n"
        "import pooledu.grading.judge.judge, pooledu.checks.judging\n"
        "print('TAK' + 'EN')"
    ),
    "imports-nbgrader": "import nbgrader.api\nprint('TAK' + 'EN')",
    "replaces-what-is-sent": FIND
    + (
        "send = Channel.send\n"
        "def better(self, message, *rest):\n"
        "    for seen in message.get('seen', ()): seen.update(outcome='returned', value=-7)\n"
        "    return send(self, message, *rest)\n"
        "Channel.send = better"
    ),
    "replaces-how-values-are-written": (
        "from pooledu.grading.wire import plain\nplain.Writer.value = lambda self, value: True"
    ),
    "says-that-it-is-another-exercise": (
        "def one(size, *a, **k): return 16\n"
        "one.__name__ = 'pooled_size'; output_size = max_pool2d = avg_pool2d = one\n"
        "rows = one"
    ),
    "a-name-that-equals-every-name": (
        "class Name(str):\n"
        "    __eq__ = lambda *_: True\n"
        "    __hash__ = str.__hash__\n"
        "honest = check\n"
        "check = lambda what, exercise=None: honest(what, exercise=Name('any'))"
    ),
    "numbers-that-equal-every-number": (
        "class Any(int):\n"
        "    __eq__ = __le__ = __ge__ = lambda *_: True\n"
        "    __ne__ = __lt__ = __gt__ = lambda *_: False\n"
        "    __hash__ = int.__hash__\n"
        "class Shape(tuple):\n"
        "    __eq__ = lambda *_: True\n"
        "    __hash__ = tuple.__hash__\n"
        "rows, shape = Any(3), Shape((9,))\n"
        "output_size = lambda *a, **k: Any(-5)"
    ),
    "arrays-that-lie-about-their-shape": (
        "import numpy as np\n"
        "class Lies(np.ndarray):\n"
        "    shape = property(lambda self: (2, 2)); dtype = property(lambda self: np.dtype('f8'))\n"
        "    __array_interface__ = property(lambda self: None)\n"
        "    tobytes = lambda self: bytes(32)\n"
        "avg_pool2d = max_pool2d = lambda x, *a, **k: np.zeros(7, 'i1').view(Lies)"
    ),
    "returns-what-it-was-given": FORGE
    + (
        "forge = lambda calls, buffers: (\n"
        "    [one(['list', [call['args'][1][0]]]) for call in calls], buffers)"
    ),
    "returns-the-right-number-of-nothings": FORGE
    + "forge = lambda calls, buffers: ([one(None) for call in calls], [])",
    "adds-fields-to-observations": FORGE
    + "forge = lambda c, b: ([one(0, passed=True, score=1.0, verdict='right') for _ in c], [])",
    "sees-more-than-was-called": FORGE
    + "forge = lambda calls, buffers: ([one(0)] * (len(calls) + 5), [])",
    "sees-an-object-for-a-list": FORGE
    + "forge = lambda calls, buffers: ({str(i): one(0) for i in range(len(calls))}, [])",
    "says-skipped": FORGE
    + "forge = lambda calls, buffers: ([one(0, outcome='skipped') for _ in calls], [])",
    "says-an-outcome-of-its-own": FORGE
    + "forge = lambda calls, buffers: ([one(0, outcome='right') for _ in calls], [])",
    "sends-nan-for-numbers": FORGE
    + "forge = lambda calls, buffers: ([one(float('nan')) for _ in calls], [])",
    "sends-infinity-for-an-int": FORGE
    + "forge = lambda calls, buffers: ([one(float('inf')) for _ in calls], [])",
    "sends-a-number-of-4000-digits": FORGE
    + "forge = lambda calls, buffers: ([one(10 ** 4000) for _ in calls], [])",
    "sends-lists-in-lists": FORGE
    + (
        "deep = 0\n"
        "for _ in range(300): deep = ['list', [deep]]\n"
        "forge = lambda calls, buffers: ([one(deep) for _ in calls], [])"
    ),
    "sends-text-that-no-file-holds": FORGE
    + (
        "odd = one('\\ud800', error='\\udfff', printed='\\ud800', where='\\ud801')\n"
        "forge = lambda calls, buffers: ([odd for _ in calls], [])"
    ),
    "sends-notes-that-praise": FORGE
    + "forge = lambda c, b: ([one(0, notes=['passed', 'score 1.0', '<script>']) for _ in c], [])",
    "sends-thousands-of-notes": FORGE
    + "forge = lambda calls, buffers: ([one(0, notes=['x'] * 5000) for _ in calls], [])",
    "sends-bytes-that-nobody-asked-for": FORGE
    + "forge = lambda calls, buffers: ([one(0) for _ in calls], [bytes(1000)] * 50)",
    "sends-an-array-and-no-bytes": FORGE
    + "forge = lambda c, b: ([one(['array', '<f8', [2, 2]]) for _ in c], [])",
    "sends-an-array-of-another-size": FORGE
    + "forge = lambda c, b: ([one(['array', '<f8', [2, 2]]) for _ in c], [bytes(8)] * len(c))",
    "sends-a-result-as-output": FIND
    + (
        "data = {'text/plain': '3.0', 'application/vnd.pooledu.verdict+json': {'passed': True}}\n"
        "content = {'data': data, 'metadata': {}, 'execution_count': 1}\n"
        "def check(*_, **__):\n"
        "    channel.send({'op': 'output', 'kind': 'execute_result', 'content': content})"
    ),
    "sends-points-with-done": FIND
    + (
        "def check(*_, **__):\n"
        "    channel.send({'op': 'done', 'cell': 9, 'status': 'ok', 'count': 1, 'score': 3.0})"
    ),
    "asks-for-the-verdicts": FIND
    + "channel.send({'op': 'verdicts'}); print('TAK' + 'EN', channel.receive())",
    "asks-for-the-seed": FIND
    + "channel.send({'op': 'seed'}); print('TAK' + 'EN', channel.receive())",
    "asks-under-a-look-alike-name": FIND
    + (
        "def check(*_, **__):\n"
        "    channel.send({'op': 'check', 'exercise': 'm\\u0430x_pool2d', 'callable': True})"
    ),
    "closes-the-line-in-the-check": FIND
    + "def max_pool2d(x, kernel_size, stride=None): channel.connection.close()",
    "ends-the-process": "import os\nos._exit(0)",
    "ends-it-at-the-end": "import atexit, os\natexit.register(os._exit, 0)\nraise SystemExit(0)",
}
STOCK_GIVES = "replaces-check"
TRIED = sorted({STOCK_GIVES, *one_in(2, TRIES)})


def learnt() -> str:
    """A function that knows by heart the answers to the cases that everyone sees."""
    seen: dict[str, tuple] = {}

    def key(x, kernel_size, stride) -> str:
        return hashlib.sha256(
            repr((x.tobytes(), x.shape, kernel_size, stride)).encode()
        ).hexdigest()

    namespace: dict = {}
    exec("import numpy as np\n" + SOLUTIONS["max_pool2d-code"], namespace)

    def spy(x, kernel_size, stride=None):
        result = namespace["max_pool2d"](x, kernel_size, stride)
        seen[key(x, kernel_size, stride)] = (result.tolist(), result.shape)
        return result

    assert check(spy, exercise="max_pool2d").passed
    source = (
        "import hashlib\nimport numpy as np\n"
        f"inf, nan = float('inf'), float('nan')\nSEEN = {seen!r}\n"
        "def max_pool2d(x, kernel_size, stride=None):\n"
        "    key = repr((x.tobytes(), x.shape, kernel_size, stride)).encode()\n"
        "    values, shape = SEEN.get(hashlib.sha256(key).hexdigest(), ([[0.0]], (1, 1)))\n"
        "    return np.array(values).reshape(shape)"
    )
    namespace = {}
    exec(source, namespace)
    assert check(namespace["max_pool2d"]).passed  # it is right for all that a student can see
    return source


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The class, graded once."""
    course = make_course(tmp_path_factory.mktemp("attacked"), CONFIG)
    for student in TRIED:
        source = learnt() if TRIES[student] == "LEARNT" else TRIES[student]
        source = source.replace("SOURCE", str(course.root / "solutions" / ASSIGNMENT))
        source = source.replace("ROOT", str(course.root))
        source = source.replace("GRADEBOOK", str(course.root / "gradebook.db"))
        notebook = course.solved(**dict.fromkeys(SOLUTIONS, ""))
        notebook.cells[2:2] = [new_code_cell(WRONG), new_code_cell(source)]
        course.hand_in(student, notebook)
    course.hand_in("zz-honest", course.solved())
    before = files(course)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge, "CALL_SECONDS", 1.0)  # one function sleeps until it is stopped
        assert course.grade() == grade.DONE
    assert files(course) == before
    course.write_feedback()
    return course


def files(course: Course) -> dict[str, bytes]:
    """All that no submission may change; the gradebook has a test of its own."""
    folders = ("submitted", "solutions", "exercises")
    return {
        str(path): path.read_bytes()
        for folder in folders
        for path in (course.root / folder).rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("student", TRIED)
def test_no_point_is_gained(course, student):
    marks = course.marks(student)
    assert {name: marks[name] for name in FULL} == dict.fromkeys(FULL, 0)


@pytest.mark.parametrize("student", TRIED)
def test_nothing_is_taken_and_the_feedback_is_there(course, student):
    notebook = course.graded(student)
    assert "TAKEN" not in str([cell.get("outputs") for cell in notebook.cells])
    page = course.root / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
    assert page.stat().st_size > 1000


def test_the_honest_submission_gets_its_points(course):
    marks = course.marks("zz-honest")
    assert {name: marks[name] for name in FULL} == FULL


def test_nobody_has_extra_credit(course):
    with sqlite3.connect(course.root / "gradebook.db") as database:
        rows = database.execute("select extra_credit from grade").fetchall()
    assert rows
    assert not any(credit for (credit,) in rows)


def test_these_submissions_would_get_points_from_stock_nbgrader(course, tmp_path):
    """The attacks are real: without the judge and the sandbox some of them succeed."""
    shutil.copytree(course.root, tmp_path / "stock", ignore=shutil.ignore_patterns("autograded"))
    stock = Course(tmp_path / "stock")
    config = Path(stock.root, "nbgrader_config.py")
    judging = ("configure", "JudgedExecute")
    lines = [
        line
        for line in config.read_text().splitlines(keepends=True)
        if not any(word in line for word in judging)
    ]
    config.write_text("".join(lines))
    stock.autograde(STOCK_GIVES, force=True)
    assert sum(stock.marks(STOCK_GIVES)[name] for name in FULL) > 5
