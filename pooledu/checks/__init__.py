"""Checks that say whether a solution is right, and what is wrong where it is not.

`check` is what a notebook calls. An exercise is declared once, in the module of its problem set:
an oracle, a ladder of cases, and the mistakes that have a name.

A check has two sides, so that they can be two processes. One makes the calls and writes down what
happens (`observing`); the other knows what is right (`judging`)::

    calls = judging.plan(exercise, seed)                # trusted; plain data
    seen = observing.observe(function, calls)           # where the student's code is; plain data
    verdict = judging.judge(exercise, seed, seen)       # trusted
"""

from pooledu.checks.api import check, exercise_names, find
from pooledu.checks.matrix import KillMatrix, kill_matrix
from pooledu.checks.verdict import Verdict

__all__ = ["KillMatrix", "Verdict", "check", "exercise_names", "find", "kill_matrix"]
