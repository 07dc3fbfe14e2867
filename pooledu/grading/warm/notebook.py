"""The life of one job: cells come in, outputs go out."""

import asyncio
import builtins
import contextlib
import getpass
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from IPython.core.error import StdinNotImplementedError

from pooledu.grading.warm import files
from pooledu.grading.warm.shell import RecordingShell, attach
from pooledu.grading.wire.channel import Channel, ClosedError

MESSAGE_CHARACTERS = 2_000_000  # in UTF-8 at most four times as many bytes


def prepare(shell: RecordingShell, channel: Channel, output_limit: int) -> Callable[[], None]:
    """Redirect all output to `channel`; return what runs the cells that come over it.

    It runs until the grader closes the channel.
    """

    def publish(kind: str, content: dict[str, Any]) -> None:
        channel.send({"op": "output", "kind": kind, "content": _Sendable()(content)})

    # What a script starts with `&` ignores interrupts, and so would all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    attach(shell, publish, output_limit)
    builtins.input = getpass.getpass = _no_input
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    def run() -> None:
        with contextlib.suppress(ClosedError):
            loop.run_until_complete(_run_cells(shell, channel))

    return run


async def _run_cells(shell: RecordingShell, channel: Channel) -> None:
    """Run cells inside one event loop, as a kernel does."""
    while True:
        try:
            message, buffers = channel.receive()
        except KeyboardInterrupt:  # meant for the cell that has just ended
            continue
        if message["op"] == "files":
            files.write(message, buffers)
            continue
        await asyncio.sleep(0)
        status = "error"
        try:
            status = await _run_cell(shell, message["source"])
        except KeyboardInterrupt:
            shell.showtraceback()
        shell.outputs.flush()
        shell.outputs.next_cell()
        count = shell.execution_count - 1
        channel.send({"op": "done", "cell": message["cell"], "status": status, "count": count})


async def _run_cell(shell: RecordingShell, source: str) -> str:
    """Run one cell, with `await` outside functions where it has any; return 'ok' or 'error'."""
    failure, shell.failed = None, False
    try:
        transformed = shell.transform_cell(source)
    except Exception:
        transformed, failure = source, sys.exc_info()
    if not shell.should_run_async(
        source, transformed_cell=transformed, preprocessing_exc_tuple=failure
    ):
        shell.run_cell(source, store_history=True)
        return "error" if shell.failed else "ok"
    task = asyncio.ensure_future(
        shell.run_cell_async(
            source,
            store_history=True,
            transformed_cell=transformed,
            preprocessing_exc_tuple=failure,
        )
    )
    result = None
    with _interrupt_cancels(task):
        try:
            result = await task
        finally:
            shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", result)
    return "ok" if result.success and not shell.failed else "error"


@contextlib.contextmanager
def _interrupt_cancels(task: asyncio.Future) -> Any:
    """Let an interrupt end what the cell awaits, not the event loop."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def _no_input(prompt: object = "", *_: object, **__: object) -> NoReturn:
    """Refuse to ask: nobody is there to answer."""
    raise StdinNotImplementedError("input() is refused: nobody types while a notebook is graded")


class _Sendable:
    """Turns a message's content into what JSON has; long text is cut, large pictures left out.

    The grader ends a notebook that sends more, and an honest one may show a large picture.
    """

    def __init__(self, limit: int = MESSAGE_CHARACTERS) -> None:
        self._left = limit

    def __call__(self, value: Any, depth: int = 20) -> Any:
        """Return a value as JSON has it; what JSON does not have becomes its text."""
        if isinstance(value, dict) and depth:
            return {
                str(key)[:200]: self(item, depth - 1)
                for key, item in value.items()
                if not (str(key).startswith("image/") and len(str(item)) > self._left)
            }
        if isinstance(value, list | tuple) and depth:
            return [self(item, depth - 1) for item in value if self._left > 0]
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int) and abs(value) < 2**63:
            return value
        return self._text(value if isinstance(value, str) else repr(value))

    def _text(self, text: str) -> str:
        """Return as much of a text as still fits."""
        kept = text[: self._left]
        self._left -= len(kept)
        return kept
