"""Exercises where one reads, in a real browser: Python runs in the page, and says what a notebook
says. What needs Python in the site says loudly where that could not be fetched."""

import json
import os
import re
import sysconfig
import warnings
import zipfile

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from pooledu import check
from tests.checks.right import SOLUTIONS
from tests.checks.verdicts import verdicts
from tests.grading import course

from .conftest import ROOT, SITE

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


# ---- odd and hostile code ----------------------------------------------------------------------

HEAD = "def max_pool2d(x, kernel_size, stride=None):\n"
STUCK_IN_C = RIGHT.replace(
    "    stride =",
    "    if x.shape == (7, 8):\n        a = np.ones((3000, 3000))\n"
    "        a @ a @ a @ a @ a @ a @ a @ a\n    stride =",
    1,
)
SHOWN = {
    "raising": (f"{HEAD}    return x[99]\n", "It raised IndexError", "line 2: return x[99]"),
    "printing": (
        f"print('once')\n{HEAD}    print('often')\n    return x\n", "once", "What it printed"
    ),
    "a syntax error": (f"{HEAD}    return x[[\n", "Line 2, column 14", "SyntaxError"),
    "endless": (
        f"{HEAD}    while True:\n        try:\n            while True: pass\n"
        "        except: pass\n",
        "did not finish in time",
    ),
    "an endless cell": ("while True:\n    pass\n", "did not finish in time"),
    "memory-eating": (
        f"{HEAD}    kept = []\n    while True:\n        kept.append(np.ones(10**7))\n",
        re.compile("MemoryError|did not finish in time|came to its end"),
    ),
    "recursive": (
        f"{HEAD}    return max_pool2d(x, 1)\n", re.compile("calls itself|came to its end")
    ),
    "asking": (f"{HEAD}    return input()\n", "waits for someone at the keyboard"),
    "ending": (f"{HEAD}    raise SystemExit\n", "tried to end the program"),
    "writing HTML": (
        f"{HEAD}    print('<img src=x onerror=alert(1)>')\n    raise KeyError('<b>bold</b>')\n",
        "<b>bold</b>",
        "<img src=x",
    ),
}  # fmt: skip


def limit(page, seconds, name="max_pool2d"):
    """Give the calls of an exercise another time."""
    box(page, name).evaluate("(box, seconds) => { box.dataset.limit = seconds; }", seconds)


def test_odd_code_gets_its_verdict_and_the_next_run_works(practise):
    limit(practise, 2)
    for kind, (code, *says) in SHOWN.items():
        found = run(practise, code)
        found.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        for text in says:
            expect(found, kind).to_contain_text(text)
        assert found.locator("img, b").count() == 0
    expect(run(practise, RIGHT).locator(".pool-verdict")).to_contain_text("Passed")


def test_what_cannot_be_interrupted_is_ended_and_judged_by_the_calls_that_were_seen(practise):
    limit(practise, 1)
    found = run(practise, STUCK_IN_C)
    # Pyodide may break down in such an operation before its time is over.
    expect(found).to_contain_text(re.compile("could not be stopped|came to its end"))
    expect(found).to_contain_text(re.compile(r"right in [1-9]\d* of \d+ cases"))
    expect(run(practise, RIGHT).locator(".pool-verdict")).to_contain_text("Passed")


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


def test_stop_ends_what_runs_and_the_next_run_works(practise):
    run(practise, RIGHT)
    found = box(practise)
    found.get_by_role("textbox").fill("while True:\n    pass\n")
    found.get_by_role("button", name="Run").click()
    practise.wait_for_timeout(300)
    found.get_by_role("button", name="Stop").click()
    expect(found.get_by_role("status")).to_have_text("Stopped. The next Run starts Python anew.")
    expect(run(practise, RIGHT).locator(".pool-verdict")).to_contain_text("Passed")


REACH = """
import js
def attempt(way):
    try:
        way()
    except Exception as error:
        return type(error).__name__
    return "REACHED"
ways = [
    lambda: js.fetch("http://example.com/"), lambda: js.fetch("/"), lambda: js.indexedDB.open("x"),
    lambda: js.caches.open("x"), lambda: js.XMLHttpRequest.new(), lambda: js.postMessage(1),
    lambda: js.WebSocket.new("ws://example.com"), lambda: js.Worker.new("x.js"),
    lambda: js.importScripts("x.js"), lambda: js.navigator.userAgent, lambda: js.location.href,
    lambda: js.eval("fetch('/')"), lambda: js.eval("(0, Function)('return fetch')()"),
    lambda: js.eval("Object.getPrototypeOf(self).indexedDB.open('x')"),
    lambda: js.eval("Object.getPrototypeOf(Object.getPrototypeOf(self)).fetch.call(self, '/')"),
    lambda: js.BroadcastChannel.new("x"), lambda: js.EventSource.new("/"),
]
print([attempt(way) for way in ways])
names = js.eval('''(() => {
  const names = [];
  for (let one = self; one !== EventTarget.prototype; one = Object.getPrototypeOf(one))
    names.push(...Object.getOwnPropertyNames(one));
  const out = /^(on|webkit|IDB|RTC|File|Cache|Storage|XML|Web(?!Assembly))/;
  return names.filter((name) => out.test(name));
})()''').to_py()
print(names)
"""


def test_python_reaches_no_other_host_no_store_and_not_the_page(practise):
    asked = []
    found = run(practise, RIGHT)
    practise.on("request", lambda request: asked.append(request.url))
    found = run(practise, REACH + RIGHT)
    printed = found.locator(".practise-result > pre").inner_text()
    assert "REACHED" not in printed
    assert printed.count("Error'") + printed.count("JsException") == REACH.count("lambda:")
    assert printed.rstrip().endswith("[]")
    assert not asked


FORGED = """
from pooledu.checks import cell
cell.shown = lambda verdict: {
    "html": "<img src=x onerror=alert(1)><a href='javascript:alert(1)'>a</a>"
            "<script>alert(1)</script><p style='background:url(//example.com/x)'>here</p>"
            "<svg><use href='#a'/></svg>",
    "title": "<b>forged</b>", "passed": 1, "reached": "many", "score": 9,
}
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


def test_all_is_done_by_keyboard_and_tab_leaves_the_editor(practise):
    area = box(practise).get_by_role("textbox")
    area.focus()
    practise.keyboard.press("Control+A")
    for line in WRONG.split("\n")[:2]:
        practise.keyboard.type(line.strip())
        practise.keyboard.press("Enter")
    assert area.input_value().split("\n")[1].startswith("    stride")  # indented by Enter
    practise.keyboard.press("Control+Enter")
    expect(box(practise).get_by_role("status")).to_contain_text("Not yet")
    practise.keyboard.press("Tab")
    expect(box(practise).get_by_role("button", name="Run")).to_be_focused()


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
