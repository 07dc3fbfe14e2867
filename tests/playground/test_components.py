"""Bins, shift lab and receptive fields in a browser, and what all components have in common."""

import gzip
import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from pooledu.playground import script
from tests.sampling import one_in

pytestmark = pytest.mark.browser

ALL = """
<pool-playground op="avg" view="backward" example="overlap" step="2"></pool-playground>
<pool-playground op="stochastic" example="7x7"></pool-playground>
<pool-playground op="lp" p="3" padding="1"></pool-playground>
<pool-playground op="max" view="unpool" step="1"></pool-playground>
<pool-bins in="16" out="5" step="2"></pool-bins>
<pool-bins kind="fractional" in="11" out="5"></pool-bins>
<pool-shift-lab shift="1"></pool-shift-lab>
<pool-receptive-field preset="vgg16"></pool-receptive-field>
"""


def words(page):
    return page.get_by_role("status").filter(has=page.locator(".where"))


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def row_of_cells(board):
    return [
        float(text.replace("−", "-")) for text in board.locator(".cell > span").all_inner_texts()
    ]


# Bins


def drawn_bins(page):
    """The cells that each row of the drawing shows as its bin."""
    rows = page.get_by_role("row").all()
    return [
        [int(text) for text in row.locator(".cell > span").all_inner_texts() if text]
        for row in rows
    ]


def torch_bins(size, count):
    """The cells that contribute to each output of torch's adaptive average."""
    reads = F.adaptive_avg_pool1d(torch.eye(size)[None], count)[0].T
    return [row.nonzero().flatten().tolist() for row in reads]


@pytest.mark.parametrize(("size", "count"), [(7, 3), (10, 4), (16, 16), (3, 8), (1, 1)])
def test_adaptive_bins_are_drawn_where_torch_has_them(show, size, count):
    page = show(f'<pool-bins in="{size}" out="{count}"></pool-bins>')
    assert drawn_bins(page) == torch_bins(size, count)


def test_bins_follow_the_controls_and_say_their_formula(show):
    page = show('<pool-bins in="7" out="3"></pool-bins>')
    button(page, "in more").click()
    button(page, "out more").click()
    button(page, "out more").click()
    assert drawn_bins(page) == torch_bins(8, 5)
    button(page, "Step").focus()
    page.keyboard.press("Enter")
    expect(words(page)).to_contain_text("from ⌊1·8 / 5⌋ = 1 up to ⌈2·8 / 5⌉ = 4")
    expect(words(page)).to_contain_text("The bins are 2 and 3 cells wide")


def test_the_slider_for_u_moves_fractional_intervals(show):
    page = show('<pool-bins kind="fractional" in="12" out="5" kernel="3" u="0"></pool-bins>')
    before = drawn_bins(page)
    page.get_by_role("slider", name="u").fill("0.6")
    after = drawn_bins(page)
    samples = torch.full((1, 1, 2), 0.6, dtype=torch.float64)
    rising = torch.arange(12.0, dtype=torch.float64).expand(1, 1, 12, 12)
    last = F.fractional_max_pool2d(rising, 3, output_size=5, _random_samples=samples)[0, 0, 0]
    assert [cells[-1] for cells in after] == last.int().tolist()
    assert before != after


@pytest.mark.parametrize(("attributes", "message"), [
    ('out="17"', "out is 17. The drawing holds at most 16"),
    ('in="0"', "in is 0. It must be a whole number of at least 1"),
    ('kind="fractional" in="5" out="5"', "out is 5 with a kernel of 2: that needs at least 6"),
    ('kind="fractional" u="1"', "u is 1. It must be at least 0 and less than 1"),
    ('kind="square"', "kind is square. It must be adaptive or fractional"),
])  # fmt: skip
def test_impossible_bins_are_answered_with_value_rule_and_way_out(show, attributes, message):
    page = show(f"<pool-bins {attributes}></pool-bins>")
    expect(words(page)).to_contain_text(message)


def test_a_bin_takes_no_pair_of_kernels(show):
    page = show('<pool-bins kind="fractional"></pool-bins>')
    page.get_by_label("kernel", exact=True).fill("2, 3")
    expect(words(page)).to_contain_text("kernel is 2, 3. Give one number.")


