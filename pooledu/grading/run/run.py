"""`pooledu grade`: execute a class's submissions in parallel, and let nbgrader write the marks.

Workers read, run and judge submissions ahead. Meanwhile nbgrader's own `autograde` goes through
the class, one submission after the other, in this process alone; where it would execute a
notebook, it takes what a worker has made of it. So the gradebook has one writer, and a run can be
killed at any instant and started again.
"""

import copy
import json
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory

from pooledu.checks.version import judged_by
from pooledu.grading.bridge.gradebook import Shared
from pooledu.grading.bridge.steps import JudgedExecute, RestoreCells, as_released
from pooledu.grading.bridge.writing import Writer
from pooledu.grading.budget import TimeBudget
from pooledu.grading.execution import Policy, Record
from pooledu.grading.intake.cells import restored
from pooledu.grading.intake.door import refusal
from pooledu.grading.intake.files import File
from pooledu.grading.intake.names import notebooks, take
from pooledu.grading.intake.reading import SubmissionExporter, read_or_say
from pooledu.grading.intake.released import Released
from pooledu.grading.judge.notebook import Outcome, run_and_judge

AHEAD, AHEAD_BYTES = 64, 32 << 20  # submissions that are held, executed or not, before writing


@dataclass
class Run:
    """One run over the submissions of an assignment.

    Parameters
    ----------
    course : CourseDirectory
        With `assignment_id`, and `student_id` (`*` for all).
    app : Any
        nbgrader's application, which holds the configuration.
    executor : Executor, optional
        Where submissions are executed: local processes or a cluster. Without one, each is
        executed in this process when its turn has come.
    force : bool
        Grade again what is graded.
    log : Path, optional
        Where one line of JSON is appended for each submission.
    on_done : callable, optional
        Called with a student when nbgrader has written their marks.
    done : int
        How many submissions it has written.
    left_out : list of str
        Whose submission cannot be looked at, or has no notebook of the right name.
    """

    course: CourseDirectory
    app: Any
    executor: Executor | None = None
    force: bool = False
    log: Path | None = None
    on_done: Callable[[str], None] | None = None
    done: int = 0
    left_out: list[str] = field(default_factory=list)
    _current: str = ""
    _work: dict[str, dict[str, "_Work"]] = field(default_factory=dict)

    def start(self, students: Sequence[str], gradebook: Shared) -> bool:
        """Grade these students; False where nbgrader reports that one of them failed."""
        self._prepare(students)
        writer = Writer(
            students,
            gradebook,
            before=self._wait,
            after=self._finished,
            coursedir=self.course,
            parent=self.app,
            force=self.force,
        )
        JudgedExecute.ahead, SubmissionExporter.ahead = self._outcome, self._read
        RestoreCells.released = lambda name: self._released[name][0]
        try:
            writer.start()
        except NbGraderException:
            return False
        finally:
            JudgedExecute.ahead = SubmissionExporter.ahead = RestoreCells.released = None
        return True

    def judged(self, students: Sequence[str]) -> Iterator[tuple[str, str, NotebookNode]]:
        """Yield each student's notebooks by name, as run and judged; write nothing."""
        self._prepare(students)
        for student in students:
            self._wait(student)
            for name, its in self._work[student].items():
                if its.outcome[0] is not None:
                    yield student, name, its.outcome[0]

    def _prepare(self, students: Sequence[str]) -> None:
        """Fetch what all submissions have in common, and hand out the first."""
        self._released = self.released()
        self._step = JudgedExecute(parent=self.app)
        self._released_files = self._step.released_files(self.course, self.course.assignment_id)
        self._later = deque(students)
        self._keep_ahead()

    def handed_in(self) -> list[str]:
        """Return the students who have handed in."""
        pattern = Path(self._path(self.course.submitted_directory, self.course.student_id))
        found = sorted(Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor))))
        return [path.parent.name for path in found]

    def pending(self) -> list[str]:
        """Return the students whose submission is to be graded, and forget half-done ones."""
        with Gradebook(self.course.db_url, self.course.course_id) as gradebook:
            notebooks = gradebook.find_assignment(self.course.assignment_id).notebooks
            names = [each.name for each in notebooks]
        wanted = permissions(self.app)
        found: list[str] = []
        for student in self.handed_in():
            folder = self.submission(student)
            if refusal(folder):
                self.left_out.append(student)
            elif self._is_pending(student, wanted):
                (found if take(folder, names) else self.left_out).append(student)
        return found

    def released(self) -> dict[str, tuple[list[Released], Policy]]:
        """Return the cells of each notebook of the assignment, and how it is to be executed."""
        policy = JudgedExecute(parent=self.app).policy
        with Gradebook(self.course.db_url, self.course.course_id) as gradebook:
            notebooks = gradebook.find_assignment(self.course.assignment_id).notebooks
            cells = {each.name: as_released(each, self.course) for each in notebooks}
        running = TimeBudget(parent=self.app, notebooks=len(cells) or 1).running
        return {
            name: (its, policy(nbformat.v4.new_notebook(cells=restored([], its)), running))
            for name, its in cells.items()
        }

    def graded(self) -> frozenset[str]:
        """Return the names of the cells that have points."""
        cells = [cell for its, _ in self._released.values() for cell in its]
        return frozenset(cell.name for cell in cells if "points" in cell.metadata)

    def _is_pending(self, student: str, wanted: int) -> bool:
        """Say whether a student's submission is to be graded, or graded to the end."""
        graded = Path(self._path(self.course.autograded_directory, student))
        if not graded.exists() or self.force:
            return True
        times = [
            self.course.get_existing_timestamp(self._path(step, student))
            for step in (self.course.submitted_directory, self.course.autograded_directory)
        ]
        if is_finished(graded, wanted):
            if None not in times:
                return times[0] > times[1]
            if not handed_in_since(self.submission(student), graded):  # an LMS may tell no time
                return False
        shutil.rmtree(graded)
        return True

    def submission(self, student: str) -> Path:
        """Return the folder of what a student handed in."""
        return Path(self._path(self.course.submitted_directory, student))

    def _path(self, step: str, student: str) -> str:
        """Return the folder of a student's submission at one step of the way."""
        return self.course.format_path(step, student, self.course.assignment_id)

    def _keep_ahead(self) -> None:
        """Hand the notebooks of the next students to the workers: some, so that memory lasts."""
        while self._later and len(self._work) < AHEAD and self._held() < AHEAD_BYTES:
            self._hand_out(self._later.popleft())

    def _held(self) -> int:
        """Return the bytes of what is handed out and not yet written."""
        return sum(each.size for work in self._work.values() for each in work.values())

    def _hand_out(self, student: str) -> None:
        """Hand a student's notebooks to the workers."""
        folder = self.submission(student)
        place = (self.course, self.course.assignment_id, student)
        files, key = self._step.files(*place, self._released_files), self._step.key(*place)
        self._work[student] = {}
        budget = TimeBudget(parent=self.app, notebooks=len(self._released))
        for name, (cells, policy) in self._released.items():
            path = folder / f"{name}.ipynb"
            if os.path.lexists(path):
                notebook = read_or_say(path, budget.reading)
                work = _Work((notebook, cells, key, policy, files))
                work.hand_out(self.executor)
                self._work[student][name] = work

    def _read(self, filename: str) -> NotebookNode | None:
        """Return what was read of a file of the student whose turn it is, once."""
        work = self._work.get(self._current, {}).get(Path(filename).stem)
        if work is None or Path(filename).parent != self.submission(self._current):
            return None
        return work.arguments[0]

    def _wait(self, student: str) -> None:
        """Wait until a student's notebooks are executed, before the gradebook is locked."""
        if self._current != student:  # of whom nbgrader may not have been able to make anything
            self._work.pop(self._current, None)
        self._current = student
        self._keep_ahead()
        for its in self._work[student].values():
            its.finish()

    def _outcome(self, student: str, nb: NotebookNode) -> Outcome | None:
        """Return what was made of this very notebook ahead, if it was."""
        for its in self._work[student].values():
            executed, record = its.outcome
            if executed is not None and _gist(executed) == _gist(nb):
                executed.metadata = nb.metadata
                for ours, cell in zip(nb.cells, executed.cells, strict=True):
                    cell.metadata, cell.id = ours.metadata, ours.id
                return executed, record
        return None

    def _finished(self, student: str) -> None:
        """Note that nbgrader is done with a submission."""
        records = [
            {"name": name, **its.outcome[1].as_dict()}
            for name, its in self._work.pop(student).items()
        ]
        if self.log is not None:
            line = {
                "time": time.time(),
                "assignment": self.course.assignment_id,
                "student": student,
                "judged_by": judged_by(self.course.assignment_id, self.graded()),
                "notebooks": records,
            }
            with self.log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        self.done += 1
        if self.on_done is not None:
            self.on_done(student)


