"""`pooledu progress`: what the saved notebooks of a folder have reached, and what comes next.

Nothing is run and nothing is kept: a saved notebook holds the verdicts that it shows.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pooledu.checks.registry import exercise_names, find
from pooledu.checks.verdict import VERDICT_TYPE
from pooledu.checks.words import short

BAR = 20  # cells
OTHERS = ("submitted", "autograded", "feedback")  # folders of a class, in nbgrader's own words
MEGABYTES = 50  # of a notebook that is read
MOST_POINTS = 1e6  # of a cell
MAX_SAYS = 200  # characters of a verdict


@dataclass(frozen=True)
class Task:
    """A graded cell: what it is worth, what its verdict gave, and what that says."""

    name: str
    points: float
    reached: float
    passed: bool
    says: str


@dataclass(frozen=True)
class Work:
    """A notebook of a problem set."""

    problem_set: str
    path: Path
    tasks: tuple[Task, ...]
    by_hand: float

    @property
    def reached(self) -> float:
        """The points that its checks gave."""
        return sum(task.reached for task in self.tasks)

    @property
    def points(self) -> float:
        """The points that its checks can give."""
        return sum(task.points for task in self.tasks)


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `pooledu progress` to the commands of `pooledu`."""
    parser = commands.add_parser(
        "progress",
        help="what your saved notebooks have reached, and what comes next",
        description="Read the notebooks of a folder as they were saved last, and print the points "
        "of each problem set and what comes next. Nothing is run. What a class has handed in, in "
        f"folders named {', '.join(OTHERS)}, is not yours and not read.",
    )
    parser.add_argument("folder", type=Path, nargs="?", default=Path(), help="by default this one")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the progress in the folder of the command line; return the exit code."""
    if not arguments.folder.is_dir():
        fault = f"there is no folder {arguments.folder}."
        if arguments.folder.exists():
            fault = f"{arguments.folder} is a file; name the folder in which you work."
        print(f"pooledu progress: {fault}", file=sys.stderr)
        return 2
    sets = {name: find(name).problem_set for name in exercise_names()}
    found = (read(path, sets) for path in notebooks(arguments.folder))
    works = furthest(filter(None, found))
    if not works:
        print(
            f"pooledu progress: no notebook of a problem set lies in {arguments.folder.resolve()} "
            "or in a folder in it. Name the folder in which you work.",
            file=sys.stderr,
        )
        return 2
    print("\n".join(table(works)))
    return 0


def notebooks(folder: Path) -> Iterator[Path]:
    """Find the notebooks of a folder, but for hidden copies and what a class has handed in."""
    for place, folders, names in os.walk(folder):
        own = (name for name in folders if not name.startswith((".", "_")) and name not in OTHERS)
        folders[:] = sorted(own)
        yield from (Path(place, name) for name in sorted(names) if name.endswith(".ipynb"))


def read(path: Path, sets: Mapping[str, str]) -> Work | None:
    """Read what a saved notebook shows; None if it is none of a problem set.

    `sets` has the problem set of each exercise that there is.
    """
    try:
        if not path.is_file() or path.stat().st_size > MEGABYTES * 1e6:
            return None
        cells = json.loads(path.read_text("utf8"))["cells"]
        graded = [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade")]
        checks = [cell for cell in graded if cell["metadata"]["nbgrader"]["grade_id"] in sets]
        tasks = tuple(map(_task, checks))
        by_hand = sum(_points(cell) for cell in graded if cell not in checks)
    except Exception:  # a file may hold anything at all
        return None
    return Work(sets[tasks[0].name], path, tasks, by_hand) if tasks else None


def _points(cell: dict[str, Any]) -> float:
    """What a graded cell is worth."""
    points = float(cell["metadata"]["nbgrader"].get("points", 0))
    if not 0 <= points <= MOST_POINTS:
        raise ValueError(f"no cell is worth {points} points")
    return points


def _task(cell: dict[str, Any]) -> Task:
    """Read the verdict that a cell shows."""
    name = cell["metadata"]["nbgrader"]["grade_id"]
    shown = [output.get("data", {}).get(VERDICT_TYPE) for output in cell.get("outputs", [])]
    verdicts = [verdict for verdict in shown if isinstance(verdict, dict)]
    if not verdicts:
        return Task(name, _points(cell), 0.0, False, "")
    last = verdicts[-1]
    score = float(last["score"])
    reached = score * _points(cell) if 0 <= score <= 1 else 0.0
    says = "".join(letter if letter.isprintable() else " " for letter in str(last["headline"]))
    return Task(name, _points(cell), reached, score == 1, short(says, MAX_SAYS))


def furthest(works: Iterator[Work]) -> list[Work]:
    """Keep of each problem set the notebook with the most points, in the course's order."""
    best: dict[str, Work] = {}
    for work in works:
        if work.problem_set not in best or work.reached > best[work.problem_set].reached:
            best[work.problem_set] = work
    return [best[name] for name in sorted(best)]


def table(works: Sequence[Work]) -> Iterator[str]:
    """Lay out a line for each problem set, their sum, and what comes next."""
    width = max(len(work.problem_set) for work in works)
    for work in works:
        full = round(BAR * work.reached / work.points) if work.points else BAR
        left = [task.name for task in work.tasks if not task.passed]
        more = f" and {len(left) - 2} more" if len(left) > 2 else ""
        rest = f"left: {', '.join(left[:2])}{more}" if left else "all checks pass"
        yield (
            f"{work.problem_set:{width}}  {'█' * full}{'·' * (BAR - full)}  "
            f"{_number(work.reached):>5} / {_number(work.points):<5} {rest}"
        )
    by_hand = sum(work.by_hand for work in works)
    total = f"{_number(sum(w.reached for w in works))} / {_number(sum(w.points for w in works))}"
    answers = f", and up to {_number(by_hand)} for written answers" if by_hand else ""
    yield f"\n{total} points by checks{answers}."
    yield f"\n{_next(works)}"


def _next(works: Sequence[Work]) -> str:
    """Say what to do now."""
    for work in works:
        for task in work.tasks:
            if not task.passed:
                so_far = f"\n  It says: {task.says}" if task.says else ""
                return f"Next: {task.name}, in {work.path}{so_far}"
    return "All that is here passes. Before you hand a notebook in: `pooledu check NOTEBOOK`."


def _number(points: float) -> str:
    """Points without zeros behind them."""
    return f"{round(points, 2):g}"
