"""Full-text search: the text of each section, in a script that works from a folder, too.

Sphinx's own index knows pages and no text, so its results need a server to show what was found.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup
from sphinx.application import Sphinx

INDEX = "search-index.js"
SCRIPT = "search.js"
HEADINGS = ["h1", "h2", "h3", "h4"]
SPAN = re.compile(r"</?span\b[^>]*>")  # most tags of a page with much code, and no section is one
NOT_TEXT = "a.headerlink, script, style, svg, .quiz-title, .verdict"


def sections(html: str) -> Iterator[tuple[str, str, str]]:
    """Anchor, title and text of each section of a page and of each name that it documents."""
    article = BeautifulSoup(SPAN.sub("", html), "html.parser").article
    for tag in article.select(NOT_TEXT):
        tag.decompose()
    for block in article.find_all(["p", "li", "td", "th", "summary", "pre"]):
        block.append(" ")
    found = []
    for part in reversed(article.select("section, dl.py")):  # the inner ones are taken out first
        part.extract()
        if part.name == "dl":
            anchor = title = part.dt["id"]
        else:
            anchor, title = part["id"], plain(part.find(HEADINGS).extract().get_text())
        found.append((anchor, title, plain(part.get_text())))
    yield from reversed(found)


def plain(text: str) -> str:
    """A text with one space wherever there is any."""
    return " ".join(text.split())


def write_index(app: Sphinx, exception: Exception | None) -> None:
    """Write the sections of all pages: address, chapter, section, text."""
    if exception or app.builder.format != "html":
        return
    entries = []
    for page in sorted(app.env.found_docs):
        target = app.builder.get_target_uri(page)
        chapter = app.env.titles[page].astext()
        for anchor, title, text in sections((Path(app.outdir) / target).read_text("utf8")):
            entries.append([f"{target}#{anchor}", chapter, title.lstrip("0123456789 "), text])
    script = f"window.SECTIONS = {json.dumps(entries, ensure_ascii=False)};\n"
    (Path(app.outdir) / "_static" / INDEX).write_text(script, "utf8")


def replace_index(app: Sphinx) -> None:
    """Leave out Sphinx's index, and keep the page that it would make."""
    if app.builder.format == "html":
        app.builder.search = False
        app.config.html_additional_pages["search"] = "search.html"


def setup(app: Sphinx) -> None:
    """Connect to the end of the build, before the site is packed."""
    app.connect("builder-inited", replace_index)
    app.connect("build-finished", write_index, priority=400)
