"""Begin with zeros of the input's shape.
Each number of `grad_y` is shared by the cells of its window: divide it by `kernel_size**2`.
Add the share to the whole window at once. Where windows overlap, shares add up.
"""

import numpy as np


def windows(grad_y, input_shape, kernel_size, stride=None):
    """One window after another gets its share."""
    stride = kernel_size if stride is None else stride
    grad_x = np.zeros(input_shape)
    for i, j in np.ndindex(grad_y.shape):
        top, left = i * stride, j * stride
        share = grad_y[i, j] / kernel_size**2
        grad_x[top : top + kernel_size, left : left + kernel_size] += share
    return grad_x


def offsets(grad_y, input_shape, kernel_size, stride=None):
    """Walk over the cells of a window, and give that cell of all windows its share at once."""
    stride = kernel_size if stride is None else stride
    grad_x = np.zeros(input_shape)
    rows, columns = (stride * size for size in grad_y.shape)
    for a in range(kernel_size):
        for b in range(kernel_size):
            grad_x[a:, b:][:rows:stride, :columns:stride] += grad_y / kernel_size**2
    return grad_x


def large():
    """A gradient of 127 × 127 for a plane of 256 × 256, windows of 3 × 3, stride 2."""
    return np.random.default_rng(0).normal(size=(127, 127)), (256, 256), 3, 2
