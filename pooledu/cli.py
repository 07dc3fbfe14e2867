"""The command `pooledu`: each part of the package adds its own commands."""

import argparse
import os
import sys
from collections.abc import Sequence

from pooledu.checks import cli as checks
from pooledu.checks import progress
from pooledu.grading import cli as grading

STOPPED_READING = 141  # as a shell tells it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code.

    Examples
    --------
    >>> main(["grades"])
    Traceback (most recent call last):
    SystemExit: 2
    """
    try:
        try:
            chosen = make_parser().parse_args(arguments)
            code: int = chosen.run(chosen)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # whoever reads, such as `head`, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return STOPPED_READING
    return code


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    parser = argparse.ArgumentParser(prog="pooledu", description="The course's own commands.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    checks.add_commands(commands)
    progress.add_command(commands)
    grading.add_commands(commands)
    return parser
