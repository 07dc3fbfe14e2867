"""The command `pooledu grade`."""

import argparse
import difflib
import logging
import os
import shlex
import sys
import warnings
from collections import Counter
from concurrent.futures import CancelledError
from typing import Any

from pooledu.checks.words import counted
from pooledu.grading.course.people import same
from pooledu.grading.course.settings import CourseError
from pooledu.grading.escaping import plain

DONE, FAILED, NO_ASSIGNMENT, NO_SANDBOX, STOPPED, NO_DEVICE, NO_CLUSTER = 0, 1, 3, 4, 5, 6, 7
INTERRUPTED = 130
CODES = f"""exit codes:
  {DONE}  everything is graded, also what could not be read (it gets 0 points and says why)
  {FAILED}  nbgrader could not grade some submissions: its messages stand above; run again
  2  the command line is wrong
  {NO_ASSIGNMENT}  the gradebook does not know the problem set
  {NO_SANDBOX}  this machine cannot protect itself from a submission (see --unconfined)
  {STOPPED}  the gradebook is locked or cannot be used, the disk is full, or a course file is wrong
  {NO_DEVICE}  there is no CUDA device, and --device cuda asks for one
  {NO_CLUSTER}  no Dask scheduler with workers answers at the address, it has gone, or it has no TLS
  {INTERRUPTED}  interrupted by Ctrl-C

A run that was ended can be started again at any time: it goes on where it was.

the log, a JSON object a line:
  time        when the submission was graded, in seconds since 1970
  assignment  the problem set
  student     whose submission it is
  judged_by   which version: the package's, and a digest of the engine and of the set's exercises
  notebooks   a list; each has
    name        the notebook
    cells       a list of index, status ('ok', 'error', 'timeout', 'killed', 'not run'), seconds
    layers      layer of confinement -> "", or why it did not hold
    stopped     why the notebook was stopped before its last cell, or ""
    seconds     how long it ran
    failures    exercise -> traceback, where the judge itself failed
"""


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `pooledu grade` to the commands of `pooledu`."""
    grade = commands.add_parser(
        "grade",
        help="grade the submissions of a problem set in parallel",
        description="Grade what is new or was left half done, and print the marks.",
        epilog=CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    grade.add_argument("assignment", help="a problem set, for example ps1_windows")
    grade.add_argument("--student", default="*", help="one student, or a pattern; all by default")
    grade.add_argument(
        "--jobs", type=_count, default=os.cpu_count() or 1, help="submissions executed at a time"
    )
    grade.add_argument(
        "--device",
        choices=("cpu", "cuda", "all"),
        default="cpu",
        help="where functions of torch are checked; all: on every device that is there",
    )
    grade.add_argument("--scheduler", help="address of a Dask scheduler that executes them instead")
    grade.add_argument(
        "--trust-network",
        action="store_true",
        help="use a scheduler on another machine without TLS",
    )
    grade.add_argument(
        "--dry-run",
        action="store_true",
        help="write nothing; list the marks that would change if all were graded now",
    )
    grade.add_argument("--force", action="store_true", help="grade again what is graded")
    grade.add_argument(
        "--unconfined",
        action="store_true",
        help="grade although the machine cannot protect files, network or processes",
    )
    grade.add_argument("--log", default=".pooledu-grading.jsonl", help="a line of JSON for each")
    grade.set_defaults(run=grade_submissions)


def grade_submissions(arguments: argparse.Namespace) -> int:
    """Grade; where that cannot go on, say why."""
    # nbgrader takes two seconds to load, and belongs to an extra that students do not install.
    from pooledu.grading.bridge.gradebook import StoppedError, stopping
    from pooledu.grading.execution import DeviceMissingError, SandboxMissingError
    from pooledu.grading.run.workers import ClusterMissingError

    try:
        with stopping():
            return _grade(arguments)
    except CourseError as reason:
        return _sorry(str(reason), STOPPED)
    except StoppedError as reason:
        return _sorry(f"{reason}. What is graded stays graded.", STOPPED)
    except SandboxMissingError as reason:
        return _sorry(str(reason), NO_SANDBOX)
    except DeviceMissingError as reason:
        way_out = "use --device cpu, or a machine with a CUDA device"
        return _sorry(f"no CUDA device can be used here ({reason}); {way_out}", NO_DEVICE)
    except ClusterMissingError as reason:
        return _sorry(str(reason), NO_CLUSTER)
    except CancelledError:
        return _sorry(
            f"the Dask scheduler at {arguments.scheduler!r} has gone. What is graded stays graded. "
            "Start it again, or leave out --scheduler, and run this again to go on",
            NO_CLUSTER,
        )
    except KeyboardInterrupt:
        return _sorry("interrupted. Run it again to go on.", INTERRUPTED)


def _sorry(sentence: str, code: int) -> int:
    """Say why there are no marks, and return the exit code."""
    print(f"pooledu grade: {sentence}", file=sys.stderr)
    return code


def _grade(arguments: argparse.Namespace) -> int:
    """Grade, with a bar that moves, and print the table."""
    from pathlib import Path

    from nbgrader.api import Gradebook, MissingEntry
    from nbgrader.apps.baseapp import NbGrader
    from rich.console import Console
    from sqlalchemy.exc import SAWarning

    from pooledu.grading.bridge.gradebook import shared
    from pooledu.grading.bridge.late import refresh
    from pooledu.grading.bridge.people import strays
    from pooledu.grading.export.results import results, scores
    from pooledu.grading.export.table import ROWS, marks, remarks, summary
    from pooledu.grading.run.run import Run
    from pooledu.grading.run.workers import executor

    warnings.simplefilter("ignore", SAWarning)  # of nbgrader's own queries, which are right
    app = NbGrader()
    app.initialize([], root=os.getcwd())
    app.log.setLevel(logging.WARNING)
    course = app.coursedir
    course.assignment_id, course.student_id = arguments.assignment, arguments.student
    if arguments.unconfined:
        app.config.JudgedExecute.unconfined = True
    with shared(course.db_url, course.course_id) as gradebook:
        try:
            with Gradebook(course.db_url) as book:
                book.find_assignment(arguments.assignment)
        except MissingEntry:
            return _sorry(
                f"the gradebook knows no problem set {arguments.assignment!r}; run "
                f"`nbgrader generate_assignment {arguments.assignment}` first",
                NO_ASSIGNMENT,
            )
        with executor(arguments.jobs, arguments.scheduler, arguments.trust_network) as workers:
            run = Run(course, app, workers, arguments.force, Path(arguments.log))
            if arguments.dry_run:
                return _list_changes(run, arguments)
            pending, strangers = _known(run.pending(), app)
            warning = _look_at_workers(run, arguments, pending)
            done = _with_bar(run, pending, gradebook) if pending else True
        with gradebook.transaction() as transaction, Gradebook(course.db_url) as book:
            refresh(app, arguments.assignment, book)
            nobodys = strays(app, book)
            transaction.commit()
        console = Console(width=None if sys.stdout.isatty() else 140)
        shown = sorted({*pending, *run.left_out})
        found = results(arguments.assignment, course, shown[:ROWS])
        if pending:
            console.print(marks(arguments.assignment, found, warning))
    for sentence in remarks(arguments.assignment, found):
        console.print(sentence, markup=False)
    print("\n".join(map(plain, nobodys)), end="\n" * bool(nobodys))
    print("\n".join(strangers), end="\n" * bool(strangers))
    if len(shown) > ROWS:
        print(f"Shown: {ROWS} of {len(shown)}.")
    print(f"{summary(scores(arguments.assignment, course))}; `pooledu grades` shows all")
    console.print(f"{run.done} graded now." if pending else _nothing_to_do(run))
    return DONE if done and not strangers else FAILED


def _list_changes(run: Any, arguments: argparse.Namespace) -> int:
    """Say which marks would change, and which version judged; write nothing."""
    from pathlib import Path

    from pooledu.checks.version import judged_by
    from pooledu.grading.intake.door import refusal
    from pooledu.grading.intake.names import not_found
    from pooledu.grading.marks import written
    from pooledu.grading.run.trial import changes, judges

    students = [each for each in run.handed_in() if not refusal(run.submission(each))]
    for student in list(students):
        if why := not_found(run.submission(student), run.released()):
            print(f"{plain(student)}: not judged: {why}")
            students.remove(student)
    _look_at_workers(run, arguments, students)
    found = list(changes(run, students))
    for each in found:
        before = "none" if each.before is None else written(each.before)
        print(f"{plain(each.student)}: {each.exercise}: {before} -> {written(each.after)}")
    now = judged_by(arguments.assignment, run.graded())
    versions = Counter(judges(Path(arguments.log), arguments.assignment).values())
    for version, count in versions.items():
        print(f"judged by {version}: {count}{' (which is this one)' if version == now else ''}")
    print(
        f"{counted(len(found), 'mark')} of {counted(len(students), 'submission')} would change; "
        "nothing was written."
    )
    return DONE


def _known(students: list[str], app: Any) -> tuple[list[str], list[str]]:
    """Ask about those who are not on the roster; return who is graded, and what is said of others.

    Where nbgrader may make students, as it does of itself, everyone is graded.
    """
    from nbgrader.api import Gradebook
    from nbgrader.converters import Autograde

    course = app.coursedir
    if Autograde(coursedir=course, parent=app).create_student:
        return students, []
    with Gradebook(course.db_url, course.course_id) as gradebook:
        roster = [each.id for each in gradebook.students]
        strangers = [each for each in students if each not in roster]
        for student in strangers if sys.stdin.isatty() else ():
            if _twin(student, roster):
                continue
            near = difflib.get_close_matches(student, roster, 1)
            like = f" ({near[0]} is)" if near else ""
            question = f"{plain(student)} is not on the roster{like}. Add and grade? [y/N] "
            if input(question).strip().lower() in ("y", "yes"):
                gradebook.add_student(student)
                roster.append(student)
    said = [_of_a_stranger(each, roster) for each in strangers if each not in roster]
    return [each for each in students if each in roster], said


def _twin(student: str, roster: list[str]) -> str:
    """Return the student of the roster who has this id in another spelling, or ""."""
    wanted = same(student).casefold()
    return next((each for each in roster if same(each).casefold() == wanted), "")


def _of_a_stranger(student: str, roster: list[str]) -> str:
    """Say what to do about a submission of somebody who is not on the roster."""
    if twin := _twin(student, roster):
        return (
            f"{plain(student)} has handed in and is not graded: on the roster stands "
            f"{plain(twin)}, in other capitals or with accents that are stored in another way. "
            "Rename the folder"
        )
    return (
        f"{plain(student)} has handed in and is not on the roster, so it is not graded. "
        f"Run `pooledu roster --add {shlex.quote(plain(student))}` and this again, or rename "
        "the folder"
    )


def _look_at_workers(run: Any, arguments: argparse.Namespace, pending: list[str]) -> str:
    """See what the workers have and lack, before anything is graded; return a warning, or ""."""
    from pooledu.grading.bridge.steps import report_layers
    from pooledu.grading.run.probe import devices, probe_all
    from pooledu.grading.sandbox import missing_protections

    used, why_no_cuda = devices(arguments.device, run.executor)
    run.app.config.JudgedExecute.devices = used
    if why_no_cuda:
        run.app.log.warning("no CUDA device (%s): functions run on the CPU alone", why_no_cuda)
    if not pending:
        return ""
    policies = {policy for _, policy in run.released().values()}
    layers = probe_all(policies, run.executor, min(arguments.jobs, len(pending)))
    report_layers(layers, run.app.log)
    missing = missing_protections(layers)
    if not missing:
        return ""
    return f"UNCONFINED: nothing protected {', '.join(missing)} from these submissions"


def _count(text: str) -> int:
    """Read a number of jobs."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of jobs; give 1 or more")
    return int(text)


def _nothing_to_do(run: Any) -> str:
    """Say why nothing was graded."""
    course = run.course
    if run.handed_in():
        return "Nothing new to grade."
    where = course.format_path(course.submitted_directory, course.student_id, course.assignment_id)
    return f"Nothing is handed in: there is no {where}."


def _with_bar(run: Any, pending: list[str], gradebook: Any) -> bool:
    """Grade while a bar shows how many are done, how fast, and how long the rest will take."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    console = Console()
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("grading", total=len(pending), rate="")

        def on_done(student: str) -> None:
            speed = progress.tasks[bar].speed
            progress.update(bar, advance=1, rate=f"{speed:.1f} a second" if speed else "")

        run.on_done = on_done
        return bool(run.start(pending, gradebook))
