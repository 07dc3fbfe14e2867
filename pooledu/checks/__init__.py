"""Checks that say whether a solution is right, and what is wrong where it is not.

`check` is what a notebook calls. An exercise is declared once, in a module of its own: an oracle, a
ladder of cases, and the mistakes that have a name. The course's are in `pooledu.exercises`; others
come through `register`, `load_folder` or an entry point of the group `pooledu.exercises`.

A check has two sides, so that they can be two processes. One makes the calls and writes down what
happens (`observing`); the other knows what is right (`judging`)::

    calls = judging.plan(exercise, seed)                # trusted; plain data
    seen = observing.observe(function, calls)           # where the student's code is; plain data
    verdict = judging.judge(exercise, seed, seen)       # trusted
"""

from pooledu.checks.api import check
from pooledu.checks.matrix import KillMatrix, kill_matrix
from pooledu.checks.registry import exercise_names, find, load_folder, register
from pooledu.checks.verdict import Verdict

__all__ = [
    "KillMatrix",
    "Verdict",
    "check",
    "exercise_names",
    "find",
    "kill_matrix",
    "load_folder",
    "register",
]
