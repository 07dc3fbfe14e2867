"""The judge's own networks, under the weights that it dictates."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pooledu.checks.drivers import one_thread
from pooledu.checks.exercise import Case

if TYPE_CHECKING:
    import torch
    from torch import nn

Place = tuple[int, int]
"""How much of a pad is above, and how much is on the left."""


def right_networks(case: Case, between: tuple[Any, ...]) -> Iterator[list[Any]]:
    """Make the outputs of each network that has convolutions in the place of its pools.

    The contract leaves open what is in a pad, and how much of it is on which side. So the judge
    pads with NaN, in each way that gives the size of the pool's output.
    """
    import torch

    from pooledu.checks import models

    (spec,) = case.values
    network = models.build(spec["layers"], spec["seed"], spec["dtype"])
    pools = _pools(network)
    freedoms = _freedoms(between, len(pools))
    if freedoms is None:
        return
    places: list[Place] = [(0, 0)] * len(pools)
    ways = []
    for i, (parent, name, channels) in enumerate(pools):
        pool = parent.get_submodule(name)
        ways.append(_places(_total(pool)))
        setattr(parent, name, _convolution(pool, channels, spec["seed"], i, freedoms[i], places))
    like = next(network.parameters())
    images = [x.to(like) for x in models.images(spec)]
    for chosen in itertools.product(*ways):
        places[:] = chosen
        with torch.no_grad(), one_thread():
            outputs = [network(x).numpy() for x in images]
        yield outputs


def last_channels(layers: list[Any]) -> int:
    """Count the channels of what features compute."""
    return [layer[2] for layer in layers if layer[0] in ("conv", "block")][-1]


def right_head(case: Case, between: tuple[Any, ...]) -> Iterator[list[Any]]:
    """Make the outputs of the one network that is right, but for names."""
    import torch

    from pooledu.checks import models

    spec, classes = case.values
    features = models.build(spec["layers"], spec["seed"], spec["dtype"])
    channels = last_channels(spec["layers"])
    weight = models.dictated(spec["seed"], 0, (classes, channels))
    bias = models.dictated(spec["seed"], 1, (classes,))

    def scores(x: torch.Tensor) -> torch.Tensor:
        return features(x).mean((2, 3)) @ weight.to(x).T + bias.to(x)

    like = next(features.parameters())
    with torch.no_grad(), one_thread():
        outputs = [scores(x.to(like)).numpy() for x in models.images(spec)]
    yield outputs


def _pools(network: nn.Module) -> list[tuple[nn.Module, str, int]]:
    """List the pools of a network: the module that holds each, its name there, and its channels."""
    from torch import nn

    found, channels = [], 0
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            channels = module.out_channels
        elif isinstance(module, nn.MaxPool2d):
            parent, _, leaf = name.rpartition(".")
            found.append((network.get_submodule(parent), leaf, channels))
    return found


def _freedoms(between: tuple[Any, ...], count: int) -> list[tuple[bool, int]] | None:
    """Read what was left to the student, which may come from a process that is not honest."""
    given = between[0] if len(between) == 1 else None
    if not isinstance(given, list) or len(given) != count:
        return None
    for each in given:
        pair = isinstance(each, tuple) and [type(part) for part in each] == [bool, int]
        if not pair or each[1] < 1:
            return None
    return given


def _total(pool: Any) -> int:
    """How many cells a pad adds on both sides together, so that the output has the pool's size."""
    return 2 * int(pool.padding) + 3 - int(pool.kernel_size)


def _places(total: int) -> list[Place]:
    """List the ways to put a pad around an image, beginning with the same on each side.

    Whoever always pads by 1 crops what is too much on the other side.
    """
    sides = range(min(0, total - 1), max(1, total) + 1)
    return sorted(
        itertools.product(sides, sides), key=lambda place: sum(abs(2 * n - total) for n in place)
    )


def _convolution(
    pool: Any, channels: int, seed: int, which: int, freedom: tuple[bool, int], places: list[Place]
) -> nn.Module:
    """Make the convolution for a pool, with the weights that are dictated."""
    from torch import nn
    from torch.nn.functional import conv2d, pad

    from pooledu.checks import models

    has_bias, groups = freedom
    groups = groups if channels % groups == 0 else 1
    weight = models.dictated(seed, 2 * which, (channels, channels // groups, 3, 3))
    bias = models.dictated(seed, 2 * which + 1, (channels,)) * has_bias
    total = _total(pool)

    class Convolution(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            above, left = places[which]
            padded = pad(x, (left, total - left, above, total - above), value=float("nan"))
            return conv2d(padded, weight.to(x), bias.to(x), pool.stride, groups=groups)

    return Convolution()
