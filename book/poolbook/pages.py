"""What goes onto a page and into the site: one style sheet, one script, the playground's script."""

import hashlib
import re
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup
from docutils import nodes
from jupyter_cache import get_cache
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from poolbook import decks, downloads, links, mathfont, network, notebooks, recall
from poolbook.breaks import set_breaks
from poolbook.markup import unstyled, with_headed_tables, with_own_ids
from pooledu import figures, playground

STYLE = "poolbook.css"
FALLBACKS = "fallbacks.css"
SCRIPT = "poolbook.js"
PLAYGROUND = "playground.js"
TAKING = "take.js"  # which the playground loads when it is wanted
USES_PLAYGROUND = re.compile(r"<pool-(?!network)")
ENTRANCE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Pooling</title>
<meta http-equiv="refresh" content="0; url={0}">
<p><a href="{0}">Pooling</a></p>
"""


# Spans that no rule of the style sheet is for: most of the elements of a page with much code.
PLAIN = re.compile(
    r'<span class="(?:pre|n|nn|nb|o|p|w|colon|default_value|sig-paren|pasted-text)">([^<>]*)</span>'
)


def choose_assets(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Keep of all styles and scripts only what this page uses."""
    body = context.get("body", "")
    scripts = {SCRIPT} | ({PLAYGROUND} if USES_PLAYGROUND.search(body) else set())
    styles = {STYLE}
    if network.TAG in body:
        scripts.add(network.SCRIPT)
        styles.add(network.STYLE)

    def wanted(asset: Any, names: set[str]) -> bool:
        return str(getattr(asset, "filename", asset)).split("/")[-1] in names

    context["css_files"] = [f for f in context["css_files"] if wanted(f, styles)]
    context["script_files"] = [f for f in context["script_files"] if wanted(f, scripts)]
    if "body" in context:
        context["body"] = finish(context["body"])


