"""Mathematics as MathML, made when the book is built: no script runs and nothing is fetched."""

import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

# Of these two no operator is made, with space on both sides: (-∞, …, 0) is close.
NAME = re.compile(r"<mo>(&#x0221E;|&#x02026;)</mo>")
# A minus after an operator that closes nothing is a sign; browsers would set it as a difference.
SIGN = re.compile(r"(<mo\b[^>]*>(?!&#x0(?:0029|005D|007C|230B|2309);)[^<]+</mo>)<mo>(?=&#x02212;<)")
MARKS = re.compile(r"[^\w\s(\[]+")
log = logging.getLogger(__name__)


def to_mathml(latex: str, display: bool, location: nodes.Node | None = None) -> str:
    """The MathML of one formula; a formula that the converter does not know is a warning."""
    mathml = convert(latex.strip(), display="block" if display else "inline")
    mathml = SIGN.sub(r'\1<mo form="prefix">', NAME.sub(r"<mi>\1</mi>", mathml))
    # latex2mathml passes what it does not understand through as an identifier.
    for leftover in ("<mi>\\", "<mi>&</mi>", "<mi>&amp;</mi>"):
        if leftover in mathml:
            log.warning("this LaTeX has no MathML here: %s", latex, location=location)
    return mathml


class TieMarks(SphinxPostTransform):
    """Tie a full stop to the formula before it: browsers break lines even before a word joiner."""

    default_priority = 700
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Put each formula that a mark follows, and the mark, into one span."""
        for formula in list(self.document.findall(nodes.math)):
            after = formula.next_node(descend=False, siblings=True)
            marks = MARKS.match(after) if isinstance(after, nodes.Text) else None
            if marks:
                tied = nodes.inline("", "", classes=["tied"])
                formula.parent.replace(after, nodes.Text(after[marks.end() :]))
                formula.parent.replace(formula, tied)
                tied += [formula, nodes.Text(marks[0])]


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write an inline formula."""
    self.body.append(to_mathml(node.astext(), display=False, location=node))
    raise nodes.SkipNode


def visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula of its own line, with its number if it has one."""
    self.body.append(self.starttag(node, "div", CLASS="equation"))
    self.body.append('<div class="formula">')
    self.body.append(to_mathml(node.astext(), display=True, location=node))
    self.body.append("</div>")
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})</span>')
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the renderer under the name that `html_math_renderer` asks for."""
    app.add_post_transform(TieMarks)
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_display, None))
