"""One number for each channel, bins for any size, and maps of what was seen."""

import itertools

import numpy as np

from tests.checks.scopes.counting import in_turn


def batches(largest):
    """Every shape of a batch."""
    rng = np.random.default_rng(0)
    sizes = range(1, 3), range(1, 4), range(1, largest + 1), range(1, largest + 1)
    for (x,) in in_turn(rng, [(shape,) for shape in itertools.product(*sizes)]):
        yield x


def global_avg_pool2d():
    for x in batches(4):
        yield (
            (x,),
            np.array(
                [[sum(plane.ravel().tolist()) / plane.size for plane in image] for image in x]
            ),
        )


def bins(n, o):
    """The cells that each of `o` equal parts of `n` cells touches, as (start, end)."""
    found = []
    for i in range(o):
        cells = [c for c in range(n) if c * o < (i + 1) * n and (c + 1) * o > i * n]
        found.append((cells[0], cells[-1] + 1))
    return found


def adaptive_bins():
    for n, o in itertools.product(range(1, 13), range(1, 13)):
        yield (n, o), bins(n, o)


def adaptive_avg_pool2d():
    rng = np.random.default_rng(0)
    for (h, w), sizes in itertools.product(
        itertools.product(range(1, 6), repeat=2),
        [1, 2, 3, (1, 3), (3, 1), (2, 1), [2, 5], (5, 4)],
    ):
        rows, columns = sizes if isinstance(sizes, tuple | list) else (sizes, sizes)
        x = rng.integers(-9, 9, (rng.integers(1, 3), rng.integers(1, 4), h, w)).astype(float)
        right = np.zeros((*x.shape[:2], rows, columns))
        for (i, (a, b)), (j, (c, d)) in itertools.product(
            enumerate(bins(h, rows)), enumerate(bins(w, columns))
        ):
            for n, channel in np.ndindex(x.shape[:2]):
                cells = [x[n, channel, r, k] for r in range(a, b) for k in range(c, d)]
                right[n, channel, i, j] = sum(cells) / len(cells)
        yield (x, sizes), right


def class_activation_map():
    rng = np.random.default_rng(0)
    for c, h, w, classes in itertools.product(range(1, 4), repeat=4):
        for index in range(classes):
            features = rng.integers(-9, 9, (c, h, w)).astype(float)
            weights = rng.integers(-9, 9, (classes, c)).astype(float)
            right = [
                [
                    sum(float(weights[index, k] * features[k, i, j]) for k in range(c))
                    for j in range(w)
                ]
                for i in range(h)
            ]
            yield (features, weights, index), np.array(right)


SCOPES = [global_avg_pool2d, adaptive_bins, adaptive_avg_pool2d, class_activation_map]
