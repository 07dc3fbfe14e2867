"""How many windows, and the maximum and the average of each."""

import itertools

import numpy as np

from tests.checks.scopes.counting import in_turn, pooled, shapes


def output_size():
    """Every size with every option."""
    for size, k, s, d, ceil in itertools.product(
        range(1, 9), range(1, 5), (None, 1, 2, 3, 4), (1, 2), (False, True)
    ):
        span = d * (k - 1) + 1
        for p in range(k // 2 + 1):
            if span > size + 2 * p:
                continue
            step, count, start = s or k, 0, -p
            while start + span <= size + p:
                count, start = count + 1, start + step
            if ceil and start - step + span < size + p and start < size:
                count += 1
            yield (size, k, s, p, d, ceil), count


def max_pool2d():
    rng = np.random.default_rng(0)
    for x, k, s in in_turn(rng, shapes()):
        yield (x, k, s), pooled(x, k, s, max)
    x = np.full((2, 3), -np.inf)
    yield (x, 1, 1), x.copy()
    yield (np.full((3, 3), -np.inf), 2, 1), np.full((2, 2), -np.inf)


def avg_pool2d():
    rng = np.random.default_rng(0)
    for x, k, s in in_turn(rng, shapes()):
        yield (x, k, s), pooled(x, k, s, lambda w: sum(w) / len(w))


SCOPES = [output_size, max_pool2d, avg_pool2d]
