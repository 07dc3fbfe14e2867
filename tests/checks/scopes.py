"""Small scopes: all legal inputs up to a bound, with what is right for each by plain counting.

Nothing here uses pooledu: a mutant is judged by these before it is judged by a ladder.
"""

import itertools

import numpy as np


def starts(size, kernel, stride, padding=0):
    """The starts of the windows that fit."""
    step = stride or kernel
    found, start = [], -padding
    while start + kernel <= size + padding:
        found.append(start)
        start += step
    return found


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


def planes(low=-9, seed=0):
    """Planes of different numbers, with windows that fit."""
    rng = np.random.default_rng(seed)
    for rows, columns, k, s in itertools.product(
        range(1, 6), range(1, 6), range(1, 4), (None, 1, 2, 3, 4)
    ):
        if k <= min(rows, columns):
            yield rng.permutation(40)[: rows * columns].reshape(rows, columns) + float(low), k, s


def windows(x, k, s):
    """Reduce nothing: the windows of a plane, as lists of numbers."""
    rows, columns = (starts(size, k, s) for size in x.shape)
    return [[[x[i + a, j + b] for a in range(k) for b in range(k)] for j in columns] for i in rows]


def max_pool2d():
    for low in (-50, -20, 1):
        for x, k, s in planes(low):
            yield (x, k, s), np.array([[max(w) for w in row] for row in windows(x, k, s)])
    full = np.full((3, 3), -np.inf)
    yield (full, 2, 1), np.full((2, 2), -np.inf)


def avg_pool2d():
    for low in (-50, 0):
        for x, k, s in planes(low):
            yield (x, k, s), np.array([[sum(w) / len(w) for w in row] for row in windows(x, k, s)])


def adaptive_bins():
    for n, o in itertools.product(range(1, 13), range(1, 13)):
        yield (n, o), [(i * n // o, -(-(i + 1) * n // o)) for i in range(o)]


def receptive_field():
    layers = list(itertools.product((1, 2, 3), (1, 2, 3)))
    for depth in range(4):
        for stack in itertools.product(layers, repeat=depth):
            seen = {0}
            jump = 1
            for kernel, stride in reversed(stack):  # the cells below that one cell looks at
                seen = {cell * stride + offset for cell in seen for offset in range(kernel)}
                jump *= stride
            yield (list(stack),), (max(seen) - min(seen) + 1, jump)


SCOPES = {
    "output_size": output_size,
    "max_pool2d": max_pool2d,
    "avg_pool2d": avg_pool2d,
    "adaptive_bins": adaptive_bins,
    "receptive_field": receptive_field,
}
