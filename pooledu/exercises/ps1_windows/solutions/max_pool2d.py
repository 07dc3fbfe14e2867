"""Count the windows of each axis. Make a result of that shape.
Walk over its cells `[i, j]`: the window begins at row `i * stride` and column `j * stride`.
Cut it out of `x`: `kernel_size` rows and as many columns.
Store its maximum in `[i, j]`.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def loops(x, kernel_size, stride=None):
    """Cut out one window after another: it reads like the definition."""
    stride = kernel_size if stride is None else stride
    rows, columns = ((size - kernel_size) // stride + 1 for size in x.shape)
    y = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            y[i, j] = x[top : top + kernel_size, left : left + kernel_size].max()
    return y


def windows(x, kernel_size, stride=None):
    """List all windows without copying a cell, keep every `stride`-th, reduce them at once."""
    stride = kernel_size if stride is None else stride
    every = sliding_window_view(x, (kernel_size, kernel_size))[::stride, ::stride]
    return every.max(axis=(2, 3))


def large():
    """A plane of 256 × 256, windows of 3 × 3, stride 2."""
    return np.random.default_rng(0).normal(size=(256, 256)), 3, 2
