"""A question: the shape of a pooled batch."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from pooledu import geometry
from pooledu.checks.exercise import question
from pooledu.exercises.links import FORMULA

pooled_shape = question(
    "pooled_shape",
    asks="What is the shape of a (1, 3, 28, 28) input after nn.MaxPool2d(3, stride=2, padding=1)?",
    answer=(1, 3, *2 * (geometry.output_size(28, 3, 2, 1),)),
    link=FORMULA,
    wrong={
        (1, 3, 13, 13): (
            "padding_forgotten",
            "That is the shape without padding.",
            "Padding of 1 adds a cell on each side, so a window has 30 cells to move over.",
        ),
        (1, 3, 15, 15): (
            "rounded_up",
            "That is rounded up.",
            "(28 + 2 - 3) / 2 is 13.5. PyTorch rounds down unless `ceil_mode=True`.",
        ),
        (1, 3, 10, 10): (
            "stride_is_kernel",
            "That is the shape with a stride of 3.",
            "The stride is given: 2.",
        ),
        (3, 14, 14): (
            "batch_dropped",
            "The batch of one is missing; the channels, the height and the width are right.",
            "The shape of a tensor has the batch too.",
        ),
        (1, 3, 28, 28): (
            "stride_forgotten",
            "That is the shape with a stride of 1.",
            "The stride is given: 2.",
        ),
        (1, 1, 14, 14): (
            "channels_pooled",
            "One channel is left; the height and the width are right.",
            "Pooling looks at each channel by itself. How many channels remain?",
        ),
        (14, 14): (
            "plane_only",
            "Batch and channels are missing; the height and the width are right.",
            "The shape of a tensor has the batch and the channels too.",
        ),
        (1, 14, 14, 3): (
            "channels_last",
            "The sizes are right, in another order.",
            "PyTorch keeps the channels before the height and the width.",
        ),
    },
)
