"""The font of the formulas, in the style sheet itself and with only the characters in use.

No font that is on every machine has its measures, so nothing can stand in until it has arrived.
"""

import base64
import html
import io
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset

FONT = Path(__file__).parent / "theme" / "stix-two-math.woff2"
PLACE = "url(stix-two-math.woff2)"  # where it belongs in the style sheet
FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)
ITALIC = {
    unicodedata.normalize("NFKC", char): char
    for char in map(chr, [0x210E, *range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C)])
    if unicodedata.name(char, "")
}


def characters(texts: Iterable[str]) -> set[str]:
    """What the font must draw: all of the formulas, and of the text what other fonts may lack."""
    found = set()
    for text in texts:
        formulas = set(html.unescape("".join(FORMULA.findall(text))))
        found |= formulas | {ITALIC[char] for char in formulas & ITALIC.keys()}
        found |= {char for char in text if not char.isascii()}
    return found


def embed(style: str, texts: Iterable[str]) -> str:
    """The style sheet with the font in it."""
    options = subset.Options(flavor="woff2", hinting=False)
    font = subset.load_font(FONT, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(characters(texts)))
    subsetter.subset(font)
    made = io.BytesIO()
    subset.save_font(font, made, options)
    data = base64.b64encode(made.getvalue()).decode()
    return style.replace(PLACE, f"url(data:font/woff2;base64,{data})")
