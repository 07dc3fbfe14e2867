"""The roster and the exceptions, in the gradebook."""

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.baseapp import NbGrader

from pooledu.grading.bridge.late import refresh
from pooledu.grading.course.exceptions import FILE as EXCEPTIONS
from pooledu.grading.course.exceptions import Special, read_exceptions, write_exceptions
from pooledu.grading.course.people import HEADINGS, Student
from pooledu.grading.course.settings import CourseError
from pooledu.grading.export.results import course_glob


@contextmanager
def opened(folder: Path) -> Iterator[tuple[NbGrader, Gradebook]]:
    """Open the gradebook of the course in a folder."""
    app = NbGrader()
    app.initialize([], root=str(folder.resolve()))
    app.log.setLevel("WARNING")
    with Gradebook(app.coursedir.db_url, app.coursedir.course_id) as gradebook:
        yield app, gradebook


def roster(gradebook: Gradebook) -> list[Student]:
    """Return the students whom the gradebook knows, by their ids."""
    students = sorted(gradebook.students, key=lambda each: each.id)
    return [Student(*(getattr(each, name) or "" for name in HEADINGS)) for each in students]


def put_students(gradebook: Gradebook, students: Sequence[Student]) -> tuple[list[str], list[str]]:
    """Add students, and what is newly said of others; return who was added and who was changed."""
    known = {each.id: each for each in roster(gradebook)}
    added, changed = [], []
    for student in students:
        fields = {name: value for name, value in asdict(student).items() if value and name != "id"}
        before = known.get(student.id)
        if before is None:
            added.append(student.id)
        elif replace(before, **fields) != before:
            changed.append(student.id)
        else:
            continue
        gradebook.update_or_create_student(student.id, **fields)
    return added, changed


def known_student(gradebook: Gradebook, student: str) -> str:
    """Return a student's id if it is on the roster.

    Raises
    ------
    CourseError
        If it is not; the sentence names those that are like it.
    """
    ids = [each.id for each in gradebook.students]
    if student in ids:
        return student
    near = difflib.get_close_matches(student, ids)
    like = f"; is it {' or '.join(near)}?" if near else ""
    raise CourseError(
        f"{student!r} is not on the roster{like} `pooledu roster --add ID` adds a student"
    )


def strays(app: NbGrader, gradebook: Gradebook) -> list[str]:
    """Say which lines of the table of exceptions hold for nobody, since a name is wrong in them."""
    ids, names = {each.id for each in gradebook.students}, _sets(app, gradebook)
    said = []
    for student, name in read_exceptions(Path(app.coursedir.root)):
        wrong = f"{student!r} is not on the roster" * (student not in ids)
        wrong = wrong or f"there is no problem set {name!r}" * (name not in names)
        if wrong:
            said.append(f"{EXCEPTIONS}: {wrong}; that line holds for nobody")
    return said


def _sets(app: NbGrader, gradebook: Gradebook) -> set[str]:
    """Return the names of the problem sets, released or not."""
    names = {each.name for each in gradebook.assignments}
    sources = Path(app.coursedir.format_path(app.coursedir.source_directory, ".", "*"))
    return names | {path.name for path in course_glob(sources)}


def known_set(app: NbGrader, gradebook: Gradebook, name: str) -> str:
    """Return the name of a problem set, if there is such a one."""
    names = _sets(app, gradebook)
    if name in names:
        return name
    raise CourseError(
        f"there is no problem set {name!r}; there are {', '.join(sorted(names)) or 'none yet'}"
    )


def notebook_files(app: NbGrader, name: str) -> list[str]:
    """Return the names of a problem set's notebooks, as they are released."""
    sources = Path(app.coursedir.format_path(app.coursedir.source_directory, ".", name))
    return sorted(path.name for path in course_glob(sources / "*.ipynb"))


def put_exception(folder: Path, student: str, name: str, **what: Any) -> tuple[Special, Special]:
    """Write down what holds for a student, and let the gradebook follow.

    Returns
    -------
    tuple of two Special
        What held before, and what holds now.
    """
    with opened(folder) as (app, gradebook):
        place = known_student(gradebook, student), known_set(app, gradebook, name)
        exceptions = read_exceptions(folder)
        before = exceptions.get(place, Special())
        exceptions[place] = replace(before, **what)
        write_exceptions(folder, exceptions)
        with suppress(MissingEntry):  # it is not released: then there is nothing to follow
            gradebook.find_assignment(name)
            refresh(app, name, gradebook)
    return before, exceptions[place]
