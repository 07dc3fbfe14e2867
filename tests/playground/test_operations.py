"""Every operation and view of the playground, driven in a browser."""

import json
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

X = [[1, 3, 2, 4], [5, 6, 1, 2], [7, 2, 3, 1], [4, 8, 5, 6]]
TIED = [[2, 2, 0], [2, 1, 2], [0, 2, 2]]


def tag(x=X, **attributes):
    words = {name.replace("_", "-"): str(value).lower() for name, value in attributes.items()}
    text = " ".join(f'{name}="{value}"' for name, value in words.items())
    return f'<pool-playground x="{json.dumps(x)}" {text}></pool-playground>'


def as_image(x):
    return torch.tensor(x, dtype=torch.float64)[None]


def words(page):
    return page.get_by_role("status").filter(has=page.locator(".where"))


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def board(page, place):
    """The numbers on the first or second board that is on show."""
    cells = page.locator(".board:not([hidden])").nth(place).locator(".cell")
    texts = cells.evaluate_all("cells => cells.map((c) => c.querySelector('input')?.value ?? "
                               "c.querySelector('span').textContent)")  # fmt: skip
    return [float(text.replace("−", "-")) for text in texts if text]


def to_the_end(page):
    page.get_by_role("slider", name="window").focus()
    page.keyboard.press("End")


def gradient(pool, x, grad):
    x = as_image(x).requires_grad_()
    pool(x).backward(torch.tensor(grad, dtype=torch.float64)[None])
    return x.grad.flatten().tolist()


# Operations


def test_the_slider_for_p_runs_from_the_average_to_the_maximum(show):
    page = show(tag(op="lp", step=3))
    power = page.get_by_role("slider", name="p", exact=True)
    power.fill("1")
    assert board(page, 1) == F.avg_pool2d(as_image(X), 2).flatten().tolist()
    seen = [np.array(board(page, 1))]
    power.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        seen.append(np.array(board(page, 1)))
    assert np.all(np.diff(seen, axis=0) > 0)
    page.keyboard.press("End")
    assert np.all(np.array(board(page, 1)) < F.max_pool2d(as_image(X), 2).flatten().numpy())
    expect(words(page)).to_contain_text("^10")


def test_the_sum_form_is_torchs_lp_pooling(show):
    page = show(tag(op="lp", p=2, step=3))
    page.get_by_label("mean form").uncheck()
    expected = F.lp_pool2d(as_image(X), 2, 2).flatten().tolist()
    assert board(page, 1) == pytest.approx(expected, abs=0.005)


def test_a_power_without_a_real_root_is_nan_and_says_so(show):
    page = show(tag([[-4, -2], [-1, -3]], op="lp", p=1.5))
    expect(words(page)).to_contain_text("A negative number has no power 1/1.5: NaN.")


def test_the_slider_for_lam_mixes_maximum_and_average(show):
    page = show(tag(op="mixed", step=3))
    page.get_by_role("slider", name="lam").fill("0.25")
    expected = 0.25 * F.max_pool2d(as_image(X), 2) + 0.75 * F.avg_pool2d(as_image(X), 2)
    assert board(page, 1) == pytest.approx(expected.flatten().tolist(), abs=0.005)
    expect(words(page)).to_contain_text("0.25 · max 6 + 0.75 · mean 3.75 = 4.3125")


def test_a_new_draw_picks_other_values_and_names_their_chance(show):
    page = show(tag(op="stochastic", step=3))
    windows = [[1, 3, 5, 6], [2, 4, 1, 2], [7, 2, 4, 8], [3, 1, 5, 6]]
    draws = set()
    for _ in range(8):
        draw = board(page, 1)
        assert all(value in window for value, window in zip(draw, windows, strict=True))
        draws.add(tuple(draw))
        expect(words(page)).to_contain_text(f"Drawn: {draw[3]:g}, with the chance {draw[3]:g}/15")
        expect(words(page)).to_contain_text(f"On average {sum(v * v for v in windows[3]) / 15:.4f}")
        button(page, "New draw").click()
    assert len(draws) > 2


def test_a_negative_value_is_never_drawn(show):
    page = show(tag([[1, -3], [2, 0]], op="stochastic"))
    expect(words(page)).to_contain_text("one of 1/3, 0/3, 2/3, 0/3")
    expect(words(page)).to_contain_text("A value below 0 counts as 0: it is never drawn.")


