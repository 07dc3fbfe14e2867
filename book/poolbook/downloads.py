"""What can be taken home from the landing page: the site in a zip, the book as a PDF, cards."""

import re
import zipfile
from pathlib import Path

from poolbook.recall import CARDS

ZIP, PDF = "pooling-book.zip", "pooling-book.pdf"
FULL = "pooling-book-with-reference.pdf"
OFFERS = re.compile(r'<p class="downloads">.*?</p>', re.DOTALL)
WORDS = {
    ZIP: "Download this site, to read it without a network",
    PDF: "Download the book as a PDF",
    FULL: "Download the book with the library's reference",
    CARDS: "Download the quick checks as recall cards, which Anki imports",
}


LEFT_OUT = "_static/pyodide/"  # no browser runs it from a folder


def pack(site: Path) -> None:
    """Write the whole site into a zip; it works unpacked, and offers no downloads."""
    with zipfile.ZipFile(site / ZIP, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(site.rglob("*")):
            path = file.relative_to(site).as_posix()
            name = f"pooling/{path}"
            if path.startswith(LEFT_OUT):
                continue
            if file.suffix == ".html":
                packed.writestr(name, OFFERS.sub("", file.read_text("utf8")))
            elif file.is_file() and file.name not in WORDS:
                packed.write(file, name)


def offer(site: Path, page: Path) -> None:
    """Link from a page to those of the downloads that are there, with their sizes."""
    links = [
        f'<a href="../{name}" download>{words}</a> ({_size(site / name)})'
        for name, words in WORDS.items()
        if (site / name).is_file()
    ]
    html = page.read_text("utf8")
    assert OFFERS.search(html), f"{page} has no place for the downloads"
    page.write_text(OFFERS.sub(f'<p class="downloads">{"<br>".join(links)}</p>', html), "utf8")


def _size(file: Path) -> str:
    """How large a file is, for people."""
    kilobytes = file.stat().st_size / 1e3
    return f"{kilobytes / 1e3:.1f} MB" if kilobytes >= 1e3 else f"{kilobytes:.0f} kB"
