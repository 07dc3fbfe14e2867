"""What is written into a problem set when it is released: where to install the course from."""

import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml
from nbformat.notebooknode import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, List, Unicode

from pooledu.checks import exercise_names, find
from pooledu.checks.exercise import Exercise
from pooledu.checks.registry import BESIDE
from pooledu.grading.course.settings import CourseError
from pooledu.grading.course.wheels import write_wheels
from pooledu.grading.judge.judge import asks_for_nothing

JUDGED_LATER = '''"""This exercise is judged when a notebook is graded."""

from pooledu.checks.exercise import judged_later
'''
NAME_ALONE = """
{name} = judged_later("{name}")
"""
BLANK, NO_BOOK = 'COURSE = ""', 'BOOK = ""'


class CourseAddress(NbGraderPreprocessor):
    """Writes into the first cell where the course is installed from and where its book is read."""

    address = Unicode("", help="where pip can install the course from; empty: nowhere").tag(
        config=True
    )
    book = Unicode("", help="where the class reads the book; empty: nowhere").tag(config=True)
    ships_wheel = Bool(False, help="release the package as a file beside the notebook").tag(
        config=True
    )

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Fill in one notebook, and put the package beside it."""
        source = _for_pip(self.address)
        if self.ships_wheel:
            course = course_of(self)
            assignment = resources["nbgrader"]["assignment"]
            folder = course.format_path(course.release_directory, ".", assignment)
            source = write_wheels(Path(folder))
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.source = _filled(cell.source, BLANK, source)
                cell.source = _filled(cell.source, NO_BOOK, self.book)
        return nb, resources


def course_of(step: Any) -> CourseDirectory:
    """Return nbgrader's folders, which the converter knows whose step this is."""
    while not hasattr(step, "coursedir"):
        step = step.parent
    return step.coursedir


class OwnExercises(NbGraderPreprocessor):
    """Puts a course's own exercises beside the notebook, where `check` finds them.

    Of those that are judged later, students get the name alone. What else lies in the set's folder
    may be what their oracles use: it goes along only where another exercise needs it, too.
    """

    judged_later = List(Unicode(), help="exercises of which students get no oracle").tag(
        config=True
    )

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Release the exercises of a problem set."""
        try:
            missing_is_refused(nb)
            self._release(nb, course_of(self), resources["nbgrader"]["assignment"])
        except CourseError as error:
            sys.exit(f"pooledu: {error}")
        return nb, resources

    def _release(self, nb: NotebookNode, course: CourseDirectory, assignment: str) -> None:
        """Write what students get of the modules of exercises."""
        used = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells}
        for source in sorted(Path(course.root, BESIDE).glob("*/")):
            if source.name == assignment or used & set().union(*_declared(source).values()):
                folder = Path(course.format_path(course.release_directory, ".", assignment))
                target = folder / BESIDE / source.name
                target.mkdir(parents=True, exist_ok=True)
                for name, text in released_modules(source, self.judged_later).items():
                    (target / name).write_text(text, encoding="utf-8")


def missing_is_refused(nb: NotebookNode) -> None:
    """Look whether each exercise that a notebook asks for is there.

    Raises
    ------
    CourseError
        If one is not: all would get nothing for it.
    """
    if missing := asks_for_nothing(nb.cells):
        raise CourseError(
            f"the cell {missing[0]!r} calls check, and there is no exercise of that name. Put its "
            f"module back into {BESIDE}/, install its package, or name the cell like its exercise"
        )


def released_modules(source: Path, judged_later: Collection[str]) -> dict[str, str]:
    """Return what students get of a set's modules: file -> text.

    Raises
    ------
    CourseError
        If a module has an exercise that is judged later, and one that is not.
    """
    texts = {path.name: path.read_text(encoding="utf-8") for path in source.glob("*.py")}
    declared = {file: names for file, names in _declared(source).items() if names}
    own = set().union(*declared.values())
    if own and own <= set(judged_later):
        texts = {}
    for file, names in declared.items():
        later = sorted(names & set(judged_later))
        if later and names - set(later):
            raise CourseError(
                f"{source.name}/{file} has {later[0]}, which is judged later, and "
                f"{min(names - set(later))}, which is not; give each a module of its own"
            )
        if later:
            texts[file] = JUDGED_LATER + "".join(NAME_ALONE.format(name=name) for name in later)
    return texts


def _declared(source: Path) -> dict[str, set[str]]:
    """Return the exercises of each module of a folder that was loaded: file -> names."""
    known = [each for each in map(find, exercise_names()) if each.package.endswith(source.name)]
    found: dict[str, set[str]] = {path.name: set() for path in source.glob("*.py")}
    for file in found:
        for package in {each.package for each in known}:
            module = sys.modules.get(f"{package}.{Path(file).stem}")
            if module is not None and Path(str(module.__file__)).parent == source.resolve():
                its = [value for value in vars(module).values() if isinstance(value, Exercise)]
                found[file] |= {each.name for each in its}
    return found


def _filled(source: str, blank: str, text: str) -> str:
    """Write a text into the line that waits for it."""
    return source.replace(blank, blank.replace('""', f'"{text}"'), 1)


def _for_pip(address: str) -> str:
    """Return how pip is told an address: as a wheel, or else as a repository."""
    return f"git+{address}" if address and not address.endswith(".whl") else address


def configure_release(config: Any, settings: Path) -> None:
    """Let nbgrader write the address into what it releases.

    Parameters
    ----------
    config : traitlets.config.Config
        nbgrader's configuration, `c` in `nbgrader_config.py`.
    settings : pathlib.Path
        The book's configuration; the address is its `repository.url`. It may be missing.
    """
    config.GenerateAssignment.preprocessors.insert(0, CourseAddress)
    if settings.exists():
        repository = yaml.safe_load(settings.read_text(encoding="utf-8"))["repository"]
        config.CourseAddress.address = repository["url"] or ""
