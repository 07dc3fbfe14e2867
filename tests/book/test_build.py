"""Small books that are really built: what leads nowhere fails, and what changed is executed."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.interrupting import interruptible

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


def sphinx(book):
    """Build with Sphinx and MyST-NB alone: an import of Jupyter Book would fail."""
    blocked = book / "book" / "blocked" / "jupyter_book"
    blocked.mkdir(parents=True)
    (blocked / "__init__.py").write_text("raise ImportError('blocked')")
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going"]
    return subprocess.run(
        [*command, book, book / "_plain"],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, (book / "blocked", book / "book"))),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


PLAIN = """
project = "Pooling"
extensions = ["myst_nb", "sphinxcontrib.bibtex", "poolbook"]
myst_enable_extensions = ["amsmath", "attrs_block", "attrs_inline", "colon_fence", "dollarmath"]
html_theme = "poolbook"
html_math_renderer = "mathml"
bibtex_bibfiles = ["book/references.bib"]
root_doc = "book/index"
exclude_patterns = ["_plain", "book/blocked"]
nb_execution_mode = "cache"
nb_render_markdown_format = "myst"
"""
PAGE = """
:::{quiz} How many?
- [x] Two

  So it is.
- [ ] Three

  One too many.
:::

A formula: $\\\\lfloor n / 2 \\\\rfloor$.
"""


def test_the_extension_builds_a_book_without_jupyter_book(book):
    (book / "conf.py").write_text(PLAIN, "utf8")
    index = "# Index\n\n```{toctree}\nchapter\n```\n"
    write(book, index=index, chapter=CHAPTER % ("Chapter", "value = 3") + PAGE)
    result = sphinx(book)
    assert result.returncode == 0, result.stderr[-3000:]
    page = (book / "_plain" / "book" / "chapter.html").read_text("utf8")
    assert "<math" in page
    assert "quiz" in page
    assert "executed at" in re.sub(r"<[^>]*>", "", page)


SLOW = """
import pathlib
pathlib.Path("begun").touch()
time.sleep(600)
value = 1
"""


def test_ctrl_c_ends_a_build_at_once_and_what_was_done_is_kept(book):
    quick = CHAPTER % ("Quick", "value = 7")
    # Three chapters that sleep and one that does not, for two workers: one is waiting in the queue.
    slow = {name: CHAPTER % (name.title(), SLOW) for name in ("slow", "slower", "slowest")}
    write(book, quick=quick, **slow)
    program = Path(sys.executable).with_name("jupyter-book")
    process = subprocess.Popen(
        [program, "build", ".", *FLAGS],
        cwd=book,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=interruptible,
    )
    cached = book / "_build" / ".jupyter_cache" / "executed"
    deadline = time.monotonic() + 240
    while not ((book / "book" / "begun").exists() and cached.is_dir() and list(cached.iterdir())):
        assert time.monotonic() < deadline, "the chapters were not begun"
        time.sleep(0.1)
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    # No measure of speed: without the interruption this takes ten minutes.
    assert time.monotonic() - began < 30
    assert process.returncode
    assert "Traceback" not in said
    for name in slow:
        (book / "book" / f"{name}.md").write_text(CHAPTER % (name.title(), "value = 1"), "utf8")
    before = {path: path.stat().st_mtime_ns for path in cached.iterdir()}
    result = build(book)
    assert result.returncode == 0, result.stderr[-2000:]
    assert output(book, "quick")[0] == "7"
    assert before.items() <= {path: path.stat().st_mtime_ns for path in cached.iterdir()}.items()


def test_pages_with_the_same_code_are_executed_once(book):
    code = "value = 1\nwith open('runs', 'a') as file:\n    file.write('x')"
    write(book, **{name: CHAPTER % (name, code) for name in ("One", "Two", "Three", "Four")})
    result = build(book)
    assert result.returncode == 0, result.stderr[-2000:]
    assert (book / "book" / "runs").read_text() == "x"


def test_a_bibliography_that_was_edited_during_a_build_does_not_break_the_next_one(book):
    entry = "@article{added2026, author={A. Name}, title={Added}, journal={J}, year={2026}}"
    edit = f"open('references.bib', 'a').write({entry!r}); value = 1"
    chapter = CHAPTER % ("There", edit)
    write(
        book, index="# Index\n\n```{bibliography}\n```\n", there=chapter + "\n{cite}`lecun1998`\n"
    )
    first = build(book)
    assert first.returncode == 0, first.stderr[-2000:]
    assert entry in (book / "book" / "references.bib").read_text("utf8")
    (book / "book" / "there.md").write_text(chapter + "\n{cite}`added2026`\n", "utf8")
    second = build(book)
    assert second.returncode == 0, second.stderr[-2000:]
    assert "Added" in (book / "_build" / "html" / "book" / "index.html").read_text("utf8")


NEEDS = "needs: [no_such_framework]\nrecord: recorded/there.json\nkernelspec:"
USES = """```{code-cell} python
:tags: [recorded]
import no_such_framework
print(no_such_framework.answer)
```
"""


PRINTED = {"output_type": "stream", "name": "stdout", "text": "42 recorded\n"}


def record(book, source, output=PRINTED):
    """The record of a cell that put out one thing."""
    cell = {"digest": hashlib.sha256(source.encode()).hexdigest()[:16], "outputs": [output]}
    kept = {"date": "2026-01-02", "versions": {"no_such_framework": "9.9"}, "cells": [cell]}
    (book / "book" / "recorded").mkdir()
    (book / "book" / "recorded" / "there.json").write_text(json.dumps(kept))


def test_a_cell_whose_framework_is_missing_shows_its_recorded_result_marked_as_such(book):
    record(book, "import no_such_framework\nprint(no_such_framework.answer)")
    chapter = (CHAPTER % ("There", "value = 5")).replace("kernelspec:", NEEDS, 1) + USES
    write(book, index="# Index\n", there=chapter)
    result = build(book)
    assert result.returncode == 0, result.stderr[-2000:]
    page = (book / "_build" / "html" / "book" / "there.html").read_text("utf8")
    text = re.sub(r"<[^>]*>", "", page)
    assert "42 recorded" in text
    assert "Recorded on 2026-01-02 with no_such_framework 9.9" in text
    assert "no_such_framework.answer" in text
    assert output(book, "there")[0] == "5"


def test_a_recorded_figure_is_one_figure_with_the_notice_in_it(book):
    source = "import no_such_framework\nno_such_framework.figure"
    data = {"text/html": "<p>drawn</p>", "text/plain": "drawn"}
    record(book, source, {"output_type": "display_data", "metadata": {}, "data": data})
    figure = "mystnb:\n  figure:\n    name: fig-there\n    caption: A figure.\n"
    head = f"---\ntags: [recorded]\n{figure}---\n"
    chapter = (CHAPTER % ("There", "value = 5")).replace("kernelspec:", NEEDS, 1)
    chapter += f"```{{code-cell}} python\n{head}{source}\n```\n"
    write(book, index="# Index\n", there=chapter)
    result = build(book)
    assert result.returncode == 0, result.stderr[-2000:]
    page = (book / "_build" / "html" / "book" / "there.html").read_text("utf8")
    drawn = re.search(r"<figure.*?</figure>", page, re.DOTALL)[0]
    assert "drawn" in drawn
    assert page.count("Recorded on 2026-01-02") == drawn.count("Recorded on 2026-01-02") == 1


def test_a_cell_that_has_changed_since_it_was_recorded_fails_the_build(book):
    record(book, "import no_such_framework\nprint(no_such_framework.question)")
    chapter = (CHAPTER % ("There", "value = 5")).replace("kernelspec:", NEEDS, 1) + USES
    write(book, index="# Index\n", there=chapter)
    result = build(book)
    assert result.returncode
    assert "there.json does not hold the results of the cells as they are now" in result.stderr
