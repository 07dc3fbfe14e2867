"""The cells of a submission, among which all cells of the assignment are found or put back."""

from collections import defaultdict
from collections.abc import Sequence

from nbformat.notebooknode import NotebookNode, from_dict

from pooledu.grading.intake.defining import definer
from pooledu.grading.intake.finding import claimed, found
from pooledu.grading.intake.reading import new_cell, of_kind
from pooledu.grading.intake.released import Released


def restored(cells: list[NotebookNode], released: Sequence[Released]) -> list[NotebookNode]:
    """Return a submission's cells with all cells of the assignment among them, each once.

    A cell that nobody finds comes back as it was released; but a stub does not, where another
    cell defines what it would define. A copy of a stub beside the written answer goes.

    Parameters
    ----------
    cells : list of NotebookNode
        The submitted cells; of their metadata only a `grade_id` is read, and what `rebuilt` noted.
    released : sequence of Released
        The cells of the assignment's notebook, in order.
    """
    places = found(cells, released)
    known = {cell.name: cell for cell in released}
    names = {index: known[name] for name, index in places.items()}
    left = {i for i, cell in enumerate(cells) if i not in names and _is_left_stub(cell, known)}
    own = [_as_released(cell, names.get(index)) for index, cell in enumerate(cells)]
    put_back = _missing(own, released, places)
    together = list(put_back[-1])
    for index, cell in enumerate(own):
        together += [cell] * (index not in left) + put_back[index]
    return together


def _as_released(cell: NotebookNode, original: Released | None) -> NotebookNode:
    """Give a submitted cell the kind and the metadata of the assignment's, if it is one of its."""
    if original and cell.cell_type != original.cell_type:
        cell = of_kind(original.cell_type, cell)
    if original is None or original.is_prose:
        cell.metadata = from_dict({})
        return cell
    cell.metadata = from_dict({"nbgrader": original.metadata})
    if original.locked:
        cell.source = original.source
    return cell


def _missing(
    cells: Sequence[NotebookNode], released: Sequence[Released], places: dict[str, int]
) -> dict[int, list[NotebookNode]]:
    """Return the cells that come back, by the place after which they belong.

    That is behind all that stood before them: an editor may have moved one of these to the top.
    """
    put_back: dict[int, list[NotebookNode]] = defaultdict(list)
    place = -1 if places else len(cells) - 1
    for original in released:
        if original.name in places:
            place = max(place, places[original.name])
            continue
        if original.is_prose:
            continue
        defines = definer(cells, original)
        if defines is not None and not original.metadata.get("grade"):
            place = max(place, defines)
        else:
            cell = new_cell(original.cell_type, original.source, nbgrader=original.metadata)
            put_back[place].append(cell)
    return put_back


def _is_left_stub(cell: NotebookNode, known: dict[str, Released]) -> bool:
    """Say whether a cell is a copy of an answer's that was left as it was released."""
    original = known.get(claimed(cell) or "")
    return original is not None and original.is_answer and original.is_unchanged(cell)
