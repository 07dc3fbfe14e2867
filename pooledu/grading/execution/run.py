"""Run a notebook, cell by cell, in a job of the warm process."""

import copy
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from nbformat.notebooknode import NotebookNode

from pooledu.grading.execution.outputs import Outputs
from pooledu.grading.execution.policy import DeviceMissingError, Policy, SandboxMissingError
from pooledu.grading.execution.record import CellRecord, Record
from pooledu.grading.execution.worker import (
    START_SECONDS,
    Job,
    WarmProcessError,
    forget,
    warm_process,
)
from pooledu.grading.intake.files import File
from pooledu.grading.sandbox import missing_protections
from pooledu.grading.sandbox.limits import larger
from pooledu.grading.wire.channel import ProtocolError

GRACE_SECONDS = 1.0
TICK_SECONDS = 0.25


_ONE_AT_A_TIME = threading.Lock()  # a warm process has one job; a worker of Dask may have threads
Received = tuple[dict[str, Any], list[bytes]]


class Answerer(Protocol):
    """Who answers the questions of a running notebook; the judge is one."""

    def answer(self, cell: NotebookNode, message: dict[str, Any], talk: "_Run") -> None:
        """Answer a message that came while `cell` ran, by `talk.send` and `talk.receive`."""


class NotebookStoppedError(Exception):
    """The notebook cannot go on; the sentence says why."""


def execute(
    notebook: NotebookNode,
    policy: Policy | None = None,
    answerer: Answerer | None = None,
    count: int | None = None,
    files: Sequence[File] = (),
) -> tuple[NotebookNode, Record]:
    """Run all code cells of a notebook in a confined process of its own.

    Errors in a cell do not stop the cells after it. A cell that runs out of time is interrupted;
    one that does not heed the interrupt ends the notebook.

    Parameters
    ----------
    notebook : NotebookNode
        In nbformat 4; it is left as it is.
    policy : Policy, optional
        Limits and surroundings.
    answerer : Answerer, optional
        Answers what the notebook's process asks the grader. Without one, it asks in vain.
    count : int, optional
        Cells, from the first on, that are run; all by default.
    files : sequence of File
        What lies beside the notebook while it runs.

    Returns
    -------
    executed : NotebookNode
        A copy with the outputs that Jupyter would have recorded.
    record : Record
        Status and time of each cell, and the layers of confinement that held.

    Raises
    ------
    SandboxMissingError
        The machine cannot protect files, network or processes, and `policy.unconfined` is false.
    DeviceMissingError
        The policy names a CUDA device, and the machine has none, or none that can be used here.
    """
    executed = copy.deepcopy(notebook)
    with _ONE_AT_A_TIME:
        return executed, _execute(executed, policy or Policy(), answerer, count, files)


def _execute(
    executed: NotebookNode,
    policy: Policy,
    answerer: Answerer | None,
    count: int | None,
    files: Sequence[File],
) -> Record:
    """Run the code cells of a notebook in place."""
    record = Record()
    job = _start(policy, record)
    started = time.monotonic()
    run = _Run(job, policy, record, answerer, started + policy.notebook_seconds - policy.spent)
    if files:
        names, released = [each.name for each in files], [each.released for each in files]
        message = {"op": "files", "names": names, "released": released}
        job.channel.send(message, [each.content for each in files], START_SECONDS)
    for index, cell in enumerate(executed.cells):
        if cell.cell_type == "code" and (count is None or index < count):
            run.cell(index, cell)
        elif cell.cell_type == "code":
            run.leave_out(cell)
    job.channel.close()
    record.seconds = time.monotonic() - started
    return record


def _start(policy: Policy, record: Record) -> Job:
    """Fork a job, anew where the warm process has died, and check how it is confined."""
    settings = policy.settings()
    try:
        job, ready = warm_process(settings).start_job(policy.limits())
    except (OSError, WarmProcessError, ProtocolError):
        forget(settings)
        job, ready = warm_process(settings).start_job(policy.limits())
    record.layers = ready["layers"]
    missing = missing_protections(record.layers)
    if missing and not policy.unconfined:
        job.end()
        reasons = "; ".join(f"{name}: {why}" for name, why in record.layers.items() if why)
        raise SandboxMissingError(
            f"this machine cannot protect {' and '.join(missing)} from a submission ({reasons}). "
            "Grade on Linux 5.13 or newer; or, if you trust every submission, with --unconfined or "
            "`c.JudgedExecute.unconfined = True` in nbgrader_config.py"
        )
    if ready["cuda"]:
        job.end()
        raise DeviceMissingError(ready["cuda"])
    return job


