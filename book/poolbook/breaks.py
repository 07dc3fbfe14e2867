"""Where a line may end: in a path or a dotted name between its parts, and not within 8 × 8."""

import re

# Code blocks are found only to be passed over: what is copied from them has plain spaces.
TIMES = re.compile(r"<pre\b.*?</pre>|(?<=\d) × (?=\d)", re.DOTALL)
LONG = re.compile(r"(<code\b[^>]*>)([^<]{24,})")  # shorter ones go to the next line as they are
PARTS = re.compile(r"(?<=\w[/.])(?=[A-Za-z_]\w)")
SIGNATURE = re.compile(r'(<span class="sig-prename descclassname">[^<]*)')


def set_breaks(body: str) -> str:
    """A page's HTML with the places marked where lines may end, and where not."""
    body = TIMES.sub(lambda found: "\u00a0×\u00a0" if found[0] == " × " else found[0], body)
    body = LONG.sub(lambda code: code[1] + PARTS.sub("<wbr>", code[2]), body)
    return SIGNATURE.sub(r"\1<wbr>", body)
