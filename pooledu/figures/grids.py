"""Grids of numbers as SVG."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple

import numpy as np

from pooledu.figures.drawing import Drawing, colour
from pooledu.figures.numbers import number

Cell = tuple[int, int]
Padding = int | Sequence[int] | Sequence[Sequence[int]]

CELL_HEIGHT = 30
READ_ALOUD = 64  # numbers at most in a description: nobody listens to more
MARGIN = 3  # room for the frame of a window at the border
CROSS = 8  # room for the cross in the corner of a wrong cell

# The widths of characters in the widest of the fonts that stand for system-ui, as in a notebook.
WIDTHS = dict.fromkeys("' ijlI/\\|J,.·:;-f!()[]t", 6.7) | dict.fromkeys("mwMW%@&", 15.5)
LETTER, CAPITAL = 10.1, 12.0


class Window(NamedTuple):
    """A window over a grid: its first cell, its size, and the distance between its cells.

    `row` and `column` count from the first cell of the array, so they are negative in padding.
    """

    row: int
    column: int
    height: int
    width: int
    row_dilation: int = 1
    column_dilation: int = 1

    def cells(self) -> set[Cell]:
        """Return the cells that the window looks at.

        Examples
        --------
        >>> sorted(Window(0, 1, 1, 2, column_dilation=3).cells())
        [(0, 1), (0, 4)]
        """
        rows = range(self.row, self.row + self.height * self.row_dilation, self.row_dilation)
        columns = range(
            self.column, self.column + self.width * self.column_dilation, self.column_dilation
        )
        return set(itertools.product(rows, columns))

    @property
    def last(self) -> Cell:
        """The last cell that the window looks at."""
        return max(self.cells())


def grid(
    values: Any,
    *,
    window: Sequence[int] | Sequence[Sequence[int]] | None = None,
    padding: Padding = 0,
    pad_value: Any = "",
    marked: Iterable[Cell] = (),
    wrong: Iterable[Cell] = (),
    title: str = "",
    caption: str = "",
    indices: bool = False,
    digits: int = 3,
    max_cells: int = 12,
) -> Drawing:
    """Draw a grid of numbers.

    Parameters
    ----------
    values
        An array of 0, 1 or 2 dimensions (a vector is drawn as one row), or nested lists. Strings
        are allowed.
    window
        The window to draw over the grid, ``(row, column, height, width)`` and, where the window is
        dilated, ``row_dilation, column_dilation``; over a vector also ``(start, length)``. A
        sequence of such windows draws them all. Positions count from the first cell of the array,
        so a window that starts in the padding has a negative position.
    padding
        Cells of padding around the array, drawn hatched: one number, a pair (rows, columns), or a
        pair of pairs ((top, bottom), (left, right)).
    pad_value
        What stands in a padding cell, for example 0 or ``-float("inf")``; nothing by default.
    marked
        Cells (row, column) to draw as results: filled, with a strong frame.
    wrong
        Cells to draw as wrong: filled, with a strong frame and a cross in the corner.
    title
        A line above the grid.
    caption
        A line below the grid.
    indices
        Number the rows and columns. A grid that is cropped is always numbered.
    digits
        Significant digits of a number that is not whole.
    max_cells
        Rows and columns drawn at most. A larger grid is cropped around what is pointed at: the
        wrong cells, or the window, or the marked cells.

    Returns
    -------
    Drawing
        Its `alt` reads the numbers out and says what is pointed at.

    Raises
    ------
    ValueError
        If `values` has more than two dimensions.

    Examples
    --------
    >>> grid([[1, 5, 2], [4, 3, 0]], window=(0, 1, 2, 2), title="x")
    x: A grid of 2 rows and 3 columns: 1 5 2; 4 3 0. Window over rows 0 to 1, columns 1 to 2.
    >>> grid([0.5, 1.25, 2], wrong=[(0, 1)])
    A grid of 1 row and 3 columns: 0.5 1.25 2. Wrong: row 0, column 1.
    """
    array = np.asarray(values)
    if array.ndim > 2:
        raise ValueError(
            f"a grid has at most 2 dimensions, and this array has shape {array.shape}; "
            "choose one plane of it, such as x[0, 0]"
        )
    plan = _Plan(
        array=np.atleast_2d(array),
        windows=_windows(window),
        padding=_padding(padding),
        pad_text=_text(pad_value, digits),
        marked=set(map(_cell, marked)),
        wrong=set(map(_cell, wrong)),
        title=title,
        caption=caption,
        digits=digits,
    )
    view = plan.crop(max_cells)
    numbered = indices or view != plan.everything
    return Drawing(_svg(plan, view, numbered), _alt(plan, view), _sketch(plan, view, numbered))


def _cell(cell: Any) -> Cell:
    """Read a (row, column) of any integers."""
    return int(cell[0]), int(cell[1])


def _text(value: Any, digits: int) -> str:
    """Write what stands in a cell."""
    return value if isinstance(value, str) else number(value, digits)


def _windows(window: Any) -> list[Window]:
    """Read one window or several, short (start, length) forms among them."""
    if window is None:
        return []
    if len(window) and not np.isscalar(window[0]):
        return [one for each in window for one in _windows(each)]
    if len(window) == 2:
        return [Window(0, int(window[0]), 1, int(window[1]))]
    return [Window(*map(int, window))]


def _padding(padding: Any) -> tuple[Cell, Cell]:
    """Read a padding as ((top, bottom), (left, right))."""
    rows, columns = (padding, padding) if np.isscalar(padding) else padding
    return _sides(rows), _sides(columns)


def _sides(cells: Any) -> Cell:
    """Read the padding of one axis as (before, after)."""
    return _cell((cells, cells) if np.isscalar(cells) else cells)


@dataclass(frozen=True)
class _Plan:
    """What is to be drawn, before anything is left out."""

    array: np.ndarray
    windows: list[Window]
    padding: tuple[Cell, Cell]
    pad_text: str
    marked: set[Cell]
    wrong: set[Cell]
    title: str
    caption: str
    digits: int

    @property
    def everything(self) -> tuple[range, range]:
        """The rows and columns of the array and its padding."""
        (top, bottom), (left, right) = self.padding
        rows, columns = self.array.shape
        return range(-top, rows + bottom), range(-left, columns + right)

    @property
    def framed(self) -> set[Cell]:
        """The cells in any window."""
        return set().union(*(window.cells() for window in self.windows))

    def inside(self, cell: Cell) -> bool:
        """Say whether a cell is one of the array's own."""
        return 0 <= cell[0] < self.array.shape[0] and 0 <= cell[1] < self.array.shape[1]

    def text(self, cell: Cell) -> str:
        """Return what stands in a cell."""
        return _text(self.array[cell], self.digits) if self.inside(cell) else self.pad_text

    def crop(self, limit: int) -> tuple[range, range]:
        """Choose at most `limit` rows and columns, around what is pointed at."""
        focus = min(self.wrong or self.framed or self.marked or {(0, 0)})
        rows, columns = (
            _crop(whole, at, limit) for whole, at in zip(self.everything, focus, strict=True)
        )
        return rows, columns


