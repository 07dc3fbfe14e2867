"""The HTML that notebooks and drawings bring, made fit for a page: no style in attributes, which a
strict Content-Security-Policy forbids; ids that are there once; tables that say what heads what.
"""

import re
from itertools import count

TAG = re.compile(r"<([a-zA-Z][\w-]*)\b([^<>]*?)(\sstyle=\"([^\"]*)\")([^<>]*)>")
SHEET = re.compile(r"<style\b[^>]*>.*?</style>", re.DOTALL)  # that of each drawing is the site's
SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
ID = re.compile(r'\sid="([^"]+)"')
# What drawings say of the boxes around them: the style sheet has rules for these.
BOXES = {
    "display:flex;flex-wrap:wrap;align-items:center;gap:8px 16px": "pool-row",
    "display:inline-flex;align-items:center;gap:8px 16px": "pool-pair",
    "display:grid;gap:8px;justify-items:start": "pool-column",
}
WORDS = re.compile(r"font:15px system-ui,sans-serif;color:var\(--pool-ink, #\w+\)")
FITS = ("max-width", "height")  # every picture of the site fits its column
HEADING = re.compile(r"<h([1-6])\b[^>]*>(.*?)(?:<a class=\"headerlink\".*?)?</h\1>", re.DOTALL)
CAPTION = '<caption class="unseen">{}</caption>'


def unstyled(body: str) -> str:
    """The page without styles of its own: what SVG says of shapes becomes attributes of them."""
    return TAG.sub(_unstyle, SHEET.sub("", body))


def _unstyle(tag: re.Match[str]) -> str:
    name, before, _, style, after = tag.groups()
    if style in BOXES or WORDS.fullmatch(style):
        made = BOXES.get(style, "pool-words")
        rest = re.sub(rf'\sclass="{made}"', "", before + after)
        return f'<{name} class="{made}"{rest}>'
    pairs = [pair.split(":", 1) for pair in style.split(";") if pair.strip()]
    kept = {key.strip(): value.strip() for key, value in pairs if key.strip() not in FITS}
    said = "".join(f' {key}="{value}"' for key, value in kept.items())
    return f"<{name}{before}{said}{after}>"


def with_own_ids(body: str) -> str:
    """The page with ids of its drawings that no other of its drawings has."""
    numbers = count(1)

    def rename(drawing: re.Match[str]) -> str:
        svg, number = drawing[0], next(numbers)
        names = set(ID.findall(svg))
        if not names:
            return svg
        known = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        return re.sub(
            rf'(\sid="|href="#|url\(#|aria-labelledby=")({known})(?=["\)])',
            rf"\g<1>drawing-{number}-\2",
            svg,
        )

    return SVG.sub(rename, body)


def with_headed_tables(body: str) -> str:
    """The page with tables whose headers say what they head, and that are named after their
    section; a second one of a section by a number."""
    parts = re.split(r"(<table\b.*?</table>)", body, flags=re.DOTALL)
    heading, number, made = "", 0, []
    for part in parts:
        if part.startswith("<table"):
            number += 1
            made.append(_headed(part, f"{heading}, table {number}" if number > 1 else heading))
            continue
        for found in HEADING.finditer(part):
            heading, number = " ".join(re.sub(r"<[^>]+>", "", found[2]).split()), 0
        made.append(part)
    return "".join(made)


def _headed(table: str, name: str) -> str:
    """A table with scopes, and with a caption if it has none."""
    head, found, rows = table.partition("</thead>")
    if not found:
        head, rows = "", table
    scoped = [
        re.sub(r"<th\b(?![^>]*\bscope=)", f'<th scope="{scope}"', part)
        for part, scope in ((head, "col"), (rows, "row"))
    ]
    table = found.join(scoped) if found else scoped[1]
    if "<caption" in table:
        return table
    return re.sub(r"^<table\b[^>]*>", lambda start: start[0] + CAPTION.format(name), table)
