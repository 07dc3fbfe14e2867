"""Begin with zeros of the output's shape, seen as one long row.
Assign each number of `y` at its flat index: a later one replaces an earlier one.
"""

import numpy as np


def loop(y, indices, output_shape):
    """One number after another, in the order of `y`: the last one stays."""
    out = np.zeros(output_shape)
    for value, index in zip(y.ravel(), indices.ravel(), strict=True):
        out.flat[index] = value
    return out


def assigned(y, indices, output_shape):
    """One assignment with an array of indices: NumPy keeps the last value of a repeated one."""
    out = np.zeros(output_shape)
    out.ravel()[indices.ravel()] = y.ravel()
    return out


def large():
    """16,384 numbers into a plane of 256 × 256."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(128, 128)), rng.integers(0, 256**2, (128, 128)), (256, 256)
