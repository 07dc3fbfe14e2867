"""The tables of a class's results, for a terminal: the marks, and what went wrong."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from pooledu.checks.words import counted
from pooledu.grading.escaping import plain
from pooledu.grading.export.results import NOTHING, Result
from pooledu.grading.marks import Mark, mean, summed, written

ROWS = 100  # students of whom a command shows the marks, if not asked for more


def marks(assignment: str, results: Sequence[Result], warning: str = "") -> Table:
    """Lay out the marks of a class, one student a row.

    Parameters
    ----------
    assignment
        The title of the table.
    results
        From `pooledu.grading.export.results.results`.
    warning
        What stands below the table in red.

    Examples
    --------
    >>> from rich.console import Console
    >>> got = (Mark("max_pool2d", 3.0, 3), Mark("why", None, 1))
    >>> results = [Result("s10", marks=got, penalty=0.4), Result("s13", problem="blank")]
    >>> Console(width=70).print(marks("ps1", results))  # doctest: +NORMALIZE_WHITESPACE
                          ps1
    ┏━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━┳━━━━━━┳━━━━━━━┓
    ┃ student ┃ max_pool2d ┃ why ┃ late ┃ total ┃
    ┡━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━╇━━━━━━╇━━━━━━━┩
    │ s10     │        3/3 │ ?/1 │ -0.4 │ 2.6/4 │
    │ s13     │            │     │      │     0 │
    └─────────┴────────────┴─────┴──────┴───────┘
    """
    exercises = list(dict.fromkeys(mark.exercise for each in results for mark in each.marks))
    caption = f"[bold red]{escape(warning)}[/]" if warning else None
    grid = Table("student", title=assignment, caption=caption)
    for column in (*exercises, "late", "total"):
        grid.add_column(column, justify="right")
    for each in results:
        got = {mark.exercise: mark for mark in each.marks}
        grid.add_row(
            escape(plain(each.student)),
            *(_points(got.get(exercise)) for exercise in exercises),
            f"-{written(each.penalty)}" if each.penalty else "",
            _total(each),
        )
    return grid


def diagnoses(results: Sequence[Result]) -> Table:
    """Lay out why points were lost, one exercise a row.

    Examples
    --------
    >>> from rich.console import Console
    >>> lost = Mark("max_pool2d", 1.5, 3, "It ignores the stride.")
    >>> results = [Result("s05", marks=(lost,)), Result("s13", problem="nothing handed in")]
    >>> Console(width=70).print(diagnoses(results))  # doctest: +NORMALIZE_WHITESPACE
      s05   max_pool2d   It ignores the stride.
      s13                nothing handed in
    """
    grid = Table("student", "exercise", "diagnosis", box=None, show_header=False)
    for each in results:
        if each.problem and not each.excused:
            grid.add_row(escape(plain(each.student)), "", f"[red]{escape(plain(each.problem))}[/]")
        if each.note:
            grid.add_row(escape(plain(each.student)), "", escape(plain(each.note)))
        for mark in each.marks:
            if mark.remark:
                grid.add_row(escape(plain(each.student)), mark.exercise, escape(plain(mark.remark)))
    return grid


def remarks(assignment: str, results: Sequence[Result]) -> list[str]:
    """Say what is to be done beside these marks: answers to be read, feedback to be renewed.

    Examples
    --------
    >>> remarks("ps1", [Result("s01", marks=(Mark("why", None, 1),), outdated=True)])
    ... # doctest: +NORMALIZE_WHITESPACE
    ['? waits to be read in formgrader: why',
     'Feedback is older than the marks for s01; `pooledu feedback ps1` renews it']
    """
    found = [mark for each in results for mark in each.marks]
    waiting = sorted({mark.exercise for mark in found if mark.points is None})
    changed = sorted({mark.exercise for mark in found if mark.reread})
    unjudged = sorted({mark.exercise for mark in found if mark.unjudged})
    outdated = [each.student for each in results if each.outdated]
    said = [(each.student, each.note or each.problem) for each in results]
    sentences = [
        f"{plain(student)}: {plain(what)}" for student, what in said if what not in ("", NOTHING)
    ]
    if waiting:
        sentences.append(f"? waits to be read in formgrader: {', '.join(waiting)}")
    if changed:
        sentences.append(
            "N? counts, but the answer has changed since a person gave it: " + ", ".join(changed)
        )
    if unjudged:
        sentences.append(
            f"Decided in the student's process, where it can be forged: {', '.join(unjudged)}"
        )
    if outdated:
        whose = ", ".join(map(plain, outdated[:5])) + (", ..." if len(outdated) > 5 else "")
        sentences.append(
            f"Feedback is older than the marks for {whose}; "
            f"`pooledu feedback {assignment}` renews it"
        )
    return sentences


def summary(results: Sequence[Result]) -> str:
    """Say in a line how a class stands.

    Examples
    --------
    >>> done, waits = Mark("a", 1.5, 2), Mark("a", None, 2)
    >>> summary([Result("s01", marks=(done,)), Result("s02", marks=(waits,)), Result("s03")])
    '3 students: 2 graded, 1 without a mark, 1 with an answer to be read; mean 0.75 of 2'
    """
    graded = [each for each in results if each.marks and not each.excused]
    excused = sum(each.excused for each in results)
    waiting = sum(any(mark.points is None for mark in each.marks) for each in graded)
    counts = [(len(graded), "graded"), (excused, "excused")]
    counts += [(len(results) - len(graded) - excused, "without a mark")]
    counts += [(waiting, "with an answer to be read")]
    said = f"{counted(len(results), 'student')}: " + ", ".join(
        f"{n} {what}" for n, what in counts if n
    )
    if not graded:
        return said
    most = max(summed(mark.out_of for mark in each.marks) for each in graded)
    return f"{said}; mean {mean([each.total for each in graded])} of {written(most)}"


def _points(mark: Mark | None) -> str:
    """Points of a mark, coloured by how many of them were reached."""
    if mark is None:
        return ""
    if mark.points is None:
        return f"[yellow]?/{written(mark.out_of)}[/]"
    if mark.reread:
        return f"[yellow]{written(mark.points)}?/{written(mark.out_of)}[/]"
    colour = "green" if mark.points == mark.out_of else "red" if mark.points == 0 else "yellow"
    return f"[{colour}]{written(mark.points)}/{written(mark.out_of)}[/]"


def _total(result: Result) -> str:
    """The total out of what could be reached."""
    if result.excused:
        return "excused"
    reachable = summed(mark.out_of for mark in result.marks)
    return f"{written(result.total)}/{written(reachable)}" if reachable else "0"
