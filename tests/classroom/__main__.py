"""Grade the sample class, with the commands that an instructor would type, and print its table.

    python -m tests.classroom [ASSIGNMENT]

The class has a course of its own, in build/classroom, so that nothing of a real one is touched.
Each command is shown. What was graded and has not changed since is kept.
"""

import csv
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

import pooledu
from tests.classroom.classroom import class_facts, download, submissions

REPOSITORY = Path(__file__).parents[2]
COURSE = Path("build", "classroom")
SCRIPTS = Path(sysconfig.get_path("scripts"))
WARNING = re.compile(r"\| (WARNING|ERROR|CRITICAL)\] ")  # as traitlets writes its log
console = Console(highlight=False)


def main(assignment: str, root: Path) -> int:
    """Bring the sample class in the course at `root` to a graded state, and print it."""
    console.print(f"[bold]A sample class hands in {assignment}[/], in {root}")
    if rules_changed(assignment, root):
        make_course(assignment, root)
    changed = receive(assignment, root)
    if changed:
        for student in changed:
            for step in ("autograded", "feedback"):
                shutil.rmtree(root / step / student / assignment, ignore_errors=True)
        grade(assignment, root)
    else:
        console.print("Nothing has changed since the class was graded.")
    return subprocess.run([SCRIPTS / "pooledu", "grades", assignment], cwd=root).returncode


def rules_changed(assignment: str, root: Path) -> bool:
    """Is anything that decides about marks newer than the last export of the grades?"""
    exported = root / "grades.csv"
    rules = [
        REPOSITORY / "nbgrader_config.py",
        *(REPOSITORY / "solutions" / assignment).iterdir(),
        *Path(pooledu.__file__).parent.rglob("*.py"),
    ]
    return not exported.exists() or any(
        rule.stat().st_mtime > exported.stat().st_mtime for rule in rules
    )


def make_course(assignment: str, root: Path) -> None:
    """Make the course anew: nbgrader lets no graded cell come or go under a submission."""
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(REPOSITORY / "solutions" / assignment, root / "solutions" / assignment)
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    run(root, "nbgrader", "generate_assignment", assignment)


def receive(assignment: str, root: Path) -> set[str]:
    """Write the files that the class hands in; return the students whose files are new."""
    archive = root / "downloaded" / assignment / "archive"
    archive.mkdir(parents=True, exist_ok=True)
    before = {path.name: path.read_text(encoding="utf-8") for path in archive.iterdir()}
    now = dict(download(assignment, root))
    changed = {name for name in before | now if before.get(name) != now.get(name)}
    for name in changed:
        if name in now:
            (archive / name).write_text(now[name], encoding="utf-8")
        else:
            (archive / name).unlink()
    students = {name.split("_")[0] for name in changed}
    console.print(f"{len(now)} files, something new from {len(students)} students")
    return students


def grade(assignment: str, root: Path) -> None:
    """Collect, grade, write feedback and export, with one command each."""
    due = f"{class_facts(assignment)['due']:%Y-%m-%d %H:%M:%S} UTC"
    run(root, "nbgrader", "db", "assignment", "add", assignment, f"--duedate={due}")
    run(root, "nbgrader", "db", "student", "import", roster(assignment, root))
    run(root, "nbgrader", "zip_collect", assignment, "--force")
    run(root, "pooledu", "grade", assignment)
    pages = len(submissions(assignment))
    run(root, "nbgrader", "generate_feedback", assignment, steps=("Converting", pages))
    run(root, "nbgrader", "export", "--to=grades.csv")


def roster(assignment: str, root: Path) -> str:
    """Write the list of students that nbgrader imports; return its path."""
    students = [each.student for each in submissions(assignment)]
    path = root / "downloaded" / "students.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id"])
        rows.writerows([student] for student in students + class_facts(assignment)["absent"])
    return str(path.relative_to(root))


def run(root: Path, *words: str, steps: tuple[str, int] = ("", 0)) -> None:
    """Run one command; a bar moves each time that `steps[0]` begins a line of its log."""
    command = " ".join(f"'{word}'" if " " in word else word for word in words)
    console.print(f"[dim]$[/] {command}")
    log = []
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task(words[1], total=steps[1] or None)
        process = subprocess.Popen(
            [SCRIPTS / words[0], *words[1:]],
            cwd=root,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for line in process.stdout:
            log.append(line)
            if words[0] == "pooledu" and WARNING.search(line):  # nbgrader's are of routine
                progress.console.print(line.rstrip(), style="yellow", markup=False)
            if steps[0] and re.search(rf"\] {steps[0]} ", line):
                progress.advance(bar)
    if process.wait():
        sys.exit(f"{command} failed:\n{''.join(log)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "ps1_windows", COURSE))
