"""For each window: raise its cells to the power `p`, take the mean, take the root: power `1 / p`.
Powers of large numbers overflow: divide by the largest cell first, and multiply at the end.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def direct(x, kernel_size, stride=None, p=2.0):
    """The formula as it stands: right as long as no power overflows."""
    stride = kernel_size if stride is None else stride
    every = sliding_window_view(x, (kernel_size, kernel_size))[::stride, ::stride]
    return (every**p).mean(axis=(2, 3)) ** (1 / p)


def scaled(x, kernel_size, stride=None, p=2.0):
    """Divide by the largest cell first: the powers lie between 0 and 1 whatever the numbers."""
    stride = kernel_size if stride is None else stride
    every = sliding_window_view(x, (kernel_size, kernel_size))[::stride, ::stride]
    largest = every.max(axis=(2, 3), keepdims=True)
    parts = every / np.where(largest > 0, largest, 1)
    return largest[..., 0, 0] * (parts**p).mean(axis=(2, 3)) ** (1 / p)


def large():
    """A plane of 256 × 256, windows of 3 × 3, stride 2, p = 3."""
    return np.random.default_rng(0).random((256, 256)), 3, 2, 3.0
