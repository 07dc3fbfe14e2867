"""`cam_overlay(image, features, weights, class_index)`: what a network looked at, on the picture.

`(H, W), (C, h, w), (classes, C), int -> (H, W)`: the class activation map, scaled so that its
smallest number becomes 0 and its largest 1 (a map of equal numbers becomes 0), each of its cells
enlarged to a block of `(H / h, W / w)` pixels, times the image. `H` is a multiple of `h`, `W` of
`w`.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pooledu.checks.exercise import Case, Draw, Exercise, Index
from pooledu.exercises.links import MAPS
from pooledu.exercises.windows import alternating, arranged


def _pictures(rng: Draw) -> Iterator[Case]:
    """The ladder of cam_overlay."""

    def picture(*shape: int) -> np.ndarray:
        return arranged(rng, *shape) / 100

    def network(channels: int, h: int, w: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
        features = arranged(rng, channels, h, w, low=0)
        return features, arranged(rng, classes, channels, low=-4)

    yield Case("two cells, two pixels", (picture(1, 2), *network(1, 1, 2, 1), 0))
    yield Case("a cell for each pixel", (picture(2, 2), *network(1, 2, 2, 1), 0))
    yield Case("a cell becomes a block", (picture(4, 4), *network(1, 2, 2, 1), 0))
    yield Case("blocks that are wider than high", (picture(2, 6), *network(2, 2, 2, 1), 0))
    yield Case("blocks that are higher than wide", (picture(6, 2), *network(2, 2, 2, 2), 1))
    yield Case("more columns than rows", (picture(4, 6), *network(3, 2, 3, 2), 0))
    yield Case("the second of three classes", (picture(4, 4), *network(3, 2, 2, 3), 1))
    features, weights = network(2, 2, 2, 2)
    yield Case("evidence against the class", (picture(4, 4), features, -np.abs(weights), 1))
    yield Case("a map of equal numbers", (picture(2, 2), features, np.zeros((2, 2)), 0))
    one = network(1, 2, 2, 1)[0]
    yield Case("one class, and a map of equal numbers", (picture(4, 4), one, np.zeros((1, 1)), 0))
    faint, weights = network(2, 2, 2, 2)
    yield Case("numbers that hardly differ", (picture(4, 4), faint / 1000, weights, 0))
    tiny, weights = network(2, 2, 2, 2)
    yield Case("numbers so small that they seem equal", (picture(4, 4), tiny * 1e-12, weights, 1))
    yield Case("a map of one cell", (picture(3, 2), *network(2, 1, 1, 2), 1))
    dark = picture(4, 4)
    dark[:, :2] = 0
    yield Case("a picture without light", (np.zeros((2, 2)), *network(3, 1, 1, 2), 1))
    yield Case("a picture that is dark on one side", (dark, *network(2, 2, 2, 2), 0))
    some = (picture(6, 8), alternating(rng, 4, 3, 4), alternating(rng, 5, 4), 3)
    yield Case("an input that is read-only", some, layout="readonly")
    some = (picture(9, 6), alternating(rng, 3, 3, 2), alternating(rng, 4, 3), 2)
    yield Case("an input in Fortran order", some, layout="F")
    some = (picture(8, 8), alternating(rng, 5, 2, 4), alternating(rng, 3, 5), 0)
    yield Case("a view of another array", some, layout="strided")
    names = ("image", "features", "weights", "class_index")
    named = (picture(10, 10), alternating(rng, 6, 5, 5), alternating(rng, 10, 6), np.int64(9))
    yield Case(
        "a NumPy integer as class; every argument by name", (), dict(zip(names, named, strict=True))
    )


def _map(features, weights, class_index):
    """The class activation map."""
    return np.tensordot(weights[class_index], features, axes=1)


def _scaled(cam: np.ndarray) -> np.ndarray:
    """Bring a map to the range from 0 to 1."""
    reach = np.ptp(cam)
    return (cam - cam.min()) / reach if reach else np.zeros_like(cam)


def _enlarged(cam: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Repeat each cell of a map over its block of pixels."""
    rows, columns = (side // cells for side, cells in zip(image.shape, cam.shape, strict=True))
    return np.repeat(np.repeat(cam, rows, axis=0), columns, axis=1)


def _cam_overlay(image, features, weights, class_index):
    """The oracle."""
    return image * _enlarged(_scaled(_map(features, weights, class_index)), image)


def _show(given: Mapping[str, Any], at: Index | None) -> list[dict[str, Any]]:
    """Draw the picture and the map, each with the place of the wrong number."""
    image, features, weights, index = given.values()
    cam = _map(features, weights, index)
    pixel, cell = {}, {}
    if at and len(at) == 2:
        rows, columns = (side // n for side, n in zip(image.shape, cam.shape, strict=True))
        pixel = {"window": (*at, 1, 1)}
        cell = {"window": (at[0] // rows, at[1] // columns, 1, 1)}
    shown = [{"values": image, "title": "image", **pixel}]
    return [*shown, {"values": cam, "title": f"map of class {index}, not scaled", **cell}]


cam_overlay = Exercise(
    "cam_overlay", oracle=_cam_overlay, ladder=_pictures, tolerance=1e-9, show=_show, link=MAPS
)


@cam_overlay.mistake("Scale the map first: its smallest number becomes 0 and its largest 1.")
def not_scaled(image, features, weights, class_index):
    """It multiplies by the map as it is, without scaling it."""
    return image * _enlarged(_map(features, weights, class_index), image)


@cam_overlay.mistake("The smallest number becomes 0: subtract it before you divide.")
def divided_by_the_largest(image, features, weights, class_index):
    """It divides the map by its largest number and does not subtract the smallest."""
    cam = _map(features, weights, class_index)
    return image * _enlarged(cam / (cam.max() or 1.0), image)


@cam_overlay.mistake("The largest number becomes 1: divide by the range after you subtract.")
def not_divided_by_the_range(image, features, weights, class_index):
    """It subtracts the smallest number and does not divide by the range."""
    cam = _map(features, weights, class_index)
    return image * _enlarged(cam - cam.min(), image)


@cam_overlay.mistake("All numbers equal: the range is 0, and nothing can be divided by it.")
def equal_numbers_not_handled(image, features, weights, class_index):
    """It divides by 0 where all numbers of the map are equal."""
    cam = _map(features, weights, class_index)
    return image * _enlarged((cam - cam.min()) / np.ptp(cam), image)


@cam_overlay.mistake("All numbers equal: nothing stands out, so the scaled map is 0 everywhere.")
def equal_numbers_become_one(image, features, weights, class_index):
    """It makes 1 of a map of equal numbers and not 0."""
    cam = _map(features, weights, class_index)
    scaled = _scaled(cam) if np.ptp(cam) else np.ones_like(cam)
    return image * _enlarged(scaled, image)


@cam_overlay.mistake(
    "Setting negative evidence to 0 is Grad-CAM's step. Here the smallest number becomes 0."
)
def negative_set_to_zero(image, features, weights, class_index):
    """It sets what is negative in the map to 0 before it scales."""
    return image * _enlarged(_scaled(np.maximum(_map(features, weights, class_index), 0)), image)


@cam_overlay.mistake("Each cell becomes a block: `np.repeat`, not `np.tile`.")
def map_tiled(image, features, weights, class_index):
    """It lays whole maps side by side where each cell is to be enlarged."""
    cam = _scaled(_map(features, weights, class_index))
    return image * np.tile(cam, [side // n for side, n in zip(image.shape, cam.shape, strict=True)])


@cam_overlay.mistake("Each row of `weights` belongs to a class: `weights[class_index]`.")
def weights_transposed(image, features, weights, class_index):
    """It takes column `class_index` of the weights and not the row."""
    return _cam_overlay(image, features, weights.T, class_index)


@cam_overlay.mistake("`class_index` chooses one row of the weights.")
def first_class_always(image, features, weights, class_index):
    """It makes the map of the first class, whichever is asked for."""
    return _cam_overlay(image, features, weights, 0)


@cam_overlay.mistake("The weights of the class say how much each channel speaks for it.")
def not_weighted(image, features, weights, class_index):
    """It adds the channels without their weights."""
    return _cam_overlay(image, features, np.ones_like(weights), class_index)


@cam_overlay.mistake("What the network did not look at goes dark: multiply, do not add.")
def added(image, features, weights, class_index):
    """It adds the map to the picture and does not multiply."""
    return image + _enlarged(_scaled(_map(features, weights, class_index)), image)


@cam_overlay.mistake("The picture has to show through: multiply it by the map.")
def map_alone(image, features, weights, class_index):
    """It returns the enlarged map without the picture."""
    return _enlarged(_scaled(_map(features, weights, class_index)), image)


@cam_overlay.mistake("Bright is what speaks for the class: the largest number becomes 1, not 0.")
def turned_round(image, features, weights, class_index):
    """It makes bright what speaks against the class."""
    return image * _enlarged(1 - _scaled(_map(features, weights, class_index)), image)
