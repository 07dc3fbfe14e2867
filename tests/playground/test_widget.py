"""The notebook widget: traits in Python, and the same drawing in a real JupyterLab."""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from pathlib import Path

import anywidget
import nbformat
import numpy as np
import pytest
import traitlets
from playwright.sync_api import expect

from pooledu import check, functional, geometry
from pooledu.playground import Bins, Playground, ReceptiveField, ShiftLab, script

# Traits


@pytest.mark.parametrize(("name", "value", "message"), [
    ("x", [[1, 2], [3]], r"x is \[\[1, 2\], \[3\]\]. It must be rows of finite numbers"),
    ("x", [1, 2], "all of one length"),
    ("x", [[np.nan]], "finite"),
    ("kernel_size", 0, "kernel_size is 0. It must be a whole number of at least 1, or two"),
    ("kernel_size", 2.0, "kernel_size is 2.0."),
    ("stride", True, "stride is True."),
    ("padding", (1, -1), r"padding is \(1, -1\). It must be a whole number of at least 0"),
    ("dilation", (1, 1, 1), "or two for rows and columns, such as"),
    ("op", "median", "max"),
])  # fmt: skip
def test_a_wrong_setting_is_refused_with_value_and_rule(name, value, message):
    with pytest.raises(traitlets.TraitError, match=message):
        Playground(**{name: value})


def test_arrays_and_pairs_arrive_as_plain_lists():
    playground = Playground(x=np.arange(6).reshape(2, 3), kernel_size=np.array([1, 2]))
    assert playground.x == [[0, 1, 2], [3, 4, 5]]
    assert playground.kernel_size == [1, 2]
    json.dumps(playground.get_state(["x", "kernel_size"]))


def test_asking_for_the_script_loads_no_jupyter():
    loaded = "import sys, pooledu.playground as p; p.script(); print(set(sys.modules) & {heavy!r})"
    heavy = {"anywidget", "ipywidgets", "numpy", "torch"}
    run = [sys.executable, "-c", loaded.format(heavy=heavy)]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "set()\n"


def test_an_unknown_name_is_an_attribute_error():
    import pooledu.playground

    with pytest.raises(AttributeError, match="no attribute 'Playgrounds'"):
        pooledu.playground.Playgrounds  # noqa: B018


# The front end, with a model that a test can look into

MODEL = """async (state) => {
  const widget = (await import("./widget.js")).default;
  const listeners = new Set();
  window.state = state;
  window.saved = 0;
  window.model = {
    get: (key) => state[key],
    set: (key, value) => { state[key] = value; listeners.forEach((listener) => listener()); },
    save_changes: () => { window.saved += 1; },
    on: (event, listener) => listeners.add(listener),
    off: (event, listener) => listeners.delete(listener),
  };
  const el = document.createElement("div");
  window.stop = widget.render({ model: window.model, el });
  document.querySelector("main").append(el);  // a notebook, too, shows it after it is drawn
}"""


@pytest.fixture
def front_end(show, site):
    """A page with the widget's front end; `state`, `model` and `stop` are the page's globals."""
    (site[0] / "widget.js").write_text(Playground._esm, encoding="utf-8")
    playground = Playground(x=[[2, 3, 8], [5, 6, 1], [0, 4, 7]], kernel_size=2, stride=1)
    page = show("")
    page.evaluate(MODEL, {key: getattr(playground, key) for key in STATE})
    return page


STATE = [name for name in Playground.class_own_traits(sync=True) if not name.startswith("_")]


@pytest.mark.browser
def test_the_widget_shows_the_models_state_and_follows_it(front_end):
    words = front_end.get_by_role("status").filter(has=front_end.locator(".where"))
    expect(words).to_contain_text("max(2, 3, 5, 6) = 6")
    front_end.evaluate("model.set('op', 'avg')")
    expect(words).to_contain_text("(2 + 3 + 5 + 6) / 4 = 4")
    front_end.evaluate("stop(); model.set('op', 'max')")
    expect(words).to_contain_text("(2 + 3 + 5 + 6) / 4 = 4")


