"""The book's extension: what is executed again, what becomes MathML, which quizzes are refused."""

import shutil
import sys
from pathlib import Path

import pytest
from docutils.core import publish_doctree
from docutils.utils import SystemMessage
from jupyter_cache import get_cache
from jupyter_cache.cache.db import NbCacheRecord
from jupyter_cache.cache.main import CacheBundleIn
from nbformat.v4 import new_code_cell, new_notebook, new_output
from sphinx.errors import ExtensionError

from .conftest import ROOT

sys.path.append(str(ROOT / "book"))

from poolbook import dependencies, execution, mathml
from poolbook.breaks import set_breaks
from poolbook.streams import joined

CHAPTER = """---
kernelspec:
  name: python3
---

```{code-cell} python
from pooledu.geometry import output_size
%matplotlib inline
```
"""


@pytest.fixture
def package(tmp_path):
    """A small package of the same name: geometry uses numbers, nothing uses grading."""
    folder = tmp_path / "pooledu"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "geometry.py").write_text("from pooledu import numbers\n")
    (folder / "numbers.py").write_text("ONE = 1\n")
    (folder / "grading.py").write_text("import pooledu.geometry\n")
    return tmp_path


@pytest.mark.parametrize("module", ["geometry", "numbers", "__init__"])
def test_a_chapter_is_out_of_date_when_a_module_changes_that_it_imports(package, module):
    before = dependencies.digest(CHAPTER, package)
    (package / "pooledu" / f"{module}.py").write_text("ONE = 2\n")
    assert dependencies.digest(CHAPTER, package) != before


def test_a_page_is_out_of_date_when_a_module_changes_that_it_documents(package):
    page = "```{eval-rst}\n.. automodule:: pooledu.geometry\n   :members:\n```\n"
    before = dependencies.digest(page, package)
    (package / "pooledu" / "numbers.py").write_text("ONE = 2\n")
    assert dependencies.digest(page, package) != before


def test_a_chapter_stays_as_it_is_when_a_module_changes_that_it_does_not_import(package):
    before = dependencies.digest(CHAPTER, package)
    (package / "pooledu" / "grading.py").write_text("import os\n")
    assert dependencies.digest(CHAPTER, package) == before


def test_a_relative_import_counts_like_any_other(package):
    (package / "pooledu" / "geometry.py").write_text("from .numbers import ONE\n")
    before = dependencies.digest(CHAPTER, package)
    (package / "pooledu" / "numbers.py").write_text("ONE = 2\n")
    assert dependencies.digest(CHAPTER, package) != before


def test_every_module_that_a_chapter_loads_is_among_its_dependencies():
    import subprocess

    found = dependencies.closure("from pooledu.functional import max_pool2d", ROOT)
    program = (
        "import sys, pooledu.functional; "
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('pooledu')), sep='\\n')"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert set(loaded.stdout.splitlines()) <= set(map(str, found))


def test_a_formula_becomes_mathml():
    made = mathml.to_mathml(r"\left\lfloor \frac{n}{2} \right\rfloor", display=True)
    assert made.startswith("<math")
    assert "<mfrac>" in made
    assert 'display="block"' in made


@pytest.mark.parametrize("latex", [r"\begin{aligned} a &= b \end{aligned}", r"\nosuchthing"])
def test_a_formula_that_cannot_be_converted_is_a_warning(latex, monkeypatch):
    warnings = []
    monkeypatch.setattr(mathml.log, "warning", lambda text, *rest, **_: warnings.append(rest))
    mathml.to_mathml(latex, display=True)
    assert warnings


@pytest.mark.parametrize(("latex", "code"), [(r"-\infty", "221E"), (r"1, \dots", "2026")])
def test_infinity_and_dots_are_no_operators(latex, code):
    assert f"<mi>&#x0{code};</mi>" in mathml.to_mathml(latex, display=False)


@pytest.mark.parametrize(
    ("latex", "signs"), [("p = -1", 1), (r"x \to -y", 1), ("(-1)", 1), ("a - b", 0), ("(a) - b", 0)]
)
def test_a_minus_after_an_operator_is_a_sign(latex, signs):
    assert mathml.to_mathml(latex, display=False).count('<mo form="prefix">&#x02212;') == signs


@pytest.mark.parametrize(
    ("body", "made"),
    [
        ("<p>of 8 × 8 cells</p>", "<p>of 8\u00a0×\u00a08 cells</p>"),
        ("<pre>'8 × 8'</pre><p>8 × 8</p>", "<pre>'8 × 8'</pre><p>8\u00a0×\u00a08</p>"),
        ("<p>n × m</p>", "<p>n × m</p>"),
        (
            '<code class="aa/bb">exercises/ps1_windows/ps1.ipynb</code> and/or',
            '<code class="aa/bb">exercises/<wbr>ps1_windows/<wbr>ps1.<wbr>ipynb</code> and/or',
        ),
        (
            "<code>torch.nn.functional.relu_</code>",
            "<code>torch.<wbr>nn.<wbr>functional.<wbr>relu_</code>",
        ),
        ("<code>tests/checks</code>", "<code>tests/checks</code>"),
        (
            '<span class="sig-prename descclassname">pooledu.nn.</span>',
            '<span class="sig-prename descclassname">pooledu.nn.<wbr></span>',
        ),
    ],
)
def test_a_line_ends_between_the_parts_of_a_long_name_and_not_within_a_size(body, made):
    assert set_breaks(body) == made


