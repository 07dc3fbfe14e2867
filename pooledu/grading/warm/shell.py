"""IPython that records outputs as Jupyter would, without a kernel."""

import base64
import sys
import time
from collections.abc import Callable
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.utils.text import SList
from traitlets import Type
from traitlets.config import Config

from pooledu.grading.warm.streams import Descriptor, Stream, flush_c

Publish = Callable[[str, dict[str, Any]], None]

HELD_SECONDS, HELD_CHARACTERS = 0.1, 8192


class Outputs:
    """Collects outputs in order and publishes them as Jupyter's messages.

    Text is held back for a moment, so that a thousand prints are not a thousand messages.

    Parameters
    ----------
    publish : callable
        Called with a message's type and content.
    limit : int
        Characters of text that a cell may publish; what follows is not sent.
    """

    def __init__(self, publish: Publish, limit: int) -> None:
        self._publish = publish
        self._limit = limit
        self._left = limit
        self._name = "stdout"
        self._held: list[str] = []
        self._held_characters = 0
        self._since = time.monotonic()
        self._descriptors = {"stdout": Descriptor(1), "stderr": Descriptor(2)}

    def text(self, name: str, text: str) -> None:
        """Record text of a stream."""
        if self._left < 0:  # nothing is sent any more, in whatever order
            return
        self._below()
        self._hold(name, text)

    def message(self, kind: str, content: dict[str, Any]) -> None:
        """Record any other output, after the text that came before it."""
        self.flush()
        self._publish(kind, content)

    def flush(self) -> None:
        """Publish all text that is held back, that of C code included."""
        flush_c()
        self._below()
        self._release()

    def next_cell(self) -> None:
        """Begin to count characters anew."""
        self._left = self._limit

    def _below(self) -> None:
        """Take in what was written to the file descriptors."""
        for name, descriptor in self._descriptors.items():
            if text := descriptor.new_text():
                self._hold(name, text)

    def _hold(self, name: str, text: str) -> None:
        """Add text to what is held back, as far as the cell's limit goes."""
        if name != self._name:
            self._release()
            self._name = name
        # One character past the limit tells the grader that something was cut.
        text = text[: self._left + 1]
        self._left = max(-1, self._left - len(text))
        self._held.append(text)
        self._held_characters += len(text)
        waited = time.monotonic() - self._since
        if self._held_characters > HELD_CHARACTERS or waited > HELD_SECONDS:
            self._release()

    def _release(self) -> None:
        """Publish what is held back."""
        text = "".join(self._held)
        self._held, self._held_characters = [], 0
        self._since = time.monotonic()
        if text:
            self._publish("stream", {"name": self._name, "text": text})


class RecordingHook(DisplayHook):
    """Publishes the value of a cell's last expression."""

    shell: "RecordingShell"

    def write_output_prompt(self) -> None:
        """Write no prompt: the execution count travels with the value."""

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        """Publish a value in all the formats that it has."""
        content = {
            "execution_count": self.prompt_count,
            "data": plain_data(format_dict),
            "metadata": md_dict or {},
        }
        if content["data"]:
            self.shell.outputs.message("execute_result", content)

    def finish_displayhook(self) -> None:
        """Do nothing more."""


class RecordingPublisher(DisplayPublisher):
    """Publishes what `display` is given."""

    shell: "RecordingShell"

    def publish(  # type: ignore[override]
        self,
        data: dict,
        metadata: dict | None = None,
        *,
        transient: dict | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        """Publish data in one or more formats, or replace what was displayed under its id."""
        content = {
            "data": plain_data(data),
            "metadata": metadata or {},
            "transient": transient or {},
        }
        self.shell.outputs.message("update_display_data" if update else "display_data", content)

    def clear_output(self, wait: bool = False) -> None:
        """Clear the cell's outputs, now or when the next one comes."""
        self.shell.outputs.message("clear_output", {"wait": bool(wait)})


def plain_data(data: dict[str, Any]) -> dict[str, Any]:
    """Return formatted data with bytes in base 64, as notebooks hold them."""
    return {
        kind: base64.encodebytes(value).decode("ascii") if isinstance(value, bytes) else value
        for kind, value in data.items()
    }


class RecordingShell(InteractiveShell):
    """IPython without a terminal and without a frontend."""

    displayhook_class = Type(RecordingHook)
    display_pub_class = Type(RecordingPublisher)
    outputs: Outputs
    failed = False  # whether a cell, or one that was run inside it (`%%capture`), ended in an error

    def run_cell(self, *args: Any, **kwargs: Any) -> ExecutionResult:
        """Run a cell, and remember if it fails: a magic that runs one says nothing of that."""
        result = super().run_cell(*args, **kwargs)
        self.failed = self.failed or not result.success
        return result

    def enable_gui(self, gui: str | None = None) -> None:
        """Accept that there is no graphical event loop."""

    def system(self, cmd: str) -> None:
        """Start no program, and say so; as with one that fails, the cell goes on."""
        print(f"'!{cmd}' is refused: a graded notebook starts no other program")
        self.user_ns["_exit_code"] = 1

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> SList | str:
        """Start no program, which puts out nothing."""
        self.system(cmd)
        return SList() if split else ""

    system_piped = system_raw = system

    def ask_exit(self) -> None:
        """Go on after `exit`: a graded notebook is run to its end."""

    def _format_exception_for_storage(self, *_: Any, **__: Any) -> dict[str, Any]:
        """Keep no second copy of a traceback for a history that is not written."""
        return {}

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        """Publish an exception."""
        content = {"ename": etype.__name__, "evalue": str(evalue), "traceback": list(stb)}
        self.outputs.message("error", content)


def make_shell() -> RecordingShell:
    """Make the shell, warm: all that does not depend on a submission is done here."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "neutral"
    config.InteractiveShell.cache_size = 1000
    shell = RecordingShell.instance(config=config)
    shell.builtin_trap.activate()
    return shell


def attach(shell: RecordingShell, publish: Publish, limit: int) -> None:
    """Let a shell's outputs, and those of the process, be published."""
    outputs = shell.outputs = Outputs(publish, limit)
    sys.stdout = Stream(1, lambda text: outputs.text("stdout", text))
    sys.stderr = Stream(2, lambda text: outputs.text("stderr", text))
