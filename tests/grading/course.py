"""A small course on disk, in which tests hand in and grade."""

import contextlib
import shutil
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import NbGraderException

from pooledu.cli import main

REPOSITORY = Path(__file__).parents[2]
ASSIGNMENT = "ps1_windows"

# fmt: off
SOLUTIONS = {
    "output_size-code": """
def output_size(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    stride = kernel_size if stride is None else stride
    room = size + 2 * padding - dilation * (kernel_size - 1) - 1
    n = (room + (stride - 1 if ceil_mode else 0)) // stride + 1
    return n - 1 if ceil_mode and (n - 1) * stride >= size + padding else n
""",
    "pooled_size-code": "rows = 16",
    "pooled_shape-code": "shape = (1, 3, 14, 14)",
    "max_pool2d-code": """
def pool(x, kernel_size, stride, reduce):
    k = (kernel_size,) * 2 if np.ndim(kernel_size) == 0 else tuple(kernel_size)
    s = k if stride is None else (stride,) * 2 if np.ndim(stride) == 0 else tuple(stride)
    windows = np.lib.stride_tricks.sliding_window_view(x, k)[::s[0], ::s[1]]
    return reduce(windows, axis=(2, 3))

def max_pool2d(x, kernel_size, stride=None):
    return pool(x, kernel_size, stride, np.max)
""",
    "avg_pool2d-code": """
def avg_pool2d(x, kernel_size, stride=None):
    return pool(x, kernel_size, stride, np.mean)
""",
}
# fmt: on


class Course:
    """A course directory with one released problem set."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def released(self) -> nbformat.NotebookNode:
        """The notebook that students get."""
        return nbformat.read(self.root / "exercises" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", 4)

    def solved(self, **cells: str) -> nbformat.NotebookNode:
        """The released notebook with right answers, or with others by `grade_id`."""
        notebook = self.released()
        answers = SOLUTIONS | {name.replace("_code", "-code"): s for name, s in cells.items()}
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in answers:
                cell.source = answers[name]
        return notebook

    def folder(self, student: str) -> Path:
        """Where a student's submission lies."""
        path = self.root / "submitted" / student / ASSIGNMENT
        path.mkdir(parents=True, exist_ok=True)
        return path

    def hand_in(self, student: str, notebook: nbformat.NotebookNode | str | bytes) -> Path:
        """Write a submission: a notebook, or the content of a file that should be one."""
        path = self.folder(student) / f"{ASSIGNMENT}.ipynb"
        if not isinstance(notebook, str | bytes):
            notebook = nbformat.writes(notebook)
        path.write_bytes(notebook.encode() if isinstance(notebook, str) else notebook)
        return path

    def autograde(self, student: str = "*", force: bool = False) -> bool:
        """Run `nbgrader autograde`; False where it says that a submission failed."""
        with self.app(student) as app:
            try:
                Autograde(coursedir=app.coursedir, parent=app, force=force).start()
            except NbGraderException:
                return False
        return True

    def grade(self) -> int:
        """Run `pooledu grade` in this process; return its exit code."""
        with contextlib.chdir(self.root):
            return main(["grade", ASSIGNMENT, "--jobs=1"])

    def write_feedback(self, student: str = "*") -> None:
        """Run `nbgrader generate_feedback`."""
        with self.app(student) as app:
            GenerateFeedback(coursedir=app.coursedir, parent=app).start()

    def feedback(self, student: str) -> str:
        """Run `nbgrader generate_feedback` for a student; return the page."""
        self.write_feedback(student)
        path = self.root / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
        return path.read_text(encoding="utf-8")

    def generate(self) -> None:
        """Run `nbgrader generate_assignment`."""
        with self.app() as app:
            GenerateAssignment(coursedir=app.coursedir, parent=app, create_assignment=True).start()

    @contextlib.contextmanager
    def app(self, student: str = "*"):
        """An nbgrader application with this course's configuration."""
        with contextlib.chdir(self.root):
            app = NbGrader()
            app.initialize([], root=str(self.root))
            app.coursedir.assignment_id, app.coursedir.student_id = ASSIGNMENT, student
            yield app

    def marks(self, student: str) -> dict[str, float]:
        """The automatic scores in the gradebook."""
        with Gradebook(f"sqlite:///{self.root}/gradebook.db") as gradebook:
            submission = gradebook.find_submission(ASSIGNMENT, student)
            return {
                grade.name: grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
                if grade.auto_score is not None
            }

    def graded(self, student: str) -> nbformat.NotebookNode:
        """The graded notebook."""
        return nbformat.read(
            self.root / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", 4
        )


def make_course(root: Path, config: str = "") -> Course:
    """Release the problem set in a new course, with lines added to its configuration."""
    shutil.copytree(REPOSITORY / "solutions" / ASSIGNMENT, root / "solutions" / ASSIGNMENT)
    text = (REPOSITORY / "nbgrader_config.py").read_text(encoding="utf-8")
    (root / "nbgrader_config.py").write_text(f"{text}\n{config}\n", encoding="utf-8")
    course = Course(root)
    course.generate()
    return course
