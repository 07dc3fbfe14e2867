"""`receptive_field(layers)`: `(size, jump)` of the last of some `(kernel_size, stride)`.

`[]` gives `(1, 1)`.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import FIELD, FIELD_WRONG

MANY = 10**6


def _stacks(rng: Draw) -> Iterator[Case]:
    """The ladder of receptive_field."""

    def kernel(least: int) -> int:
        """Draw a kernel: the judge's are too many to list."""
        return least + int(rng.integers(5 if rng.local else MANY))

    def stack(*layers: tuple[int, int]) -> list[tuple[int, int]]:
        """Take these layers; the judge's have other kernels and strides, but where they are 1."""
        if rng.local:
            return list(layers)
        return [
            (k + (k > 1) * int(rng.integers(MANY)), s + (s > 1) * int(rng.integers(1000)))
            for k, s in layers
        ]

    yield Case("no layer: a cell sees itself", ([],))
    yield Case("one convolution", (stack((kernel(3), 1)),))
    yield Case("a layer of one cell changes nothing", (stack((3, 2), (1, 1)),))
    yield Case("one pooling", (stack((3, 2)),))
    yield Case("two convolutions", (stack((3, 1), (5, 1)),))
    yield Case("a convolution and a pooling", (stack((3, 1), (2, 2)),))
    yield Case("what follows a pooling counts more", (stack((3, 2), (5, 1)),))
    yield Case("two poolings", (stack((3, 2), (2, 3)),))
    yield Case("a pooling that overlaps", (stack((3, 2), (3, 1)),))
    yield Case("a stride without a kernel", (stack((1, 2), (3, 1)),))
    yield Case("a stride larger than the kernel", (stack((2, 3), (3, 2)),))
    yield Case("different strides", (stack((5, 3), (3, 2), (kernel(3), 1)),))
    yield Case("convolutions between poolings", (stack(*[(3, 1), (2, 2)] * 3),))
    yield Case("as lists", ([list(layer) for layer in stack((7, 2), (3, 2), (kernel(2), 1))],))
    layers = [(np.int64(kernel(3)), np.int64(2)), (np.int64(3), np.int64(1))]
    yield Case("NumPy integers; the layers by name", (), {"layers": layers})
    strides = (1, 2, 1, 3, 1, 2, 1)
    yield Case("many layers", ([(kernel(2 + 5 * i), s) for i, s in enumerate(strides)],))


def _field(layers):
    """The oracle."""
    size = jump = 1
    for kernel, stride in layers:
        size, jump = size + (int(kernel) - 1) * jump, jump * int(stride)
    return size, jump


receptive_field = Exercise("receptive_field", oracle=_field, ladder=_stacks, link=FIELD)


def _declare_field(
    name: str,
    says: str,
    hint: str,
    step: Callable[[int, int, int, int], tuple[int, int]],
    link: str = FIELD,
) -> None:
    """Declare a mistake that is another step from layer to layer."""

    def wrong(layers):
        size = jump = 1
        for kernel, stride in layers:
            size, jump = step(size, jump, int(kernel), int(stride))
        return size, jump

    receptive_field.mistake(hint, link, name=name, says=says)(wrong)


_declare_field(
    "multiplied_by_the_stride",
    "It multiplies the size by the stride of each layer.",
    "A pooling of 2 makes the steps twice as long, not what has been seen so far. Only what "
    "follows "
    "grows faster.",
    lambda size, jump, k, s: ((size + k - 1) * s, jump * s),
    FIELD_WRONG,
)
_declare_field(
    "multiplied_by_the_kernel",
    "It multiplies the size by the kernel of each layer.",
    "A layer adds `(kernel - 1) * jump` cells; it multiplies nothing.",
    lambda size, jump, k, s: (size * k, jump * s),
    FIELD_WRONG,
)
_declare_field(
    "jump_ignored",
    "It adds `kernel - 1` for each layer and ignores the jump.",
    "One step in a deep layer is `jump` cells of the input.",
    lambda size, jump, k, s: (size + k - 1, jump * s),
)
_declare_field(
    "jump_too_early",
    "It multiplies the jump before it adds the kernel of the same layer.",
    "The cells of a kernel lie in the layer below: they are as far apart as its jump says.",
    lambda size, jump, k, s: (size + (k - 1) * jump * s, jump * s),
)
_declare_field(
    "kernel_not_less_one",
    "It adds `kernel * jump` and not `(kernel - 1) * jump`.",
    "A kernel of 1 adds nothing.",
    lambda size, jump, k, s: (size + k * jump, jump * s),
)
_declare_field(
    "jumps_added",
    "It adds the strides up and does not multiply them.",
    "Two poolings of 2 make steps of 4: jumps multiply. With 2 and 2 the sum is 4 as well, "
    "with 3 and 2 "
    "it is not.",
    lambda size, jump, k, s: (size + (k - 1) * jump, jump + s - 1),
)
_declare_field(
    "last_stride_only",
    "It takes the stride of the layer for the jump.",
    "The jump is the product of all strides so far.",
    lambda size, jump, k, s: (size + (k - 1) * jump, s),
)
_declare_field(
    "strides_ignored",
    "It does not use the strides.",
    "Which part of each pair do you never read?",
    lambda size, jump, k, s: (size + k - 1, 1),
)


@receptive_field.mistake(
    "The layers are given from the input upwards. `size + (kernel - 1) * jump` takes them in this "
    "order, and `(size - 1) * stride + kernel` from the last to the first.",
    FIELD,
)
def from_the_top(layers):
    """Its size is that of the layers in the opposite order."""
    return _field(layers[::-1])


@receptive_field.mistake("The contract asks for `(size, jump)`.", FIELD)
def results_swapped(layers):
    """It returns the jump before the size."""
    return _field(layers)[::-1]


@receptive_field.mistake("The contract asks for `(size, jump)`.", FIELD)
def size_only(layers):
    """It returns the size alone."""
    return _field(layers)[0]
