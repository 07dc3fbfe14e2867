"""A page with nothing but a component on it."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from pooledu import figures
from pooledu.playground import script, taking

PAGE = """<!doctype html>
<html lang="en" data-theme="{theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Components</title>
<link rel="icon" href="data:,">
<style>
{tokens}
body {{
  margin: 1rem; font: 16px/1.5 sans-serif;
  background: var(--pool-paper); color: var(--pool-ink);
}}
</style>
<script defer src="playground.js"></script>
</head>
<body><main><h1>Components</h1><h2>One</h2>{body}</main></body>
</html>
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory, serve) -> tuple[Path, str]:
    """A folder that is served, and its address: one server for all tests."""
    folder = tmp_path_factory.mktemp("components")
    (folder / "playground.js").write_text(script(), encoding="utf-8")
    (folder / "take.js").write_text(taking(), encoding="utf-8")
    return folder, serve(folder)


@pytest.fixture
def write_page(site) -> Callable[..., Path]:
    """`write_page(body, theme)` writes a page that holds `body` and returns its path."""

    def write(body: str, theme: str = "light") -> Path:
        tokens = (files(figures) / "tokens.css").read_text(encoding="utf-8")
        page = site[0] / "index.html"
        page.write_text(PAGE.format(theme=theme, tokens=tokens, body=body), encoding="utf-8")
        return page

    return write


@pytest.fixture
def show(page, site, write_page) -> Callable:
    """`show(body, theme, width)` opens a page that holds `body` and returns it."""

    def open_page(body: str, theme: str = "light", width: int = 900, query: str = ""):
        write_page(body, theme)
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{site[1]}/index.html{query}")
        return page

    return open_page