# Shift lab

WAVE = [0, 0, 4, 4, 0, 0, 4, 4, 0, 0, 4, 4]


def halved(name, x):
    """The four ways to halve a ring, with NumPy."""
    rows = np.reshape(x, (-1, 2))
    larger = np.maximum(x, np.roll(x, -1))
    blurred = (np.roll(larger, 1) + 2 * larger + np.roll(larger, -1)) / 4
    return {"stride": rows[:, 0], "max": rows.max(1), "avg": rows.mean(1), "blur": blurred[::2]}[
        name
    ]


@pytest.mark.parametrize("shift", [0, 1, 2, 5])
def test_the_lab_shows_each_halving_of_the_moved_signal(show, shift):
    page = show(f'<pool-shift-lab shift="{shift}"></pool-shift-lab>')
    moved = np.roll(WAVE, shift)
    values = [int(i.input_value()) for i in page.locator(".board").first.locator("input").all()]
    assert values == moved.tolist()
    for place, name in enumerate(("stride", "max", "avg", "blur")):
        now, before = halved(name, moved), halved(name, np.array(WAVE))
        row = page.locator(".halved").nth(place)
        assert row_of_cells(row) == now.tolist(), name
        changed = int((now != before).sum())
        expect(row.locator(".verdict")).to_contain_text(
            f"{changed} of 6 values change, by {abs(now - before).sum():g} in all."
        )


def test_one_place_changes_the_blurred_maximum_least(show):
    page = show("<pool-shift-lab></pool-shift-lab>")
    button(page, "Right").focus()
    page.keyboard.press("Enter")
    changes = {
        name: abs(halved(name, np.roll(WAVE, 1)) - halved(name, np.array(WAVE))).sum()
        for name in ("stride", "max", "avg", "blur")
    }
    assert min(changes, key=changes.get) == "blur"
    expect(words(page)).to_contain_text(f"Blurred maximum {changes['blur']:g}; ")
    expect(words(page)).to_contain_text(f"Every second value {changes['stride']:g}")


def test_moving_by_the_stride_moves_every_output_unchanged(show):
    page = show("<pool-shift-lab></pool-shift-lab>")
    for _ in range(2):
        button(page, "Left").click()
    verdicts = page.locator(".verdict").all_inner_texts()
    assert all("The same values, moved 5 places." in verdict for verdict in verdicts)


def test_a_typed_value_stays_with_its_place_in_the_signal(show):
    page = show('<pool-shift-lab shift="3"></pool-shift-lab>')
    page.get_by_label("cell 3", exact=True).fill("7")
    button(page, "Left").click()
    expect(page.get_by_label("cell 2", exact=True)).to_have_value("7")


def test_a_signal_that_is_no_signal_is_answered(show):
    page = show('<pool-shift-lab x="[1, 2, 3]"></pool-shift-lab>')
    expect(words(page)).to_contain_text("x is [1,2,3]. It must be a list of 4 to 16 numbers")


def test_an_empty_cell_of_the_signal_is_named_and_escape_restores_it(show):
    page = show("<pool-shift-lab></pool-shift-lab>")
    page.get_by_label("cell 2", exact=True).fill("")
    expect(words(page)).to_contain_text("Cell 2 is empty. Every cell needs a number")
    page.keyboard.press("Escape")
    expect(page.get_by_label("cell 2", exact=True)).to_have_value("4")
    expect(words(page)).to_contain_text("Not moved")


# Receptive fields


def layer_numbers(page, row):
    cells = page.locator("tbody tr").nth(row)
    return tuple(int(cells.locator(f".{name}").inner_text()) for name in ("field", "jump", "size"))


