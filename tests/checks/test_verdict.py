"""What a verdict shows its reader, and where it leads."""

import html
import importlib.util
import json
import re
from pathlib import Path

import pytest

from pooledu import check
from pooledu.checks import exercise_names, find
from pooledu.checks.verdict import link_text
from tests.checks.right import ps1

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("sections", ROOT / "scripts" / "sections.py")
sections = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sections)
ADDRESS = re.compile(r'<a href="([^"]*)"')


@pytest.fixture
def shown():
    return lambda: check(lambda *sizes: 0, "output_size").out_of(3).html


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to work in, without the address of a book."""
    monkeypatch.delenv("POOLEDU_BOOK_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_link_leads_to_the_book_as_make_serve_shows_it_and_says_so(shown, folder):
    page = folder / "_build" / "html" / "book" / "geometry.html"
    page.parent.mkdir(parents=True)
    page.touch()
    assert ADDRESS.findall(shown()) == ["http://localhost:8000/book/geometry.html#size-formula"]
    assert "(while make serve runs)" in re.sub("<[^>]*>", "", shown())


def test_where_there_is_no_book_its_chapter_and_section_are_named(shown, folder):
    page = shown()
    assert "localhost" not in page
    assert ADDRESS.findall(page) == []
    named = "the book, chapter “The output-size formula”, section “By hand”"
    assert named in re.sub("<[^>]*>", "", page)
    assert f"Read: {named}" in check(lambda *sizes: 0, "output_size").message


def test_every_paragraph_that_an_exercise_names_has_a_chapter_and_a_section():
    links = {m.link for name in exercise_names() for m in find(name).misconceptions}
    links |= {find(name).link for name in exercise_names()} - {""}
    assert [link for link in links if link_text(link) == link] == []


def test_the_chapters_and_sections_are_those_of_the_book():
    """`python scripts/sections.py` writes them anew."""
    written = json.loads(sections.TARGET.read_text(encoding="utf-8"))
    assert written == sections.sections()


@pytest.mark.parametrize("site", ["https://book.example/pooling", "https://book.example/pooling/"])
def test_a_link_leads_to_the_published_book_where_there_is_one(shown, monkeypatch, site):
    monkeypatch.setenv("POOLEDU_BOOK_URL", site)
    address = "https://book.example/pooling/book/geometry.html#size-formula"
    assert ADDRESS.findall(shown()) == [address]
    assert "make serve" not in shown()


def test_points_end_the_first_line(shown):
    first = re.sub("<[^>]*>", "", shown().partition("</p>")[0])
    assert re.search(r"right in \d+ of \d+ cases · [\d.]+ of 3 points$", first)


def shown_text(function):
    """The verdict's HTML without its tags."""
    return html.unescape(re.sub("<[^>]*>", "", check(function, "output_size").html))


def test_a_failed_check_shows_what_is_wrong_where_why_and_where_to_read_on():
    mistake = find("output_size").misconceptions[0].wrong
    verdict = check(mistake, "output_size")
    tests, call = verdict.case
    parts = ["Not yet", verdict.says[0], "Smallest failing case", tests, call, "Hint", "Read"]
    places = [shown_text(mistake).find(part.replace("`", "")) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


def test_a_passed_check_shows_no_case_and_no_hint():
    text = shown_text(ps1.by_formula)
    assert "Passed" in text
    assert not re.search("Not yet|Smallest failing case|Hint", text)
