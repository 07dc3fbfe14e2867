"""nbgrader's steps in which the judge and the sandbox take part.

`configure` puts them into nbgrader's own configuration, so that `nbgrader autograde` and
formgrader's button use them.
"""

import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from nbconvert.filters import ansi2html, strip_ansi
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook, Notebook
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearOutput,
    IgnorePattern,
    LimitOutput,
    NbGraderPreprocessor,
    OverwriteKernelspec,
)
from nbgrader.utils import is_locked
from traitlets import Bool, Dict, Enum, Float, Integer, List, Unicode, default

from pooledu.grading.bridge.formgrader import restrict_formgrader
from pooledu.grading.bridge.gradebook import open_or_say
from pooledu.grading.bridge.late import AssignPenalties
from pooledu.grading.bridge.programs import say_or_trace
from pooledu.grading.bridge.release import course_of, missing_is_refused
from pooledu.grading.bridge.saving import SaveGrades
from pooledu.grading.budget import TimeBudget
from pooledu.grading.course.ids import is_name
from pooledu.grading.escaping import harmless_record, plain
from pooledu.grading.execution import Policy
from pooledu.grading.execution.policy import MEGABYTE
from pooledu.grading.export.feedback import configure_feedback
from pooledu.grading.intake.cells import restored
from pooledu.grading.intake.door import refusal
from pooledu.grading.intake.files import File, released_files, with_submitted
from pooledu.grading.intake.opening import NotAFileError, open_file
from pooledu.grading.intake.reading import SubmissionExporter
from pooledu.grading.intake.released import Released, released_cells
from pooledu.grading.intake.times import NAME as TIME
from pooledu.grading.intake.times import NoTimeError, submitted_time
from pooledu.grading.judge.notebook import Outcome, forbidden_throughout, run_and_judge
from pooledu.grading.judge.secret import course_secret, submission_key
from pooledu.grading.sandbox import LAYERS, Layers
from pooledu.grading.sanitising import safe_markdown

CELL_SECONDS = 30.0
EXCHANGE_WORD, EXCHANGE_BYTES = "submission_secret.txt", 1000
HEEDED = {"timeout", "interrupt_on_timeout", "allow_errors"}
"""Settings of nbgrader's Execute that are taken over, or ask for what is done in any case."""

Resources = dict[str, Any]


class RestoreCells(NbGraderPreprocessor):
    """Gives the cells of the assignment the metadata that they were released with.

    The `grade_id` is all that counts of a submission's metadata. Of cells that claim the same one
    the last that is written is it, and the others are the student's own. A cell that is missing
    comes back.
    """

    released: ClassVar[Callable[[str], list[Released]] | None] = None  # what a run has read once

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Restore a submitted notebook."""
        about = resources["nbgrader"]
        if (find := RestoreCells.released) is not None:
            nb.cells = restored(nb.cells, find(about["notebook"]))
            return nb, resources
        with Gradebook(about["db_url"]) as gradebook:
            source = gradebook.find_notebook(about["notebook"], about["assignment"])
            nb.cells = restored(nb.cells, as_released(source, course_of(self)))
        return nb, resources


def as_released(notebook: Notebook, course: CourseDirectory) -> list[Released]:
    """Return the cells of one of the course's notebooks, with the prose between them."""
    folder = course.format_path(course.source_directory, ".", notebook.assignment.name)
    return released_cells(notebook, Path(course.root, folder, f"{notebook.name}.ipynb"))


class CheckMetadata(CheckCellMetadata):
    """nbgrader's own check, which takes long; what it has found valid, it need not see again."""

    _valid: ClassVar[set[str]] = set()

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Check the metadata of a notebook's cells."""
        told = [(cell.cell_type, cell.metadata.get("nbgrader")) for cell in nb.cells]
        seen = json.dumps(sorted((each for each in told if each[1]), key=json.dumps))
        if seen not in self._valid:
            nb, resources = super().preprocess(nb, resources)
            self._valid.add(seen)
        return nb, resources


