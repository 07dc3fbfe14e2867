"""The student's side of a check: call a function and write down what happened.

Nothing here knows an answer. What goes in (`Call`) and what comes out (`Observation`) is plain
data, so the two sides may be two processes.
"""

from __future__ import annotations

import contextlib
import contextvars
import ctypes
import linecache
import math
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import FrameType
from typing import Any

import numpy as np

from pooledu.checks import drivers
from pooledu.checks.calls import MAX_ITEMS, Call, Observation, plain
from pooledu.checks.watching import OURS, Printed, Watch, capture

MAX_ERROR = 400
IMPORT_SECONDS = 60  # that an import may take beyond the time limit


class TimeLimit(SystemExit):
    """Raised inside a student's function that has run for too long.

    A `SystemExit`, because a thread may end with that in silence.

    A bare ``except:`` catches it, so making one also arms the frames that are running: the next
    line that any of them executes, the one in the handler, raises again.
    """

    def __init__(self) -> None:
        super().__init__()
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code is not make_call.__code__:
            frame.f_trace = _raise_time_limit
            frame = frame.f_back
        sys.settrace(lambda *_: None)  # local trace functions run only while a global one is set


def _raise_time_limit(frame: FrameType, event: str, arg: Any) -> None:
    """Raise again, at the next line of a frame that caught `TimeLimit`."""
    raise TimeLimit


def observe(function: Any, calls: Sequence[Call], *, time_limit: float = 10.0) -> list[Observation]:
    """Make calls one after the other, and write down what happened in each.

    The calls run in a thread of their own. So the time limit works in a notebook, in any thread
    and on every system; a `KeyboardInterrupt` raised here is the user's, and one raised there is
    the function's.

    Parameters
    ----------
    function
        What is called, or simply looked at by the driver "value".
    calls
        The calls, in order. After one that is too slow no other is made.
    time_limit
        Seconds of the processor that a call may take; and three times as many in all, so that a
        busy machine fails nobody.

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
    worker = _Worker(function, calls)
    thread = threading.Thread(target=contextvars.copy_context().run, args=(worker.run,))
    thread.daemon = True
    with capture(worker.printed):
        try:
            _start(thread)
            while thread.is_alive() and not worker.overdue(time_limit):
                thread.join(0.02)
                worker.printed.trim()
        finally:
            late = len(worker.observations) < len(calls)
            stopped = _stop(thread)
    observations = list(worker.observations)[: len(calls)]
    if late and len(observations) < len(calls):
        outcome = "slow" if stopped else "stuck"
        observations.append(Observation(outcome, printed=worker.printed.text()))
    missing = len(calls) - len(observations)
    return observations + [Observation("skipped")] * missing


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
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None:
        if frame.f_globals.get("__name__") == "importlib._bootstrap":
            return True
        frame = frame.f_back
    return False


class _Worker:
    """The calls as the thread makes them; `started` is when the current one began."""

    def __init__(self, function: Any, calls: Sequence[Call]) -> None:
        self.function = function
        self.calls = calls
        self.observations: list[Observation] = []
        self.printed = Printed()
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

    def run(self) -> None:
        """Make the calls; end quietly when told to stop."""
        if hasattr(time, "pthread_getcpuclockid"):  # not on Windows
            self.clock = time.pthread_getcpuclockid(threading.get_ident())
        earlier: list[np.ndarray] = []
        with contextlib.suppress(TimeLimit):
            for call in self.calls:
                self.printed.clear()
                self.started, self.used = time.monotonic(), time.thread_time()
                observation = make_call(self.function, call, earlier)
                self.observations.append(replace(observation, printed=self.printed.text()))


def make_call(function: Any, call: Call, earlier: list[np.ndarray]) -> Observation:
    """Make one call in this thread, without a time limit.

    Parameters
    ----------
    function
        What is called, or looked at.
    call
        The call.
    earlier
        The arrays that earlier calls returned, to see them returned again; this call's are added.

    Returns
    -------
    Observation
        What happened; its `printed` is empty.

    Raises
    ------
    TimeLimit
        If another thread stops this one.
    """
    args, kwargs = _lay_out(call.args, call.layout), _lay_out(call.kwargs, call.layout)
    arrays = list(_arrays((args, kwargs)))
    before = [array.tobytes() for array in arrays]
    watch = Watch(call.forbidden)
    try:
        with watch:
            result, notes = getattr(drivers, call.driver)(function, args, kwargs, call)
    except BaseException as error:
        sys.settrace(None)
        if isinstance(error, TimeLimit):
            raise
        writes = call.layout == "readonly" and not _raises(function, replace(call, layout="C"))
        return _raised(error, (*watch.notes, "writes") if writes else watch.notes)
    try:
        returned = list(_arrays(result))
        notes += watch.notes
        if any(array.tobytes() != old for array, old in zip(arrays, before, strict=True)):
            notes += ("mutated",)
        if any(_share(one, other) for one in returned for other in arrays):
            notes += ("shares",)
        if any(_share(one, other) for one in returned for other in earlier):
            notes += ("reused",)
        earlier += returned
        return Observation("returned", plain(result), notes=notes)
    except Exception as error:  # an object that misbehaves when it is looked at
        return _raised(error, watch.notes)


def _raises(function: Any, call: Call) -> bool:
    """Say whether a call raises."""
    return make_call(function, call, []).outcome == "raised"


def _share(one: np.ndarray, other: np.ndarray) -> bool:
    """Say whether two arrays share a cell."""
    try:
        return bool(np.shares_memory(one, other, max_work=10**6))  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return bool(np.may_share_memory(one, other))


def _lay_out(data: Any, layout: str) -> Any:
    """Copy arguments, with their arrays in the given memory layout."""
    if isinstance(data, dict):
        return {key: _lay_out(value, layout) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return type(data)(_lay_out(value, layout) for value in data)
    if not isinstance(data, np.ndarray):
        return data
    if layout == "F":
        return np.array(data, order="F")
    if layout == "strided":
        wide = np.zeros(tuple(2 * size for size in data.shape), data.dtype)
        view = wide[(slice(None, None, 2),) * data.ndim]
        view[...] = data
        return view
    copy = np.array(data, order="C")
    copy.flags.writeable = layout != "readonly"
    return copy


def _arrays(data: Any) -> Iterator[np.ndarray]:
    """Find the arrays in a tree of data."""
    if issubclass(type(data), np.ndarray):
        yield np.ndarray.view(data, np.ndarray)
    elif type(data) in (list, tuple):
        for value in data[:MAX_ITEMS]:
            yield from _arrays(value)
    elif type(data) is dict:
        for value in data.values():
            yield from _arrays(value)


def _raised(error: BaseException, notes: tuple[str, ...]) -> Observation:
    """Write down an exception, and the student's line that it came from."""
    try:
        message = str(error)
    except Exception:
        message = "(unreadable)"
    text = f"{type(error).__name__}: {message}".rstrip(": ")
    if len(text) > MAX_ERROR:
        text = text[:MAX_ERROR] + " ..."
    return Observation("raised", error=text, where=_where(error), notes=notes)


def _where(error: BaseException) -> str:
    """Find the last line of the student's own code in a traceback."""
    frames = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_globals.get("__name__", "").partition(".")[0] not in sys.stdlib_module_names
        and "site-packages" not in frame.f_code.co_filename
        and frame.f_globals.get("__name__") not in OURS
    ]
    if not frames:
        return ""
    filename, line = frames[-1]
    return f"line {line}: {linecache.getline(filename, line).strip()}".rstrip(": ")
