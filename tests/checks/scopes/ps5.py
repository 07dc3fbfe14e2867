"""Powers, mixtures, expected values, and starts of fractional windows."""

import itertools
import math
from fractions import Fraction

import numpy as np

from tests.checks.scopes.counting import different, in_turn, pooled, shapes, windows


def without_signs(rng, *shape):
    """Planes without negative numbers."""
    yield different(rng, *shape, low=1)
    yield rng.integers(0, 3, shape).astype(float)
    yield different(rng, *shape, low=0) * 10.0 ** rng.choice([-12, 12])


def lp_pool2d():
    rng = np.random.default_rng(0)
    powers = itertools.cycle([2.0, 0.5, 1.0, 3.0, 10.0, 1.5, 2.5])
    for (x, k, s), p in zip(in_turn(rng, shapes(largest=4), without_signs), powers):  # noqa: B905
        yield (
            (x, k, s, p),
            pooled(x, k, s, lambda w: (sum(v**p for v in w) / len(w)) ** (1 / p)),  # noqa: B023
        )


def stochastic_pool2d_expected():
    rng = np.random.default_rng(0)
    for x, k, s in in_turn(rng, shapes(largest=4), without_signs):
        yield (
            (x, k, s),
            pooled(x, k, s, lambda w: sum(v * v for v in w) / sum(w) if any(w) else 0.0),
        )


def mixed_pool2d():
    rng = np.random.default_rng(0)
    shares = itertools.cycle((0.0, 0.25, 1.0, 0.5))
    for (x, k, s), lam in zip(in_turn(rng, shapes(largest=4)), shares):  # noqa: B905
        yield (
            (x, k, s, lam),
            pooled(x, k, s, lambda w: lam * max(w) + (1 - lam) * sum(w) / len(w)),  # noqa: B023
        )


def fractional_starts():
    """In fractions, so that nothing is decided by rounding; such cases are left out."""
    for n, o, k, thousandths in itertools.product(
        range(1, 13), range(1, 9), range(1, 4), (0, 137, 389, 613, 871, 997)
    ):
        if k > n or n - k < o - 1:
            continue
        u, room = Fraction(thousandths, 1000), n - k
        if o == 1:
            yield (n, o, k, thousandths / 1000), [room]
            continue
        alpha = Fraction(room, o - 1)
        ends = [(i + u) * alpha for i in range(o)]
        if u and any(end.denominator == 1 for end in ends):
            continue
        right = [math.floor(end) - math.floor(ends[0]) for end in ends[:-1]] + [room]
        yield (n, o, k, thousandths / 1000), right


SMALLEST_EFFECT = 0.04  # how far off a probability may be without being wrong


def stochastic_pool2d():
    """Whether it draws as it should, from small planes and from one window again and again."""
    rng = np.random.default_rng(0)
    for x, k, s in in_turn(rng, shapes(largest=4), without_signs):
        yield (x, k, s), True
    for pattern in (
        [1.0, 2, 3, 14],
        [0.0, 0, 7, 1],
        [2e-12, 1e-12, 3e-12, 4e-12],
        [1e300, 2e300, 1e301, 9e300],
    ):
        yield (np.tile(np.reshape(pattern, (2, 2)), (40, 40)), 2, None), True


def draws(function):
    """Say whether the cells that a function draws follow the law, within the smallest effect."""

    def run(x, kernel_size, stride):
        calls, rng, again = 4, np.random.default_rng(5), np.random.default_rng(5)
        before = x.copy()
        drawn = [function(x, kernel_size, stride, rng=rng) for _ in range(calls)]
        same = function(x=x, kernel_size=kernel_size, stride=stride, rng=again)
        assert np.array_equal(same, drawn[0])
        assert np.array_equal(x, before)
        parts = windows(x, kernel_size, stride)
        for y in drawn:
            assert type(y) is np.ndarray
            assert y.dtype == np.float64
            assert y.shape == (len(parts), len(parts[0]))
            assert not np.shares_memory(x, y)
            for i, row in enumerate(parts):
                for j, cells in enumerate(row):
                    numbers = [x[cell] for cell in cells]
                    assert y[i, j] in numbers
                    assert y[i, j] > 0 or not any(numbers)
        return x.shape != (80, 80) or follows(x[:2, :2].ravel() / x[:2, :2].max(), x, drawn)

    return run


def follows(weights, x, drawn):
    """Say whether numbers are drawn as often as they weigh, and neighbours independently."""
    values = x[:2, :2].ravel()
    picks = np.stack(drawn)
    assert len({y.tobytes() for y in drawn}) > 1
    total = weights.sum()
    for value in set(values.tolist()):
        chance = weights[values == value].sum() / total
        if abs((picks == value).mean() - chance) > SMALLEST_EFFECT:
            return False
    agree = sum((weights[values == value].sum() / total) ** 2 for value in set(values.tolist()))
    pairs = [(picks[:, :, ::2] == picks[:, :, 1::2]), (picks[:, ::2] == picks[:, 1::2])]
    return all(abs(pair.mean() - agree) <= SMALLEST_EFFECT for pair in pairs)


RUNS = {"stochastic_pool2d": draws}
SCOPES = [stochastic_pool2d, lp_pool2d, stochastic_pool2d_expected, mixed_pool2d, fractional_starts]
