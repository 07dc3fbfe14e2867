"""Does it matter which reducer: seven kinds of 2 × 2 pooling in one small network.

A mean is smaller than a maximum, and an optimiser whose steps do not shrink with the numbers, as
Adam's, learns another distance with each. So each reducer has its results multiplied by several
scales and is trained at several rates; the best pair, chosen on digits that are not for the test,
speaks for it.
"""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from experiments.together import Together, always, fit, guesses, shares, stacked
from pooledu.datasets import Images, digits, split
from pooledu.functional import (
    gem_pool2d,
    soft_pool2d,
    stochastic_pool2d,
    stochastic_pool2d_expected,
)

QUESTION = "Does it matter by which number a window is replaced?"
MATTERS = 0.02
MEASURES = ("accuracy on digits to choose by", "accuracy")
REDUCERS: dict[str, Callable[[Tensor], Tensor]] = {
    "average": lambda x: F.avg_pool2d(x, 2),
    "Lp, mean form, p = 2": lambda x: gem_pool2d(x, 2, p=2.0),
    "GeM, p = 3": lambda x: gem_pool2d(x, 2),
    "mixed, half": lambda x: (F.avg_pool2d(x, 2) + F.max_pool2d(x, 2)) / 2,
    "SoftPool": lambda x: soft_pool2d(x, 2),
    "stochastic": lambda x: stochastic_pool2d(x, 2),
    "maximum": lambda x: F.max_pool2d(x, 2),
}
DESIGNS = tuple(REDUCERS)
CONDITIONS = tuple(product((4, 1), (0.03, 0.01)))  # scale, rate
STEPS = (120, 240, 480, 960, 1920)
TRAIN, CHOOSE = 1000, 300


class Pool(nn.Module):
    """A reducer whose results are multiplied."""

    def __init__(self, design: str, scale: float):
        super().__init__()
        self.design, self.scale = design, scale

    def forward(self, x: Tensor) -> Tensor:
        """From (N, C, H, W) to half the height and width."""
        if self.design == "stochastic" and not self.training:
            return self.scale * stochastic_pool2d_expected(x, 2)
        return self.scale * REDUCERS[self.design](x)


def network(design: str, scale: float = 1) -> nn.Sequential:
    """Two convolutions, each with a ReLU and a pool, and a linear layer."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), Pool(design, scale),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), Pool(design, scale),
        nn.Flatten(), nn.Linear(64, 10),
    )  # fmt: skip


def run(condition: Sequence, design: str, steps: int, seeds: Sequence[int]) -> list[list[float]]:
    """For each seed the accuracy on the digits to choose by and on those for the test."""
    scale, rate = condition
    parts: list[tuple[Images, Images]] = [
        split(digits(), TRAIN, np.random.default_rng(seed)) for seed in seeds
    ]
    networks = []
    for seed in seeds:
        torch.manual_seed(seed)
        networks.append(network(design, scale))
    training = stacked(train for train, _ in parts)
    model = fit(Together(networks), always(training), seeds, steps, rate)
    images, labels = stacked(others for _, others in parts)
    right = guesses(model, images) == labels
    to_choose, to_test = shares(right[:, :CHOOSE]), shares(right[:, CHOOSE:])
    return [list(pair) for pair in zip(to_choose, to_test, strict=True)]
