"""The book as one PDF: the text of the built pages in one document, printed by Chromium.

`make pdf` runs it on a built site. Links between chapters become links within the document and
headings become bookmarks. The contents get page numbers, which a first print tells. The answers of
the quick checks stand at the end. A second file has the library's reference, too, a third of it.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf
from bs4 import BeautifulSoup, Tag
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer
from playwright.sync_api import Browser, sync_playwright

from poolbook.downloads import FULL, PDF, offer

REFERENCE = "library"  # the page that the shorter book leaves out
ON_SCREEN = "practise.html"  # the page that is nothing on paper
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
CHOICES = '<ol class="choices" type="A"></ol>'
TO_ANSWER = (
    '<p class="to-answer"><a href="#{0}-answer">The answer</a> is at the end of the book.</p>'
)
ANSWER = """<div class="answer" id="{0}-answer"><p><a href="#{0}"><strong>{1}</strong></a>
{2}</p><ol class="choices" type="A"></ol></div>"""
ANSWERS = "Answers to the quick checks"
COMPONENT = re.compile(r"</pool-[a-z-]+>")
NUMBER = '<span class="page-number">{}</span>'
FOOTER = """<p style="width: 100%; margin: 0; text-align: center; font: 9px sans-serif">
<span class="pageNumber"></span></p>"""
FLAGS = ["--no-sandbox", "--disable-gpu"] if os.geteuid() == 0 else ["--disable-gpu"]


def read(site: Path, page: str) -> BeautifulSoup:
    """The text of a page without what only a screen needs."""
    text = BeautifulSoup((site / page).read_text("utf8"), "html.parser").article
    for tag in text.select(LEFT_OUT):
        tag.decompose()
    for folded in text.select("details"):
        folded["open"] = ""
        del folded["name"]  # of a group, only one would stay open
    return text


def take_answers(text: BeautifulSoup) -> str:
    """Leave the choices of each quick check, and take what they are worth out of the text."""
    taken = []
    for quiz in text.select(".quiz"):
        title, question = quiz.select_one(".quiz-title"), quiz.select_one(".question")
        name = title["id"]
        answer = made(ANSWER.format(name, title.get_text(), question.decode_contents()))
        choices = made(CHOICES)
        for choice in quiz.select("details.choice"):
            choices.append(made(f"<li>{choice.summary.decode_contents()}</li>"))
            answer.ol.append(made(f"<li>{choice.select_one('.why').decode_contents()}</li>"))
            choice.decompose()
        quiz.append(choices)
        quiz.append(made(TO_ANSWER.format(name)))
        taken.append(str(answer))
    # no heading: the outline has the chapter already
    title = f'<p class="answers-of">{text.h1.decode_contents()}</p>'
    return title + "".join(taken) if taken else ""


def made(html: str) -> Tag:
    """The element that a piece of HTML describes."""
    return BeautifulSoup(html, "html.parser").find()


def chapters(landing: BeautifulSoup, folder: str) -> list[str]:
    """The pages in the order of the contents."""
    links = [link["href"] for link in landing.select(".chapters dt a")]
    return [folder + link for link in links if link != ON_SCREEN]


def within(page: str, html: str, pages: list[str]) -> str:
    """The chapter that a page is in the book."""
    html = COMPONENT.sub(lambda tag: tag[0] + LIVE.format(page=page), owned(page, html, pages))
    return f'<div class="chapter" id="{Path(page).stem}--">{html}</div>'


def owned(page: str, html: str, pages: list[str]) -> str:
    """The text of a page whose ids, and the references to them, are its own in the book; what
    leads to a page that is left out leads nowhere."""
    name = Path(page).stem

    def link(match: re.Match[str]) -> str:
        target, _, place = match[2].partition("#")
        known = f"{Path(page).parent}/{target}" in pages
        return f'{match[1]}="#{Path(target).stem}--{place}"' if known else ""

    html = re.sub(r'\b(id|for|aria-labelledby)="([^"]+)"', rf'\1="{name}--\2"', html)
    html = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}--\1)", html)
    html = re.sub(r'(href)="#([^"]+)"', rf'\1="#{name}--\2"', html)
    return re.sub(r'\b(href)="([\w-]+\.html(?:#[^"]*)?)"', link, html)


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


def bind(site: Path, first: str, style: str, numbers: list[int], left_out: str = "") -> str:
    """The whole book as one page: cover, contents with page numbers, chapters, answers."""
    landing = read(site, first)
    for place in landing.select(f'.chapters dt:has(a[href="{left_out}.html"])'):
        place.find_next_sibling("dd").decompose()
        place.decompose()
    pages = chapters(landing, f"{Path(first).parent}/")
    landing.select(".chapters")[-1].append(made(f'<dt><a href="#answers">{ANSWERS}</a></dt>'))
    for place, number in zip(landing.select(".chapters dt"), numbers or [0] * (len(pages) + 1)):  # noqa: B905
        place.append(BeautifulSoup(NUMBER.format(number), "html.parser"))
    contents = landing.find("section", id="contents")
    title = landing.h1.get_text()
    cover = COVER.format(title=title, lead=landing.select_one(".lead"))
    texts, answers = [], [f'<div class="chapter answers" id="index--answers"><h1>{ANSWERS}</h1>']
    for page in pages:
        text = read(site, page)
        answers.append(owned(page, take_answers(text), pages))
        texts.append(within(page, str(text), pages))
    parts = [cover, within(first, str(contents), pages), *texts, *answers, "</div>"]
    return DOCUMENT.format(style=style, body="".join(parts))


def print_book(
    site: Path, first: str, browser: Browser, name: str = PDF, left_out: str = ""
) -> int:
    """Print the book twice, the second time with the page numbers of the first; how many pages."""
    source, pdf = site / first.replace("index", "print"), site / name
    style = (site / "_static" / "poolbook.css").read_text("utf8")
    numbers: list[int] = []
    with TemporaryDirectory() as fonts, browser.new_context() as context:
        style = set_fonts(style, site, Path(fonts))
        page = context.new_page()
        for _ in range(2):
            bound = bind(site, first, style, numbers, left_out)
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
        for name, left_out in ((PDF, REFERENCE), (FULL, "")):
            count = print_book(site, first, browser, name, left_out)
            print(f"{site / name}: {count} pages, {(site / name).stat().st_size / 1e6:.1f} MB")
    offer(site, site / first)


if __name__ == "__main__":
    main()
