"""The playground in a browser: stepped, edited and broken with mouse and keyboard."""

import json
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

X = [[1, 3, 2, 4], [5, 6, 1, 2], [7, 2, 3, 1], [4, 8, 5, 6]]
SEVEN = [[(5 * r + 3 * c) % 10 for c in range(7)] for r in range(7)]


def tag(x=X, **attributes):
    """A playground's HTML; ceil_mode=True becomes ceil-mode="true"."""
    words = {name.replace("_", "-"): str(value).lower() for name, value in attributes.items()}
    text = " ".join(f'{name}="{value}"' for name, value in words.items())
    return f'<pool-playground x="{json.dumps(x)}" {text}></pool-playground>'


def pooled(pool, x=X, **options):
    return pool(torch.tensor(x, dtype=torch.float64)[None], **options)[0].tolist()


def shown(page):
    """The output board as numbers, None where it is not computed yet."""
    texts = page.locator(".board").nth(1).locator(".cell > span").all_inner_texts()
    return [float(text.replace("−", "-")) if text else None for text in texts]


def flat(y):
    return [value for row in y for value in row]


def cell(page, row, col):
    return page.get_by_label(f"row {row}, column {col}", exact=True)


def words(page):
    return page.get_by_role("status")


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


@pytest.mark.parametrize("pool", [F.max_pool2d, F.avg_pool2d])
def test_stepping_with_the_mouse_fills_the_output_one_window_at_a_time(show, pool):
    page = show(tag(op=pool.__name__[:3], kernel=2, stride=2))
    expected = flat(pooled(pool, kernel_size=2))
    assert shown(page) == [expected[0], None, None, None]
    for done in (2, 3, 4):
        button(page, "Step").click()
        assert shown(page) == expected[:done] + [None] * (4 - done)
    button(page, "Back").click()
    assert shown(page) == [*expected[:3], None]


def test_stepping_with_the_keyboard_alone_reaches_every_window(show):
    page = show(tag(kernel=3, stride=1))
    expected = flat(pooled(F.max_pool2d, kernel_size=3, stride=1))
    button(page, "Step").focus()
    for _ in expected[1:]:
        page.keyboard.press("Enter")
    assert shown(page) == expected
    expect(button(page, "Step")).to_be_focused()
    page.get_by_role("slider").focus()
    page.keyboard.press("Home")
    assert shown(page) == [expected[0], None, None, None]
    page.keyboard.press("ArrowRight")
    assert shown(page) == [*expected[:2], None, None]


