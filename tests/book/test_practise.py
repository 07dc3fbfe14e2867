"""Exercises where one reads, in a real browser: Python runs in the page, and says what a notebook
says. What needs Python in the site says loudly where that could not be fetched."""

import json
import os
import re
import sysconfig
import zipfile

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from pooledu import check
from tests.checks.right import SOLUTIONS
from tests.checks.verdicts import verdicts
from tests.grading import course

from .cells import RIGHT, WRONG
from .conftest import ROOT, SITE

pytestmark = [pytest.mark.book, pytest.mark.browser, pytest.mark.slow]

BUSY = "[data-exercise={0}] .practise-buttons button.run:disabled"


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
    # Python starts slowly beside other work.
    expect(page.locator(BUSY.format(name))).to_have_count(0, timeout=600_000)
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
        shown = run(practise, code).locator(".pool-verdict")
        shown.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        shown = words(shown)
        assert verdict.headline.rstrip(".").replace("`", "") in shown
        for sentence in (*verdict.says, verdict.hint):
            assert sentence.replace("`", "") in shown
    book = practise.url.rpartition("/")[0]
    assert box(practise).locator(f".pool-verdict a[href^='{book}/max-and-average.html#']").count()
    assert box(practise).locator(".pool-verdict svg").count() == 3


PYTHON = """async ({ site, files, script }) => {
  const { startPython } = await import(`${site}_static/practise/python.js`);
  const { runtime } = await import(`${site}_static/practise/runtime.js`);
  const pyodide = await startPython({ ...runtime, base: `${site}_static/`, site }, () => {});
  for (const [name, text] of Object.entries(files)) {
    pyodide.FS.mkdirTree(`/home/pyodide/${name}`.replace(/[^/]*$/, ""));
    pyodide.FS.writeFile(`/home/pyodide/${name}`, text);
  }
  return pyodide.runPython(script);
}"""
COMPARED = """
import json, sys
sys.path.insert(0, "/home/pyodide")
from tests.checks.right import SOLUTIONS
from tests.checks.verdicts import verdicts
json.dumps(verdicts(SOLUTIONS))
"""


def test_every_right_solution_and_known_mistake_gets_the_verdict_that_it_gets_here(
    page, http, runtime, monkeypatch
):
    monkeypatch.setenv("POOLEDU_BOOK_URL", f"{http}/")
    files = {
        path.relative_to(ROOT).as_posix(): path.read_text("utf8")
        for path in [*(ROOT / "tests/checks/right").glob("*.py"), ROOT / "tests/checks/verdicts.py"]
    }
    page.goto(f"{http}/book/practise.html")
    there = page.evaluate(PYTHON, {"site": f"{http}/", "files": files, "script": COMPARED})
    there, here = json.loads(there), json.loads(json.dumps(verdicts(SOLUTIONS)))
    assert len(here) > 380
    different = [(one, other) for one, other in zip(here, there, strict=True) if one != other]
    assert not different, f"{len(different)} of {len(here)} differ; the first: {different[0]}"


LATE = """async (site) => {
  const made = [];
  window.Worker = class {
    constructor() { made.push(this); }
    postMessage() {}
    terminate() {}
    breaks(message) { this.onerror({ message, preventDefault() {} }); }
    says(data) { this.onmessage({ data }); }
  };
  const { Engine } = await import(`${site}/_static/practise/engine.js`);
  const answer = new Engine(`${site}/`).check({}, "", [], 1, () => {});
  const turn = () => new Promise((done) => setTimeout(done));
  made[0].says({ ready: true });
  await turn();
  made[0].breaks("in the check");
  await turn();
  made[0].breaks("late");
  made[0].says({ answer: "old" });
  made[1].says({ ready: true });
  await turn();
  made[1].says({ answer: "new" });
  return answer;
}"""


def test_what_an_ended_worker_still_says_is_not_heard(page, http):
    page.goto(f"{http}/book/practise.html")
    assert page.evaluate(LATE, http) == "new"


FORGED = """
import js
js.eval('''
  const parse = JSON.parse;
  const html = "<img src=x onerror=alert(1)><a href='javascript:alert(1)'>a</a>"
    + "<script>alert(1)</script><p style='background:url(//example.com/x)'>here</p>"
    + "<svg><use href='#a'/></svg>";
  JSON.parse = (text) => {
    const found = parse(text);
    const forged = { html, title: "<b>forged</b>", reached: "many" };
    if (found.verdict) Object.assign(found.verdict, forged);
    return found;
  };
''')
"""


