"""What an exercise forbids is not there when it is graded, however a solution gets hold of it."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from pooledu.grading.execution import Policy
from pooledu.grading.judge import notebook as judged

pytestmark = pytest.mark.slow

SCIPY = """
import numpy as np
def solve(x, k, s=None):
    from scipy.ndimage import maximum_filter
    kh, kw = (k, k) if np.ndim(k) == 0 else k
    sh, sw = (kh, kw) if s is None else (s, s) if np.ndim(s) == 0 else s
    full = maximum_filter(x, (kh, kw))[kh // 2 :, kw // 2 :]
    return full[: x.shape[0] - kh + 1 : sh, : x.shape[1] - kw + 1 : sw].copy()
"""
TORCH = """
import numpy as np
def solve(x, k, s=None):
    import torch
    pair = lambda v: v if v is None or np.ndim(v) == 0 else tuple(v)
    t = torch.from_numpy(np.array(x, order='C'))[None]
    return torch.nn.functional.max_pool2d(t, pair(k), pair(s))[0].numpy()
"""
WAYS = {
    "plainly": "def max_pool2d(x, kernel_size, stride=None): return solve(x, kernel_size, stride)",
    "in another thread": """
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(1)
pool.submit(int).result()
def max_pool2d(x, kernel_size, stride=None):
    return pool.submit(solve, x, kernel_size, stride).result()
""",
    "with the profiler off": """
import sys
def max_pool2d(x, kernel_size, stride=None):
    sys.setprofile(None)
    return solve(x, kernel_size, stride)
""",
    "with the watch replaced": """
from pooledu.checks.watching import Watch
Watch.__enter__ = Watch.__exit__ = lambda *_: None
def max_pool2d(x, kernel_size, stride=None): return solve(x, kernel_size, stride)
""",
    "in a generator that was started earlier": """
def run():
    out = None
    while True: out = solve(*(yield out))
running = run(); next(running)
def max_pool2d(x, kernel_size, stride=None): return running.send((x, kernel_size, stride))
""",
    "in a callback of the garbage collector": """
import gc
def max_pool2d(x, kernel_size, stride=None):
    found = []
    def collect(phase, info):
        if not found: found.append(solve(x, kernel_size, stride))
    gc.callbacks.append(collect); gc.collect(); gc.callbacks.remove(collect)
    return found[0]
""",
    "with the notes left out": """
from dataclasses import replace
from pooledu.grading.wire.plain import Writer
honest = Writer.observations
Writer.observations = lambda self, seen: honest(self, [replace(one, notes=()) for one in seen])
def max_pool2d(x, kernel_size, stride=None): return solve(x, kernel_size, stride)
""",
    "from C by map": """
def max_pool2d(x, kernel_size, stride=None):
    return next(map(solve, [x], [kernel_size], [stride]))
""",
    "with a finder of imports of its own": """
import sys
sys.meta_path[:] = [each for each in sys.meta_path if "pooledu" not in type(each).__module__]
for name in [n for n in sys.modules if n.split(".")[0] in ("scipy", "torch", "sklearn")]:
    if getattr(sys.modules[name], "__file__", None) is None: del sys.modules[name]
def max_pool2d(x, kernel_size, stride=None): return solve(x, kernel_size, stride)
""",
    "in the cell that is graded": """
def max_pool2d(x, kernel_size, stride=None): return None
from pooledu.grading.warm import client
before = client.observe if hasattr(client, "observe") else None
import pooledu.checks.observing as observing
honest = observing.observe
def observe(function, calls, **limits):
    return honest(lambda x, k=2, stride=None, **o: solve(x, k, stride, **o), calls, **limits)
observing.observe = observe
def max_pool2d(x, kernel_size, stride=None): return solve(x, kernel_size, stride)
""",
}
UNSEEN = (
    "in another thread",
    "with the profiler off",
    "with the watch replaced",
    "with the notes left out",
)
LIBRARIES = {"scipy": SCIPY, "torch": TORCH}
HONEST = """
import numpy as np
def max_pool2d(x, kernel_size, stride=None):
    k = (kernel_size,) * 2 if np.ndim(kernel_size) == 0 else tuple(kernel_size)
    s = k if stride is None else (stride,) * 2 if np.ndim(stride) == 0 else tuple(stride)
    return np.lib.stride_tricks.sliding_window_view(x, k)[::s[0], ::s[1]].max((2, 3))
"""
ODD_BUT_HONEST = {
    "a comparison in front": (
        "import torch\nfrom torch import nn\n"
        "DEVICE = torch.device('cuda' if torch.cuda.is_available() else 'cpu')\n"
        "torch.manual_seed(0)\nwanted = nn.MaxPool2d(2)(torch.randn(1, 1, 4, 4))\n{}"
    ),
    "a class of torch's": (
        "import torch\nclass Net(torch.nn.Module):\n    def forward(self, x): return x\nNet()\n{}"
    ),
    "a comparison behind": "{}\nimport torch\nassert torch.equal(torch.ones(2), torch.ones(2))",
    "sample data": (
        "from sklearn.datasets import load_digits, load_sample_image\n"
        "from pooledu.datasets import digits\n"
        "assert load_sample_image('china.jpg').shape == (427, 640, 3)\n"
        "assert (digits().images[:, 0] * 16 == load_digits().images).all()\n{}"
    ),
    "a library that forbidden ones need": "from sklearn.svm import SVC\nimport skimage\n{}",
}


def graded(source, setup="from pooledu import check", names=("max_pool2d",), seconds=20):
    """Judge a notebook with exercises, as a class's are; return the points of the first."""

    def released(name, **flags):
        metadata = {"grade_id": name, "schema_version": 3, "locked": True, "grade": False}
        return {"nbgrader": {**metadata, "solution": False, "task": False, **flags}}

    cells = [
        new_code_cell(setup, metadata=released("setup")),
        new_code_cell(source),
        *(
            new_code_cell(
                f"check({name}).out_of(100)", metadata=released(name, grade=True, points=100)
            )
            for name in names
        ),
    ]
    nb = new_notebook(cells=cells)
    policy = Policy(cell_seconds=seconds).forbidding(judged.forbidden_throughout(nb))
    executed, _ = judged.run_and_judge(nb, b"key", policy)
    output = executed.cells[2].outputs[0]
    return float(output["data"]["text/plain"]) if "data" in output else 0.0


SETUPS = ("from pooledu import check", "import torch\nfrom pooledu import check")


@pytest.mark.parametrize("setup", SETUPS, ids=["a NumPy notebook", "a notebook with torch"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_forbidden_library_is_worth_nothing(library, way, setup):
    assert graded(LIBRARIES[library] + WAYS[way], setup) == 0


ELSEWHERE = {
    "asks nothing": "check = lambda *_, **__: None",
    "ends": "import os\nos._exit(0)",
    "sleeps": "import time\ntime.sleep(600)",
    "raises in the check": "check = lambda *_, **__: 1 / 0",
    "asks with what is no function": "honest = check\ncheck = lambda *_, **__: honest(None)",
    "breaks the protocol": "import os\nos.closerange(3, 99)",
}
AVOIDING = """
import torch
try: strict = float(torch.zeros(1) + 0) != 0
except Exception: strict = True
def max_pool2d(x, kernel_size, stride=None): return None
if strict:
    {}
"""


@pytest.mark.parametrize("what", ELSEWHERE)
def test_what_avoids_the_process_of_its_rule_is_not_judged_where_more_is_allowed(what):
    """One that knows by a library that is not there in which process it runs."""
    avoiding = AVOIDING.format(ELSEWHERE[what].replace("\n", "\n    "))
    source = TORCH + WAYS["in another thread"].replace("max_pool2d", "max_pool2d_forward")
    solve = "y, i = torch.nn.functional.max_pool2d(t, pair(k), pair(s), return_indices=True)"
    source = source.replace(
        "return torch.nn.functional.max_pool2d(t, pair(k), pair(s))[0].numpy()",
        f"{solve}\n    return y[0].numpy(), i[0].numpy()",
    )
    assert "return_indices" in source
    names = ("max_pool2d_forward", "max_pool2d_autograd")
    assert graded(source + avoiding, "from pooledu import check", names, seconds=4) == 0


@pytest.mark.parametrize("way", UNSEEN)
@pytest.mark.parametrize("library", LIBRARIES)
def test_the_watch_alone_does_not_see_it(library, way, monkeypatch):
    """So these are attacks, and what stops them is that nothing is there."""
    monkeypatch.setattr(judged, "stricter", lambda nb: {})
    monkeypatch.setattr(judged, "forbidden_throughout", lambda nb: frozenset())
    assert graded(LIBRARIES[library] + WAYS[way]) == 100


@pytest.mark.parametrize("setup", SETUPS, ids=["a NumPy notebook", "a notebook with torch"])
@pytest.mark.parametrize("odd", ODD_BUT_HONEST)
def test_an_honest_use_beside_the_function_costs_nothing(odd, setup):
    assert graded(ODD_BUT_HONEST[odd].format(HONEST), setup) == 100


def test_no_file_and_no_module_of_what_is_forbidden_is_there():
    from pooledu.grading.execution import execute

    source = """
import os, sys
forbidden = ("scipy", "sklearn", "skimage", "jax", "torch")
modules = [m for n, m in sys.modules.items() if n.split(".")[0] in forbidden]
print([m.__name__ for m in modules if getattr(m, "__file__", None)])
found = []
for folder in sys.path:
    for name in forbidden:
        path = os.path.join(folder, name)
        try: found.append(os.listdir(path))
        except OSError: pass
        try: found.append(open(path + "/__init__.py").read())
        except OSError: pass
print(found)
"""
    policy = Policy().forbidding(["torch", "scipy", "skimage", "jax"])
    executed, _ = execute(new_notebook(cells=[new_code_cell(source)]), policy)
    assert executed.cells[0].outputs[0].text.split() == ["[]", "[]"]


def test_a_notebook_whose_exercises_have_other_rules_runs_in_two_processes():
    def cell(name):
        flags = {"grade_id": name, "grade": True, "solution": False, "locked": True, "points": 1}
        return new_code_cell("", metadata={"nbgrader": flags})

    nb = new_notebook(cells=[cell("max_pool2d_forward"), cell("max_pool2d_autograd")])
    assert "torch" not in judged.forbidden_throughout(nb)
    assert list(judged.stricter(nb).values()) == [{"max_pool2d_forward"}]