def test_tab_visits_each_control_once_and_the_board_once(show):
    page = show(tag(op="avg"))
    stops = []
    for _ in range(40):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => { const e = document.activeElement?.shadowRoot?.activeElement;
                       return e && (e.ariaLabel || e.labels?.[0]?.innerText || e.innerText); }"""
        )
        if stop is None and stops:
            break
        stops += [stop] if stop else []
    assert len(stops) == len(set(stops))
    assert {"row 0, column 0", "Step", "window", "kernel", "ceil_mode"} <= set(stops)
    assert sum(stop.startswith("row ") for stop in stops) == 1


def test_the_words_name_window_and_computation_after_each_step(show):
    page = show(tag(op="max"))
    button(page, "Step").click()
    expect(words(page)).to_contain_text("Window 2 of 4: rows 0 to 1, columns 2 to 3")
    expect(words(page)).to_contain_text("max(2, 4, 1, 2) = 4")
    expect(words(page)).to_have_attribute("aria-live", "polite")
    page.get_by_label("Average").check()
    expect(words(page)).to_contain_text("(2 + 4 + 1 + 2) / 4 = 2.25")


def test_play_runs_to_the_last_window_and_starts_again_from_the_first(show):
    page = show(tag(step=2))
    page.clock.install()
    button(page, "Play").click()
    expect(button(page, "Pause")).to_be_visible()
    page.clock.run_for(1000)
    expect(words(page)).to_contain_text("Window 4 of 4")
    expect(words(page)).to_have_attribute("aria-live", "polite")
    button(page, "Play").click()
    expect(words(page)).to_contain_text("Window 1 of 4")
    button(page, "Pause").click()
    page.clock.run_for(5000)
    expect(words(page)).to_contain_text("Window 1 of 4")


def test_clicking_an_output_cell_shows_its_window(show):
    page = show(tag())
    page.locator(".board").nth(1).locator(".cell").nth(2).click()
    expect(words(page)).to_contain_text("Window 3 of 4: rows 2 to 3, columns 0 to 1")


def test_a_typed_number_changes_the_result_at_once(show):
    page = show(tag(step=3))
    cell(page, 1, 1).click()
    page.keyboard.type("-9.5")
    changed = [row[:] for row in X]
    changed[1][1] = -9.5
    assert shown(page) == flat(pooled(F.max_pool2d, changed, kernel_size=2))


def test_arrow_keys_move_through_the_cells_and_stop_at_the_border(show):
    page = show(tag())
    cell(page, 0, 0).focus()
    for key in ("ArrowUp", "ArrowRight", "ArrowDown", "Enter", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    expect(cell(page, 2, 0)).to_be_focused()
    page.keyboard.type("99")
    assert shown(page)[0] == 6
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    assert shown(page)[2] == 99


def test_ceil_mode_lets_a_kernel_larger_than_the_input_fit_as_in_torch(show):
    page = show(tag([list(range(4 * r, 4 * r + 4)) for r in range(4)], kernel=5, stride=2))
    expect(words(page)).to_contain_text("kernel is 5: 5 cells high, but input and padding have")
    page.get_by_label("ceil_mode").check()
    assert shown(page) == [15]


def test_controls_change_the_windows_as_torch_does(show):
    page = show(tag(SEVEN, op="avg"))
    button(page, "kernel more").click()
    button(page, "stride less").click()
    button(page, "padding more").click()
    page.get_by_label("ceil_mode").check()
    page.get_by_label("count_include_pad").uncheck()
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    expected = pooled(
        F.avg_pool2d, SEVEN,
        kernel_size=3, stride=2, padding=1, ceil_mode=True, count_include_pad=False,
    )  # fmt: skip
    assert shown(page) == pytest.approx(flat(expected), abs=0.005)


def test_two_numbers_in_a_field_mean_rows_and_columns(show):
    page = show(tag(SEVEN))
    page.get_by_label("kernel", exact=True).fill("2, 3")
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    assert shown(page) == flat(pooled(F.max_pool2d, SEVEN, kernel_size=(2, 3)))


def test_padding_is_drawn_as_what_it_holds(show):
    page = show(tag(kernel=3, padding=1))
    pad = page.get_by_role("gridcell", name=re.compile("^padding"))
    assert set(pad.all_inner_texts()) == {"−∞"}
    assert pad.count() == 6 * 6 - 4 * 4
    page.get_by_label("Average").check()
    assert set(pad.all_inner_texts()) == {"0"}
    expect(words(page)).to_contain_text("5 cells of padding: it adds 0 and counts in the divisor")


def test_rows_and_columns_that_no_window_reads_are_named_and_marked(show):
    page = show(tag(SEVEN))
    expect(words(page)).to_contain_text("Row 6 and column 6: read by no window")
    assert page.get_by_label(re.compile("read by no window")).count() == 13
    page.get_by_label("ceil_mode").check()
    assert page.get_by_label(re.compile("read by no window")).count() == 0


@pytest.mark.parametrize(("size", "options", "start"), [
    (7, {"kernel": 2}, 6),
    (5, {"kernel": 3, "stride": 1}, None),
    (4, {"kernel": 3, "stride": 2}, 2),
    (3, {"kernel": 2, "stride": 2, "padding": 1, "ceil_mode": True}, 3),
    (7, {"kernel": 2, "ceil_mode": True}, None),
])  # fmt: skip
def test_a_window_that_is_dropped_is_drawn_dashed_where_it_would_start(show, size, options, start):
    x = [[1] * size] * size
    names = {"kernel": "kernel_size"}
    columns = len(pooled(F.max_pool2d, x, **{names.get(k, k): v for k, v in options.items()})[0])
    page = show(tag(x, step=columns - 1, **options))
    ghost = page.locator(".board").first.locator(".ghost")
    if start is None:
        expect(words(page)).not_to_contain_text("The next window")
        expect(ghost).to_be_hidden()
    else:
        expect(words(page)).to_contain_text(f"The next window would start at column {start}")
        cells = page.locator(".cells").first.locator(".row").first.locator(".cell")
        left = cells.nth(start + options.get("padding", 0)).bounding_box()["x"]
        assert ghost.bounding_box()["x"] == pytest.approx(left, abs=2)


def test_the_formula_of_the_output_size_says_what_torch_says(show):
    page = show(tag(SEVEN, kernel=3, stride=2, padding=1, ceil_mode=True))
    size = len(pooled(F.max_pool2d, SEVEN, kernel_size=3, stride=2, padding=1, ceil_mode=True))
    expect(page.locator(".sizes")).to_have_text(f"Output size ⌈(7 + 2·1 − 3) / 2⌉ + 1 = {size}")


def test_the_formula_says_when_ceil_mode_drops_a_window(show):
    x = [row[:4] for row in SEVEN[:4]]
    page = show(tag(x, kernel=2, stride=3, padding=1, ceil_mode=True))
    rows = len(pooled(F.max_pool2d, x, kernel_size=2, stride=3, padding=1, ceil_mode=True))
    expect(page.locator(".sizes")).to_contain_text(
        f"less the one that would start beyond the input: {rows}"
    )


SHOWN = """states => states.map((state) => {
  const element = document.querySelector("pool-playground");
  element.adopt({ ...state, step: 1e6 });
  const text = (selector) => element.shadowRoot.querySelector(selector).textContent;
  const cells = element.shadowRoot.querySelectorAll(".board:not([hidden]) .now");
  const cell = [...cells].map((c) => c.textContent);
  return { formula: text(".formula"), where: text(".where"), cell };
})"""


def test_any_state_is_drawn_and_the_words_agree_with_the_output(show):
    rng = np.random.default_rng(20)
    states = []
    for _ in range(300):
        kernel = rng.integers(1, 5, 2)
        states.append({
            "x": rng.integers(0, 10, rng.integers(4, 9, 2)).tolist(),
            "op": str(rng.choice(["max", "avg", "lp", "mixed", "stochastic"])),
            "kernel_size": kernel.tolist(), "stride": rng.integers(1, 4, 2).tolist(),
            "padding": rng.integers(0, kernel // 2 + 1).tolist(),
            "dilation": int(rng.integers(1, 3)),
            "ceil_mode": bool(rng.integers(2)), "count_include_pad": bool(rng.integers(2)),
            "view": str(rng.choice(["forward", "forward", "backward", "unpool"])),
        })  # fmt: skip
    drawn = list(zip(states, show(tag()).evaluate(SHOWN, states), strict=True))
    possible = [(s, d) for s, d in drawn if d["where"] != "This cannot be computed"]
    assert len(possible) > 150
    assert {state["view"] for state, _ in possible} == {"forward", "backward", "unpool"}
    for state, words in possible:
        assert words["formula"], state
        if state["view"] == "forward":
            said = float(re.findall(r"[-\d.]+", words["formula"].replace("−", "-"))[-1])
            assert said == pytest.approx(float(words["cell"][0]), abs=0.00501), state


@pytest.mark.parametrize(("typed", "message"), [
    ("", "Row 1, column 2 is empty. Every cell needs a number: type one, or press Escape"),
    ("abc", "Row 1, column 2 holds “abc”. Every cell needs a number"),
    ("1/2", "Row 1, column 2 holds “1/2”. Every cell needs a number"),
])  # fmt: skip
def test_a_cell_without_a_number_is_named_and_escape_restores_it(show, typed, message):
    page = show(tag(step=1))
    cell(page, 1, 2).fill(typed)
    expect(words(page)).to_contain_text(message)
    expect(cell(page, 1, 2)).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Escape")
    expect(words(page)).to_contain_text("max(2, 4, 1, 2) = 4")
    expect(cell(page, 1, 2)).to_have_value("1")


@pytest.mark.parametrize(("field", "value", "message"), [
    ("kernel", "5", "kernel is 5: 5 cells high, but input and padding have only 4"),
    ("kernel", "2.5", "kernel is 2.5. It must be a whole number of at least 1"),
    ("kernel", "", "kernel is empty."),
    ("kernel", "0", "kernel is 0."),
    ("stride", "0", "stride is 0. It must be a whole number of at least 1"),
    ("padding", "2", "padding is 2, but it may be at most half of the kernel: 1 for"),
    ("padding", "-1", "padding is -1. It must be a whole number of at least 0"),
    ("dilation", "4", "kernel is 2 with dilation 4: 5 cells high, but input"),
])  # fmt: skip
def test_an_illegal_setting_is_answered_with_value_rule_and_way_out(show, field, value, message):
    page = show(tag())
    page.get_by_label(field, exact=True).fill(value)
    expect(words(page)).to_contain_text(message)
    page.get_by_label(field, exact=True).fill("1")
    if field == "padding":
        expect(words(page)).to_contain_text("Window 1 of 9")
    else:
        expect(words(page)).to_contain_text("Window 1 of")


@pytest.mark.parametrize(("x", "message"), [
    ("[[1, 2], [3]]", "The rows of x have 2, 1 numbers."),
    ("12", "x is 12. It must be a list of rows, such as [[1, 3], [5, 6]]."),
    ("[[1, oops]]", "It must be a list of rows"),
    ("[[1, null]]", "x contains null. Every cell needs a finite number."),
    (json.dumps([[0] * 13]), "x is 1 × 13. The drawing holds at most 12 × 12"),
])  # fmt: skip
def test_a_wrong_attribute_is_answered_in_the_component(show, x, message):
    page = show(f'<pool-playground x="{x}"></pool-playground>')
    expect(words(page)).to_contain_text(message)


def test_the_page_hears_of_each_change(show):
    page = show(tag())
    page.evaluate("addEventListener('pool-change', (event) => { window.heard = event.detail; })")
    button(page, "kernel more").click()
    assert page.evaluate("window.heard.kernel_size") == 3
    cell(page, 0, 0).fill("7")
    assert page.evaluate("window.heard.x[0][0]") == 7


def test_an_attribute_set_later_is_drawn(show):
    page = show(tag())
    page.locator("pool-playground").evaluate("element => element.setAttribute('kernel', '4')")
    assert shown(page) == [8]


ERROR = tag(padding=2)
PADDED = tag(SEVEN, op="avg", kernel=3, stride=2, padding=1, ceil_mode=True, step=3)


@pytest.mark.parametrize(("theme", "width"), [("light", 900), ("dark", 375)])
def test_axe_finds_nothing(page, show, theme, width):
    page.emulate_media(reduced_motion="reduce")  # a colour that fades in has no contrast to judge
    show(
        PADDED
        + tag(SEVEN, label="two")
        + ERROR.replace("<pool-playground", '<pool-playground label="three"'),
        theme,
        width,
    )
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_nothing_is_wider_than_a_phone(show):
    page = show(PADDED + ERROR, width=375)
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    for card in page.locator(".card").all():
        assert card.evaluate("card => card.scrollWidth <= card.clientWidth + 1")


def test_with_reduced_motion_the_frame_jumps(show, page):
    page.emulate_media(reduced_motion="reduce")
    show(tag())
    assert (
        page.locator(".frame:not(.ghost)").first.evaluate(
            "f => getComputedStyle(f).transitionProperty"
        )
        == "none"
    )


def test_the_window_glides_where_motion_is_welcome(show, page):
    page.emulate_media(reduced_motion="no-preference")
    show(tag())
    assert "transform" in page.locator(".frame:not(.ghost)").first.evaluate(
        "f => getComputedStyle(f).transitionProperty"
    )


def test_it_works_from_a_file_without_a_server(page, write_page):
    page.goto(write_page(tag(step=3)).as_uri())
    assert shown(page) == flat(pooled(F.max_pool2d, kernel_size=2))


def test_loading_the_script_twice_does_no_harm(show):
    page = show('<script defer src="playground.js"></script>' + tag(step=3))
    assert shown(page) == flat(pooled(F.max_pool2d, kernel_size=2))
