"""Charts by matplotlib in the colours of the drawings, for light and dark pages and for paper."""

from __future__ import annotations

import io
import re
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from pooledu.figures.drawing import Drawing, _colours, colour

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Each line differs in colour, dash and marker: two of them must suffice to tell it from the rest.
LINES = ["window-line", "output-line", "accent", "wrong-line", "muted", "ink"]
DASHES = ["-", "--", "-.", ":"]
MARKERS = ["o", "s", "^", "D", "v", "x"]


def axes(
    rows: int = 1, columns: int = 1, size: tuple[float, float] = (4.8, 3.0), **options: Any
) -> tuple[Figure, Any]:
    """Begin a chart: matplotlib's figure and axes, in the style of the drawings.

    Parameters
    ----------
    rows
        Rows of axes in the figure.
    columns
        Columns of axes. On a narrow page the figure shrinks as a whole, so several charts in a
        `row`, which wraps, read better than many axes.
    size
        Width and height in inches, 96 pixels each on a screen.
    **options
        Options of `matplotlib.figure.Figure.subplots`.

    Returns
    -------
    (Figure, Axes or array of Axes)

    Examples
    --------
    >>> figure, axis = axes()
    >>> _ = axis.plot([1, 4, 9], label="squares")
    >>> chart(figure, "A curve that rises from 1 over 4 to 9.")
    A curve that rises from 1 over 4 to 9.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_style()):
        figure = Figure(figsize=size, layout="constrained")
        return figure, figure.subplots(rows, columns, **options)


def chart(figure: Figure, alt: str) -> Drawing:
    """Turn a matplotlib figure into a drawing.

    Colours of `tokens.css` in the figure, which are those of `axes`, follow the page: they are
    written as the style sheet's variables.

    Parameters
    ----------
    figure
        A figure, best one of `axes`.
    alt
        What is seen, in words.

    Returns
    -------
    Drawing

    Examples
    --------
    >>> figure, axis = axes(size=(2, 2))
    >>> _ = axis.bar(["max", "mean"], [6, 3.75])
    >>> "var(--pool-ink" in chart(figure, "Two bars: max 6, mean 3.75.").markup
    True
    """
    import matplotlib
    from matplotlib.legend import Legend
    from matplotlib.text import Text

    for legend in figure.findobj(Legend):
        legend.set_frame_on(False)
    for text in figure.findobj(Text):
        if text.get_color() == "black":  # written after `axes`, a legend or a label
            text.set_color(_colours()["ink"])
    svg = io.StringIO()
    with matplotlib.rc_context(_style()):
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return Drawing(_inline(svg.getvalue()), alt)


def _style() -> Any:
    """Matplotlib's settings."""
    from cycler import cycler

    light, count = _colours(), len(LINES)
    ink, line = light["ink"], light["line"]
    return {
        "font.size": 10.5,
        "svg.fonttype": "none",
        "svg.hashsalt": "pooledu",  # the same chart is the same SVG
        "savefig.transparent": True,
        "axes.prop_cycle": cycler(color=[light[name] for name in LINES])
        + cycler(linestyle=list(islice(cycle(DASHES), count)))
        + cycler(marker=MARKERS),
        "lines.markersize": 4,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": False,
        "grid.color": line,
        "image.cmap": "cividis",
        **dict.fromkeys(["text.color", "axes.labelcolor", "axes.edgecolor"], ink),
        **dict.fromkeys(["xtick.color", "ytick.color", "patch.edgecolor", "hatch.color"], ink),
    }


def _inline(svg: str) -> str:
    """Make of a file's SVG an element of a page: our colours and the page's font.

    The ids of groups and the style of `*` go, because they would reach beyond the chart.
    """
    svg = svg[svg.index("<svg ") :].strip()
    for part in ("<metadata>.*?</metadata>", "<style.*?</style>", r'(?<=<g) id="[^"]*"'):
        svg = re.sub(part, "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: [^;\"]*", "font-family: system-ui, sans-serif", svg)
    for name, light in _colours().items():
        svg = re.sub(re.escape(light) + r"\b", colour(name), svg, flags=re.IGNORECASE)
    style = "max-width:100%;height:auto;stroke-linejoin:round"
    return re.sub(r"\s+", " ", svg.replace("<svg ", f'<svg style="{style}" ', 1))
