"""A question: how much of a window in the corner is padding."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from pooledu.checks.exercise import question
from pooledu.exercises.links import COUNTED

padding_in_corner = question(
    "padding_in_corner",
    asks="A 3 x 3 window with padding=1 stands in the corner. How many of its nine cells "
    "are padding?",
    answer=5,
    link=COUNTED,
    wrong={
        3: (
            "one_side_only",
            "That is the row above, or the column on the left.",
            "A corner has both, and they share a cell.",
        ),
        6: (
            "corner_counted_twice",
            "That counts the cell in the corner twice.",
            "The row above has 3 cells, the column on the left has 3, and they share one.",
        ),
        4: (
            "counted_the_inside",
            "That is how many cells lie inside of the input.",
            "Nine cells in all: how many remain?",
        ),
        9: (
            "all_of_them",
            "That is the whole window.",
            "The window reaches one cell into the padding.",
        ),
    },
)
