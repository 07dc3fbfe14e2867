"""Every component by keyboard alone: reached with Tab, worked with keys, answered in words."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

FOCUSED = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  const label = element?.labels?.[0];
  const text = (label?.querySelector("span") ?? label ?? element)?.textContent;
  return element?.getAttribute("aria-label") ?? text ?? "";
}"""


def tab_to(page, name):
    """Press Tab until a control of that name has the focus, as far as a person would."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED).strip() == name:
            return
    raise AssertionError(f"Tab does not reach {name!r}")


def said(page):
    """What a screen reader is told: the live region with the sentences of the last step."""
    region = page.get_by_role("status").filter(has=page.locator(".where"))
    assert region.get_attribute("aria-live") == "polite"
    return region


def test_the_playground(show):
    page = show("<pool-playground></pool-playground>")
    tab_to(page, "Maximum")
    page.keyboard.press("ArrowRight")
    expect(said(page)).to_contain_text("(1 + 3 + 5 + 6) / 4 = 3.75")
    tab_to(page, "Forward")
    page.keyboard.press("ArrowRight")
    expect(said(page)).to_contain_text("goes to each of 4 cells")
    page.keyboard.press("ArrowLeft")
    tab_to(page, "row 0, column 0")
    page.keyboard.type("9")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("7")
    expect(said(page)).to_contain_text("(9 + 3 + 7 + 6) / 4 = 6.25")
    tab_to(page, "Step")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("Window 3 of 4")
    tab_to(page, "window")
    page.keyboard.press("Home")
    expect(said(page)).to_contain_text("Window 1 of 4")
    page.keyboard.press("ArrowRight")
    expect(said(page)).to_contain_text("Window 2 of 4")
    tab_to(page, "kernel")
    page.keyboard.press("ArrowUp")
    expect(said(page)).to_contain_text("Window 1 of 1")
    tab_to(page, "padding")
    page.keyboard.press("ArrowUp")
    expect(said(page)).to_contain_text("padding")
    tab_to(page, "ceil_mode")
    page.keyboard.press("Space")
    expect(page.get_by_label("ceil_mode")).to_be_checked()


def test_play_and_pause(show):
    page = show("<pool-playground></pool-playground>")
    tab_to(page, "Play")
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUSED).strip() == "Pause"
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUSED).strip() == "Play"


@pytest.mark.parametrize(("text", "place"), [("", "is empty"), ("x", "holds “x”")])
def test_a_slip_in_a_cell_is_told_and_taken_back(show, text, place):
    page = show("<pool-playground></pool-playground>")
    tab_to(page, "row 0, column 0")
    page.keyboard.press("Backspace")
    page.keyboard.type(text)
    expect(said(page)).to_contain_text(f"Row 0, column 0 {place}")
    page.keyboard.press("Escape")
    expect(said(page)).to_contain_text("max(1, 3, 5, 6) = 6")


def test_the_bins(show):
    page = show('<pool-bins in="7" out="3"></pool-bins>')
    tab_to(page, "Step")
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("Bin 1 of 0 to 2: cells 2 to 4")
    tab_to(page, "out")
    page.keyboard.press("ArrowUp")
    expect(said(page)).to_contain_text("Bin 0 of 0 to 3")
    page.keyboard.press("Shift+Tab")
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if page.evaluate(FOCUSED).strip() == "Adaptive":
            break
    page.keyboard.press("ArrowRight")
    tab_to(page, "u")
    page.keyboard.press("End")
    expect(said(page)).to_contain_text("0.99")


def test_the_shift_lab(show):
    page = show("<pool-shift-lab></pool-shift-lab>")
    tab_to(page, "Signal")
    page.keyboard.press("ArrowDown")
    tab_to(page, "cell 0")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUSED) == "cell 1"
    tab_to(page, "Right")
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("Moved 1 place to the right")
    tab_to(page, "shift")
    page.keyboard.press("ArrowRight")
    expect(said(page)).to_contain_text("Moved 2 places")


def test_the_receptive_fields(show):
    page = show("<pool-receptive-field></pool-receptive-field>")
    tab_to(page, "kernel of conv1")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("5")
    expect(said(page)).to_contain_text("= 14")
    tab_to(page, "Add pool")
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("After pool3")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUSED) == "remove pool3"
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("After pool2")
    assert page.evaluate(FOCUSED) == "remove pool2"
