"""The command `pooledu grade`."""

import argparse
import logging
import os
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

DONE, FAILED, NO_ASSIGNMENT, NO_SANDBOX = 0, 1, 3, 4
CODES = f"""exit codes:
  {DONE}  everything is graded, also what could not be read (it gets 0 points and says why)
  {FAILED}  nbgrader could not grade some submissions: its messages stand above; run again
  2  the command line is wrong
  {NO_ASSIGNMENT}  the gradebook does not know the problem set
  {NO_SANDBOX}  this machine cannot protect itself from a submission (see --unconfined)

A run that was ended can be started again at any time: it goes on where it was.
"""


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `pooledu grade` to the commands of `pooledu`."""
    grade = commands.add_parser(
        "grade",
        help="grade the submissions of a problem set in parallel",
        epilog=CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    grade.add_argument("assignment", help="a problem set, for example ps1_windows")
    grade.add_argument("--student", default="*", help="one student, or a pattern; all by default")
    grade.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="submissions executed at a time"
    )
    grade.add_argument("--scheduler", help="address of a Dask scheduler that executes them instead")
    grade.add_argument("--force", action="store_true", help="grade again what is graded")
    grade.add_argument(
        "--unconfined",
        action="store_true",
        help="grade although the machine cannot protect files, network or processes",
    )
    grade.add_argument("--log", default=".pooledu-grading.jsonl", help="a line of JSON for each")
    grade.set_defaults(run=grade_submissions)


def grade_submissions(arguments: argparse.Namespace) -> int:
    """Grade, with a bar that moves, and print the table."""
    from pathlib import Path

    from nbgrader.api import Gradebook, MissingEntry
    from nbgrader.apps.baseapp import NbGrader
    from rich.console import Console

    from pooledu.grading.results import results
    from pooledu.grading.run import Run
    from pooledu.grading.table import marks

    app = NbGrader()
    app.initialize([], root=os.getcwd())
    app.log.setLevel(logging.WARNING)
    course = app.coursedir
    course.assignment_id, course.student_id = arguments.assignment, arguments.student
    app.config.JudgedExecute.unconfined = arguments.unconfined
    with Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            gradebook.find_assignment(arguments.assignment)
        except MissingEntry:
            print(
                f"pooledu grade: the gradebook knows no problem set {arguments.assignment!r}; run "
                f"`nbgrader generate_assignment {arguments.assignment}` first",
                file=sys.stderr,
            )
            return NO_ASSIGNMENT
    console = Console(width=None if sys.stdout.isatty() else 140)
    with executor(arguments.jobs, arguments.scheduler) as workers:
        run = Run(course, app, workers, arguments.force, Path(arguments.log))
        pending = run.pending()
        done = _with_bar(console, run, pending) if pending else True
    console.print(marks(arguments.assignment, results(arguments.assignment, course)))
    console.print(f"{len(pending)} graded now." if pending else "Nothing new to grade.")
    return DONE if done else FAILED


def _with_bar(console: Any, run: Any, pending: list[str]) -> bool:
    """Grade while a bar shows how many are done, how fast, and how long the rest will take."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("grading", total=len(pending), rate="")

        def on_done(student: str) -> None:
            speed = progress.tasks[bar].speed
            progress.update(bar, advance=1, rate=f"{speed:.1f} a second" if speed else "")

        run.on_done = on_done
        return bool(run.start(pending))


@contextmanager
def executor(jobs: int, scheduler: str | None = None) -> Iterator[Executor]:
    """Provide where submissions are executed: processes of this machine, or a Dask cluster."""
    if scheduler is None:
        # Forked before any thread is started, so that workers need not import everything again.
        with ProcessPoolExecutor(max(1, jobs), mp_context=get_context("fork")) as pool:
            yield pool
    else:
        from distributed import Client

        with Client(scheduler) as client:
            yield client.get_executor()
