"""What is written into a problem set when it is released: where to install the course from."""

from pathlib import Path
from typing import Any

import yaml
from nbformat.notebooknode import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Unicode

from pooledu.grading.course.wheels import write_wheels

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
