"""Pooling or strided convolution: four designs of Springenberg et al. (2015), small.

All have two stages of 3 × 3 convolutions with batch normalisation and ReLU, a third convolution, a
global mean and a linear layer. They differ in how a stage halves its map.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from experiments.together import Together, always, fit, guesses, shares, stacked
from pooledu.datasets import Images, digits, place_at_random, split

QUESTION = "Does it matter whether a map is halved by a pool or by the stride of a convolution?"
MATTERS = 0.02
MEASURES = ("accuracy",)
DESIGNS = ("base", "strided", "conv-pool", "all-convolutional")
CONDITIONS = tuple(
    (place, count) for place in ("as they are", "at random places") for count in (100, 1000)
)
STEPS = (60, 120, 240, 480, 960, 1920, 3840)
CHANNELS, TEST, RATE = 8, 797, 0.02


def network(design: str, inputs: int = 1, c: int = CHANNELS) -> nn.Sequential:
    """One of the four designs."""

    def conv(a: int, b: int, stride: int = 1) -> list[nn.Module]:
        return [nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]

    layers = []
    for a, b in ((inputs, c), (c, 2 * c)):
        layers += conv(a, b, stride=2 if design == "strided" else 1)
        if design == "conv-pool":
            layers += conv(b, b)
        if design == "all-convolutional":
            layers += conv(b, b, stride=2)
        if design in ("base", "conv-pool"):
            layers += [nn.MaxPool2d(3, stride=2, padding=1)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2 * c, 10)]
    return nn.Sequential(*layers, *conv(2 * c, 2 * c), *head)


def task(place: str, count: int, seed: int) -> tuple[Images, Images]:
    """Some digits to train on and others to test on, 8 × 8 or anywhere on 12 × 12."""
    rng = np.random.default_rng(seed)
    training, others = split(digits(), count, rng)
    parts = training, others.take(slice(TEST))
    if place == "as they are":
        return parts
    return tuple(Images(place_at_random(p.images, 12, rng), p.labels) for p in parts)


def run(condition: Sequence, design: str, steps: int, seeds: Sequence[int]) -> list[list[float]]:
    """The accuracy of the networks of some seeds."""
    training, test = zip(*(task(*condition, seed) for seed in seeds), strict=True)
    networks = []
    for seed in seeds:
        torch.manual_seed(seed)
        networks.append(network(design))
    model = fit(Together(networks), always(stacked(training)), seeds, steps, RATE)
    images, labels = stacked(test)
    return [[share] for share in shares(guesses(model, images) == labels)]
