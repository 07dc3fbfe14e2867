"""Running a row of calls on the student's side, each within its time.

Nothing here knows an answer. What is seen in a call is described in `calling`; here are the two
ways to run calls: in a thread of their own, and in this one on platforms without threads.
"""

from __future__ import annotations

import contextlib
import contextvars
import ctypes
import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import FrameType
from typing import Any

import numpy as np

from pooledu.checks import drivers
from pooledu.checks.calling import TimeLimit, make_call
from pooledu.checks.calls import Call, Observation
from pooledu.checks.indices import as_on_64_bits
from pooledu.checks.watching import Printed, capture

IMPORT_SECONDS = 60  # that an import may take beyond the time limit
THREADS = sys.platform not in ("emscripten", "wasi")
TICK = signal.SIGINT  # the one signal that Pyodide lets in


def observe(
    function: Any,
    calls: Sequence[Call],
    *,
    time_limit: float = 10.0,
    seen: Callable[[Observation], None] = lambda observation: None,
    printed: Callable[[str], None] | None = None,
) -> list[Observation]:
    """Make calls one after the other, and write down what happened in each.

    The calls run in a thread of their own where there are threads. So the time limit works in a
    notebook, in any thread and on every system; a `KeyboardInterrupt` raised here is the user's,
    and one raised there is the function's. In a browser they run in this thread.

    Parameters
    ----------
    function
        What is called, or simply looked at by the driver "value".
    calls
        The calls, in order. After one that is too slow no other is made.
    time_limit
        Seconds of the processor that a call may take; and three times as many in all, so that a
        busy machine fails nobody.
    seen
        Called with each observation as soon as it is there.
    printed
        Called with the beginning of what each call prints, as soon as it does.

    Returns
    -------
    list of Observation
        One for each call. Nothing that the function does raises here.

    Raises
    ------
    KeyboardInterrupt
        If the user interrupts; the function is stopped first.

    Examples
    --------
    >>> observe(lambda x: x + 1, [Call((1,)), Call(("a",))])[0].value
    2
    """
    for driver in {call.driver for call in calls}:
        drivers.prepare(driver)
    worker = _Worker(function, calls, seen, Printed(printed))
    run = in_a_thread if THREADS else in_this_thread
    with capture(worker.printed), as_on_64_bits():
        observations = run(worker, time_limit)
    for observation in observations[len(worker.observations) :]:
        seen(observation)
    return observations


def in_a_thread(worker: _Worker, time_limit: float) -> list[Observation]:
    """Run a worker in a thread of its own, and raise `TimeLimit` there when its time is up."""
    thread = threading.Thread(target=contextvars.copy_context().run, args=(worker.run,))
    thread.daemon = True
    try:
        _start(thread)
        while thread.is_alive() and not worker.overdue(time_limit):
            thread.join(0.02)
            worker.printed.trim()
    finally:
        late = len(worker.observations) < len(worker.calls)
        stopped = _stop(thread)
    return worker.observed(late, "slow" if stopped else "stuck")


def in_this_thread(worker: _Worker, time_limit: float) -> list[Observation]:
    """Run a worker where there are no threads: someone from outside raises `TICK` again and again.

    In a browser that is the worker of the page, in whose loop Python runs. What computes outside of
    Python, such as one long operation of NumPy, is stopped when it returns; the page ends a worker
    that waits too long for that.
    """

    def look(number: int, frame: FrameType | None) -> None:
        if worker.overdue(time_limit) and not _in_import(frame):
            raise TimeLimit
        worker.printed.trim()

    tracing, before = sys.gettrace(), signal.signal(TICK, look)
    try:
        contextvars.copy_context().run(worker.run)
    finally:
        signal.signal(TICK, before)
        sys.settrace(tracing)
    return worker.observed(len(worker.observations) < len(worker.calls), "slow")


def _start(thread: threading.Thread) -> None:
    """Start a thread with a stack that deep recursion does not overflow."""
    before = threading.stack_size(2**26)
    try:
        thread.start()
    finally:
        threading.stack_size(before)


def _stop(thread: threading.Thread, grace: float = 2.0) -> bool:
    """Raise `TimeLimit` in a thread again and again until it ends; False if it does not."""
    patience = time.monotonic() + IMPORT_SECONDS
    while thread.is_alive() and _importing(thread) and time.monotonic() < patience:
        thread.join(0.05)  # an import that is broken off would leave a broken module behind
    deadline = time.monotonic() + grace
    while thread.is_alive() and time.monotonic() < deadline:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0), ctypes.py_object(TimeLimit)
        )
        thread.join(0.05)
    return not thread.is_alive()


def _importing(thread: threading.Thread) -> bool:
    """Say whether a thread is in the middle of an import statement."""
    return _in_import(sys._current_frames().get(thread.ident or 0))


def _in_import(frame: FrameType | None) -> bool:
    """Say whether a frame was called, directly or not, by an import statement."""
    while frame is not None:
        if frame.f_globals.get("__name__") == "importlib._bootstrap":
            return True
        frame = frame.f_back
    return False


class _Worker:
    """The calls as the thread makes them; `started` is when the current one began."""

    def __init__(
        self,
        function: Any,
        calls: Sequence[Call],
        seen: Callable[[Observation], None],
        printed: Printed,
    ) -> None:
        self.function = function
        self.calls = calls
        self.seen = seen
        self.observations: list[Observation] = []
        self.printed = printed
        self.clock: int | None = None
        self.started, self.used = time.monotonic(), 0.0

    def processor_seconds(self) -> float:
        """How long the processor has worked for this thread; infinite where no one can say."""
        try:
            return math.inf if self.clock is None else time.clock_gettime(self.clock)
        except OSError:  # the thread has ended
            return math.inf

    def overdue(self, limit: float) -> bool:
        """Whether the current call has had its time."""
        passed = time.monotonic() - self.started
        return passed > limit and (
            passed > 3 * limit or self.processor_seconds() - self.used > limit
        )

    def observed(self, late: bool, outcome: str) -> list[Observation]:
        """List what was seen; the call that was stopped, and those after it, have no result."""
        seen = list(self.observations)[: len(self.calls)]
        if late and len(seen) < len(self.calls):
            seen.append(Observation(outcome, printed=self.printed.text()))
        return seen + [Observation("skipped")] * (len(self.calls) - len(seen))

    def run(self) -> None:
        """Make the calls; end quietly when told to stop."""
        with contextlib.suppress(AttributeError, OSError):  # on Windows; in a browser
            self.clock = time.pthread_getcpuclockid(threading.get_ident())
        earlier: list[np.ndarray] = []
        with contextlib.suppress(TimeLimit):
            for call in self.calls:
                self.printed.clear()
                self.started, self.used = time.monotonic(), _thread_seconds()
                observation = self._made(call, earlier)
                observation = replace(observation, printed=self.printed.text())
                self.observations.append(observation)
                self.seen(observation)
            self.started = math.inf  # whoever looks from now on sees nothing overdue

    def _made(self, call: Call, earlier: list[np.ndarray]) -> Observation:
        """Make a call; what fails around it was broken by the student's code."""
        try:
            return make_call(self.function, call, earlier)
        except TimeLimit:
            raise
        except BaseException as error:  # nobody reads a traceback of ours
            return Observation("raised", error=type(error).__name__)


def _thread_seconds() -> float:
    """How long the processor has worked for this thread; 0 in a browser, which does not say."""
    return time.thread_time() if hasattr(time, "thread_time") else 0.0
