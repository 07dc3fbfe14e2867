"""A small book with addresses: links to edit a page and to run it, its card, the sitemap."""

import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote_plus
from xml.etree import ElementTree

import pytest
import yaml
from bs4 import BeautifulSoup
from PIL import Image

from .conftest import ROOT, SITE, pages, soup

sys.path.append(str(ROOT / "book"))

from poolbook import links

NOTEBOOK = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  name: python3
---
# Two

```{code-cell} python
1 + 1
```
"""
SITE_ADDRESS = "https://pooling.example/course"
SERVICES = {
    "binderhub_url": "https://binder.example",
    "colab_url": "https://colab.example",
    "jupyterhub_url": "https://hub.example",
}


def options(url, **services):
    return {"repository_url": url, "repository_branch": "main", "launch_buttons": services}


def test_without_an_address_there_are_no_links():
    assert links.edit(options(""), "book/two.md") == ""
    assert links.report(options(""), "Two") == ""
    assert list(links.launch(options("", **SERVICES), "book/two.ipynb")) == []


def test_a_service_without_an_address_is_not_offered():
    on = options("https://github.com/owner/name", **SERVICES | {"binderhub_url": ""})
    assert [name for name, _ in links.launch(on, "book/two.ipynb")] == ["Colab", "JupyterHub"]


def test_each_service_opens_the_executed_notebook_in_its_own_words():
    on = options("https://github.com/owner/name/", **SERVICES)
    assert dict(links.launch(on, "book/two.ipynb")) == {
        "Binder": "https://binder.example/v2/gh/owner/name/notebooks?urlpath=lab/tree/book/two.ipynb",
        "Colab": "https://colab.example/github/owner/name/blob/notebooks/book/two.ipynb",
        "JupyterHub": "https://hub.example/hub/user-redirect/git-pull?"
        "repo=https%3A%2F%2Fgithub.com%2Fowner%2Fname&branch=notebooks"
        "&urlpath=lab%2Ftree%2Fname%2Fbook%2Ftwo.ipynb",
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A book of one chapter, built with our configuration and addresses."""
    folder = tmp_path_factory.mktemp("small")
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))
    config["repository"]["url"] = "https://example.org/pooling"
    config["launch_buttons"] |= SERVICES
    config["html"]["baseurl"] = SITE_ADDRESS
    (folder / "_config.yml").write_text(yaml.safe_dump(config))
    toc = {"format": "jb-book", "root": "book/one", "chapters": [{"file": "book/two"}]}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc))
    shutil.copytree(ROOT / "book/poolbook", folder / "book/poolbook")
    shutil.copy(ROOT / "book/references.bib", folder / "book")
    (folder / "book/one.md").write_text("# One\n")
    (folder / "book/two.md").write_text(NOTEBOOK)
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", str(folder), "-W", "-n"]
    made = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder / "_build/html"


@pytest.fixture(scope="module")
def page(site):
    """Its chapter."""
    return BeautifulSoup((site / "book/two.html").read_text("utf8"), "html.parser")


@pytest.mark.slow
def test_with_an_address_a_chapter_can_be_edited_and_run_elsewhere(page):
    found = {link.get_text(): link["href"] for link in page.select("footer a")}
    assert found.pop("Download this chapter as a notebook") == "two.ipynb"
    assert found == {
        "Edit this page": "https://example.org/pooling/edit/main/book/two.md",
        "Report an error on this page": "https://example.org/pooling/issues/new?title="
        + quote_plus("Error on the page “Two”"),
        # Colab opens notebooks of GitHub alone
        "Run it on Binder": "https://binder.example/v2/git/https%3A%2F%2Fexample.org%2Fpooling"
        "/notebooks?urlpath=lab/tree/book/two.ipynb",
        "Run it on JupyterHub": "https://hub.example/hub/user-redirect/git-pull?"
        "repo=https%3A%2F%2Fexample.org%2Fpooling&branch=notebooks"
        "&urlpath=lab%2Ftree%2Fpooling%2Fbook%2Ftwo.ipynb",
    }


@pytest.mark.slow
def test_with_an_address_a_page_says_it_and_has_a_card_with_a_picture(site, page):
    head = {
        tag.get("property") or tag.get("name"): tag["content"]
        for tag in page.head.select("meta[content]")
    }
    assert page.head.find("link", rel="canonical")["href"] == f"{SITE_ADDRESS}/book/two.html"
    assert head["og:url"] == f"{SITE_ADDRESS}/book/two.html"
    assert (head["og:title"], head["og:type"]) == ("Two", "article")
    assert head["og:site_name"] == "Pooling"
    assert head["twitter:card"] == "summary_large_image"
    picture = site / head["og:image"].removeprefix(f"{SITE_ADDRESS}/")
    with Image.open(picture) as card:
        said = int(head["og:image:width"]), int(head["og:image:height"])
        assert card.size == said == (1200, 630)


@pytest.mark.slow
def test_with_an_address_the_site_has_a_map_of_its_pages(site):
    places = ElementTree.parse(site / "sitemap.xml").findall(".//{*}loc")
    pages = ["book/one.html", "book/two.html"]
    assert [place.text for place in places] == [f"{SITE_ADDRESS}/{page}" for page in pages]


@pytest.mark.book
def test_without_an_address_there_is_no_card_and_no_map():
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))
    if config["html"]["baseurl"]:
        pytest.skip("the site has an address")
    assert not (SITE / "sitemap.xml").exists()
    assert not (SITE / "_static" / "cards").exists()
    for name in pages():
        assert not soup(name).select('link[rel="canonical"], meta[property^="og:"]')
