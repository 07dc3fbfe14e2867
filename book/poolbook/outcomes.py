"""What a chapter teaches, what it takes for granted, and how long it takes to read.

A chapter says the first two; the minutes are counted from its words:

    :::{outcomes} What a convolution is.
    - Say how many windows fit. *Quick check 1, `output_size`.*
    :::

Each line ends with what tests it: a quick check, an exercise of the page or one that is graded.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

PER_MINUTE = 150  # words of a text with formulas, for readers whose language is another


class minutes(nodes.General, nodes.Element):  # noqa: N801 docutils' nodes are written small
    """Stands for the minutes until the whole page has been read."""


class Outcomes(SphinxDirective):
    """The `outcomes` directive."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """A box with the outcomes, what they build on, and a place for the minutes."""
        box = nodes.container(classes=["outcomes"])
        title = nodes.paragraph("", "", nodes.strong("", "You will be able to"))
        self.state.nested_parse(self.content, self.content_offset, box)
        if len(box.children) != 1 or len(box.children[0].children) != 3:
            raise self.error("outcomes are a list of three")
        box.insert(0, title)
        given, messages = self.parse_inline(self.arguments[0])
        words = nodes.strong("", "Taken for granted:")
        box += nodes.paragraph("", "", words, nodes.Text(" "), *given)
        box += nodes.paragraph("", "", minutes())
        return [box, *messages]


def needed(words: int) -> int:
    """Minutes for so many words, to the next five."""
    return max(5, 5 * round(words / PER_MINUTE / 5))


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Count the words of the page that are not code."""
    for place in list(doctree.findall(minutes)):
        texts = (
            node.astext() for node in doctree.findall(nodes.Text)
            if not isinstance(node.parent, nodes.literal_block | nodes.raw)
        )  # fmt: skip
        count = sum(len(text.split()) for text in texts)
        place.replace_self(nodes.Text(f"About {needed(count)} minutes to read."))


def setup(app: Sphinx) -> None:
    """Register the directive; the minutes are filled in when a page is written."""
    app.add_directive("outcomes", Outcomes)
    app.add_node(minutes)
    app.connect("doctree-resolved", fill)
