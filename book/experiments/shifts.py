"""Shift consistency: five ways to halve a map, in a network that is circular throughout.

Three convolutions with batch normalisation and ReLU, a reduction by 2 after the first and the
second, a global mean and a linear layer. No reduction has weights.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from experiments.together import Together, always, fit, guesses, shares, stacked
from pooledu.datasets import Images, digits, place_at_random, split
from pooledu.functional import adaptive_polyphase_pool2d

QUESTION = "How often does a network keep its answer when the image moves by a pixel?"
MATTERS = 0.05
MEASURES = ("accuracy", *(f"consistency for {t} pixels" for t in range(1, 5)))
SIZE, CHANNELS, TRAIN, RATE = 12, 8, 800, 0.02
CONDITIONS = (("in the middle",), ("at random places",))
STEPS = (80, 160, 320, 640, 1280, 2560)


def dense_max2d(x: Tensor) -> Tensor:
    """Maximum of 2 × 2 at every place; x wraps around."""
    return F.max_pool2d(F.pad(x, (0, 1, 0, 1), mode="circular"), 2, stride=1)


def blurred_stride(x: Tensor) -> Tensor:
    """Blur with 1/4, 1/2, 1/4, keep every second cell; x wraps around."""
    x = (x.roll(1, 3) + 2 * x + x.roll(-1, 3))[..., ::2] / 4
    return (x.roll(1, 2) + 2 * x + x.roll(-1, 2))[..., ::2, :] / 4


REDUCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "stride": lambda x: x[..., ::2, ::2],
    "max": lambda x: F.max_pool2d(x, 2),
    "average": lambda x: F.avg_pool2d(x, 2),
    "max, BlurPool": lambda x: blurred_stride(dense_max2d(x)),
    "max, polyphase": lambda x: adaptive_polyphase_pool2d(dense_max2d(x)),
}
DESIGNS = tuple(REDUCTIONS)


class Reduce(nn.Module):
    """A reduction as a layer."""

    def __init__(self, reduction: Callable[[Tensor], Tensor]):
        super().__init__()
        self.reduction = reduction

    def forward(self, x: Tensor) -> Tensor:
        """From (N, C, H, W) to half the height and width."""
        return self.reduction(x)


def network(reduction: Callable[[Tensor], Tensor], c: int = CHANNELS) -> nn.Sequential:
    """The network of the lab, with one of the reductions."""

    def block(inputs: int, outputs: int) -> list[nn.Module]:
        conv = nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="circular", bias=False)
        return [conv, nn.BatchNorm2d(outputs), nn.ReLU()]

    return nn.Sequential(
        *block(1, c), Reduce(reduction), *block(c, 2 * c), Reduce(reduction),
        *block(2 * c, 2 * c), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2 * c, 10),
    )  # fmt: skip


def place(images: np.ndarray, where: str, rng: np.random.Generator) -> np.ndarray:
    """Every image in the middle of a canvas of 12 × 12, or at its own place."""
    if where == "at random places":
        return place_at_random(images, SIZE, rng)
    edge = (SIZE - images.shape[-1]) // 2
    return np.pad(images, ((0, 0), (0, 0), (edge, edge), (edge, edge)))


def task(where: str, seed: int) -> tuple[Images, Images]:
    """Digits to train on and all others, shown in the same way."""
    rng = np.random.default_rng(seed)
    parts = split(digits(), TRAIN, rng)
    training, test = (Images(place(p.images, where, rng), p.labels) for p in parts)
    return training, test


def run(condition: Sequence, design: str, steps: int, seeds: Sequence[int]) -> list[list[float]]:
    """For each seed the accuracy, and the consistency for shifts by 1 to 4 pixels."""
    training, test = zip(*(task(*condition, seed) for seed in seeds), strict=True)
    networks = []
    for seed in seeds:
        torch.manual_seed(seed)
        networks.append(network(REDUCTIONS[design]))
    model = fit(Together(networks), always(stacked(training)), seeds, steps, RATE)
    images, labels = stacked(test)
    found = guesses(model, images)
    moved = [guesses(model, images.roll((t, t), (-2, -1))) for t in range(1, 5)]
    measures = [shares(found == labels), *(shares(other == found) for other in moved)]
    return [list(row) for row in zip(*measures, strict=True)]
