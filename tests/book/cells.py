"""What readers write into an exercise of a page, and what it then says."""

import re

WORK = """def max_pool2d(x, kernel_size, stride=None):
    stride = stride or kernel_size
    rows, columns = ((size - kernel_size) // stride + 1 for size in x.shape)
    cells = [
        x[i * stride :, j * stride :][:kernel_size, :kernel_size].REDUCE()
        for i in range(rows) for j in range(columns)
    ]
    return np.array(cells).reshape(rows, columns)
"""
RIGHT, WRONG = WORK.replace("REDUCE", "max"), WORK.replace("REDUCE", "mean")

HEAD = "def max_pool2d(x, kernel_size, stride=None):\n"
SHOWN = {
    "raising": (f"{HEAD}    return x[99]\n", "It raised IndexError", "line 2: return x[99]"),
    "printing": (
        f"print('once')\n{HEAD}    print('often')\n    return x\n", "once", "What it printed"
    ),
    "a syntax error": (f"{HEAD}    return x[[\n", "Line 2, column 14", "SyntaxError"),
    "endless": (
        f"{HEAD}    while True:\n        try:\n            while True: pass\n"
        "        except: pass\n",
        "did not finish in time",
    ),
    "an endless cell": ("while True:\n    pass\n", "did not finish in time"),
    "memory-eating": (
        f"{HEAD}    kept = []\n    while True:\n        kept.append(np.ones(10**7))\n",
        re.compile("MemoryError|did not finish in time|came to its end"),
    ),
    "recursive": (
        f"{HEAD}    return max_pool2d(x, 1)\n", re.compile("calls itself|came to its end")
    ),
    "asking": (f"{HEAD}    return input()\n", "waits for someone at the keyboard"),
    "ending": (f"{HEAD}    raise SystemExit\n", "tried to end the program"),
    "writing HTML": (
        f"{HEAD}    print('<img src=x onerror=alert(1)>')\n    raise KeyError('<b>bold</b>')\n",
        "<b>bold</b>",
        "<img src=x",
    ),
}  # fmt: skip


def in_one_call(line):
    """Right code, that does something else before in one call, and prints a word before that."""
    lines = f"    if x.shape == (7, 8):\n        print('begun')\n        {line}\n"
    return RIGHT.replace("    stride =", f"{lines}    stride =", 1)


# ---- what cannot be interrupted ------------------------------------------------------------------

ENDLESS_IN_C = {
    "a matrix product": "a = np.ones((3000, 3000)); a @ a @ a @ a @ a @ a @ a @ a",
    "a sleep": "import time; time.sleep(1000)",
    "JavaScript": "import js; js.eval('for (;;) {}')",
    "no signals": "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n        while 1: 1",
    "a regular expression": "import re; re.match('(a*)*b', 'a' * 60)",
    "a sum": "sum(range(10**15))",
    "an iterator": "import collections, itertools; collections.deque(itertools.repeat(0), 0)",
    "a power": "3 ** 10**9 % 7",
    "a decomposition": "np.linalg.svd(np.ones((3000, 3000)))",
}

# ---- what stays after a run ----------------------------------------------------------------------