@pytest.mark.parametrize(("p", "formula"), [
    ("inf", "max(|1|, |−3|, |2|, |0|) = 3"), ("-Infinity", "min(|1|, |−3|, |2|, |0|) = 0"),
])  # fmt: skip
def test_an_infinite_power_takes_the_largest_or_smallest_magnitude(show, p, formula):
    page = show(tag([[1, -3], [2, 0]], op="lp", p=p))
    expect(words(page)).to_contain_text(formula)


@pytest.mark.parametrize("p", ["-1", "-Infinity"])
def test_padding_decides_a_negative_power(show, p):
    page = show(tag([[1, -3], [2, 0]], op="lp", p=p, padding=1))
    expect(words(page)).to_contain_text("padding holds 0 and p is negative, so the result is 0")
    expect(words(page)).to_contain_text("it holds 0, which decides when p is negative")


@pytest.mark.parametrize("setting", [
    {"op": "lp", "p": "inf"}, {"op": "lp", "p": "2"}, {"op": "lp", "p": "-Infinity"},
    {"op": "mixed"},
], ids=str)  # fmt: skip
def test_a_window_of_padding_alone_gives_0(show, setting):
    page = show(tag([[1, 4, 2, 3]], padding=1, dilation=2, **setting))
    expect(words(page)).to_contain_text("this window holds padding only, so the result is 0")


@pytest.mark.parametrize("op", ["max", "lp", "mixed", "stochastic"])
def test_only_the_average_asks_whether_padding_counts(show, op):
    page = show(tag(op=op, padding=1))
    expect(page.get_by_label("count_include_pad")).to_be_hidden()
    page.get_by_label("Average").check()
    expect(page.get_by_label("count_include_pad")).to_be_visible()


@pytest.mark.parametrize(("attributes", "message"), [
    ({"op": "stochastic", "seed": "many"}, "seed is many. It must be a whole number. Try 0."),
    ({"op": "stochastic", "seed": "1.5"}, "seed is 1.5. It must be a whole number."),
    ({"op": "lp", "p": "0"}, "p is 0. A power average needs a number other than 0"),
    ({"op": "lp", "p": "two"}, "p is two. A power average needs a number other than 0"),
    ({"op": "mixed", "lam": "1.5"}, "lam is 1.5. It is the share of the maximum, from 0 to 1."),
    ({"op": "median"}, "op is median. It must be one of max, avg, lp, mixed, stochastic."),
    ({"ceil_mode": "maybe"}, "ceil_mode is maybe. It must be true or false."),
    ({"view": "sideways"}, "view is sideways. It must be one of forward, backward, unpool."),
    ({"step": "last"}, "step is last. It must be a whole number of at least 0."),
    ({"kernel": 40, "padding": 20}, "input, padding and windows span 60 rows. The drawing holds"),
])  # fmt: skip
def test_a_setting_that_is_none_is_answered_with_value_and_rule(show, attributes, message):
    page = show(tag(**attributes))
    expect(words(page)).to_contain_text(message)


# Views


@pytest.mark.parametrize(("op", "pool"), [("max", F.max_pool2d), ("avg", F.avg_pool2d)])
def test_the_backward_view_adds_up_torchs_gradient_window_by_window(show, op, pool):
    grad = [[1, -2], [3, 4]]
    page = show(tag(TIED, op=op, view="backward", kernel=2, stride=1, grad=grad))
    for step in range(4):
        sent = np.zeros(4)
        sent[: step + 1] = np.ravel(grad)[: step + 1]
        expected = gradient(lambda x: pool(x, 2, 1), TIED, sent.reshape(2, 2).tolist())
        assert board(page, 0) == pytest.approx(expected, abs=0.005)
        if step < 3:
            button(page, "Step").click()
    expect(words(page)).to_contain_text(f"Sent so far: {np.sum(grad)}; arrived: {np.sum(grad)}.")


def test_the_backward_view_says_where_a_gradient_goes_and_what_was_there(show):
    page = show(tag(TIED, view="backward", kernel=2, stride=1, step=1))
    expect(words(page)).to_contain_text("2 goes to row 0, column 1: 0 + 2 = 2")
    expect(words(page)).to_contain_text("2 cells hold 2: the first in reading order takes the")
    page.get_by_label("Average").check()
    expect(words(page)).to_contain_text("2 / 4 = 0.5 goes to each of 4 cells")


@pytest.mark.parametrize("mean", [True, False])
def test_what_slopes_take_away_is_not_called_lost(show, mean):
    page = show(tag(op="lp", view="backward", mean=mean))
    expect(words(page)).to_contain_text("1 times the slope of each cell: ")
    expect(words(page)).to_contain_text("the slopes of a power average need not sum to 1")
    expect(words(page)).not_to_contain_text("lost")


