"""For each window: if its sum is 0, the result is 0.
Otherwise draw one cell; its probability is its value divided by the sum.
`rng.choice(cells, p=cells / cells.sum())` does that, and uses `rng` alone.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def choices(x, kernel_size, stride=None, *, rng):
    """Let the generator choose, window by window."""
    stride = kernel_size if stride is None else stride
    rows, columns = ((size - kernel_size) // stride + 1 for size in x.shape)
    y = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            cells = x[top : top + kernel_size, left : left + kernel_size].ravel()
            if cells.sum() > 0:
                y[i, j] = rng.choice(cells, p=cells / cells.sum())
    return y


def thresholds(x, kernel_size, stride=None, *, rng):
    """One random number a window: the cell in which the running sum passes it."""
    stride = kernel_size if stride is None else stride
    every = sliding_window_view(x, (kernel_size, kernel_size))[::stride, ::stride]
    every = every.reshape(*every.shape[:2], -1)
    sums = every.cumsum(axis=-1)
    threshold = rng.random((*every.shape[:2], 1)) * sums[..., -1:]
    drawn = (sums <= threshold).sum(axis=-1, keepdims=True).clip(max=every.shape[-1] - 1)
    return np.take_along_axis(every, drawn, axis=-1)[..., 0]
