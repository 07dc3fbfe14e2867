"""Exercises where one reads, in a real browser: Python runs in the page, and says what a notebook
says. What needs Python in the site says loudly where that could not be fetched."""

import re
import warnings

import pytest
from playwright.sync_api import expect

from pooledu import check

from .conftest import SITE

pytestmark = [pytest.mark.book, pytest.mark.browser, pytest.mark.slow]

WORK = """def max_pool2d(x, kernel_size, stride=None):
    stride = stride or kernel_size
    rows, columns = ((size - kernel_size) // stride + 1 for size in x.shape)
    cells = [
        x[i * stride :, j * stride :][:kernel_size, :kernel_size].REDUCE()
        for i in range(rows) for j in range(columns)
    ]
    return np.array(cells).reshape(rows, columns)
"""
RIGHT, WRONG = WORK.replace("REDUCE", "max"), WORK.replace("REDUCE", "mean")
BUSY = "[data-exercise={0}] .practise-buttons button.run:disabled"


@pytest.fixture(scope="session")
def runtime():
    """Skip, with a warning, where the site has no Python."""
    script = (SITE / "_static/practise/runtime.js").read_text("utf8")
    if "missing" in script:
        message = f"PYTHON FOR THE PAGES COULD NOT BE FETCHED, nothing ran there: {script}"
        warnings.warn(message, stacklevel=1)
        pytest.skip(message)


@pytest.fixture
def practise(page, http, runtime):
    """A page with all exercises."""
    page.goto(f"{http}/book/practise.html")
    return page


def box(page, name="max_pool2d"):
    """One exercise of a page."""
    return page.locator(f"[data-exercise={name}]")


def run(page, code, name="max_pool2d"):
    """Write code into an exercise and run it; return the box when the answer is there."""
    found = box(page, name)
    found.get_by_role("textbox").fill(code)
    found.get_by_role("button", name="Run").click()
    expect(page.locator(BUSY.format(name))).to_have_count(0)
    return found


def words(locator):
    """A text without its line breaks."""
    return re.sub(r"\s+", " ", locator.inner_text())


def function(code):
    """What a cell defines."""
    namespace = {}
    exec(f"import numpy as np\n{code}", namespace)
    return namespace["max_pool2d"]


def test_a_page_that_nobody_runs_loads_neither_python_nor_an_editor(page, http):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{http}/book/practise.html", wait_until="networkidle")
    expect(box(page).get_by_role("button", name="Run")).to_be_visible()
    assert not [url for url in asked if re.search(r"pyodide|worker|codemirror|\.zip|\.whl", url)]


def test_right_and_wrong_code_get_the_verdict_of_a_notebook(practise):
    for code in (RIGHT, WRONG):
        verdict = check(function(code), "max_pool2d").out_of(3)
        shown = words(run(practise, code).locator(".pool-verdict"))
        assert verdict.headline.rstrip(".").replace("`", "") in shown
        for sentence in (*verdict.says, verdict.hint):
            assert sentence.replace("`", "") in shown
    link = box(practise).get_by_role("link", name="the book, max and average")
    assert link.get_attribute("href").startswith(practise.url.rpartition("/")[0])
    assert box(practise).locator(".pool-verdict svg").count() == 3
