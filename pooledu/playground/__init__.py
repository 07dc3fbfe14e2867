"""The interactive components of the course: one classic script of web components.

The book copies `script()` into the site and loads it once, deferred; `taking()` lies beside it as
take.js and is loaded when a reader first takes something along. The tests and the notebook
widgets `Playground`, `Bins`, `ShiftLab` and `ReceptiveField` use the same text. It depends on
nothing, works over http and from a file, and asks no host for anything. A page writes a tag and
describes the situation in attributes::

    <pool-playground op="max" kernel="3" stride="2" padding="1" x="[[1, 3], [5, 6]]">
    </pool-playground>
    <pool-bins in="7" out="3"></pool-bins>
    <pool-shift-lab shift="1"></pool-shift-lab>
    <pool-receptive-field preset="vgg16"></pool-receptive-field>

The comment at the top of the script (js/contract.js) lists the attributes of each component.
Colours are the custom properties of `pooledu/figures/tokens.css`, inherited from the page.
"""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pooledu.playground._widget import Bins, Playground, ReceptiveField, ShiftLab

__all__ = ["Bins", "Playground", "ReceptiveField", "ShiftLab", "script", "taking"]

_COMMENT = re.compile(r"^ *(/\*.*?\*/|//[^\n]*)\n", re.DOTALL | re.MULTILINE)
_FOLDER = Path(__file__).parent / "js"
_CONTRACT = "contract.js"
_PARTS = [
    "core.js",
    "rules.js",
    "words.js",
    "state.js",
    "dom.js",
    "paste.js",
    "board.js",
    "fields.js",
    "transport.js",
    "take.js",
    "element.js",
    "examples.js",
    "playground.js",
    "bins.js",
    "shift-lab.js",
    "receptive-field.js",
    "exports.js",
]
_TAKING = ["code.js", "pooling-code.js", "picture.js", "tikz.js", "forms.js", "panel.js"]
_INDENT = re.compile(r"\n[ \t]+")


def script() -> str:
    """Join the parts and the style sheet into one script.

    Returns
    -------
    str
        JavaScript for a classic `<script defer>`; loading it twice does no harm. Of the comments
        only the contract is kept: the others are for who reads the parts.

    Examples
    --------
    >>> "customElements.define" in script()
    True
    """
    parts = _COMMENT.sub("", "\n".join(part(name) for name in _PARTS))
    style = f"const STYLE = {json.dumps(_COMMENT.sub('', part('style.css')))};"
    return f"{part(_CONTRACT)}\n{_closed(style + parts)}"


def taking() -> str:
    """Join the parts of *Take it with you*, which the first script loads when they are wanted.

    Returns
    -------
    str
        JavaScript for `take.js`, beside the file that holds `script()`.

    Examples
    --------
    >>> "tikzpicture" in taking()
    True
    """
    parts = _COMMENT.sub("", "\n".join(part(f"take/{name}") for name in _TAKING))
    inner = re.search(r"inner: .*?\{(.*?)\}", part("exports.js"), re.DOTALL)
    assert inner, "exports.js names what take.js builds on"
    return _closed(f"const {{{inner[1]}}} = window.PoolPlayground.inner;\n{parts}")


def _closed(code: str) -> str:
    """Code whose names are its own, without the indents."""
    return _INDENT.sub("\n", f'(() => {{\n"use strict";\n{code}\n}})();\n')


def part(name: str) -> str:
    """One file of the script, such as `dom.js`, which the book uses elsewhere, too."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def __getattr__(name: str) -> Any:
    """Load the widgets when they are asked for: the book needs the script and no Jupyter."""
    if name in __all__:
        from pooledu.playground import _widget

        return getattr(_widget, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
