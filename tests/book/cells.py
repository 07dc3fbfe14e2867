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
STUCK_IN_C = RIGHT.replace(
    "    stride =",
    "    if x.shape == (7, 8):\n        a = np.ones((3000, 3000))\n"
    "        a @ a @ a @ a @ a @ a @ a @ a\n    stride =",
    1,
)
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
