"""Grade nbgrader's own fixtures with stock nbgrader and with ours; list where the scores differ.

    .venv/bin/python scripts/nbgrader_fixtures.py CLONE [--output FILE]

CLONE is a clone of https://github.com/jupyter/nbgrader, bare or not; nothing of it is kept here.
Each notebook of its tests is released and handed in again, as it is and as it was released; so are
the variants that its tests hand in, and the course of its documentation. The table is written to
benchmarks/results/nbgrader_fixtures.md. Where ours gives less and REASONS says nothing of it, the
exit code is 1.
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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.converters.base import BaseConverter
from nbgrader.utils import capture_log

from pooledu.cli import main as pooledu

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / "benchmarks" / "results" / "nbgrader_fixtures.md"
SCRIPTS = Path(sysconfig.get_path("scripts"))
TESTS = ("nbgrader/tests/apps/files", "nbgrader/tests/preprocessors/files")
KINDS = (".ipynb", ".txt", ".yml", ".png")
GUIDE = "nbgrader/docs/source/user_guide"
STOCK = """
c = get_config()
c.CourseDirectory.course_id = "fixtures"
c.Execute.timeout = 10
"""
REFUSED, RELEASED = "refused.json", "released.db"
OURS = f"""{STOCK}
from pooledu.grading.bridge import configure
configure(c)
"""
VARIANTS = (  # a variant's name -> whose it is
    (re.compile(r"submitted-(?!unchanged).*"), "submitted-unchanged"),
    (re.compile(r"(autotest-[a-z]+)-.*"), r"\1"),
)
RETYPED = (
    "stock refuses a submission in which the type of a cell was changed; ours gives the cell the "
    "type that it was released with"
)
REASONS = {
    ("preprocessors-submitted-unchanged", "submitted-answer-cell-type-changed"): RETYPED,
    ("preprocessors-submitted-unchanged", "submitted-grade-cell-type-changed"): RETYPED,
}
"""(set, submission) -> why the scores differ."""


@dataclass
class Fixture:
    """A problem set, and what is handed in for it: student -> file name -> notebook."""

    name: str
    sources: dict[str, Path]
    submissions: dict[str, dict[str, Path]] = field(default_factory=dict)


def exported(clone: Path, folder: Path) -> Path:
    """Write those files of the clone's newest commit that are needed into a folder."""
    git = ["git", "-C", clone]
    listed = [*git, "ls-tree", "-r", "-z", "--name-only", "HEAD", *TESTS, GUIDE]
    names = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in names:
        if Path(name).suffix in KINDS:
            shown = subprocess.run([*git, "show", f"HEAD:{name}"], check=True, capture_output=True)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(shown.stdout)
    return folder


def fixtures(files: Path) -> Iterator[Fixture]:
    """Yield each problem set of nbgrader's tests and of its documentation."""
    for place in TESTS:
        found = {path.stem: path for path in sorted((files / place).glob("*.ipynb"))}
        kind = Path(place).parts[-2]
        owned = {name: owner(name, found) for name in found}
        for name in (each for each, whose in owned.items() if whose == each):
            variants = {each: path for each, path in found.items() if owned[each] == name}
            handed_in = {each: {"p1": path} for each, path in variants.items()}
            yield Fixture(f"{kind}-{name}", {"p1": found[name]}, handed_in)
    guide = files / GUIDE
    sources = {path.stem: path for path in sorted((guide / "source" / "ps1").glob("*.ipynb"))}
    handed_in = {
        folder.name: {path.stem: path for path in sorted((folder / "ps1").glob("*.ipynb"))}
        for folder in sorted((guide / "submitted").iterdir())
    }
    yield Fixture("guide-ps1", sources, handed_in)


def owner(name: str, found: dict[str, Path]) -> str:
    """Return the notebook of which another is a variant, by its name; else itself."""
    for pattern, whose in VARIANTS:
        if match := pattern.fullmatch(name):
            base = match.expand(whose)
            return base if base in found else name
    return name


def hand_in(fixture: Fixture, course: Path) -> None:
    """Put the problem set and what is handed in for it into a course."""
    beside = next(iter(fixture.sources.values())).parent
    source = course / "source" / fixture.name
    source.mkdir(parents=True)
    for name, path in fixture.sources.items():
        shutil.copy(path, source / f"{name}.ipynb")
    for each in [*beside.glob("*.txt"), *beside.glob("*.png")]:
        shutil.copy(each, source)
    for student, notebooks in fixture.submissions.items():
        folder = course / "submitted" / student / fixture.name
        folder.mkdir(parents=True)
        for name, path in notebooks.items():
            shutil.copy(path, folder / f"{name}.ipynb")


def grade(course: Path, way: str, names: Iterable[str]) -> dict[str, str]:
    """Grade problem sets in a process of its own; return why some could not be released.

    One process for all: nbgrader takes seconds to start.
    """
    path = os.pathsep.join([str(SCRIPTS), os.environ["PATH"]])  # nbgrader starts alembic by name
    words = [sys.executable, str(Path(__file__).resolve()), "--way", way, str(course), *names]
    subprocess.run(words, cwd=course, check=True, env=os.environ | {"PATH": path})
    refused = course / REFUSED
    return dict(json.loads(refused.read_text())) if refused.exists() else {}