class _Run:
    """One notebook on its way through a job."""

    def __init__(
        self,
        job: Job,
        policy: Policy,
        record: Record,
        answerer: Answerer | None,
        deadline: float,
    ) -> None:
        self.job, self.policy, self.record = job, policy, record
        self.answerer, self.deadline = answerer, deadline
        self.next_look = 0.0
        self.outputs = Outputs(policy.output_characters, policy.image_bytes, policy.output_budget)

    def cell(self, index: int, cell: NotebookNode) -> None:
        """Run one code cell, or note why it was not run."""
        cell.outputs, cell.execution_count = [], None
        self.outputs.begin(cell.outputs)
        entry = CellRecord(index)
        self.record.cells.append(entry)
        if not self.record.stopped and time.monotonic() >= self.deadline:
            self.record.stopped = self._overtime()
        if self.record.stopped:
            self.outputs.error("NotRun", f"this cell was not run: {self.record.stopped}")
            return
        if not cell.source.strip():
            entry.status = "ok"
            return
        started = time.monotonic()
        try:
            self._exchange(index, cell, entry)
        except NotebookStoppedError as reason:
            entry.status = "timeout" if entry.status == "timeout" else "killed"
            self.record.stopped = str(reason)
            self.outputs.error("Stopped", str(reason))
            self.outputs.failed()
        entry.seconds = time.monotonic() - started

    def leave_out(self, cell: NotebookNode) -> None:
        """Note that a cell is not run."""
        cell.outputs, cell.execution_count = [], None
        self.outputs.begin(cell.outputs)
        self.outputs.note("Not run: no mark depends on this cell.")

    def _exchange(self, index: int, cell: NotebookNode, entry: CellRecord) -> None:
        """Send a cell and take what comes back until it is done."""
        deadline = min(time.monotonic() + self.policy.cell_seconds, self.deadline)
        self.send({"op": "run", "cell": index, "source": cell.source})
        while True:
            received = self._next(deadline)
            message = received[0] if received else {}
            if received is None:
                if entry.status == "timeout":
                    raise NotebookStoppedError(self._overtime() + " and ignored the interrupt")
                entry.status = "timeout"
                self.job.interrupt()
                deadline = time.monotonic() + GRACE_SECONDS
            elif message.get("op") == "output":
                self._output(message)
            elif message.get("op") == "done" and message.get("cell") == index:
                self._done(cell, entry, message)
                return
            else:
                deadline = min(deadline + self._answer(cell, message), self.deadline)

    def _answer(self, cell: NotebookNode, message: dict[str, Any]) -> float:
        """Have a message answered; return the seconds that it took, for which no cell pays."""
        started = time.monotonic()
        if self.answerer is None:
            raise NotebookStoppedError(
                "the notebook's process asked, and nobody is there to answer"
            )
        try:
            self.answerer.answer(cell, message, self)
        except ProtocolError as error:
            raise NotebookStoppedError(f"the notebook's process sent {error}") from None
        return time.monotonic() - started

    def _output(self, message: dict[str, Any]) -> None:
        """Record an output."""
        try:
            self.outputs.add(message.get("kind"), message.get("content"))
        except ValueError as error:
            raise NotebookStoppedError(f"the notebook's process sent {error}") from None

    def _done(self, cell: NotebookNode, entry: CellRecord, message: dict[str, Any]) -> None:
        """Note how a cell ended."""
        count = message.get("count")
        cell.execution_count = count if type(count) is int and 0 <= count < 1 << 31 else None
        if entry.status == "timeout":
            self.outputs.error("CellTimeoutError", self._overtime())
            if time.monotonic() >= self.deadline:
                self.record.stopped = self._overtime()
        else:
            entry.status = "ok" if message.get("status") == "ok" else "error"
        if entry.status != "ok":
            self.outputs.failed()

    def _overtime(self) -> str:
        """Say which limit of time was reached."""
        if time.monotonic() >= self.deadline:
            return f"the notebook ran longer than {self.policy.notebook_seconds:g} s"
        return f"the cell ran longer than {self.policy.cell_seconds:g} s"

    def send(self, message: dict[str, Any], buffers: Iterable[bytes] = ()) -> None:
        """Send a message to a process that may have ended or may not read."""
        try:
            self.job.channel.send(message, buffers, seconds=GRACE_SECONDS)
        except (ProtocolError, TimeoutError) as error:
            raise NotebookStoppedError(self._cause(error)) from None

    def receive(self, seconds: float) -> Received | None:
        """Return the next message that is no output, or None where none comes in time."""
        deadline = min(time.monotonic() + seconds, self.deadline)
        while received := self._next(deadline):
            if received[0].get("op") != "output":
                return received
            self._output(received[0])
        return None

    def _next(self, deadline: float) -> Received | None:
        """Return the next message, or None at the deadline; watch the process meanwhile."""
        while (left := deadline - time.monotonic()) > 0:
            self._look()
            try:
                return self.job.channel.receive(min(left, TICK_SECONDS))
            except TimeoutError:
                continue
            except ProtocolError as error:
                raise NotebookStoppedError(self._cause(error)) from None
        return None

    def _look(self) -> None:
        """Count threads, and files that nothing else bounds, from time to time."""
        if time.monotonic() < self.next_look:
            return
        self.next_look = time.monotonic() + TICK_SECONDS
        if self.job.threads() > self.policy.threads:
            raise NotebookStoppedError(f"more than {self.policy.threads} threads")
        size = self.policy.file_size
        if self.record.layers.get("file view") and larger(self.job.scratch, size):
            raise NotebookStoppedError(f"more than {size >> 20} MB of files, or too many")

    def _cause(self, error: Exception) -> str:
        """End the process and say why the conversation broke off."""
        code = self.job.end(patience=GRACE_SECONDS)
        if code < 0:
            return f"the notebook's process was ended by signal {-code}"
        return f"the notebook's process ended: {error}"
