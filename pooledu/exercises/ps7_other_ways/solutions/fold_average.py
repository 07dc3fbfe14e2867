"""A weight looks at one cell of the pooled map, and that is the mean of a block of the input.
So each weight becomes a block of equal numbers: itself, divided by the number of cells.
"""

import numpy as np


def repeated(weight, kernel_size):
    """Repeat along the rows, then along the columns."""
    wide = np.repeat(np.repeat(weight, kernel_size, axis=2), kernel_size, axis=3)
    return wide / kernel_size**2


def by_the_kronecker_product(weight, kernel_size):
    """`np.kron` puts a block in the place of each number: just this, in one line."""
    return np.kron(weight, np.full((1, 1, kernel_size, kernel_size), 1 / kernel_size**2))


def large():
    """Weights from 64 to 64 channels, 3 × 3, and a pool of 4 × 4."""
    return np.random.default_rng(0).normal(size=(64, 64, 3, 3)), 4
