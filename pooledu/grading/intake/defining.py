"""Which names a cell defines. It is no parser, which a stranger's text could keep busy."""

import re
from collections.abc import Iterator, Sequence, Set

from nbformat.notebooknode import NotebookNode

from pooledu.grading.intake.released import Released

LINE_CHARACTERS = 300  # of a line that is looked at
_DEFINED = re.compile(r"^(?:async +)?(?:def|class) +(\w+)", re.MULTILINE)
_EQUALS = re.compile(r"(?<![=!<>:])=(?!=)")
_TARGETS, _WORDS = re.compile(r"\(?[\w\s,*]*\)?"), re.compile(r"\w+")


def definer(cells: Sequence[NotebookNode | None], cell: Released) -> int | None:
    """Return the last of these cells that defines what an answer cell is there to define.

    What stands at the beginning of a line comes before what is indented, as in an `if`: that may be
    a function's own.
    """
    names = _wanted(cell)
    if not names:
        return None
    at_the_beginning, indented = None, None
    for index, each in enumerate(cells):
        if each is None or each.cell_type != "code":
            continue
        for line in _defining_lines(each.source, names):
            indented = index
            if not line[:1].isspace():
                at_the_beginning = index
    return indented if at_the_beginning is None else at_the_beginning


def _wanted(cell: Released) -> set[str]:
    """Return the functions, or else the names, that an answer cell is there to define."""
    if not cell.is_answer or cell.cell_type != "code":
        return set()
    if functions := set(_DEFINED.findall(cell.source)):
        return functions
    lines = (line for line in cell.source.splitlines() if not line[:1].isspace())
    return {name for line in lines for name in assigned(line)}


def _defining_lines(source: str, names: Set[str]) -> Iterator[str]:
    """Yield the lines of a source in which one of these names is defined."""
    either = "|".join(map(re.escape, names))
    defines = re.compile(
        rf"\s*(?:(?:async +)?(?:def|class) +(?:{either})\b"
        rf"|(?:from +\S+ +)?import\b.*\b(?:{either})\b|(?:{either})\s*:)"
    )
    for line in source.splitlines():
        start = line[:LINE_CHARACTERS]
        if any(defines.match(part) or names & assigned(part) for part in start.split(";")):
            yield start


def assigned(statement: str) -> set[str]:
    """Return the words to which a statement assigns.

    Examples
    --------
    >>> sorted(assigned("a = (b, *c) = f(d=1)")), assigned("if a == 1: pass")
    (['a', 'b', 'c'], set())
    """
    *targets, _ = _EQUALS.split(statement)
    found: set[str] = set()
    for target in targets:
        if not _TARGETS.fullmatch(target.strip()):
            break
        found.update(_WORDS.findall(target))
    return found
