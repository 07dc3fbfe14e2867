"""Right solutions of problem set 4, in every style that comes to mind."""

import itertools

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

# ---- forward with indices ----------------------------------------------------------------------


def forward_loops(x, kernel_size, stride=None):
    s = stride or kernel_size
    H, W = x.shape
    rows, columns = (H - kernel_size) // s + 1, (W - kernel_size) // s + 1
    y, indices = np.empty((rows, columns)), np.empty((rows, columns), dtype=np.int64)
    for i, j in np.ndindex(rows, columns):
        window = x[i * s : i * s + kernel_size, j * s : j * s + kernel_size]
        r, c = np.unravel_index(np.argmax(window), window.shape)
        y[i, j] = window[r, c]
        indices[i, j] = (i * s + r) * W + j * s + c
    return y, indices


def forward_sliding(x, kernel_size, stride=None):
    s = stride or kernel_size
    windows = sliding_window_view(x, (kernel_size, kernel_size))[::s, ::s]
    flat = windows.reshape(*windows.shape[:2], -1)
    place = flat.argmax(-1)
    i, j = np.indices(place.shape)
    indices = (i * s + place // kernel_size) * x.shape[1] + j * s + place % kernel_size
    return np.take_along_axis(flat, place[..., None], -1)[..., 0], indices


def forward_python(x, kernel_size, stride=None):
    s = stride or kernel_size
    y, indices = [], []
    for top in range(0, x.shape[0] - kernel_size + 1, s):
        y.append([])
        indices.append([])
        for left in range(0, x.shape[1] - kernel_size + 1, s):
            best, where = x[top, left], top * x.shape[1] + left
            for r, c in itertools.product(
                range(top, top + kernel_size), range(left, left + kernel_size)
            ):
                if x[r, c] > best:
                    best, where = x[r, c], r * x.shape[1] + c
            y[-1].append(best)
            indices[-1].append(where)
    return np.array(y), np.array(indices, dtype=np.int64)


def forward_running_maximum(x, kernel_size, stride=None):
    s = stride or kernel_size
    rows, columns = ((n - kernel_size) // s + 1 for n in x.shape)
    numbers = np.arange(x.size).reshape(x.shape)
    y = indices = None
    for r, c in itertools.product(range(kernel_size), repeat=2):
        cut = slice(r, r + s * (rows - 1) + 1, s), slice(c, c + s * (columns - 1) + 1, s)
        if y is None:
            y, indices = x[cut].copy(), numbers[cut].copy()
        else:
            better = x[cut] > y
            y, indices = np.where(better, x[cut], y), np.where(better, numbers[cut], indices)
    return y, indices


def forward_indices_of_windows(x, kernel_size, stride=None):
    s = stride or kernel_size
    shape = (kernel_size, kernel_size)
    numbers = sliding_window_view(np.arange(x.size).reshape(x.shape), shape)[::s, ::s]
    numbers = numbers.reshape(*numbers.shape[:2], -1)
    values = x.ravel()[numbers]
    best = values.argmax(-1)[..., None]
    indices = np.take_along_axis(numbers, best, -1)[..., 0]
    return [x.ravel()[indices], indices]


# ---- backward ----------------------------------------------------------------------------------


def backward_add_at(grad_y, indices, input_shape):
    grad = np.zeros(tuple(input_shape))
    np.add.at(grad.reshape(-1), indices.reshape(-1), grad_y.reshape(-1))
    return grad


def backward_bincount(grad_y, indices, input_shape):
    H, W = input_shape
    return np.bincount(indices.ravel(), grad_y.ravel(), minlength=H * W).reshape(H, W)


def backward_loop(grad_y, indices, input_shape):
    H, W = input_shape
    grad = np.zeros((H, W))
    for g, index in zip(grad_y.flat, indices.flat, strict=True):
        grad[index // W, index % W] += g
    return grad


def backward_unravel(grad_y, indices, input_shape):
    grad = np.zeros(tuple(input_shape), dtype=np.float64)
    for place in np.ndindex(grad_y.shape):
        grad[np.unravel_index(indices[place], tuple(input_shape))] += grad_y[place]
    return grad


def backward_matrix(grad_y, indices, input_shape):
    H, W = input_shape
    one_hot = np.arange(H * W) == indices.reshape(-1, 1)
    return (grad_y.reshape(-1) @ one_hot).reshape(H, W)


# ---- average backward --------------------------------------------------------------------------


def spread_loops(grad_y, input_shape, kernel_size, stride=None):
    s = stride or kernel_size
    grad = np.zeros(tuple(input_shape))
    for i, j in np.ndindex(grad_y.shape):
        window = slice(i * s, i * s + kernel_size), slice(j * s, j * s + kernel_size)
        grad[window] += grad_y[i, j] / kernel_size**2
    return grad


def spread_offsets(grad_y, input_shape, kernel_size, stride=None):
    s = stride or kernel_size
    rows, columns = grad_y.shape
    grad = np.zeros((input_shape[0], input_shape[1]))
    for r, c in itertools.product(range(kernel_size), repeat=2):
        grad[r : r + s * (rows - 1) + 1 : s, c : c + s * (columns - 1) + 1 : s] += grad_y
    return grad / kernel_size / kernel_size


def spread_matrices(grad_y, input_shape, kernel_size, stride=None):
    s = stride or kernel_size

    def matrix(n, o):
        places = np.arange(n) - s * np.arange(o)[:, None]
        return ((places >= 0) & (places < kernel_size)) / kernel_size

    rows, columns = (matrix(n, o) for n, o in zip(input_shape, grad_y.shape, strict=True))
    return rows.T @ grad_y @ columns


def spread_each_cell(grad_y, input_shape, kernel_size, stride=None):
    s = stride or kernel_size
    grad = np.zeros(tuple(input_shape))
    for r, c in np.ndindex(*input_shape):
        for i, j in np.ndindex(grad_y.shape):
            if 0 <= r - i * s < kernel_size and 0 <= c - j * s < kernel_size:
                grad[r, c] += grad_y[i, j] / (kernel_size * kernel_size)
    return grad


def spread_add_at(grad_y, input_shape, kernel_size, stride=None):
    s = stride or kernel_size
    i, j, r, c = np.indices((*grad_y.shape, kernel_size, kernel_size))
    grad = np.zeros(tuple(input_shape))
    np.add.at(grad, (i * s + r, j * s + c), grad_y[..., None, None] / kernel_size**2)
    return grad


# ---- unpooling ---------------------------------------------------------------------------------


def unpool_assign(y, indices, output_shape):
    out = np.zeros(tuple(output_shape))
    out.reshape(-1)[indices.ravel()] = y.ravel()
    return out


def unpool_loop(y, indices, output_shape):
    H, W = output_shape
    out = np.zeros((H, W))
    for value, index in zip(y.flat, indices.flat, strict=True):
        out[divmod(index, W)] = value
    return out


def unpool_put(y, indices, output_shape):
    out = np.zeros(tuple(output_shape))
    np.put(out, indices, y)
    return out


def unpool_dictionary(y, indices, output_shape):
    H, W = output_shape
    found = dict(zip(indices.ravel().tolist(), y.ravel().tolist(), strict=True))
    return np.array([found.get(place, 0.0) for place in range(H * W)]).reshape(H, W)


def unpool_backwards(y, indices, output_shape):
    places, last = np.unique(indices.ravel()[::-1], return_index=True)
    out = np.zeros(output_shape[0] * output_shape[1])
    out[places] = y.ravel()[::-1][last]
    return out.reshape(tuple(output_shape))


# ---- autograd ----------------------------------------------------------------------------------


def sizes(x, k, s):
    return [(n - k) // s + 1 for n in x.shape[2:]]


def autograd_unfold(x, kernel_size, stride=None):
    import torch.nn.functional as F

    k, s = kernel_size, stride or kernel_size
    N, C, _, _ = x.shape
    columns = F.unfold(x, k, stride=s).view(N, C, k * k, -1)
    return columns.max(dim=2).values.view(N, C, *sizes(x, k, s))


def autograd_gather(x, kernel_size, stride=None):
    s = stride or kernel_size
    windows = x.unfold(2, kernel_size, s).unfold(3, kernel_size, s)
    windows = windows.reshape(*windows.shape[:4], -1)
    return windows.gather(-1, windows.argmax(-1, keepdim=True)).squeeze(-1)


def autograd_loops(x, kernel_size, stride=None):
    import torch

    k, s = kernel_size, stride or kernel_size
    rows, columns = sizes(x, k, s)
    y = torch.zeros(*x.shape[:2], rows, columns, dtype=x.dtype, device=x.device)
    for i in range(rows):
        for j in range(columns):
            window = x[:, :, i * s : i * s + k, j * s : j * s + k]
            y[:, :, i, j] = window.flatten(2).max(dim=2)[0]
    return y


def autograd_running_maximum(x, kernel_size, stride=None):
    import torch

    k, s = kernel_size, stride or kernel_size
    rows, columns = sizes(x, k, s)
    best = None
    for r, c in itertools.product(range(k), repeat=2):
        part = x[:, :, r : r + s * (rows - 1) + 1 : s, c : c + s * (columns - 1) + 1 : s]
        best = part if best is None else torch.where(part > best, part, best)
    return best


def autograd_function(x, kernel_size, stride=None):
    import torch

    k, s = kernel_size, stride or kernel_size

    class Pool(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            rows, columns = sizes(x, k, s)
            windows = x.unfold(2, k, s).unfold(3, k, s).reshape(*x.shape[:2], rows, columns, -1)
            y, place = windows.max(-1)
            i = torch.arange(rows, device=x.device)[:, None] * s + place // k
            j = torch.arange(columns, device=x.device) * s + place % k
            ctx.save_for_backward(i * x.shape[3] + j)
            ctx.shape = x.shape
            return y

        @staticmethod
        def backward(ctx, grad):
            (indices,) = ctx.saved_tensors
            N, C, H, W = ctx.shape
            flat = grad.new_zeros(N, C, H * W)
            flat.scatter_add_(2, indices.flatten(2), grad.flatten(2))
            return flat.view(N, C, H, W)

    return Pool.apply(x)


def autograd_stack_of_rows(x, kernel_size, stride=None):
    import torch

    k, s = kernel_size, stride or kernel_size
    return torch.stack(
        [
            torch.stack(
                [
                    x[:, :, top : top + k, left : left + k].reshape(*x.shape[:2], -1).max(-1).values
                    for left in range(0, x.shape[3] - k + 1, s)
                ],
                dim=-1,
            )
            for top in range(0, x.shape[2] - k + 1, s)
        ],
        dim=-2,
    )


def autograd_index_by_a_cpu_tensor(x, kernel_size, stride=None):
    """An index may lie on the CPU, as on a GPU."""
    import torch

    k, s = kernel_size, stride or kernel_size
    rows, columns = (torch.arange(o)[:, None] * s + torch.arange(k) for o in sizes(x, k, s))
    windows = x[:, :, rows[:, None, :, None], columns[None, :, None, :]]
    return windows.flatten(4).max(-1).values


SOLUTIONS = {
    "max_pool2d_forward": [
        forward_loops,
        forward_sliding,
        forward_python,
        forward_running_maximum,
        forward_indices_of_windows,
    ],
    "max_pool2d_backward": [
        backward_add_at,
        backward_bincount,
        backward_loop,
        backward_unravel,
        backward_matrix,
    ],
    "avg_pool2d_backward": [
        spread_loops,
        spread_offsets,
        spread_matrices,
        spread_each_cell,
        spread_add_at,
    ],
    "max_unpool2d": [
        unpool_assign,
        unpool_loop,
        unpool_put,
        unpool_dictionary,
        unpool_backwards,
    ],
    "max_pool2d_autograd": [
        autograd_unfold,
        autograd_gather,
        autograd_loops,
        autograd_running_maximum,
        autograd_function,
        autograd_stack_of_rows,
        autograd_index_by_a_cpu_tensor,
    ],
}
