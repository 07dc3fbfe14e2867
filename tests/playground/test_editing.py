"""Typing, pasting and taking back, and numbers of any length in a cell."""

import json
import re

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from tests.sampling import one_in

pytestmark = pytest.mark.browser

X = [[1, 3, 2, 4], [5, 6, 1, 2], [7, 2, 3, 1], [4, 8, 5, 6]]


def tag(x=X, attributes=""):
    return f'<pool-playground x="{json.dumps(x)}" {attributes}></pool-playground>'


def cell(page, row, col):
    return page.get_by_label(f"row {row}, column {col}", exact=True)


def words(page):
    return page.get_by_role("status").filter(has=page.locator(".where"))


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def state(page, key="x"):
    return page.evaluate(f"document.querySelector('pool-playground').state.{key}")


# Pasting

PASTE = """(element, text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const event = new ClipboardEvent("paste", {
    clipboardData: data, bubbles: true, cancelable: true, composed: true,
  });
  return element.dispatchEvent(event);
}"""


def paste(target, text):
    """Paste into a field; whether the browser still does with it what it always does."""
    return target.evaluate(PASTE, text)


def lines(between, decimal="."):
    return lambda x: "\n".join(between.join(f"{v:.12g}" for v in row) for row in x).replace(
        ".", decimal
    )


WRITERS = {
    "spreadsheet": lambda x: lines("\t")(x) + "\r\n",
    "spreadsheet with decimal commas": lines("\t", ","),
    "CSV": lambda x: lines(",")(x) + "\n",
    "CSV with spaces": lines(", "),
    "CSV with semicolons and decimal commas": lines(";", ","),
    "spaces": lines("  "),
    "JSON": lambda x: json.dumps(x.tolist()),
    "Python": lambda x: repr(x.tolist()),
    "printed array": str,
    "array(...)": repr,
    "np.array(...)": lambda x: f"x = np.array({x.tolist()}, dtype=np.float32)",
    "tensor(...)": lambda x: repr(torch.tensor(x, dtype=torch.float64)),
    "tensor with leading axes": lambda x: repr(torch.tensor(x)[None, None]),
    "tensor with a gradient": lambda x: repr(torch.tensor(x).requires_grad_() * 1),
    "MATLAB": lambda x: f"[{'; '.join(' '.join(map(str, row)) for row in x.tolist())}]",
    "with true minus signs": lambda x: lines("\t")(x).replace("-", "−"),
}


@pytest.mark.parametrize("form", one_in(3, WRITERS))
def test_a_pasted_grid_fills_the_input_and_gives_it_its_size(show, form):
    rng = np.random.default_rng(len(form))
    page = show(tag())
    shapes = [(2, 3), (1, 5), (4, 4), (12, 12), (5, 2), (3, 1)]
    for shape in [*shapes, *rng.integers(1, 9, (20, 2)).tolist()]:
        if np.prod(shape) == 1 or (shape[1] == 1 and "decimal commas" in form):
            continue  # nothing tells 1,5 in a column of decimals from two numbers
        x = rng.integers(-99, 100, shape) / rng.choice([1.0, 4.0])
        assert paste(cell(page, 0, 0), WRITERS[form](x)) is False
        assert state(page) == x.tolist(), (form, shape)


@pytest.mark.parametrize("text", ["1 2 3 4", "1, 2, 3, 4", "1\t2\t3\t4", "[1, 2, 3, 4]", "1;2;3;4"])
def test_numbers_in_a_row_are_a_row(show, text):
    page = show(tag())
    paste(cell(page, 2, 1), text)
    assert state(page) == [[1, 2, 3, 4]]
    expect(cell(page, 0, 3)).to_have_value("4")


def test_as_many_numbers_as_there_are_cells_fill_the_grid_where_no_row_holds_them(show):
    page = show(tag())
    paste(cell(page, 0, 0), " ".join(map(str, range(16))))
    assert state(page) == np.arange(16).reshape(4, 4).tolist()


