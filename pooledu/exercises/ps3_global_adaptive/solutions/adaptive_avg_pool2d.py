"""Make a pair of `output_size`. Find the bins of the rows and those of the columns.
For each pair of bins cut the block out of all images and channels at once.
Store the mean over its last two axes.
"""

import numpy as np


def _bins(size, out):
    """The bins of an axis."""
    return [(i * size // out, -(-(i + 1) * size // out)) for i in range(out)]


def blocks(x, output_size):
    """One block after another, each for all images and channels."""
    shape = (output_size,) * 2 if isinstance(output_size, int) else tuple(output_size)
    y = np.empty((*x.shape[:2], *shape))
    for i, (top, bottom) in enumerate(_bins(x.shape[2], shape[0])):
        for j, (left, right) in enumerate(_bins(x.shape[3], shape[1])):
            y[:, :, i, j] = x[:, :, top:bottom, left:right].mean(axis=(2, 3))
    return y


def matrices(x, output_size):
    """A mean over bins is linear: a matrix for the rows, and one for the columns."""
    shape = (output_size,) * 2 if isinstance(output_size, int) else tuple(output_size)
    down, right = (np.zeros((out, size)) for out, size in zip(shape, x.shape[2:], strict=True))
    for matrix in (down, right):
        for i, (start, end) in enumerate(_bins(matrix.shape[1], matrix.shape[0])):
            matrix[i, start:end] = 1 / (end - start)
    return down @ x @ right.T


def large():
    """8 images with 64 channels of 30 × 30, pooled to 7 × 7."""
    return np.random.default_rng(0).normal(size=(8, 64, 30, 30)), 7
