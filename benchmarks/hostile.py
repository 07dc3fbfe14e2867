"""The time of a class with hostile submissions among the honest, with their pages.

    python -m benchmarks.hostile [--students 20] [--hostile 0 1 4] [--jobs 2]

Each of them is a submission that uses up what it may: a function that sleeps, a cell that does not
end, texts that keep a parser busy, outputs without end, a large file. "Each costs" is what one of
them adds to the time of the class; the budget is what the configuration lets it add at most.
"""

import argparse
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from benchmarks.grading import REPOSITORY, SCRIPTS, command, copied, make_class
from pooledu.grading.budget import TimeBudget

ASSIGNMENT = "ps1_windows"
SLEEPS = "import time\ndef output_size(*a, **k): time.sleep(600)\nmax_pool2d = output_size"
KINDS = {
    "sleeps": new_code_cell(SLEEPS),
    "does not end": new_code_cell("while True: pass"),
    "feeds a parser": new_markdown_cell("a" + " " * 200_000 + "b" + "\\begin{align}\n" * 30_000),
    "prints without end": new_code_cell("while True: print('x' * 1000)"),
    "is large": None,
}


def main() -> None:
    """Time the classes, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=20)
    parser.add_argument("--hostile", type=int, nargs="+", default=[0, 1, 5])
    parser.add_argument("--jobs", type=int, default=2)
    chosen = parser.parse_args()
    budget = TimeBudget().seconds
    print(f"{chosen.students} honest students, {chosen.jobs} jobs, {os.cpu_count()} processors")
    print(f"{'hostile':>8}{'seconds':>9}{'each costs':>12}   budget of each: {budget:g} s")
    with tempfile.TemporaryDirectory() as folder:
        root = make_class(Path(folder, "class"), ASSIGNMENT, chosen.students)
        shutil.copy(REPOSITORY / "nbgrader_config.py", root)
        undisturbed = 0.0
        for count in sorted({0, *chosen.hostile}):
            course = copied(root, Path(folder, str(count)), chosen.students)
            for number in range(count):
                hand_in(course, number)
            seconds = timed(course, chosen.jobs)
            undisturbed = undisturbed or seconds
            each = f"{(seconds - undisturbed) / count:12.1f}" if count else ""
            print(f"{count:8}{seconds:9.1f}{each}", flush=True)


def hand_in(root: Path, number: int) -> None:
    """Hand in one of the hostile submissions, in front of the others in the alphabet."""
    folder = root / "submitted" / f"a{number:03}" / ASSIGNMENT
    folder.mkdir(parents=True)
    path = folder / f"{ASSIGNMENT}.ipynb"
    cell = list(KINDS.values())[number % len(KINDS)]
    if cell is None:
        path.write_text('{"cells": [' + "{}," * 10_000_000 + "{}]}")
        return
    notebook = nbformat.read(root / "exercises" / ASSIGNMENT / path.name, 4)
    notebook.cells.insert(1, cell)
    path.write_text(json.dumps(notebook))


def timed(root: Path, jobs: int) -> float:
    """Grade a class and write its pages; return the seconds that both take."""
    before = time.monotonic()
    command([SCRIPTS / "pooledu", "grade", ASSIGNMENT, "--jobs", str(jobs)], root)
    command([SCRIPTS / "pooledu", "feedback", ASSIGNMENT, "--jobs", str(jobs)], root)
    return time.monotonic() - before


if __name__ == "__main__":
    main()
