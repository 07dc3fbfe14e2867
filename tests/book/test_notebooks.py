"""A downloaded chapter reads like its page."""

import json
import re
import sys
from types import SimpleNamespace

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter
from pybtex.database import parse_file

from .conftest import ROOT, SITE, chapters, soup

sys.path.append(str(ROOT / "book"))

from poolbook import notebooks

WORKS = parse_file(ROOT / "book" / "references.bib").entries
ENV = SimpleNamespace(
    srcdir=str(ROOT),
    titles={"book/here": SimpleNamespace(astext=lambda: "Here"),
            "book/there": SimpleNamespace(astext=lambda: "There")},
    toc_fignumbers={"book/here": {"figure": {"fig-one": (3, 2)},
                                  "displaymath": {"equation-eq-size": (3, 1)}}},
    domaindata={
        "std": {"labels": {"there-part": ("book/there", "there-part", "A part"),
                           "here-part": ("book/here", "here-part", "Own part")},
                "anonlabels": {"fig-one": ("book/here", "fig-one"),
                               "there-part": ("book/there", "there-part"),
                               "here-part": ("book/here", "here-part")}},
        "math": {"objects": {"eq-size": ("book/here", 1)}},
    },
)  # fmt: skip
LEFT = re.compile(
    r"\{[\w:+-]+\}`|^\s*[:`]{3,}\{|^:::|^\([\w-]+\)=|<pool-|%SOURCES%|^\{\.\w+\}|\?\?\?",
    re.MULTILINE,
)


def page():
    return notebooks.Page(ENV, "book/here", {"n": "3.14159", "word": "'seven'"}, WORKS)


@pytest.mark.parametrize(
    ("myst", "plain"),
    [
        ("it is {glue:text}`n:.2f` or {glue:text}`word`", "it is 3.14 or seven"),
        ("see {doc}`there`", "see [There](there.ipynb)"),
        ("see {doc}`the other <there>`", "see [the other](there.ipynb)"),
        ("see {ref}`there-part` and {ref}`mine <here-part>`", "see [A part](there.ipynb) and mine"),
        ("in {numref}`fig-one`, by {eq}`eq-size`", "in Figure 3.2, by (3.1)"),
        ("{cite:t}`zhang2019` says", "Zhang (2019) says"),
        ("known {cite}`he2016`", "known (He et al., 2016)"),
        ("use {py:func}`~pooledu.check`", "use `pooledu.check`"),
        ("(a-label)=\n## Title", "## Title"),
        ("{.lead}\nThe idea.", "The idea."),
        ("$$\nx\n$$ (eq-size)", "$$\nx\n\\tag{3.1}\n$$"),
        ("```{code-block} console\nls\n```", "```console\nls\n```"),
        ("::::{container} card\n:::{admonition} Remember\n:class: important\n\n- One\n:::\n::::",
         "**Remember**\n\n- One"),
    ],
)  # fmt: skip
def test_what_is_written_for_the_book_is_written_out(myst, plain):
    assert page().markdown(myst) == plain


def test_a_quick_check_is_a_question_with_folded_answers():
    text = page().markdown(
        ":::{quiz} How many is {glue:text}`word`?\n- [ ] 6\n\n  Few.\n- [x] 7\n\n  One more.\n:::"
    )
    assert text.startswith("**Quick check.** How many is seven?")
    choices = BeautifulSoup(text, "html.parser").select("details > summary")
    assert [c.text for c in choices] == ["6", "7"]
    assert "**Not this one.** Few." in text
    assert "**Right.** One more." in text


def test_answers_are_folded():
    text = page().markdown(":::{admonition} Answers\n:class: dropdown\n\nIt is 3.\n:::")
    assert text == "<details><summary>Answers</summary>\n\nIt is 3.\n\n</details>"


def test_the_sources_are_those_that_the_chapter_cites():
    here = page()
    here.markdown("{cite:t}`zhang2019`")
    assert "Making convolutional networks shift-invariant again" in here.sources()
    assert here.sources().count("\n") == 0


def test_a_component_becomes_the_widget_with_its_settings():
    source = '<pool-playground op="avg" example="6x6" kernel="3" label="L"></pool-playground>'
    parts = list(notebooks.split(f"before\n{source}\nafter"))
    assert [kind for kind, _ in parts] == ["markdown", "code", "markdown"]
    code = parts[1][1]
    scope = {}
    exec(code.replace("\nPlayground(", "\nmade = Playground("), scope)
    assert (scope["made"].op, scope["made"].kernel_size) == ("avg", 3)
    assert len(scope["made"].x) == 6


def test_another_component_leaves_a_sentence():
    [_, (kind, text), _] = notebooks.split('<pool-bins kind="adaptive" label="Bins"></pool-bins>')
    assert (kind, text) == ("markdown", "*The page has an interactive figure here: Bins.*")


def test_the_first_cell_installs_the_course_where_an_address_is_known():
    assert notebooks.installing("") is None
    cell = notebooks.installing("https://host.example/owner/name")
    assert "git clone --quiet --depth 1 https://host.example/owner/name" in cell.source
    assert cell.source.startswith("try:\n    import pooledu\nexcept ImportError:")


@pytest.mark.book
@pytest.mark.parametrize("name", chapters())
def test_a_downloaded_chapter_has_nothing_left_of_the_book_s_own_syntax(name):
    notebook = nbformat.read(SITE / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    html, _ = HTMLExporter().from_notebook_node(notebook)
    text = BeautifulSoup(html, "html.parser")
    for code in text.select(".jp-CodeCell, script, style"):
        code.extract()
    assert not LEFT.findall(text.get_text())
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not LEFT.findall(cell.source), cell.source


@pytest.mark.book
@pytest.mark.parametrize("name", chapters())
def test_a_downloaded_chapter_says_what_its_page_says(name):
    notebook = json.loads((SITE / f"{name}.ipynb").read_text("utf8"))
    cells = [c for c in notebook["cells"] if c["cell_type"] == "markdown"]
    text = "".join("".join(c["source"]) for c in cells)
    assert text.count("**Quick check.**") == len(soup(name).select(".quiz"))
    figures = len([c for c in cells if "".join(c["source"]).startswith("*Figure")])
    assert figures == len(soup(name).select("main figure figcaption"))
