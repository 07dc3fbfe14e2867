"""The site in a browser: requests, accessibility, narrow windows, quizzes, playground, search."""

import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from pooledu.functional import avg_pool, max_pool
from tests.sampling import one_in

from .conftest import SITE, pages

pytestmark = [pytest.mark.book, pytest.mark.browser]

GRID = [[1, 3, 2, 4], [5, 6, 1, 2], [7, 2, 3, 1], [4, 8, 5, 6]]


def address(base, name):
    return f"{base}/{name}.html"


SHIFT = """window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""
# All is there: components, fonts, and two frames in which whatever moves has moved.
SETTLED = """document.fonts.ready.then(() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
}))"""
OPEN_ALL = """document.querySelectorAll("details").forEach((box) => {
  box.removeAttribute("name");
  box.open = true;
})"""


def open_settled(page, url):
    """Open a page and wait until all of it is there."""
    page.goto(url)
    page.wait_for_function("!document.querySelector(':not(:defined)')")
    page.evaluate(SETTLED)


@pytest.mark.parametrize("name", one_in(3, pages()))
def test_a_page_opened_from_a_folder_works_and_asks_no_other_host(page, name):
    failed = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.goto(address(SITE.as_uri(), name))
    expect(page.locator("h1")).to_be_visible()
    assert not failed


STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self' data:; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'"
)


@pytest.fixture
def strict(page, http):
    """The page, whose answers carry a strict Content-Security-Policy."""

    def answer(route):
        response = route.fetch()
        headers = response.headers | {"content-security-policy": STRICT}
        route.fulfill(response=response, headers=headers)

    page.route("**/*", answer)
    yield page
    page.unroute_all(behavior="ignoreErrors")  # an icon may still be on its way


@pytest.mark.parametrize("name", one_in(3, [*pages(), "404"]))
def test_a_page_works_under_a_strict_content_security_policy(strict, http, name):
    open_settled(strict, address(http, name))  # a violation is an error of the console
    assert strict.evaluate("getComputedStyle(document.body).fontFamily").startswith('"Source Serif')
    for card in strict.locator("pool-playground .card").all():
        assert card.evaluate("card => getComputedStyle(card).display") == "grid"
        card.get_by_role("button", name="Play").focus()
        strict.keyboard.press("Enter")
    strict.get_by_role("button", name=re.compile("^(Dark|Light)$")).click()


def takes_a_picture(page):
    """Open a panel, whose script comes only then, and take its code and a picture of pixels."""
    component = page.locator("pool-playground").first
    component.get_by_text("Take it with you").click()
    expect(component.get_by_role("region", name="PyTorch")).to_contain_text("F.max_pool2d(")
    with page.expect_download() as download:
        component.get_by_role("button", name="PNG").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


def test_what_a_component_shows_is_taken_along_under_a_strict_policy(strict, http):
    open_settled(strict, address(http, "book/geometry"))
    takes_a_picture(strict)


def test_what_a_component_shows_is_taken_along_from_a_folder(page):
    open_settled(page, address(SITE.as_uri(), "book/geometry"))
    takes_a_picture(page)


EMBEDDED = {
    "component=playground&op=avg&kernel=3&step=2": "Window 3 of 16",
    "component=bins&in=10&out=4&onclick=alert(1)": "Bin 0 of 0 to 3",
    "component=shift-lab&shift=1": "Moved 1 place to the right. Change",
    "component=receptive-field&preset=vgg16": "After pool5",
    "component=script": "There is no component “script”.",
}


@pytest.mark.parametrize("words", EMBEDDED)
def test_a_component_is_shown_alone_in_a_frame(strict, http, words):
    grid = f"&x={[[1, 2, 3, 4, 5, 6]] * 6}&stride=1" if "playground" in words else ""
    strict.set_viewport_size({"width": 375, "height": 800})
    open_settled(strict, f"{http}/embed.html?{words}{grid}")
    expect(strict.get_by_text(EMBEDDED[words])).to_be_visible()
    expect(strict.get_by_role("link", name="Pooling")).to_be_visible()
    assert strict.evaluate("document.documentElement.scrollWidth") <= 375
    assert violations(strict) == {}
    assert strict.locator("[onclick]").count() == 0


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("name", ["book/index", "book/geometry", "book/library"])
def test_a_page_that_is_read_from_the_right_is_no_wider(page, http, name, width):
    page.set_viewport_size({"width": width, "height": 800})
    open_settled(page, address(http, name))
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_link_to_a_section_is_large_enough_for_a_finger(page, http):
    open_settled(page, address(http, "book/geometry"))
    for link in page.locator("a.headerlink").all():
        box = link.bounding_box()
        assert box["width"] >= 24
        assert box["height"] >= 24


def test_a_link_to_a_component_shows_it(page, http):
    page.set_viewport_size({"width": 390, "height": 800})
    for query in ("", "?pool=where-windows-stop&kernel=3"):
        open_settled(page, f"{http}/book/geometry.html{query}#where-windows-stop")
        page.wait_for_function("scrollY > 1000")
        page.wait_for_timeout(800)  # it scrolls smoothly
        assert 0 <= page.locator("#where-windows-stop").bounding_box()["y"] < 300


def test_on_a_phone_the_bars_of_receptive_fields_are_in_sight(page, http):
    page.set_viewport_size({"width": 390, "height": 800})
    open_settled(page, address(http, "book/receptive-fields"))
    table = page.locator("pool-receptive-field .tall").bounding_box()
    track = page.locator("pool-receptive-field .track").first.bounding_box()
    assert track["width"] > 30
    assert track["x"] + track["width"] < table["x"] + table["width"]


@pytest.mark.parametrize("width", [375, 1400])
@pytest.mark.parametrize("name", ["book/backward", "book/max-and-average"])
def test_no_arrow_stands_alone_in_a_line_of_a_figure(page, http, name, width):
    page.set_viewport_size({"width": width, "height": 800})
    open_settled(page, address(http, name))
    alone = page.evaluate("""() => {
      const words = [...document.querySelectorAll(".pool-words")];
      const apart = (word) => {
        const next = word.nextElementSibling;
        const [a, b] = [word.getBoundingClientRect(), next.getBoundingClientRect()];
        return a.bottom <= b.top || b.bottom <= a.top;
      };
      return words.filter((word) => word.nextElementSibling && apart(word)).length;
    }""")
    assert page.locator(".pool-words").count() > 0
    assert alone == 0


def test_a_figure_stands_in_the_middle_like_a_formula(page, http):
    open_settled(page, address(http, "book/max-and-average"))
    off = page.evaluate("""() => [...document.querySelectorAll(".pool-drawing")].map((drawing) => {
      const outer = drawing.getBoundingClientRect();
      const parts = [...drawing.querySelectorAll("svg")].map((svg) => svg.getBoundingClientRect());
      const left = Math.min(...parts.map((part) => part.left)) - outer.left;
      return left - (outer.right - Math.max(...parts.map((part) => part.right)));
    })""")
    assert off
    assert max(map(abs, off)) < 3


def test_code_that_goes_on_beyond_the_edge_shows_a_shade_there_and_other_code_none(page, http):
    page.set_viewport_size({"width": 390, "height": 800})
    open_settled(page, address(http, "book/geometry"))
    for block in page.locator("div.highlight pre:visible").all():
        beyond, shade = block.evaluate(
            "pre => [pre.scrollWidth > pre.clientWidth, getComputedStyle(pre).boxShadow]"
        )
        assert beyond == (shade != "none")
    editor = page.locator(".practise-editor").first
    for line in ("short", "long " * 40, "short"):
        editor.locator("textarea").fill(f"{line}\nx\ny\nz\nlast")
        look = "editor => getComputedStyle(editor).boxShadow"
        assert (editor.evaluate(look) != "none") == (line != "short")
        hidden = "area => area.scrollHeight - area.clientHeight"
        assert editor.locator("textarea").evaluate(hidden) <= 1


@pytest.mark.parametrize(("letters", "meant", "page_of_it"), [
    ("GAP", "global average pooling", "book/global-and-adaptive"),
    ("RF", "receptive field", "book/receptive-fields"),
])  # fmt: skip
def test_a_search_for_an_abbreviation_finds_what_it_stands_for(
    page, http, letters, meant, page_of_it
):
    page.goto(address(http, "search"))
    box = page.get_by_role("searchbox", name="Search the course")
    results = page.locator("#search-results")
    box.fill(meant)
    expect(results.locator("li").first).to_be_visible()
    spelt = results.inner_text()
    box.fill(letters)
    assert results.inner_text() == spelt
    first = [link.get_attribute("href") for link in results.locator("a").all()[:4]]
    assert any(page_of_it in href for href in first)


def test_answers_of_the_quick_checks_are_kept_on_this_machine(page, http):
    page.goto(address(http, "book/geometry"))
    quizzes = page.locator(".quiz")
    quizzes.nth(0).locator(".choice.wrong summary").first.click()
    quizzes.nth(1).locator(".choice.right summary").click()
    page.wait_for_timeout(100)
    page.reload()
    expect(quizzes.nth(0).locator(".choice.wrong").first).to_have_attribute("open", "")
    expect(quizzes.nth(1).locator(".choice.right")).to_have_attribute("open", "")
    page.goto(address(http, "book/shifts"))
    expect(page.locator(".choice[open]")).to_have_count(0)


@pytest.mark.parametrize("text", ["", "3", "null", "{}", "{", '"x"', "[3, null]"])
def test_whatever_lies_in_the_browsers_store_a_page_works(page, http, text):
    page.goto(address(http, "book/geometry"))
    page.locator(".quiz .choice summary").first.click()
    page.wait_for_timeout(100)
    page.evaluate(
        "text => { for (const key of [...Object.keys(localStorage), 'theme', 'pooledu marks']) "
        "localStorage.setItem(key, text); }",
        text,
    )
    page.reload()
    expect(page.locator(".practise-editor").first).to_be_visible()
    page.get_by_role("button", name=re.compile("^(Dark|Light)$")).click()
    page.locator(".quiz .choice summary").first.click()
    expect(page.locator(".quiz .choice").first).to_have_attribute("open", "")


def test_the_library_is_laid_out_where_it_is_looked_at_and_a_link_into_it_leads_there(page, http):
    name = "book/library"
    page.set_viewport_size({"width": 375, "height": 800})
    open_settled(page, address(http, name))
    skipped = page.evaluate("""() => [...document.querySelectorAll("article *")].filter((e) =>
      getComputedStyle(e).contentVisibility === "auto").length""")
    assert skipped > 10
    last = page.locator("article [id]").last.get_attribute("id")
    open_settled(page, f"{address(http, name)}?again#{last}")
    page.wait_for_timeout(300)
    box = page.locator(f"[id='{last}']").bounding_box()
    assert -5 <= box["y"] < 800


@pytest.mark.parametrize("name", one_in(2, pages()))
def test_a_page_on_a_phone_fits_stays_still_and_asks_no_other_host(page, http, name):
    failed = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.on("response", lambda r: failed.append(r.url) if r.status >= 400 else None)
    page.add_init_script(SHIFT)
    page.set_viewport_size({"width": 375, "height": 800})
    open_settled(page, address(http, name))
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.evaluate("window.shift") < 0.05
    assert not failed


# Two texts of one colour, size and weight on the same grounds have one contrast: axe, which takes
# milliseconds for each, judges the first of them. What is placed over others is judged each time.
MARK_LOOKS = """() => {
  const seen = new Set();
  let alone = 0;
  const mark = (element, ground) => {
    const style = getComputedStyle(element);
    const { backgroundColor, backgroundImage, opacity, filter, mixBlendMode, position } = style;
    const own = [backgroundColor, backgroundImage, opacity, filter, mixBlendMode].join(",");
    if (own !== "rgba(0, 0, 0, 0),none,1,none,normal") ground += own + ";";
    const placed = ["absolute", "fixed", "sticky"].includes(position);
    if (placed || ground.includes("each")) ground += `each ${alone++};`;
    const { color, fontSize, fontWeight, textShadow, textDecorationLine } = style;
    const look = [ground, color, fontSize, fontWeight, textShadow, textDecorationLine].join(";");
    element.toggleAttribute("data-look", !seen.has(look));
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (text || element.matches("input, select, textarea")) seen.add(look);
    for (const child of [...element.children, ...(element.shadowRoot?.children ?? [])]) {
      mark(child, ground);
    }
  };
  mark(document.body, "");
}"""
JUDGE_LOOKS = """axe.configure({ rules: [{ id: "color-contrast", selector: "[data-look]" }] })"""


def violations(page):
    """What axe finds in a page, by the name of the rule."""
    axe = Axe()
    page.evaluate(MARK_LOOKS)
    page.evaluate(axe.axe_script)
    page.evaluate(JUDGE_LOOKS)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    return {rule["id"]: [node["html"] for node in rule["nodes"]] for rule in found}


@pytest.mark.parametrize("name", one_in(2, pages()))
def test_a_page_has_no_accessibility_violation_in_either_theme(page, http, name):
    page.emulate_media(reduced_motion="reduce")  # a colour in transition has no contrast to judge
    open_settled(page, address(http, name))
    page.evaluate(OPEN_ALL)
    for theme, width in (("light", 1280), ("dark", 375)):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(f"document.documentElement.dataset.theme = {theme!r}")
        assert violations(page) == {}, theme


PLANTED = """() => {
  const texts = document.querySelectorAll("main p, main td, main figcaption");
  const faint = "color-mix(in srgb, var(--pool-ink) 30%, var(--pool-paper))";
  const rule = `.planted { color: ${faint} !important }`;
  document.head.append(Object.assign(document.createElement("style"), { textContent: rule }));
  texts[texts.length - 1].classList.add("planted");
  document.querySelector(".choice .why p:not(.verdict)").classList.add("planted");
  document.querySelector("pre .k").classList.add("planted");
  document.querySelector("main").append(document.createElement("input"));
  document.body.append(document.createElement("main"));
  const component = document.querySelector("pool-playground").shadowRoot;
  component.querySelectorAll("label, label *").forEach((part) => { part.style.color = faint; });
}"""


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 375)])
def test_a_violation_would_be_found_wherever_it_is(page, http, theme, width):
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    open_settled(page, address(http, "book/geometry"))
    page.evaluate(OPEN_ALL)
    page.evaluate(f"document.documentElement.dataset.theme = {theme!r}")
    page.evaluate(PLANTED)
    found = violations(page)
    assert {"label", "landmark-no-duplicate-main", "landmark-unique"} <= found.keys()
    pale = "".join(found["color-contrast"])
    for part in ('<p class="planted"', '<span class="k planted"', "<label"):
        assert part in pale


def test_a_formula_is_not_parted_from_the_full_stop_after_it(page, http):
    page.goto(address(http, "book/receptive-fields"))
    assert page.locator("p math").count() > 10
    for width in range(360, 800, 20):
        page.set_viewport_size({"width": width, "height": 800})
        parted = page.evaluate("""() => [...document.querySelectorAll("p math")].filter((math) => {
          const after = math.nextSibling;
          const stop = after?.data?.search(/^[.,;:]/) === 0;
          if (!stop) return false;
          const range = document.createRange();
          const at = after.data.search(/[.,;:]/);
          range.setStart(after, at);
          range.setEnd(after, at + 1);
          return range.getBoundingClientRect().left < math.getBoundingClientRect().left;
        }).length""")
        assert parted == 0, f"{parted} at a width of {width}"


def test_a_page_follows_the_theme_of_the_system(page, http):
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme)
        page.goto(address(http, "book/index"))
        expect(page.locator("html")).to_have_attribute("data-theme", theme)


def test_a_quick_check_answers_the_keyboard_and_shows_one_explanation_at_a_time(page, http):
    page.goto(address(http, "book/geometry"))
    quiz = page.locator(".quiz").first
    wrong, right = quiz.locator(".choice.wrong").first, quiz.locator(".choice.right")
    expect(right.locator(".why")).to_be_hidden()
    wrong.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(wrong.locator(".why")).to_be_visible()
    expect(wrong.locator(".verdict")).to_have_text("Not this one.")
    right.locator("summary").focus()
    page.keyboard.press("Space")
    expect(right.locator(".why")).to_be_visible()
    expect(right.locator(".verdict")).to_have_text("Right.")
    expect(wrong.locator(".why")).to_be_hidden()


@pytest.mark.parametrize(("operation", "pool"), [("Maximum", max_pool), ("Average", avg_pool)])
def test_the_playground_of_the_chapter_steps_to_what_pooledu_computes(page, http, operation, pool):
    page.goto(address(http, "book/max-and-average"))
    playground = page.locator("pool-playground").first
    playground.get_by_role("radio", name=operation).check(force=True)
    step = playground.get_by_role("button", name="Step", exact=True)
    expected = pool(np.array(GRID, dtype=float), (2, 2)).ravel().tolist()
    for _ in expected[1:]:
        step.click()
    texts = playground.locator(".board").nth(1).locator(".cell > span").all_inner_texts()
    assert [float(text) for text in texts] == expected


def test_the_chosen_theme_is_kept_from_page_to_page(page, http):
    page.emulate_media(color_scheme="light")
    page.goto(address(http, "book/geometry"))
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(address(http, "book/index"))
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def at(scheme, http):
    """The address of the site over a scheme."""
    return http if scheme == "http" else SITE.as_uri()


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_searching_finds_the_section_that_explains_and_shows_where(page, http, scheme):
    page.goto(address(at(scheme, http), "book/index"))
    page.keyboard.press("/")
    page.keyboard.type("Dropped window")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("sections found.")
    results = page.locator("#search-results li")
    for title in ("The output-size formula", "Who receives nothing"):
        expect(results.filter(has_text=title).first).to_be_visible()
    for result in results.all():
        marked = " ".join(result.locator("mark").all_inner_texts()).lower()
        assert "window" in marked or "drop" in marked
    results.filter(has_text="The output-size formula").get_by_role("link").first.click()
    expect(page.locator("h1")).to_contain_text("The output-size formula")


def test_a_search_answers_while_one_types_and_says_when_nothing_is_there(page, http):
    page.goto(address(http, "search"))
    box = page.get_by_role("searchbox", name="Search the course")
    expect(box).to_be_focused()
    page.keyboard.type("receptive fie")
    expect(page.get_by_role("status")).to_contain_text("found.")
    expect(page.locator("#search-results a").first).to_contain_text("Receptive fields")
    page.keyboard.press("Enter")
    expect(page.locator("#search-results a").first).to_be_focused()
    box.fill("receptive zzyzx")
    expect(page.get_by_role("status")).to_contain_text("No section has all of these words.")
    box.fill("zzyzx")
    expect(page.get_by_role("status")).to_contain_text("Nothing found for “zzyzx”.")
    expect(page.locator("#search-results a")).to_have_count(0)


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("max pooling", "book/max-and-average.html#"),
        ("output size", "book/geometry.html#"),
        ("output_size", "book/library.html#pooledu.geometry.output_size"),
        ("MaxPool2d", "book/library.html#pooledu.nn.MaxPool2d"),
    ],
)
def test_words_find_the_chapter_first_and_a_spelt_name_its_entry(page, http, question, first):
    page.goto(address(http, "search"))
    page.get_by_role("searchbox", name="Search the course").fill(question)
    found = page.locator("#search-results a").first
    expect(found).to_have_attribute("href", re.compile(re.escape(first)))


def test_the_key_of_the_search_is_a_letter_where_one_types(page, http):
    page.goto(address(http, "book/geometry"))
    cell = page.get_by_label("row 0, column 0", exact=True)
    cell.fill("1")
    cell.press("/")
    expect(cell).to_have_value("1/")
    cell.press("Control+k")
    expect(page.get_by_role("searchbox")).to_be_focused()


FACES = """[...document.fonts].filter((f) => f.status === "loaded").map((f) => f.family)"""
OURS = {"Source Serif 4", "Source Sans 3", "Source Code Pro"}


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_a_page_is_set_in_the_fonts_of_the_book(page, http, scheme):
    page.goto(address(at(scheme, http), "book/geometry"))
    page.evaluate("document.fonts.ready.then(() => null)")
    assert {name.strip('"') for name in page.evaluate(FACES)} >= OURS


def hold_fonts(page):
    """Keep all fonts back; what is returned lets them come, one after the other."""
    late = []
    arrived = False
    page.route("**/*.woff2", lambda route: route.continue_() if arrived else late.append(route))

    def let_come(order=1):
        nonlocal arrived
        assert late, "no font was asked for"
        arrived = True
        for route in late[::order]:
            route.continue_()
            page.wait_for_timeout(100)  # what is drawn with this one is drawn

    return let_come


PATIENT = """const wait = window.setTimeout;
window.setTimeout = (call, time, ...more) => wait(call, time < 3000 ? time : 60000, ...more);"""
SHOWN_AT_ONCE = ["book/index", "book/errata"]
WAITING = ["book/geometry", "book/references", "book/quick-reference"]


@pytest.mark.parametrize(("width", "order"), [(375, 1), (375, -1), (1400, 1)])
@pytest.mark.parametrize("name", SHOWN_AT_ONCE + WAITING)
def test_nothing_moves_in_whichever_order_the_fonts_arrive(page, http, name, width, order):
    let_come = hold_fonts(page)
    page.add_init_script(PATIENT)  # or else what waits would be shown without, after 3 s
    page.add_init_script(SHIFT)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address(http, name), wait_until="domcontentloaded")
    page.wait_for_function("!document.querySelector(':not(:defined)')")
    expect(page.locator("h1")).to_be_visible(visible=name in SHOWN_AT_ONCE)
    page.wait_for_timeout(300)  # what is drawn before the fonts is drawn
    let_come(order)
    expect(page.locator("h1")).to_be_visible()
    page.evaluate("document.fonts.ready.then(() => null)")
    page.wait_for_timeout(300)
    assert OURS - {"Source Code Pro"} <= {n.strip('"') for n in page.evaluate(FACES)}
    assert page.evaluate("window.shift") < 0.05


MEASURE = """async ([ours, other, weight, style]) => {
  const size = async (family) => {
    const found = await document.fonts.load(`${style} ${weight} 20px "${family}"`).catch(() => []);
    if (!found.length) return null;
    const box = document.createElement("span");
    box.textContent = "The window that would start beyond the input is dropped. ".repeat(8);
    box.style = `font: ${style} ${weight} 20px "${family}"; white-space: nowrap; float: left`;
    document.body.append(box);
    const { width, height } = box.getBoundingClientRect();
    box.remove();
    return [width, height];
  };
  return [await size(ours), await size(other)];
}"""


@pytest.mark.parametrize(("ours", "other", "weight", "style"), [
    ("Source Serif 4", "Times as serif", 400, "normal"),
    ("Source Serif 4", "Times as serif", 600, "normal"),
    ("Source Serif 4", "Times as serif", 400, "italic"),
    ("Source Serif 4", "DejaVu as serif", 400, "normal"),
    ("Source Sans 3", "Arial as sans", 400, "normal"),
    ("Source Sans 3", "Arial as sans", 650, "normal"),
    ("Source Sans 3", "DejaVu as sans", 400, "normal"),
    ("Source Code Pro", "Courier as mono", 400, "normal"),
    ("Source Code Pro", "DejaVu as mono", 400, "normal"),
])  # fmt: skip
def test_a_face_that_stands_in_has_the_measures_of_ours(page, http, ours, other, weight, style):
    page.goto(address(http, "search"))
    book, local = page.evaluate(MEASURE, [ours, other, weight, style])
    if local is None:
        pytest.skip(f"this machine has no font for {other}")
    assert local[0] == pytest.approx(book[0], rel=0.03)
    assert local[1] == pytest.approx(book[1], abs=1)


def test_on_a_phone_the_contents_open_and_close_with_the_keyboard(page, http):
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(address(http, "book/geometry"))
    contents = page.get_by_role("navigation", name="Contents")
    expect(contents).to_be_hidden()
    page.get_by_role("button", name="Contents").press("Enter")
    expect(contents).to_be_visible()
    page.keyboard.press("Escape")
    expect(contents).to_be_hidden()
    expect(page.get_by_role("button", name="Contents")).to_be_focused()


def test_the_code_of_a_cell_can_be_copied(page, http):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=http)
    page.goto(address(http, "book/geometry"))
    cell = page.locator(".cell_input", has_text="def size_by_formula")
    cell.hover()
    cell.get_by_role("button", name="Copy").click()
    expect(cell.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("def size_by_formula(n, k, s, p=0, d=1):\n")


def test_a_folded_output_lies_open_on_paper(page, http):
    page.goto(address(http, "book/mistakes"))
    output = page.locator(".outcome .cell_output").first
    expect(output).to_be_hidden()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(output).to_be_visible()
    expect(page.locator(".outcome > summary").first).to_be_hidden()


def test_on_a_phone_the_strip_above_a_question_ends_where_the_question_does(page, http):
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(address(http, "book/mistakes"))
    sides = page.locator(".quiz").first.evaluate(
        "quiz => [quiz.clientWidth, parseFloat(getComputedStyle(quiz, '::before').width)]"
    )
    assert sides[0] == pytest.approx(sides[1], abs=1)
