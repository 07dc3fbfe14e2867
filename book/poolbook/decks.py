"""Slides: a deck for each chapter, of its figures, formulas, quick checks and key points.

A deck is one file that needs no other and loads nothing, so that it can be carried to a lecture. It
is made from the page that was written, so that there is no second text to keep.
"""

import base64
import copy
import hashlib
import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from bs4 import BeautifulSoup, Tag

FOLDER = "decks"
OWN = Path(__file__).parent / "theme" / "deck"
SHOWN = "figure, .equation, .output.text_html, .scroll"  # what a lecture can point at
LEFT_OUT = {"playground", "quick-check", "exercises", "key-points", "sources"}
ROWS = 9  # a longer table is for reading
POINTS = 5  # of the key points on one slide, at most
FONT_FILE = re.compile(r"@font-face\s*\{[^}]*url\((?!data:)[^}]*\}")
PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; font-src data:; \
img-src data:; style-src '{style_hash}'; script-src '{script_hash}'">
<title>{title}: slides</title>
<style>{style}</style>
</head>
<body class="deck">
<main>
{slides}
</main>
<script>{script}</script>
</body>
</html>
"""


def make(page: BeautifulSoup, style: str, address: str) -> str:
    """The deck of a chapter, whose page is found at `address` from the deck."""
    found = list(slides(page))
    for number, slide in enumerate(found, 1):
        slide["id"], slide["class"], slide["tabindex"] = str(number), "slide", "-1"
        slide["aria-label"] = f"Slide {number} of {len(found)}"
        slide.append(_tag("p", f"{number} / {len(found)}", "number"))
        for useless in slide.select(".headerlink, details.hide"):
            useless.decompose()
        for link in slide.select("a[href]"):
            link["href"] = _seen_from_deck(str(link["href"]), address)
    style = FONT_FILE.sub("", style) + (OWN / "deck.css").read_text("utf8")
    script = (OWN / "deck.js").read_text("utf8")
    return PAGE.format(
        title=_title(page).get_text(" ", strip=True),
        slides="\n".join(map(str, found)),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def slides(page: BeautifulSoup) -> Iterator[Tag]:
    """The slides of a chapter in order."""
    yield _slide(_title(page), page.select_one(".lead"))
    outcomes = page.select_one(".outcomes")
    assert outcomes is not None
    yield _slide(*outcomes.find_all(["p", "ul"], recursive=False)[:2])
    for section in page.select("article section section"):
        if not LEFT_OUT & {str(part["id"]) for part in (section, *section.find_parents("section"))}:
            yield from _pictures(section)
    for quiz in page.select(".quiz"):
        yield _slide(
            _tag("h2", "Quick check"), *quiz.find_all(["p", "details"], recursive=False)[1:]
        )
    points = page.select("#key-points li")
    for some in np.array_split(np.arange(len(points)), math.ceil(len(points) / POINTS)):
        shown = _tag("ul")
        shown.extend(copy.copy(points[i]) for i in some)
        yield _slide(_tag("h2", "Key points"), shown)


def _pictures(section: Tag) -> Iterator[Tag]:
    """A slide for each figure, formula or short table of a section, and what leads to it."""
    heading = section.find(["h2", "h3"], recursive=False)
    for shown in section.select(SHOWN):
        too_long = len(shown.find_all("tr")) > ROWS
        elsewhere = shown.find_parent("section") is not section or shown.find_parent("details")
        if too_long or elsewhere or shown.find_parent(_is_shown):
            continue
        said = None if shown.name == "figure" else _said_before(shown)
        yield _slide(_tag("h2", contents=heading), said, shown)


def _is_shown(tag: Tag) -> bool:
    """Whether a tag is on a slide as a whole."""
    return tag.name == "figure" or bool({"equation", "scroll"} & set(tag.get("class") or []))


def _said_before(shown: Tag) -> Tag | None:
    """The paragraph that leads to a picture, if one stands right before it."""
    block = shown.find_parent(class_="cell") or shown
    before = block.find_previous_sibling()
    while before is not None and "cell" in (before.get("class") or []):
        before = before.find_previous_sibling()
    if before is None or before.name != "p":
        return None
    said = copy.copy(before)  # without names, for it may lead to a second picture too
    for tag in (said, *said.select("[id]")):
        tag.attrs.pop("id", None)
    return said


def _title(page: BeautifulSoup) -> Tag:
    """The heading of the page."""
    heading = page.find("h1")
    assert isinstance(heading, Tag)
    for link in heading.select(".headerlink"):
        link.decompose()
    return heading


def _slide(*contents: Tag | None) -> Tag:
    """A slide with copies of some parts of the page."""
    slide = _tag("section")
    slide.extend(copy.copy(part) for part in contents if part is not None)
    return slide


def _seen_from_deck(link: str, address: str) -> str:
    """A link of the page at an address, as it reads in a deck."""
    if link.startswith("#"):
        return address + link
    return link if ":" in link.split("/")[0] else f"{address.rpartition('/')[0]}/{link}"


def _tag(name: str, text: str = "", kind: str = "", contents: Tag | None = None) -> Tag:
    """A new element."""
    tag = Tag(name=name)
    if kind:
        tag["class"] = kind
    if text:
        tag.string = text
    if contents is not None:
        tag.extend(copy.copy(part) for part in list(contents.children))
    return tag


def _hash(text: str) -> str:
    """The hash by which a policy knows an inline style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def offered(html: str) -> bool:
    """Whether a page has what a lecture is made of: it is a chapter."""
    return 'class="outcomes' in html and 'id="key-points"' in html


def write(site: Path, chapters: dict[str, BeautifulSoup], style: str) -> None:
    """Write the decks of chapters, which are given by their addresses, with the site's style."""
    (site / FOLDER).mkdir(exist_ok=True)
    for address, page in chapters.items():
        deck = make(page, style, f"../{address}")
        (site / FOLDER / Path(address).name).write_text(deck, "utf8")
