"""Where a verdict leads its reader."""

import re

import pytest

from pooledu import check

ADDRESS = re.compile(r'<a href="([^"]*)"')


@pytest.fixture
def shown():
    return lambda: check(lambda *sizes: 0, "output_size").out_of(3).html


def test_a_link_leads_to_the_book_as_make_serve_shows_it_and_says_so(shown, monkeypatch):
    monkeypatch.delenv("POOLEDU_BOOK_URL", raising=False)
    assert ADDRESS.findall(shown()) == ["http://localhost:8000/book/geometry.html#size-formula"]
    assert "(while make serve runs)" in re.sub("<[^>]*>", "", shown())


@pytest.mark.parametrize("site", ["https://book.example/pooling", "https://book.example/pooling/"])
def test_a_link_leads_to_the_published_book_where_there_is_one(shown, monkeypatch, site):
    monkeypatch.setenv("POOLEDU_BOOK_URL", site)
    address = "https://book.example/pooling/book/geometry.html#size-formula"
    assert ADDRESS.findall(shown()) == [address]
    assert "make serve" not in shown()


def test_points_end_the_first_line(shown):
    first = re.sub("<[^>]*>", "", shown().partition("</p>")[0])
    assert re.search(r"right in \d+ of \d+ cases · [\d.]+ of 3 points$", first)
