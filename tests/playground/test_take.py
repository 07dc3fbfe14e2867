"""What is taken out of a component: code that gives its numbers, pictures, pages that show it."""

import itertools
import re
import shutil
import subprocess
from importlib.resources import files
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from pooledu import figures

from .test_against_library import OPERATIONS, settings
from .test_others_against_library import layouts, signals, stacks

pytestmark = pytest.mark.browser

VIEWS = {"forward": "y", "backward": "dx", "unpool": "unpooled"}
# A detached component, given a state; its code in a language, and the numbers that it shows.
CODE = """([tag, state, language, changed]) => {
  const { HALVINGS, rolled, receptiveFields, inner } = window.PoolPlayground;
  const part = document.createElement(tag);
  const plain = (grid) => grid.map((row) => row.map(String));  // JSON has no infinity
  const last = () => part.arrived(part.result.windows.length - 1);
  const shown = () => tag === "pool-playground"
    ? plain(part.state.view === "forward" ? part.result.y : last())
    : tag === "pool-bins" ? part.bins()
    : tag === "pool-shift-lab"
      ? Object.entries(HALVINGS).map(([, f]) => f(rolled(part.state.x, part.state.shift)))
    : receptiveFields(part.state.layers.map((l) => [l.kernel, l.stride, l.padding, l.dilation]),
        part.state.size).map((r) => [r.field, r.jump, r.size]);
  return [state, changed].filter(Boolean).map((each) => {
    part.adopt(structuredClone(each));
    if (part.problem()) return null;
    return [inner.FORMS[tag].code(part, inner.LANGUAGES[language]), shown()];
  });
}"""


def run(code):
    """What a program leaves behind."""
    names = {}
    with np.errstate(all="ignore"):
        exec(compile(code, "<taken>", "exec"), names)
    return names


def ready(page):
    """The page with the script that is loaded when a panel is first opened."""
    page.add_script_tag(url="take.js")
    return page


def array(value):
    return value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)


def numbers(grid):
    return np.array([[float(value) for value in row] for row in grid])


def apart_from_numbers(code):
    """The program without the grid x."""
    return re.sub(r"^x = .*?(?<=\])\)?(, dtype=[\w.]+\))?\n(?! )", "", code, flags=re.M | re.S)


def situations(operation, count, view):
    """Settings of the playground, and each with other numbers in its input."""
    rng = np.random.default_rng(5)
    taken = 0
    for config in settings(operation):
        if operation == "lp" and rng.random() < 0.6:
            config["p"] = float(rng.choice([np.inf, -np.inf, 2]))
        if operation == "lp" and view != "forward":  # where a slope exists, and where all are zero
            least = 0 if config["p"] == 2 else 0.5
            config["x"] = (np.maximum(np.array(config["x"]), 0) + least).tolist()
        config["view"], config["grad"] = view, None
        other = config | {"x": (np.array(config["x"])[::-1] + rng.integers(1, 3)).tolist()}
        if taken < count:
            yield config, other
            taken += 1


CASES = [(op, view) for op in OPERATIONS for view in ("forward", "backward")] + [("max", "unpool")]


@pytest.mark.parametrize(("language", "count"), [("torch", 40), ("numpy", 40), ("jax", 4)])
def test_code_gives_what_the_playground_shows_and_again_for_other_numbers(show, language, count):
    page = ready(show(""))
    done = 0
    for operation, view in CASES:
        for config, other in situations(operation, count, view):
            both = page.evaluate(CODE, ["pool-playground", config, language, other])
            if None in both:
                continue
            for code, shown in both:
                found = array(run(code)[VIEWS[view]])
                expected = numbers(shown)
                scale = 1e-11 * np.max(abs(expected[np.isfinite(expected)]), initial=1)
                np.testing.assert_allclose(found, expected, 1e-9, scale, err_msg=code)
            first, second = (apart_from_numbers(code) for code, _ in both)
            assert first == second  # other numbers need no other program
            done += 1
    assert done > len(CASES) * count / 2


BINS = [
    {"kind": kind, "size": size, "count": count, "kernel": 2, "u": u, "step": 0}
    for kind, size, count, u in [
        ("adaptive", 7, 3, 0), ("adaptive", 16, 5, 0), ("adaptive", 3, 8, 0),
        ("fractional", 11, 5, 0.5), ("fractional", 16, 9, 0.83), ("fractional", 8, 1, 0.1),
    ]
]  # fmt: skip


