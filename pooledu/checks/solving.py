"""What is shown of an exercise's solution: a sketch when nothing else helped, the whole afterwards.

A module beside the exercises of a set, `solutions/NAME.py`, has them. Its docstring is the sketch;
its public functions are model solutions, each with a sentence on its style, but for `large`, which
makes the arguments on which they are timed.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import timeit
import types
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

from pooledu.checks.exercise import Exercise
from pooledu.checks.finding import Finding
from pooledu.checks.words import say

ROUNDS, SECONDS = 5, 0.2  # of a timing: the best of so many, and not much longer than this


@dataclass(frozen=True)
class Solution:
    """A model solution: its name, its text, and how long it takes, if that was measured."""

    name: str
    text: str
    seconds: float | None


@dataclass(frozen=True)
class Comparison:
    """Model solutions side by side with the student's own; it shows itself."""

    exercise: str
    solutions: tuple[Solution, ...]
    own: float | None
    measured_on: str

    def __repr__(self) -> str:
        blocks = [solution.text for solution in self.solutions]
        times = self._times()
        if times:
            width = max(map(len, times))
            rows = (f"{name:{width}}  {time:>9} ms" for name, time in times.items())
            blocks.append("\n".join([self._caption(), *rows]))
        return "\n\n\n".join(blocks)

    def _repr_html_(self) -> str:
        blocks = [f"<pre>{escape(solution.text)}</pre>" for solution in self.solutions]
        rows = (
            f'<tr><th scope="row">{name}</th><td>{time} ms</td></tr>'
            for name, time in self._times().items()
        )
        table = "".join(rows)
        if table:
            blocks.append(f"<p>{escape(self._caption())}</p><table>{table}</table>")
        return "".join(blocks)

    def _times(self) -> dict[str, str]:
        """Write the milliseconds of each way; none if the student's own has no time."""
        if self.own is None:
            return {}
        rows = {"yours": self.own} | {each.name: each.seconds or 0.0 for each in self.solutions}
        return {name: f"{1000 * seconds:.3f}" for name, seconds in rows.items()}

    def _caption(self) -> str:
        """Say what was timed."""
        return say(Finding("measured on", what=self.measured_on))


def outline(exercise: Exercise) -> str:
    """Say in some lines how the exercise can be solved; empty if nobody has written it.

    Examples
    --------
    >>> from pooledu.checks import find
    >>> outline(find("max_pool2d")).splitlines()[0]
    'Count the windows of each axis. Make a result of that shape.'
    """
    module = _module(exercise)
    return inspect.getdoc(module) or "" if module else ""


def model_solutions(exercise: Exercise) -> dict[str, Callable[..., Any]]:
    """Return the model solutions of an exercise by their names."""
    module = _module(exercise)
    return {
        name: value
        for name, value in vars(module or types.ModuleType("none")).items()
        if inspect.isfunction(value)
        and value.__module__ == getattr(module, "__name__", "")
        and not name.startswith("_")
        and name != "large"
    }


def compare(exercise: Exercise, own: Callable[..., Any]) -> Comparison:
    """Put the model solutions beside somebody's own, timed where the module says on what."""
    large = getattr(_module(exercise), "large", None)
    solutions = tuple(
        Solution(name, _text(inspect.getmodule(work), name), _seconds(work, large))
        for name, work in model_solutions(exercise).items()
    )
    what = inspect.getdoc(large) or "" if large else ""
    return Comparison(exercise.name, solutions, _seconds(own, large), what)


def _text(module: types.ModuleType | None, name: str) -> str:
    """Return what a module has to hold so that one of its functions runs: what is shown does."""
    source = inspect.getsource(module) if module else ""
    statements = ast.parse(source).body
    bound = {each: statement for statement in statements for each in _bound(statement)}
    needed: list[ast.stmt] = []
    names = {name}
    while names:
        statement = bound.get(names.pop())
        if statement is not None and statement not in needed:
            needed.append(statement)
            names |= {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    needed.sort(key=lambda statement: statement.lineno)
    imports = (ast.Import, ast.ImportFrom)
    texts = [(each, ast.get_source_segment(source, each) or "") for each in needed]
    above = "\n".join(text for each, text in texts if isinstance(each, imports))
    return "\n\n\n".join([above, *(text for each, text in texts if not isinstance(each, imports))])


def _bound(statement: ast.stmt) -> list[str]:
    """Return the names that a statement of a module gives to something."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return [each.asname or each.name for each in statement.names]
    return [statement.name] if isinstance(statement, ast.FunctionDef) else []


def _module(exercise: Exercise) -> types.ModuleType | None:
    """Find the module with the solutions."""
    return _found(exercise.package, exercise.name) if exercise.package else None


@cache  # every verdict that does not pass asks for it
def _found(package: str, name: str) -> types.ModuleType | None:
    """Load the module with an exercise's solutions from the package of its set, if it is there."""
    folder = f"{package}.solutions"
    if importlib.util.find_spec(folder) is None:
        return None
    module = f"{folder}.{name}"
    return importlib.import_module(module) if importlib.util.find_spec(module) else None


def _seconds(work: Callable[..., Any], large: Callable[[], tuple] | None) -> float | None:
    """Time a call; None where there is nothing to time it on, or where it raises."""
    if large is None:
        return None
    try:
        arguments = large()
        timer = timeit.Timer(lambda: work(*arguments))
        first = timer.timeit(1)
        rounds = max(0, min(ROUNDS, int(SECONDS / max(first, 1e-9))) - 1)
        return min([first, *timer.repeat(rounds, 1)])
    except Exception:  # it is right on the cases, and may be anything here
        return None
