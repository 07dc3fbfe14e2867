"""Maxima with their places, and what gradients and values do on the way back."""

import itertools

import numpy as np

from tests.checks.scopes.counting import different, in_turn, pooled, shapes, windows


def first_place(x, cells):
    """The first cell, row by row, that holds the maximum."""
    best = cells[0]
    for cell in cells:
        if x[cell] > x[best]:
            best = cell
    return best[0] * x.shape[1] + best[1]


def places(x, k, s):
    """The flat place of the maximum of each window."""
    return np.array([[first_place(x, cells) for cells in row] for row in windows(x, k, s)])


def max_pool2d_forward():
    rng = np.random.default_rng(0)
    for x, k, s in in_turn(rng, shapes()):
        yield (x, k, s), (pooled(x, k, s, max), places(x, k, s).astype(np.int64))
    x = np.full((3, 3), -np.inf)
    yield (x, 2, 1), (np.full((2, 2), -np.inf), np.array([[0, 1], [3, 4]]))


def scattered(values, indices, shape, put):
    """Put values at flat places of a plane, one after the other."""
    found = [[0.0] * shape[1] for _ in range(shape[0])]
    for value, index in zip(values.ravel().tolist(), indices.ravel().tolist(), strict=True):
        row, column = index // shape[1], index % shape[1]
        found[row][column] = put(found[row][column], value)
    return np.array(found)


def scatterings():
    """Values and places: of windows, and any at all."""
    rng = np.random.default_rng(0)
    for shape, k, s in shapes(largest=4):
        x = different(rng, *shape)
        indices = places(x, k, s)
        yield different(rng, *indices.shape, low=-4), indices, shape
    for shape, out in itertools.product(itertools.product((1, 2, 3), repeat=2), repeat=2):
        indices = rng.integers(0, shape[0] * shape[1], out)
        form = list(shape) if sum(out) % 2 else shape
        yield rng.integers(-3, 4, out).astype(float), indices, form


def max_pool2d_backward():
    for grad, indices, shape in scatterings():
        yield (grad, indices, shape), scattered(grad, indices, shape, lambda a, b: a + b)


def max_unpool2d():
    for y, indices, shape in scatterings():
        yield (y, indices, shape), scattered(y, indices, shape, lambda a, b: b)


def avg_pool2d_backward():
    rng = np.random.default_rng(0)
    for shape, k, s in shapes():
        parts = windows(np.zeros(shape), k, s)
        grad = different(rng, len(parts), len(parts[0]))
        right = np.zeros(shape)
        for i, row in enumerate(parts):
            for j, cells in enumerate(row):
                for cell in cells:
                    right[cell] += grad[i, j] / k**2
        yield (grad, list(shape) if k == 2 else shape, k, s), right


def max_pool2d_autograd():
    """Results, and what comes back of the gradient 1, 2, 3, ..."""
    rng = np.random.default_rng(0)
    for number, (plane, k, s) in enumerate(in_turn(rng, shapes(largest=4))):
        x = np.stack([plane, -plane])[None] if number % 2 else plane[None, None]
        y = np.stack([pooled(part, k, s, max) for part in x[0]])[None]
        arriving = np.arange(1.0, y.size + 1).reshape(y.shape)
        back = [
            scattered(given, places(part, k, s), part.shape, lambda a, b: a + b)
            for given, part in zip(arriving[0], x[0], strict=True)
        ]
        yield (x, k, s), (y, np.stack(back)[None])


def both_ways(function):
    """Call a function of torch with an array, and send the gradient 1, 2, 3, ... back."""
    import torch

    def run(x, kernel_size, stride):
        tensor = torch.from_numpy(np.array(x)).requires_grad_()
        y = function(x=tensor, kernel_size=kernel_size, stride=stride)
        y.backward(torch.arange(1.0, y.numel() + 1, dtype=torch.float64).reshape(y.shape))
        return y.detach().numpy(), tensor.grad.numpy()

    return run


RUNS = {"max_pool2d_autograd": both_ways}
SCOPES = [
    max_pool2d_forward,
    max_pool2d_backward,
    avg_pool2d_backward,
    max_unpool2d,
    max_pool2d_autograd,
]
