"""For each window take the maximum and the mean.
The result is `lam` times the first plus `1 - lam` times the second.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def listed(x, kernel_size, stride=None, lam=0.5):
    """List the windows once, and reduce them twice."""
    stride = kernel_size if stride is None else stride
    every = sliding_window_view(x, (kernel_size, kernel_size))[::stride, ::stride]
    return lam * every.max(axis=(2, 3)) + (1 - lam) * every.mean(axis=(2, 3))


def loops(x, kernel_size, stride=None, lam=0.5):
    """Window by window: longer, and easy to step through."""
    stride = kernel_size if stride is None else stride
    rows, columns = ((size - kernel_size) // stride + 1 for size in x.shape)
    y = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            cells = x[top : top + kernel_size, left : left + kernel_size]
            y[i, j] = lam * cells.max() + (1 - lam) * cells.mean()
    return y


def large():
    """A plane of 256 × 256, windows of 3 × 3, stride 2, lam 0.3."""
    return np.random.default_rng(0).normal(size=(256, 256)), 3, 2, 0.3
