"""Walk over the windows as in max pooling, and ask each for the place of its maximum.
`argmax` of the window counts in the window, row after row, and takes the first maximum.
Turn that into a row and a column of `x`: add where the window begins.
The flat index is the row times the width of `x`, plus the column.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def loops(x, kernel_size, stride=None):
    """One window after another: each index is worked out where one sees it."""
    stride = kernel_size if stride is None else stride
    rows, columns = ((size - kernel_size) // stride + 1 for size in x.shape)
    y = np.empty((rows, columns))
    indices = np.empty((rows, columns), dtype=np.int64)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            window = x[top : top + kernel_size, left : left + kernel_size]
            row, column = divmod(int(window.argmax()), kernel_size)
            y[i, j] = window[row, column]
            indices[i, j] = (top + row) * x.shape[1] + left + column
    return y, indices


def numbered_cells(x, kernel_size, stride=None):
    """Number the cells of `x`, and cut the numbers into windows, too: no index arithmetic."""
    stride = kernel_size if stride is None else stride
    numbers = np.arange(x.size).reshape(x.shape)
    every = sliding_window_view(numbers, (kernel_size, kernel_size))[::stride, ::stride]
    every = every.reshape(*every.shape[:2], -1)
    best = x.ravel()[every].argmax(axis=-1)
    indices = np.take_along_axis(every, best[..., None], axis=-1)[..., 0]
    return x.ravel()[indices], indices


def large():
    """A plane of 256 × 256, windows of 3 × 3, stride 2."""
    return np.random.default_rng(0).normal(size=(256, 256)), 3, 2
