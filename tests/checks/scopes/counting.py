"""Windows by plain counting, and planes of numbers that differ."""

import itertools

import numpy as np


def starts(size, kernel, stride, padding=0):
    """The starts of the windows that fit."""
    found, start = [], -padding
    while start + kernel <= size + padding:
        found.append(start)
        start += stride or kernel
    return found


def windows(x, kernel, stride, padding=0):
    """The cells inside of each window of a plane, in rows of windows."""
    rows, columns = (starts(size, kernel, stride, padding) for size in x.shape)
    return [
        [
            [
                (r, c)
                for r in range(i, i + kernel)
                for c in range(j, j + kernel)
                if 0 <= r < x.shape[0] and 0 <= c < x.shape[1]
            ]
            for j in columns
        ]
        for i in rows
    ]


def pooled(x, kernel, stride, reduce, padding=0):
    """Reduce the numbers of each window, a list, to one."""
    return np.array(
        [
            [reduce([float(x[cell]) for cell in cells]) for cells in row]
            for row in windows(x, kernel, stride, padding)
        ]
    )


def shapes(largest=5, kernels=3, strides=(None, 1, 2, 3, 4)):
    """Every shape of a plane with every kernel that fits and every stride."""
    for rows, columns, kernel, stride in itertools.product(
        range(1, largest + 1), range(1, largest + 1), range(1, kernels + 1), strides
    ):
        if kernel <= min(rows, columns):
            yield (rows, columns), kernel, stride


def different(rng, *shape, low=-9):
    """Whole numbers that differ, in any order, from `low` upwards."""
    size = int(np.prod(shape))
    return rng.permutation(2 * size)[:size].reshape(shape) + float(low)


def of_all_kinds(rng, *shape):
    """Negative numbers, numbers around 0, and few different ones with zeros."""
    size = int(np.prod(shape))
    yield different(rng, *shape, low=-3 * size)
    yield different(rng, *shape, low=-size)
    yield rng.integers(0, 3, shape).astype(float)


def in_turn(rng, inputs, kinds=of_all_kinds):
    """Give each shape, with what belongs to it, a plane of the next kind."""
    for number, (shape, *others) in enumerate(inputs):
        found = list(kinds(rng, *shape))
        yield (found[number % len(found)], *others)