def measured(layers, size):
    """Receptive field, jump and map size, read off the gradient of a stack of convolutions."""
    wide = torch.zeros(1, 1, 2048, dtype=torch.float64, requires_grad=True)
    y, now = wide, torch.zeros(1, 1, size)
    for kernel, stride, padding, dilation in layers:
        weight = torch.ones(1, 1, kernel)
        y = F.conv1d(y, weight.double() / kernel, None, stride, 0, dilation)
        now = F.conv1d(now, weight, None, stride, padding, dilation)
    ends = [torch.autograd.grad(y[0, 0, at], wide, retain_graph=True)[0].nonzero() for at in (0, 1)]
    first, second = ([int(e[0, -1]), int(e[-1, -1])] for e in ends)
    return first[1] - first[0] + 1, second[0] - first[0], now.shape[-1]


def layers_on_show(page):
    keys = ("kernel", "stride", "padding", "dilation")
    return [
        [int(row.locator(f'[data-key="{key}"]').input_value()) for key in keys]
        for row in page.locator("tbody tr").all()
    ]


@pytest.mark.parametrize(("preset", "layers"), [("vgg16", 18), ("resnet50", 50), ("dilated", 4)])
def test_presets_see_as_far_as_their_gradient_reaches(show, preset, layers):
    page = show(f'<pool-receptive-field preset="{preset}"></pool-receptive-field>')
    on_show = layers_on_show(page)
    assert len(on_show) == layers
    size = int(page.get_by_label("input size", exact=True).input_value())
    assert layer_numbers(page, layers - 1) == measured(on_show, size)


@pytest.mark.parametrize("width", [390, 900])
def test_a_table_that_goes_on_beyond_the_edge_shows_a_shade_there(show, width):
    page = show("<pool-receptive-field></pool-receptive-field>", width=width)
    table = page.locator(".tall")
    page.wait_for_timeout(100)
    beyond = table.evaluate("table => table.scrollWidth > table.clientWidth")
    assert beyond == (width == 390)
    assert (table.evaluate("t => getComputedStyle(t).boxShadow") != "none") == beyond


def test_numbers_of_before_can_be_read_and_are_explained(show):
    page = show('<pool-shift-lab shift="1"></pool-shift-lab>')
    small = page.locator(".moved small").first
    assert "line-through" not in small.evaluate("s => getComputedStyle(s).textDecorationLine")
    expect(words(page)).to_contain_text("The small numbers are those before the move.")


def test_a_stack_is_built_and_changed_by_hand(show):
    page = show('<pool-receptive-field layers="first 3 1 1" size="64"></pool-receptive-field>')
    button(page, "Add pool").click()
    button(page, "Add convolution").focus()
    page.keyboard.press("Enter")
    page.get_by_label("kernel of conv1").fill("5")
    page.get_by_label("dilation of conv1").fill("2")
    assert layers_on_show(page) == [[3, 1, 1, 1], [2, 2, 0, 1], [5, 1, 1, 2]]
    assert layer_numbers(page, 2) == measured(layers_on_show(page), 64)
    button(page, "remove pool1").click()
    assert layer_numbers(page, 1) == measured([[3, 1, 1, 1], [5, 1, 1, 2]], 64)


@pytest.mark.parametrize(("label", "value", "message"), [
    ("kernel of conv1", "0", "kernel of conv1 is 0. It must be a whole number of at least 1"),
    ("kernel of conv1", "x", "kernel of conv1 is x. It must be a whole number"),
    ("stride of pool1", "", "stride of pool1 is empty. It must be a whole number"),
    ("input size", "20, 30", "input size is 20, 30. Give one number."),
    ("input size", "2", "conv1 reads 3 cells, but gets only 2."),
    ("input size", "9999", "input size is 9999. It may be at most 4096."),
])  # fmt: skip
def test_an_impossible_stack_is_answered_with_value_rule_and_way_out(show, label, value, message):
    layers = "conv1 3 1 0; pool1 2 2; conv1_2 3 1 0"
    page = show(f'<pool-receptive-field layers="{layers}"></pool-receptive-field>')
    page.get_by_label(label, exact=True).fill(value)
    expect(words(page)).to_contain_text(message)


# All of them


@pytest.mark.parametrize(("theme", "width"), [("light", 900), ("dark", 375)])
def test_axe_finds_nothing_in_any_component(page, show, theme, width):
    page.emulate_media(reduced_motion="reduce")  # a colour that fades in has no contrast to judge
    show(ALL, theme, width)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_no_component_is_wider_than_a_phone(show):
    page = show(ALL, width=375)
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    for card in page.locator(".card").all():
        assert card.evaluate("card => card.scrollWidth <= card.clientWidth + 1")