@dataclass
class _Work:
    """A notebook to be executed by a worker, or here when it is wanted."""

    arguments: tuple[NotebookNode, list[Released], bytes, Policy, tuple[File, ...]]
    future: Future | None = None
    outcome: tuple[NotebookNode | None, Record] = (None, Record())

    @property
    def size(self) -> int:
        """The bytes of the submission."""
        notebook, *_, files = self.arguments
        sizes = [len(each.content) for each in files if not each.released]
        for cell in notebook.cells:
            sizes += [len(cell.source), *(len(data) for data in _pictures(cell))]
        return sum(sizes)

    def hand_out(self, executor: Executor | None) -> None:
        """Give it to a worker, if there are any."""
        with suppress(BrokenExecutor):
            self.future = executor.submit(work, *self.arguments) if executor else None

    def finish(self) -> None:
        """Have the outcome; where everything fails, it is nbgrader's turn, which says why.

        Raises
        ------
        concurrent.futures.CancelledError
            If the scheduler of the cluster has gone, and with it all that was handed out.
        """
        if self.future is not None:
            try:
                self.outcome = self.future.result()
                return
            except CancelledError:
                raise
            except Exception:
                pass  # a worker died of it
        with suppress(Exception):
            self.outcome = work(*self.arguments)


def _pictures(cell: NotebookNode) -> list[str]:
    """Return the data of the pictures that are attached to a cell."""
    return [data for kinds in cell.get("attachments", {}).values() for data in kinds.values()]


