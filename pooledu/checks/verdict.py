"""A verdict: what a check found, as text for a terminal and as HTML for a notebook."""

from __future__ import annotations

import json
import math
import os
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from pooledu.checks.finding import Finding
from pooledu.checks.words import Sentence, say
from pooledu.figures import Drawing
from pooledu.figures.drawing import colour, stylesheet

VERDICT_TYPE = "application/vnd.pooledu.verdict+json"
WIDTH = 88  # columns of the text
SERVED = "http://localhost:8000/"  # where `make serve` shows the book


@dataclass(frozen=True)
class Verdict:
    """What `check` found.

    In a notebook it displays itself as HTML, and its text/plain is the score alone, which is what
    nbgrader reads. `print(verdict)` and a terminal show `message`.

    Attributes
    ----------
    exercise
        The exercise's name.
    score
        The part of the cases that pass, from 0 to 1.
    result
        How much is right.
    misconception
        The name of the known mistake, or None.
    found
        What is wrong.
    words
        The exercise's own sentences, by code.
    case
        What the smallest failing case tests, and the call that was made.
    drawing
        The smallest failing input, the expected result and the actual one.
    sketch
        The drawing for a terminal.
    link
        The paragraph of the book that explains it.
    outline
        How the exercise can be solved, for someone whom nothing else has helped.
    printed
        What the function printed.
    rungs
        Each case's sentence, and whether it passed.
    points
        What a full score is worth.
    devices
        Where it was checked, in torch's names; empty where nobody asked.
    """

    exercise: str
    score: float
    result: Finding | str
    misconception: str | None = None
    found: tuple[Finding, ...] = ()
    words: Mapping[str, Sentence] = field(default_factory=dict, repr=False)
    case: tuple[str, str] = ("", "")
    drawing: Drawing | None = None
    sketch: str = ""
    link: str = ""
    outline: str = ""
    printed: str = ""
    rungs: tuple[tuple[str, bool], ...] = ()
    points: float = 1.0
    devices: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """The result in a line."""
        return say(self.result, self.words)

    @property
    def says(self) -> tuple[str, ...]:
        """What is wrong, in sentences."""
        return tuple(say(finding, self.words) for finding in self.found)

    @property
    def mistake(self) -> str:
        """What the known mistake does, in a sentence."""
        return self._of_mistake("does")

    @property
    def hint(self) -> str:
        """What to think about."""
        return self._of_mistake("hint")

    def _of_mistake(self, what: str) -> str:
        """Look up what is said of the known mistake."""
        code = f"{what} {self.misconception}"
        return say(Finding(code), self.words) if code in self.words else ""

    @property
    def passed(self) -> bool:
        """Whether every case passes."""
        return self.score == 1

    def __bool__(self) -> bool:
        return self.passed

    def out_of(self, points: float) -> Verdict:
        """Return the same verdict, worth `points` when everything passes.

        Parameters
        ----------
        points
            The points of the notebook's cell.

        Returns
        -------
        Verdict
            Its text/plain is the points reached, rounded down to two decimals.

        Examples
        --------
        >>> Verdict("max_pool2d", 0.5, "Not yet").out_of(3).reached
        1.5
        """
        return replace(self, points=points)

    @property
    def reached(self) -> float:
        """The points reached, rounded down to two decimals."""
        return math.floor(self.score * self.points * 100 + 1e-6) / 100

    @property
    def message(self) -> str:
        """The whole verdict as text."""
        parts = [f"{'PASSED' if self.passed else 'NOT YET'}  {self.headline}"]
        if self.says:
            parts.append("\n".join(map(_wrap, self.says)))
        if any(self.case):
            tests, call = self.case
            parts.append(f"Smallest failing case: {tests}.\n    {call}")
        if self.sketch:
            parts.append(textwrap.indent(self.sketch, "    "))
        if self.hint:
            parts.append(_wrap(f"Hint: {self.hint}"))
        if self.link:
            parts.append(f"Read: {book_address(self.link)}")
        if self.printed:
            parts.append("It printed:\n" + textwrap.indent(self.printed.rstrip(), "    "))
        if self.devices:
            parts.append(f"Checked on: {', '.join(self.devices)}")
        return "\n\n".join(parts)

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        return self.message

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        if _in_terminal():
            return {"text/plain": self.message}
        return {
            "text/plain": f"{self.reached:g}",
            "text/html": self.html,
            VERDICT_TYPE: self.summary(),
        }

    @property
    def title(self) -> str:
        """The diagnosis in one sentence."""
        if self.passed:
            return "right"
        return self.mistake or next(iter(self.says), self.headline)

    def summary(self) -> dict[str, Any]:
        """What a table of results needs, as plain data."""
        return {
            "exercise": self.exercise,
            "passed": self.passed,
            "score": self.score,
            "points": self.points,
            "reached": self.reached,
            "misconception": self.misconception,
            "failed": [tests for tests, passed in self.rungs if not passed],
            "headline": self.title,
            "message": self.message,
        }

    @property
    def html(self) -> str:
        """The whole verdict as HTML that needs nothing beside it."""
        line = colour("output-line" if self.passed else "wrong-line")
        mark = "Passed" if self.passed else "Not yet"
        headline = _code(self.headline)
        if self.points != 1:
            headline = f"{headline.removesuffix('.')} · {self.reached:g} of {self.points:g} points"
        parts = [
            f'<p style="margin:0 0 .5em;font-weight:600"><span style="color:{line}">'
            f"{'✓' if self.passed else '✗'} {mark}</span> · {headline}</p>"
        ]
        parts += [f'<p style="margin:.4em 0">{_code(sentence)}</p>' for sentence in self.says]
        if any(self.case):
            tests, call = self.case
            parts.append(
                f'<p style="margin:.9em 0 .4em"><strong>Smallest failing case:</strong> '
                f"{_code(tests)}.<br/><code {_CODE}>{escape(call)}</code></p>"
            )
        if self.drawing:
            parts.append(
                '<div class="pool-drawn" hidden="hidden" style="margin:.7em 0">'
                f"{self.drawing.html}</div>"
                f'<pre class="pool-sketch">{escape(self.sketch)}</pre>'
            )
        elif self.sketch:
            parts.append(f"<pre {_PRE}>{escape(self.sketch)}</pre>")
        parts += self._details()
        if self.devices:
            checked = f"Checked on: {', '.join(self.devices)}"
            parts.append(f'<p style="margin:.6em 0 0;color:{colour("muted")}">{checked}</p>')
        return (
            f"<style>{stylesheet()}</style>"
            f'<div class="pool-verdict" style="border-left:4px solid {line};padding:.6em 1em;'
            f"margin:.3em 0;max-width:60em;color:{colour('ink')};background:{colour('paper')};"
            f'font:14px/1.5 system-ui,sans-serif">{"".join(parts)}</div>'
        )

    def _details(self) -> list[str]:
        """What is folded away: hints in steps, the printed text and the list of cases."""
        parts = [self._steps()] if self.link else []
        if self.printed:
            parts.append(_fold("What it printed", f"<pre {_PRE}>{escape(self.printed)}</pre>"))
        if len(self.rungs) > 1:
            items = "".join(
                f"<li>{'✓ passed' if passed else '✗ failed'}: {_code(tests)}</li>"
                for tests, passed in self.rungs
            )
            parts.append(
                _fold("All cases", f'<ol style="margin:.3em 0 0;padding-left:2em">{items}</ol>')
            )
        return parts

    def _steps(self) -> str:
        """Hints, each in the fold of the one before: to think, to read, to see a way."""
        steps = [("Where to read", f'<p style="margin:.4em 0">Read: {_book_link(self.link)}</p>')]
        if self.hint:
            hint = f'<p style="margin:.4em 0"><strong>Hint:</strong> {_code(self.hint)}</p>'
            steps.insert(0, ("What to think about", hint))
        if self.outline:
            lines = "".join(f"<li>{_code(line)}</li>" for line in self.outline.splitlines())
            steps.append(("A sketch of a solution", f'<ol style="margin:.4em 0">{lines}</ol>'))
        inner = ""
        for summary, body in reversed(steps):
            inner = _fold(summary, body + inner)
        return inner