@pytest.mark.browser
def test_the_model_hears_what_can_be_computed_and_nothing_else(front_end):
    kernel = front_end.get_by_label("kernel", exact=True)
    kernel.fill("2.5")
    assert front_end.evaluate("[state.kernel_size, saved]") == [2, 0]
    kernel.fill("1, 3")
    assert front_end.evaluate("[state.kernel_size, saved]") == [[1, 3], 1]
    front_end.get_by_label("row 2, column 1", exact=True).fill("-1")
    assert front_end.evaluate("state.x[2]") == [0, -1, 7]
    Playground(**front_end.evaluate("state"))


OTHERS = [
    (Bins(in_size=10, out_size=4), "bin 0 of 0 to 3", "out more", "out_size", 5),
    (Bins(kind="fractional", u=0.25), "Bin 0 of 0 to 2", "kernel more", "kernel_size", 3),
    (ShiftLab(x=[1, 2, 3, 4], shift=1), "Moved 1 place", "Right", "shift", 2),
    (ReceptiveField(layers=[("conv1", 3, 1, 1), ("pool1", 2, 2)], size=32), "After pool1",
     "remove pool1", "layers", [["conv1", 3, 1, 1, 1]]),
    (ReceptiveField(preset="vgg16"), "After pool5", "input size less", "size", 223),
]  # fmt: skip


@pytest.mark.browser
@pytest.mark.parametrize(("widget", "words", "press", "trait", "value"), OTHERS)
def test_every_component_is_a_widget_that_shares_its_state(
    show, site, widget, words, press, trait, value
):
    (site[0] / "widget.js").write_text(widget._esm, encoding="utf-8")
    page = show("")
    own = set(widget.trait_names(sync=True)) - set(anywidget.AnyWidget.class_trait_names())
    page.evaluate(MODEL, widget.get_state([name for name in own if not name.startswith("_")]))
    said = page.get_by_role("status").filter(has=page.locator(".where"))
    expect(said).to_contain_text(re.compile(words, re.IGNORECASE))
    page.get_by_role("button", name=press, exact=True).click()
    assert page.evaluate("trait => state[trait]", trait) == value
    type(widget)(**page.evaluate("state"))  # Python takes it back


@pytest.mark.parametrize(("widget", "name", "value", "message"), [
    (Bins, "in_size", 17, "16"),
    (Bins, "kind", "square", "adaptive"),
    (ShiftLab, "x", [1, 2, 3], r"x is \[1, 2, 3\]. It must be an even count of 4 to 16"),
    (ShiftLab, "x", [1, 2, 3, np.inf], "finite"),
    (ReceptiveField, "layers", [("conv1",)], r"Each layer is a name, kernel and stride"),
    (ReceptiveField, "layers", [("conv1", 0, 1)], "kernel_size"),
    (ReceptiveField, "preset", "lenet", "vgg16"),
])  # fmt: skip
def test_a_wrong_setting_of_the_others_is_refused(widget, name, value, message):
    with pytest.raises(traitlets.TraitError, match=message):
        widget(**{name: value})


X = [[2.0, 3.0, 8.0], [5.0, 6.0, 1.0], [0.0, 4.0, 7.0]]
STILLS = [
    (Playground(x=X, stride=1), functional.max_pool(np.array(X), (2, 2), 1)),
    (Playground(x=X, op="avg", padding=1, count_include_pad=False),
     functional.avg_pool(np.array(X), (2, 2), None, 1, count_include_pad=False)),
    (Playground(x=X, op="lp", p=np.inf, step=9), functional.max_pool(np.array(X), (2, 2))),
    (Playground(x=X, op="mixed", lam=0.25), functional.mixed_pool(np.array(X), (2, 2), lam=0.25)),
    (Playground(x=X, op="stochastic"), functional.stochastic_pool_expected(np.array(X), (2, 2))),
    (ShiftLab(x=[1, 2, 3, 4], shift=1), [4, 2, 4, 3, 2.5, 2.5]),
    (Bins(in_size=7, out_size=3), [b for pair in geometry.adaptive_bins(7, 3) for b in pair][:1]),
    (Bins(kind="fractional"), [0]),
    (ReceptiveField(layers=[("conv1", 3, 1, 1), ("pool1", 2, 2)]), [3, 4]),
    (ReceptiveField(), []),
]  # fmt: skip