@pytest.mark.parametrize("language", ["torch", "numpy", "jax"])
def test_code_gives_what_the_other_components_show(show, language):
    page = ready(show(""))
    for state in BINS if language != "jax" else BINS[1::3]:  # which compiles each line
        [[code, shown]] = page.evaluate(CODE, ["pool-bins", state, language, None])
        np.testing.assert_array_equal(array(run(code)["bins"]), shown)
    for x, shift in (([0, 0, 4, 4, 1.5, -2], 0), ([3, 1, 4, 1, 5, 9, 2, 6], 3)):
        state = {"x": x, "shift": shift}
        [[code, shown]] = page.evaluate(CODE, ["pool-shift-lab", state, language, None])
        halved = run(code)["halved"].values()
        np.testing.assert_array_equal([array(each) for each in halved], shown)
    for preset in ("dilated", "vgg16") if language != "jax" else ("small",):
        tag = f'<pool-receptive-field preset="{preset}"></pool-receptive-field>'
        page = ready(show(tag, query=f"?{preset}"))  # a new address: no page from the cache
        state = page.evaluate("document.querySelector('pool-receptive-field').state")
        [[code, shown]] = page.evaluate(CODE, ["pool-receptive-field", state, language, None])
        names = run(code)
        columns = [array(names["field"]), array(names["jump"]), names["size"][1:]]
        np.testing.assert_array_equal(np.stack(columns, 1), shown)


def fields(names):
    """Field, jump and size of each layer, from what a program leaves behind."""
    return np.stack([array(names["field"]), array(names["jump"]), names["size"][1:]], 1)


OTHERS = {
    "pool-bins": (layouts, lambda names: array(names["bins"])),
    "pool-shift-lab": (signals, lambda names: [array(y) for y in names["halved"].values()]),
    "pool-receptive-field": (stacks, fields),
}


@pytest.mark.parametrize("language", ["torch", "numpy"])
@pytest.mark.parametrize("tag", OTHERS)
def test_code_of_the_other_components_follows_them_to_any_state(show, tag, language):
    page = ready(show(""))
    states, left_behind = OTHERS[tag]
    done = 0
    for state, other in itertools.pairwise(itertools.islice(states(), 41)):
        for found in page.evaluate(CODE, [tag, state, language, other]):
            if found:
                code, shown = found
                computed = left_behind(run(code))
                np.testing.assert_allclose(
                    computed, np.reshape(shown, np.shape(computed)), 1e-12, 1e-9, err_msg=code
                )
                done += 1
    assert done > 40


EACH = {
    "playground": '<pool-playground id="one" op="avg" example="overlap"></pool-playground>',
    "padded": '<pool-playground id="one" op="lp" padding="1" kernel="3"></pool-playground>',
    "backward": '<pool-playground id="one" view="backward" example="negative"></pool-playground>',
    "unpool": '<pool-playground id="one" view="unpool"></pool-playground>',
    "bins": '<pool-bins id="one"></pool-bins>',
    "shift": '<pool-shift-lab id="one" shift="1"></pool-shift-lab>',
    "fields": '<pool-receptive-field id="one"></pool-receptive-field>',
}
STEPS = dict(zip(EACH, (4, 4, 4, 4, 3, 12, 5), strict=True))
SVG = "{http://www.w3.org/2000/svg}"


def opened(show, body, **options):
    page = show(body, **options)
    page.get_by_text("Take it with you").click()
    return page


def saved(page, name):
    with page.expect_download() as download:
        page.get_by_role("button", name=name, exact=True).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_the_code_follows_the_state_and_can_be_copied_by_keyboard(show, site):
    page = opened(show, EACH["playground"])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site[1])
    box = page.get_by_role("region", name="PyTorch")
    expect(box).to_contain_text("F.avg_pool2d(x[None, None], 3, stride=2)")
    page.get_by_label("row 0, column 0", exact=True).fill("77")
    expect(box).to_contain_text("[[77, 0, 1, 4, 3]")
    page.get_by_role("radio", name="PyTorch").focus()
    page.keyboard.press("ArrowRight")
    box = page.get_by_role("region", name="NumPy")
    expect(box).to_contain_text("import numpy as np")
    page.get_by_role("button", name="Copy").press("Enter")
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == box.inner_text()
    page.get_by_label("row 0, column 0", exact=True).fill("x")
    expect(box).to_contain_text("Nothing to take along yet: Row 0, column 0 holds “x”")


