"""How the site is found and previewed: canonical addresses, cards with pictures, a sitemap.

All of it needs the site's address, `html.baseurl` in _config.yml; without it, nothing is made.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any
from xml.sax.saxutils import escape

from docutils import nodes
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from sphinx.application import Sphinx

FONTS = Path(__file__).parent / "theme" / "static" / "fonts"
SIZE = (1200, 630)  # pixels, which most of those who show cards ask for
INK, MUTED, LINE = "#1d2430", "#556070", "#c5ccd6"
WINDOW, WINDOW_LINE, OUTPUT_LINE = "#ffe0a3", "#9a4a05", "#0b6b63"


def address(app: Sphinx) -> str:
    """The site's address with a slash at its end, or nothing."""
    base = (app.config.html_baseurl or "").rstrip("/")
    return f"{base}/" if base else ""


def tell(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Give the template the page's own address and its card's."""
    if base := address(app):
        if doctree is not None:
            context["canonical"] = base + app.builder.get_target_uri(pagename)
            context["card"] = f"{base}_static/cards/{pagename}.png"
        context["card_size"] = SIZE


def write(app: Sphinx, error: Exception | None) -> None:
    """Put cards and sitemap into the site."""
    base = address(app)
    if error or app.builder.format != "html" or not base:
        return
    pages = sorted(app.env.found_docs)
    places = [
        f"<url><loc>{escape(base + app.builder.get_target_uri(p))}</loc></url>" for p in pages
    ]
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {space}>\n'
    sitemap = head + "\n".join(places) + "\n</urlset>\n"
    (Path(app.outdir) / "sitemap.xml").write_text(sitemap, "utf8")
    with tempfile.TemporaryDirectory() as folder:
        serif, sans = (readable(name, Path(folder)) for name in ("source-serif-4", "source-sans-3"))
        for page in pages:
            question = app.env.metadata[page].get("question", "")
            file = Path(app.outdir) / "_static" / "cards" / f"{page}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            card(
                app.env.titles[page].astext(), question, app.config.html_short_title, serif, sans
            ).savefig(file, dpi=100)


def readable(name: str, folder: Path) -> FontProperties:
    """A font of the site in the form that Matplotlib reads."""
    font = instantiateVariableFont(TTFont(FONTS / f"{name}.woff2"), {"wght": 450}, inplace=True)
    font.flavor = None
    font.save(folder / f"{name}.ttf")
    return FontProperties(fname=folder / f"{name}.ttf")


def card(
    title: str, question: str, course: str, serif: FontProperties, sans: FontProperties
) -> Figure:
    """The picture of a page: its title and question, and a window on its grid."""
    figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, SIZE[0]), ylim=(SIZE[1], 0))
    axes.axis("off")
    for patch in motif():
        axes.add_patch(patch)
    at = 190.0
    axes.text(80, 150, course, fontproperties=sans, size=24, color=WINDOW_LINE)
    for line in wrap(title, 21)[:3]:
        at += 82
        axes.text(80, at, line, fontproperties=serif, size=50, color=INK)
    for line in wrap(question, 42)[:3]:
        at += 46
        axes.text(80, at + 30, line, fontproperties=sans, size=24, color=MUTED)
    return figure


def motif() -> Iterator[Rectangle]:
    """A grid of five by five, a window of three by three on it, and what comes out of it."""
    cell, left, top = 58, 850, 124
    for row in range(5):
        for col in range(5):
            within = row < 3 and col < 3
            place = (left + col * cell, top + row * cell)
            yield Rectangle(place, cell, cell, fc=WINDOW if within else "white", ec=LINE, lw=1.2)
    yield Rectangle((left, top), 3 * cell, 3 * cell, fill=False, ec=WINDOW_LINE, lw=4)
    yield Rectangle(
        (left + 4 * cell, top + 5.6 * cell), cell, cell, fc="#c4e9dd", ec=OUTPUT_LINE, lw=4
    )


def setup(app: Sphinx) -> None:
    """Before the site is packed, all is in it."""
    app.connect("html-page-context", tell)
    app.connect("build-finished", write, priority=400)
