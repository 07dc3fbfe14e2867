"""A question: how many parameters a dense head has."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from pooledu.checks.exercise import question
from pooledu.exercises.links import HEAD

dense_head_parameters = question(
    "dense_head_parameters",
    asks="How many parameters has nn.Linear(7 * 7 * 1024, 1000), its bias included?",
    answer=7 * 7 * 1024 * 1000 + 1000,
    link=HEAD,
    wrong={
        7 * 7 * 1024 * 1000: (
            "bias_forgotten",
            "That is the weights alone.",
            "The layer has a bias for each of its outputs.",
        ),
        1024 * 1000 + 1000: (
            "pooled_head",
            "That is the layer behind global average pooling.",
            "The dense head sees every cell of the 7 x 7 map.",
        ),
        7 * 7 * 1024 + 1000: (
            "added",
            "That adds inputs and outputs.",
            "Every input is connected with every output.",
        ),
        7 * 1024 * 1000 + 1000: (
            "one_side",
            "That counts 7 cells for each channel.",
            "A map of 7 x 7 has 49 cells.",
        ),
    },
)
