"""What is drawn, and what is said about it."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import get_data_path
from PIL import ImageFont

from pooledu import figures

SVG = "{http://www.w3.org/2000/svg}"


def texts(drawing):
    """The words in a drawing of one grid."""
    return [t.text for t in ET.fromstring(drawing.markup).iter(f"{SVG}text")]


def strokes(drawing, name):
    """The elements whose stroke has the colour `name`."""
    return [
        e
        for e in ET.fromstring(drawing.markup).iter()
        if e.get("stroke", "").startswith(f"var(--pool-{name},")
    ]


def test_every_number_stands_in_its_own_cell():
    drawing = figures.grid([[1, 2.5, -3], [4, float("nan"), -np.inf]])
    assert texts(drawing) == ["1", "2.5", "−3", "4", "NaN", "−∞"]
    assert len(strokes(drawing, "line")) == 6


@given(st.floats(-1e99, 1e99))
def test_a_written_number_is_short_and_close(value):
    text = figures.number(value)
    assert len(text) <= len("−1.23e−123")
    assert float(text.replace("−", "-")) == pytest.approx(value, rel=5e-3)


def test_a_window_frames_its_cells():
    drawing = figures.grid(np.arange(20).reshape(4, 5), window=(1, 2, 2, 3))
    (frame,) = strokes(drawing, "window-line")
    cells = [
        e
        for e in ET.fromstring(drawing.markup).iter(f"{SVG}rect")
        if e.get("fill", "").startswith("var(--pool-window,")
    ]
    assert len(cells) == 6
    assert int(frame.get("x")) == min(int(c.get("x")) for c in cells)
    assert int(frame.get("width")) == 3 * int(cells[0].get("width"))
    assert "Window over rows 1 to 2, columns 2 to 4." in drawing.alt


def test_a_dilated_window_frames_each_cell_by_itself():
    drawing = figures.grid(np.zeros((5, 5)), window=(0, 0, 3, 2, 2, 3))
    assert len(strokes(drawing, "window-line")) == 6
    assert "rows 0 to 4 in steps of 2" in drawing.alt


def test_padding_is_hatched_and_shows_its_value():
    drawing = figures.grid([[1, 2]], padding=((1, 0), (2, 1)), pad_value=-np.inf)
    hatched = [e for e in strokes(drawing, "line") if e.tag == f"{SVG}path"]
    assert len(hatched) == 2 * 5 - 2
    assert texts(drawing).count("−∞") == 8
    assert "Padding: 1 above, 0 below, 2 left, 1 right." in drawing.alt


def test_a_wrong_cell_has_a_mark_that_is_not_a_colour():
    right, wrong = figures.grid([[1, 2]], marked=[(0, 1)]), figures.grid([[1, 2]], wrong=[(0, 1)])
    assert [e.tag for e in strokes(right, "output-line")] == [f"{SVG}rect"]
    assert {e.tag for e in strokes(wrong, "wrong-line")} == {f"{SVG}rect", f"{SVG}path"}
    assert "Wrong: row 0, column 1." in wrong.alt


@pytest.mark.parametrize("at", [(0, 0), (25, 3), (39, 39)])
def test_a_large_grid_is_cropped_to_the_wrong_cell_and_numbered(at):
    array = np.zeros((40, 40), dtype=int)
    array[at] = 777
    drawing = figures.grid(array, wrong=[at], max_cells=8)
    words = texts(drawing)
    assert "777" in words
    assert words.count("0") >= 63
    assert str(at[0]) in words
    assert "A grid of 40 rows and 40 columns, of which rows" in drawing.alt


def test_every_colour_is_a_variable_with_the_light_value_to_fall_back_on():
    drawing = figures.grid([[1, 2]], window=(0, 0, 1, 1), wrong=[(0, 1)], padding=1, title="x")
    used = {
        e.get(part)
        for e in ET.fromstring(drawing.markup).iter()
        for part in ("fill", "stroke")
        if e.get(part) not in (None, "none")
    }
    light = figures.stylesheet().partition("@media")[0]
    for value in used:
        name, fallback = re.fullmatch(r"var\((--pool-[a-z-]+), (#[0-9a-f]{6})\)", value).groups()
        assert f"{name}:{fallback}" in light


def test_words_cannot_become_markup():
    drawing = figures.row(figures.grid([["<b>"]], title="a < b"), '"→"<script>')
    ET.fromstring(drawing.html)
    assert "<script>" not in drawing.html
    assert "<b>" not in drawing.html


def test_a_row_is_one_picture_with_one_description():
    drawing = figures.row(figures.grid([[1]]), "→", figures.grid([[2]]))
    root = ET.fromstring(drawing.html)
    assert root.get("role") == "img"
    assert root.get("aria-label") == drawing.alt
    assert "1 column: 1. → A grid" in drawing.alt


def test_more_than_two_dimensions_are_refused_with_the_shape():
    with pytest.raises(ValueError, match=r"\(1, 2, 3\)"):
        figures.grid(np.zeros((1, 2, 3)))


def luminance(colour):
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_the_colours_reach_the_contrast_that_their_file_promises(theme):
    part = figures.stylesheet().split("@media")[theme]
    colours = dict(re.findall(r"--pool-([\w-]+):(#[0-9a-f]{6})", part))

    def contrast(one, other):
        bright, dim = sorted((luminance(colours[one]), luminance(colours[other])), reverse=True)
        return (bright + 0.05) / (dim + 0.05)

    pairs = [("ink", fill) for fill in ("paper", "pad", "window", "output", "wrong")]
    pairs += [("muted", "paper"), ("muted", "pad"), ("accent", "paper")]
    pairs += [(f"{name}-line", "paper") for name in ("window", "output", "wrong")]
    assert {pair: round(contrast(*pair), 2) for pair in pairs if contrast(*pair) < 4.5} == {}


@given(st.text(st.sampled_from("".join(map(chr, range(32, 127))) + "→×−·≤≥∞–"), min_size=1))
def test_no_title_is_cut_in_a_wide_font(title):
    file = f"{get_data_path()}/fonts/ttf/DejaVuSans-Bold.ttf"
    font = ImageFont.truetype(file, 140, layout_engine=ImageFont.Layout.BASIC)
    svg = ET.fromstring(figures.grid([[1]], title=title).markup)
    assert float(svg.get("width")) >= font.getlength(title) / 10
