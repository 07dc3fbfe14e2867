"""The book as one PDF: the text of the built pages in one document, printed by Chromium.

`make pdf` runs it on a built site. Links between chapters become links within the document and
headings become bookmarks. The contents get page numbers, which a first print tells.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer
from playwright.sync_api import Browser, sync_playwright

from poolbook.downloads import PDF, offer

DOCUMENT = """<!DOCTYPE html>
<html lang="en" data-theme="light" class="bound"><meta charset="utf-8"><title>Pooling</title>
<style>{style}</style>
<script src="../_static/playground.js" defer></script>
{body}"""
# Printed at these weights alone: a variable font would be drawn glyph by glyph, with no name.
WEIGHTS = {
    "source-serif-4": (400, 600), "source-serif-4-italic": (400,), "source-sans-3": (400, 650),
    "source-code-pro": (400,),
}  # fmt: skip
FONT = re.compile(r'@font-face \{ font-family: ("[^"]+")[^}]*url\(fonts/([\w-]+)\.woff2\)[^}]*\}')
FACE = """@font-face {{ font-family: {family}; font-style: {style}; font-weight: {weight};
  src: url({address}); font-display: block }}"""
COVER = '<div class="cover"><h1>{title}</h1>{lead}</div>'
LIVE = '<p class="live">On the site, at {page}, this can be moved and changed.</p>'
LEFT_OUT = ".headerlink, script, style, noscript, .downloads, details.hide"
COMPONENT = re.compile(r"</pool-[a-z-]+>")
NUMBER = '<span class="page-number">{}</span>'
FOOTER = """<p style="width: 100%; margin: 0; text-align: center; font: 9px sans-serif">
<span class="pageNumber"></span></p>"""
FLAGS = ["--no-sandbox", "--disable-gpu"] if os.geteuid() == 0 else ["--disable-gpu"]


def read(site: Path, page: str) -> BeautifulSoup:
    """The text of a page without what only a screen needs; the answers of the quizzes lie open."""
    text = BeautifulSoup((site / page).read_text("utf8"), "html.parser").article
    for tag in text.select(LEFT_OUT):
        tag.decompose()
    for folded in text.select("details"):
        folded["open"] = ""
        del folded["name"]  # of a group, only one would stay open
    return text


def chapters(landing: BeautifulSoup, folder: str) -> list[str]:
    """The pages in the order of the contents."""
    return [folder + link["href"] for link in landing.select(".chapters dt a")]


def within(page: str, html: str, pages: list[str]) -> str:
    """The text of a page whose ids, and the references to them, are its own in the book."""
    name = Path(page).stem

    def link(match: re.Match[str]) -> str:
        target, _, place = match[2].partition("#")
        known = f"{Path(page).parent}/{target}" in pages
        return f'{match[1]}="#{Path(target).stem}--{place}"' if known else match[0]

    html = re.sub(r'\b(id|for|aria-labelledby)="([^"]+)"', rf'\1="{name}--\2"', html)
    html = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}--\1)", html)
    html = re.sub(r'(href)="#([^"]+)"', rf'\1="#{name}--\2"', html)
    html = re.sub(r'\b(href)="([\w-]+\.html(?:#[^"]*)?)"', link, html)
    html = COMPONENT.sub(lambda tag: tag[0] + LIVE.format(page=page), html)
    return f'<div class="chapter" id="{name}--">{html}</div>'


def set_fonts(style: str, site: Path, folder: Path) -> str:
    """The style sheet with fonts of one weight each, which are written into a folder."""

    def faces(rule: re.Match[str]) -> str:
        family, file = rule[1], rule[2]
        made = []
        for weight in WEIGHTS[file]:
            font = TTFont(site / "_static" / "fonts" / f"{file}.woff2")
            if "fvar" in font:
                font = instancer.instantiateVariableFont(font, {"wght": weight})
            font.flavor = None
            path = folder / f"{file}-{weight}.ttf"
            font.save(path)
            made.append(
                FACE.format(
                    family=family, weight=weight, address=path.as_uri(),
                    style="italic" if file.endswith("italic") else "normal",
                )
            )  # fmt: skip
        return "\n".join(made)

    return FONT.sub(faces, style)


def bind(site: Path, first: str, style: str, numbers: list[int]) -> str:
    """The whole book as one page: cover, contents with page numbers, chapters."""
    landing = read(site, first)
    pages = chapters(landing, f"{Path(first).parent}/")
    for place, number in zip(landing.select(".chapters dt"), numbers or [0] * len(pages)):  # noqa: B905
        place.append(BeautifulSoup(NUMBER.format(number), "html.parser"))
    contents = landing.find("section", id="contents")
    title = landing.h1.get_text()
    cover = COVER.format(title=title, lead=landing.select_one(".lead"))
    texts = [within(page, str(read(site, page)), pages) for page in pages]
    return DOCUMENT.format(
        style=style, body=cover + within(first, str(contents), pages) + "".join(texts)
    )


def print_book(site: Path, first: str, browser: Browser) -> int:
    """Print the book twice, the second time with the page numbers of the first; how many pages."""
    source, pdf = site / first.replace("index", "print"), site / PDF
    style = (site / "_static" / "poolbook.css").read_text("utf8")
    numbers: list[int] = []
    with TemporaryDirectory() as fonts, browser.new_context() as context:
        style = set_fonts(style, site, Path(fonts))
        page = context.new_page()
        for _ in range(2):
            bound = bind(site, first, style, numbers)
            source.write_text(bound, "utf8")
            page.goto(source.as_uri(), timeout=300_000)
            page.evaluate("document.fonts.ready.then(() => null)")
            page.pdf(
                path=pdf, prefer_css_page_size=True, print_background=True, outline=True,
                tagged=True, display_header_footer=True, header_template="<p></p>",
                footer_template=FOOTER,
            )  # fmt: skip
            numbers = list(starts(pdf))
    source.unlink()
    with pikepdf.open(pdf, allow_overwriting_input=True) as book:
        with book.open_outline() as outline:
            for mark, title in zip(bookmarks(outline.root), headings(bound), strict=True):
                mark.title = title  # Chromium says it twice where it stands on top of a page
        book.save(object_stream_mode=pikepdf.ObjectStreamMode.generate)  # half the size
        return len(book.pages)


def bookmarks(marks: list[pikepdf.OutlineItem]) -> Iterator[pikepdf.OutlineItem]:
    """The bookmarks of all levels, in the order of the text."""
    for mark in marks:
        yield mark
        yield from bookmarks(mark.children)


def headings(bound: str) -> list[str]:
    """The headings of the whole book: each has a bookmark."""
    found = BeautifulSoup(bound, "html.parser").select("h1, h2, h3, h4, h5, h6")
    return [" ".join(heading.get_text().split()) for heading in found]


def starts(pdf: Path) -> Iterator[int]:
    """The pages on which chapters begin: the bookmarks of the first level, less the cover's."""
    with pikepdf.open(pdf) as book, book.open_outline() as outline:
        for mark in outline.root[1:]:
            yield pikepdf.Page(mark.destination[0]).index + 1


def find_chromium() -> str | None:
    """The Chromium or Chrome of this machine; None lets playwright look for its own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


def main() -> None:
    """Print the site in a folder and offer the PDF on its landing page."""
    site = Path(sys.argv[1]).resolve()
    first = "book/index.html"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        count = print_book(site, first, browser)
    offer(site, site / first)
    print(f"{site / PDF}: {count} pages, {(site / PDF).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
