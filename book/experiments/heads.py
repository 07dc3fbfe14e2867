"""A dense head, a mean and one linear layer, and the exchange of one for the other.

Digits stand at random places on a noisy field of 16 × 16. The networks with a mean are then shown
larger and smaller fields, and fields that were enlarged with all that is on them.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from experiments.together import Data, Together, fit, guesses, shares, stacked
from pooledu.datasets import Images, digits, place_at_random, split

QUESTION = "What does a mean in place of a dense head cost or gain?"
MATTERS = 0.02
SIDE, CHANNELS, RATE, TEST = 16, 8, 0.01, 397
FIELDS, FACTORS = (8, 12, 24, 32, 48), (0.5, 1.5, 2, 3)
MEASURES = (
    "accuracy",
    *(f"accuracy on {n} × {n}" for n in FIELDS),
    *(f"accuracy enlarged {f} times" for f in FACTORS),
)
NEW, FIXED = "new places in each epoch", "one place for good"
CONDITIONS = ((NEW, 1400),)
DESIGNS = ("dense", "dense, then mean", "mean")
STEPS = (140, 280, 560, 1120, 2240, 4480)


def block(inputs: int, outputs: int) -> list[nn.Module]:
    """A convolution with batch normalisation and ReLU."""
    return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]


def body(c: int = CHANNELS) -> list[nn.Module]:
    """Three convolutions and a pool."""
    return [*block(1, c), nn.MaxPool2d(2), *block(c, 2 * c), *block(2 * c, 2 * c)]


def dense_head(c: int = CHANNELS) -> list[nn.Module]:
    """A weight for each cell of the map."""
    return [nn.Flatten(), nn.Linear(2 * c * (SIDE // 2) ** 2, 10)]


def mean_head(c: int = CHANNELS) -> list[nn.Module]:
    """A weight for each channel."""
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2 * c, 10)]


def scenes(part: Images, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Each digit at a random place on a field of noise."""
    clean = place_at_random(part.images, size, rng)
    return clean + 0.3 * rng.random(clean.shape, dtype=np.float32), part.labels


def epochs(
    parts: Sequence[Images], chance: Sequence[np.random.Generator], new: bool
) -> Iterator[Data]:
    """What the networks are shown, epoch by epoch."""

    def shown() -> Data:
        pairs = zip(parts, chance, strict=True)
        return stacked(scenes(part, SIDE, rng) for part, rng in pairs)

    data = shown()
    while True:
        yield data
        data = shown() if new else data


def train(
    design: str, parts: Sequence[Images], new: bool, steps: int, seeds: Sequence[int]
) -> Together:
    """Train for half of the steps, exchange the head or not, and train for the other half."""
    networks = []
    for seed in seeds:
        torch.manual_seed(seed)
        networks.append(
            nn.Sequential(*body(), *(mean_head() if design == "mean" else dense_head()))
        )
    shown = epochs(parts, [np.random.default_rng([seed, 1]) for seed in seeds], new)
    model = Together(networks)
    fit(model, shown, seeds, steps // 2, RATE)
    if design == "dense, then mean":
        heads = Together([nn.Sequential(*mean_head()) for _ in seeds])
        model.layers = nn.Sequential(*model.layers[: len(body())], *heads.layers)
    fit(model, shown, seeds, steps // 2, RATE)
    return model


def enlarged(images: Tensor, factor: float) -> Tensor:
    """All images (S, M, 1, H, W) at another size."""
    size = [round(factor * n) for n in images.shape[-2:]]
    new = F.interpolate(images.flatten(0, 1), size, mode="bilinear", antialias=True)
    return new.unflatten(0, images.shape[:2])


def run(condition: Sequence, design: str, steps: int, seeds: Sequence[int]) -> list[list[float]]:
    """For each seed the accuracy on new digits; for a mean also at other sizes."""
    places, count = condition
    parts = [split(digits(), count, np.random.default_rng(seed)) for seed in seeds]
    model = train(design, [part for part, _ in parts], places == NEW, steps, seeds)
    tests = [others.take(slice(TEST)) for _, others in parts]

    def shown(size: int) -> Data:
        return stacked(
            scenes(test, size, np.random.default_rng([seed, 2]))
            for test, seed in zip(tests, seeds, strict=True)
        )

    images, labels = shown(SIDE)
    found = [guesses(model, images)]
    if design != "dense":
        found += [guesses(model, shown(size)[0]) for size in FIELDS]
        found += [guesses(model, enlarged(images, factor)) for factor in FACTORS]
    measures = [shares(guess == labels) for guess in found]
    return [list(row) for row in zip(*measures, strict=True)]
