"""Exercises where one reads, without Python: what the page keeps, says and waits for."""

import json
import random
import re

import pytest
from playwright.sync_api import expect

from tests.sampling import one_in

from .conftest import SITE

pytestmark = [pytest.mark.book, pytest.mark.browser]

CODE = "def max_pool2d(x, kernel_size, stride=None):\n    return mine"
SENTENCE = "A mean is no maximum."


def box(page, name="max_pool2d"):
    """One exercise of a page."""
    return page.locator(f"[data-exercise={name}]")


def area(page, name="max_pool2d"):
    return box(page, name).get_by_role("textbox")


def button(page, words, name="max_pool2d"):
    return box(page, name).get_by_role("button", name=words, exact=True)


@pytest.fixture
def practise(page, http, runtime):
    """A page with all exercises."""
    page.goto(f"{http}/book/practise.html")
    expect(button(page, "Run")).to_be_visible()
    return page


# ---- how long a check is waited for --------------------------------------------------------------

ENGINE = """async (site) => {
  window.made = [];
  window.Worker = class {
    constructor() { Object.assign(this, { asked: [], ended: false }); made.push(this); }
    postMessage(message) { this.asked.push(message); }
    terminate() { this.ended = true; }
    says(data) { this.onmessage({ data }); }
  };
  const { Engine } = await import(`${site}/_static/practise/engine.js`);
  window.told = [];
  new Engine(`${site}/`).check({}, "", [], 10, ({ step }) => told.push(step))
    .then((answer) => { window.answer = answer; }, (error) => { window.answer = String(error); });
}"""


@pytest.fixture
def engine(page, http):
    """`says(worker, data)` of a check in a page whose clock stands, with a limit of 10 seconds."""
    page.clock.install(time=0)
    page.goto(f"{http}/404.html")
    page.clock.pause_at(60_000)
    page.evaluate(ENGINE, http)
    assert page.evaluate("told") == ["Loading Python"]  # before anything came

    def says(worker, **data):
        if data.get("ready"):
            page.evaluate("k => made[k].says({ step: 'Loading', loaded: 1, total: 2 })", worker)
        page.evaluate("([k, data]) => made[k].says(data)", [worker, data])
        page.evaluate("null")  # what was promised is done

    says(0, ready=True)
    return says


def asked(page):
    """What each worker was asked, and whether it was ended."""
    return page.evaluate("made.map((w) => [w.asked.map((m) => Object.keys(m)[0]), w.ended])")


PARTS = [["begun", "earlier"]] * 2 + [["begun", "cell"], ["begun", "calls"]] + [["seen", "s"]] * 4


def test_each_part_of_a_check_has_its_whole_time(page, engine):
    for part in PARTS:
        engine(0, told=part)
        page.clock.run_for(14_900)
    engine(0, answer="late")
    assert page.evaluate("answer") == "late"
    assert asked(page) == [[["load", "check"], False]]


@pytest.mark.parametrize("count", range(1, len(PARTS) + 1))
def test_a_part_that_never_ends_is_ended_and_judged_by_what_was_told(page, engine, count):
    """Whatever it prints meanwhile gives it no more time."""
    for part in PARTS[:count]:
        engine(0, told=part)
    for _ in range(15):
        assert not asked(page)[0][1]
        engine(0, told=["printed", "."])
        page.clock.run_for(1_010)
    engine(1, ready=True)
    assert asked(page) == [[["load", "check"], True], [["load", "judge"], False]]
    judged = page.evaluate("made[1].asked[1].judge")
    assert judged["told"] == [*PARTS[:count], *[["printed", "."]] * 15]
    assert judged["lost"] == "stuck"
    engine(1, answer="judged")
    assert page.evaluate("answer") == "judged"


@pytest.mark.parametrize("how", ["silence", "breakdown"])
def test_what_never_began_is_asked_again_once(page, engine, how):
    for worker in (0, 1):
        if how == "silence":
            page.clock.run_for(15_100)
        else:
            engine(worker, failed="gone")
        engine(worker + 1, ready=True)
    assert [what for what, _ in asked(page)] == [
        ["load", "check"],
        ["load", "check"],
        ["load", "judge"],
    ]
    assert page.evaluate("made[2].asked[1].judge.told") == []


