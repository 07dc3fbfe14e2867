"""What the commands cost for classes of several sizes.

    python -m benchmarks.classes [--students 60 500 2000] [--jobs 2]

The class is the honest one of `benchmarks.grading`. Seconds of processors are given, which a busy
machine changes little, and the largest memory of one process. "Serial" is what the process that
writes takes itself for a submission: no second processor shortens it. A page has in it what
its confined process takes. From both the start of the command is taken off.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.grading import REPOSITORY, RESULTS, Row, copied, make_class

ASSIGNMENT = "ps1_windows"
STARTED = "import json, resource, sys; from {} import {}\n"
MEASURED = """
try:
    code = {}
except SystemExit as end:
    code = end.code
own, children = (resource.getrusage(who) for who in (0, -1))
numbers = [each.ru_utime + each.ru_stime for each in (own, children)]
memory = max(own.ru_maxrss, children.ru_maxrss) / 1024
print(json.dumps([code, *numbers, memory]), file=sys.stderr)
"""
OURS = STARTED.format("pooledu.cli", "main") + MEASURED.format("main(sys.argv[1:])")
NBGRADER = STARTED.format("nbgrader.apps.nbgraderapp", "NbGraderApp") + MEASURED.format(
    "NbGraderApp.launch_instance(sys.argv[1:])"
)


def main() -> None:
    """Measure classes, print a line for each, and write the results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, nargs="+", default=[60, 500, 2000])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--output", type=Path, default=RESULTS.with_name("classes.json"))
    chosen = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        root = make_class(Path(folder, "class"), ASSIGNMENT, max(chosen.students))
        shutil.copy(REPOSITORY / "nbgrader_config.py", root)
        for students in chosen.students:
            rows.append(measured(copied(root, Path(folder, str(students)), students), chosen.jobs))
            print(json.dumps(rows[-1]), flush=True)
    date = datetime.now(UTC).date().isoformat()
    report = {"date": date, "processors": os.cpu_count(), "jobs": chosen.jobs, "rows": rows}
    chosen.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def measured(course: Path, jobs: int) -> Row:
    """Grade a class, give it feedback, and make its tables."""
    students = len(list((course / "submitted").iterdir()))
    words = [f"--jobs={jobs}"]
    start, _, empty = run(course, OURS, "grade", ASSIGNMENT, *words, "--student=nobody")
    own, others, memory = run(course, OURS, "grade", ASSIGNMENT, *words)
    pages = run(course, OURS, "feedback", ASSIGNMENT, *words)
    nothing = run(course, OURS, "feedback", ASSIGNMENT, *words)
    one = run(course, OURS, "grades", ASSIGNMENT, "--student=s000")
    table = run(course, OURS, "grades", ASSIGNMENT, "--csv=marks.csv")
    export = run(course, NBGRADER, "export", "--exporter=pooledu.grading.export.LmsExport")
    return {
        "students": students,
        "grade, ms a submission": round(1000 * (own + others) / students, 1),
        "serial, ms a submission": round(1000 * (own - start) / students, 1),
        "grade, MB": round(memory),
        "the same of nobody, MB": round(empty),
        "feedback, ms a page": round(1000 * (sum(pages[:2]) - sum(nothing[:2])) / students, 1),
        "feedback, MB": round(pages[2]),
        "one student's table, s": round(sum(one[:2]), 2),
        "everyone's table, s": round(sum(table[:2]), 2),
        "export, s": round(sum(export[:2]), 2),
    }


def run(course: Path, code: str, *words: str) -> tuple[float, float, float]:
    """Run a command; return the seconds of its own process and of others, and the memory."""
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=course, capture_output=True, text=True
    )
    status, own, others, memory = json.loads(done.stderr.splitlines()[-1])
    if status:
        raise SystemExit(f"{words}: {status}\n{done.stdout}{done.stderr}")
    return own, others, memory


if __name__ == "__main__":
    main()
