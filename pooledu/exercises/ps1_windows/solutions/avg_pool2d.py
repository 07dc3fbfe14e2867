"""Count the windows of each axis. Make a result of that shape.
Walk over its cells `[i, j]`: the window begins at row `i * stride` and column `j * stride`.
Cut it out of `x`: `kernel_size` rows and as many columns.
Store its mean in `[i, j]`: only the reduction differs from max pooling.
"""

import numpy as np


def loops(x, kernel_size, stride=None):
    """Cut out one window after another: it reads like the definition."""
    stride = kernel_size if stride is None else stride
    rows, columns = ((size - kernel_size) // stride + 1 for size in x.shape)
    y = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            y[i, j] = x[top : top + kernel_size, left : left + kernel_size].mean()
    return y


def offsets(x, kernel_size, stride=None):
    """Walk over the cells of a window, and add that cell of all windows at once."""
    stride = kernel_size if stride is None else stride
    rows, columns = ((size - kernel_size) // stride + 1 for size in x.shape)
    total = np.zeros((rows, columns))
    for a in range(kernel_size):
        for b in range(kernel_size):
            total += x[a:, b:][: rows * stride : stride, : columns * stride : stride]
    return total / kernel_size**2


def large():
    """A plane of 256 × 256, windows of 3 × 3, stride 2."""
    return np.random.default_rng(0).normal(size=(256, 256)), 3, 2
