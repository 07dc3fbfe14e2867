"""A question: the limit of Lp pooling."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from pooledu.checks.exercise import question
from pooledu.exercises.links import LIMITS

p_to_infinity = question(
    "p_to_infinity",
    asks='What does lp_pool2d tend to as p grows: "max", "mean", "sum" or "min"?',
    answer="max",
    link=LIMITS,
    wrong={
        "mean": (
            "that_is_p_one",
            "The mean is the case p = 1.",
            "Try a window with a 1 and a 2: what is 2**p to 1**p if p is 100?",
        ),
        "sum": (
            "that_is_the_sum_form",
            "The sum belongs to the sum form with p = 1.",
            "Try a window with a 1 and a 2: what is 2**p to 1**p if p is 100?",
        ),
        "min": (
            "that_is_minus_infinity",
            "The minimum is the limit as p falls without bound.",
            "Which number of a window do large powers favour?",
        ),
    },
)