SPOILING = """
import random, sys, types
def some(*kinds):
    modules = [one for one in list(sys.modules.values()) if isinstance(one, types.ModuleType)]
    found = {
        id(one): one for module in modules for name, one in list(vars(module).items())
        if isinstance(one, kinds) and not name.startswith("__")
    }
    return random.Random(SEED).sample(list(found.values()), len(found) // 3)
def attempt(way, *given):
    try:
        way(*given)
    except Exception:
        pass
"""
SPOILT = {
    "attributes of classes": """
for one in some(type):
    for name in list(vars(one)):
        attempt(setattr, one, name, None)
""",
    "what functions do": """
for one in some(types.FunctionType):
    attempt(setattr, one, "__code__", (lambda *_, **__: None).__code__)
""",
    "defaults of functions": """
for one in some(types.FunctionType):
    one.__defaults__ = one.__kwdefaults__ = None
""",
    "what is in tables": """
for one in some(dict, list, set):
    one.clear()
""",
    "attributes of modules": """
for one in some(types.ModuleType):
    for name in list(vars(one)):
        attempt(setattr, one, name, None)
""",
}
SETTINGS = {
    "sums of fractions": "import fractions; fractions.Fraction.__add__ = lambda *_: 0",
    "JSON": "import json; json.JSONEncoder.default = json.JSONEncoder.encode = None",
    "NumPy's errors": "np.seterr(all='raise'); np.seterrcall(1)",
    "printing": "np.set_printoptions(precision=1, threshold=1)",
    "no builtins": "import builtins; vars(builtins).clear()",
    "an output that is closed": "import sys; sys.stdout.close(); sys.stderr.close()",
    "warnings": "import warnings; warnings.simplefilter('error')",
    "no collection": "import gc; gc.disable(); gc.set_threshold(1)",
    "few calls": "import sys; sys.setrecursionlimit(60)",
    "a profile": "import sys; sys.setprofile(lambda *_: 1 / 0)",
    "signals": "import signal; signal.signal(signal.SIGINT, lambda *_: 1 / 0)",
    "the environment": "import os; os.environ.clear()",
    "a finder": "import sys; sys.path.clear(); sys.meta_path.clear()",
}
# What is not in Python's memory: another one has to begin.
OUTSIDE = {
    "a file": "open('random.py', 'w').write('1 / 0')",
    "a file that is gone": "import os, pooledu.checks; os.remove(pooledu.checks.__file__)",
    "another folder": "import os; os.chdir('/')",
    "a stream": "import os; os.close(1)",
    "JavaScript": "import js; js.JSON.parse = js.Object.keys = None",
    "a message": "import js; js.eval('dispatchEvent(new MessageEvent(\"message\", { data: {} }))')",
    "a listener": (
        "import js; js.eval('onmessage = null; "
        'addEventListener("message", (event) => event.stopImmediatePropagation())\')'
    ),
    "code of JavaScript": "from pyodide.code import run_js; run_js('JSON.stringify = null')",
    "Pyodide": "import pyodide_js; pyodide_js._module.HEAPU8 = None",
    "a later call": "import asyncio; asyncio.get_event_loop().call_later(0, lambda: 1 / 0)",
    "a library": "import numpy._core._simd",
    "memory": "np.ones(10**8)",
}

REACH = """
import js
def attempt(way):
    try:
        way()
    except Exception as error:
        return type(error).__name__
    return "REACHED"
ways = [
    lambda: js.fetch("http://example.com/"), lambda: js.fetch("/"), lambda: js.indexedDB.open("x"),
    lambda: js.caches.open("x"), lambda: js.XMLHttpRequest.new(), lambda: js.postMessage(1),
    lambda: js.WebSocket.new("ws://example.com"), lambda: js.Worker.new("x.js"),
    lambda: js.importScripts("x.js"), lambda: js.navigator.userAgent, lambda: js.location.href,
    lambda: js.eval("fetch('/')"), lambda: js.eval("(0, Function)('return fetch')()"),
    lambda: js.eval("Object.getPrototypeOf(self).indexedDB.open('x')"),
    lambda: js.eval("Object.getPrototypeOf(Object.getPrototypeOf(self)).fetch.call(self, '/')"),
    lambda: js.BroadcastChannel.new("x"), lambda: js.EventSource.new("/"),
]
print([attempt(way) for way in ways])
names = js.eval('''(() => {
  const names = [];
  for (let one = self; one !== EventTarget.prototype; one = Object.getPrototypeOf(one))
    names.push(...Object.getOwnPropertyNames(one));
  const out = /^(on|webkit|IDB|RTC|File|Cache|Storage|XML|Web(?!Assembly))/;
  return names.filter((name) => out.test(name));
})()''').to_py()
print(names)
"""
