"""Put a frame of `padding` cells around `x`, filled with a number that never wins: minus infinity.
Then it is max pooling without padding, of the larger plane.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def framed(x, kernel_size, stride=None, padding=0):
    """Frame with minus infinity, then pool: a copy of the plane, and no special case."""
    stride = kernel_size if stride is None else stride
    plane = np.pad(x, padding, constant_values=-np.inf)
    every = sliding_window_view(plane, (kernel_size, kernel_size))[::stride, ::stride]
    return every.max(axis=(2, 3))


def clipped(x, kernel_size, stride=None, padding=0):
    """Without a frame: cut each window at the border, so that only real cells are left."""
    stride = kernel_size if stride is None else stride
    rows, columns = ((size + 2 * padding - kernel_size) // stride + 1 for size in x.shape)
    y = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride - padding, j * stride - padding
            cells = x[max(top, 0) : top + kernel_size, max(left, 0) : left + kernel_size]
            y[i, j] = cells.max()
    return y


def large():
    """A plane of 256 × 256, windows of 3 × 3, stride 2, padding 1."""
    return np.random.default_rng(0).normal(size=(256, 256)), 3, 2, 1
