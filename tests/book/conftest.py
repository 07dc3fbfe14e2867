"""The built book as the tests read it."""

import functools
import os
import warnings
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("POOLBOOK_SITE", ROOT / "_build" / "html"))


def pages() -> list[str]:
    """Every page that a reader can open, from the table of contents and not from what was built."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf8"))
    chapters = [entry["file"] for part in toc["parts"] for entry in part["chapters"]]
    return [toc["root"], *chapters, "search"]


def chapters() -> list[str]:
    """The numbered pages: those that teach."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf8"))
    parts = [part for part in toc["parts"] if part.get("numbered")]
    return [entry["file"] for part in parts for entry in part["chapters"]]


@functools.cache
def soup(page: str) -> BeautifulSoup:
    """The HTML of a page."""
    file = SITE / f"{page}.html"
    assert file.is_file(), f"{file} is missing: build the book first, with `make book`"
    return BeautifulSoup(file.read_text("utf8"), "html.parser")


@pytest.fixture(scope="session")
def http(serve) -> str:
    """The address of the site."""
    return serve(SITE)


@pytest.fixture(scope="session")
def runtime():
    """Skip, with a warning, where the site has no Python."""
    script = (SITE / "_static/practise/runtime.js").read_text("utf8")
    if "missing" in script:
        message = f"PYTHON FOR THE PAGES COULD NOT BE FETCHED, nothing ran there: {script}"
        warnings.warn(message, stacklevel=1)
        pytest.skip(message)