def test_the_grid_is_taken_as_an_array_that_comes_back_when_pasted(show):
    page = opened(show, '<pool-playground x="[[1.5, -2], [3, 4e-3]]" kernel="1"></pool-playground>')
    page.get_by_role("radio", name="np.array").check(force=True)
    text = page.get_by_role("region", name="np.array").inner_text()
    np.testing.assert_array_equal(eval(text.partition("=")[2], {"np": np}), [[1.5, -2], [3, 4e-3]])


@pytest.mark.parametrize("name", EACH)
def test_pictures_are_drawings_of_what_is_shown(show, name):
    page = opened(show, EACH[name])
    file, content = saved(page, "SVG")
    assert file == "one.svg"
    root = ElementTree.fromstring(content)
    texts = [text.text for text in root.iter(f"{SVG}text")]
    for cell in page.locator(".board:visible .cell").all():
        value = cell.locator("input").input_value() if cell.locator("input").count() else None
        assert (value or cell.locator("> span").inner_text()) in [*texts, ""]
    _, pixels = saved(page, "PNG")
    assert pixels.startswith(b"\x89PNG")
    width, height = (int.from_bytes(pixels[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == (2 * int(root.get("width")), 2 * int(root.get("height")))


@pytest.mark.parametrize("name", EACH)
def test_an_animation_shows_every_step_and_leaves_the_component_where_it_was(show, name):
    page = opened(show, EACH[name])
    before = page.locator(".words").inner_text()
    file, content = saved(page, "Animated SVG")
    assert file == "one-steps.svg"
    root = ElementTree.fromstring(content)
    times = {float(at) for a in root.iter(f"{SVG}animate") for at in a.get("keyTimes").split(";")}
    steps = STEPS[name]
    assert times <= {round(k / steps, 5) for k in range(steps)}
    lasting = {a.get("dur") for a in root.iter(f"{SVG}animate")}
    assert lasting == {f"{steps * 1.2:g}s"}
    assert page.locator(".words").inner_text() == before


def latex_with_tikz() -> str | None:
    """The program, where it and the package are on this machine."""
    latex, look = map(shutil.which, ("pdflatex", "kpsewhich"))
    found = look and subprocess.run([look, "tikz.sty"], capture_output=True, check=False).stdout
    return latex if found else None


LATEX = latex_with_tikz()


@pytest.mark.parametrize("name", EACH)
def test_tikz_is_set_by_latex(show, tmp_path, name):
    page = opened(show, EACH[name])
    page.get_by_role("radio", name="TikZ").check(force=True)
    text = page.get_by_role("region", name="TikZ").inner_text()
    named = set(re.findall(r"(?:fill|draw|text)=(\w+)", text))
    assert named == set(re.findall(r"\\definecolor\{(\w+)\}", text))
    assert text.isascii()
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    lines = text.strip().split("\n")[2:-1]
    assert all(re.match(r"\\(definecolor\{.*\}|(path|node)\[.*;)$", line) for line in lines)
    if not LATEX:
        pytest.skip("there is no LaTeX with TikZ on this machine: only its form was looked at")
    start, end = r"\documentclass{article}\usepackage{tikz}\begin{document}", r"\end{document}"
    (tmp_path / "a.tex").write_text(f"{start}\n{text}{end}", "utf8")
    latex = [LATEX, "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    subprocess.run(latex, cwd=tmp_path, check=True)


def test_the_colours_for_paper_are_the_light_ones(show):
    tokens = (files(figures) / "tokens.css").read_text("utf8").partition("}")[0]
    declared = dict(re.findall(r"--pool-([\w-]+): #(\w+);", tokens))
    light = ready(show("")).evaluate("window.PoolPlayground.inner.LIGHT")
    assert light == {name: declared[name].upper() for name in light}


@pytest.mark.parametrize("name", EACH)
def test_an_embed_and_a_permanent_link_say_the_whole_state(show, site, name):
    page = opened(show, EACH[name])
    page.get_by_role("radio", name="Permanent link").check(force=True)
    link = page.get_by_role("region", name="Permanent link").inner_text().strip()
    page.get_by_role("radio", name="Embed").check(force=True)
    embed = page.get_by_role("region", name="Embed").inner_text()
    frame = ElementTree.fromstring(embed.replace("loading", "data-loading"))
    assert frame.get("src") == link
    state = page.evaluate("document.getElementById('one').state")
    query = dict(page.evaluate("link => [...new URL(link).searchParams]", link))
    tag = f"pool-{query.pop('component')}"
    again = page.evaluate(
        """([tag, words]) => {
          const part = document.createElement(tag);
          for (const [name, value] of Object.entries(words)) part.setAttribute(name, value);
          part.build();
          return part.state;
        }""",
        [tag, query],
    )
    assert again == state
