"""`pooledu collect`: what an LMS gave out becomes submissions."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from pooledu.checks.words import counted
from pooledu.grading.course.people import Student, meant, who
from pooledu.grading.course.settings import CourseError, zone_of
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
    collect.add_argument("assignment", metavar="set", help="a problem set, such as ps1_windows")
    collect.add_argument("archive", type=Path, help="a .zip file, or a folder with some")
    collect.add_argument("--lms", default="", help="canvas, moodle, ...; by default recognised")
    collect.set_defaults(run=saying(collect_submissions))
    return ["collect"]


@dataclass
class _Collected:
    """What became of the submissions in some archives; `place` is where each student's belongs."""

    place: str = ""
    taken: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def collect_submissions(arguments: argparse.Namespace) -> None:
    """Take them, and say what was not taken, and why."""
    from pooledu.grading.bridge.people import known_set, notebook_files, opened, roster
    from pooledu.grading.intake.downloads import archive_files, archive_of, attempts

    zone = zone_of(Path())
    with opened(Path()) as (app, gradebook):
        name = known_set(app, gradebook, arguments.assignment)
        students = roster(gradebook)
        course, expected = app.coursedir, notebook_files(app, name)
    place = course.format_path(course.submitted_directory, "STUDENT", name)
    done = _Collected(os.path.relpath(place))
    for file in archive_files(arguments.archive):
        try:
            with archive_of(file) as archive:
                lms, found, strange = attempts(archive, arguments.lms, zone, expected)
                done.others += strange
                for student, attempt in _latest(found, students, done).items():
                    folder = Path(course.format_path(course.submitted_directory, student, name))
                    _take(student, attempt, folder, done)
        except CourseError as error:
            if file == arguments.archive:
                raise
            which = "" if str(file) in str(error) else f"{file}: "
            done.lost.append(plain(f"{which}{error}"))  # what is in the other archives is taken
        else:
            print(f"{plain(str(file))}: as {lms} names its files")
    _say(done)


def _latest(
    found: Sequence[Attempt], students: Sequence[Student], done: _Collected
) -> dict[str, Attempt]:
    """Return each student's latest attempt with a notebook; note all that means no submission."""
    latest: dict[str, Attempt] = {}
    persons: dict[str, set[str]] = {}
    for attempt in sorted(found, key=lambda each: each.order):
        people = _meant(attempt, students)
        if len(people) != 1:
            done.unknown.append(_unknown(attempt, people))
            continue
        student = people[0].id
        persons.setdefault(student, set()).add(attempt.person)
        if why := _lacks(attempt):
            earlier = "; what came before it is taken" if student in latest else ""
            done.lost.append(f"{plain(student)}: {why}{earlier}")
        else:
            latest[student] = attempt
    for student in [each for each, its in persons.items() if len(its) > 1]:
        latest.pop(student, None)
        done.lost.append(_namesakes(student, persons[student]))
    return latest


def _meant(attempt: Attempt, students: Sequence[Student]) -> list[Student]:
    """Find whom an attempt's keys mean."""
    if not attempt.is_either:
        return meant(attempt.keys, students, attempt.is_number)
    return next((people for key in attempt.keys if (people := who(key, students))), [])


def _lacks(attempt: Attempt) -> str:
    """Say why there is nothing to grade in an attempt; "" where there is."""
    from pooledu.grading.intake.names import NOTEBOOK
    from pooledu.grading.intake.packed import unpacked

    if attempt.has_notebook:
        return ""
    try:
        inside = unpacked(attempt.files)
    except CourseError as error:
        return plain(str(error))
    has_one = any(NOTEBOOK.search(name) for name in inside)
    return "" if has_one else f"no notebook (.ipynb), but {_some(list(inside))}"


def _take(student: str, attempt: Attempt, folder: Path, done: _Collected) -> None:
    """Write one submission, if it is a newer one than there is."""
    from pooledu.grading.intake.packed import unpacked

    try:
        if not attempt.has_notebook:
            attempt.files = unpacked(attempt.files)
        if not _is_newer(attempt, folder):
            done.kept.append(student)
            return
        _write(attempt, folder)
    except CourseError as error:
        done.lost.append(f"{plain(student)}: {plain(str(error))}")
        return
    except OSError as error:
        done.lost.append(f"{plain(student)}: cannot be written: {plain(str(error))}")
        return
    finally:
        attempt.files = {}  # an archive that was unpacked need not be held
    done.taken.append(student)
    done.late += [student] if attempt.late and attempt.time is None else []


def _say(done: _Collected) -> None:
    """Say what was taken and what was not; it ends badly where a person has to look at something.

    Raises
    ------
    CourseError
        If there is a submission, or a notebook in an unknown place, that was not taken.
    """
    from pooledu.grading.intake.names import NOTEBOOK
    from pooledu.grading.intake.packed import ARCHIVE

    print(f"{counted(len(done.taken), 'submission')} collected, {len(done.kept)} there already")
    if done.late:
        print(f"Marked as late, but not how late: {_some(done.late)}. Nothing is taken off for it.")
    homeless = [name for name in done.others if NOTEBOOK.search(name) or ARCHIVE.search(name)]
    if rest := [name for name in done.others if name not in homeless]:
        print(f"Files in no form of a submission: {_some(rest)}")
    print("\n".join(done.unknown), end="\n" if done.unknown else "")
    if done.lost:
        print("\n".join(["Not taken:", *done.lost]))
    if homeless:
        print(
            "\n".join(
                ["Not taken, since the name does not say whose it is:", *map(plain, homeless)]
            )
        )
    count = len(done.unknown) + len(done.lost) + len(homeless)
    way_out = (
        "; `pooledu roster FILE` with the columns id, first name, last name, email and "
        "lms_user_id says who is who. Where the download cannot tell, put the files into "
        f"{done.place}" * bool(done.unknown)
    )
    if count:
        raise CourseError(f"not taken: {counted(count, 'submission')}{way_out}")


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
    from pooledu.grading.intake.packed import TOGETHER_BYTES

    left = TOGETHER_BYTES
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".collecting-", dir=folder.parent))
    try:
        new.chmod(0o755)
        for name, read in attempt.files.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            content = read()
            left -= len(content)
            if left < 0:
                raise CourseError(f"its files have more than {TOGETHER_BYTES >> 20} MB together")
            (new / name).write_bytes(content)
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


def _unknown(attempt: Attempt, people: Sequence[Student]) -> str:
    """Say whose submission could not be told."""
    keys = " / ".join(map(plain, attempt.keys))
    if people:
        return f"{keys}: this may be {' or '.join(plain(each.id) for each in people)}"
    return f"{keys}: nobody on the roster is meant by this"


def _namesakes(student: str, persons: set[str]) -> str:
    """Say that several people go by one student's name: anybody may have taken it."""
    numbers = ", ".join(sorted(persons, key=int))
    return (
        f"{plain(student)}: {len(persons)} people of this name handed in, whom the LMS numbers "
        f"{numbers}. Put the right one's files into the folder of this student yourself"
    )


def _some(names: Sequence[str]) -> str:
    """List some names."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(plain, names[:SHOWN])) + more
