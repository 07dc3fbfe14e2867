"""`pooledu roster`, `pooledu extend` and `pooledu excuse`."""

import argparse
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path

from pooledu.checks.words import counted
from pooledu.grading.course.exceptions import days_of
from pooledu.grading.course.ids import is_name
from pooledu.grading.course.people import Student, columns_left, read_students
from pooledu.grading.course.settings import CourseError
from pooledu.grading.escaping import plain


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> list[str]:
    """Add the commands; return their names."""
    roster = commands.add_parser(
        "roster",
        help="show the students, or take them from a file",
        description="Without a file, list the students. From a file, such as an LMS exports, take "
        "those who are new and what is newly said of others; nobody is ever removed.",
    )
    roster.add_argument("file", nargs="?", type=Path, help="a CSV file with a column of ids")
    roster.add_argument("--id-column", default="", help="its heading, where it is an unusual one")
    roster.add_argument("--add", metavar="ID", action="append", default=[], help="one more student")
    roster.set_defaults(run=saying(show_roster))
    extend = commands.add_parser(
        "extend",
        help="give a student more time for a problem set",
        description="Give a student more time, before or after the hand-in; the penalty follows. "
        "A new extension replaces an earlier one.",
    )
    extend.add_argument("student", help="an id of the roster")
    extend.add_argument("assignment", metavar="set", help="a problem set, such as ps1_windows")
    extend.add_argument("days", help="days after the due date; 0 takes them back")
    extend.set_defaults(run=saying(extend_time))
    excuse = commands.add_parser(
        "excuse",
        help="let a problem set not count for a student",
        description="Let a problem set not count for a student, in the table and in the file for "
        "an LMS.",
    )
    excuse.add_argument("student", help="an id of the roster")
    excuse.add_argument("assignment", metavar="set", help="a problem set, such as ps1_windows")
    excuse.add_argument("--undo", action="store_true", help="let it count again")
    excuse.set_defaults(run=saying(excuse_student))
    return ["roster", "extend", "excuse"]


def saying(run: Callable[[argparse.Namespace], None]) -> Callable[[argparse.Namespace], int]:
    """Let a command end with a sentence and exit code 1 where something is not as it must be."""

    @wraps(run)
    def command(arguments: argparse.Namespace) -> int:
        # nbgrader takes two seconds to load.
        from pooledu.grading.bridge.gradebook import StoppedError, stopping

        try:
            with stopping():
                run(arguments)
        except (CourseError, StoppedError) as error:
            print(f"pooledu: {error}", file=sys.stderr)
            return 1
        return 0

    return command


def show_roster(arguments: argparse.Namespace) -> None:
    """Add students from a file or by name; without either, list them."""
    from pooledu.grading.bridge.people import opened, put_students, roster

    students = [Student(each) for each in arguments.add]
    if strange := [each.id for each in students if not is_name(each.id)]:
        raise CourseError(f"{strange[0]!r} is no student's id: it names a folder")
    if arguments.file:
        students += read_students(arguments.file, arguments.id_column)
    with opened(Path()) as (_, gradebook):
        added, changed = put_students(gradebook, students)
        everyone = roster(gradebook)
    if not students:
        for each in everyone:
            print("  ".join(filter(None, (plain(each.id), plain(each.name), plain(each.email)))))
    print(
        counted(len(everyone), "student")
        + f", {len(added)} new, {len(changed)} changed" * bool(students)
    )
    if arguments.file and (left := columns_left(arguments.file, arguments.id_column)):
        print(
            f"No names were taken. These columns were left out: {', '.join(map(plain, left))}. "
            "What is taken is headed first name, last name, email or lms_user_id"
        )
    given = {each.id for each in students}
    if arguments.file and (others := [each.id for each in everyone if each.id not in given]):
        print(
            f"On the roster but not in {arguments.file}: {', '.join(map(plain, others))}. "
            "They stay; `nbgrader db student remove ID` removes one."
        )


def extend_time(arguments: argparse.Namespace) -> None:
    """Give more time."""
    from pooledu.grading.bridge.people import put_exception

    where = arguments.student, arguments.assignment
    before, now = put_exception(Path(), *where, days=days_of(arguments.days))
    was = f" (it was {before.days})" if before.days not in (0, now.days) else ""
    print(f"{plain(where[0])} has {counted(now.days, 'day')} more for {where[1]}{was}.")


def excuse_student(arguments: argparse.Namespace) -> None:
    """Excuse, or take that back."""
    from pooledu.grading.bridge.people import put_exception

    where = arguments.student, arguments.assignment
    _, now = put_exception(Path(), *where, excused=not arguments.undo)
    print(f"{plain(where[0])}: {where[1]} {'does not count' if now.excused else 'counts'}.")