@pytest.mark.parametrize(("widget", "numbers"), STILLS)
def test_where_no_widget_can_be_shown_a_picture_and_words_tell_the_same(widget, numbers):
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    root = ET.fromstring(data["image/svg+xml"])
    assert root.tag.endswith("svg")
    drawn = [t for e in root.iter() if e.tag.endswith("text") for t in (e.text or "").split()]
    for value in np.ravel(numbers):
        assert f"{value:.3g}" in drawn
        assert f"{value:.3g}" in re.findall(r"[\d.]+(?<!\.)", data["text/plain"])


def test_a_setting_that_does_not_fit_is_told_where_no_widget_can_be_shown():
    data, _ = Playground(kernel_size=9)._repr_mimebundle_()
    assert "Output size is too small" in data["text/plain"]


@pytest.mark.browser
def test_an_infinite_power_travels_both_ways(show, site):
    (site[0] / "widget.js").write_text(Playground._esm, encoding="utf-8")
    widget = Playground(op="lp", p=float("inf"))
    sent = widget.get_state(STATE)
    assert json.loads(json.dumps(sent, allow_nan=False))["p"] == "inf"
    page = show("")
    page.evaluate(MODEL, sent)
    expect(page.get_by_text("max(|1|, |3|, |5|, |6|) = 6")).to_be_visible()
    page.get_by_role("button", name="Step", exact=True).click()
    assert Playground(p=page.evaluate("String(state.p)")).p == float("inf")


LUMINO = """() => document.addEventListener("keydown", (event) => {
  if (!event.target.closest("[data-lm-suppress-shortcuts]")) window.heard = event.key;
}, true)"""


@pytest.mark.browser
@pytest.mark.parametrize(("key", "passes"), [
    ("Control+s", True), ("Meta+s", True), ("Control+Shift+c", False), ("Control+z", False),
    ("a", False), ("0", False), ("Enter", False), ("Escape", False), ("Control+Home", False),
    ("Control+Enter", True), ("ArrowDown", False), ("Control+b", True),
])  # fmt: skip
def test_the_notebooks_shortcuts_pass_and_its_letters_do_not(front_end, key, passes):
    front_end.evaluate(LUMINO)
    front_end.get_by_label("row 0, column 0", exact=True).focus()
    front_end.keyboard.press(key)
    assert (front_end.evaluate("window.heard") == key.split("+")[-1]) == passes


# JupyterLab

