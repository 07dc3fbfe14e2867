"""A question: how many parameters a strided convolution has."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from pooledu.checks.exercise import question
from pooledu.exercises.links import REPLACED

strided_conv_parameters = question(
    "strided_conv_parameters",
    asks="How many parameters has nn.Conv2d(64, 64, 3, stride=2, padding=1), its bias included?",
    answer=3 * 3 * 64 * 64 + 64,
    link=REPLACED,
    wrong={
        3 * 3 * 64 * 64: (
            "bias_forgotten",
            "That is the weights alone.",
            "There is a bias for each output channel.",
        ),
        3 * 3 * 64 + 64: (
            "one_input_channel",
            "That is a kernel for each output channel alone.",
            "Each output channel looks at all 64 input channels.",
        ),
        3 * 64 * 64 + 64: (
            "kernel_not_squared",
            "That is three weights for each pair of channels.",
            "A kernel of 3 x 3 has nine.",
        ),
        0: ("as_a_pool", "That is what a pooling has.", "A convolution learns its weights."),
    },
)
