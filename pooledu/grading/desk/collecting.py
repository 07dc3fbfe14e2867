"""`pooledu collect`: what an LMS gave out becomes submissions."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pooledu.grading.course.people import Student, who
from pooledu.grading.course.settings import FILE, CourseError, read_settings
from pooledu.grading.desk.people import saying
from pooledu.grading.escaping import plain
from pooledu.grading.intake.times import NoTimeError, submitted_time

if TYPE_CHECKING:  # what reads notebooks takes seconds to load
    from pooledu.grading.intake.downloads import Attempt

SHOWN = 10


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> list[str]:
    """Add the command; return its name."""
    collect = commands.add_parser(
        "collect",
        help="take submissions from the archive that an LMS gave out",
        description="Take submissions from an archive, or from all archives of a folder. Whose "
        "form the names are in is recognised. Of several submissions by one student the latest "
        "counts; one that is there already is replaced by a later one alone.",
    )
    collect.add_argument("assignment", metavar="set")
    collect.add_argument("archive", type=Path, help="a .zip file, or a folder with some")
    collect.add_argument("--lms", default="", help="canvas, moodle, ...; by default recognised")
    collect.set_defaults(run=saying(collect_submissions))
    return ["collect"]


def collect_submissions(arguments: argparse.Namespace) -> None:
    """Take them, and say what was not taken, and why."""
    from pooledu.grading.bridge.people import known_set, opened, roster
    from pooledu.grading.intake.downloads import archives, attempts

    zone = read_settings(Path()).zone if Path(FILE).exists() else ZoneInfo("UTC")
    with opened(Path()) as (app, gradebook):
        name = known_set(app, gradebook, arguments.assignment)
        students = roster(gradebook)
        course = app.coursedir
    taken, kept, unknown, others, late, broken = [], [], [], [], [], []
    for archive in archives(arguments.archive):
        lms, found, strange = attempts(archive, arguments.lms, zone)
        others += strange
        latest: dict[str, Attempt] = {}
        for attempt in sorted(found, key=lambda each: each.order):
            if not any(file.lower().endswith(".ipynb") for file in attempt.files):
                others += attempt.files
                continue
            people = _meant(attempt, students)
            if len(people) != 1:
                unknown.append((attempt, people))
                continue
            latest[people[0].id] = attempt
        for student, attempt in latest.items():
            folder = Path(course.format_path(course.submitted_directory, student, name))
            try:
                if not _is_newer(attempt, folder):
                    kept.append(student)
                    continue
                _write(attempt, folder)
            except CourseError as error:
                broken.append(f"{plain(student)}: {plain(str(error))}")
                continue
            taken.append(student)
            late += [student] if attempt.late and attempt.time is None else []
        print(f"{plain(archive.filename or '')}: as {lms} names its files")
    print(f"{len(taken)} submissions collected, {len(kept)} that are there already")
    if late:
        print(f"Marked as late, but not how late: {_some(late)}. Nothing is taken off for that.")
    if others:
        print(f"{len(others)} files are in no form of a submission: {_some(others)}")
    for attempt, people in unknown:
        _say_unknown(attempt, people)
    if broken:
        print("\n".join(["Not taken, since a file cannot be read:", *broken]))
    if unknown:
        raise CourseError(
            f"{len(unknown)} submissions were not taken; `pooledu roster FILE` with the columns "
            "id, first name, last name, email and lms_user_id says who is who"
        )


def _meant(attempt: Attempt, students: Sequence[Student]) -> list[Student]:
    """Find whom the surest of an attempt's keys means that means anybody."""
    for key in attempt.keys:
        if people := who(key, students):
            return people
    return []


def _is_newer(attempt: Attempt, folder: Path) -> bool:
    """Say whether an attempt is to replace what is there."""
    if not os.path.lexists(folder):
        return True
    try:
        there = submitted_time(str(folder))
    except NoTimeError:
        return True
    if attempt.time is None or there is None:
        return any(not _holds(folder / name, read()) for name, read in attempt.files.items())
    return attempt.time.astimezone(UTC).replace(tzinfo=None, microsecond=0) > there


def _holds(path: Path, content: bytes) -> bool:
    """Say whether a file, which anyone may have made, is one and has this content."""
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


def _write(attempt: Attempt, folder: Path) -> None:
    """Write a submission: wholly, or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".collecting-", dir=folder.parent))
    try:
        new.chmod(0o755)
        for name, read in attempt.files.items():
            (new / name).write_bytes(read())
        if attempt.time is not None:
            time = attempt.time.astimezone(UTC)
            (new / "timestamp.txt").write_text(f"{time:%Y-%m-%d %H:%M:%S} UTC")
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)
        elif os.path.lexists(folder):
            folder.unlink()
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _say_unknown(attempt: Attempt, people: Sequence[Student]) -> None:
    """Say whose submission could not be told."""
    keys = " / ".join(map(plain, attempt.keys))
    if people:
        print(f"{keys}: this may be {' or '.join(plain(each.id) for each in people)}")
    else:
        print(f"{keys}: nobody on the roster is meant by this")


def _some(names: Sequence[str]) -> str:
    """List some names."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(plain, names[:SHOWN])) + more
