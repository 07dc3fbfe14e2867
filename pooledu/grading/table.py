"""The table of a class's results, for a terminal."""

from collections.abc import Sequence

from rich.table import Table

from pooledu.grading.results import Mark, Result


def table(assignment: str, results: Sequence[Result]) -> Table:
    """Lay out the results of a class, one student a row.

    Examples
    --------
    >>> from rich.console import Console
    >>> marks = (Mark("max_pool2d", 3.0, 3), Mark("why", None, 1))
    >>> late = Result("s10", marks=marks, penalty=0.4)
    >>> results = [late, Result("s13", problem="nothing handed in")]
    >>> Console(width=70).print(table("ps1", results))  # doctest: +NORMALIZE_WHITESPACE
                                   ps1
    ┏━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━┳━━━━━━┳━━━━━━━┳━━━━━━━━━━━━━━━━━━━┓
    ┃ student ┃ max_pool2d ┃ why ┃ late ┃ total ┃ remarks           ┃
    ┡━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━╇━━━━━━╇━━━━━━━╇━━━━━━━━━━━━━━━━━━━┩
    │ s10     │        3/3 │ ?/1 │ -0.4 │ 2.6/4 │                   │
    │ s13     │            │     │      │     0 │ nothing handed in │
    └─────────┴────────────┴─────┴──────┴───────┴───────────────────┘
    """
    exercises = list(dict.fromkeys(mark.exercise for each in results for mark in each.marks))
    grid = Table(title=assignment)
    grid.add_column("student", no_wrap=True)
    for exercise in exercises:
        grid.add_column(exercise, justify="right")
    grid.add_column("late", justify="right")
    grid.add_column("total", justify="right", style="bold")
    grid.add_column("remarks", overflow="fold")
    for each in results:
        marks = {mark.exercise: mark for mark in each.marks}
        grid.add_row(
            each.student,
            *(_points(marks.get(exercise)) for exercise in exercises),
            f"-{each.penalty:g}" if each.penalty else "",
            _total(each),
            "\n".join(_remarks(each)),
        )
    return grid


def _points(mark: Mark | None) -> str:
    """Points of a mark, coloured by how many of them were reached."""
    if mark is None:
        return ""
    if mark.points is None:
        return f"[yellow]?/{mark.out_of:g}[/]"
    colour = "green" if mark.points == mark.out_of else "red" if mark.points == 0 else "yellow"
    return f"[{colour}]{mark.points:.3g}/{mark.out_of:g}[/]"


def _total(result: Result) -> str:
    """The total out of what could be reached."""
    reachable = sum(mark.out_of for mark in result.marks)
    return f"{result.total:.3g}/{reachable:g}" if reachable else "0"


def _remarks(result: Result) -> list[str]:
    """The problem with a submission, or the diagnosis of each exercise that is not right."""
    if result.problem:
        return [f"[red]{result.problem}[/]"]
    return [f"{mark.exercise}: {mark.remark}" for mark in result.marks if mark.remark]
