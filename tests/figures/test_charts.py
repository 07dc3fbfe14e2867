"""Charts take their colours from the page, and nothing of them reaches beyond the chart."""

import re
import xml.etree.ElementTree as ET

import pytest

from pooledu import figures
from pooledu.figures import charts

pytest.importorskip("matplotlib")


def chart(**options):
    figure, axis = figures.axes()
    for height in range(6):
        axis.plot([height, 1], label=f"line {height}", **options)
    axis.set_xlabel("step")
    axis.legend()
    return figures.chart(figure, "Six lines.")


def test_every_colour_is_a_variable_of_the_page():
    colours = re.findall(r"(?:stroke|fill): ([^;\"]+)", chart().markup)
    assert len(colours) > 20
    assert [c for c in colours if c != "none" and not c.startswith("var(--pool-")] == []


def test_every_word_has_the_colour_of_the_text():
    texts = [e for e in ET.fromstring(chart().markup).iter() if e.tag.endswith("}text")]
    words = [text for text in texts if text.text in {"step", "line 3"}]
    assert len(words) == 2
    assert all("fill: var(--pool-ink," in text.get("style") for text in texts)


def test_lines_differ_without_their_colours():
    lines = ET.fromstring(chart(color="#abcdef").markup).iter("{http://www.w3.org/2000/svg}path")
    looks = {e.get("style") for e in lines if "stroke: #abcdef" in e.get("style", "")}
    dashes = {re.sub(r".*?(stroke-dasharray: [^;]*|$)", r"\1", look, count=1) for look in looks}
    assert len(dashes) == 4
    assert len(set(charts.MARKERS)) == len(charts.LINES) == 6


def test_a_chart_keeps_to_itself():
    markup = chart().markup
    assert "<style" not in markup
    assert re.findall(r'<g id="', markup) == []
    assert "http://www.w3.org" in markup
    assert re.findall(r"https?://(?!www\.w3\.org)", markup) == []


def test_the_same_chart_is_the_same_text():
    assert chart().markup == chart().markup


def test_a_chart_says_what_it_shows():
    assert 'aria-label="Six lines."' in chart().html
