"""Work that needs a file which will not be there when it is graded is told so before."""

import importlib
import runpy
import sys

import pytest

from pooledu.checks.travelling import files_beside

RIGHT = """
import numpy as np

def max_pool2d(x, kernel_size, stride=None):
    s = stride or kernel_size
    windows = np.lib.stride_tricks.sliding_window_view(x, (kernel_size, kernel_size))
    return windows[::s, ::s].max(axis=(2, 3))
"""
USES = """
import numpy as np
import mypool
from pooledu import check

def max_pool2d(x, kernel_size, stride=None):
    def inner():
        return mypool.max_pool2d(x, kernel_size, stride)
    return inner()

verdict = check(max_pool2d)
"""
WAYS = {
    "imported": "from mypool import max_pool2d\nfrom pooledu import check\n"
    "verdict = check(max_pool2d)",
    "used inside": USES,
    "used by name": USES.replace(
        "import mypool", "from mypool import max_pool2d as theirs"
    ).replace("mypool.max_pool2d", "theirs"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "mypool.py").write_text(RIGHT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield tmp_path
    sys.modules.pop("mypool", None)


def verdict_of(folder, text):
    """The verdict of a notebook's cells, which run as `__main__`."""
    (folder / "cells.py").write_text(text)
    return runpy.run_path(str(folder / "cells.py"), run_name="__main__")["verdict"]


@pytest.mark.parametrize("way", WAYS)
def test_a_right_function_from_a_file_beside_the_notebook_passes_with_a_remark(folder, way):
    verdict = verdict_of(folder, WAYS[way])
    assert verdict.passed
    assert verdict.says[-1].startswith("`max_pool2d` needs `mypool.py`. Only the notebook")
    assert "mypool.py" in verdict.message
    assert "mypool.py" in verdict.html


def test_a_function_of_the_notebook_that_uses_installed_packages_gets_no_remark(folder):
    text = RIGHT + "\nfrom pooledu import check\nverdict = check(max_pool2d)"
    verdict = verdict_of(folder, text)
    assert verdict.passed
    assert verdict.says == ()


def test_an_environment_in_the_folder_of_the_notebook_is_installed_all_the_same(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    package = tmp_path / ".venv" / "lib" / "theirs.py"
    package.parent.mkdir(parents=True)
    package.write_text(RIGHT)
    monkeypatch.syspath_prepend(package.parent)
    importlib.invalidate_caches()
    theirs = importlib.import_module("theirs")
    assert files_beside(theirs.max_pool2d, tmp_path) == []
    monkeypatch.setattr(sys, "prefix", "/nowhere")
    assert files_beside(theirs.max_pool2d, tmp_path) == [".venv/lib/theirs.py"]
    sys.modules.pop("theirs")


class Odd:
    def __getattribute__(self, name):
        raise RuntimeError(name)


ODD = {"refuses": Odd, "nothing": lambda: None, "a number": lambda: 3, "a text": lambda: "x",
       "of module 7": type("C", (), {"__module__": 7})}  # fmt: skip


@pytest.mark.parametrize("what", ODD)
def test_whatever_is_handed_in_raises_nothing(what):
    assert files_beside(ODD[what]()) == []
