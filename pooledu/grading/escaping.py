"""One escape for each place in which a stranger's text is shown."""

import logging
import re
from contextlib import suppress
from typing import Any

TERMINAL_CHARACTERS = 300
LOG_CHARACTERS = 20_000
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠](?!\d+(?:[.,]\d+)?\Z)")


def plain(text: str, characters: int = TERMINAL_CHARACTERS) -> str:
    r"""Return a text of one line for a terminal or a log: nothing in it acts, and it is cut.

    Examples
    --------
    >>> plain("größe\x1b[2J\n.ipynb")
    'größe\\x1b[2J\\n.ipynb'
    >>> plain("a" * 400, 10)
    'aaaaaaaaaa...'
    """
    cut = text[: characters + 1]
    shown = "".join(
        each if each.isprintable() else each.encode("unicode_escape", "surrogatepass").decode()
        for each in cut[:characters]
    )
    return shown + "..." * (len(cut) > characters)


def cell(text: str) -> str:
    """Return a text for a table that we make: a spreadsheet reads it as text, not as a formula.

    Examples
    --------
    >>> cell("=HYPERLINK(0)"), cell("Jäger, Anna"), cell("-2.5")
    ("'=HYPERLINK(0)", 'Jäger, Anna', '-2.5')
    """
    text = "".join(each if each.isprintable() else " " for each in text)
    return f"'{text}" if FORMULA.match(text) else text


def harmless_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    """Make a record of a log whose message is harmless: names of strangers stand in nbgrader's."""
    record = logging.LogRecord(*args, **kwargs)
    with suppress(TypeError, ValueError):  # a message that does not fit its values is left alone
        lines = record.getMessage()[:LOG_CHARACTERS].split("\n")
        record.msg, record.args = "\n".join(plain(line, LOG_CHARACTERS) for line in lines), ()
    return record
