"""`pooledu new-course` and `pooledu dates`."""

import argparse
import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pooledu.grading.course.folder import SETS, course_sets, make, new_files, update
from pooledu.grading.course.settings import FILE, CourseError, Settings, read_settings

ABOUT = """\
Make the folder of a course: its facts (course.toml), nbgrader's configuration, the problem sets
with their solutions, and a README of the commands in the order of a term. What no flag says is
asked for in a terminal; elsewhere it takes its default. Nothing is overwritten. --update, after a
newer release was installed, renews what you have not changed, and puts the new form of the rest
into updates/; with --sets it adds problem sets."""


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> list[str]:
    """Add the commands; return their names."""
    new = commands.add_parser("new-course", help="make the folder of a course", description=ABOUT)
    new.add_argument("folder", type=Path, help="a new folder")
    new.add_argument("--name", help="by default the folder's name")
    new.add_argument("--term", help="such as 'autumn 2026'")
    new.add_argument("--time-zone", help="of the due dates, such as Europe/Berlin; default UTC")
    new.add_argument(
        "--sets", help=f"problem sets, separated by commas, or none; default {','.join(SETS)}"
    )
    new.add_argument(
        "--due",
        action="append",
        metavar="SET=DATE",
        help="such as ps1_windows='2026-10-01 22:00'; once for each set",
    )
    new.add_argument("--late-per-day", help="share that each day late costs; default 0.1")
    new.add_argument("--roster", type=Path, help="a CSV file of the students, with a column id")
    new.add_argument("--book", default="", help="address at which the class reads the book")
    new.add_argument(
        "--address", default="", help="where students install the package from; else a wheel"
    )
    new.add_argument("--update", action="store_true", help="renew a course that was made earlier")
    new.set_defaults(run=new_course)
    dates = commands.add_parser(
        "dates",
        help="put the due dates of course.toml into the gradebook",
        description="Put the due dates of course.toml into the gradebook, and write the penalties "
        "that follow.",
    )
    dates.set_defaults(run=write_dates)
    return ["new-course", "dates"]


def new_course(arguments: argparse.Namespace) -> int:
    """Make or renew a course; 1 where that cannot be, and why."""
    folder = arguments.folder
    try:
        if arguments.update:
            return _update(folder, arguments)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            make(folder, {})  # says that it is taken, before anything is asked
        settings, sets = _facts(arguments)
        files = new_files(settings, sets)
        if arguments.roster:
            files["students.csv"] = _roster(arguments.roster)
        make(folder, files)
    except CourseError as error:
        return _sorry(error)
    print(f"{folder} is a course of {len(sets)} problem sets. Its README says how a term goes:")
    print(f"  cd {folder}")
    print("  cat README.md")
    return 0


def _update(folder: Path, arguments: argparse.Namespace) -> int:
    """Renew a course, add problem sets of ours to it, and say what was kept."""
    facts = ("name", "term", "time_zone", "due", "late_per_day", "roster", "book", "address")
    if given := [name for name in facts if getattr(arguments, name)]:
        raise CourseError(
            f"--update changes no facts of a course: leave out --{given[0].replace('_', '-')}, "
            f"and write it into {folder / FILE} (students: `pooledu roster FILE`)"
        )
    settings = read_settings(folder)
    there = course_sets(folder)
    wanted = {*there, *(_sets(arguments.sets) if arguments.sets else ())}
    files = new_files(settings, [name for name in SETS if name in wanted])
    del files[FILE]  # it is the instructor's from the first day
    renewed, kept = update(folder, files)
    for name in renewed:
        print(f"renewed: {name}")
    for name in kept:
        print(f"kept:    {name} (you changed it; the new one is in updates/)")
    if not renewed and not kept:
        print("There is nothing new in this release.")
    if any(name.startswith("solutions/") for name in renewed):
        print("Release what is not yet handed out anew: nbgrader generate_assignment SET --force")
    if others := [name for name in SETS if name not in wanted]:
        print(
            f"This release has more problem sets: {', '.join(others)}. "
            f"`pooledu new-course {folder} --update --sets {others[0]}` adds one"
        )
    return 0


