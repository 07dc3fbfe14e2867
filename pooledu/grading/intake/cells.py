"""The cells of a submission, among which all cells of the assignment are found or put back."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nbformat.notebooknode import NotebookNode, from_dict
from nbgrader.api import Notebook

from pooledu.grading.intake.reading import new_cell, of_kind, safe_markdown

LINE_CHARACTERS = 300  # of a line that is looked at
_DEFINED = re.compile(r"^(?:async +)?(?:def|class) +(\w+)", re.MULTILINE)
_EQUALS = re.compile(r"(?<![=!<>:])=(?!=)")
_TARGETS, _WORDS = re.compile(r"\(?[\w\s,*]*\)?"), re.compile(r"\w+")
_ASSIGNED = re.compile(r"^(\w+) *=(?!=)", re.MULTILINE)


@dataclass(frozen=True)
class Released:
    """A cell of an assignment as it was released."""

    name: str
    cell_type: str
    source: str
    locked: bool
    metadata: dict[str, Any]


def restored(cells: list[NotebookNode], released: Sequence[Released]) -> list[NotebookNode]:
    """Return a submission's cells with all cells of the assignment among them, each once.

    A cell that nobody finds comes back as it was released; but a stub does not, where another
    cell defines what it would define.

    Parameters
    ----------
    cells : list of NotebookNode
        The submitted cells; of their metadata only a `grade_id` is read.
    released : sequence of Released
        The cells of the assignment's notebook, in order.
    """
    places = found(cells, released)
    names = {index: name for name, index in places.items()}
    known = {cell.name: cell for cell in released}
    result = []
    for index, cell in enumerate(cells):
        original = known[names[index]] if index in names else None
        if original and cell.cell_type != original.cell_type:
            cell = of_kind(original.cell_type, cell)
        cell.metadata = from_dict({"nbgrader": original.metadata} if original else {})
        if original and original.locked:
            cell.source = original.source
        result.append(cell)
    put_back: dict[int, list[NotebookNode]] = defaultdict(list)
    place = -1 if places else len(cells) - 1  # of the cell after which the next one belongs
    for original in released:
        definer = _definer(cells, original)
        if original.name in places:
            place = places[original.name]
        elif definer is not None and not original.metadata.get("grade"):
            place = max(place, definer)
        else:
            cell = new_cell(original.cell_type, original.source, nbgrader=original.metadata)
            put_back[place].append(cell)
    together = list(put_back[-1])
    for index, cell in enumerate(result):
        together += [cell, *put_back[index]]
    return together


def found(cells: Sequence[NotebookNode], released: Sequence[Released]) -> dict[str, int]:
    """Return where the cells of the assignment stand in a submission: name -> index.

    The `grade_id` decides. Where it was lost, as editors lose metadata, a cell is known by the
    source that it was released with; then by the function that it defines; then, an answer in
    words, as the only text between its neighbours.
    """
    known = {cell.name for cell in released}
    places = {
        name: index
        for index, cell in enumerate(cells)
        if (name := _claims(cell)) is not None and name in known
    }
    for find in (_same_source, _same_definition, _same_place):
        for cell in released:
            if cell.name in places:
                continue
            taken = set(places.values())
            free = [index for index in range(len(cells)) if index not in taken]
            index = find(cells, free, cell, released, places) if free else None
            if index is not None:
                places[cell.name] = index
    return places


def _same_source(
    cells: Sequence[NotebookNode], free: list[int], cell: Released, *_: object
) -> int | None:
    """Return the first free cell whose source is the released one."""
    sources = {cell.source.strip(), safe_markdown(cell.source).strip()} - {""}
    return next((index for index in free if cells[index].source.strip() in sources), None)


def _same_definition(
    cells: Sequence[NotebookNode], free: list[int], cell: Released, *_: object
) -> int | None:
    """Return the last free cell that defines what the released one is there to define."""
    candidates = set(free)
    return _definer([each if i in candidates else None for i, each in enumerate(cells)], cell)


def _same_place(
    cells: Sequence[NotebookNode],
    free: list[int],
    cell: Released,
    released: Sequence[Released],
    places: dict[str, int],
) -> int | None:
    """Return the only free text between the neighbours of an answer in words."""
    if cell.locked or cell.cell_type != "markdown" or not places:
        return None
    at = released.index(cell)
    before = [places[each.name] for each in released[:at] if each.name in places]
    behind = [places[each.name] for each in released[at + 1 :] if each.name in places]
    low, high = max(before, default=-1), min(behind, default=len(cells))
    between = [
        index for index in free if low < index < high and cells[index].cell_type == "markdown"
    ]
    return between[0] if len(between) == 1 else None


def _definer(cells: Sequence[NotebookNode | None], cell: Released) -> int | None:
    """Return the last of these cells that defines a function (or name) of an answer cell.

    What stands at the beginning of a line comes before what is indented, as in an `if`: that may be
    a function's own.
    """
    if cell.locked or cell.cell_type != "code":
        return None
    names = set(_DEFINED.findall(cell.source) or _ASSIGNED.findall(cell.source))
    if not names:
        return None
    either = "|".join(map(re.escape, names))
    defines = re.compile(
        rf"\s*(?:(?:async +)?(?:def|class) +(?:{either})\b"
        rf"|(?:from +\S+ +)?import\b.*\b(?:{either})\b|(?:{either})\s*:)"
    )
    at_the_beginning, indented = None, None
    for index, each in enumerate(cells):
        if each is None or each.cell_type != "code":
            continue
        for line in each.source.splitlines():
            start = line[:LINE_CHARACTERS]
            if any(defines.match(part) or names & assigned(part) for part in start.split(";")):
                indented = index
                if not start[:1].isspace():
                    at_the_beginning = index
    return indented if at_the_beginning is None else at_the_beginning


def assigned(statement: str) -> set[str]:
    """Return the words to which a statement assigns.

    It is no parser, which a stranger's text could keep busy.

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


def released_cells(source: Notebook) -> list[Released]:
    """Return the cells of an assignment's notebook in the gradebook."""
    graded = {cell.name: cell.max_score for cell in source.grade_cells}
    tasks = {cell.name: cell.max_score for cell in source.task_cells}
    solutions = {cell.name for cell in source.solution_cells}
    result = []
    for cell in source.source_cells:
        metadata = {
            "grade_id": cell.name,
            "schema_version": 3,
            "cell_type": cell.cell_type,
            "locked": cell.locked,
            "checksum": cell.checksum,
            "grade": cell.name in graded,
            "solution": cell.name in solutions,
            "task": cell.name in tasks,
        }
        if cell.name in graded | tasks:
            metadata["points"] = (graded | tasks)[cell.name]
        kind = "code" if cell.cell_type == "code" else "markdown"
        result.append(Released(cell.name, kind, cell.source, cell.locked, metadata))
    return result


def _claims(cell: NotebookNode) -> str | None:
    """Return the `grade_id` of a cell, if it has any."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")
