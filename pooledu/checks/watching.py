"""What a function does beside returning something: what it prints, and which libraries it uses."""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from pooledu.checks.alone import alone
from pooledu.checks.calls import MAX_PRINTED

# The modules of the student's side. None of them, nor of the process that runs a graded notebook,
# has anything that a solution could use.
SIDE = (
    "observing", "calling", "watching", "alone", "calls", "drivers", "devices", "models", "indices",
)  # fmt: skip
OURS = tuple(f"pooledu.checks.{name}" for name in SIDE)
HARNESS = "pooledu.grading."


class Printed(io.StringIO):
    """What a function printed; someone must `trim` it from time to time.

    No counting in `write`: a method in Python would make printing many times slower. Only where
    somebody wants to be told at once there is one, until there is enough to be shown.
    """

    def __init__(self, told: Callable[[str], None] | None = None) -> None:
        super().__init__()
        self.told = told
        self.clear()

    def clear(self) -> None:
        """Forget what was printed."""
        self.trimmed = 0
        self.left = MAX_PRINTED
        if self.told:
            self.write = self._tell  # type: ignore[method-assign]
        self.seek(0)
        self.truncate()

    def trim(self) -> None:
        """Drop what is not going to be shown."""
        surplus = self.tell() - MAX_PRINTED
        if surplus > 0:
            self.trimmed += surplus
            self.seek(MAX_PRINTED)
            self.truncate()

    def close(self) -> None:
        """Stay open: who closes `sys.stdout` loses nothing."""

    def _tell(self, text: str) -> int:
        """Write, and tell of it."""
        written = super().write(text)
        watching = sys.getprofile()
        sys.setprofile(None)  # whoever hears of it is not used by the function
        try:
            if self.told and text:
                self.told(text if written <= self.left else f"{text[: self.left]}\n... cut")
        finally:
            sys.setprofile(watching)
        self.left -= written
        if self.left < 0:
            del self.write  # what follows is written as fast as ever
        return written

    def text(self) -> str:
        """What was printed, and how much of it is cut."""
        self.trim()
        cut = f"\n... cut: {self.trimmed} characters more" if self.trimmed else ""
        return self.getvalue() + cut


@contextlib.contextmanager
def capture(stream: Printed) -> Iterator[None]:
    """Send all that a function shows to a stream, and leave it alone, so that it waits for nobody.

    What is printed, logged to the console or displayed goes there, whatever happens to `sys.stdout`
    meanwhile; figures that are left open are closed.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_logs(stream))
        stack.enter_context(_displays(stream))
        stack.enter_context(_figures())
        stack.enter_context(alone())
        stack.enter_context(contextlib.redirect_stdout(stream))
        stack.enter_context(contextlib.redirect_stderr(stream))
        yield


@contextlib.contextmanager
def _logs(stream: Printed) -> Iterator[None]:
    """Send to a stream what the handlers of `logging` write to the console."""
    consoles = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    handlers = [
        handler
        for reference in list(logging._handlerList)  # type: ignore[attr-defined]
        if isinstance(handler := reference(), logging.StreamHandler) and handler.stream in consoles
    ]
    before = [
        (handler, handler.stream) for handler in handlers if handler is not logging.lastResort
    ]
    for handler, _ in before:
        handler.stream = stream
    try:
        yield
    finally:
        for handler, console in before:
            handler.stream = console


@contextlib.contextmanager
def _displays(stream: Printed) -> Iterator[None]:
    """Write the text of what is displayed to a stream; clearing the output does nothing."""
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    publisher = getattr(shell, "display_pub", None)
    if publisher is None:
        yield
        return

    def publish(data: Any, *_: Any, **__: Any) -> None:
        text = data.get("text/plain", "") if isinstance(data, dict) else ""
        stream.write(f"{text[:MAX_PRINTED]}\n" if isinstance(text, str) else "")

    hidden = {"publish": publish, "clear_output": lambda *_, **__: None}
    before = {name: vars(publisher)[name] for name in hidden if name in vars(publisher)}
    vars(publisher).update(hidden)
    try:
        yield
    finally:
        for name in hidden:
            vars(publisher).pop(name, None)
        vars(publisher).update(before)


@contextlib.contextmanager
def _figures() -> Iterator[None]:
    """Close the figures that matplotlib has open afterwards and had not before."""
    before = _open_figures()
    try:
        yield
    finally:
        for figure in _open_figures() - before:
            sys.modules["matplotlib.pyplot"].close(figure)


def _open_figures() -> set[int]:
    """List the numbers of open figures."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set(pyplot.get_fignums()) if pyplot else set()


@contextlib.contextmanager
def _nothing_older_collected() -> Iterator[None]:
    """Let the garbage collector call nothing of what was there before.

    A library that is merely loaded may have it call back at any moment, and what others left may
    have finalizers in it.
    """
    callbacks, gc.callbacks[:] = gc.callbacks[:], []
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.callbacks[:] = callbacks


class Watch:
    """Notes the use of forbidden libraries while a function runs, however it got hold of them."""

    def __init__(self, forbidden: tuple[str, ...]) -> None:
        self.forbidden = frozenset(forbidden)
        self.notes: tuple[str, ...] = ()
        self.around = contextlib.ExitStack()

    def __enter__(self) -> None:
        if self.forbidden:
            if any(library in sys.modules for library in self.forbidden):
                self.around.enter_context(_nothing_older_collected())
            self.around.callback(sys.setprofile, None)
            sys.setprofile(self._called)

    def __exit__(self, *_: object) -> None:
        self.around.close()

    def _called(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "call":
            module = frame.f_globals.get("__name__")
        elif event == "c_call":
            module = (
                getattr(arg, "__module__", None) or type(getattr(arg, "__self__", None)).__module__
            )
        else:
            return
        if not isinstance(module, str) or module in OURS or module.startswith(HARNESS):
            return
        library = module.partition(".")[0]
        note = f"forbidden: {library}"
        if library in self.forbidden and note not in self.notes:
            self.notes += (note,)