@pytest.mark.parametrize(("text", "message"), [
    ("1\t2\n3", "The rows of the pasted grid have 2, 1 numbers."),
    ("1\tyes\n3\t4", "What was pasted holds “yes” where a number should be."),
    ("1,,3", "What was pasted is empty where a number should be."),
    ("[[1, nan], [2, 3]]", "What was pasted holds “nan” where a number should be."),
    ("[[1, 2], [3, 1e999]]", "“1e999”, larger than any number here"),
    ("[[1, 2], [3", "A bracket was not closed"),
    ("[[[1, 2]], [[3, 4]]]", "more than two axes. Paste one plane of it, such as x[0, 0]."),
    ("[1, [2, 3]]", "mixes numbers and rows"),
    (" ".join(["1"] * 13), "The pasted grid is 1 × 13. The drawing holds at most 12 × 12"),
])  # fmt: skip
def test_what_is_no_grid_is_refused_with_the_reason_and_changes_nothing(show, text, message):
    page = show(tag())
    cell(page, 0, 0).focus()
    assert paste(cell(page, 0, 0), text) is False
    expect(words(page)).to_contain_text(message)
    assert state(page) == X
    page.keyboard.press("Escape")
    expect(words(page)).to_contain_text("max(1, 3, 5, 6) = 6")


@pytest.mark.parametrize("text", ["7", " -1.5\n", "1,5", "hello", "hello world", ""])
def test_one_number_and_what_holds_none_are_pasted_as_text_anywhere(show, text):
    page = show(tag())
    assert paste(cell(page, 0, 0), text) is True
    assert state(page) == X


def test_a_gradient_is_pasted_in_the_size_of_the_output(show):
    page = show(tag(attributes='view="backward"'))
    target = page.get_by_label("gradient at row 0, column 0")
    paste(target, "5 6\n7 8")
    assert state(page, "grad") == [[5, 6], [7, 8]]
    paste(target, "5 6 7")
    expect(words(page)).to_contain_text("The pasted gradient is 1 × 3, and the output is 2 × 2.")


def test_a_signal_is_pasted_as_it_stands_now(show):
    page = show('<pool-shift-lab shift="1"></pool-shift-lab>')
    paste(page.get_by_label("cell 0", exact=True), "1, 2, 3, 4")
    values = [page.get_by_label(f"cell {i}", exact=True).input_value() for i in range(4)]
    assert values == ["1", "2", "3", "4"]
    paste(page.get_by_label("cell 0", exact=True), "1, 2, 3")
    expect(words(page)).to_contain_text("What was pasted is [1,2,3]. It must be a list of 4 to 16")


def test_after_a_paste_the_keyboard_goes_on_in_the_grid(show):
    page = show(tag())
    cell(page, 3, 3).focus()
    paste(cell(page, 3, 3), "1 2\n3 4")
    expect(cell(page, 1, 1)).to_be_focused()


# Taking back


def test_escape_takes_back_what_was_typed_even_if_it_is_a_number(show):
    page = show(tag())
    cell(page, 1, 1).click()
    page.keyboard.type("77")
    expect(words(page)).to_contain_text("= 77")
    page.keyboard.press("Escape")
    expect(words(page)).to_contain_text("= 6")
    expect(cell(page, 1, 1)).to_have_value("6")
    page.keyboard.press("ArrowUp")
    expect(cell(page, 0, 1)).to_be_focused()


CHANGES = {
    "a number": lambda page: cell(page, 0, 0).fill("42"),
    "a pasted grid": lambda page: paste(cell(page, 0, 0), "1 2\n3 4"),
    "an operation": lambda page: page.get_by_label("Average").check(),
    "a view": lambda page: page.get_by_label("Backward").check(),
    "a kernel": lambda page: button(page, "kernel more").click(),
    "an impossible kernel": lambda page: page.get_by_label("kernel", exact=True).fill("0"),
    "a flag": lambda page: page.get_by_label("ceil_mode").check(),
    "an example": lambda page: page.get_by_label("Example").select_option("6 × 6"),
    "a size": lambda page: button(page, "input size more").click(),
    "new numbers": lambda page: button(page, "New numbers").click(),
}


