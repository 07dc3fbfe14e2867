"""What a function cannot have in a check: someone at the keyboard, another process, a network.

None of them is there when a notebook is graded, so none is there in a check either.
"""

from __future__ import annotations

import builtins
import contextlib
import sys
from collections.abc import Iterator
from typing import Any, NoReturn


class NobodyAnswersError(RuntimeError):
    """Raised where a function waits for someone at the keyboard."""


class NoProcessError(PermissionError):
    """Raised where a function starts a process; libraries that can do without expect an OSError."""


class NoNetworkError(RuntimeError):
    """Raised where a function asks for something from the network."""


# Python announces what is about to happen, whoever asks for it: see the standard library's table of
# audit events. Nobody can take a hook back, so there is one, which is idle between the checks.
REFUSED: dict[str, type[Exception]] = {
    **dict.fromkeys(
        ("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system"),
        NoProcessError,
    ),
    "subprocess.Popen": NoProcessError,
    **dict.fromkeys(
        ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"),
        NoNetworkError,
    ),
}
_hooks: list[Any] = []
_alone: list[None] = []  # one entry for each check that runs


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Refuse `input()` and `breakpoint()`, which would wait for ever, processes and the network."""
    if not _hooks:
        _hooks.append(_refuse_event)
        sys.addaudithook(_refuse_event)
    with contextlib.ExitStack() as stack:
        for owner, name in ((builtins, "input"), (sys, "breakpointhook")):
            stack.enter_context(_replaced(owner, name, _nobody_answers))
        if locks := _locks_between_processes():
            stack.enter_context(_replaced(locks, "SemLock", _refusing(locks.SemLock)))
        _alone.append(None)
        stack.callback(_alone.pop)
        yield


def _refuse_event(event: str, _: Any) -> None:
    """Raise where something is about to happen that is refused."""
    if _alone and event in REFUSED:
        raise REFUSED[event](event)


@contextlib.contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Put something else in a place for a while."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _nobody_answers(*_: object, **__: object) -> NoReturn:
    """Stand for `input` and `breakpoint`."""
    raise NobodyAnswersError


def _locks_between_processes() -> Any:
    """The module of the locks with which `multiprocessing` begins; None where there is none."""
    try:
        import _multiprocessing
    except ImportError:
        return None
    return _multiprocessing if hasattr(_multiprocessing, "SemLock") else None


def _refusing(lock: type) -> type:
    """A kind of lock that cannot be made."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise NoProcessError("SemLock")

    return type(lock.__name__, (lock,), {"__new__": refuse})
