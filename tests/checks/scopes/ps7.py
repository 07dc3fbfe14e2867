"""Minima, folded averages, ReLUs, costs, softmax, masks, maps on pictures, and heads."""

import itertools
import math

import numpy as np

from tests.checks.scopes.counting import different, in_turn, of_all_kinds, pooled, shapes, starts


def min_pool2d():
    rng = np.random.default_rng(0)
    for x, k, s in in_turn(rng, shapes()):
        yield (x, k, s), pooled(x, k, s, min)
    x = different(rng, 5, 6)
    x[:3, :3] = x[4, 4] = np.inf
    yield (x, 3, 1), pooled(x, 3, 1, min)


def fold_average():
    """By its meaning: for each single cell of the input, what the two steps make of it."""
    rng = np.random.default_rng(0)
    sides = range(1, 4)
    for number, (o, c, h, w, k) in enumerate(
        itertools.product((1, 2, 3), (1, 2), sides, sides, sides)
    ):
        weight = list(of_all_kinds(rng, o, c, h, w))[number % 3]
        right = np.array(
            [
                [
                    [
                        [float(weight[a, b, i // k, j // k]) / k**2 for j in range(w * k)]
                        for i in range(h * k)
                    ]
                    for b in range(c)
                ]
                for a in range(o)
            ]
        )
        yield (weight, k), right


def points(width):
    """Numbers to try layers on."""
    rng = np.random.default_rng(7)
    return [np.zeros(width), *np.eye(width), *-np.eye(width), *rng.normal(size=(20, width))]


def max_by_relu():
    rng = np.random.default_rng(0)
    for width in range(1, 6):
        for _ in range(8):
            for weight in of_all_kinds(rng, 2, width):
                yield (
                    (weight,),
                    [max(float(a @ x), float(b @ x)) for a, b in [weight] for x in points(width)],
                )


def layers(function):
    """Run what a function returns, as two layers with a ReLU between."""

    def run(weight):
        before = weight.copy()
        first, second = function(weight)
        assert np.array_equal(weight, before)
        again = function(weight=weight)
        assert all(np.array_equal(a, b) for a, b in zip((first, second), again, strict=True))
        assert not np.shares_memory(first, weight)
        assert (first.ndim, second.shape) in [(2, (len(first),)), (2, (1, len(first)))]
        assert len(first) <= 4
        return [
            sum(
                float(v) * max(float(row @ x), 0.0)
                for row, v in zip(first, np.ravel(second), strict=True)
            )
            for x in points(weight.shape[1])
        ]

    return run


def pool_cost():
    for n, c, h, w, k in itertools.product((1, 2), (1, 3), range(1, 6), range(1, 7), (1, 2, 3)):
        if k > min(h, w):
            continue
        for s, itemsize in ((None, 4), (1, 8), (2, 2), (3, 4), (4, 1)):
            windows = n * c * len(starts(h, k, s)) * len(starts(w, k, s))
            compared = sum(len(range(1, k * k)) for _ in range(windows))
            yield ((n, c, h, w), k, s, itemsize), (compared, itemsize * (n * c * h * w + windows))


def _near(rng, *shape):
    """Planes whose cells all keep some weight, and planes of very different sizes."""
    for plane in of_all_kinds(rng, *shape):
        yield plane / 4
    yield different(rng, *shape, low=-9) * 500
    plane = different(rng, *shape, low=1) / 4
    plane[shape[0] // 2 :] -= 3000
    yield plane


def softmax_pool2d():
    rng = np.random.default_rng(0)
    betas = itertools.cycle([1.0, 0.0, 0.5, -1.0, 2.0, 1.5, -0.25])
    for (x, k, s), beta in zip(in_turn(rng, shapes(largest=4), _near), betas):  # noqa: B905

        def soft(w, beta=beta):
            top = max(beta * v for v in w)
            powers = [math.exp(beta * v - top) for v in w]
            return math.fsum(p * v for p, v in zip(powers, w, strict=True)) / math.fsum(powers)

        yield (x, k, s, beta), pooled(x, k, s, soft)


def masked_avg_pool1d():
    rng = np.random.default_rng(0)
    for n, c, width in itertools.product((1, 2, 3), (1, 2, 3), range(1, 5)):
        for lengths in itertools.product(range(width + 1), repeat=n):
            if n == 3 and rng.random() > 0.2:
                continue
            x = list(of_all_kinds(rng, n, c, width))[sum(lengths) % 3]
            right = [
                [math.fsum(row[:length].tolist()) / length if length else 0.0 for row in steps]
                for steps, length in zip(x, lengths, strict=True)
            ]
            yield (x, np.array(lengths, dtype=np.int64)), np.array(right)


def cam_overlay():
    rng = np.random.default_rng(0)
    for h, w, rows, columns in itertools.product((1, 2, 3), (1, 2, 3), (1, 2), (1, 2, 3)):
        for channels, classes, index in ((1, 1, 0), (2, 2, 1), (3, 2, 0), (2, 3, 1)):
            image = rng.integers(0, 10, (h * rows, w * columns)) / 10
            features = rng.integers(0, 6, (channels, h, w)).astype(float)
            weights = rng.integers(-4, 5, (classes, channels)).astype(float)
            cam = [
                [
                    sum(weights[index, k] * features[k, i, j] for k in range(channels))
                    for j in range(w)
                ]
                for i in range(h)
            ]
            low, high = min(map(min, cam)), max(map(max, cam))
            right = [
                [
                    image[i, j]
                    * ((cam[i // rows][j // columns] - low) / (high - low) if high > low else 0.0)
                    for j in range(w * columns)
                ]
                for i in range(h * rows)
            ]
            yield (image, features, weights, index), np.array(right, dtype=float)


def parameters_saved():
    for c, h, w in itertools.product((1, 2, 5), (1, 2, 3), (1, 2, 4)):
        for widths in ((1,), (3,), (4, 2), (1, 6), (3, 3), (5, 4, 2), (2, 1, 7, 3)):
            sides = [len(range(c * h * w)), *widths]
            dense = 0
            for layer in range(len(widths)):
                for _ in range(sides[layer + 1]):
                    dense += sides[layer]
                    dense += 1
            yield ((c, h, w), widths), dense - sum(c + 1 for _ in range(widths[-1]))


RUNS = {"max_by_relu": layers}
SCOPES = [
    min_pool2d,
    fold_average,
    max_by_relu,
    pool_cost,
    softmax_pool2d,
    masked_avg_pool1d,
    cam_overlay,
    parameters_saved,
]
