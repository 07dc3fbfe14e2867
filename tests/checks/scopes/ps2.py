"""Pooling with padding, which never wins, and counts or does not."""

import itertools

import numpy as np

from tests.checks.scopes.counting import in_turn, pooled


def padded_shapes():
    """Every shape with every kernel, stride and padding; few of them for large kernels."""
    for rows, columns, k, s in itertools.product(
        range(1, 5), range(1, 5), range(1, 5), (None, 1, 2, 3)
    ):
        for p in range(k // 2 + 1):
            if k <= min(rows, columns) + 2 * p:
                yield (rows, columns), k, s, p
    for rows, columns in ((1, 2), (3, 1), (6, 7)):
        yield (rows, columns), 6, 2, 3
        yield (rows, columns), 7, None, 3


def max_pool2d_padded():
    rng = np.random.default_rng(0)
    for x, k, s, p in in_turn(rng, padded_shapes()):
        yield (x, k, s, p), pooled(x, k, s, max, p)
    for low in (-np.inf, -1.7e308):
        x = np.full((3, 4), low)
        yield (x, 3, 1, 1), x.copy()


def avg_pool2d_padded():
    rng = np.random.default_rng(0)
    for x, k, s, p in in_turn(rng, padded_shapes()):
        for counted in (True, False):
            yield (
                (x, k, s, p, counted),
                pooled(x, k, s, lambda w: sum(w) / (k * k if counted else len(w)), p),  # noqa: B023
            )


SCOPES = [max_pool2d_padded, avg_pool2d_padded]
