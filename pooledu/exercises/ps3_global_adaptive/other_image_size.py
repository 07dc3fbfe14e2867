"""A question: what lets a network take images of another size."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from pooledu.checks.exercise import question
from pooledu.exercises.links import HEAD

other_image_size = question(
    "other_image_size",
    asks="A network was trained on images of 224 x 224 and gets images of 384 x 384. Which one "
    "change lets it take them?",
    answer="C",
    link=HEAD,
    wrong={
        "A": (
            "larger_kernels",
            "Convolutions take images of any size already.",
            "Which layer needs a fixed number of inputs, and what stands before it?",
        ),
        "B": (
            "padding_in_pools",
            "Padding changes the sizes by a cell or two.",
            "Which layer needs a fixed number of inputs, and what stands before it?",
        ),
        "D": (
            "smaller_stride",
            "A smaller stride makes the feature maps larger still.",
            "Which layer needs a fixed number of inputs, and what stands before it?",
        ),
    },
)
