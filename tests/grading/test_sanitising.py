"""What is shown of a submission does nothing, loads nothing and looks like nothing of ours."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nbconvert.filters import ansi2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat.notebooknode import from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from traitlets.config import Config

from pooledu.grading.bridge.steps import MakeHarmless
from pooledu.grading.export.feedback import FeedbackExporter
from pooledu.grading.sanitising import (
    CLASSES,
    PICTURE,
    safe_formulas,
    safe_html,
    safe_markdown,
)

SCHEMES = ("javascript:f()", "JaVaScRiPt:f()", " javascript:f()", "data:text/html,x", "vbscript:f")
ACTIVE = [
    "<script>f()</script>",
    "<img src=x onerror=f()>",
    "<img src='https://host.example/a.png'>",
    "<svg onload=f()><script>f()</script></svg>",
    "<svg><a xlink:href='javascript:f()'><text>x</text></a></svg>",
    "<math href='javascript:f()'><mi xlink:href='javascript:f()'>x</mi></math>",
    "<math><mtext><img src=x onerror=f()></mtext></math>",
    "<meta http-equiv=refresh content='0;url=//host.example'>",
    "<form action=//host.example><input name=a><button>b</button></form>",
    "<div style='position:fixed;top:0'>12 of 12 points</div>",
    "<p class='total'>12 of 12 points</p>",
    "<style>.total {display:none}</style>",
    "<link rel=stylesheet href=//host.example>",
    "<base href=//host.example>",
    "<iframe src=//host.example></iframe>",
    "<object data=//host.example></object>",
    "<table background=//host.example><tr><td>x</table>",
    "<a href='#' id=marks name=body>x</a>",
    "<details open ontoggle=f()>x</details>",
    "<p role=alert aria-label='12 of 12 points'>x</p>",
    "<svg role=heading aria-label='a drawing'></svg>",
    "<!--><img src=x onerror=f()>-->",
    "<noscript><p title='</noscript><img src=x onerror=f()>'></noscript>",
    *(f"<a href='{scheme}'>x</a>" for scheme in SCHEMES),
]
MARKDOWN = [
    *ACTIVE,
    *(f"[x]({scheme})" for scheme in SCHEMES),
    *(f"[x][a]\n\n[a]: {scheme.strip()}" for scheme in SCHEMES),
    "<javascript:f()>",
    "[x](java&#115;cript:f())",
    "[x](\\javascript:f())",
    "[x](<javascript:f()>)",
    "![x](https://host.example/a.png)",
    "![x][a]\n\n[a]: https://host.example/a.png",
    "![x](\n//host.example/a.png)",
    "$\\href{javascript:f()}{x}$",
    "$$\\class{total}{x}\\style{position:fixed}{y}\\require{html}$$",
    "$\\text{<script>f()</script>}$",
    "$</math><script>f()</script>$",
    "&#36;&#92;href{javascript:f()}{x}&#36;",
    "&#x24;\\&#104;ref{javascript:f()}{x}&#x24;",
    "&dollar;&bsol;style&lbrace;position:fixed&rbrace;{12 of 12}&dollar;",
    f"&#36;&#x{'0' * 90}5c;href{{javascript:f()}}{{x}}&#36;",
    "$\\smash{\\raise 60em{\\rule{90em}{9em}}}$",
    "$\\mathtip{x}{12 of 12}$",
]
ACTING_COMMAND = re.compile(
    r"\\(?:href|url|class|cssId|style|require|unicode|def|newcommand|mathtip|smash|raise|lower|rule"
    r"|Rule|Space|rlap|llap|enclose)(?![a-z])"
)


ACTING = ("style", "id", "action", "background", "xlink:href")


class Seen(HTMLParser):
    """What a page has that acts, loads or pretends."""

    PLAIN = frozenset(
        """
        html head body header main section div p pre span code table thead tbody tr td th h1 h2 h3
        h4 h5 h6 a em strong b i u s ul ol li br hr blockquote dl dt dd img title math mrow mi mn mo
        mtext mspace msub msup mtable mtr mtd svg g rect text caption small sub sup del tt var
        meta style
        """.split()  # noqa: SIM905
    )

    def __init__(self, html):
        super().__init__()
        self.found, self.classes = [], set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag not in self.PLAIN:
            self.found.append(tag)
        for name, value in attrs:
            value = value or ""
            if name.startswith("on") or name in (
                "style",
                "id",
                "action",
                "background",
                "xlink:href",
            ):
                self.found.append(f"{tag} {name}")
            if (name == "role" and value != "img") or (name == "aria-label" and tag != "svg"):
                self.found.append(f"{tag} {name}")
            if name == "href" and not re.match(r"https?://|mailto:|#", value):
                self.found.append(f"{tag} href {value}")
            if name == "src" and not PICTURE.match(value):
                self.found.append(f"{tag} src {value}")
            if name == "class":
                self.classes |= set(value.split())


@pytest.mark.parametrize("html", ACTIVE)
def test_html_of_a_submission_does_nothing(html):
    seen = Seen(safe_html(html))
    assert not seen.found
    assert seen.classes <= CLASSES


HTML_PARTS = [
    "<",
    ">",
    "'",
    '"',
    "/",
    "=",
    " ",
    "&lt;",
    "<!--",
    "-->",
    "script",
    "svg",
    "math",
    "img",
]
HTML_PARTS += ["src", "href", "onload", "style", "javascript:", "mtext", "class", "total", "x"]
MARKDOWN_PARTS = [
    "[",
    "]",
    "(",
    ")",
    "!",
    "<",
    ">",
    ":",
    "\\",
    "`",
    "$",
    "a",
    "{",
    " ",
    "\n",
    "img ",
]
MARKDOWN_PARTS += [
    "&#106;",
    "https://",
    "javascript:",
    "script",
    "src=",
    "onerror=f",
    "//h",
    "href",
]
MARKDOWN_PARTS += ["attachment:"]


@given(st.lists(st.sampled_from(HTML_PARTS), max_size=40).map("".join))
def test_no_html_at_all_gets_through(html):
    seen = Seen(safe_html(html))
    assert not seen.found
    assert seen.classes <= CLASSES


def stock(source, attachments=None):
    """What formgrader makes of Markdown."""
    renderer = IPythonRenderer(
        escape=False, exclude_anchor_links=True, attachments=attachments or {}
    )
    return MarkdownWithMath(renderer=renderer).render(source)


def formgrader_sees(html):
    """What acts in formgrader: its own ids of headings do not, nor tags for emphasis."""
    return [each for each in Seen(html).found if each[:1] != "h" or " id" not in each]


@pytest.mark.parametrize("source", MARKDOWN)
def test_markdown_in_a_graded_notebook_does_nothing_in_formgrader(source):
    html = stock(safe_markdown(source))
    assert not formgrader_sees(html)
    assert not ACTING_COMMAND.search(read_by_mathjax(html))


@given(st.lists(st.sampled_from(MARKDOWN_PARTS), max_size=30).map("".join))
def test_no_markdown_at_all_acts_in_formgrader(source):
    assert not formgrader_sees(stock(safe_markdown(source)))


TEX_PARTS = ["\\", "&#92;", "&#x5C;", "&bsol;", "&#092;", "$", "&#36;", "&dollar;", "{", "}", "\n"]
TEX_PARTS += ["href", "&#104;ref", "h", "ref", "style", "smash", "raise", "*", "_", "`", "<b>", "x"]
TEX_PARTS += ["<!-- -->", "&zwj;", "&amp;", "&", "#92;", "<script></script>", "    ", "[](#)"]


@given(st.lists(st.sampled_from(TEX_PARTS), max_size=20).map("".join))
def test_no_command_of_tex_acts_in_formgrader(source):
    in_text, in_output = stock(safe_markdown(source)), safe_formulas(safe_html(source))
    for html in (in_text, in_output):
        assert not ACTING_COMMAND.search(read_by_mathjax(html))


def read_by_mathjax(html):
    """What MathJax reads as text: that of each element, with its entities as characters."""
    return unescape(re.sub(r"<(pre|code)>.*?</\1>|<[^>]*>", " ", html, flags=re.DOTALL))


HONEST = (
    "# Größe\n\n1 < 2 and a<b, `x[i] < y`, **bold**, [book](https://a.example/b), "
    "$\\frac{a}{b} < c$\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    "![plot](attachment:p.png) <https://a.example>"
)


COLOUR_PARTS = ["\x1b[", "\x1b", "38", "48", "5", "2", ";", "m", "0", "999", "K", " ", "x"]


@given(st.lists(st.sampled_from(COLOUR_PARTS), max_size=12).map("".join))
@example("\x1b[38m")
def test_every_page_can_be_made_of_the_colours_in_a_graded_notebook(text):
    error = {"output_type": "error", "ename": "E", "evalue": text, "traceback": [text]}
    data = {"output_type": "display_data", "metadata": {}, "data": {"text/plain": text}}
    stream = {"output_type": "stream", "name": "stdout", "text": text}
    cell = new_code_cell("x", outputs=[from_dict(each) for each in (error, data, stream)])
    shown, _ = MakeHarmless().preprocess_cell(cell, {}, 0)
    error, data, stream = shown.outputs
    for each in (*error.traceback, data.data["text/plain"], stream.text):
        ansi2html(each)


def test_colours_that_are_some_stay():
    stream = {"output_type": "stream", "name": "stdout", "text": "\x1b[38;5;9mx\x1b[0m"}
    cell = new_code_cell("x", outputs=[from_dict(stream)])
    assert "38;5;9" in MakeHarmless().preprocess_cell(cell, {}, 0)[0].outputs[0].text


def test_honest_markdown_looks_as_it_did():
    def text(html):
        return re.sub(r"<[^>]*>", "", html).replace("\N{WORD JOINER}", "")

    pasted = {"p.png": {"image/png": "AAAA"}}
    shown = stock(safe_markdown(HONEST, pasted), pasted)
    assert text(shown) == text(stock(HONEST, pasted))
    assert shown.count("<") == stock(HONEST, pasted).count("<")


def test_a_picture_that_is_not_there_does_not_stop_formgrader():
    assert "<img" not in stock(safe_markdown("![a](attachment:b.png)", {}))


def page(*cells, seconds=300):
    """Make a feedback page of cells, of a submission with this budget of time."""
    for cell in cells:
        cell.metadata.setdefault("nbgrader", {})
    about = {"student": "s01", "notebook": "ps1", "total": "1", "reachable": "2", "others": []}
    exporter = FeedbackExporter(config=Config(TimeBudget={"seconds": seconds}))
    return exporter.from_notebook_node(new_notebook(cells=list(cells)), {"nbgrader": about})[0]


def test_no_text_of_a_submission_acts_in_the_feedback_page():
    plain = Seen(page(new_markdown_cell("x"), new_raw_cell("x")))
    cells = [new_markdown_cell(source) for source in MARKDOWN]
    cells += [new_raw_cell(source) for source in ACTIVE]
    seen = Seen(page(*cells))
    assert set(seen.found) <= set(plain.found)
    assert seen.classes <= plain.classes | CLASSES


SLOW = {
    "blanks": "a" + " " * 200_000 + "b",
    "opened environments": "\\begin{align}\n" * 30_000,
    "opened brackets": "[" * 100_000,
    "opened emphasis": "*a **b " * 30_000,
    "dollars": "$a " * 60_000,
    "quotes within quotes": "> " * 20_000 + "a",
    "opened tags": "<a " * 60_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("what", SLOW)
def test_a_page_is_made_in_time_and_is_not_too_large(what):
    html = page(new_markdown_cell(SLOW[what]), new_markdown_cell("honest"), seconds=50)
    assert len(html) <= 2 << 20
    assert "cut:" in html or "left out" in html or "honest" in html


def test_a_page_that_is_too_large_is_cut_and_says_so():
    check = new_code_cell("check()", metadata={"nbgrader": {"grade": True, "grade_id": "e"}})
    html = page(new_code_cell("x = 1\n" * 200_000), check, new_markdown_cell("y" * 3_000_000))
    assert len(html) <= 2 << 20
    text = re.sub(r"<[^>]*>", "", html)
    assert text.count("[cut: this page shows") == 2
    assert "check()" in text


OPENED = ("<div>", "<ul><li>", "<svg><g>", "<math><mrow>", "<b><p>", "<details>", "<div></p>")


@pytest.mark.parametrize("html", OPENED)
def test_html_that_opens_without_end_is_left_out_before_it_is_parsed(html):
    assert "left out" in safe_html(html * 5000)
    assert "left out" not in safe_html(html * 20 + "<br><td>1</td>" * 9000)


def test_a_drawing_is_not_moved_out_of_its_place():
    moved = '<svg transform="scale(9)"><g transform="scale(2)"></g></svg>'
    assert safe_html(moved) == '<svg><g transform="scale(2)"></g></svg>'
