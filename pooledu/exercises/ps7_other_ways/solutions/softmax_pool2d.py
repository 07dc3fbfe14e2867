"""For each window: the scores are `beta * x`, the weights are exp(score), divided by their sum.
The result is the sum of weight times x.
exp of a large score overflows: subtract the window's largest score first, which changes no weight.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def listed(x, kernel_size, stride=None, beta=1.0):
    """All windows at once: one array of weights."""
    stride = kernel_size if stride is None else stride
    every = sliding_window_view(x, (kernel_size, kernel_size))[::stride, ::stride]
    scores = beta * every
    weights = np.exp(scores - scores.max(axis=(2, 3), keepdims=True))
    return (weights * every).sum(axis=(2, 3)) / weights.sum(axis=(2, 3))


def loops(x, kernel_size, stride=None, beta=1.0):
    """Window by window, with NumPy's weighted average."""
    stride = kernel_size if stride is None else stride
    rows, columns = ((size - kernel_size) // stride + 1 for size in x.shape)
    y = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            cells = x[top : top + kernel_size, left : left + kernel_size]
            scores = beta * cells
            y[i, j] = np.average(cells, weights=np.exp(scores - scores.max()))
    return y


def large():
    """A plane of 256 × 256, windows of 3 × 3, stride 2, beta 0.5."""
    return np.random.default_rng(0).normal(size=(256, 256)), 3, 2, 0.5
