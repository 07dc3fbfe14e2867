"""Where a line may end: after a slash of a path in the text, and not within 8 × 8."""

import re

# Code blocks are found only to be passed over: what is copied from them has plain spaces.
TIMES = re.compile(r"<pre\b.*?</pre>|(?<=\d) × (?=\d)", re.DOTALL)
INLINE = re.compile(r"(<code\b[^>]*>)([^<]+)")
SLASH = re.compile(r"(?<=\w\w/)(?=\w\w)")


def set_breaks(body: str) -> str:
    """A page's HTML with the places marked where lines may end, and where not."""
    body = TIMES.sub(lambda found: "\u00a0×\u00a0" if found[0] == " × " else found[0], body)
    return INLINE.sub(lambda code: code[1] + SLASH.sub("<wbr>", code[2]), body)