def grade_here(way: str, course: Path, names: list[str]) -> None:
    """Grade them, in this process: with stock nbgrader, which also releases them, or with ours."""
    os.chdir(course)
    if way == "ours":
        for name in names:
            print(way, name, flush=True)
            pooledu(["grade", name, "--jobs", "1"])
        return
    refused = {}
    for name in names:
        if reason := said(GenerateAssignment, name):
            refused[name] = reason
        else:
            blank = course / "submitted" / "as-released" / name
            shutil.copytree(course / "release" / name, blank)
    (course / REFUSED).write_text(json.dumps(refused))
    shutil.copy("gradebook.db", RELEASED)
    for name in names:
        print(way, name, flush=True)
        if name not in refused:
            said(Autograde, name)


def said(step: type[BaseConverter], name: str) -> str:
    """Take one of nbgrader's steps; return its first error, or ""."""
    app = NbGrader()
    app.initialize([], root=os.getcwd())
    app.coursedir.assignment_id = name
    done = capture_log(step(coursedir=app.coursedir, parent=app))
    if done["success"]:
        return ""
    errors = (line for line in done["log"].splitlines() if line.startswith("[ERROR]"))
    reason = next(errors, "it failed").removeprefix("[ERROR] ")
    if reason.startswith("Traceback"):
        return "nbgrader stops with an exception"
    return re.sub(r" at 0x\w+", "", reason)[:200].strip()


def scores(course: Path, fixture: Fixture) -> dict[tuple[str, str], tuple[float, float]]:
    """Return the machine's marks and their maxima: (student, notebook and cell) -> both."""
    found = {}
    with Gradebook(f"sqlite:///{course}/gradebook.db", "fixtures") as gradebook:
        for student in (*fixture.submissions, "as-released"):
            try:
                submission = gradebook.find_submission(fixture.name, student)
            except MissingEntry:
                continue
            if not (course / "autograded" / student / fixture.name).is_dir():
                continue
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    cell = f"{notebook.name}: {grade.name}"
                    found[student, cell] = grade.auto_score, grade.max_score
    return found


def compare(fixture: Fixture, stock: Path, ours: Path) -> list[list[str]]:
    """Return a row for each mark of a fixture that differs, or one for all."""
    theirs, own = scores(stock, fixture), scores(ours, fixture)
    rows = []
    for student, cell in sorted(theirs.keys() | own.keys()):
        before, after = theirs.get((student, cell)), own.get((student, cell))
        if before != after:
            reason = REASONS.get((fixture.name, student), "")
            rows.append([fixture.name, student, cell, shown(before), shown(after), reason])
    return rows or [[fixture.name, "", "", "", "", f"{len(theirs)} marks, all the same"]]


def shown(mark: tuple[float | None, float] | None) -> str:
    """Write a mark."""
    if mark is None:
        return "not graded"
    points, most = mark
    return f"{'by hand' if points is None else f'{points:g}'} of {most:g}"


def is_worse(row: list[str]) -> bool:
    """Say whether ours gives less than stock."""
    number = re.compile(r"([\d.]+) of")
    theirs, ours = (number.match(cell) for cell in row[3:5])
    return theirs is not None and float(theirs[1]) > (float(ours[1]) if ours else 0.0)


def main() -> int:
    """Compare all, write the table; 1 if ours gives less somewhere and nobody knows why."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clone", type=Path)
    parser.add_argument("--way", choices=("stock", "ours"), help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--only", default="", help="a part of the fixtures' names")
    chosen = parser.parse_args()
    if chosen.way:
        grade_here(chosen.way, chosen.clone, chosen.names)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        rows = compared(chosen.clone, chosen.only, Path(folder))
    named = ["git", "-C", chosen.clone, "log", "-1", "--format=%h of %cs"]
    commit = subprocess.run(named, check=True, capture_output=True, text=True).stdout.strip()
    chosen.output.write_text(table(rows, commit), encoding="utf-8")
    worse = [row for row in rows if is_worse(row) and not row[-1]]
    for row in worse:
        print("worse without a reason:", *row, file=sys.stderr)
    return 1 if worse else 0


def compared(clone: Path, only: str, folder: Path) -> list[list[str]]:
    """Grade the fixtures both ways, and compare."""
    files, stock, ours = (folder / name for name in ("files", "stock", "ours"))
    exported(clone, files)
    sets = [fixture for fixture in fixtures(files) if only in fixture.name]
    stock.mkdir()
    shutil.copy(files / TESTS[0] / "autotests.yml", stock)
    (stock / "nbgrader_config.py").write_text(STOCK, encoding="utf-8")
    for fixture in sets:
        hand_in(fixture, stock)
    refused = grade(stock, "stock", (fixture.name for fixture in sets))
    shutil.copytree(stock, ours, ignore=shutil.ignore_patterns("autograded"))
    shutil.copy(stock / RELEASED, ours / "gradebook.db")
    (ours / "nbgrader_config.py").write_text(OURS, encoding="utf-8")
    grade(ours, "ours", (fixture.name for fixture in sets if fixture.name not in refused))
    rows = []
    for fixture in sets:
        if reason := refused.get(fixture.name):
            rows.append([fixture.name, "", "", "cannot be released", "", reason])
        else:
            rows += compare(fixture, stock, ours)
    return rows


def table(rows: list[list[str]], commit: str) -> str:
    """Write the table."""
    head = ["problem set", "submission", "cell", "stock", "ours", "why"]
    lines = [
        f"nbgrader's own fixtures (commit {commit}), graded on {datetime.now(UTC).date()} by "
        f"nbgrader {version('nbgrader')} and by `pooledu grade`: `scripts/nbgrader_fixtures.py`.",
        "",
        *(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
