"""Standard output and error: what Python writes, and what is written beneath it."""

import ctypes
import io
import os
from collections.abc import Callable

_libc = ctypes.CDLL(None)


class Descriptor:
    """A file behind file descriptor 1 or 2, to catch what `os.write` and C code print.

    Parameters
    ----------
    number : int
        The file descriptor.
    """

    def __init__(self, number: int) -> None:
        self._file = os.memfd_create(f"descriptor-{number}", os.MFD_CLOEXEC)
        os.dup2(self._file, number)
        self._seen = 0

    def new_text(self) -> str:
        """Return what was written since the last call."""
        size = os.fstat(self._file).st_size
        if size <= self._seen:
            return ""
        data = os.pread(self._file, size - self._seen, self._seen)
        self._seen = size
        return data.decode("utf-8", "replace")


def flush_c() -> None:
    """Let C's standard output write what it holds back."""
    _libc.fflush(None)


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a notebook.

    Parameters
    ----------
    number : int
        The file descriptor that it stands for.
    publish : callable
        Called with each text.
    """

    encoding = "UTF-8"
    errors = "strict"

    def __init__(self, number: int, publish: Callable[[str], None]) -> None:
        self._number = number
        self._publish = publish

    def write(self, text: str, /) -> int:
        """Record a text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._publish(text)
        return len(text)

    def writable(self) -> bool:
        """Say that this stream can be written."""
        return True

    def fileno(self) -> int:
        """Return the file descriptor beneath."""
        return self._number
