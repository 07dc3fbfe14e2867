"""What a widget shows where no widget can be shown: one SVG, and the same in words."""

import re
from collections.abc import Sequence
from html import escape

from pooledu.figures import Drawing, grid

GAP = 16  # pixels between drawings
SIZE = re.compile(r'\bwidth="([\d.]+)" height="([\d.]+)"')


def beside(*parts: Drawing | str) -> str:
    """One SVG with drawings and words in a row."""
    return _placed(parts, across=True)


def below(*parts: Drawing | str) -> str:
    """One SVG with drawings and lines of words in a column."""
    return _placed(parts, across=False)


def words(*parts: Drawing | str) -> str:
    """What the drawings show, in sentences."""
    return "\n".join(part.alt if isinstance(part, Drawing) else part for part in parts)


def _placed(parts: Sequence[Drawing | str], across: bool) -> str:
    """The drawings at their places in one SVG."""
    boxes = [_box(part) for part in parts]
    tallest = max(height for _, _, height in boxes)
    shapes, at = [], 0.0
    for markup, width, height in boxes:
        x, y = (at, (tallest - height) / 2) if across else (0.0, at)
        shapes.append(markup.replace("<svg ", f'<svg x="{x:g}" y="{y:g}" ', 1))
        at += (width if across else height) + GAP
    widest = max(width for _, width, _ in boxes)
    wide, high = (at - GAP, tallest) if across else (widest, at - GAP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:g}" height="{high:g}" '
        f'viewBox="0 0 {wide:g} {high:g}">{"".join(shapes)}</svg>'
    )


def _box(part: Drawing | str) -> tuple[str, float, float]:
    """The SVG of a part, its width and its height."""
    if isinstance(part, Drawing):
        found = SIZE.search(part.markup)
        assert found, "a grid says its size"
        return part.markup, float(found[1]), float(found[2])
    width = 9 * len(part) + 8
    text = f'<text y="17" font-family="system-ui,sans-serif" font-size="15">{escape(part)}</text>'
    return f'<svg width="{width}" height="24">{text}</svg>', width, 24


def table(head: Sequence[str], rows: Sequence[Sequence[object]], title: str) -> Drawing:
    """A table as a drawing of a grid."""
    return grid([list(head), *[list(map(str, row)) for row in rows]], title=title, max_cells=60)
