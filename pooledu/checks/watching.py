"""What a function does beside returning something: what it prints, and which libraries it uses."""

from __future__ import annotations

import contextlib
import gc
import io
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from pooledu.checks.calls import MAX_PRINTED

SIDE = ("observing", "watching", "calls", "drivers", "devices", "models")  # the student's side
OURS = tuple(f"pooledu.checks.{name}" for name in SIDE)


class Printed(io.StringIO):
    """What a function printed; someone must `trim` it from time to time.

    No counting in `write`: a method in Python would make printing many times slower.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trimmed = 0

    def clear(self) -> None:
        """Forget what was printed."""
        self.trimmed = 0
        self.seek(0)
        self.truncate()

    def trim(self) -> None:
        """Drop what is not going to be shown."""
        surplus = self.tell() - MAX_PRINTED
        if surplus > 0:
            self.trimmed += surplus
            self.seek(MAX_PRINTED)
            self.truncate()

    def text(self) -> str:
        """What was printed, and how much of it is cut."""
        self.trim()
        cut = f"\n... cut: {self.trimmed} characters more" if self.trimmed else ""
        return self.getvalue() + cut


@contextlib.contextmanager
def capture(stream: Printed) -> Iterator[None]:
    """Send stdout and stderr to a stream, whatever happens to `sys.stdout` meanwhile."""
    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        yield


class Watch:
    """Notes the use of forbidden libraries while a function runs, however it got hold of them."""

    def __init__(self, forbidden: tuple[str, ...]) -> None:
        self.forbidden = frozenset(forbidden)
        self.notes: tuple[str, ...] = ()
        self.collecting: list[Any] = []

    def __enter__(self) -> None:
        if self.forbidden:
            # A library that is merely loaded may have the garbage collector call it at any moment.
            self.collecting, gc.callbacks[:] = gc.callbacks[:], []
            sys.setprofile(self._called)

    def __exit__(self, *_: object) -> None:
        if self.forbidden:
            sys.setprofile(None)
            gc.callbacks[:] = self.collecting

    def _called(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "call":
            module = frame.f_globals.get("__name__")
        elif event == "c_call":
            module = (
                getattr(arg, "__module__", None) or type(getattr(arg, "__self__", None)).__module__
            )
        else:
            return
        if not isinstance(module, str) or module in OURS:
            return
        library = module.partition(".")[0]
        note = f"forbidden: {library}"
        if library in self.forbidden and note not in self.notes:
            self.notes += (note,)
