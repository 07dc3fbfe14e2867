"""The commands for instructors."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

from pooledu.grading.desk import collecting, courses, feedback, people, reports, sets
from pooledu.grading.run import command as grade


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands for instructors to those of `pooledu`."""
    rooms = (courses, people, collecting, sets, reports, feedback)
    names = [name for room in rooms for name in room.add_commands(commands)]
    grade.add_command(commands)
    grades = commands.add_parser("grades", help="print the results of a class, with diagnoses")
    grades.add_argument("assignment", help="a problem set, for example ps1_windows")
    grades.set_defaults(run=print_grades)
    layers = commands.add_parser("layers", help="what protects this machine from a submission")
    layers.set_defaults(run=print_layers)
    for name in (*names, "grade", "grades", "layers"):
        each = commands.choices[name]
        each.set_defaults(run=partial(_with_nbgrader, each.get_default("run")))


def _with_nbgrader(run: Callable[[argparse.Namespace], int], arguments: argparse.Namespace) -> int:
    """Run a command, if what it needs is installed: it belongs to an extra that students lack."""
    missing = [name for name in ("nbgrader", "rich", "nh3") if find_spec(name) is None]
    if not missing:
        return run(arguments)
    print(
        f"pooledu: this command needs {', '.join(missing)}; install this package with its extra "
        "`grading`, or run `make course` in a copy of the repository",
        file=sys.stderr,
    )
    return 2


def print_grades(arguments: argparse.Namespace) -> int:
    """Print the table of results; 1 if nbgrader knows no such assignment."""
    # nbgrader takes two seconds to load.
    from rich.console import Console

    from pooledu.grading.export.results import course_directory, results
    from pooledu.grading.export.table import diagnoses, marks, remarks

    course = course_directory()
    try:
        found = results(arguments.assignment, course)
    except LookupError as error:
        print(f"pooledu grades: {error.args[0]}", file=sys.stderr)
        return 1
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(marks(arguments.assignment, found))
    console.print(diagnoses(found))
    for sentence in remarks(arguments.assignment, found):
        console.print(sentence, markup=False)
    feedback = course.format_path(course.feedback_directory, "STUDENT", arguments.assignment)
    console.print(f"Feedback: {feedback}/{arguments.assignment}.html", soft_wrap=True)
    return 0


def print_layers(arguments: argparse.Namespace) -> int:
    """Print each layer of confinement and whether it holds here; 1 if a protection is missing."""
    from pooledu.grading.execution import Policy
    from pooledu.grading.run.probe import probe
    from pooledu.grading.sandbox.layers import LAYERS, missing_protections

    found = probe(Policy())
    for name in LAYERS:
        reason = found.get(name, "not tried")
        print(f"{name:20} {reason or 'holds'}")
    missing = missing_protections(found)
    print(f"Not protected: {', '.join(missing)}" if missing else "All is protected.")
    return int(bool(missing))
