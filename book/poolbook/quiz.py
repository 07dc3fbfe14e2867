"""Quick checks: a question, choices, and under each choice why it is right or wrong.

In a chapter, each item of the list starts with `[x]` or `[ ]`; what follows its first paragraph
is the explanation:

    :::{quiz} How many windows of size 2 and stride 2 fit into 7 cells?
    - [ ] 4

      The fourth would need an eighth cell.
    - [x] 3

      They start at 0, 2 and 4; the last cell is in no window.
    :::

A choice is an HTML `details` element: it opens with mouse and keyboard, needs no script, and a
screen reader knows what it is.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator


class quiz(nodes.General, nodes.Element):  # noqa: N801 docutils' nodes are written small
    """One question with its choices."""


class quiz_choice(nodes.General, nodes.Element):  # noqa: N801
    """A choice; its first child is what is chosen, the others explain."""


class Quiz(SphinxDirective):
    """The `quiz` directive."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Turn the list of choices into nodes."""
        number = self.env.new_serialno("quiz") + 1
        block = quiz(name=f"quiz-{number}", number=number)
        inline, messages = self.parse_inline(self.arguments[0])
        block += nodes.paragraph("", "", *inline, classes=["question"])
        parsed = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, parsed)
        items = list(parsed.findall(nodes.list_item))
        marks = [self.take_mark(item) for item in items]
        if marks.count(True) != 1 or len(marks) < 2:
            raise self.error("a quiz has at least two choices and exactly one marked [x]")
        for item, right in zip(items, marks, strict=True):
            if len(item.children) < 2:
                raise self.error("each choice of a quiz is followed by its explanation")
            block += quiz_choice("", *item.children, right=right, group=block["name"])
        return [block, *messages]

    def take_mark(self, item: nodes.list_item) -> bool:
        """Remove `[x] ` or `[ ] ` from a choice and say which it was."""
        text = next(item.findall(nodes.Text))
        mark = text.astext()[:4]
        if mark not in ("[x] ", "[ ] "):
            raise self.error(f"a choice of a quiz starts with [x] or [ ], not {text.astext()!r}")
        text.parent.replace(text, nodes.Text(text.astext()[4:]))
        return mark == "[x] "


def visit_quiz(self: HTML5Translator, node: quiz) -> None:
    """Open the group and name it by its question."""
    name = node["name"]
    self.body.append(
        f'<div class="quiz" role="group" aria-labelledby="{name}" id="{name}-check">'
        f'<p class="quiz-title" id="{name}">Quick check {node["number"]}</p>'
    )


def depart_quiz(self: HTML5Translator, node: quiz) -> None:
    """Close the group."""
    self.body.append("</div>\n")


def visit_choice(self: HTML5Translator, node: quiz_choice) -> None:
    """Write a choice as a `details` element of the question's exclusive group."""
    kind, verdict = ("right", "Right.") if node["right"] else ("wrong", "Not this one.")
    self.body.append(f'<details class="choice {kind}" name="{node["group"]}"><summary><span>')
    for child in node.children[0].children:
        child.walkabout(self)
    self.body.append(f'</span></summary><div class="why"><p class="verdict">{verdict}</p>')
    for child in node.children[1:]:
        child.walkabout(self)
    self.body.append("</div></details>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the directive and its nodes."""
    app.add_directive("quiz", Quiz)
    app.add_node(quiz, html=(visit_quiz, depart_quiz))
    app.add_node(quiz_choice, html=(visit_choice, None))