def test_a_forged_verdict_is_shown_as_text_without_what_runs_or_loads(practise):
    found = run(practise, FORGED + RIGHT)
    expect(found.locator(".practise-result p")).to_have_text("here")
    result = found.locator(".practise-result")
    assert result.locator("img, script, use, [href^=javascript], [onerror]").count() == 0
    assert "example" not in result.inner_html()


# ---- what is kept ------------------------------------------------------------------------------

SENTENCE = "A maximum is at least each of the numbers that a mean is made of."


def test_a_set_typed_into_the_page_is_graded_with_all_points_from_the_downloaded_notebook(
    practise, tmp_path, monkeypatch
):
    for name, code in course.SOLUTIONS.items():
        found = run(practise, code.strip(), name.removesuffix("-code"))
        expect(found.locator(".pool-verdict")).to_contain_text("Passed")
    box(practise, "max_above_mean").get_by_role("textbox").fill(SENTENCE)
    practise.reload()  # the code is kept
    total = practise.locator("[data-marks]", has_text="of 5 passed").first
    expect(total).to_have_text("✓ 5 of 5 passed, 10 of 10 points")
    with practise.expect_download() as download:
        box(practise).get_by_role("button", name="Download as notebook").click()
    file = tmp_path / "ps1_windows.ipynb"
    download.value.save_as(file)
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    monkeypatch.setenv("PATH", path)
    graded = course.make_course(tmp_path / "course")
    graded.hand_in("reader", file.read_text("utf8"))
    assert graded.grade() == 0
    points = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in graded.released().cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
    }
    marks = graded.marks("reader")
    assert {name: marks[name] for name in points} == points
    assert SENTENCE in [cell.source for cell in graded.graded("reader").cells]
    practise.evaluate("localStorage.clear()")
    practise.reload()
    assert "YOUR CODE HERE" in box(practise).get_by_role("textbox").input_value()
    with practise.expect_file_chooser() as chooser:
        box(practise).get_by_role("button", name="Load a notebook").click()
    chooser.value.set_files(file)
    expect(box(practise).get_by_role("status")).to_have_text("6 answers came from the notebook.")
    code = box(practise).get_by_role("textbox").input_value()
    assert code == course.SOLUTIONS["max_pool2d-code"].strip()


def test_reset_brings_the_starter_code_and_can_be_taken_back(practise):
    found = box(practise)
    area = found.get_by_role("textbox")
    starter = area.input_value()
    area.fill("mine = 1")
    found.get_by_role("button", name="Reset").click()
    assert area.input_value() == starter
    found.get_by_role("button", name="Bring my code back").click()
    practise.reload()
    assert found.get_by_role("textbox").input_value() == "mine = 1"


# ---- for everyone ------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_a_phone_in_light_and_dark(practise, theme):
    practise.set_viewport_size({"width": 375, "height": 700})
    practise.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
    run(practise, WRONG)
    run(practise, "x = (", "avg_pool2d")
    assert practise.evaluate("document.documentElement.scrollWidth") <= 375
    found = Axe().run(practise, context="main")
    assert not found.response["violations"], found.generate_report()


def test_a_site_without_python_says_so_and_offers_the_notebook(page, http):
    script = 'export const runtime = {"missing": "no network"};'
    page.route(
        "**/runtime.js", lambda route: route.fulfill(body=script, content_type="text/javascript")
    )
    page.goto(f"{http}/book/practise.html")
    expect(box(page)).to_contain_text("built without Python")
    expect(box(page).get_by_role("link", name="ps1_windows.ipynb")).to_be_visible()
    assert box(page).get_by_role("button", name="Run").count() == 0


def test_from_a_folder_the_code_and_the_way_to_do_it_stand_there(page):
    page.goto(f"{SITE.as_uri()}/book/practise.html")
    expect(box(page).locator("pre")).to_contain_text("YOUR CODE HERE")
    expect(box(page)).to_contain_text("make serve")


def test_the_offline_zip_leaves_python_out():
    with zipfile.ZipFile(SITE / "pooling-book.zip") as packed:
        names = packed.namelist()
    assert not [name for name in names if "pyodide" in name]
    assert "pooling/book/practise.html" in names


def test_from_run_to_the_first_verdict_less_than_9_5_mb_are_loaded(practise):
    run(practise, RIGHT)
    files = re.findall(r'"bytes": (\d+)', (SITE / "_static/practise/runtime.js").read_text("utf8"))
    other = [*(SITE / "_static/practise").glob("*.js"), SITE / "_static/pyodide/pyodide.mjs"]
    assert sum(map(int, files)) + sum(file.stat().st_size for file in other) < 9_500_000
