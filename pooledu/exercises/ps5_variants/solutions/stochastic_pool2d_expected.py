"""For each window the probabilities are its cells divided by their sum.
The expected value is the sum of each cell times its probability: the sum of squares over the sum.
Where the sum is 0 the result is 0: look after the division by zero.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def loops(x, kernel_size, stride=None):
    """Window by window, with an `if` where the sum is zero."""
    stride = kernel_size if stride is None else stride
    rows, columns = ((size - kernel_size) // stride + 1 for size in x.shape)
    y = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            cells = x[top : top + kernel_size, left : left + kernel_size]
            if cells.sum() > 0:
                y[i, j] = (cells * cells / cells.sum()).sum()
    return y


def divided(x, kernel_size, stride=None):
    """All windows at once; `where` leaves the zero where there is nothing to divide by."""
    stride = kernel_size if stride is None else stride
    every = sliding_window_view(x, (kernel_size, kernel_size))[::stride, ::stride]
    sums = every.sum(axis=(2, 3))
    squares = (every**2).sum(axis=(2, 3))
    return np.divide(squares, sums, out=np.zeros_like(sums), where=sums > 0)


def large():
    """A plane of 256 × 256, windows of 3 × 3, stride 2."""
    return np.random.default_rng(0).random((256, 256)), 3, 2