def test_what_falls_on_padding_is_lost(show):
    page = show(tag(op="avg", view="backward", padding=1, step=1))
    expect(words(page)).to_contain_text("2 / 4 = 0.5 goes to the 2 cells inside the input")
    expect(words(page)).to_contain_text("The rest fell on padding and is lost.")


def test_a_typed_gradient_flows_back(show):
    page = show(tag(view="backward"))
    page.get_by_label("gradient at row 1, column 1").fill("-7")
    to_the_end(page)
    expected = gradient(lambda x: F.max_pool2d(x, 2), X, [[1, 2], [3, -7]])
    assert board(page, 0) == expected
    page.get_by_label("gradient at row 0, column 0").fill("")
    expect(words(page)).to_contain_text("Row 0, column 0 is empty.")
    page.keyboard.press("Escape")
    assert board(page, 0) == expected


def test_unpooling_puts_each_maximum_back(show):
    page = show(tag())
    page.get_by_label("Unpool").check()
    to_the_end(page)
    y, indices = F.max_pool2d(as_image(X), 2, return_indices=True)
    assert board(page, 0) == F.max_unpool2d(y, indices, 2).flatten().tolist()
    expect(words(page)).to_contain_text("6 returns to row 3, column 3")


def test_unpooling_needs_a_maximum(show):
    page = show(tag(view="unpool", op="avg"))
    expect(words(page)).to_contain_text("only maximum pooling keeps. Choose Maximum")


# The input


def test_an_example_is_chosen_with_its_settings(show):
    page = show(tag(op="max"))
    page.get_by_label("Example").select_option("5 × 5, overlapping")
    to_the_end(page)
    x = np.reshape(board(page, 0), (5, 5)).tolist()
    assert board(page, 1) == F.max_pool2d(as_image(x), 3, 2).flatten().tolist()
    page.get_by_label("row 0, column 0", exact=True).fill("9")
    expect(page.get_by_label("Example")).to_have_value("")


def test_the_input_grows_and_shrinks_and_keeps_what_fits(show):
    page = show(tag())
    size = page.get_by_label("input size", exact=True)
    size.fill("3, 5")
    grown = np.reshape(board(page, 0), (3, 5))
    np.testing.assert_array_equal(grown[:, :4], X[:3])
    assert np.isfinite(grown).all()
    size.fill("13")
    expect(words(page)).to_contain_text("input size is 13. The drawing holds at most 12")
    button(page, "kernel less").click()
    expect(words(page)).to_contain_text("Window 1 of 15")
    expect(size).to_have_value("3, 5")


def test_rows_and_columns_are_set_apart_without_a_comma(show):
    x = [[(5 * r + 3 * c) % 10 for c in range(7)] for r in range(7)]
    page = show(tag(x))
    page.get_by_label("rows and columns apart").check()
    button(page, "kernel columns more").click()
    page.get_by_label("stride columns", exact=True).fill("1")
    page.get_by_label("padding", exact=True).press("ArrowUp")
    expect(page.get_by_label("kernel", exact=True)).to_have_value("2")
    expect(page.get_by_label("kernel columns", exact=True)).to_have_value("3")
    to_the_end(page)
    expected = F.max_pool2d(as_image(x), (2, 3), (2, 1), (1, 0))
    assert board(page, 1) == expected.flatten().tolist()
    page.get_by_label("rows and columns apart").uncheck()
    expect(page.get_by_label("kernel", exact=True)).to_have_value("2, 3")
    page.get_by_label("kernel", exact=True).fill("2")
    page.get_by_label("rows and columns apart").check()
    page.get_by_label("kernel columns", exact=True).fill("")
    expect(words(page)).to_contain_text("kernel is 2, empty. It must be a whole number of at least")


def test_new_numbers_are_digits(show):
    page = show(tag())
    button(page, "New numbers").click()
    x = board(page, 0)
    assert x != np.ravel(X).tolist()
    assert set(x) <= set(range(10))


def test_a_page_offers_only_the_operations_and_views_that_it_names(show):
    page = show(tag(ops="max avg", views="forward"))
    names = page.get_by_role("radio").evaluate_all("radios => radios.map((r) => r.value)")
    assert names == ["max", "avg"]
    assert page.get_by_role("group", name=re.compile("View")).count() == 0
