"""Begin with zeros of the input's shape, seen as one long row.
Each number of `grad_y` is added at its flat index.
Add and do not assign: two windows may share their maximum.
"""

import numpy as np


def loop(grad_y, indices, input_shape):
    """One number after another: it cannot be misread."""
    grad_x = np.zeros(input_shape)
    for gradient, index in zip(grad_y.ravel(), indices.ravel(), strict=True):
        grad_x.flat[index] += gradient
    return grad_x


def counted(grad_y, indices, input_shape):
    """`bincount` adds the weights that have the same number: just this, and fast."""
    rows, columns = input_shape
    sums = np.bincount(indices.ravel(), weights=grad_y.ravel(), minlength=rows * columns)
    return sums.reshape(rows, columns)


def large():
    """16,384 gradients for a plane of 256 × 256."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(128, 128)), rng.integers(0, 256**2, (128, 128)), (256, 256)