@pytest.mark.parametrize("width", [375, 704])
def test_the_largest_boards_stand_below_each_other_and_begin_inside_the_card(show, width):
    rows = [[0] * 12] * 12
    page = show(f'<pool-playground x="{rows}" kernel="3" stride="1" padding="1"></pool-playground>')
    page.set_viewport_size({"width": width, "height": 800})
    card = page.locator(".card").bounding_box()
    boards = [board.bounding_box() for board in page.locator(".board:visible").all()]
    assert all(board["x"] > card["x"] for board in boards)
    assert boards[0]["y"] + boards[0]["height"] < boards[1]["y"]


def test_with_colours_of_the_user_choice_tick_and_window_can_still_be_seen(show, page):
    page.emulate_media(forced_colors="active")
    show("<pool-playground></pool-playground>")
    page.get_by_label("ceil_mode").check()

    def look(selector):
        return page.locator(selector).first.evaluate(
            "seen => { const s = getComputedStyle(seen); return s.backgroundColor + s.appearance }"
        )

    assert look(".choice input:checked + span") != look(".choice input:not(:checked) + span")
    assert look(".cell.tap") != look(".cell:not(.tap)")
    assert look(".check input:checked").endswith("auto")  # the browser's own box with its tick


def test_a_link_leads_back_to_the_situation(show, page):
    show('<pool-playground></pool-playground><pool-playground id="mine"></pool-playground>')
    mine = page.locator("#mine")
    mine.get_by_label("Average").check()
    mine.get_by_role("button", name="kernel more").click()
    mine.get_by_label("stride", exact=True).fill("1")
    mine.get_by_label("row 0, column 0", exact=True).fill("-2.5")
    mine.get_by_role("button", name="Step", exact=True).click()
    mine.get_by_role("button", name="Link to this").click()
    expect(mine.get_by_role("status").first).not_to_be_empty()
    assert "pool=mine" in page.url
    said = mine.get_by_role("status").filter(has=page.locator(".where")).inner_text()
    page.goto("about:blank")
    page.go_back()
    assert mine.get_by_role("status").filter(has=page.locator(".where")).inner_text() == said
    expect(mine.get_by_label("row 0, column 0", exact=True)).to_have_value("-2.5")
    expect(page.get_by_label("row 0, column 0", exact=True).first).to_have_value("1")


@pytest.mark.parametrize(("tag", "query", "said"), [
    ("pool-bins", "?pool=bins-1&in=9&out=2&step=1", "from ⌊1·9 / 2⌋ = 4 up to ⌈2·9 / 2⌉ = 9"),
    ("pool-shift-lab", "?pool=shift-lab-1&shift=3", "Moved 3 places"),
    ("pool-receptive-field", "?pool=receptive-field-1&preset=vgg16", "After pool5"),
    ("pool-playground", "?pool=playground-1&example=6x6&op=avg", "(1 + 3 + 5 + 6) / 4 = 3.75"),
])  # fmt: skip
def test_an_address_sets_any_component(show, tag, query, said):
    page = show(f"<{tag}></{tag}>", query=query)
    expect(words(page)).to_contain_text(said)


def test_links_work_in_a_file_too(page, write_page):
    page.goto(write_page('<pool-bins id="b"></pool-bins>').as_uri())
    button(page, "out more").click()
    button(page, "Link to this").click()
    page.wait_for_url(re.compile("pool=b"))
    assert re.search(r"index\.html\?pool=b&out=4#b$", page.url)


def test_a_page_shows_only_the_controls_that_it_asks_for(show):
    page = show('<pool-playground controls="kernel example"></pool-playground>')
    expect(page.get_by_label("kernel", exact=True)).to_be_visible()
    expect(page.get_by_label("Example")).to_be_visible()
    for name in ("stride", "ceil_mode", "Average"):
        expect(page.get_by_label(name, exact=True)).to_be_hidden()
    expect(button(page, "Link to this")).to_be_hidden()


