"""The sources of a chapter: what the page cites, in full, from the one list of references."""

from docutils import nodes
from pybtex_docutils import Backend
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class sources(nodes.General, nodes.Element):  # noqa: N801 docutils' nodes are written small
    """Stands for the list until all pages have been read."""


class Sources(SphinxDirective):
    """The `sources` directive."""

    def run(self) -> list[nodes.Node]:
        """Leave a place for the list."""
        return [sources()]


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the place by the works that this page cites."""
    for place in list(doctree.findall(sources)):
        cite = app.env.get_domain("cite")
        here = (ref for ref in cite.citation_refs if ref.docname == docname)
        cited = {target.key for ref in here for target in ref.targets}
        works = [
            nodes.list_item("", Backend().paragraph(citation.formatted_entry))
            for citation in cite.citations
            if citation.key in cited
        ]
        place.replace_self(nodes.bullet_list("", *works, classes=["sources"]))


def setup(app: Sphinx) -> None:
    """Register the directive; it is filled when a page is written."""
    app.add_directive("sources", Sources)
    app.add_node(sources)
    app.connect("doctree-resolved", fill)
