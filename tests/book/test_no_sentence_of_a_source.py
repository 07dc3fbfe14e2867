"""What the course says, it says in its own words: no sentence of the texts that it builds on."""

import ast
import json
import re

import pytest
import yaml

from . import marks
from .conftest import ROOT

MARKS = marks.kept()


def of_markdown(text):
    """Prose, captions and alternative texts; no code, no formulas."""
    text = re.sub(r"\A---\n.*?^---\n", "", text, count=1, flags=re.S | re.M)
    cells = re.findall(r"^```\{code-cell\}.*?^```$", text, flags=re.S | re.M)
    options = [cell.split("---")[1] for cell in cells if cell.split("\n")[1] == "---"]
    strings = [line for cell in cells for line in re.findall(r'"([^"\n]*)"', cell)]
    prose = re.sub(r"^```.*?^```$|\$\$.*?\$\$", "\n", text, flags=re.S | re.M)
    return "\n".join([re.sub(r"\$[^$\n]*\$", " ", prose), *options, *strings])


def of_notebook(text):
    """The prose of a notebook."""
    cells = json.loads(text)["cells"]
    return "\n".join(
        of_markdown("".join(cell["source"])) for cell in cells if cell["cell_type"] == "markdown"
    )


def of_yaml(text):
    """All that an entry says, but its code."""
    data = yaml.safe_load(text)
    entries = data["errata"] if isinstance(data, dict) else data
    return "\n".join(
        value
        for entry in entries
        for key, value in entry.items()
        if key in {"says", "holds", "claim"}
    )


def of_python(text):
    """Docstrings, hints and messages, without the titles of papers under References."""
    strings = [
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return "\n".join(string.split("References\n")[0] for string in strings)


READERS = {".md": of_markdown, ".ipynb": of_notebook, ".yml": of_yaml, ".py": of_python}
PATTERNS = [
    "*.md",
    "book/*.md",
    "book/errata.yml",
    "book/ledger.yml",
    "exercises/*/*.ipynb",
    "solutions/*/*.ipynb",
    "pooledu/**/*.py",
]
PAGES = sorted(path for pattern in PATTERNS for path in ROOT.glob(pattern))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_of_a_source_stands_in(path):
    found = marks.copied(READERS[path.suffix](path.read_text("utf8")), MARKS)
    assert not found, "say it in your own words"


def test_the_marks_are_those_of_five_texts_of_some_length():
    assert len(MARKS) > 10_000
    assert marks.FILE.read_bytes() == b"".join(sorted(MARKS)), "made by tests.book.marks, sorted"


THEIRS = "A pool of tears is deep. Alice swam about in it, trying to find her way out again."


@pytest.mark.parametrize(
    "ours",
    [
        "As she said: alice swam about in it — trying to *find* her way home.",
        "Alice\nswam about in it, trying to find\nher way out.",
        "How deep was it? A pool of tears is deep. It had a shore.",
    ],
    ids=["a part, set otherwise", "over lines", "a short sentence"],
)
def test_a_copied_sentence_is_found(ours):
    assert marks.copied(of_markdown(ours), marks.make([THEIRS]))


@pytest.mark.parametrize(
    "ours",
    ["In it Alice swam about, and tried to find a way out.", "A pool of tears, said the Mouse."],
)
def test_the_same_said_in_other_words_is_no_copy(ours):
    assert not marks.copied(of_markdown(ours), marks.make([THEIRS]))


@pytest.mark.parametrize(
    ("reader", "page"),
    [
        (of_markdown, "---\nfront: matter\n---\n\n{}\n"),
        (of_markdown, "```{{code-cell}}\n---\ncaption: |\n  {}\n---\n1\n```\n"),
        (of_markdown, '```{{code-cell}}\nchart(\n    "{}")\n```\n'),
        (of_notebook, '{{"cells": [{{"cell_type": "markdown", "source": ["{}"]}}]}}'),
        (of_yaml, "- claim: {}\n"),
        (of_yaml, "errata:\n  - says: {}\n"),
        (of_python, 'def f():\n    """{}"""\n'),
    ],
    ids=["prose", "caption", "alt text", "notebook", "claim", "erratum", "docstring"],
)
def test_a_copy_is_found_wherever_a_reader_may_meet_it(reader, page):
    assert marks.copied(reader(page.format(THEIRS)), marks.make([THEIRS]))