@pytest.mark.parametrize("how", ["button", "keys"])
def test_undo_takes_back_every_kind_of_change_in_turn_and_redo_brings_it_again(show, how):
    page = show(tag())
    page.clock.install()
    rng = np.random.default_rng(0)
    seen = [page.evaluate("document.querySelector('pool-playground').state")]
    for name in [*CHANGES, *rng.permutation(list(CHANGES)[2:])]:
        page.clock.run_for(2000)
        CHANGES[name](page)
        now = page.evaluate("document.querySelector('pool-playground').state")
        if now != seen[-1]:
            seen.append(now)
    assert len(seen) > len(CHANGES)

    def without_step(shown):
        return {key: value for key, value in shown.items() if key != "step"}

    for before in seen[-2::-1]:
        if how == "button":
            button(page, "Undo").click()
        else:
            page.keyboard.press("Control+z")
        now = page.evaluate("document.querySelector('pool-playground').state")
        assert without_step(now) == without_step(before)
    expect(button(page, "Undo")).to_have_attribute("aria-disabled", "true")
    if how == "keys":
        for after in seen[1:]:
            page.keyboard.press("Control+Shift+z")
            now = page.evaluate("document.querySelector('pool-playground').state")
            assert without_step(now) == without_step(after)


def test_digits_typed_one_after_the_other_are_one_change(show):
    page = show(tag())
    cell(page, 0, 0).click()
    page.keyboard.type("123")
    page.keyboard.press("Control+z")
    assert state(page) == X


def test_stepping_is_no_change(show):
    page = show(tag())
    button(page, "Step").click()
    expect(button(page, "Undo")).to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize(("markup", "change"), [
    (tag(attributes='op="lp" kernel="3" stride="1"'), CHANGES["an operation"]),
    (tag(), CHANGES["a pasted grid"]),
    ("<pool-bins></pool-bins>", lambda page: button(page, "out more").click()),
    ("<pool-shift-lab></pool-shift-lab>", lambda page: button(page, "Right").click()),
    ("<pool-receptive-field></pool-receptive-field>",
     lambda page: button(page, "Add pool").click()),
])  # fmt: skip
def test_reset_leads_back_to_what_the_page_shows_and_can_be_undone(show, markup, change):
    page = show(markup)
    said = words(page).inner_text()
    expect(button(page, "Reset")).to_have_attribute("aria-disabled", "true")
    change(page)
    changed = words(page).inner_text()
    assert changed != said
    button(page, "Reset").click()
    assert words(page).inner_text() == said
    button(page, "Undo").click()
    assert words(page).inner_text() == changed


# Moving


@pytest.mark.parametrize(("key", "place"), [
    ("Home", (1, 0)), ("End", (1, 3)), ("Control+Home", (0, 0)), ("Control+End", (3, 3)),
])  # fmt: skip
def test_home_and_end_lead_through_the_grid(show, key, place):
    page = show(tag(attributes='padding="1"'))
    cell(page, 1, 2).focus()
    page.keyboard.press(key)
    expect(cell(page, *place)).to_be_focused()


def test_tab_comes_back_to_the_cell_that_was_left(show):
    page = show(tag())
    cell(page, 2, 1).focus()
    page.keyboard.press("Tab")
    expect(cell(page, 2, 1)).not_to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(cell(page, 2, 1)).to_be_focused()


def test_within_a_text_home_and_end_move_the_caret(show):
    page = show(tag())
    cell(page, 1, 2).focus()
    page.keyboard.type("123")
    page.keyboard.press("Home")
    expect(cell(page, 1, 2)).to_be_focused()
    page.keyboard.type("4")
    assert state(page)[1][2] == 4123
    page.keyboard.press("End")
    page.keyboard.type("5")
    assert state(page)[1][2] == 41235
    page.keyboard.press("End")
    expect(cell(page, 1, 3)).to_be_focused()


# Numbers in cells

CUT = """() => {
  const root = document.querySelector("pool-playground").shadowRoot;
  const shown = (cell) => {
    const [input, span] = [cell.querySelector("input"), cell.querySelector("span")];
    const seen = input && !span.textContent ? input : span;
    const text = input === seen ? input.value : span.textContent;
    const look = getComputedStyle(seen);
    const paper = document.createElement("canvas").getContext("2d");
    paper.font = `${look.fontWeight} ${look.fontSize} ${look.fontFamily}`;
    return {
      text, size: parseFloat(look.fontSize), exact: cell.title || (input ? input.value : text),
      wide: paper.measureText(text).width, room: cell.clientWidth,
      rounded: getComputedStyle(cell, "::before").content.includes("≈"),
    };
  };
  return [...root.querySelectorAll(".board:not([hidden]) .cell")].map(shown)
    .filter(({ text }) => text);
}"""