def _facts(arguments: argparse.Namespace) -> tuple[Settings, list[str]]:
    """Return what the course is, by flags and by answers."""
    interactive = sys.stdin.isatty()
    default = Settings(name="course")

    def fact(flag: str | None, question: str, other: str, valid: Callable[[str], Any]) -> Any:
        if flag is not None or not interactive:
            return valid(other if flag is None else flag)
        return _ask(question, other, valid)

    def with_(**facts: Any) -> Settings:
        return dataclasses.replace(default, **facts)

    folder = arguments.folder.resolve().name
    name = fact(arguments.name, "Name of the course", folder, lambda text: with_(name=text).name)
    term = fact(arguments.term, "Term", "", lambda text: with_(term=text).term)
    zone = fact(
        arguments.time_zone,
        "Time zone of the due dates (such as Europe/Berlin)",
        default.time_zone,
        lambda text: with_(time_zone=text).time_zone,
    )
    sets = fact(arguments.sets, "Problem sets", ",".join(SETS), _sets)
    late = fact(arguments.late_per_day, "Share that each day late costs", "0.1", _share)
    due = _dates(arguments.due or (), sets)
    for each in sets if interactive and not arguments.due else ():

        def due_at(text: str, problem_set: str = each) -> str:
            if text:
                with_(time_zone=zone, due={problem_set: text})
            return text

        if when := _ask(f"{each} is due at (2026-10-01 22:00; nothing: not yet known)", "", due_at):
            due[each] = when
    if interactive and arguments.roster is None:
        file = _ask("File of the students (CSV with a column id; nothing: later)", "", _existing)
        arguments.roster = Path(file) if file else None
    return Settings(name, term, zone, late, arguments.book, arguments.address, due=due), sets


def _ask(question: str, default: str, valid: Callable[[str], Any]) -> Any:
    """Ask until the answer is valid; Enter takes the default."""
    while True:
        shown = f" [{default}]" if default else ""
        try:
            return valid(input(f"{question}{shown}: ").strip() or default)
        except CourseError as error:
            print(f"  {error}")
        except (EOFError, KeyboardInterrupt):
            raise CourseError("stopped; nothing was written") from None


def _sets(text: str) -> list[str]:
    """Read the names of problem sets."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    names = [] if names == ["none"] else names
    if strange := [name for name in names if name not in SETS]:
        raise CourseError(f"there is no problem set {strange[0]!r}; there are {', '.join(SETS)}")
    return sorted(set(names))


def _share(text: str) -> float:
    """Read the late penalty."""
    try:
        share = float(text)
    except ValueError:
        raise CourseError(f"{text!r} is no number; give a share such as 0.1") from None
    return Settings("course", late_per_day=share).late_per_day


def _dates(given: Any, sets: list[str]) -> dict[str, str]:
    """Read --due SET=DATE."""
    due = {}
    for text in given:
        name, equals, when = text.partition("=")
        if not equals or name not in sets:
            raise CourseError(f"--due {text!r}: write SET=DATE, with one of {', '.join(sets)}")
        due[name] = when
    return due


def _existing(text: str) -> str:
    """Look whether a file is there, if one is named."""
    if text:
        _roster(Path(text))
    return text


def _roster(path: Path) -> bytes:
    """Read the file of the students, which goes into the course as it is."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise CourseError(f"the roster cannot be read: {error}") from None


def write_dates(arguments: argparse.Namespace) -> int:
    """Put the due dates into the gradebook; say which have changed."""
    from pooledu.grading.bridge.dates import put_dates

    try:
        for line in put_dates(Path()):
            print(line)
    except CourseError as error:
        return _sorry(error)
    return 0


def _sorry(error: CourseError) -> int:
    print(f"pooledu: {error}", file=sys.stderr)
    return 1
