"""Small books that are really built: what leads nowhere fails, and what changed is executed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

pytestmark = pytest.mark.slow

FLAGS = re.search(r"jupyter-book build \. (.*)", (ROOT / "Makefile").read_text("utf8"))[1].split()


@pytest.fixture
def book(tmp_path):
    """A folder with the configuration of the book and its extension, and no pages."""
    shutil.copy(ROOT / "_config.yml", tmp_path)
    (tmp_path / "book").mkdir()
    shutil.copytree(ROOT / "book" / "poolbook", tmp_path / "book" / "poolbook")
    shutil.copy(ROOT / "book" / "references.bib", tmp_path / "book")
    (tmp_path / "pooledu").mkdir()
    return tmp_path


def write(book, **pages):
    """Write the pages, and the contents with the first as the entrance."""
    for name, text in pages.items():
        (book / "book" / f"{name}.md").write_text(text, "utf8")
    first, *others = pages
    chapters = "".join(f"- file: book/{name}\n" for name in others)
    (book / "_toc.yml").write_text(f"format: jb-book\nroot: book/{first}\nchapters:\n{chapters}")


def build(book):
    """Build with the flags of the Makefile."""
    program = Path(sys.executable).with_name("jupyter-book")
    return subprocess.run(
        [program, "build", ".", *FLAGS],
        cwd=book,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


NOWHERE = {
    "a page": "[x](no-page.md)",
    "an anchor": "[x](index.md#no-anchor)",
    "a label": "{ref}`no-label`",
    "a document": "{doc}`no-document`",
    "a figure": "{numref}`no-figure`",
    "an equation": "{eq}`no-equation`",
    "a citation": "{cite}`no-paper`",
}


def test_whatever_leads_nowhere_fails_the_build(book):
    lines = "\n\n".join(NOWHERE.values())
    works = "{cite}`lecun1998`\n\n```{bibliography}\n```\n"
    write(book, index=f"# Index\n\n{works}", planted=f"# Planted\n\n{lines}\n")
    result = build(book)
    assert result.returncode != 0
    warnings = "\n".join(line for line in result.stderr.splitlines() if "WARNING" in line)
    names = {re.search(r"no-\w+", link)[0] for link in NOWHERE.values()}
    assert {name for name in names if name in warnings} == names
    assert "lecun1998" not in warnings


CHAPTER = """---
file_format: mystnb
kernelspec:
  name: python3
---

# %s

```{code-cell} python
import sys
import time

sys.path.insert(0, "..")
%s
print("value", value, end=" ", flush=True)  # the kernel sends the line in two pieces
print("executed at", time.time_ns())
```
"""


def output(book, name):
    """The value that a page printed, and when."""
    page = (book / "_build" / "html" / "book" / f"{name}.html").read_text("utf8")
    return re.search(r"value (\d+) executed at (\d+)", re.sub(r"<[^>]*>", "", page)).groups()


def test_an_edit_in_the_package_executes_the_chapters_that_use_it_and_no_other(book):
    write(
        book,
        uses=CHAPTER % ("Uses", "from pooledu.geometry import ONE as value"),
        apart=CHAPTER % ("Apart", "value = 1"),
    )
    (book / "pooledu" / "__init__.py").write_text("")
    (book / "pooledu" / "geometry.py").write_text("ONE = 1\n")
    first = build(book)
    assert first.returncode == 0, first.stderr[-2000:]
    uses, apart = output(book, "uses"), output(book, "apart")
    assert uses[0] == apart[0] == "1"
    (book / "pooledu" / "geometry.py").write_text("ONE = 11\n")
    second = build(book)
    assert second.returncode == 0, second.stderr[-2000:]
    assert output(book, "uses")[0] == "11"
    assert output(book, "apart") == apart


MEETING = """
import pathlib
here = pathlib.Path("%s.met")
here.touch()
deadline = time.monotonic() + 60
while not pathlib.Path("%s.met").exists() and time.monotonic() < deadline:
    time.sleep(0.05)
value = int(time.monotonic() < deadline)
"""
AFTER = "import pathlib\nvalue = len(list(pathlib.Path().glob('*.met')))"


@pytest.mark.skipif(os.cpu_count() == 1, reason="one processor executes one chapter at a time")
def test_chapters_are_executed_side_by_side_but_for_one_that_measures_time(book):
    alone = (CHAPTER % ("Alone", AFTER)).replace("kernelspec:", "alone: true\nkernelspec:", 1)
    meeting = {
        "left": CHAPTER % ("Left", MEETING % ("left", "right")),
        "right": CHAPTER % ("Right", MEETING % ("right", "left")),
    }
    write(book, alone=alone, **meeting)
    result = build(book)
    assert result.returncode == 0, result.stderr[-2000:]
    assert [output(book, name)[0] for name in ("left", "right", "alone")] == ["1", "1", "2"]
