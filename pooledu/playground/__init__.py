"""The interactive components of the course: one classic script of web components, no dependencies.

The book copies `script()` into the site and loads it once, deferred; the tests and the notebook
widget use the same text. It works over http and from a file, and asks nobody for anything.

A page writes the tag and describes the situation in attributes, all of them optional::

    <pool-playground op="max" kernel="3" stride="2" padding="1" x="[[1, 3], [5, 6]]">
    </pool-playground>

Colours are the custom properties of `pooledu/figures/tokens.css`, inherited from the page.
The attributes of each component are listed at the top of the script.
"""

import json
from pathlib import Path

_FOLDER = Path(__file__).parent / "js"
_PARTS = (
    "contract.js",
    "core.js",
    "rules.js",
    "words.js",
    "state.js",
    "parts.js",
    "playground.js",
    "bins.js",
    "shift-lab.js",
    "receptive-field.js",
    "exports.js",
)


def script() -> str:
    """The whole script: the style sheet and the parts joined in one function scope.

    Returns
    -------
    str
        JavaScript for a classic `<script defer>`; loading it twice does no harm.

    Examples
    --------
    >>> "customElements.define" in script()
    True
    """
    style = (_FOLDER / "style.css").read_text(encoding="utf-8")
    parts = [(_FOLDER / name).read_text(encoding="utf-8") for name in _PARTS]
    contract, *rest = parts
    return "\n".join(
        [
            contract,
            "(() => {",
            '"use strict";',
            f"const STYLE = {json.dumps(style)};",
            *rest,
            "})();\n",
        ]
    )
