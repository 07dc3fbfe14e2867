"""The book as a PDF: its bookmarks, links, page numbers and fonts, read by another library."""

import re
import shutil
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from .conftest import ROOT, SITE, pages, soup

sys.path.append(str(ROOT / "book"))

from poolbook import pdf

pytestmark = [pytest.mark.book, pytest.mark.browser, pytest.mark.slow]

SOME = ["book/geometry.html", "book/quick-reference.html"]
FIRST = "book/index.html"


def test_the_book_holds_every_page_of_the_contents_but_the_one_to_practise_on():
    found = pdf.chapters(pdf.read(SITE, FIRST), "book/")
    inner = pages()[1:-1]  # all but the landing and the search
    assert found == [f"{page}.html" for page in inner if page != "book/practise"]


@pytest.fixture(scope="module")
def book(browser, tmp_path_factory):
    """A print of two pages: the whole book takes minutes."""
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(SITE / "_static", site / "_static")
    (site / "book").mkdir()
    for page in [*SOME, FIRST]:
        shutil.copy(SITE / page, site / page)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf, "chapters", lambda landing, folder: SOME)
        pdf.print_book(site, FIRST, browser)
    assert not Path(site / "book/print.html").exists()
    return PdfReader(site / pdf.PDF)


def bookmarks(book, marks=None):
    """Title and page of each bookmark, chapters and sections alike."""
    for mark in book.outline if marks is None else marks:
        if isinstance(mark, list):
            yield from bookmarks(book, mark)
        else:
            yield mark.title, book.get_destination_page_number(mark)


def test_each_chapter_and_section_has_a_bookmark_on_its_page(book):
    marks = dict(bookmarks(book))
    articles = [soup(page.removesuffix(".html")).article for page in SOME]
    headings = [heading for article in articles for heading in article.select("h1, h2, h3, h4")]
    titles = [" ".join(heading.get_text().rstrip("#¶").split()) for heading in headings]
    titles += ["Pooling", "Contents", pdf.ANSWERS]
    assert set(marks) == set(titles)
    titles = titles[:-3]
    for title in titles:
        text = book.pages[marks[title]].extract_text()
        assert "".join(title.split()) in "".join(text.split())


def test_the_contents_have_the_numbers_of_the_pages(book):
    marks = dict(bookmarks(book))
    contents = book.pages[1].extract_text()
    first = marks["3 The output-size formula"] + 1
    assert f"Why pool?{first}" in contents.replace(" ", "").replace("Whypool?", "Why pool?")


def test_a_quick_check_tells_its_answer_at_the_end_and_not_before(book):
    marks = dict(bookmarks(book))
    last = marks[pdf.ANSWERS]
    before = "".join(page.extract_text() for page in book.pages[:last])
    after = "".join(page.extract_text() for page in book.pages[last:])
    quizzes = soup("book/geometry").select(".quiz")
    assert quizzes
    for quiz in quizzes:
        for why in quiz.select(".why"):
            words = "".join(why.get_text().split())[:60]
            assert words in "".join(after.split())
            assert words not in "".join(before.split())
    assert before.count("is at the end of the book.") == len(quizzes)
    assert "Right." in after
    assert "Right." not in before
    named = book.named_destinations
    for quiz in quizzes:
        name = f"geometry--{quiz.select_one('.quiz-title')['id']}"
        assert f"/{name}-answer" in named or f"{name}-answer" in named


def test_the_contents_fit_on_one_page(book):
    assert dict(bookmarks(book))["3 The output-size formula"] == 2


def test_a_book_without_the_reference_has_neither_its_page_nor_links_to_it():
    bound = pdf.bind(SITE, FIRST, "", [], pdf.REFERENCE)
    assert 'id="library--"' not in bound
    assert 'href="#library--' not in bound
    assert 'href="library.html' not in bound
    assert 'id="library--"' in pdf.bind(SITE, FIRST, "", [])
    ids = set(re.findall(r'\bid="([^"]+)"', bound))
    links = set(re.findall(r'href="#([^"]+)"', bound))
    assert links <= ids


def test_links_between_the_chapters_stay_within_the_book(book):
    addresses = [
        note.get_object()["/A"]["/URI"]
        for page in book.pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object() and "/URI" in note.get_object()["/A"]
    ]
    within = [
        note
        for page in book.pages
        for note in page.get("/Annots", [])
        if "/Dest" in note.get_object()
    ]
    assert within
    assert not [address for address in addresses if Path(address).name.startswith("geometry")]


def test_every_font_is_in_the_file_and_ours_are_among_them(book):
    fonts = {
        font.get_object()["/BaseFont"].split("+")[-1]: descendant.get_object()["/FontDescriptor"]
        for page in book.pages
        for font in page["/Resources"]["/Font"].values()
        if font.get_object()["/Subtype"] == "/Type0"
        for descendant in font.get_object()["/DescendantFonts"]
    }
    for family in ("SourceSerif4", "SourceSans3", "SourceCodePro", "STIXTwoMath"):
        assert any(name.startswith(family) for name in fonts)
    for descriptor in fonts.values():
        assert {"/FontFile2", "/FontFile3"} & set(descriptor.get_object())


def test_a_component_is_printed_as_a_picture_and_says_where_it_moves(book):
    text = " ".join(page.extract_text() for page in book.pages).replace("\n", " ")
    assert "On the site, at book/geometry.html, this can be moved and changed." in text
    assert "Link to this" not in text