def test_the_script_stays_small_on_the_wire():
    assert len(gzip.compress(script().encode())) < 38_000


# Names and links

LABELLED = '<pool-playground label="Who gets it?"></pool-playground>'
INSERTED = '<pool-playground op="avg"></pool-playground>'


def test_every_component_has_a_name_of_its_own_that_stays_when_others_come(show):
    def names(page):
        return page.evaluate("[...document.querySelectorAll('main > *')].map((e) => e.id)")

    page = show(ALL + LABELLED + LABELLED)
    before = [name for name in names(page) if name]
    assert len(before) == len(set(before)) == 10
    assert before[-2:] == ["who-gets-it", "who-gets-it-2"]
    after = [name for name in names(show(INSERTED + ALL + INSERTED + LABELLED * 2)) if name]
    assert set(before) <= set(after)


CHANGED = [
    ("pool-playground", 'kernel="3" stride="2" padding="1" view="backward"', [
        {"stride": None}, {"kernel_size": [2, 3]}, {"grad": [[1, 2], [3, 4]]}, {"op": "avg"},
        {"x": [[0.1, -2], [3e-9, 4]], "kernel_size": 2}, {"ceil_mode": True, "step": 1},
        {"op": "lp", "p": 3.5, "mean": False}, {"padding": [0, 1]},
    ]),
    ("pool-playground", 'op="avg" ceil-mode="true" count-include-pad="false" example="6x6"', [
        {"ceil_mode": False}, {"count_include_pad": True}, {"op": "stochastic", "seed": 3},
    ]),
    ("pool-bins", 'in="9" kind="fractional"', [{"kind": "adaptive"}, {"u": 0.25, "step": 2}]),
    ("pool-shift-lab", 'x="[1, 2, 3, 4]"', [{"shift": 3}, {"x": [5, 6, 7, 8.5, 9, 1]}]),
    ("pool-receptive-field", 'preset="vgg16"', [
        {"size": 64},
        {"layers": [{"name": "a b", "kernel": 3, "stride": 2, "padding": 1, "dilation": 2}]},
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("tag", "attributes", "change"), one_in(3, [
    (tag, attributes, change) for tag, attributes, changes in CHANGED for change in changes
]))  # fmt: skip
def test_a_link_leads_to_what_was_shown_and_spells_out_only_what_the_page_does_not_say(
    show, page, tag, attributes, change
):
    far = '<p style="height: 3000px">far</p>'
    markup = f"{far}<{tag} {attributes}></{tag}>{far}"
    show(markup)
    here = page.locator(tag)
    link = here.get_by_role("button", name="Link to this", exact=True)
    link.click()
    name = here.get_attribute("id")
    assert page.url.endswith(f"/index.html#{name}")  # nothing differs, nothing is spelled out
    here.evaluate("(element, change) => element.adopt(change)", change)
    state = here.evaluate("element => element.state")
    link.click()
    attribute = {"kernel_size": "kernel", "size": "in" if tag == "pool-bins" else "size"}
    wanted = {attribute.get(key, key.replace("_", "-")) for key in change}
    assert set(parse_qs(urlsplit(page.url).query, keep_blank_values=True)) == {"pool", *wanted}
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    assert here.evaluate("element => element.state") == state
    page.wait_for_function("scrollY > 100")
    box = here.bounding_box()
    assert -1 <= box["y"] < 700
    # and when another component was inserted before it
    show(markup.replace(far, far + f"<{tag}></{tag}>", 1), query=f"?{urlsplit(address).query}")
    assert page.locator(f"#{name}").evaluate("element => element.state") == state


# Coming and going


@pytest.mark.parametrize("tag", ["pool-playground", "pool-bins"])
def test_a_component_that_is_taken_out_stops_playing(show, tag):
    page = show(f"<{tag}></{tag}>")
    page.clock.install()
    button(page, "Play").click()
    page.evaluate(
        f"""() => {{
          const element = document.querySelector("{tag}");
          element.addEventListener("pool-change", () => {{ window.heard = true; }});
          element.remove();
          window.kept = element;
        }}"""
    )
    page.clock.run_for(60_000)
    assert page.evaluate("window.heard") is None
    page.evaluate("document.querySelector('main').append(window.kept)")
    expect(button(page, "Play")).to_be_visible()


def test_the_speed_of_play_can_be_chosen(show):
    page = show('<pool-playground example="6x6"></pool-playground>')
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.get_by_label("Speed").select_option("4 ×")
    button(page, "Play").click()
    page.clock.run_for(1000)
    expect(words(page)).to_contain_text("Window 5 of 9")
    page.get_by_label("Speed").select_option("½ ×")
    page.clock.run_for(3700)
    expect(words(page)).to_contain_text("Window 7 of 9")


def test_the_mouse_over_a_result_shows_its_window_while_it_stays(show):
    page = show("<pool-playground></pool-playground>")
    output = page.locator(".board").nth(1).locator(".cell")
    output.nth(3).hover()
    expect(words(page)).to_contain_text("Window 4 of 4")
    expect(words(page)).to_have_attribute("aria-live", "off")
    expect(output.nth(3)).to_have_text("6")
    expect(output.nth(2)).to_have_text("")
    page.get_by_role("heading", name="One", exact=True).hover()
    expect(words(page)).to_contain_text("Window 1 of 4")
    expect(output.nth(3)).to_have_text("")


# Reading from the right, and reading aloud


@pytest.mark.parametrize("width", [375, 1280])
def test_a_page_that_is_read_from_the_right_is_no_wider_and_counts_columns_from_the_left(
    show, width
):
    page = show("<pool-playground step='1'></pool-playground>" + ALL, width=width)
    before = page.evaluate("document.documentElement.scrollWidth")
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate("document.documentElement.scrollWidth") == before == width
    for card in page.locator(".card").all():
        assert card.evaluate("card => card.scrollWidth <= card.clientWidth + 1")
    board = page.locator(".board").first
    frame, cell = board.locator(".frame:not(.ghost)"), board.locator(".cell.tap").first
    page.wait_for_timeout(600)  # the frame glides
    assert frame.bounding_box()["x"] == pytest.approx(cell.bounding_box()["x"], abs=3)
    left, right = (board.locator(".cell").nth(at).bounding_box()["x"] for at in (0, 1))
    assert left < right


def described(page):
    """Name and description of each text box in the accessibility tree, and of each grid cell."""
    client = page.context.new_cdp_session(page)
    nodes = client.send("Accessibility.getFullAXTree")["nodes"]
    return [
        (node["role"]["value"], node.get("name", {}).get("value", ""),
         node.get("description", {}).get("value", ""))
        for node in nodes if not node["ignored"]
    ]  # fmt: skip


@pytest.mark.parametrize("view", ["forward", "backward", "unpool"])
def test_the_accessibility_tree_tells_the_window_and_its_winner(show, view):
    page = show(f'<pool-playground view="{view}" padding="1" step="1"></pool-playground>')
    for step in range(1, 5):
        tree = described(page)
        window = page.evaluate(
            """(() => {
              const { cells, winner } = document.querySelector("pool-playground").window;
              return cells.map(({ row, col }, k) => [row, col, k === winner]);
            })()"""
        )
        cells = [entry for entry in tree if entry[0] == "gridcell"]
        said = sorted(text for _, _, text in cells if "window" in text and "show" not in text)
        assert said == sorted(
            "in the window" + ", the winner" * wins for _, _, wins in window
        ), step  # fmt: skip
        if view == "forward":
            boxes = {name: text for role, name, text in tree if role == "textbox"}
            for row, col, wins in window:
                if 0 <= row < 4 and 0 <= col < 4:
                    text = boxes[f"row {row}, column {col}"]
                    assert text == "in the window" + ", the winner" * wins
        button(page, "Step").click()


def test_the_accessibility_tree_tells_the_bin_on_show(show):
    page = show('<pool-bins in="7" out="3" step="1"></pool-bins>')
    told = [name for _, name, text in described(page) if text == "in the bin on show"]
    assert told == ["cell 2 is in bin 1", "cell 3 is in bin 1", "cell 4 is in bin 1"]
