"""Grading against stock nbgrader: the same class, the same machine, one way after the other.

    python -m benchmarks.grading [--assignments ps1_windows ps4_backward] [--students 60]
                                 [--stock 30]

The class is honest: right solutions with small differences. Every way starts from the released
problem set and nothing graded. What is printed as "all" includes everything, from the start of
the command to its end; "steady" leaves out the first submissions, in which libraries are loaded.
`--jobs 1` does one thing after the other in one process. As the course configures it, cells after
the last one that has points are not run; the row "every cell" runs them, as stock nbgrader does.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sysconfig
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import takewhile
from pathlib import Path
from typing import Any

import nbformat

REPOSITORY = Path(__file__).parents[1]
SCRIPTS = Path(sysconfig.get_path("scripts"))
RESULTS = Path(__file__).parent / "results" / "grading.json"
EVERY_CELL = "\nc.JudgedExecute.up_to_the_last_mark = False\n"
WARM_UP = 5  # submissions that the steady state leaves out
LIBRARIES = ("nbgrader", "nbconvert", "numpy", "torch")

Row = dict[str, Any]


def main() -> None:
    """Time all ways, print a table for each problem set, and write the results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--assignments", nargs="+", default=["ps1_windows", "ps4_backward"])
    parser.add_argument("--students", type=int, default=60)
    parser.add_argument("--stock", type=int, default=30, help="students of stock nbgrader")
    parser.add_argument("--output", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    rows = []
    for assignment in chosen.assignments:
        its = compare(assignment, chosen.students, min(chosen.stock, chosen.students))
        print_table(assignment, its)
        rows += its
    report = {
        "date": datetime.now(UTC).date().isoformat(),
        "processors": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in LIBRARIES},
        "left out of the steady state": WARM_UP,
        "rows": rows,
    }
    chosen.output.parent.mkdir(exist_ok=True)
    chosen.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def compare(assignment: str, students: int, few: int) -> list[Row]:
    """Time stock nbgrader and ours on one problem set."""
    ways = [("pooledu grade --jobs 1", 1, ""), ("pooledu grade --jobs 2", 2, "")]
    ways.append(("the same, every cell", 2, EVERY_CELL))
    with tempfile.TemporaryDirectory() as folder:
        root = make_class(Path(folder, "class"), assignment, students)
        course = copied(root, Path(folder, "stock"), few)
        steady, everything = timed(course, [SCRIPTS / "nbgrader", "autograde", assignment])
        rows = [row(assignment, "stock nbgrader autograde", few, steady, everything)]
        for number, (way, jobs, more) in enumerate(ways):
            course = copied(root, Path(folder, str(number)), students)
            shutil.copy(REPOSITORY / "nbgrader_config.py", course)
            with (course / "nbgrader_config.py").open("a", encoding="utf-8") as config:
                config.write(more)
            words = [SCRIPTS / "pooledu", "grade", assignment, "--jobs", str(jobs)]
            rows.append(row(assignment, way, students, *timed(course, words)))
    return rows


def row(assignment: str, way: str, students: int, steady: float, everything: float) -> Row:
    """Describe one way."""
    return {
        "assignment": assignment,
        "way": way,
        "students": students,
        "steady": round(steady, 4),
        "all": round(everything, 4),
    }


def print_table(assignment: str, rows: list[Row]) -> None:
    """Print seconds a submission, and how many times faster than stock that is."""
    stock, one, two = rows[:3]
    print(f"\n{assignment}, {os.cpu_count()} processors, seconds a submission")
    print(f"{'':28}{'students':>9}{'steady':>9}{'all':>9}{'x steady':>10}{'x all':>8}")
    for each in rows:
        gains = f"{stock['steady'] / each['steady']:10.1f}{stock['all'] / each['all']:8.1f}"
        times = f"{each['steady']:9.3f}{each['all']:9.3f}"
        print(f"{each['way']:28}{each['students']:9}{times}{gains}")
    gain = one["steady"] / two["steady"]
    print(f"Two jobs against one, steady: {gain:.2f} times", flush=True)


def make_class(root: Path, assignment: str, students: int) -> Path:
    """Release a problem set in a new course and hand in its solution for each student."""
    root.mkdir()
    shutil.copytree(REPOSITORY / "solutions" / assignment, root / "solutions" / assignment)
    lines = (REPOSITORY / "nbgrader_config.py").read_text(encoding="utf-8").splitlines()
    before = takewhile(lambda line: "JudgedExecute" not in line, lines)  # which ends the file
    stock = [line for line in before if "configure" not in line]
    (root / "nbgrader_config.py").write_text("\n".join(stock) + "\n", encoding="utf-8")
    command([SCRIPTS / "nbgrader", "generate_assignment", assignment], root)
    notebook = nbformat.read(root / "solutions" / assignment / f"{assignment}.ipynb", 4)
    for number in range(students):
        folder = root / "submitted" / f"s{number:03}" / assignment
        folder.mkdir(parents=True)
        for cell in notebook.cells:
            flags = cell.metadata.get("nbgrader", {})
            if flags.get("solution") and cell.cell_type == "code":
                cell.source = re.sub(r"\n# student .*", "", cell.source)
                cell.source += f"\n# student {number}"
        nbformat.write(notebook, folder / f"{assignment}.ipynb")
    return root


def copied(root: Path, to: Path, students: int) -> Path:
    """Copy a course with the first students of its class."""
    shutil.copytree(root, to)
    for folder in sorted((to / "submitted").iterdir())[students:]:
        shutil.rmtree(folder)
    return to


def timed(root: Path, words: list) -> tuple[float, float]:
    """Run a command; return seconds a submission after the first few, and altogether."""
    before = time.time()
    command(words, root)
    total = time.time() - before
    graded = sorted(path.stat().st_mtime for path in (root / "autograded").glob("*/*/*.ipynb"))
    skipped = min(WARM_UP, len(graded) // 2)
    steady = (graded[-1] - graded[skipped - 1]) / (len(graded) - skipped)
    return steady, total / len(graded)


def command(words: list, root: Path) -> None:
    """Run a command in a course, quietly, and stop where it fails."""
    path = os.pathsep.join([str(SCRIPTS), os.environ["PATH"]])
    done = subprocess.run(
        words, cwd=root, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-4000:], [str(word) for word in words])
        raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
