"""A question: the size of a pooled map."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from pooledu import geometry
from pooledu.checks.exercise import question
from pooledu.exercises.links import FORMULA

pooled_size = question(
    "pooled_size",
    asks="How high and wide is a 32 x 32 map after nn.MaxPool2d(3, stride=2, padding=1)?",
    answer=geometry.output_size(32, 3, 2, 1),
    link=FORMULA,
    wrong={
        15: (
            "padding_forgotten",
            "That is the size without padding.",
            "Padding of 1 adds a cell on each side, so a window has 34 cells to move over.",
        ),
        17: (
            "rounded_up",
            "That is rounded up.",
            "(32 + 2 - 3) / 2 is 15.5. PyTorch rounds down unless `ceil_mode=True`.",
        ),
        10: ("stride_is_kernel", "That is the size with a stride of 3.", "The stride is given: 2."),
        11: (
            "stride_is_kernel_with_padding",
            "That is the size with a stride of 3.",
            "The stride is given: 2.",
        ),
        32: ("stride_forgotten", "That is the size with a stride of 1.", "The stride is given: 2."),
        16.5: (
            "not_rounded",
            "That is not a whole number.",
            "A window fits or it does not: PyTorch rounds down unless `ceil_mode=True`.",
        ),
    },
)
