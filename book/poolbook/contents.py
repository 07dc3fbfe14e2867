"""The table of contents of the landing page: each chapter with the question that it answers.

A chapter says its question in its front matter, as `question: How many windows fit?`.
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from poolbook.exercise import marks_of


class contents(nodes.General, nodes.Element):  # noqa: N801 docutils' nodes are written small
    """Stands for the list until all chapters have been read."""


class Contents(SphinxDirective):
    """The `contents-of-book` directive."""

    def run(self) -> list[nodes.Node]:
        """Leave a place for the list."""
        return [contents()]


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the place by one list for each part of the book."""
    for place in list(doctree.findall(contents)):
        trees = app.env.get_doctree(app.config.root_doc).findall(addnodes.toctree)
        place.replace_self([node for tree in trees for node in part(app, docname, tree)])


def part(app: Sphinx, docname: str, tree: addnodes.toctree) -> list[nodes.Node]:
    """The caption of a part and the list of its chapters."""
    chapters = [chapter(app, docname, name) for _, name in tree["entries"]]
    caption = nodes.paragraph("", tree["caption"], classes=["part"])
    return [caption, nodes.definition_list("", *chapters, classes=["chapters"])]


def chapter(app: Sphinx, docname: str, name: str) -> nodes.definition_list_item:
    """A link to a chapter, with its number, above its question."""
    number = app.env.toc_secnumbers.get(name, {}).get("", ())
    link = nodes.reference(
        "",
        app.env.titles[name].astext(),
        refuri=app.builder.get_relative_uri(docname, name),
        internal=True,
    )
    title = nodes.inline("", ".".join(map(str, number)), classes=["section-number"])
    question = app.env.metadata[name].get("question", "")
    exercises = app.env.metadata[name].get("exercises", [])
    marks = [marks_of(exercises, "p")] if exercises else []
    return nodes.definition_list_item(
        "",
        nodes.term("", "", title, link),
        nodes.definition("", nodes.paragraph("", question), *marks),
    )


def setup(app: Sphinx) -> None:
    """Register the directive; it is filled when a page is written."""
    app.add_directive("contents-of-book", Contents)
    app.add_node(contents)
    app.connect("doctree-resolved", fill)
