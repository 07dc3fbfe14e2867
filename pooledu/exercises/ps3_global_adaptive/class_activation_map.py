"""`class_activation_map(features, weights, class_index)`: the weighted sum over channels.

`(C, H, W), (classes, C), int -> (H, W)`, not normalised.
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


def _features(rng: Draw) -> Iterator[Case]:
    """The ladder of class_activation_map."""

    def some(channels: int, rows: int, columns: int, classes: int, index: int) -> tuple:
        weights = arranged(rng, classes, channels, low=-9, high=9)
        return arranged(rng, channels, rows, columns, low=0), weights, index

    def any_sign(channels: int, rows: int, columns: int, classes: int, index: Any) -> tuple:
        features = alternating(rng, channels, rows, columns)
        return features, alternating(rng, classes, channels), index

    yield Case("one channel, one class", some(1, 2, 2, 1, 0))
    yield Case("two channels", some(2, 2, 2, 1, 0))
    yield Case("the first of two classes", some(2, 2, 3, 2, 0))
    yield Case("the second of two classes", some(2, 3, 2, 2, 1))
    yield Case("as many classes as channels", some(3, 2, 2, 3, 1))
    yield Case("more classes than channels", some(2, 3, 3, 5, 3))
    yield Case("more channels than classes", some(6, 3, 2, 3, 2))
    negative = arranged(rng, 2, 3, 3, low=-30, high=-1)
    yield Case("negative features", (negative, arranged(rng, 2, 2), 1))
    yield Case("a map of one cell", some(4, 1, 1, 3, 1))
    yield Case("an input that is read-only", any_sign(5, 4, 3, 4, 2), layout="readonly")
    yield Case("an input in Fortran order", any_sign(4, 5, 6, 10, 7), layout="F")
    yield Case("a view of another array", any_sign(3, 4, 4, 5, 4), layout="strided")
    names = ("features", "weights", "class_index")
    args = any_sign(8, 3, 3, 10, np.int64(9))
    yield Case(
        "a NumPy integer as class; arguments by name", (), dict(zip(names, args, strict=True))
    )


def _class_activation_map(features, weights, class_index):
    """The oracle."""
    return np.tensordot(weights[class_index], features, axes=1)


def _show_features(given: Mapping[str, Any], at: Index | None) -> list[dict[str, Any]]:
    """Draw the first channels and the weights of the class."""
    features, weights, index = given.values()
    cell = {"window": (at[0], at[1], 1, 1)} if at else {}
    shown = [
        {"values": channel, "title": f"features[{i}]", **cell}
        for i, channel in enumerate(features[:2])
    ]
    return [*shown, {"values": weights[index], "title": f"weights[{index}]"}]


class_activation_map = Exercise(
    "class_activation_map",
    oracle=_class_activation_map,
    ladder=_features,
    tolerance=1e-9,
    show=_show_features,
    link=MAPS,
)


@class_activation_map.mistake(
    "Each row of `weights` belongs to a class: `weights[class_index]`.", MAPS
)
def weights_transposed(features, weights, class_index):
    """It takes column `class_index` of the weights and not the row."""
    return np.tensordot(weights[:, class_index], features, axes=1)


@class_activation_map.mistake("Add the channels; do not average them.", MAPS)
def channels_averaged_not_added(features, weights, class_index):
    """It averages over the channels and does not add."""
    return _class_activation_map(features, weights, class_index) / len(features)


@class_activation_map.mistake("The map is not to be scaled: it may be negative, or large.", MAPS)
def scaled_to_one(features, weights, class_index):
    """It scales the map to the range from 0 to 1."""
    cam = _class_activation_map(features, weights, class_index)
    return (cam - cam.min()) / max(np.ptp(cam), 1e-300)


@class_activation_map.mistake(
    "Negative evidence belongs into the map. Setting it to 0 is Grad-CAM's step.", MAPS
)
def negative_set_to_zero(features, weights, class_index):
    """It sets what is negative in the map to 0."""
    return np.maximum(_class_activation_map(features, weights, class_index), 0)


@class_activation_map.mistake(
    "The weights of a class say how much each channel speaks for it.", MAPS
)
def not_weighted(features, weights, class_index):
    """It adds the channels without their weights."""
    return features.sum(0)


@class_activation_map.mistake(
    "A weight may be negative: the channel then speaks against the class.", MAPS
)
def weights_without_sign(features, weights, class_index):
    """It takes the absolute values of the weights."""
    return np.tensordot(np.abs(weights[class_index]), features, axes=1)


@class_activation_map.mistake("Classes are counted from 0.", MAPS)
def class_counted_from_one(features, weights, class_index):
    """It takes the weights of the class before."""
    return np.tensordot(weights[class_index - 1], features, axes=1)


@class_activation_map.mistake("`class_index` chooses one row of the weights.", MAPS)
def all_classes(features, weights, class_index):
    """It makes a map for each class."""
    return np.tensordot(weights, features, axes=1)


@class_activation_map.mistake(
    "The map keeps the places: weigh before you average over the plane.", MAPS
)
def averaged_first(features, weights, class_index):
    """It averages each channel over its plane, so one number remains: the score of the class."""
    return np.array(weights[class_index] @ features.mean((1, 2)))


@class_activation_map.mistake(
    "The channel with the largest weight is not the only one that counts.", MAPS
)
def strongest_channel_only(features, weights, class_index):
    """It uses only the channel with the largest weight."""
    best = int(np.argmax(weights[class_index]))
    return weights[class_index, best] * features[best]
