"""Messages between the grader and the process in which a submission runs.

A message is a JSON object and a list of byte strings beside it. Nothing is ever unpickled, and
sizes are checked before anything is allocated: the other end may be hostile.
"""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterable
from typing import Any

HEADER_LIMIT = 8 << 20
BUFFERS_LIMIT = 256 << 20  # of what the grader sends, files too
ANSWERS_LIMIT = 32 << 20  # of what it takes back
COUNT_LIMIT = 4096
PARTS_LIMIT = 400_000  # brackets in a message: each is an object in memory

_LENGTH = struct.Struct(">I")


class ProtocolError(Exception):
    """The other end sent what no honest one sends."""


class ClosedError(ProtocolError):
    """The other end is gone."""


class Channel:
    """One end of a conversation over a stream socket.

    Parameters
    ----------
    connection : socket.socket
        A connected stream socket; the channel owns it from now on.
    limit : int
        Bytes that may come beside a message.
    """

    def __init__(self, connection: socket.socket, limit: int = BUFFERS_LIMIT) -> None:
        self.connection, self._limit = connection, limit
        self._received = bytearray()
        self._sending = threading.Lock()  # a notebook's threads print, too

    def send(
        self,
        message: dict[str, Any],
        buffers: Iterable[bytes] = (),
        seconds: float | None = None,
    ) -> None:
        """Send one message; `seconds` bounds the wait for an end that does not read."""
        buffers = list(buffers)
        text = json.dumps({**message, "buffers": [len(b) for b in buffers]}, ensure_ascii=False)
        header = text.encode("utf-8", "replace")
        try:
            with self._sending:
                self.connection.settimeout(seconds)
                self.connection.sendall(_LENGTH.pack(len(header)) + header)
                for buffer in buffers:
                    self.connection.sendall(buffer)
        except (BrokenPipeError, ConnectionResetError):
            raise ClosedError("the process has ended") from None

    def receive(self, seconds: float | None = None) -> tuple[dict[str, Any], list[bytes]]:
        """Return the next message and its buffers.

        Raises
        ------
        TimeoutError
            Not all of it came within `seconds`. What came is kept: receive again to go on.
        ClosedError
            The other end is gone.
        ProtocolError
            What came is not a message, or is larger than any honest one.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        self._fill(_LENGTH.size, deadline)
        (length,) = _LENGTH.unpack_from(self._received)
        if length > HEADER_LIMIT:
            raise ProtocolError(f"a message of {length} bytes; the limit is {HEADER_LIMIT}")
        start = _LENGTH.size + length
        self._fill(start, deadline)
        message = _parse(bytes(self._received[_LENGTH.size : start]))
        sizes = _sizes(message.pop("buffers", None), self._limit)
        self._fill(start + sum(sizes), deadline)
        buffers = []
        for size in sizes:
            buffers.append(bytes(self._received[start : start + size]))
            start += size
        del self._received[:start]
        return message, buffers

    def _fill(self, count: int, deadline: float | None) -> None:
        """Read until `count` bytes of the message are here."""
        while len(self._received) < count:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            self.connection.settimeout(left)
            try:
                chunk = self.connection.recv(min(1 << 20, max(1 << 16, count)))
            except BlockingIOError:  # a timeout of zero makes the socket non-blocking
                raise TimeoutError from None
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                raise ClosedError("the process has ended")
            self._received += chunk

    def close(self) -> None:
        """Close the socket."""
        self.connection.close()


def _parse(text: bytes) -> dict[str, Any]:
    """Return the JSON object in `text`."""
    if text.count(b"[") + text.count(b"{") > PARTS_LIMIT:
        raise ProtocolError("not a message: it has too many parts")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not a message: {error}") from None
    if not isinstance(message, dict):
        raise ProtocolError(f"not a message: a JSON {type(message).__name__}")
    return message


def _sizes(sizes: Any, limit: int) -> list[int]:
    """Return the sizes of a message's buffers, checked."""
    honest = (
        isinstance(sizes, list)
        and len(sizes) <= COUNT_LIMIT
        and all(type(size) is int and size >= 0 for size in sizes)
        and sum(sizes) <= limit
    )
    if not honest:
        raise ProtocolError("buffers that are too many, too large or without sizes")
    return sizes