# ---- what is written is kept ---------------------------------------------------------------------

REFUSALS = {
    "full": """Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };""",
    "forbidden": """Object.defineProperty(window, "localStorage",
      { get() { throw new DOMException("no", "SecurityError"); } });""",
}  # fmt: skip


def downloaded(page, tmp_path):
    with page.expect_download() as download:
        button(page, "Download as notebook").click()
    download.value.save_as(tmp_path / "a.ipynb")
    return json.loads((tmp_path / "a.ipynb").read_text("utf8"))


def sources(notebook):
    return ["".join(cell["source"]) for cell in notebook["cells"]]


@pytest.mark.parametrize("how", REFUSALS)
def test_what_a_browser_does_not_keep_is_in_the_notebook(page, http, runtime, tmp_path, how):
    page.goto(f"{http}/book/practise.html")
    area(page).fill("an older version")
    page.add_init_script(REFUSALS[how])
    page.reload()
    area(page).fill(CODE)
    expect(box(page).get_by_role("status")).to_contain_text("does not keep what you write")
    area(page, "max_above_mean").fill(SENTENCE)
    found = sources(downloaded(page, tmp_path))
    assert {CODE, SENTENCE} <= set(found)
    assert "an older version" not in found


def test_a_notebook_that_is_loaded_takes_no_code_away(practise, tmp_path):
    area(practise).fill("from the notebook")
    area(practise, "max_above_mean").fill("also")
    downloaded(practise, tmp_path)
    for before in (CODE, "newer"):
        area(practise).fill(before)
        area(practise, "max_above_mean").fill(SENTENCE)
        with practise.expect_file_chooser() as chooser:
            button(practise, "Load a notebook").click()
        chooser.value.set_files(tmp_path / "a.ipynb")
        expect(area(practise)).to_have_value("from the notebook")
        expect(area(practise, "max_above_mean")).to_have_value("also")
        practise.reload()
        button(practise, "Bring my code back").click()
        expect(area(practise)).to_have_value(before)
        button(practise, "Bring my answer back", "max_above_mean").click()
        expect(area(practise, "max_above_mean")).to_have_value(SENTENCE)


@pytest.mark.parametrize(
    "text", ["", "no JSON", "[]", "{}", '{"cells": 3}', '{"cells": [null, 1, {}]}']
)
def test_a_file_that_is_no_notebook_is_answered_and_changes_nothing(practise, tmp_path, text):
    area(practise).fill(CODE)
    (tmp_path / "a.ipynb").write_text(text)
    with practise.expect_file_chooser() as chooser:
        button(practise, "Load a notebook").click()
    chooser.value.set_files(tmp_path / "a.ipynb")
    expect(box(practise).get_by_role("status")).to_contain_text(re.compile("notebook"))
    expect(area(practise)).to_have_value(CODE)


def test_after_reset_the_code_can_be_had_back_until_it_is_wanted(practise):
    area(practise).fill(CODE)
    button(practise, "Reset").click()
    expect(area(practise)).to_have_value(re.compile("YOUR CODE HERE"))
    practise.reload()
    expect(area(practise)).to_have_value(re.compile("YOUR CODE HERE"))
    button(practise, "Bring my code back").click()
    expect(area(practise)).to_have_value(CODE)
    expect(area(practise)).to_be_focused()
    expect(button(practise, "Bring my code back")).to_be_hidden()


def test_two_tabs_hold_what_was_written_last_in_either(practise):
    other = practise.context.new_page()
    other.goto(practise.url)
    rng = random.Random(0)
    for turn in range(6):
        here, there = rng.sample([practise, other], 2)
        area(here).press_sequentially(f"\n# {turn}")
        written = area(here).input_value()
        expect(area(there)).to_have_value(written)
    area(practise).fill(CODE)
    expect(area(other)).to_have_value(CODE)
    button(other, "Reset").click()
    expect(area(other)).to_have_value(re.compile("YOUR CODE HERE"))
    other.close()


