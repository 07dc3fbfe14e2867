"""Every component steps, edits and copies, by keyboard, in Chromium, Firefox and WebKitGTK."""

import pytest

pytestmark = [pytest.mark.book, pytest.mark.slow]

SAID = "[role=status] .where, [role=status]"
# Each component: where Tab goes, which keys are pressed, and what is said then.
WORKED = {
    "playground": [
        ("Step", ["Enter"], "Window 2 of 4"),
        ("window", ["Home"], "Window 1 of 4"),
        ("kernel", ["ArrowUp"], "Window 1 of 1"),
        ("padding", ["ArrowUp"], "padding"),
        ("Maximum", ["ArrowRight"], "+ 6"),
    ],
    "bins&in=7&out=3": [
        ("Step", ["Enter"], "Bin 1 of 0 to 2: cells 2 to 4"),
        ("out", ["ArrowUp"], "Bin 0 of 0 to 3"),
    ],
    "shift-lab": [
        ("Right", ["Enter"], "Moved 1 place to the right"),
        ("shift", ["ArrowRight"], "Moved 2 places"),
    ],
    "receptive-field": [
        ("Add pool", ["Enter"], "After pool3"),
        ("kernel of conv1", ["Control+a", "5"], "After pool3"),
    ],
}
LAST = {"bins&in=7&out=3": "4", "receptive-field": "17"}


def copies(reader):
    """Open the panel under the component, copy its text, and paste it into a text area."""
    reader.tab_to("Take it with you")
    reader.press("Enter")
    reader.sees("details pre[role=region]", "import torch")
    assert reader.focused() == "Take it with you"  # where it was, so that Enter closes it again
    (code,) = reader.run("""() => [document.querySelector("[embedded]").shadowRoot
      .querySelector("details pre[role=region]").textContent]""")
    reader.tab_to("Copy")
    reader.press("Enter")
    reader.sees("[role=status]", "Copied.")
    reader.run("""() => {
      const area = document.createElement("textarea");
      document.body.append(area);
      area.focus();
    }""")
    reader.press("Control+v")
    assert reader.run("() => document.querySelector('textarea').value.trimEnd()") == code.rstrip()
    assert "import torch" in code


@pytest.mark.parametrize("component", WORKED)
def test_a_component_steps_edits_and_copies(reader, component):
    reader.open(f"embed.html?component={component}")
    for name, keys, says in WORKED[component]:
        reader.from_the_top()
        reader.tab_to(name)
        reader.press(*keys)
        reader.sees(SAID, says, 10)
    reader.from_the_top()
    copies(reader)


def test_a_number_is_typed_into_the_grid_and_taken_back(reader):
    reader.open("embed.html?component=playground")
    reader.tab_to("row 0, column 0")
    reader.write("97")
    reader.sees(SAID, "max(97, ", 10)
    reader.press("ArrowDown")
    reader.write("98")
    reader.sees(SAID, "= 98", 10)
    reader.press("Escape")
    reader.sees(SAID, "= 97", 10)


def test_the_playground_plays_and_pauses(reader):
    reader.open("embed.html?component=playground")
    reader.tab_to("Play")
    reader.press("Enter")
    reader.sees(SAID, "Window 3 of 4", 20)
    assert reader.focused() == "Pause"
    reader.press("Enter")
    assert reader.focused() == "Play"


def test_the_network_reads_a_digit_that_is_drawn_with_the_keyboard_and_exchanges_its_pools(reader):
    reader.open("book/network.html")
    reader.sees(".answer-digit", "It reads 7, with 99")
    reader.run("() => document.querySelector('pool-network').scrollIntoView()")
    reader.run("() => document.querySelector('.sketch').focus()")
    reader.tab_to("Clear")
    reader.press("Enter")
    reader.sees(".answer-digit", "Draw a digit")
    reader.press("Shift+Tab")
    reader.press(*["ArrowUp"] * 8, "Enter", *["ArrowDown"] * 16, "Enter")
    reader.sees(".answer-digit", "It reads 1, with")
    reader.tab_to("Move right")
    reader.press("Enter")
    reader.sees(".unmoved", "Moved 1 to the right. Before, it read 1")
    reader.run("() => document.querySelector('.network-pools input:checked').focus()")
    reader.press("ArrowRight")
    assert reader.run("() => document.querySelector('.network-pools input:checked').value") == "avg"
    reader.sees(".answer-digit", "It reads")
