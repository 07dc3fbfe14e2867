"""The command `pooledu`: each part of the package adds its own commands."""

import argparse
from collections.abc import Sequence

from pooledu.checks import cli as checks
from pooledu.checks import progress
from pooledu.grading import cli as grading


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code.

    Examples
    --------
    >>> main(["grades"])
    Traceback (most recent call last):
    SystemExit: 2
    """
    parser = argparse.ArgumentParser(prog="pooledu", description="The course's own commands.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    checks.add_commands(commands)
    progress.add_command(commands)
    grading.add_commands(commands)
    chosen = parser.parse_args(arguments)
    return chosen.run(chosen)