def work(
    notebook: NotebookNode,
    released: list[Released],
    key: bytes,
    policy: Policy,
    files: tuple[File, ...] = (),
) -> Outcome:
    """Restore, run and judge one submission, in a worker that sees none of our files."""
    notebook = copy.deepcopy(notebook)
    notebook.cells = restored(notebook.cells, released)
    return run_and_judge(notebook, key, policy, files)


def permissions(app: Any) -> int:
    """Return what nbgrader gives to the files of a submission when it is done with it."""
    return int(str(Autograde(coursedir=app.coursedir, parent=app).permissions), 8)


def handed_in_since(folder: Path, graded: Path) -> bool:
    """Say whether a notebook was put into a submission after that was graded."""
    written = [path.stat().st_mtime for path in graded.glob("*.ipynb")]
    put = [path.lstat().st_mtime for path in notebooks(folder)]
    now = time.time()  # a time to come would be later for ever
    return bool(written) and any(max(written) < each <= now for each in put)


def is_finished(folder: Path, wanted: int) -> bool:
    """Say whether nbgrader took its last step, which sets the permissions of all files."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return bool(files) and all(os.stat(path).st_mode & 0o777 == wanted for path in files)


def _gist(nb: NotebookNode) -> list[tuple[str, str, Any]]:
    """Return what decides about an execution: the cells' kinds, sources and names."""
    return [
        (cell.cell_type, cell.source, cell.metadata.get("nbgrader", {}).get("grade_id"))
        for cell in nb.cells
    ]
