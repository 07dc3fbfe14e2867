"""How many windows of 2 × 2 hold their largest number twice, in a trained network."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from experiments.together import Together, always, fit, guesses, shares, stacked
from pooledu.datasets import digits, split

QUESTION = "How often is the largest number of a window not the only one?"
MATTERS = 0.1
MEASURES = (
    "accuracy",
    *(
        f"{where}: {which}"
        for where in (
            "first convolution", "first, after ReLU", "second convolution", "second, after ReLU",
        )
        for which in ("tied", "tied at 0", "tied above 0")
    ),
)  # fmt: skip
CONDITIONS = ((),)
DESIGNS = ("network",)
STEPS = (140, 280, 560, 1120)
TRAIN, RATE = 1400, 0.01


def network() -> nn.Sequential:
    """Convolve, ReLU, pool; the same again; classify."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(128, 10),
    )  # fmt: skip


def tied(maps: Tensor, k: int = 2) -> list[float]:
    """The shares of windows with a tie: any, one at zero, one above zero."""
    cells = F.unfold(maps.reshape(-1, 1, *maps.shape[-2:]), k, stride=k)
    best = cells.amax(1)
    tie = (cells == best[:, None]).sum(1) > 1
    return shares(torch.stack([tie, tie & (best == 0), tie & (best > 0)]).flatten(1))


@torch.no_grad()
def run(condition: Sequence, design: str, steps: int, seeds: Sequence[int]) -> list[list[float]]:
    """For each seed the accuracy, and the shares of tied windows at four places."""
    parts = [split(digits(), TRAIN, np.random.default_rng(seed)) for seed in seeds]
    networks = []
    for seed in seeds:
        torch.manual_seed(seed)
        networks.append(network())
    with torch.enable_grad():
        training = stacked(train for train, _ in parts)
        model = fit(Together(networks), always(training), seeds, steps, RATE)
    images, labels = stacked(test for _, test in parts)
    right = shares(guesses(model, images) == labels)
    maps = [images.transpose(0, 1).flatten(1, 2)]
    for layer in model.layers[:5]:
        maps.append(layer(maps[-1]))
    looked_at = [maps[i].unflatten(1, (len(seeds), -1)) for i in (1, 2, 4, 5)]
    return [
        [right[s], *(share for where in looked_at for share in tied(where[:, s]))]
        for s in range(len(seeds))
    ]