class JudgedExecute(NbGraderPreprocessor):
    """Runs a submission in a confined process and has its checks judged, in place of Execute."""

    cell_seconds = Float(
        help="Time limit of a cell; by default c.Execute.timeout, if that is set."
    ).tag(config=True)
    memory_megabytes = Integer(2048, help="Memory of a notebook, beside its libraries.").tag(
        config=True
    )
    devices = List(
        Enum(["cpu", "cuda"]),
        ["cpu"],
        help="Where functions of torch are checked: on the CPU, on a CUDA device, or on both.",
    ).tag(config=True)
    left_out = List(
        Enum(LAYERS), help="Layers of confinement that are not entered, such as 'file view'."
    ).tag(config=True)
    unconfined = Bool(
        False, help="Run where the machine cannot protect files, network or processes."
    ).tag(config=True)
    up_to_the_last_mark = Bool(
        False, help="Run no cell after the last one that has points: no mark depends on it."
    ).tag(config=True)
    secret_file = Unicode(
        ".pooledu-secret", help="Where the course's secret is kept, in the course's directory."
    ).tag(config=True)

    submitted_files = Dict(
        key_trait=Unicode(),
        value_trait=List(Unicode()),
        help="Assignment -> patterns of the files beside the notebook that students hand in; "
        "of an assignment that is not named, all.",
    ).tag(config=True)

    ahead: ClassVar[Callable[[str, NotebookNode], Outcome | None] | None] = None
    """Finds what was executed ahead, by other processes, for a student's notebook."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Run and judge a notebook, unless that was done ahead."""
        student = resources["nbgrader"]["student"]
        self.say_what_is_not_heeded()
        find = JudgedExecute.ahead
        outcome = find(student, nb) if find else None
        if outcome is None:
            place = (course_of(self), resources["nbgrader"]["assignment"], student)
            policy = self.policy(nb, TimeBudget.of(self, resources["nbgrader"]).running)
            outcome = run_and_judge(nb, self.key(*place), policy, self.files(*place))
        executed, record = outcome
        report_layers(record.layers, self.log)
        if record.stopped:
            self.log.warning("%s: %s", student, record.stopped)
        for name, trace in record.failures.items():
            self.log.error("%s: judging %s failed\n%s", student, name, trace)
        return executed, resources

    def released_files(self, course: CourseDirectory, assignment: str) -> list[File]:
        """Return the instructor's files of an assignment."""
        folder = course.format_path(course.source_directory, ".", assignment)
        handed_in = self.config.Autograde.get("exclude_overwriting", {}).get(assignment, [])

        def leave(name: str, why: str) -> None:
            self.log.warning(
                "RELEASED, BUT NOT THERE WHEN GRADED: %s %s. Put the file itself beside the "
                "notebook, and make it smaller.",
                plain(name),
                why,
            )

        return released_files(os.path.join(course.root, folder), course.ignore, handed_in, leave)

    def files(
        self,
        course: CourseDirectory,
        assignment: str,
        student: str,
        released: Sequence[File] | None = None,
    ) -> tuple[File, ...]:
        """Return what a submission finds beside its notebook."""
        if released is None:
            released = self.released_files(course, assignment)
        folder = course.format_path(course.submitted_directory, student, assignment)
        wanted = self.submitted_files.get(assignment, ["*"])
        left: list[str] = []
        files = with_submitted(
            released,
            os.path.join(course.root, folder),
            course.ignore,
            wanted,
            lambda name, why: left.append(f"{plain(name)} {why}"),
        )
        if left:
            more = f", and {len(left) - 1} more" if len(left) > 1 else ""
            self.log.warning("%s: left out beside the notebook: %s%s", student, left[0], more)
        return files

    def key(self, course: CourseDirectory, assignment: str, student: str) -> bytes:
        """Return the key from which the inputs for a submission are drawn."""
        secret = course_secret(Path(course.root, self.secret_file))
        return submission_key(secret, assignment, student)

    @default("cell_seconds")
    def _cell_seconds_default(self) -> float:
        """Take over what is configured for the step of nbgrader's in whose place this one is."""
        for section in ("Execute", "ExecutePreprocessor"):
            timeout = self.config[section].get("timeout", 0)
            if timeout is None or timeout < 0:
                return TimeBudget(parent=self).running
            if timeout:
                return float(timeout)
        return CELL_SECONDS

    def say_what_is_not_heeded(self) -> None:
        """Warn, once in a run, of settings of nbgrader's own step that have no meaning here."""
        for section in ("Execute", "ExecutePreprocessor"):
            for name in set(self.config[section]) - HEEDED - _unheeded:
                _unheeded.add(name)
                self.log.warning(
                    "c.%s.%s is not heeded: submissions run in a sandbox without a kernel; "
                    "see c.JudgedExecute for what can be set",
                    *(section, name),
                )

    def policy(self, nb: NotebookNode, running: float) -> Policy:
        """Return the limits and surroundings of a notebook, which depend on its exercises.

        Parameters
        ----------
        nb : NotebookNode
            As it was released.
        running : float
            Seconds in which it is run and judged; see `TimeBudget`.

        Raises
        ------
        CourseError
            If an exercise is not there: all would get nothing for it.
        """
        missing_is_refused(nb)
        return Policy(
            cell_seconds=self.cell_seconds,
            notebook_seconds=running,
            memory=self.memory_megabytes * MEGABYTE,
            devices=tuple(self.devices),
            left_out=tuple(self.left_out),
            unconfined=self.unconfined,
            up_to_the_last_mark=self.up_to_the_last_mark,
        ).forbidding(forbidden_throughout(nb))


