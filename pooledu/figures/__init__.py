"""Drawings of grids of numbers: windows over them, padding around them, what became of them.

A drawing is SVG with a sentence that says what it shows, so it displays itself in a notebook and
in the book, serves light and dark pages and paper alike, and is read aloud by a screen reader::

    from pooledu import figures

    x = [[1, 5, 2], [4, 3, 0], [7, 2, 6]]
    figures.row(
        figures.grid(x, window=(0, 1, 2, 2), title="x"),
        "→ max →",
        figures.grid([[5, 5], [7, 6]], marked=[(0, 1)], title="y"),
    )

Colours come from the CSS variables of `tokens.css`. No drawing needs a font, a script or a file.
"""

from pooledu.figures.charts import axes, chart
from pooledu.figures.drawing import Drawing, row, stylesheet
from pooledu.figures.grids import Window, grid
from pooledu.figures.numbers import number

__all__ = ["Drawing", "Window", "axes", "chart", "grid", "number", "row", "stylesheet"]
