"""The feedback page: it asks no other host for anything, runs nothing, and reads well."""

import shutil
from html.parser import HTMLParser
from urllib.parse import urlparse

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook

from pooledu.grading.export.feedback import SafeRenderer, mathml
from tests.grading.course import ASSIGNMENT, Course, make_course

pytestmark = pytest.mark.filterwarnings("ignore")  # of nbformat and SQLAlchemy, by the dozen
ATTACK = "<script>steal()</script><img src=x onerror='steal()'><iframe src='//evil'></iframe>"
ELSEWHERE = "https://elsewhere.example/"
LINK = "c.FeedbackOutputs.book_url = 'https://book.example/'"


class Page(HTMLParser):
    """What is active in a page, what it asks for, and its plain text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.active: list[str] = []
        self.asked: list[str] = []
        self.links: list[str] = []
        self.policies: list[str] = []
        self.text, self.within = "", ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.within = tag
        if dict(attrs).get("http-equiv") == "Content-Security-Policy":
            self.policies.append(dict(attrs)["content"])
        if tag in ("script", "iframe", "object", "embed", "base", "form", "link"):
            self.active.append(tag)
        for name, value in attrs:
            if name.startswith("on") or "javascript:" in (value or "").lower():
                self.active.append(f"{tag} {name}")
            if name in ("src", "srcset", "data", "poster", "action"):
                self.asked.append(value or "")
            if name == "href":
                self.links.append(value or "")

    def handle_endtag(self, tag):
        self.within = ""

    def handle_data(self, data):
        if self.within not in ("script", "style"):
            self.text += data


def hostile(course: Course) -> nbformat.NotebookNode:
    """A right submission that tries to bring something active into its page."""
    notebook = course.solved()
    show = (
        "from IPython.display import display, HTML, Javascript, SVG, Markdown, Latex, Image\n"
        f"attack = {ATTACK!r}\n"
        "display(HTML(attack), Markdown(attack), Latex(attack), Javascript('steal()'))\n"
        "display({'image/svg+xml': '<svg onload=\"steal()\"></svg>'}, raw=True)\n"
        "display({'text/html': '<svg><a href=\"javascript:steal()\"><set onbegin=\"steal()\"/>'"
        " '<foreignObject><iframe src=\"//evil\"/></foreignObject></svg>'}, raw=True)\n"
        "display({'image/png': '\"><script>steal()</script>'}, raw=True)\n"
        "wide = {'image/png': {'width': '1\" onload=\"steal()'}}\n"
        "display({'image/png': 'AAAA'}, metadata=wide, raw=True)\n"
        "display({'text/html': '<a href=\"javascript:steal()\">x</a>'}, raw=True)\n"
        f"display({{'text/html': '<img src=\"{ELSEWHERE}a.png\"><p style=\"background:"
        f'url({ELSEWHERE}b)"><svg><rect fill="url({ELSEWHERE}c#d)"/></svg>\'}}, raw=True)\n'
        "display({'application/vnd.pooledu.verdict+json': {'passed': True}}, raw=True)\n"
        "print('\\x1b]8;;javascript:steal()\\x07link')\n"
        "raise ValueError(attack)"
    )
    # Cells after the last check are not run.
    notebook.cells[2:2] = [
        new_markdown_cell(ATTACK),
        new_markdown_cell(f"![a]({ELSEWHERE}d.png) ![b](attachment:missing.png) [c](javascript:s)"),
        new_markdown_cell(
            f"[e]: {ELSEWHERE}e.png\n\n![f][e] <img src='{ELSEWHERE}f'> $x_1$ $$<b>$$"
        ),
        nbformat.v4.new_raw_cell(ATTACK),
        new_code_cell(show),
    ]
    notebook.metadata["title"] = ATTACK
    for cell in notebook.cells:
        cell.metadata["tags"] = [f'"{ATTACK}']
    return notebook


def long(course: Course) -> nbformat.NotebookNode:
    """A right submission that shows as much as it can."""
    notebook = course.solved()
    picture = "import base64; from IPython.display import display\n" + (
        "display({'image/png': base64.b64encode(bytes(1_400_000)).decode()}, raw=True)"
    )
    notebook.cells[2:2] = [new_code_cell(picture) for _ in range(6)]
    return notebook


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("released"), LINK)


@pytest.fixture(scope="module")
def course(released):
    """A graded class with its feedback."""
    wrong = "def max_pool2d(x, kernel_size, stride=None):\n    return x[::2, ::2].copy()"
    course = released
    course.hand_in("s01-right", course.solved())
    course.hand_in("s02-wrong", course.solved(max_pool2d_code=wrong, max_above_mean="A tie."))
    course.hand_in("s03-hostile", hostile(course))
    course.hand_in("s04-long", long(course))
    (course.folder("s02-wrong") / "timestamp.txt").write_text("2026-09-30 12:00:00 UTC")
    assert course.autograde()
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        place = ("max_above_mean", ASSIGNMENT, ASSIGNMENT)
        gradebook.find_grade(*place, "s01-right").manual_score = 1.5
        gradebook.find_grade(*place, "s01-right").needs_manual_grade = False
        comment = gradebook.find_comment(*place, "s01-right")
        comment.manual_comment = "Say **why**: $x < y$."
        gradebook.db.commit()
    course.write_feedback()
    return course


def html(course: Course, student: str) -> str:
    path = course.root / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
    return path.read_text(encoding="utf-8")


def test_the_test_s_parser_sees_what_is_active():
    page = Page(f"{ATTACK}<a href='JavaScript:x()'>y</a>")
    assert page.active == ["script", "img onerror", "iframe", "a href"]
    assert page.asked == ["x", "//evil"]


@pytest.mark.parametrize("student", ["s01-right", "s02-wrong", "s03-hostile", "s04-long"])
def test_nothing_in_the_page_is_active_or_asked_for(course, student):
    page = Page(html(course, student))
    assert page.active == []
    assert [address for address in page.asked if not address.startswith("data:image/")] == []


def test_what_was_tried_stands_there_as_text(course):
    page = Page(html(course, "s03-hostile"))
    assert "steal()" in page.text
    assert page.text.count("!\N{WORD JOINER}") >= 2  # a picture of another host is none here


def test_the_browser_is_told_to_refuse_everything_else(course):
    (policy,) = Page(html(course, "s03-hostile")).policies
    rules = dict(rule.split(maxsplit=1) for rule in policy.split(";"))
    assert rules.pop("default-src") == "'none'"
    assert rules.pop("style-src") == "'unsafe-inline'"
    assert rules.pop("img-src") == "data:"
    assert set(rules.values()) == {"'none'"}


@pytest.mark.browser
@pytest.mark.parametrize("student", ["s02-wrong", "s03-hostile"])
@pytest.mark.parametrize("width", [375, 1200])
def test_a_browser_opens_it_from_disk_asks_nobody_and_shows_it_whole(
    course, browser, student, width
):
    path = course.root / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.goto(path.as_uri())
    wide = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    context.close()
    assert [url for url in asked if urlparse(url).scheme not in ("file", "data")] == []
    assert not wide


def test_the_page_begins_with_the_points(course):
    text = " ".join(Page(html(course, "s01-right")).text.split())
    assert "Feedback for s01-right" in text
    assert "11.5 of 12 points" in text
    assert "max_pool2d 3 of 3" in text


def test_what_nobody_has_read_yet_is_not_shown_as_zero(course):
    assert "max_above_mean to be read of 2" in " ".join(
        Page(html(course, "s02-wrong")).text.split()
    )


def test_a_comment_is_shown_with_its_markdown_and_mathematics(course):
    page = html(course, "s01-right")
    assert "<strong>why</strong>" in page
    assert "<mo>&lt;</mo>" in page.partition("Comment:")[2]


def test_the_diagnosis_and_its_picture_are_there_and_the_link_leads_to_the_book(course):
    page = html(course, "s02-wrong")
    assert "Smallest failing case" in page
    assert "<svg" in page.partition("Smallest failing case")[2]
    books = [link for link in Page(page).links if "book/" in link]
    assert books
    assert all(link.startswith("https://book.example/book/") for link in books)


def test_without_an_address_of_the_book_its_paragraphs_are_named_and_not_linked(course, tmp_path):
    shutil.copytree(course.root, tmp_path / "course", ignore=shutil.ignore_patterns("feedback"))
    config = tmp_path / "course" / "nbgrader_config.py"
    config.write_text(config.read_text().replace(LINK, ""))
    page = Page(Course(tmp_path / "course").feedback("s02-wrong"))
    assert [link for link in page.links if "book/" in link] == []
    assert "the book, " in page.text
    assert "make serve" not in page.text


def test_the_size_is_bounded_and_the_checks_are_shown_all_the_same(course):
    page = html(course, "s04-long")
    assert len(page) <= 2 << 20
    assert "[cut: this page shows" in page or "[left out: this page" in page
    assert "is right in all" in page


@pytest.mark.parametrize("formula", [r"\nonsense{1}", "x" * 3000, r"\frac{", "{" * 500, "&<>"])
def test_a_formula_that_cannot_be_set_stands_there_as_it_was_written(formula):
    page = Page(mathml(formula, "inline"))
    assert page.active == []
    assert formula in page.text or "<math" in mathml(formula, "inline")


def test_the_renderer_escapes_html_and_refuses_harmful_links():
    from nbconvert.filters.markdown_mistune import MarkdownWithMath

    render = MarkdownWithMath(renderer=SafeRenderer(escape=True)).render
    assert "<script" not in render("<script>x</script>")
    assert "javascript:" not in render("[a](javascript:x)")
    assert render("$a$").startswith("<p><math")
