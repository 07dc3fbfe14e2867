"""Cut the windows out with operations that autograd knows: `x.unfold(2, ...)`, then `(3, ...)`.
Make each window one axis, and take its maximum with `max(dim=-1)`, which picks one cell.
Autograd does the rest: the gradient goes to the picked cell. `amax` would share it among equals.
"""

import itertools


def unfolded(x, kernel_size, stride=None):
    """List all windows, then reduce them: two lines, and a copy of every window."""
    stride = kernel_size if stride is None else stride
    windows = x.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride)
    return windows.flatten(4).max(dim=-1).values


def running_maximum(x, kernel_size, stride=None):
    """Walk over the cells of a window, and keep the larger number: less memory, more steps."""
    import torch

    stride = kernel_size if stride is None else stride
    rows, columns = (stride * ((n - kernel_size) // stride + 1) for n in x.shape[2:])
    best = None
    for a, b in itertools.product(range(kernel_size), repeat=2):
        cells = x[:, :, a:, b:][:, :, :rows:stride, :columns:stride]
        best = cells if best is None else torch.where(cells > best, cells, best)
    return best


def large():
    """A tensor of 4 × 16 × 56 × 56, windows of 3 × 3, stride 2, forward only."""
    import torch

    return torch.rand(4, 16, 56, 56, generator=torch.Generator().manual_seed(0)), 3, 2
