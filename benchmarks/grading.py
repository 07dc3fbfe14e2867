"""Grading against stock nbgrader: the same class, the same machine, one after the other.

    python -m benchmarks.grading [--assignment ps1_windows] [--students 60] [--stock 60]

The class is honest: right solutions with small differences. Both ways start from the released
problem set and nothing graded; what is printed includes everything, from the start of the command
to its end. The steady state leaves out the first submissions, in which libraries are loaded.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import nbformat

REPOSITORY = Path(__file__).parents[1]
SCRIPTS = Path(sysconfig.get_path("scripts"))
JUDGED = "\nfrom pooledu.grading.preprocessor import configure\nconfigure(c)\n"
WARM_UP = 5  # submissions that the steady state leaves out


def main() -> None:
    """Time both ways and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--assignment", default="ps1_windows")
    parser.add_argument("--students", type=int, default=60)
    parser.add_argument("--stock", type=int, help="students of stock nbgrader, if fewer")
    parser.add_argument("--jobs", type=int, nargs="*", default=[1, 2])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = make_class(Path(folder, "class"), chosen.assignment, chosen.students)
        few = chosen.stock or chosen.students
        stock = run_stock(copied(root, Path(folder, "stock"), few), chosen.assignment)
        rows = [("stock nbgrader autograde", few, *stock)]
        for jobs in chosen.jobs:
            course = copied(root, Path(folder, f"jobs-{jobs}"), chosen.students)
            timed = run_ours(course, chosen.assignment, jobs)
            rows.append((f"pooledu grade --jobs {jobs}", chosen.students, *timed))
    print(f"{chosen.assignment}, {os.cpu_count()} processors, seconds a submission")
    print(f"{'':28}{'students':>9}{'steady':>9}{'all':>9}{'x steady':>10}{'x all':>8}")
    for name, students, steady, total in rows:
        gains = f"{stock[0] / steady:10.1f}{stock[1] / total:8.1f}"
        print(f"{name:28}{students:9}{steady:9.3f}{total:9.3f}{gains}")


def make_class(root: Path, assignment: str, students: int) -> Path:
    """Release a problem set in a new course and hand in its solution for each student."""
    root.mkdir()
    shutil.copytree(REPOSITORY / "solutions" / assignment, root / "solutions" / assignment)
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    config = root / "nbgrader_config.py"
    lines = [line for line in config.read_text().splitlines() if "configure" not in line]
    config.write_text("\n".join(lines) + "\n")
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


def run_stock(root: Path, assignment: str) -> tuple[float, float]:
    """Run `nbgrader autograde`; return seconds a submission, steady and with everything."""
    return timed(root, [SCRIPTS / "nbgrader", "autograde", assignment])


def run_ours(root: Path, assignment: str, jobs: int) -> tuple[float, float]:
    """Run `pooledu grade`; return seconds a submission, steady and with everything."""
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text() + JUDGED)
    program = "import sys; from benchmarks.grading import grade; sys.exit(grade(*sys.argv[1:]))"
    return timed(root, [sys.executable, "-c", program, assignment, str(jobs)])


def grade(assignment: str, jobs: str) -> int:
    """Be the command `pooledu grade`."""
    from pooledu.grading.grade import add_command

    parser = argparse.ArgumentParser()
    add_command(parser.add_subparsers())
    arguments = parser.parse_args(["grade", assignment, "--jobs", jobs])
    return int(arguments.run(arguments))


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
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(words, cwd=root, env=environment, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-4000:], json.dumps([str(w) for w in words]))
        raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
