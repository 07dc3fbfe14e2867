"""Each idea of the texts that the course builds on is said in the book, where `ideas.yml` says."""

import pytest
import yaml

from .conftest import ROOT, soup

IDEAS = yaml.safe_load((ROOT / "book" / "ideas.yml").read_text("utf8"))
PLACES = [
    (f"{text}: {idea}", place, words)
    for text, ideas in IDEAS.items()
    for idea, found in ideas.items()
    for place, words in found.items()
]


def plain(text: str) -> str:
    """A text with single blanks, and none before a stop."""
    return " ".join(text.split())


@pytest.mark.book
@pytest.mark.parametrize(("idea", "place", "words"), PLACES, ids=[idea for idea, *_ in PLACES])
def test_an_idea_is_said_in_its_place_in_the_book(idea, place, words):
    page, anchor = place.split("#")
    found = soup(f"book/{page}").find(id=anchor)
    section = found if found.name == "section" else found.find_parent("section")
    assert words
    assert words in plain(section.get_text())


def test_each_text_has_its_ideas_and_each_is_in_one_place():
    assert [len(ideas) >= 5 for ideas in IDEAS.values()] == [True] * 5
    assert all(len(found) == 1 for ideas in IDEAS.values() for found in ideas.values())
