"""`pooledu.check` in a submission's process: it makes the calls, the judge decides.

`pooledu.checks` is there under its own name, but without oracles, cases and answers.
"""

import importlib
import os
import sys
import types
from collections.abc import Callable
from typing import Any

import pooledu
from pooledu.grading.wire.channel import Channel

Ask = Callable[[Any, str | None], Any]


def install() -> types.ModuleType:
    """Put a `pooledu.checks` in place that has the student's side of a check alone."""
    package = types.ModuleType("pooledu.checks", __doc__)
    package.__path__ = [os.path.join(os.path.dirname(str(pooledu.__file__)), "checks")]
    sys.modules[package.__name__] = package
    pooledu.checks = package
    verdict = importlib.import_module("pooledu.checks.verdict")
    importlib.import_module("pooledu.checks.observing")
    importlib.import_module("pooledu.grading.wire.plain")
    package.Verdict = verdict.Verdict  # type: ignore[attr-defined]
    return package


def connect(package: types.ModuleType, channel: Channel) -> None:
    """Let `check` ask the judge over `channel`."""
    from pooledu.checks.observing import observe
    from pooledu.checks.verdict import Verdict
    from pooledu.grading.warm.imports import refused
    from pooledu.grading.wire.plain import Reader, Writer

    class Unjudged(Verdict):
        """Of a check that is not judged in its cell: nothing that is shown says that it passed."""

        @property
        def message(self) -> str:
            """Why it was not judged."""
            return self.headline

        def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
            return {"text/plain": self.headline}

    def check(
        function: Any, exercise: str | None = None, *, seed: int = 0, time_limit: float = 10.0
    ) -> Verdict:
        """Have a solution judged; what came of it stands in the feedback."""
        name = exercise if isinstance(exercise, str) else ""  # which one it is, the cell says
        channel.send({"op": "check", "callable": callable(function)})
        while True:
            message, buffers = channel.receive()
            if message["op"] == "verdict":
                kind, score = (Unjudged, 1.0) if message.get("passed") else (Verdict, 0.0)
                return kind(name, score, message["text"])
            calls = Reader(buffers).calls(message["calls"])
            writer = Writer()
            with refused():
                observed = observe(function, calls, time_limit=message["seconds"])
            seen = writer.observations(observed)
            channel.send({"op": "seen", "seen": seen}, writer.buffers)

    check.solution = _solution  # type: ignore[attr-defined]
    package.check = check  # type: ignore[attr-defined]


def _solution(exercise: Any) -> None:
    """Answer a `check.solution(...)` that stands in what was handed in."""
    from pooledu.checks.words import SENTENCES

    print(SENTENCES["no solution while graded"])
