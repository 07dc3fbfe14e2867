"""Do once in the warm process what is slow the first time: a traceback, a figure."""

import contextlib
import io
import sys
import types
from typing import Any

from pooledu.grading.warm.shell import RecordingShell

FAILS = "def f():\n    return 1 / 0\nf()"
FAILS_IN_MATPLOTLIB = "import matplotlib.pyplot as f\nf.imshow(None)"  # an unfinished exercise


def warm_up(shell: RecordingShell) -> None:
    """Let the shell format exceptions, and matplotlib draw a figure, into nothing."""
    shell.outputs = types.SimpleNamespace(message=lambda *_: None)  # type: ignore[assignment]
    pyplot = sys.modules.get("matplotlib.pyplot")
    for source in (FAILS, FAILS_IN_MATPLOTLIB) if pyplot else (FAILS,):
        shell.run_cell(source, store_history=False)
        shell.run_cell("del f", store_history=False)
    for name in ("last_type", "last_value", "last_traceback"):
        with contextlib.suppress(AttributeError):
            delattr(sys, name)
    if pyplot:
        _draw(pyplot)


def _draw(pyplot: Any) -> None:
    """Draw what needs fonts, ticks and a colour map."""
    figure, axes = pyplot.subplots()
    axes.set_title("a")
    axes.imshow([[0.0, 1.0]])
    figure.savefig(io.BytesIO(), bbox_inches="tight")
    pyplot.close("all")
