"""The commands for instructors."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

from pooledu.grading.desk import collecting, courses, feedback, grades, people, reports, sets
from pooledu.grading.run import command as grade


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands for instructors to those of `pooledu`."""
    rooms = (courses, people, collecting, sets, reports, feedback, grades)
    names = [name for room in rooms for name in room.add_commands(commands)]
    grade.add_command(commands)
    layers = commands.add_parser(
        "layers",
        help="what protects this machine from a submission",
        description="Print each layer of the sandbox and whether it holds on this machine. The "
        "exit code is 1 if files, network or processes are not protected.",
    )
    layers.set_defaults(run=print_layers)
    for name in (*names, "grade", "layers"):
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