def test_a_line_that_a_kernel_sends_in_two_pieces_stays_one():
    pieces = [("stdout", "5 "), ("stdout", "cells\n"), ("stderr", "!\n"), ("stdout", "end\n")]
    outputs = [new_output("stream", name=name, text=text) for name, text in pieces]
    found = [(output.name, output.text) for output in joined(outputs)]
    assert found == [("stdout", "5 cells\n"), ("stderr", "!\n"), ("stdout", "end\n")]


QUIZ = """.. quiz:: Which?

   - {a} one

     {why}
   - {b} two

     Because.
"""


def quiz_document(**parts):
    """The doctree of a page with one quiz."""
    from docutils.parsers.rst import directives
    from poolbook import quiz

    class Alone(quiz.Quiz):
        """The directive without a book around it."""

        class env:  # noqa: N801
            @staticmethod
            def new_serialno(_):
                return 0

        def parse_inline(self, text):
            return self.state.inline_text(text, self.lineno)

    directives.register_directive("quiz", Alone)
    settings = {"report_level": 5, "halt_level": 3}
    return publish_doctree(QUIZ.format(**parts), settings_overrides=settings)


def test_a_quiz_knows_its_right_choice_and_hides_the_marks():
    from poolbook import quiz

    choices = list(quiz_document(a="[ ]", b="[x]", why="No.").findall(quiz.quiz_choice))
    assert [choice["right"] for choice in choices] == [False, True]
    assert [choice.children[0].astext() for choice in choices] == ["one", "two"]


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [("[x]", "[x]", "No."), ("[ ]", "[ ]", "No."), ("", "[x]", "No."), ("[ ]", "[x]", "")],
    ids=["two right", "none right", "no mark", "no explanation"],
)
def test_a_quiz_that_cannot_be_answered_stops_the_build(a, b, why):
    with pytest.raises(SystemMessage):
        quiz_document(a=a, b=b, why=why)


def test_a_chapter_is_out_of_date_when_a_file_changes_that_it_names(package):
    (package / "book").mkdir()
    data = package / "book" / "errata.yml"
    data.write_text("one")
    chapter = CHAPTER.replace("kernelspec", "depends: [errata.yml]\nkernelspec")
    before = dependencies.digest(chapter, package)
    data.write_text("two")
    assert dependencies.digest(chapter, package) != before


def test_a_chapter_that_names_a_file_which_is_not_there_stops_the_build(package):
    chapter = CHAPTER.replace("kernelspec", "depends: [nothing.yml]\nkernelspec")
    with pytest.raises(ExtensionError, match=r"nothing\.yml"):
        dependencies.digest(chapter, package)


def test_a_search_does_not_tell_which_choice_is_right():
    from poolbook import search

    choice = '<details><summary>one</summary><p class="verdict">Right.</p><p>Because.</p></details>'
    page = f'<article><section id="check"><h2>Check</h2>{choice}</section></article>'
    assert list(search.sections(page)) == [("check", "Check", "one Because.")]


# ---- the cache after an end in the middle ------------------------------------------------------


def notebook(number):
    return new_notebook(cells=[new_code_cell(f"x = {number}", execution_count=1, id=f"c{number}")])


def put(cache, number):
    cache.cache_notebook_bundle(CacheBundleIn(notebook(number), f"{number}.ipynb"))


DAMAGES = {
    "nothing": lambda cache, record, file: None,
    "no file": lambda cache, record, file: file.unlink(),
    "an empty file": lambda cache, record, file: file.write_bytes(b""),
    "half a file": lambda cache, record, file: file.write_bytes(file.read_bytes()[:100]),
    "a character cut": lambda cache, record, file: file.write_bytes("ä".encode()[:1]),
    "no folder": lambda cache, record, file: shutil.rmtree(file.parent),
    "no record": lambda cache, record, file: NbCacheRecord.remove_record(record.pk, cache.db),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_build_that_was_ended_while_it_wrote_into_the_cache_does_not_break_the_next(
    damage, tmp_path
):
    cache = get_cache(tmp_path)
    for number in (1, 2):
        put(cache, number)
    record = cache.match_cache_notebook(notebook(1))
    DAMAGES[damage](cache, record, Path(cache.path, "executed", record.hashkey, "base.ipynb"))
    execution.tidy(cache)
    if damage != "nothing":
        put(cache, 1)
    for number in (1, 2):
        _, merged = cache.merge_match_into_notebook(notebook(number))
        assert merged.cells[0].source == f"x = {number}"
    assert len(cache.list_cache_records()) == 2
