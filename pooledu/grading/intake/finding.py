"""Where the cells of an assignment stand in a submission, whatever an editor did to it."""

from collections.abc import Sequence

from nbformat.notebooknode import NotebookNode

from pooledu.grading.intake.defining import definer
from pooledu.grading.intake.released import Released


def found(cells: Sequence[NotebookNode], released: Sequence[Released]) -> dict[str, int]:
    """Return where the cells of the assignment stand in a submission: name -> index.

    The `grade_id` decides. Where it was lost, as editors lose metadata, a cell is known by the
    source that it was released with; then by the function that it defines; then, an answer in
    words, as the student's own text between its neighbours.
    """
    search = _Search(cells, released)
    search.by_name()
    search.without_joined()
    search.by_source()
    search.by_definition()
    search.answers_in_words()
    return search.places


class _Search:
    """A search for the cells of an assignment, which narrows."""

    def __init__(self, cells: Sequence[NotebookNode], released: Sequence[Released]) -> None:
        self.cells, self.released = cells, released
        self.places: dict[str, int] = {}

    def by_name(self) -> None:
        """Take cells by their `grade_id`: the last of those that claim one, but no stub if
        another one is written."""
        known = {cell.name: cell for cell in self.released}
        for index, cell in enumerate(self.cells):
            name = claimed(cell)
            if name not in known:
                continue
            is_left = known[name].is_answer and known[name].is_unchanged(cell)
            if name not in self.places or not is_left:
                self.places[name] = index

    def without_joined(self) -> None:
        """Let go of a locked cell that was joined with an answer, which has no other place.

        An editor keeps the name of the first; what is locked would be overwritten, the answer too.
        """
        open_answers = [each for each in self.released if each.is_answer and self._is_open(each)]
        for cell in self.released:
            if not cell.locked or cell.name not in self.places:
                continue
            its = self.cells[self.places[cell.name]]
            if not cell.is_unchanged(its) and any(
                definer([its], each) is not None for each in open_answers
            ):
                del self.places[cell.name]

    def by_source(self) -> None:
        """Take the first cell that has the text with which one was released."""
        for cell in self._missing():
            free = (i for i in self._free() if cell.is_unchanged(self.cells[i]))
            self._take(cell, next(free, None) if cell.source.strip() else None)

    def by_definition(self) -> None:
        """Take the last cell that defines what one is there to define."""
        for cell in self._missing():
            free = set(self._free())
            candidates = [each if i in free else None for i, each in enumerate(self.cells)]
            self._take(cell, definer(candidates, cell))

    def answers_in_words(self) -> None:
        """Take the first text of the student's own that stands where an answer is asked for.

        It may be elsewhere, if it is the only one, or beside the words `YOUR ANSWER HERE`, left as
        they were.
        """
        for cell in self.released:
            if not self.places or not cell.is_answer or cell.cell_type != "markdown":
                continue
            if cell.name not in self.places:
                own = list(filter(self._is_own_text, range(len(self.cells))))
                self._take(cell, next(self._between(cell), own[0] if len(own) == 1 else None))
            elif self._is_open(cell):
                here = self.places[cell.name]
                beside = (index for index in (here + 1, here - 1) if self._is_own_text(index))
                self._take(cell, next(beside, None))

    def _take(self, cell: Released, index: int | None) -> None:
        """Note the place of a cell, if it has one."""
        if index is not None:
            self.places[cell.name] = index

    def _missing(self) -> list[Released]:
        """Return the cells that have no place yet."""
        return [cell for cell in self.released if cell.name not in self.places]

    def _free(self) -> list[int]:
        """Return the places that nothing has taken."""
        taken = set(self.places.values())
        return [index for index in range(len(self.cells)) if index not in taken]

    def _is_open(self, cell: Released) -> bool:
        """Say whether an answer is missing, or stands there as it was released."""
        place = self.places.get(cell.name)
        return place is None or cell.is_unchanged(self.cells[place])

    def _is_own_text(self, index: int) -> bool:
        """Say whether a text stands there, and nobody else's."""
        if index not in self._free():
            return False
        cell = self.cells[index]
        return cell.cell_type == "markdown" and bool(cell.source.strip())

    def _between(self, cell: Released) -> "filter[int]":
        """Return the places of the student's own texts between the neighbours of a cell."""
        at = self.released.index(cell)
        before, behind = (
            [self.places[each.name] for each in some if each.name in self.places]
            for some in (self.released[:at], self.released[at + 1 :])
        )
        low, high = max(before, default=-1), min(behind, default=len(self.cells))
        return filter(self._is_own_text, range(low + 1, high))


def claimed(cell: NotebookNode) -> str | None:
    """Return the `grade_id` of a cell, if it has any."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")
