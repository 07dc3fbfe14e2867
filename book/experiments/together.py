"""Train equal networks side by side, each from its own seed and on its own data.

Small networks leave a processor waiting for Python. So the networks of several seeds are one
network here: their convolutions are the groups of one convolution, their losses are added, and no
number of one enters another.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, repeat

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Data = tuple[Tensor, Tensor]
"""Images (S, M, C, H, W) and labels (S, M) for S networks."""


class Apart(nn.Module):
    """A layer without weights, applied to the maps of each network."""

    def __init__(self, layer: nn.Module, count: int):
        super().__init__()
        self.layer, self.count = layer, count

    def forward(self, x: Tensor) -> Tensor:
        """From (N, S·C, ...) to the same form."""
        n = len(x)
        y = self.layer(x.reshape(n * self.count, -1, *x.shape[2:]))
        return y.reshape(n, -1, *y.shape[2:])


class Linears(nn.Module):
    """The linear layers of all networks."""

    def __init__(self, layers: Sequence[nn.Linear]):
        super().__init__()
        self.weight = nn.Parameter(torch.stack([layer.weight.data for layer in layers]))
        self.bias = nn.Parameter(torch.stack([layer.bias.data for layer in layers]))

    def forward(self, x: Tensor) -> Tensor:
        """From (N, S·inputs) to (N, S·outputs)."""
        x = x.reshape(len(x), *self.weight.shape[::2])
        return (torch.einsum("nsi,soi->nso", x, self.weight) + self.bias).flatten(1)


def joined(layers: Sequence[nn.Module]) -> nn.Module:
    """The same layer of all networks as one layer."""
    first, count = layers[0], len(layers)
    if not first.state_dict():
        return Apart(first, count)
    if isinstance(first, nn.Linear):
        return Linears(layers)
    if isinstance(first, nn.Conv2d):
        one: nn.Module = nn.Conv2d(
            first.in_channels * count, first.out_channels * count, first.kernel_size,
            first.stride, first.padding, groups=count, bias=first.bias is not None,
            padding_mode=first.padding_mode,
        )  # fmt: skip
    elif isinstance(first, nn.BatchNorm2d):
        one = nn.BatchNorm2d(first.num_features * count)
    else:
        raise TypeError(f"{type(first).__name__} has weights, and joined() knows no groups of it")
    states = [layer.state_dict() for layer in layers]
    one.load_state_dict(
        {
            name: torch.cat([state[name] for state in states]) if value.ndim else value
            for name, value in states[0].items()
        }
    )
    return one


class Together(nn.Module):
    """Equal `nn.Sequential` networks as one."""

    def __init__(self, networks: Sequence[nn.Sequential]):
        super().__init__()
        self.layers = nn.Sequential(*map(joined, zip(*networks, strict=True)))

    def forward(self, x: Tensor) -> Tensor:
        """From (N, S, C, H, W) to the scores (N, S, classes)."""
        n, s = x.shape[:2]
        return self.layers(x.flatten(1, 2)).reshape(n, s, -1)


def stacked(data: Iterable[tuple]) -> Data:
    """The data of several networks; arrays become tensors."""
    images, labels = zip(*data, strict=True)
    return torch.stack(list(map(torch.as_tensor, images))), torch.stack(
        list(map(torch.as_tensor, labels))
    )


def batches(
    epochs: Iterable[Data], seeds: Sequence[int], size: int
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Images, labels, and which of them come next, (S, size); each network has its own order."""
    chance = [torch.Generator().manual_seed(seed) for seed in seeds]
    for images, labels in epochs:
        order = torch.stack([torch.randperm(labels.shape[1], generator=g) for g in chance])
        for chosen in order.split(size, dim=1):
            yield images, labels, chosen


def fit(
    model: nn.Module, epochs: Iterable[Data], seeds: Sequence[int], steps: int, rate: float,
    batch: int = 25,
) -> nn.Module:  # fmt: skip
    """Train for so many steps with AdamW, the rate going up and down once."""
    optimizer = torch.optim.AdamW(model.parameters(), rate, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps)
    model.train()
    row = torch.arange(len(seeds))[:, None]
    for images, labels, chosen in islice(batches(epochs, seeds, batch), steps):
        scores = model(images[row, chosen].transpose(0, 1))
        losses = F.cross_entropy(
            scores.flatten(0, 1), labels[row, chosen].T.flatten(), reduction="sum"
        )
        optimizer.zero_grad()
        (losses / chosen.shape[1]).backward()
        optimizer.step()
        schedule.step()
    return model.eval()


def always(data: Data) -> Iterable[Data]:
    """The same data in each epoch."""
    return repeat(data)


@torch.no_grad()
def guesses(model: nn.Module, images: Tensor, batch: int = 200) -> Tensor:
    """The class that each network gives each of its images, (S, M)."""
    return torch.cat(
        [model(part.transpose(0, 1)).argmax(-1).T for part in images.split(batch, dim=1)], dim=1
    )


def shares(hits: Tensor) -> list[float]:
    """For each network the share of true, rounded to what a file needs."""
    return [round(share, 5) for share in hits.double().mean(1).tolist()]