def _crop(whole: range, at: int, limit: int) -> range:
    """Choose at most `limit` consecutive numbers out of `whole`, with `at` among them."""
    if len(whole) <= limit:
        return whole
    start = min(max(at - limit // 3, whole.start), whole.stop - limit)
    return range(start, start + limit)


def _svg(plan: _Plan, view: tuple[range, range], numbered: bool) -> str:
    """Draw what is in view."""
    rows, columns = view
    texts = [plan.text((r, c)) for r in rows for c in columns]
    room = CROSS if plan.wrong else 0
    width = max(34, round(8.4 * max(map(len, texts), default=1)) + 12 + room)
    gutter = 26 if numbered else 0
    left = MARGIN + gutter
    top = MARGIN + (22 if plan.title else 0) + (18 if numbered else 0)
    right = left + width * len(columns) + MARGIN
    bottom = top + CELL_HEIGHT * len(rows) + MARGIN

    def corner(cell: Cell) -> tuple[int, int]:
        return left + (cell[1] - columns.start) * width, top + (cell[0] - rows.start) * CELL_HEIGHT

    shapes: list[str] = []
    if plan.title:
        shapes.append(_label(MARGIN, 15, plan.title, "ink", anchor="start", weight=600))
    if numbered:
        shapes += [
            _label(corner((0, c))[0] + width / 2, top - 6, number(c), "muted", 11) for c in columns
        ]
        shapes += [
            _label(left - 7, corner((r, 0))[1] + 19, number(r), "muted", 11, anchor="end")
            for r in rows
        ]
    cells = list(itertools.product(rows, columns))
    shapes += [_square(plan, cell, corner(cell), width) for cell in cells]
    shapes += [_frame(window, view, corner, width) for window in plan.windows]
    for cell in cells:
        if cell in plan.wrong or cell in plan.marked:
            shapes.append(_ring(corner(cell), width, cell in plan.wrong))
    height = bottom
    if plan.caption:
        shapes.append(_label(MARGIN, bottom + 15, plan.caption, "muted", 13, anchor="start"))
        height += 22
    wide = max(right, MARGIN + max(_width(plan.title), _width(plan.caption)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{height}" '
        f'viewBox="0 0 {wide} {height}" style="max-width:100%;height:auto" '
        f'font-family="system-ui,sans-serif">{"".join(shapes)}</svg>'
    )


def _width(text: str) -> int:
    """The width that a title may have.

    Examples
    --------
    >>> _width("maximum") > _width("minimum")
    True
    """
    return math.ceil(
        sum(WIDTHS.get(c, LETTER if c.islower() or c.isdigit() else CAPITAL) for c in text)
    )


def _label(
    x: float, y: float, text: str, ink: str, size: int = 14, anchor: str = "middle", weight: int = 0
) -> str:
    """Write a text; `anchor` says which part of it stands at `x`."""
    bold = f' font-weight="{weight}"' if weight else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}"{bold} '
        f'fill="{colour(ink)}">{escape(text)}</text>'
    )


def _square(plan: _Plan, cell: Cell, corner: tuple[int, int], width: int) -> str:
    """Draw one cell: its ground, its hatching if it is padding, and its number."""
    x, y = corner
    ground = _ground(plan, cell)
    square = (
        f'<rect x="{x}" y="{y}" width="{width}" height="{CELL_HEIGHT}" '
        f'fill="{ground}" stroke="{colour("line")}"/>'
    )
    if not plan.inside(cell):
        square += _hatching(x, y, width)
    text = plan.text(cell)
    if not text:
        return square
    weight = 600 if cell in plan.wrong or cell in plan.marked else 0
    return square + _label(
        x + width / 2, y + 20, text, "ink" if plan.inside(cell) else "muted", weight=weight
    )


def _ground(plan: _Plan, cell: Cell) -> str:
    """Choose the colour behind a cell."""
    if cell in plan.wrong:
        return colour("wrong")
    if cell in plan.framed:
        return colour("window")
    if cell in plan.marked:
        return colour("output")
    return "none" if plan.inside(cell) else colour("pad")


def _hatching(x: int, y: int, width: int) -> str:
    """Draw the slanted lines of a padding cell.

    Lines and not an SVG pattern: a pattern is found by an id, which two drawings on one page
    would share.
    """
    lines = []
    for offset in range(8, width + CELL_HEIGHT, 8):
        x0, x1 = max(0, offset - CELL_HEIGHT), min(offset, width)
        lines.append(f"M{x + x0} {y + offset - x0}L{x + x1} {y + offset - x1}")
    return f'<path d="{"".join(lines)}" stroke="{colour("line")}" fill="none"/>'


def _frame(window: Window, view: tuple[range, range], corner: Any, width: int) -> str:
    """Draw the frame of a window, as far as it is in view; a dilated one cell by cell."""
    rows, columns = view
    dilated = window.row_dilation > 1 or window.column_dilation > 1
    blocks = (
        [(cell, cell) for cell in sorted(window.cells())]
        if dilated
        else [((window.row, window.column), window.last)]
    )
    frames = []
    for (r0, c0), (r1, c1) in blocks:
        r0, c0 = max(r0, rows.start), max(c0, columns.start)
        r1, c1 = min(r1, rows.stop - 1), min(c1, columns.stop - 1)
        if r0 <= r1 and c0 <= c1:
            x, y = corner((r0, c0))
            frames.append(
                f'<rect x="{x}" y="{y}" width="{(c1 - c0 + 1) * width}" '
                f'height="{(r1 - r0 + 1) * CELL_HEIGHT}" fill="none" '
                f'stroke="{colour("window-line")}" stroke-width="3" rx="2"/>'
            )
    return "".join(frames)


def _ring(corner: tuple[int, int], width: int, wrong: bool) -> str:
    """Draw the strong frame of a marked cell, with a cross in the corner if it is wrong."""
    x, y = corner
    line = colour("wrong-line" if wrong else "output-line")
    ring = (
        f'<rect x="{x + 1}" y="{y + 1}" width="{width - 2}" height="{CELL_HEIGHT - 2}" '
        f'fill="none" stroke="{line}" stroke-width="2" rx="2"/>'
    )
    if not wrong:
        return ring
    left, right, top, bottom = x + width - 10, x + width - 4, y + 4, y + 10
    cross = f"M{left} {top}L{right} {bottom}M{right} {top}L{left} {bottom}"
    return f'{ring}<path d="{cross}" stroke="{line}" stroke-width="2" fill="none"/>'


def _sketch(plan: _Plan, view: tuple[range, range], numbered: bool) -> str:
    """Draw with characters: [window], (marked), *wrong, and dots for empty padding."""
    rows, columns = view

    def written(cell: Cell) -> str:
        text = plan.text(cell) or "·"
        for cells, (left, right) in ((plan.wrong, "* "), (plan.marked, "()"), (plan.framed, "[]")):
            if cell in cells:
                return left + text + right
        return f" {text} "

    lines = [[written((r, c)) for c in columns] for r in rows]
    if numbered:
        lines = [[f"{r}:", *line] for r, line in zip(rows, lines, strict=True)]
        lines.insert(0, ["", *(f"{c}: " for c in columns)])
    width = max((len(text) for line in lines for text in line), default=0)
    body = ["".join(text.rjust(width) for text in line) for line in lines]
    return "\n".join(
        [part for part in (plan.title,) if part] + body + ([plan.caption] * bool(plan.caption))
    )


def _alt(plan: _Plan, view: tuple[range, range]) -> str:
    """Say what is seen."""
    size = " and ".join(
        f"{count} {name}{'' if count == 1 else 's'}"
        for count, name in zip(plan.array.shape, ("row", "column"), strict=True)
    )
    rows, columns = (
        [at for at in part if 0 <= at < count]
        for part, count in zip(view, plan.array.shape, strict=True)
    )
    parts = [f"A grid of {size}{_shown(plan, view)}"]
    if len(rows) * len(columns) <= READ_ALOUD:
        read = "; ".join(" ".join(plan.text((r, c)) for c in columns) for r in rows)
        parts[0] += f": {read}"
    parts[0] += "."
    if plan.padding != ((0, 0), (0, 0)):
        (top, bottom), (left, right) = plan.padding
        parts.append(f"Padding: {top} above, {bottom} below, {left} left, {right} right.")
    for window in plan.windows:
        parts.append(
            f"Window over {_span('row', window.row, window.height, window.row_dilation)}, "
            f"{_span('column', window.column, window.width, window.column_dilation)}."
        )
    for name, cells in (("Marked", plan.marked), ("Wrong", plan.wrong)):
        if cells:
            listed = "; ".join(f"row {r}, column {c}" for r, c in sorted(cells)[:6])
            more = f"; and {len(cells) - 6} more" if len(cells) > 6 else ""
            parts.append(f"{name}: {listed}{more}.")
    title = f"{plan.title}: " if plan.title else ""
    caption = f" {plan.caption}" if plan.caption else ""
    return title + " ".join(parts) + caption


def _shown(plan: _Plan, view: tuple[range, range]) -> str:
    """Say which part of a large grid is in view."""
    if view == plan.everything:
        return ""
    rows, columns = view
    return f", of which rows {rows[0]} to {rows[-1]} and columns {columns[0]} to {columns[-1]}"


def _span(name: str, start: int, count: int, step: int) -> str:
    """Name the rows or columns of a window."""
    last = start + (count - 1) * step
    if count == 1:
        return f"{name} {start}"
    return f"{name}s {start} to {last}" + (f" in steps of {step}" if step > 1 else "")
