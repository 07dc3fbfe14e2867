"""Train the five networks of the page *See it in a network*: ``python scripts/train_network.py``.

The digits are those of the experiment on MNIST. The weights are rounded to 16 bits, and the
accuracies are those of the rounded ones. All together take some minutes of one core.
"""

import argparse
import base64
import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

BOOK = Path(__file__).parents[1] / "book"
sys.path.append(str(BOOK))

from experiments.mnist import digits  # noqa: E402

OUT = BOOK / "network"
CHANNELS = (1, 8, 16, 16)
TESTED = 100  # digits of each class that no network is trained on
SHOWN = 2  # digits of each class on the page
COMPARED = 20  # digits of each class on which the tests compare the page with torch
EPOCHS = 40
SEED = 0


def blurred(x: Tensor) -> Tensor:
    """The maximum of 2 x 2 at every cell, then [1 2 1]/4 both ways at stride 2."""
    row = torch.tensor([1.0, 2.0, 1.0]) / 4
    largest = F.pad(F.max_pool2d(x, 2, stride=1), (1, 1, 1, 1), mode="reflect")
    filters = torch.outer(row, row).expand(x.shape[1], 1, 3, 3)
    return F.conv2d(largest, filters, stride=2, groups=x.shape[1])


POOLS: dict[str, Callable[[Tensor], Tensor]] = {
    "max": lambda x: F.max_pool2d(x, 2),
    "avg": lambda x: F.avg_pool2d(x, 2),
    "stride": lambda x: x[..., ::2, ::2],
    "blur": blurred,
    "none": lambda x: x,
}


def parted(labels: Tensor) -> tuple[Tensor, Tensor]:
    """The places of the digits to train on, and of those to test on: class by class."""
    places = [torch.nonzero(labels == digit).flatten() for digit in range(10)]
    train = torch.cat([at[TESTED:] for at in places])
    return train, torch.cat([at[:TESTED] for at in places])


def varied(x: Tensor, random: torch.Generator) -> Tensor:
    """Each image turned, resized and moved a little, because readers draw as they like."""

    def drawn(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(len(x), generator=random)

    angle, size = drawn(-0.25, 0.25), 1 / drawn(0.75, 1.2)
    rows = [size * angle.cos(), -size * angle.sin(), drawn(-0.3, 0.3)]
    cols = [size * angle.sin(), size * angle.cos(), drawn(-0.3, 0.3)]
    turns = torch.stack([torch.stack(rows, 1), torch.stack(cols, 1)], 1)
    return F.grid_sample(x, F.affine_grid(turns, list(x.shape), False), align_corners=False)


class Network(nn.Module):
    """Three convolutions, a pool after the first two, the global average and a linear layer."""

    def __init__(self, pool: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        pairs = list(itertools.pairwise(CHANNELS))
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1, bias=False) for a, b in pairs)
        self.norms = nn.ModuleList(nn.BatchNorm2d(b) for _, b in pairs)
        self.linear = nn.Linear(CHANNELS[-1], 10)
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        """The scores of the ten digits."""
        for depth, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            x = norm(conv(x)).relu()
            x = self.pool(x) if depth < 2 else x
        return self.linear(x.mean((2, 3)))

    def weights(self) -> list[Tensor]:
        """Weight and bias of each layer, the norms taken into them, rounded to 16 bits."""
        found = []
        for conv, norm in zip(self.convs, self.norms, strict=True):
            scale = norm.weight / (norm.running_var + norm.eps).sqrt()
            found += [conv.weight * scale[:, None, None, None]]
            found += [norm.bias - norm.running_mean * scale]
        return [w.detach().half() for w in [*found, self.linear.weight, self.linear.bias]]


def scores(x: Tensor, weights: list[Tensor], pool: Callable[[Tensor], Tensor]) -> Tensor:
    """The scores as the page computes them, with the rounded weights."""
    numbers = [w.float() for w in weights]
    for depth in range(3):
        x = F.conv2d(x, *numbers[2 * depth : 2 * depth + 2], padding=1).relu()
        x = pool(x) if depth < 2 else x
    return F.linear(x.mean((2, 3)), *numbers[-2:])


def trained(name: str, images: Tensor, labels: Tensor) -> Network:
    """One network, trained from the seed."""
    torch.manual_seed(SEED)
    random = torch.Generator().manual_seed(SEED)
    network = Network(POOLS[name]).train()
    optimizer = torch.optim.Adam(network.parameters())
    steps = EPOCHS * (len(images) // 100)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.02, total_steps=steps)
    for _ in range(EPOCHS):
        order = torch.randperm(len(images), generator=random)
        for batch in order.split(100):
            loss = F.cross_entropy(network(varied(images[batch], random)), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def text(array: np.ndarray) -> str:
    """An array's bytes as text."""
    return base64.b64encode(array.tobytes()).decode()


def measured(weights: list[Tensor], pool: Callable[[Tensor], Tensor], x: Tensor, y: Tensor) -> dict:
    """How many digits are read right, and of how many a shift by one pixel changes the answer."""
    with torch.inference_mode():
        found = scores(x, weights, pool).argmax(1)
        moved = scores(F.pad(x, (1, -1)), weights, pool).argmax(1)
    return {"right": int((found == y).sum()), "moved": int((found != moved).sum())}


def read(numbers: str) -> list[Tensor]:
    """The weights from their text."""
    flat = torch.tensor(np.frombuffer(base64.b64decode(numbers), np.float16))
    shapes = [part.shape for part in Network(POOLS["none"]).weights()]
    parts = flat.split([shape.numel() for shape in shapes])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def main() -> None:
    """Train all five and write weights, accuracies and digits."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--measure", action="store_true", help="keep the weights, count again")
    given = parser.parse_args()
    torch.set_num_threads(1)
    images, labels = map(torch.from_numpy, digits())
    train, test = parted(labels)
    kept = json.loads((OUT / "networks.json").read_text("utf8")) if given.measure else None
    networks = {}
    for name, pool in POOLS.items():
        if kept:
            weights = read(kept["networks"][name]["weights"])
        else:
            weights = trained(name, images[train], labels[train]).weights()
        counts = measured(weights, pool, images[test], labels[test])
        print(name, counts, flush=True)
        numbers = np.concatenate([w.numpy().ravel() for w in weights])
        networks[name] = {**counts, "seed": SEED, "weights": text(numbers)}
    write(images, labels, networks, len(train), test)


def write(images: Tensor, labels: Tensor, networks: dict, trained: int, test: Tensor) -> None:
    """Write the networks with the digits of the page, and the digits of the tests."""
    pixels = (images[test, 0] * 255).round().to(torch.uint8).reshape(10, TESTED, 28, 28)
    shown = text(pixels[:, :SHOWN].numpy())
    facts = {"trained": trained, "tested": len(test), "channels": CHANNELS}
    content = {**facts, "networks": networks, "digits": shown}
    OUT.mkdir(exist_ok=True)
    (OUT / "networks.json").write_text(json.dumps(content, indent=1) + "\n", "utf8")
    compared = pixels[:, :COMPARED].reshape(-1, 28, 28).numpy()
    classes = labels[test].reshape(10, TESTED)[:, :COMPARED].flatten().numpy()
    np.savez_compressed(OUT / "digits.npz", images=compared, labels=classes)


if __name__ == "__main__":
    main()
