"""What every drawing is: markup, and a sentence that says what is seen."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files

SKETCH_WIDTH = 84  # characters; an indented sketch still fits into a terminal


@cache
def stylesheet() -> str:
    """Return the CSS that gives drawings their colours, without comments, on one line.

    Examples
    --------
    >>> stylesheet().startswith(":root{--pool-ink:")
    True
    """
    text = files("pooledu.figures").joinpath("tokens.css").read_text("utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\s*([{}:;,])\s*", r"\1", text).strip().replace("\n", "")


@cache
def _colours() -> dict[str, str]:
    """Map the name of each colour to its value on a light page."""
    light = stylesheet().partition("@media")[0]
    return dict(re.findall(r"--pool-([\w-]+):([^;}]+)", light))


def colour(name: str) -> str:
    """Return the CSS value of a colour of `tokens.css`, with its light value to fall back on.

    Examples
    --------
    >>> colour("ink")
    'var(--pool-ink, #1d2430)'
    """
    return f"var(--pool-{name}, {_colours()[name]})"


@dataclass(frozen=True)
class Drawing:
    """A drawing that displays itself in a notebook and in the book.

    Attributes
    ----------
    markup
        HTML or SVG, safe to place in any page, without a description of its own.
    alt
        What is seen, in words: the label for screen readers.
    sketch
        The drawing made of characters, for a terminal; `print` shows it.
    """

    markup: str
    alt: str
    sketch: str = ""

    @property
    def html(self) -> str:
        """The drawing as an element with its description, for a page that has `stylesheet()`."""
        return (
            f'<div class="pool-drawing" role="img" aria-label="{escape(self.alt)}">'
            f"{self.markup}</div>"
        )

    def _repr_html_(self) -> str:
        return f"<style>{stylesheet()}</style>{self.html}"

    def __repr__(self) -> str:
        return self.alt

    def __str__(self) -> str:
        return self.sketch


_ROW = "display:flex;flex-wrap:wrap;align-items:center;gap:8px 16px"
_PAIR = "display:inline-flex;align-items:center;gap:8px 16px"
_WORDS = "font:15px system-ui,sans-serif;color:{}"


def row(*parts: Drawing | str) -> Drawing:
    """Place drawings and words beside each other; a narrow page wraps them.

    Parameters
    ----------
    *parts
        Drawings, and strings between them such as ``"→"`` or ``"becomes"``.

    Examples
    --------
    >>> from pooledu import figures
    >>> figures.row(figures.grid([[1, 5]]), "→ max →", figures.grid([[5]]))
    A grid of 1 row and 2 columns: 1 5. → max → A grid of 1 row and 1 column: 5.
    """
    markup = "".join(map(_together, _pairs(parts)))
    alt = " ".join(part.alt if isinstance(part, Drawing) else part for part in parts)
    blocks = [part.sketch if isinstance(part, Drawing) else part for part in parts]
    return Drawing(f'<div class="pool-row" style="{_ROW}">{markup}</div>', alt, _beside(blocks))


def _pairs(parts: Sequence[Drawing | str]) -> list[list[Drawing | str]]:
    """Words with the drawing after them, which stay in one line: no arrow hangs alone."""
    groups: list[list[Drawing | str]] = []
    for part in parts:
        if groups and isinstance(groups[-1][-1], str):
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


def _together(group: list[Drawing | str]) -> str:
    """The markup of words and drawings that stay in one line."""
    words = _WORDS.format(colour("ink"))
    markup = "".join(
        part.markup if isinstance(part, Drawing) else f'<span style="{words}">{escape(part)}</span>'
        for part in group
    )
    return f'<span style="{_PAIR}">{markup}</span>' if len(group) > 1 else markup


def _beside(blocks: list[str]) -> str:
    """Place blocks of text beside each other, or below each other where that is too wide."""
    columns = [block.split("\n") for block in blocks]
    widths = [max(map(len, lines)) for lines in columns]
    if sum(widths) + 3 * len(widths) > SKETCH_WIDTH:
        return "\n".join(blocks)
    height = max(map(len, columns))
    padded = [
        [""] * ((height - len(lines)) // 2 if len(lines) == 1 else 0) + lines for lines in columns
    ]
    rows = itertools.zip_longest(*padded, fillvalue="")
    return "\n".join(
        "   ".join(f"{line:{width}}" for line, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
