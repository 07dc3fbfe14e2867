"""One call on the student's side, and what is seen in it.

Nothing here knows an answer. What goes in (`Call`) and what comes out (`Observation`) is plain
data. How a row of calls is run, and how one that takes too long is stopped, is `observing`'s.
"""

from __future__ import annotations

import itertools
import linecache
import sys
import traceback
from collections.abc import Iterator
from dataclasses import replace
from types import CoroutineType, FrameType
from typing import Any

import numpy as np

from pooledu.checks import drivers
from pooledu.checks.calls import MAX_DEPTH, MAX_ITEMS, Call, Observation, plain
from pooledu.checks.indices import WIDE, narrow
from pooledu.checks.watching import OURS, Watch

MAX_ERROR = 400
SCALARS = frozenset({int, float, bool, str, type(None)})
MAX_ARRAYS = 100  # that are looked at among the results of a call


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


def _raise_time_limit(frame: FrameType, event: str, arg: Any) -> Any:
    """Raise again, at the next line of a frame that caught `TimeLimit`.

    A frame that it only passes through is told of it as well; to raise there would end the tracing.
    """
    if event == "line":
        raise TimeLimit
    return _raise_time_limit


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
    args, kwargs = lay_out(call.args, call.layout), lay_out(call.kwargs, call.layout)
    arrays = list(_arrays((args, kwargs)))
    before = [array.tobytes() for array in arrays]
    lists = _lists((args, kwargs))
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
    if type(result) is CoroutineType:
        result.close()  # or else Python would warn, of a line of ours
    try:
        returned = list(itertools.islice(_arrays(result), MAX_ARRAYS))
        notes += watch.notes
        changed = any(array.tobytes() != old for array, old in zip(arrays, before, strict=True))
        if changed or _lists((args, kwargs)) != lists:
            notes += ("mutated",)
        if any(_share(one, other) for one in returned for other in arrays):
            notes += ("shares",)
        if any(_share(one, other) for one in returned for other in earlier):
            notes += ("reused",)
        earlier += returned
        return Observation("returned", plain(result), notes=notes)
    except Exception as error:  # an object that misbehaves when it is looked at
        return _raised(error, watch.notes)


def call_trusted(trusted: Any, call: Call) -> Observation:
    """Make one call of work that need not be watched; see `make_call`, which takes thrice as long.

    Returns
    -------
    Observation
        What it returned, or that it raised, and nothing else.
    """
    args, kwargs = lay_out(call.args, call.layout), lay_out(call.kwargs, call.layout)
    try:
        result, _ = getattr(drivers, call.driver)(trusted, args, kwargs, call)
        return Observation("returned", plain(result))
    except Exception:
        return Observation("raised")


def _raises(function: Any, call: Call) -> bool:
    """Say whether a call raises."""
    return make_call(function, call, []).outcome == "raised"


def _share(one: np.ndarray, other: np.ndarray) -> bool:
    """Say whether two arrays share a cell."""
    try:
        return bool(np.shares_memory(one, other, max_work=10**6))  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return bool(np.may_share_memory(one, other))


def lay_out(data: Any, layout: str) -> Any:
    """Copy arguments, with their arrays in the given memory layout; int64 as the index type.

    In the layout "mixed" the first argument is in Fortran order, and the others in C order.
    """
    if type(data) in SCALARS:
        return data
    if isinstance(data, np.ndarray):
        return _laid_out(data, layout)
    if layout == "mixed" and isinstance(data, tuple):
        return type(data)(lay_out(each, "C" if at else "F") for at, each in enumerate(data))
    if isinstance(data, dict):
        return {key: lay_out(value, layout) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return type(data)([lay_out(value, layout) for value in data])
    return data if WIDE else narrow(data)


def _laid_out(data: np.ndarray, layout: str) -> np.ndarray:
    """Copy an array into a memory layout."""
    data = data if WIDE else narrow(data)
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


def _lists(data: Any) -> Any:
    """Copy the lists in some arguments, so that an edit in place shows."""
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list | tuple):
        return tuple(map(_lists, data))
    return None if isinstance(data, np.ndarray) else data


def _arrays(data: Any) -> Iterator[np.ndarray]:
    """Find the arrays in a tree of data, of which only so many parts are looked at."""
    parts, looked_at = [(data, MAX_DEPTH)], 0
    while parts and looked_at < MAX_ITEMS:
        part, depth = parts.pop()
        looked_at += 1
        if issubclass(type(part), np.ndarray):
            yield np.ndarray.view(part, np.ndarray)
        elif depth and (items := _items(part)):
            parts += [(item, depth - 1) for item in reversed(items)]


def _items(data: Any) -> list[Any]:
    """List the first parts of a list, a tuple or a dict, trusting none of their own methods."""
    for base in (list, tuple):
        if issubclass(type(data), base):
            return list(itertools.islice(base.__iter__(data), MAX_ITEMS))
    return list(itertools.islice(data.values(), MAX_ITEMS)) if type(data) is dict else []


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
        and linecache.getline(frame.f_code.co_filename, line)  # not compiled code, as in NumPy
    ]
    if not frames:
        return ""
    filename, line = frames[-1]
    return f"line {line}: {linecache.getline(filename, line).strip()}".rstrip(": ")
