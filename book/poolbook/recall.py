"""Recall cards: the quick checks of all chapters in one file, which Anki and its like import."""

from pathlib import Path

from bs4 import BeautifulSoup, Tag

CARDS = "pooling-cards.txt"
# What Anki's import reads: https://docs.ankiweb.net/importing/text-files.html
HEAD = "#separator:tab\n#html:true\n#columns:Front\tBack\tTags\n#tags column:3\n"


def write(site: Path, chapters: dict[str, BeautifulSoup]) -> None:
    """Write a card for each quick check of the chapters, which are given by their addresses."""
    cards = []
    for address, page in chapters.items():
        cards += [f"{card(quiz)}\tpooling::{Path(address).stem}\n" for quiz in page.select(".quiz")]
    (site / CARDS).write_text(HEAD + "".join(cards), "utf8")


def card(quiz: Tag) -> str:
    """The question with its choices, and the right one with its reason."""
    question = quiz.select_one(".question")
    choices = quiz.select("details.choice > summary")
    right = quiz.select_one("details.choice.right")
    assert question is not None
    assert right is not None
    options = "".join(f"<li>{_plain(choice)}</li>" for choice in choices)
    return f"{_plain(question)}<ul>{options}</ul>\t{_plain(right)}"


def _plain(tag: Tag) -> str:
    """The HTML inside a tag on one line, without what only the page has a use for."""
    inside = BeautifulSoup(tag.decode_contents(), "html.parser")
    for verdict in inside.select(".verdict"):
        verdict.decompose()
    for link in inside.select("a, span, summary, wbr"):
        link.unwrap()
    for rest in inside.find_all(True):
        rest.attrs = {name: value for name, value in rest.attrs.items() if name != "class"}
    return " ".join(str(inside).split())
