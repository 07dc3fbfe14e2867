"""The minimum is a maximum with the sign turned twice: min(x) = -max(-x).
So pool `-x` by the maximum, and turn the sign of the result.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def turned_twice(x, kernel_size, stride=None):
    """Whatever can take a maximum can take a minimum."""
    stride = kernel_size if stride is None else stride
    windows = sliding_window_view(-x, (kernel_size, kernel_size))[::stride, ::stride]
    return -windows.max(axis=(2, 3))


def loops(x, kernel_size, stride=None):
    """Window by window, with the minimum itself."""
    stride = kernel_size if stride is None else stride
    rows, columns = ((size - kernel_size) // stride + 1 for size in x.shape)
    y = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            y[i, j] = x[top : top + kernel_size, left : left + kernel_size].min()
    return y


def large():
    """A plane of 256 × 256, windows of 3 × 3, stride 2."""
    return np.random.default_rng(0).normal(size=(256, 256)), 3, 2