class MakeHarmless(NbGraderPreprocessor):
    """Sees that texts of a graded notebook act in no page, since formgrader shows them as they are.

    It comes after the marks: what a person has read is compared as it was handed in.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: Resources, cell_index: int
    ) -> tuple[NotebookNode, Resources]:
        """Make one cell harmless, unless it is the instructor's."""
        if cell.cell_type != "code" and not is_locked(cell):
            cell.source = safe_markdown(cell.source, cell.get("attachments", ()))
        for output in cell.get("outputs", ()):
            if "text" in output:
                output.text = _in_colours(output.text)
            if "text/plain" in output.get("data", {}):
                output.data["text/plain"] = _in_colours(output.data["text/plain"])
            if "traceback" in output:
                output.traceback = [_in_colours(line) for line in output.traceback]
        return cell, resources


def _in_colours(text: str) -> str:
    """Return a text as it is, or without its colours where no page can be made of them."""
    try:
        if "\x1b" in text:
            ansi2html(text)
    except Exception:  # of nbconvert's reader of colours, on some that are none
        return strip_ansi(text)
    return text


_reported: set[str] = set()
_unheeded: set[str] = set()


def report_layers(layers: Layers, log: logging.Logger) -> None:
    """Warn, once in a run, of each layer of confinement that this machine lacks."""
    for layer, reason in layers.items():
        if reason and layer not in _reported:
            _reported.add(layer)
            log.warning("SANDBOX: no %s on this machine (%s)", layer, reason)


def _existing_time(course: CourseDirectory, folder: str) -> datetime | None:
    """Return when something was handed in, in place of nbgrader's own reader of times."""
    try:
        return submitted_time(folder)
    except NoTimeError as error:
        course.log.warning("%s: %s", folder, error)
        return None


_find_all, _copy_all = BaseConverter.init_notebooks, BaseConverter.init_assignment


def _find_notebooks(converter: Any) -> None:
    """Find what is to be converted, as nbgrader does, but of nobody whose id is no name.

    One with a line end stopped nbgrader for all behind it; one with a `*` means everybody's work.
    """
    _find_all(converter)
    for folder in list(converter.assignments if isinstance(converter, Autograde) else ()):
        if not is_name(Path(folder).parent.name):
            converter.log.warning("%s is left out: rename the folder", folder)
            del converter.assignments[folder]


def _copy_files(converter: Any, assignment: str, student: str) -> None:
    """Copy files from step to step, in place of nbgrader's own, which copies whatever is there.

    Of a submission those are copied that its notebook finds when it runs, and into the feedback
    none: its page shows none. Both get what nbgrader's exchange knows a submission by.
    """
    course = converter.coursedir
    if isinstance(converter, GenerateFeedback):
        graded = Path(course.format_path(course.autograded_directory, student, assignment))
        page = Path(course.format_path(course.feedback_directory, student, assignment))
        page.mkdir(parents=True, exist_ok=True)
        _copy_marks_of_exchange(course, graded, page)
        return
    if not isinstance(converter, Autograde):
        _copy_all(converter, assignment, student)
        return
    source = Path(course.format_path(course.submitted_directory, student, assignment))
    target = Path(course.format_path(course.autograded_directory, student, assignment))
    target.mkdir(parents=True, exist_ok=True)
    if refusal(source):
        return
    files = JudgedExecute(parent=converter).files(course, assignment, student)
    for file in (each for each in files if not each.released):
        path = target / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    _copy_marks_of_exchange(course, source, target)


def _copy_marks_of_exchange(course: CourseDirectory, source: Path, target: Path) -> None:
    """Copy the time, if it is one, and the word that only the student and the teacher know."""
    names = [EXCHANGE_WORD]
    if course.get_existing_timestamp(str(source)) is not None:
        names.append(TIME)
    for name in names:
        with suppress(FileNotFoundError, NotAFileError), open_file(source / name)[0] as file:
            (target / name).write_bytes(file.read(EXCHANGE_BYTES))


def configure(config: Any) -> None:
    """Let nbgrader read, run and judge submissions with the course's own steps.

    Parameters
    ----------
    config : traitlets.config.Config
        nbgrader's configuration, `c` in `nbgrader_config.py`.
    """
    config.Autograde.exporter_class = SubmissionExporter
    config.SubmissionExporter.optimistic_validation = True  # once, not after each step
    config.Autograde.sanitize_preprocessors = [
        ClearOutput,
        RestoreCells,  # in place of nbgrader's OverwriteCells: it trusts more of a submission
        OverwriteKernelspec,
        CheckMetadata,
    ]
    config.Autograde.autograde_preprocessors = [
        JudgedExecute,
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveGrades,  # in place of nbgrader's: see what they say of themselves
        AssignPenalties,
        MakeHarmless,
        CheckMetadata,
    ]
    configure_feedback(config)
    # nbgrader's own reads whatever is there: a pipe, a device, a folder, no time at all.
    CourseDirectory.get_existing_timestamp = _existing_time
    BaseConverter.init_notebooks, BaseConverter.init_assignment = _find_notebooks, _copy_files
    Gradebook.__init__ = open_or_say
    sys.excepthook = say_or_trace
    restrict_formgrader()
    logging.setLogRecordFactory(harmless_record)
