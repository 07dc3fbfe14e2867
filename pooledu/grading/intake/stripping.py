"""Leave out of a notebook's file, before it is parsed, what grading throws away in any case.

Saved outputs may be a hundred times as large as all that counts, and parsed ten times larger.
"""

import re

TOKENS_LIMIT = 2_000_000
LEFT_OUT = {(b'"outputs"', 3), (b'"outputs"', 5), (b'"widgets"', 2)}
"""Keys, and how many brackets are open around them: in a cell of format 4, of format 3, and in the
notebook's metadata."""

_TOKEN = re.compile(rb'("(?:[^"\\]++|\\.?)*+(?:"|\Z)|[\[\]{}])', re.DOTALL)
_TO_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+([\[\]{}])', re.DOTALL)
_VALUE = re.compile(rb"\s*:\s*([\[{])")


class TooManyTokensError(ValueError):
    """A file with more brackets and strings than any honest notebook."""


def without_outputs(data: bytes) -> bytes:
    """Return a notebook's file with empty outputs.

    What is no JSON stays none, or is cut: it is parsed afterwards.

    Examples
    --------
    >>> without_outputs(b'{"cells": [{"outputs": [{"text": "]"}], "source": "outputs"}]}')
    b'{"cells": [{"outputs": [], "source": "outputs"}]}'
    """
    kept: list[bytes] = []
    start = depth = position = count = 0
    skipping = -1  # the depth at which the value that is left out began, while there is one
    while token := (_TOKEN.search if skipping < 0 else _TO_BRACKET.match)(data, position):
        position, count = token.end(), count + 1
        if count > TOKENS_LIMIT:
            raise TooManyTokensError
        text = token[1]
        if text in b"[{":
            depth += 1
        elif text in b"]}":
            depth -= 1
            if depth == skipping:
                start, skipping = position - 1, -1
        elif (text, depth) in LEFT_OUT:
            value = _VALUE.match(data, position)
            if value:
                kept.append(data[start : value.end()])
                skipping = depth
    if skipping < 0:
        kept.append(data[start:])
    return b"".join(kept)