_CODE = f'style="background:{colour("pad")};color:{colour("ink")};padding:0 .3em"'
WHILE_SERVED = f" (while <code {_CODE}>make serve</code> runs)"
_PRE = (
    f'style="background:{colour("pad")};color:{colour("ink")};padding:.5em;margin:.3em 0;'
    'overflow-x:auto;white-space:pre-wrap"'
)


def _fold(summary: str, body: str) -> str:
    """A part of the page that opens on demand."""
    return (
        '<details style="margin:.5em 0 0"><summary style="cursor:pointer">'
        f"{summary}</summary>{body}</details>"
    )


def _code(text: str) -> str:
    """Escape a sentence, and set what stands between backticks as code."""
    pieces = escape(text).split("`")
    return "".join(
        f"<code {_CODE}>{piece}</code>" if odd % 2 else piece for odd, piece in enumerate(pieces)
    )


def _wrap(text: str) -> str:
    """Break a sentence at the width of a terminal."""
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _in_terminal() -> bool:
    """Whether IPython shows results in a terminal, where a lone number would say nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return type(shell).__name__ == "TerminalInteractiveShell"


def book_address(link: str) -> str:
    """Find a page of the book: at `POOLEDU_BOOK_URL`, in the book built here, or by its name.

    Parameters
    ----------
    link
        A page and a paragraph, such as ``"book/geometry.html#floor"``.

    Returns
    -------
    str
        A web address, a path relative to the working directory, or chapter and section in words.
    """
    site = os.environ.get("POOLEDU_BOOK_URL")
    if site:
        return _on_the_web(site, link)
    return _built_here(link) or link_text(link)


def _built_here(link: str) -> str:
    """The path of a paragraph in the book that was built above the working directory, or ""."""
    page = link.partition("#")[0]
    here = Path.cwd()
    for up, folder in enumerate([here, *here.parents]):
        if (folder / "_build" / "html" / page).is_file():
            return "../" * up + f"_build/html/{link}"
    return ""


def _on_the_web(site: str, link: str) -> str:
    """The address of a page of the book at a site, however that one ends."""
    return urljoin(site.rstrip("/") + "/", link)


def _book_link(link: str) -> str:
    """Link to a paragraph of the book on the web; name it where the book is not to be found.

    A link to the file would not do: Jupyter shows a page of a site without its styles.
    """
    site = os.environ.get("POOLEDU_BOOK_URL")
    text = escape(link_text(link))
    if not site and not _built_here(link):
        return f'<span data-book="{escape(link)}">{text}</span>'
    return (
        f'<a href="{escape(_on_the_web(site or SERVED, link))}" target="_blank" '
        f'style="color:{colour("accent")}">{text}</a>{"" if site else WHILE_SERVED}'
    )


def link_text(link: str) -> str:
    """Name a paragraph of the book by its chapter and its section.

    Examples
    --------
    >>> link_text("book/geometry.html#floor")
    'the book, chapter “The output-size formula”, section “What rounding down leaves over”'
    """
    titles = _titles()
    if link not in titles:  # of another book
        return link
    chapter, section = titles[link]
    return f"the book, chapter “{chapter}”, section “{section}”"


@cache
def _titles() -> dict[str, list[str]]:
    """The chapter and the section of each paragraph; written by `scripts/sections.py`."""
    text = Path(__file__).with_name("sections.json").read_text(encoding="utf-8")
    return json.loads(text)
