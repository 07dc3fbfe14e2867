"""The page *See it in a network*: its script, with the weights in it, and its styles.

The parts of the script lie in `network/`, a concept each. The weights and digits are in the script
and not beside it, because a page that is opened from a folder may load a script and no data.
"""

import json
import re
from pathlib import Path

from sphinx.application import Sphinx

from pooledu import playground

SCRIPT = "network.js"
STYLE = "network.css"
TAG = "<pool-network"
PAGE = "book/network"
PARTS = ("arithmetic.js", "photo.js", "maps.js", "sketch.js", "page.js")
FOLDER = Path(__file__).parent / "network"
CONTENT = Path(__file__).parents[1] / "network" / "networks.json"
COMMENT = re.compile(r"^ *(/\*.*?\*/|//[^\n]*)\n", re.DOTALL | re.MULTILINE)


def script() -> str:
    """The network as one classic script."""
    content = json.dumps(json.loads(CONTENT.read_text("utf8")), separators=(",", ":"))
    parts = [playground.part("dom.js"), *((FOLDER / name).read_text("utf8") for name in PARTS)]
    code = COMMENT.sub("", "\n".join(parts))
    return f'(() => {{\n"use strict";\nconst CONTENT = {content};\n{code}\n}})();\n'


def copy_network(app: Sphinx, error: Exception | None) -> None:
    """Put script and styles into the site."""
    if error or app.builder.format != "html" or PAGE not in app.env.found_docs:
        return
    static = Path(app.outdir) / "_static"
    (static / SCRIPT).write_text(script(), "utf8")
    (static / STYLE).write_text((FOLDER / STYLE).read_text("utf8"), "utf8")


def setup(app: Sphinx) -> None:
    """Before the site is packed, all that the page needs is in it."""
    app.add_js_file(SCRIPT, loading_method="defer")
    app.add_css_file(STYLE)
    app.connect("build-finished", copy_network, priority=400)
