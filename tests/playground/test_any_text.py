"""Whatever stands in a component's attributes or in the page's address is answered in words."""

import re
from urllib.parse import urlencode

import numpy as np
import pytest

from tests.sampling import one_in

pytestmark = pytest.mark.browser

WORDS = {
    "pool-playground": ["op", "view", "x", "example", "kernel", "stride", "padding", "dilation",
                        "ceil-mode", "count-include-pad", "p", "mean", "lam", "seed", "grad",
                        "step", "ops", "views"],
    "pool-bins": ["kind", "in", "out", "kernel", "u", "step"],
    "pool-shift-lab": ["x", "shift"],
    "pool-receptive-field": ["layers", "size", "preset"],
}  # fmt: skip
SENSIBLE = [
    "max", "avg", "lp", "mixed", "stochastic", "forward", "backward", "unpool", "[[1, 3], [5, 6]]",
    "[1, 2, 3, 4]", "4x4", "1", "2", "3", "2, 3", "0.5", "true", "false", "fractional", "vgg16",
    "conv1 3 1 1 1; pool1 2 2",
]  # fmt: skip
ODD = [
    "", " ", "0", "-1", "2.5", "1e9", "1e400", "NaN", "Infinity", "-Infinity", "null", "undefined",
    "[]", "[[]]", "[[], []]", "[[1, 2], [3]]", "[[null]]", '[["1"]]', "{}", "[[1e999]]", "[1, [2]]",
    "[" * 50, "[[" + "0, " * 40 + "0]]", "__proto__", "constructor", "toString", "hasOwnProperty",
    "<b>x</b>", "%", "%zz", "a\nb 3 1", "a\n3 1\n2", ";;;", "conv", "conv x y", "3 1",
    "\u202e\u0000", "２", "1,2,3", "2,", ",", "0x10", "1_0", "1e-400", "9007199254740993",
    "9" * 400, "−1", "∞", "🙂", "MAX", "max avg", "true ", "--", "conv1 3 1 1 1;" * 60, "4096",
]  # fmt: skip
WORK = """async ([tag, cases, byAddress]) => {
  const wrong = [];
  const hear = (event) => { wrong.push(String(event.message)); event.preventDefault(); };
  addEventListener("error", hear);
  const done = [];
  for (const [words, search] of cases) {
    wrong.length = 0;
    history.replaceState(null, "", byAddress ? search : location.pathname);
    const part = document.createElement(tag);
    part.id = "one";
    if (!byAddress) for (const [name, text] of Object.entries(words)) part.setAttribute(name, text);
    document.querySelector("main").append(part);
    const said = () =>
      [...part.shadowRoot.querySelectorAll(".words")].map((p) => p.textContent).join(" ");
    const first = said();
    let [code, refused] = ["", true];
    try {
      refused = Boolean(part.problem());
      const { FORMS, LANGUAGES } = window.PoolPlayground.inner;
      if (!refused) code = Object.values(LANGUAGES).map((L) => FORMS[tag].code(part, L)).join("");
      for (const button of [...part.shadowRoot.querySelectorAll("button")].slice(0, 20)) {
        if (!/Link|Play|Copy/.test(button.textContent)) button.click();
      }
      part.undo();
      part.reset();
      part.address();
    } catch (error) {
      wrong.push(String(error.stack));
    }
    done.push([first, said(), [...wrong], refused, code]);
    part.remove();
    await null;
  }
  removeEventListener("error", hear);
  return done;
}"""


def situations(tag, count):
    """Attributes of a component, sensible, odd or left out."""
    rng = np.random.default_rng(len(tag))
    for name in WORDS[tag]:
        for text in ODD + SENSIBLE:
            yield {name: text}
    for _ in range(count):
        names = rng.permutation(WORDS[tag])[: rng.integers(1, 6)]
        yield {
            str(name): str(rng.choice(SENSIBLE if rng.random() < 0.6 else ODD)) for name in names
        }


@pytest.mark.parametrize("by", ["attributes", "address"])
@pytest.mark.parametrize("tag", WORDS)
def test_any_text_is_answered_with_words_and_never_with_an_error(show, tag, by):
    cases = one_in(3, situations(tag, 80))
    page = show("")
    page.add_script_tag(url="take.js")
    given = [[words, "?" + urlencode({"pool": "one", **words})] for words in cases]
    computed, faults = 0, []
    for words, (first, after, wrong, refused, code) in zip(
        cases, page.evaluate(WORK, [tag, given, by == "address"]), strict=True
    ):
        if wrong:
            faults.append((words, wrong))
        for said in (first, after):
            odd = re.sub("“.*?”|is .*?\\.", "", said)  # what was given may be quoted
            if not said.strip() or re.search(r"undefined|\[object", odd):
                faults.append((words, said))
        computed += not refused
        if code:
            compile(code, "<taken>", "exec")
    assert not faults, f"{len(faults)} of {len(cases)}: {faults[:20]}"
    assert computed > len(cases) / 50


@pytest.mark.parametrize("fragment", ["#%", "#%zz", "#100%", "#%E0%A4%A", "#\u0000", "#a b"])
def test_any_fragment_leaves_the_components_working(show, page, fragment):
    show("<pool-playground></pool-playground>", query=f"?1{fragment}")
    page.get_by_role("button", name="Step", exact=True).click()
    said = page.get_by_role("status").filter(has=page.locator(".where"))
    assert "Window 2 of 4" in said.inner_text()


SHADOWED = """() => ["playground", "bins", "shift-lab", "receptive-field"].flatMap((name) => {
  const own = [];
  let kind = customElements.get(`pool-${name}`).prototype;
  for (; kind !== HTMLElement.prototype; kind = Object.getPrototypeOf(kind)) {
    own.push(...Object.getOwnPropertyNames(kind));
  }
  return own.filter((part) => part !== "constructor" && part in HTMLElement.prototype);
})"""


def test_no_component_gives_another_meaning_to_what_every_element_of_a_page_has(show):
    assert show("").evaluate(SHADOWED) == []