def numbers(rng, shape):
    """Numbers of every length: digits, fractions, huge, tiny, negative."""
    x = rng.normal(size=shape) * 10.0 ** rng.integers(-12, 13, shape)
    x[rng.random(shape) < 0.3] = rng.integers(-10, 10)
    x[rng.random(shape) < 0.1] *= 1e280
    return np.where(rng.random(shape) < 0.3, np.round(x, 3), x)


@pytest.mark.parametrize("width", [390, 900])
def test_no_digit_is_cut_and_a_rounded_number_says_so(show, width):
    rng = np.random.default_rng(width)
    page = show(tag(), width=width)
    for shape in [(12, 12), (4, 4), (7, 3), (1, 12)]:
        for op, view in [("max", "forward"), ("avg", "forward"), ("avg", "backward")]:
            x = numbers(rng, shape).tolist()
            settings = {"x": x, "op": op, "view": view, "kernel_size": 1, "step": 200}
            page.evaluate("s => document.querySelector('pool-playground').adopt(s)", settings)
            for shown in page.evaluate(CUT):
                assert shown["wide"] <= shown["room"], shown
                assert shown["size"] >= 6, shown
                said = float(shown["text"].replace("−", "-"))
                real = float(shown["exact"].replace("−", "-"))
                assert shown["rounded"] == (said != real), shown
                assert said == pytest.approx(real, rel=0.5, abs=0.00501), shown


def test_a_rounded_cell_shows_every_digit_to_who_types_or_listens(show):
    page = show(tag([[-1234.5678, 1], [2, 3]]))
    target = cell(page, 0, 0)
    expect(target).to_have_value("-1234.5678")
    over = page.locator(".cell span").first
    expect(over).to_have_text("−1234.6")
    expect(over).to_be_visible()
    target.focus()
    expect(over).to_be_hidden()


@pytest.mark.parametrize("op", ["max", "avg"])
def test_outputs_are_read_aloud_with_more_digits_than_there_is_room_for(show, op):
    page = show(tag([[1234567.891, 1234567.892], [1, 2]], f'op="{op}" kernel="1" step="3"'))
    expect(page.get_by_role("cell").first).to_have_attribute("title", "1234567.891")


@pytest.mark.parametrize(("typed", "message"), [
    ("1e-400", "Row 0, column 0 holds “1e-400”, nearer to 0 than any number here."),
    ("−3.5e−999", "nearer to 0 than any number here."),
    ("1e400", "Row 0, column 0 holds “1e400”, larger than any number here."),
    ("-2E+999", "larger than any number here."),
])  # fmt: skip
def test_a_number_that_a_computer_does_not_have_is_named(show, typed, message):
    page = show(tag())
    cell(page, 0, 0).fill(typed)
    expect(words(page)).to_contain_text(message)
    assert state(page) == X


@pytest.mark.parametrize(("typed", "value"), [("0e-999", 0), ("5e-324", 5e-324), ("-0", 0)])
def test_what_is_near_to_0_stays_what_it_is(show, typed, value):
    page = show(tag())
    cell(page, 0, 0).fill(typed)
    assert state(page)[0][0] == value


@pytest.mark.parametrize(("markup", "message"), [
    ('<pool-playground example="5x5"></pool-playground>', "example is 5x5. It must be one of 4x4"),
    ('<pool-receptive-field preset="lenet"></pool-receptive-field>',
     "preset is lenet. It must be one of small, plain, dilated, vgg16, resnet50."),
    ('<pool-receptive-field layers="conv"></pool-receptive-field>', "kernel of conv is empty."),
    ('<pool-receptive-field size="big"></pool-receptive-field>', "input size is big."),
    ('<pool-shift-lab shift="far"></pool-shift-lab>', "shift is far. It must be a whole number."),
    ('<pool-shift-lab shift="0.5"></pool-shift-lab>', "shift is 0.5. It must be a whole number."),
    ('<pool-bins step="last"></pool-bins>', "step is last. It must be a whole number"),
    ('<pool-bins in="many"></pool-bins>', "in is many. It must be a whole number"),
    ('<pool-bins kind="fractional" u="half"></pool-bins>', "u is half. It must be at least 0"),
])  # fmt: skip
def test_every_attribute_that_is_none_of_its_kind_is_answered(show, markup, message):
    page = show(markup)
    expect(words(page)).to_contain_text(message)
    assert re.search(r"undefined|NaN", words(page).inner_text()) is None
