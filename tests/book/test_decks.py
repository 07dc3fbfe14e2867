"""Slides and recall cards: what a chapter has is in them, and a deck needs nothing else."""

import math
import sys

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from .conftest import ROOT, SITE, chapters, soup

sys.path.append(str(ROOT / "book"))

from poolbook import decks
from poolbook.recall import CARDS

NAMES = [page.split("/")[-1] for page in chapters()]
pytestmark = pytest.mark.book


def deck(name):
    return BeautifulSoup((SITE / decks.FOLDER / f"{name}.html").read_text("utf8"), "html.parser")


def words(tag):
    """The text without its spaces, which stand elsewhere where a line may be broken."""
    return "".join(tag.get_text().replace("¶", "").split())


@pytest.mark.parametrize("name", NAMES)
def test_a_deck_has_the_figures_quick_checks_and_key_points_of_its_chapter(name):
    page, slides = soup(f"book/{name}"), deck(name)
    told = {words(caption) for caption in slides.select("figcaption")}
    for figure in page.select("article section section figure"):
        if figure.find_parent("section")["id"] not in decks.LEFT_OUT and figure.figcaption:
            assert words(figure.figcaption) in told
    questions = [words(question) for question in page.select(".quiz .question")]
    assert [words(question) for question in slides.select(".question")] == questions
    said = [slide for slide in slides.select(".slide") if words(slide.h2 or slide) == "Keypoints"]
    points = [words(point) for point in page.select("#key-points li")]
    assert [words(point) for slide in said for point in slide.select("li")] == points
    assert len(said) == math.ceil(len(points) / decks.POINTS)


@pytest.mark.parametrize("name", NAMES)
def test_a_chapter_leads_to_its_slides_and_they_lead_back(name):
    (link,) = soup(f"book/{name}").find_all("a", string="Slides of this chapter")
    assert (SITE / "book" / link["href"]).resolve() == (SITE / decks.FOLDER / f"{name}.html")
    for link in deck(name).select("a[href]"):
        address = link["href"].split("#")[0]
        assert "://" in address or (SITE / decks.FOLDER / address).resolve().is_file(), address


@pytest.mark.parametrize("name", NAMES)
def test_no_name_stands_twice_in_a_deck(name):
    names = [tag["id"] for tag in deck(name).select("[id]")]
    assert len(names) == len(set(names))


@pytest.fixture
def opened(page):
    """Opens a deck from its file alone; whatever else is asked for or goes wrong is an error."""
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("request", lambda request: wrong.append(request.url))

    def open_deck(name, folder):
        alone = folder / "deck.html"
        alone.write_bytes((SITE / decks.FOLDER / f"{name}.html").read_bytes())
        page.set_viewport_size({"width": 1280, "height": 720})
        page.goto(alone.as_uri())
        wrong.remove(alone.as_uri())
        return page

    yield open_deck
    assert not wrong


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.browser
def test_a_deck_opens_alone_and_its_slides_fit_a_projector(opened, name, tmp_path):
    page = opened(name, tmp_path)
    too_much = page.evaluate(
        """[...document.querySelectorAll(".slide")]
           .filter((slide) => slide.scrollWidth > innerWidth + 1
                   || slide.offsetHeight > 1.1 * innerHeight)
           .map((slide) => `${slide.id}: ${slide.innerText.slice(0, 60)}`)"""
    )
    assert not too_much


@pytest.mark.browser
def test_a_deck_is_driven_by_keys(opened, tmp_path):
    page = opened("geometry", tmp_path)
    last = page.locator(".slide").count()

    for key, number in (
        *(("ArrowRight", n) for n in (2, 3)),
        ("Space", 4), ("Shift+Space", 3), ("PageUp", 2), ("ArrowLeft", 1), ("ArrowLeft", 1),
        ("End", last), ("PageDown", last), ("Home", 1),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(page.locator(".slide:focus")).to_have_id(str(number))
        page.wait_for_function(
            "n => Math.abs(document.getElementById(n).getBoundingClientRect().top) < 5", arg=number
        )
    page.keyboard.press("d")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.browser
def test_a_summary_keeps_its_own_keys(opened, tmp_path):
    page = opened("geometry", tmp_path)
    choice = page.locator(".choice summary").first
    choice.focus()
    page.keyboard.press("Space")
    assert page.locator(".choice").first.get_attribute("open") is not None


def test_each_quick_check_is_a_card_with_its_right_answer():
    head, *cards = (SITE / CARDS).read_text("utf8").split("#tags column:3\n")
    assert head.startswith("#separator:tab\n#html:true\n")
    found = [card.split("\t") for card in "".join(cards).splitlines()]
    quizzes = [(name, quiz) for name in NAMES for quiz in soup(f"book/{name}").select(".quiz")]
    assert len(found) == len(quizzes) >= 2 * len(NAMES)
    cards = {words(BeautifulSoup(front + back, "html.parser")): tags for front, back, tags in found}
    for name, quiz in quizzes:
        right = quiz.select_one(".choice.right")
        right.select_one(".verdict").decompose()
        wanted = [quiz.select_one(".question"), *quiz.select(".choice summary"), right]
        assert cards["".join(map(words, wanted))] == f"pooling::{name}"
