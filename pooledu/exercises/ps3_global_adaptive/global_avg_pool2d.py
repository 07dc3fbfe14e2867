"""`global_avg_pool2d(x)`: the average of each channel, `(N, C, H, W) -> (N, C)`."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pooledu import functional
from pooledu.checks.exercise import Case, Draw, Exercise, Index
from pooledu.checks.showing import plane
from pooledu.exercises.links import GLOBAL
from pooledu.exercises.windows import arranged, reals


def _batches(rng: Draw) -> Iterator[Case]:
    """The ladder of global_avg_pool2d."""
    yield Case("one image, one channel", (arranged(rng, 1, 1, 2, 2),))
    yield Case("three channels of one cell each", (arranged(rng, 1, 3, 1, 1),))
    yield Case("two channels", (arranged(rng, 1, 2, 2, 2),))
    yield Case("two images", (arranged(rng, 2, 1, 2, 2),))
    yield Case("more columns than rows", (arranged(rng, 1, 2, 2, 5),))
    yield Case("more rows than columns", (arranged(rng, 2, 3, 4, 1),))
    yield Case("negative numbers only", (arranged(rng, 2, 2, 3, 3, low=-40, high=-1),))
    yield Case("zeros among the numbers", (np.maximum(arranged(rng, 2, 3, 3, 4, low=-40), 0),))
    yield Case("a batch", (reals(rng, 4, 3, 5, 6),))
    yield Case("an input that is read-only", (reals(rng, 2, 5, 3, 4),), layout="readonly")
    yield Case("an input in Fortran order", (reals(rng, 3, 2, 4, 5),), layout="F")
    yield Case("a view of another array", (reals(rng, 2, 3, 6, 5),), layout="strided")
    yield Case("very large numbers, by name", (), {"x": reals(rng, 2, 2, 4, 4) * 1e300})


def _global_avg_pool(x):
    """The oracle."""
    return functional.global_avg_pool(x)


def _show_all(given: Mapping[str, Any], at: Index | None) -> list[dict[str, Any]]:
    """Draw the plane of the wrong number, all of it in the window."""
    values, where = plane(given["x"], at)
    return [{"values": values, "title": f"x{where}", "window": (0, 0, *values.shape)}]


global_avg_pool2d = Exercise(
    "global_avg_pool2d",
    oracle=_global_avg_pool,
    ladder=_batches,
    tolerance=1e-9,
    show=_show_all,
    link=GLOBAL,
)


@global_avg_pool2d.mistake("Which axes are the height and the width of (N, C, H, W)?", GLOBAL)
def channels_averaged(x):
    """It averages over the channels as well, and keeps one number for each image."""
    return x.mean((1, 2, 3))


@global_avg_pool2d.mistake("Each image of a batch is pooled by itself.", GLOBAL)
def batch_averaged(x):
    """It averages over the images as well, and keeps one number for each channel."""
    return x.mean((0, 2, 3))


@global_avg_pool2d.mistake("A number remains for each image and each channel.", GLOBAL)
def everything_averaged(x):
    """It averages over everything and keeps a single number."""
    return np.array(x.mean())


@global_avg_pool2d.mistake("The axes are (N, C, H, W): the channels come second, not last.", GLOBAL)
def channels_taken_for_last(x):
    """It averages over axes 1 and 2, as if the channels came last."""
    return x.mean((1, 2))


@global_avg_pool2d.mistake(
    "The contract asks for (N, C): leave the two axes of length 1 out.", GLOBAL
)
def axes_kept(x):
    """It keeps the height and the width as axes of length 1."""
    return x.mean((2, 3), keepdims=True)


@global_avg_pool2d.mistake("An average is a sum divided by how many numbers there are.", GLOBAL)
def not_divided(x):
    """It adds the numbers of each channel and does not divide."""
    return x.sum((2, 3))


@global_avg_pool2d.mistake("How many cells has a plane of H rows and W columns?", GLOBAL)
def divided_by_height_squared(x):
    """It divides by `H * H`, which is right for square planes only."""
    return x.sum((2, 3)) / x.shape[2] ** 2


@global_avg_pool2d.mistake("Both the height and the width are averaged over.", GLOBAL)
def width_only(x):
    """It averages over the width only."""
    return x.mean(3)


@global_avg_pool2d.mistake("Global max pooling is another layer; here every cell counts.", GLOBAL)
def takes_maximum(x):
    """It takes the maximum of each channel."""
    return x.max((2, 3))


@global_avg_pool2d.mistake("A 0 is a number like any other.", GLOBAL)
def zeros_left_out(x):
    """It averages over the cells that are not 0."""
    return x.sum((2, 3)) / np.maximum((x != 0).sum((2, 3)), 1)
