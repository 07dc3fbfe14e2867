"""`fold_average(weight, kernel_size)`: one convolution for an average pool and what follows it.

`(O, C, KH, KW), int -> (O, C, KH * kernel_size, KW * kernel_size)`. With the stride `kernel_size`
these weights do what average pooling with `kernel_size` does, followed by a convolution with
`weight` and stride 1.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pooledu.checks.exercise import Case, Draw, Exercise, Index
from pooledu.exercises.links import CONVOLUTION
from pooledu.exercises.windows import alternating, arranged


def _weights(rng: Draw) -> Iterator[Case]:
    """The ladder of fold_average."""
    yield Case("one weight", (arranged(rng, 1, 1, 1, 1), 2))
    yield Case("a pool of one cell changes nothing", (arranged(rng, 1, 1, 2, 2), 1))
    yield Case("two weights beside each other", (arranged(rng, 1, 1, 1, 2), 2))
    yield Case("two weights below each other", (arranged(rng, 1, 1, 2, 1), 2))
    yield Case("a pool of 3 x 3", (arranged(rng, 1, 1, 2, 2), 3))
    yield Case("two channels", (arranged(rng, 1, 2, 1, 1), 2))
    yield Case("two output channels", (arranged(rng, 2, 1, 1, 1), 2))
    diagonal = np.eye(3) * (1.0 if rng.local else rng.uniform(1, 9, 3))
    yield Case("each channel for itself", (diagonal[:, :, None, None], 2))
    yield Case("more output channels than channels", (arranged(rng, 3, 2, 2, 1, low=-6), 2))
    yield Case("an input that is read-only", (alternating(rng, 2, 3, 3, 2), 2), layout="readonly")
    yield Case("an input in Fortran order", (alternating(rng, 3, 2, 2, 3), 3), layout="F")
    yield Case("a view of another array", (alternating(rng, 2, 2, 3, 3), 4), layout="strided")
    named = {"weight": alternating(rng, 4, 3, 3, 3), "kernel_size": np.int64(2)}
    yield Case("a NumPy integer as size; arguments by name", (), named)


def _fold_average(weight, kernel_size):
    """The oracle."""
    k = int(kernel_size)
    return np.kron(weight, np.full((1, 1, k, k), 1 / k**2))


def _show_weight(given: Mapping[str, Any], at: Index | None) -> list[dict[str, Any]]:
    """Draw the weights that belong to the wrong number, with the one it is made of."""
    weight, k = given["weight"], int(given["kernel_size"])
    o, c, i, j = at if at and len(at) == 4 else (0, 0, 0, 0)
    inside = o < weight.shape[0] and c < weight.shape[1]
    o, c = (o, c) if inside else (0, 0)
    cell = {"window": (i // k, j // k, 1, 1)} if at and inside else {}
    return [{"values": weight[o, c], "title": f"weight[{o}, {c}]", **cell}]


fold_average = Exercise(
    "fold_average",
    oracle=_fold_average,
    ladder=_weights,
    tolerance=1e-9,
    show=_show_weight,
    link=CONVOLUTION,
)


@fold_average.mistake("An average divides by the number of cells: `kernel_size ** 2`.")
def not_divided(weight, kernel_size):
    """It repeats each weight and does not divide: that is a sum, not an average."""
    return _fold_average(weight, kernel_size) * kernel_size**2


@fold_average.mistake("A window has `kernel_size ** 2` cells, not `kernel_size`.")
def divided_by_the_side(weight, kernel_size):
    """It divides by `kernel_size` and not by the number of cells."""
    return _fold_average(weight, kernel_size) * kernel_size


@fold_average.mistake(
    "Each weight belongs to one cell of the pooled map, that is, to a block of cells of the input: "
    "repeat weight after weight, not the whole kernel."
)
def kernel_tiled(weight, kernel_size):
    """It lays the whole kernel side by side where each single weight is repeated."""
    return np.tile(weight, (1, 1, kernel_size, kernel_size)) / kernel_size**2


@fold_average.mistake("Rows and columns both become `kernel_size` times as many.")
def repeated_along_rows_only(weight, kernel_size):
    """It repeats the weights down and not across."""
    return np.repeat(weight, kernel_size, axis=2) / kernel_size**2


@fold_average.mistake("Rows and columns both become `kernel_size` times as many.")
def repeated_along_columns_only(weight, kernel_size):
    """It repeats the weights across and not down."""
    return np.repeat(weight, kernel_size, axis=3) / kernel_size**2


@fold_average.mistake("The kernel's rows and columns are the last two axes, 2 and 3.")
def channels_repeated(weight, kernel_size):
    """It repeats along the channels and not along the kernel."""
    k = kernel_size
    return np.repeat(np.repeat(weight, k, axis=0), k, axis=1) / k**2


@fold_average.mistake(
    "Between the weights there are cells of the input, too: each of them has its share."
)
def zeros_between(weight, kernel_size):
    """It puts each weight at the first cell of its block, and zeros between."""
    k = kernel_size
    made = np.zeros((*weight.shape[:2], weight.shape[2] * k, weight.shape[3] * k))
    made[:, :, ::k, ::k] = weight
    return made


@fold_average.mistake("The weights stay different: only the cells of one block share a number.")
def averaged_over_the_kernel(weight, kernel_size):
    """It gives every cell the mean of the weights."""
    mean = weight.mean((2, 3), keepdims=True)
    return _fold_average(np.broadcast_to(mean, weight.shape), kernel_size)


@fold_average.mistake("The first axis of a weight is the output channel: leave it in its place.")
def channels_swapped(weight, kernel_size):
    """It swaps output and input channels."""
    return _fold_average(weight.swapaxes(0, 1), kernel_size)


@fold_average.mistake("The first index of a kernel is the row: leave it in its place.")
def transposed(weight, kernel_size):
    """It swaps the rows and the columns of the kernel."""
    return _fold_average(weight.swapaxes(2, 3), kernel_size)


@fold_average.mistake(
    "A convolution in PyTorch does not turn its kernel round (it is a correlation)."
)
def turned_round(weight, kernel_size):
    """It turns the kernel round."""
    return _fold_average(weight[:, :, ::-1, ::-1], kernel_size)
