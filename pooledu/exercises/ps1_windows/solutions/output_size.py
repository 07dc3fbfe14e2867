"""A missing stride is the kernel size.
The room of the first cell of a window is what is left of the padded axis after one whole window.
The number of windows is the room divided by the stride, rounded down, plus one for the first.
`ceil_mode` rounds up instead.
Then drop the last window if it starts behind the last cell: in the padding on the right.
"""


def formula(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """One line for each sentence of the rule: short, and right only if you trust the rule."""
    stride = kernel_size if stride is None else stride
    room = size + 2 * padding - dilation * (kernel_size - 1) - 1
    count = (-(-room // stride) if ceil_mode else room // stride) + 1
    if ceil_mode and (count - 1) * stride >= size + padding:
        count -= 1
    return count


def counting(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Move a window along the axis and count: longer, and one sees that it is right."""
    stride = kernel_size if stride is None else stride
    last = size + padding - dilation * (kernel_size - 1)  # the first start that does not fit
    starts = list(range(-padding, last, stride))
    overhanging = starts[-1] + stride
    if ceil_mode and starts[-1] < last - 1 and overhanging < size:
        starts.append(overhanging)
    return len(starts)


def large():
    """An axis of 100,000 cells."""
    return 100_000, 3, 2, 1