ODD = [
    "", "null", "3", '"x"', "[]", "[null]", "{", "[[[", "undefined", '{"max_pool2d": null}',
    '{"max_pool2d": 7}', '{"__proto__": {"passed": true}}',
    '{"max_pool2d": {"reached": "many", "passed": 1, "code": 5, "set": "ps1_windows"}}',
]  # fmt: skip
FILL = """(text) => {
  const keys = ["pooledu marks", ...Object.keys(localStorage)];
  for (const key of keys) localStorage.setItem(key, text);
}"""


@pytest.mark.parametrize("text", one_in(3, ODD))
def test_whatever_lies_in_the_browsers_store_the_page_works(practise, text):
    area(practise).fill(CODE)
    practise.evaluate(FILL, text)
    practise.reload()
    expect(button(practise, "Run")).to_be_enabled()
    area(practise).fill(CODE)
    practise.reload()
    expect(area(practise)).to_have_value(CODE)
    assert "NaN" not in practise.locator("main").inner_text()


@pytest.mark.parametrize(("line", "after"), [
    ("\t\tx", "\tx"), ("        x", "    x"), ("     x", "    x"), ("   x", "x"), ("\t  x", "\t x"),
])  # fmt: skip
def test_backspace_takes_one_step_of_the_indentation_away(practise, line, after):
    area(practise).fill(line)
    area(practise).evaluate("(area, at) => area.setSelectionRange(at, at)", len(line) - 1)
    area(practise).press("Backspace")
    expect(area(practise)).to_have_value(after)


# ---- what does not come over the network ---------------------------------------------------------

SCRIPTS = ["page", "editor", "engine", "notebook", "render", "storage", "runtime"]
PYTHON = ["worker.js", "python.js", "confine.js", "pyodide.mjs"]


@pytest.fixture
def patient(browser):
    """A page that may miss files."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_page_whose_script_does_not_come_says_so_and_has_the_code_and_the_notebook(
    patient, http, runtime, name
):
    patient.route(f"**/practise/{name}.js", lambda route: route.abort())
    patient.goto(f"{http}/book/practise.html")
    expect(box(patient)).to_contain_text("did not come over the network")
    expect(box(patient).locator("pre")).to_contain_text("YOUR CODE HERE")
    expect(box(patient).get_by_role("link", name="ps1_windows.ipynb")).to_be_visible()


def python_files():
    """What a worker asks for."""
    script = SITE / "_static/practise/runtime.js"
    found = (
        re.findall(r'"address": "([^"]+)"', script.read_text("utf8")) if script.is_file() else []
    )
    return [*PYTHON, *(address.split("/")[-1] for address in found)]


@pytest.mark.parametrize("name", one_in(2, python_files()))
def test_a_file_of_python_that_does_not_come_is_told_and_the_next_run_asks_again(
    patient, http, runtime, name
):
    asked = []

    def refuse(route):
        asked.append(route.request.url)
        route.abort()

    patient.route(f"**/{name}", refuse)
    patient.goto(f"{http}/book/practise.html")
    status = box(patient).get_by_role("status")
    for _ in range(2):
        asked.clear()
        area(patient).press("Control+Enter")
        expect(status).to_contain_text("Press Run to try again")
        expect(status).to_contain_text("Python could not be loaded")
        assert asked
    button(patient, "Run").focus()
    expect(button(patient, "Run")).to_be_enabled()


@pytest.mark.parametrize("name", one_in(2, python_files()))
def test_while_a_file_is_on_its_way_the_page_says_so_and_stop_ends_it(patient, http, runtime, name):
    waiting = []
    patient.route(f"**/{name}", lambda route: waiting.append(route))
    patient.goto(f"{http}/book/practise.html")
    status = box(patient).get_by_role("status")
    area(patient).press("Control+Enter")
    expect(status).to_contain_text("Loading Python")
    button(patient, "Stop").click()
    expect(status).to_contain_text("Stopped")
    expect(button(patient, "Run")).to_be_enabled()
    for route in waiting:
        route.abort()
