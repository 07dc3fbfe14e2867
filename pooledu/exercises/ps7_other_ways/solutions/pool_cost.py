"""First the size of the output: (size - kernel_size) // stride + 1 for rows and columns.
Each of its numbers took one comparison less than a window has cells.
Bytes: all numbers of the input and all of the output, times `itemsize`.
"""

import math


def step_by_step(shape, kernel_size, stride=None, itemsize=4):
    """One line for each thing that is counted."""
    images, channels, height, width = shape
    stride = kernel_size if stride is None else stride
    rows, columns = ((size - kernel_size) // stride + 1 for size in (height, width))
    outputs = images * channels * rows * columns
    inputs = images * channels * height * width
    return outputs * (kernel_size**2 - 1), itemsize * (inputs + outputs)


def by_products(shape, kernel_size, stride=None, itemsize=4):
    """The shape of the result first, then two products."""
    step = stride or kernel_size
    result = (*shape[:2], *((side - kernel_size) // step + 1 for side in shape[2:]))
    outputs = math.prod(map(int, result))
    moved = math.prod(map(int, shape)) + outputs
    return outputs * (int(kernel_size) ** 2 - 1), int(itemsize) * moved


def large():
    """Ten thousand images of 1,000 channels."""
    return (10_000, 1000, 224, 224), 3, 2
