"""Right solutions of problem sets 2 and 3, in every style that comes to mind."""

import itertools
import math

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

# ---- padding, each style with a fill and a reduction ---------------------------------------------


def padded_first(x, k, s, p, fill, reduce):
    padded = np.pad(x, p, constant_values=fill)
    return reduce(sliding_window_view(padded, (k, k))[::s, ::s], axis=(2, 3))


def framed_by_hand(x, k, s, p, fill, reduce):
    H, W = x.shape
    padded = np.full((H + 2 * p, W + 2 * p), fill, dtype=float)
    padded[p : p + H, p : p + W] = x
    rows, columns = (H + 2 * p - k) // s + 1, (W + 2 * p - k) // s + 1
    y = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            y[i, j] = reduce(padded[i * s : i * s + k, j * s : j * s + k], axis=(0, 1))
    return y


def shifted(x, k, s, p, fill, reduce):
    padded = np.pad(x, p, constant_values=fill)
    rows, columns = ((n + 2 * p - k) // s + 1 for n in x.shape)
    planes = [
        padded[i : i + s * (rows - 1) + 1 : s, j : j + s * (columns - 1) + 1 : s]
        for i, j in itertools.product(range(k), repeat=2)
    ]
    return reduce(np.array(planes), axis=0)


def strided(x, k, s, p, fill, reduce):
    padded = np.pad(x, ((p, p), (p, p)), mode="constant", constant_values=fill)
    rows, columns = ((n - k) // s + 1 for n in padded.shape)
    down, right = padded.strides
    return reduce(
        as_strided(padded, (rows, columns, k, k), (s * down, s * right, down, right)), axis=(-1, -2)
    )


def separable(x, k, s, p, fill, reduce):
    padded = np.pad(x, p, constant_values=fill)
    across = [reduce(padded[:, j : j + k], axis=1) for j in range(0, padded.shape[1] - k + 1, s)]
    table = np.stack(across, axis=1)
    return np.stack(
        [reduce(table[i : i + k], axis=0) for i in range(0, padded.shape[0] - k + 1, s)]
    )


def clipped(x, k, s, p, fill, reduce):
    """Without padding: clip each window to the input."""
    H, W = x.shape
    y = np.empty(((H + 2 * p - k) // s + 1, (W + 2 * p - k) // s + 1))
    for i, j in np.ndindex(*y.shape):
        top, left = i * s - p, j * s - p
        window = x[max(top, 0) : top + k, max(left, 0) : left + k]
        y[i, j] = window.max() if reduce is np.max else window.sum() / k**2
    return y


BORDERS = [padded_first, framed_by_hand, shifted, strided, separable, clipped]


def max_with(style):
    def pool(x, kernel_size, stride=None, padding=0):
        stride = kernel_size if stride is None else stride
        return style(x, kernel_size, stride, padding, -np.inf, np.max)

    pool.__name__ = style.__name__
    return pool


def avg_with(style):
    def pool(x, kernel_size, stride=None, padding=0, count_include_pad=True):
        stride = kernel_size if stride is None else stride
        mean = style(x, kernel_size, stride, padding, 0.0, np.mean)
        if count_include_pad:
            return mean
        return mean / style(np.ones(x.shape), kernel_size, stride, padding, 0.0, np.mean)

    pool.__name__ = style.__name__
    return pool


def nan_padded(x, kernel_size, stride=None, padding=0):
    s = stride or kernel_size
    padded = np.pad(x, padding, constant_values=np.nan)
    windows = sliding_window_view(padded, (kernel_size, kernel_size))[::s, ::s]
    return np.nanmax(windows, axis=(2, 3))


def counted_by_hand(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    s, p, k = stride or kernel_size, padding, kernel_size
    H, W = x.shape
    y = np.zeros(((H + 2 * p - k) // s + 1, (W + 2 * p - k) // s + 1))
    for i, j in np.ndindex(*y.shape):
        total, count = 0.0, 0
        for r, c in itertools.product(
            range(i * s - p, i * s - p + k), range(j * s - p, j * s - p + k)
        ):
            if 0 <= r < H and 0 <= c < W:
                total, count = total + x[r, c], count + 1
        y[i, j] = total / (k * k if count_include_pad else count)
    return y


# ---- global pooling ----------------------------------------------------------------------------


def mean_of_axes(x):
    return x.mean(axis=(2, 3))


def flattened(x):
    return x.reshape(*x.shape[:2], -1).mean(-1)


def with_einsum(x):
    return np.einsum("nchw->nc", x) / (x.shape[2] * x.shape[3])


def one_by_one(x):
    return np.array([[plane.sum() / plane.size for plane in image] for image in x])


def in_two_steps(x):
    return np.average(np.average(x, axis=3), axis=2)


def by_product(x):
    N, C, H, W = x.shape
    return (x.reshape(N * C, H * W) @ np.full(H * W, 1 / (H * W))).reshape(N, C)


# ---- adaptive bins -----------------------------------------------------------------------------


def integer_bins(in_size, out_size):
    return [(i * in_size // out_size, -(-(i + 1) * in_size // out_size)) for i in range(out_size)]


def math_bins(in_size, out_size):
    return [
        (
            math.floor(i * int(in_size) / int(out_size)),
            math.ceil((i + 1) * int(in_size) / int(out_size)),
        )
        for i in range(out_size)
    ]


def touching_bins(in_size, out_size):
    """Cell c covers [c * out, (c + 1) * out), bin i covers [i * in, (i + 1) * in)."""
    bins = []
    for i in range(out_size):
        cells = [
            c
            for c in range(in_size)
            if c * out_size < (i + 1) * in_size and (c + 1) * out_size > i * in_size
        ]
        bins.append((cells[0], cells[-1] + 1))
    return bins


def numpy_bins(in_size, out_size):
    i = np.arange(out_size)
    starts, ends = i * in_size // out_size, ((i + 1) * in_size + out_size - 1) // out_size
    return list(zip(starts, ends, strict=True))


def lists_as_pairs(in_size, out_size):
    bins = []
    i = 0
    while i < out_size:
        start = (i * in_size) // out_size
        end = ((i + 1) * in_size + out_size - 1) // out_size
        bins.append([start, end])
        i += 1
    return bins


# ---- adaptive pooling --------------------------------------------------------------------------


def pair(output_size):
    return (output_size, output_size) if np.ndim(output_size) == 0 else tuple(output_size)


def adaptive_loops(x, output_size):
    rows, columns = (
        integer_bins(n, o) for n, o in zip(x.shape[2:], pair(output_size), strict=True)
    )
    y = np.zeros((*x.shape[:2], len(rows), len(columns)))
    for i, (a, b) in enumerate(rows):
        for j, (c, d) in enumerate(columns):
            y[:, :, i, j] = x[:, :, a:b, c:d].mean(axis=(2, 3))
    return y


def adaptive_matrices(x, output_size):
    def matrix(n, o):
        m = np.zeros((o, n))
        for i, (a, b) in enumerate(integer_bins(n, o)):
            m[i, a:b] = 1 / (b - a)
        return m

    rows, columns = (matrix(n, o) for n, o in zip(x.shape[2:], pair(output_size), strict=True))
    return rows @ x @ columns.T


def adaptive_einsum(x, output_size):
    rows, columns = pair(output_size)
    left = np.array(
        [[a <= r < b for r in range(x.shape[2])] for a, b in math_bins(x.shape[2], rows)]
    )
    right = np.array(
        [[a <= c < b for c in range(x.shape[3])] for a, b in math_bins(x.shape[3], columns)]
    )
    total = np.einsum("nchw,ih,jw->ncij", x, left * 1.0, right * 1.0)
    return total / (left.sum(1)[:, None] * right.sum(1))


def adaptive_each_plane(x, output_size):
    rows, columns = pair(output_size)
    return np.array(
        [
            [
                [
                    [plane[a:b, c:d].mean() for c, d in touching_bins(plane.shape[1], columns)]
                    for a, b in touching_bins(plane.shape[0], rows)
                ]
                for plane in image
            ]
            for image in x
        ]
    )


def adaptive_one_axis_at_a_time(x, output_size):
    for axis, out in zip((2, 3), pair(output_size), strict=True):
        bins = integer_bins(x.shape[axis], out)
        x = np.stack([np.take(x, range(a, b), axis).mean(axis) for a, b in bins], axis)
    return x


# ---- class activation map ----------------------------------------------------------------------


def cam_tensordot(features, weights, class_index):
    return np.tensordot(weights[class_index], features, axes=([0], [0]))


def cam_einsum(features, weights, class_index):
    return np.einsum("c,chw->hw", weights[class_index], features)


def cam_sum(features, weights, class_index):
    return (weights[class_index][:, None, None] * features).sum(axis=0)


def cam_loop(features, weights, class_index):
    cam = np.zeros(features.shape[1:])
    for channel, weight in zip(features, weights[class_index], strict=True):
        cam += weight * channel
    return cam


def cam_product(features, weights, class_index):
    C, H, W = features.shape
    return (weights @ features.reshape(C, H * W))[class_index].reshape(H, W).copy()


SOLUTIONS = {
    "max_pool2d_padded": [*map(max_with, BORDERS), nan_padded],
    "avg_pool2d_padded": [*map(avg_with, BORDERS), counted_by_hand],
    "global_avg_pool2d": [
        mean_of_axes,
        flattened,
        with_einsum,
        one_by_one,
        in_two_steps,
        by_product,
    ],
    "adaptive_bins": [integer_bins, math_bins, touching_bins, numpy_bins, lists_as_pairs],
    "adaptive_avg_pool2d": [
        adaptive_loops,
        adaptive_matrices,
        adaptive_einsum,
        adaptive_each_plane,
        adaptive_one_axis_at_a_time,
    ],
    "class_activation_map": [cam_tensordot, cam_einsum, cam_sum, cam_loop, cam_product],
}
