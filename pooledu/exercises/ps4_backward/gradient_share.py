"""A question: the share of a gradient in average pooling."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from pooledu.checks.exercise import question
from pooledu.exercises.links import SPREAD

gradient_share = question(
    "gradient_share",
    asks="Average pooling with kernel 3 and stride 3: a gradient of 18 arrives at an output "
    "cell. What "
    "does each of its input cells get?",
    answer=2.0,  # a float, so that 18 / 9 passes as 2 does
    link=SPREAD,
    wrong={
        18.0: ("not_shared", "That is the whole gradient.", "Nine cells share it."),
        6.0: ("divided_by_three", "That is a third.", "How many cells has a window of 3 x 3?"),
        0.0: (
            "maximum_rule",
            "That is what all cells but one get from a maximum.",
            "In an average every cell takes part.",
        ),
    },
)