def describe(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Give the template the page's first paragraph and the links to its source and notebook."""
    if doctree is None:
        return
    first = next(doctree.findall(nodes.paragraph), None)
    context["description"] = first.astext().replace("\n", " ") if first else ""
    if notebook(app, pagename).is_file():
        context["notebook"] = f"{pagename}.ipynb"
    options = {"repository_url": "", "launch_buttons": {}} | app.config.html_theme_options
    source = Path(app.env.doc2path(pagename)).relative_to(app.srcdir).as_posix()
    if decks.offered(context.get("body", "")):
        context["deck"] = f"{decks.FOLDER}/{Path(pagename).name}.html"
    context["edit_url"] = links.edit(options, source)
    context["report_url"] = links.report(options, app.env.titles[pagename].astext())
    if "notebook" in context:
        context["launch"] = list(links.launch(options, context["notebook"]))


def notebook(app: Sphinx, pagename: str) -> Path:
    """Where the executed notebook of a page was written."""
    return Path(app.outdir).parent / "jupyter_execute" / f"{pagename}.ipynb"


def executed(app: Sphinx, pagename: str) -> nbformat.NotebookNode:
    """The notebook of a page with its outputs.

    MyST-NB writes a notebook without outputs when they came from the cache.
    """
    cells = nbformat.read(notebook(app, pagename), as_version=4)
    if any(cell.cell_type == "code" for cell in cells.cells):
        cache = get_cache(app.env.mystnb_config.execution_cache_path)
        _, cells = cache.merge_match_into_notebook(cells)
    return cells


def finish(body: str) -> str:
    """Let wide tables scroll, mark where lines end, and take out what misleads or does nothing.

    Table headers without text and the roles that Sphinx gives to references mislead screen readers.
    """
    plain = 1
    while plain:
        body, plain = PLAIN.subn(r"\1", body)
    body = body.replace("</em><em>", "")  # each word of a parameter's type is one
    body = re.sub(r' role="(doc-biblioentry|list)"', "", body)
    body = re.sub(r"<th\b[^>]*>(<p>\s*</p>|\s*)</th>", "<td></td>", body)
    body = with_headed_tables(with_own_ids(unstyled(body)))
    body = re.sub(r"<table\b", r'<div class="scroll"><table', body)
    return set_breaks(body.replace("</table>", "</table></div>"))


def copy_assets(app: Sphinx, exception: Exception | None) -> None:
    """Put the style sheet, the playground and the executed notebooks into the site."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    own = Path(__file__).parent / "theme" / "static"
    sheets = [(own / name).read_text("utf8") for name in (FALLBACKS, STYLE)]
    addresses = [app.builder.get_target_uri(page) for page in app.env.found_docs]
    texts = [(Path(app.outdir) / address).read_text("utf8") for address in addresses]
    style = mathfont.embed("".join(sheets), [*texts, playground.script()])
    style = figures.stylesheet() + style
    (static / STYLE).write_text(style, "utf8")
    carry(app, dict(zip(addresses, texts, strict=True)), style)
    (static / PLAYGROUND).write_text(playground.script(), "utf8")
    (static / TAKING).write_text(playground.taking(), "utf8")
    for page in app.env.found_docs:
        if notebook(app, page).is_file():
            read = notebooks.for_readers(app, page, executed(app, page))
            nbformat.write(read, Path(app.outdir) / f"{page}.ipynb")
    first = app.builder.get_target_uri(app.config.root_doc)
    (Path(app.outdir) / "index.html").write_text(ENTRANCE.format(first), "utf8")
    downloads.pack(Path(app.outdir))
    downloads.offer(Path(app.outdir), Path(app.outdir) / first)


def carry(app: Sphinx, texts: dict[str, str], style: str) -> None:
    """Write the slides and cards of the chapters, if anything is new of what they are made from."""
    chapters = {address: text for address, text in sorted(texts.items()) if decks.offered(text)}
    sources = [Path(module.__file__).read_text("utf8") for module in (decks, recall)]
    sources += [path.read_text("utf8") for path in sorted(decks.OWN.iterdir())]
    new = hashlib.sha256("\0".join([style, *sources, *chapters.values()]).encode()).hexdigest()
    kept, site = Path(app.doctreedir) / "slides", Path(app.outdir)
    if kept.is_file() and kept.read_text() == new and (site / recall.CARDS).is_file():
        return
    pages = {address: BeautifulSoup(text, "html.parser") for address, text in chapters.items()}
    decks.write(site, pages, style)
    recall.write(site, pages)
    kept.write_text(new)


def open_hidden_cell(self: HTML5Translator, node: HideCodeCellNode) -> None:
    """Write folded code, or a folded output, as plain `details`, whose name is what is read.

    Code that is not shown is left out on paper; an output belongs to it.
    """
    kind, what = ("outcome", "output") if "below-input" in node["classes"] else ("hide", "code")
    self.body.append(f'<details class="{kind}"><summary>Show the {what}</summary>\n')


def close_hidden_cell(self: HTML5Translator, node: HideCodeCellNode) -> None:
    """Close the folded cell."""
    self.body.append("</details>\n")


def open_admonition(self: HTML5Translator, node: nodes.admonition) -> None:
    """Write a note; one that drops down is folded, and its title is what opens it."""
    if "dropdown" not in node["classes"]:
        HTML5Translator.visit_admonition(self, node)
        return
    title = node.pop(0)
    self.body.append(self.starttag(node, "details", CLASS="admonition"))
    self.body.append(f'<summary class="admonition-title">{self.encode(title.astext())}</summary>\n')


def close_admonition(self: HTML5Translator, node: nodes.admonition) -> None:
    """Close the note."""
    self.body.append("</details>\n" if "dropdown" in node["classes"] else "</div>\n")


def setup(app: Sphinx) -> None:
    """Connect to the writing of pages."""
    app.config.html_additional_pages |= {"404": "404.html", "embed": "embed.html"}
    app.add_js_file(SCRIPT, loading_method="defer")
    app.add_js_file(PLAYGROUND, loading_method="defer")
    app.add_node(HideCodeCellNode, override=True, html=(open_hidden_cell, close_hidden_cell))
    app.add_node(nodes.admonition, override=True, html=(open_admonition, close_admonition))
    app.connect("html-page-context", choose_assets, priority=900)
    app.connect("html-page-context", describe)
    app.connect("build-finished", copy_assets)