NOTEBOOK = [
    "from pooledu.playground import Playground\n"
    "playground = Playground(x=[[2, 3, 8], [5, 6, 1], [0, 4, 7]], kernel_size=2, stride=1)\n"
    "playground",
    "print('traits:', playground.kernel_size, playground.x[0], playground.step)",
    "playground.op = 'avg'; playground.step = 2",
    "import ipywidgets\n"
    "slider = ipywidgets.IntSlider(1, min=1, max=3)\n"
    "ipywidgets.link((slider, 'value'), (playground, 'kernel_size'))\n"
    "slider.value = 3\n"
    "ipywidgets.HBox([slider, playground])",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A folder, and the address of a JupyterLab that serves it."""
    folder = tmp_path_factory.mktemp("lab")
    log = folder / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0",
             "--IdentityProvider.token=", "--expose-app-in-browser", "--LabApp.news_url="],
            cwd=folder, stdout=output, stderr=output,
            env=os.environ | {"HOME": str(folder), "JUPYTER_PREFER_ENV_PATH": "1"},
        )  # fmt: skip
    try:
        yield folder, _address(log)
    finally:
        server.terminate()
        server.wait(60)


def open_notebook(page, lab, name, cells):
    """Write a notebook and open it in JupyterLab."""
    folder, address = lab
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    written = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    nbformat.write(written, folder / name)
    page.goto(f"{address}lab/tree/{name}?reset")
    page.wait_for_function(
        """window.jupyterapp?.shell.currentWidget
             ?.sessionContext?.session?.kernel?.status === 'idle'""",
        timeout=180_000,
    )
    return folder / name


def _address(log: Path) -> str:
    """Where the server listens, as soon as it answers."""
    for _ in range(720):
        found = re.search(r"http://(?:localhost|127\.0\.0\.1):\d+/", log.read_text())
        if found:
            with contextlib.suppress(urllib.error.URLError):  # it says so before it listens
                urllib.request.urlopen(found[0] + "api", timeout=30).read()
                return found[0]
        time.sleep(0.25)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()}")


def run_cell(page, index):
    page.evaluate(
        """async (index) => {
          const { commands, shell } = window.jupyterapp;
          shell.currentWidget.content.activeCellIndex = index;
          await commands.execute("notebook:run-cell");
        }""",
        index,
    )


@pytest.mark.browser
@pytest.mark.slow
def test_the_widget_in_jupyterlab_shares_its_state_with_python(browser, lab):
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    context.set_default_timeout(90_000)
    page = context.new_page()
    elsewhere = []
    page.on("request", lambda r: elsewhere.append(r.url) if "//localhost:" not in r.url
            and "//127.0.0.1:" not in r.url and r.url.startswith("http") else None)  # fmt: skip
    cells = [nbformat.v4.new_code_cell(source) for source in NOTEBOOK]
    file = open_notebook(page, lab, "widget.ipynb", cells)
    run_cell(page, 0)
    playground = page.locator("pool-playground")
    words = playground.get_by_role("status").filter(has=page.locator(".where"))
    expect(words).to_contain_text("max(2, 3, 5, 6) = 6")

    # Digits typed into a cell are numbers, not the notebook's shortcuts.
    playground.get_by_label("row 0, column 0", exact=True).click()
    page.keyboard.type("31")
    expect(words).to_contain_text("max(31, 3, 5, 6) = 31")
    playground.get_by_role("button", name="kernel more").click()
    playground.get_by_role("button", name="kernel less").click()
    playground.get_by_role("button", name="Step", exact=True).click()
    said = page.locator(".jp-OutputArea-output", has_text="traits:")
    for _ in range(60):  # a widget's messages travel beside the queue of cells
        run_cell(page, 1)
        if "[31.0" in said.inner_text():
            break
        page.wait_for_timeout(500)
    expect(said).to_have_text("traits: 2 [31.0, 3.0, 8.0] 1")
    assert page.locator(".jp-Notebook .jp-Cell").count() == len(NOTEBOOK)

    run_cell(page, 2)
    expect(words).to_contain_text("(5 + 6 + 0 + 4) / 4 = 3.75")
    expect(playground.get_by_role("button", name="Link to this")).to_be_hidden()

    playground.get_by_label("row 0, column 0", exact=True).click()
    page.keyboard.press("Control+s")
    page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
    saved = nbformat.read(file, 4)
    assert "image/svg+xml" in saved.cells[0].outputs[0].data

    run_cell(page, 3)
    expect(playground).to_have_count(2)
    expect(words.nth(1)).to_contain_text("/ 9 ≈ 7.2222")
    expect(words.first).to_contain_text("/ 9 ≈ 7.2222")
    assert playground.nth(1).bounding_box()["width"] > 300
    assert elsewhere == []
    context.close()


SVG = "{http://www.w3.org/2000/svg}svg"


@pytest.mark.browser
@pytest.mark.slow
def test_a_verdict_in_a_notebook_that_is_not_trusted_is_read_in_words_and_a_sketch(browser, lab):
    verdict = check(lambda x, k, s=None: x[:: s or k, :: s or k].copy(), "max_pool2d")
    shown = nbformat.v4.new_output("display_data", data={"text/html": verdict.html})
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    cells = [nbformat.v4.new_code_cell("1", outputs=[shown])]
    open_notebook(page, lab, "untrusted.ipynb", cells)
    output = page.locator(".jp-OutputArea-output")
    expect(output.locator("pre").first).to_have_text(verdict.sketch, use_inner_text=True)
    assert not output.locator("svg").count()
    words = " ".join(output.inner_text().split())
    for part in (verdict.says[0], verdict.case[1], verdict.hint):
        assert " ".join(part.replace("`", "").split()) in words
    assert drawn(verdict) not in "".join(words.split())
    trusted = "window.jupyterapp.commands.execute('notebook:trust')"
    page.evaluate(f"() => {{ {trusted} }}")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(output.locator("svg").first).to_be_visible()
    expect(output.locator("pre").first).to_be_hidden()
    page.close()


def drawn(verdict):
    """The letters of a verdict's first grid, as a page without its lines runs them together."""
    return "".join(next(ET.fromstring(f"<p>{verdict.drawing.markup}</p>").iter(SVG)).itertext())


def test_the_widget_runs_the_script_of_the_book():
    assert Playground._esm.startswith(script())
