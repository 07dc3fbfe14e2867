"""The step is `alpha = (in_size - kernel_size) / (out_size - 1)`, usually no whole number.
Window `i` begins at `int((i + u) * alpha) - int(u * alpha)`.
The last one begins at `in_size - kernel_size`, whatever the formula says: put it there yourself.
A single window is the last one, and has no step.
"""


def listed(in_size, out_size, kernel_size, u):
    """The formula for all but the last, and the last behind them."""
    last = in_size - kernel_size
    starts = []
    for i in range(out_size - 1):
        alpha = last / (out_size - 1)
        starts.append(int((i + u) * alpha) - int(u * alpha))
    return [*starts, last]


def corrected(in_size, out_size, kernel_size, u):
    """The formula for all, then the last one put right; `max` keeps the divisor from being 0."""
    alpha = (in_size - kernel_size) / max(out_size - 1, 1)
    starts = [int((i + u) * alpha) - int(u * alpha) for i in range(out_size)]
    starts[-1] = in_size - kernel_size
    return starts


def large():
    """10,000 windows of 2 cells on 14,000."""
    return 14_000, 10_000, 2, 0.3
