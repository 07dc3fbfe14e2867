"""Put a frame of `padding` zeros around `x` and add up each window.
With `count_include_pad` divide by the area of the window.
Without it divide by the number of real cells: the same sum, of a plane of ones.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def sums_and_counts(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """One helper adds up windows; the divisor is such a sum, too."""
    stride = kernel_size if stride is None else stride

    def sums(plane):
        framed = np.pad(plane, padding)
        every = sliding_window_view(framed, (kernel_size, kernel_size))[::stride, ::stride]
        return every.sum(axis=(2, 3))

    return sums(x) / (kernel_size**2 if count_include_pad else sums(np.ones(x.shape)))


def clipped(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """Cut each window at the border, and choose what to divide by."""
    stride = kernel_size if stride is None else stride
    rows, columns = ((size + 2 * padding - kernel_size) // stride + 1 for size in x.shape)
    y = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride - padding, j * stride - padding
            cells = x[max(top, 0) : top + kernel_size, max(left, 0) : left + kernel_size]
            y[i, j] = cells.sum() / (kernel_size**2 if count_include_pad else cells.size)
    return y


def large():
    """A plane of 256 × 256, windows of 3 × 3, stride 2, padding 1, which is not counted."""
    return np.random.default_rng(0).normal(size=(256, 256)), 3, 2, 1, False
