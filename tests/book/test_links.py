"""A small book with the address of a repository: the links to edit a page and to run it."""

import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote_plus

import pytest
import yaml
from bs4 import BeautifulSoup

from .conftest import ROOT

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
def page(tmp_path_factory):
    """A chapter of a book of one chapter, built with our configuration and an address."""
    folder = tmp_path_factory.mktemp("small")
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))
    config["repository"]["url"] = "https://example.org/pooling"
    config["launch_buttons"] |= SERVICES
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
    html = (folder / "_build/html/book/two.html").read_text("utf8")
    return BeautifulSoup(html, "html.parser")


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
