"""Each idea of the texts that the course builds on has its place in the book."""

import pytest
import yaml

from .conftest import ROOT, soup

IDEAS = yaml.safe_load((ROOT / "book" / "ideas.yml").read_text("utf8"))
PLACES = [
    (f"{text}: {idea}", place) for text, ideas in IDEAS.items() for idea, place in ideas.items()
]


@pytest.mark.book
@pytest.mark.parametrize(("idea", "place"), PLACES, ids=[idea for idea, _ in PLACES])
def test_an_idea_has_its_place_in_the_book(idea, place):
    page, anchor = place.split("#")
    assert soup(f"book/{page}").find(id=anchor)
