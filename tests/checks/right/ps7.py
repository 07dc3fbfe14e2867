"""Right solutions of problem set 7, in every style that comes to mind."""

import itertools
import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tests.checks.right.ps5_ps6 import walk, windows_of

# ---- the minimum -------------------------------------------------------------------------------


def min_windows(x, kernel_size, stride=None):
    return windows_of(x, kernel_size, stride).min(-1)


def min_loops(x, kernel_size, stride=None):
    return walk(x, kernel_size, stride, min)


def min_turned_twice(x, kernel_size, stride=None):
    return -windows_of(-x, kernel_size, stride).max(-1)


def min_sorted(x, kernel_size, stride=None):
    return np.sort(windows_of(x, kernel_size, stride), axis=-1)[..., 0].copy()


def min_offsets(x, kernel_size, stride=None):
    s = stride or kernel_size
    rows, columns = ((n - kernel_size) // s + 1 for n in x.shape)
    y = np.full((rows, columns), np.inf)
    for i, j in itertools.product(range(kernel_size), repeat=2):
        y = np.minimum(y, x[i : i + (rows - 1) * s + 1 : s, j : j + (columns - 1) * s + 1 : s])
    return y


# ---- an average as a convolution ---------------------------------------------------------------


def fold_repeat(weight, kernel_size):
    return weight.repeat(kernel_size, axis=2).repeat(kernel_size, axis=3) / kernel_size**2


def fold_kron(weight, kernel_size):
    return np.kron(weight, np.ones((kernel_size, kernel_size)) / kernel_size**2)


def fold_loops(weight, kernel_size):
    o, c, kh, kw = weight.shape
    y = np.zeros((o, c, kh * kernel_size, kw * kernel_size))
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            y[:, :, i, j] = weight[:, :, i // kernel_size, j // kernel_size] / kernel_size**2
    return y


def fold_broadcast(weight, kernel_size):
    o, c, kh, kw = weight.shape
    blocks = np.zeros((o, c, kh, kernel_size, kw, kernel_size)) + weight[:, :, :, None, :, None]
    return blocks.reshape(o, c, kh * kernel_size, kw * kernel_size) / (kernel_size * kernel_size)


def fold_indices(weight, kernel_size):
    rows, columns = (np.arange(n * kernel_size) // kernel_size for n in weight.shape[2:])
    return weight[:, :, rows[:, None], columns] / float(kernel_size**2)


# ---- a maximum through ReLUs -------------------------------------------------------------------


def relu_second_and_difference(weight):
    a, b = weight
    return np.stack([a - b, b, -b]), np.array([1.0, 1.0, -1.0])


def relu_first_and_difference(weight):
    return np.array([weight[0], -weight[0], weight[1] - weight[0]]), np.array([1, -1, 1])


def relu_half_sum(weight):
    s, d = weight[0] + weight[1], weight[0] - weight[1]
    return [np.array([s, -s, d, -d]), np.array([0.5, -0.5, 0.5, 0.5])]


def relu_by_a_matrix(weight):
    mix = np.array([[1.0, -1.0], [0.0, 1.0], [0.0, -1.0]])
    return mix @ weight, np.array([1.0, 1.0, -1.0])


def relu_as_two_layers(weight):
    """The shapes are those of the weights of `nn.Linear(D, 3)` and `nn.Linear(3, 1)`."""
    first, second = relu_second_and_difference(weight)
    return first, second[None]


def relu_scaled(weight):
    first = np.zeros((3, weight.shape[1]))
    first[0] = (weight[0] - weight[1]) * 2
    first[1:] = [weight[1] * 4, weight[1] * -4]
    return first, np.array([0.5, 0.25, -0.25])


# ---- what a pool costs -------------------------------------------------------------------------


def cost_formula(shape, kernel_size, stride=None, itemsize=4):
    n, c, h, w = shape
    s = kernel_size if stride is None else stride
    out = n * c * ((h - kernel_size) // s + 1) * ((w - kernel_size) // s + 1)
    return out * (kernel_size * kernel_size - 1), (n * c * h * w + out) * itemsize


def cost_products(shape, kernel_size, stride=None, itemsize=4):
    s = stride or kernel_size
    out = math.prod([*shape[:2], *(1 + (size - kernel_size) // s for size in shape[2:])])
    return [out * (kernel_size**2 - 1), itemsize * (out + math.prod(shape))]


def cost_of_ints(shape, kernel_size, stride=None, itemsize=4):
    n, c, h, w = (int(size) for size in shape)
    k, s = int(kernel_size), int(stride or kernel_size)
    rows, columns = len(range(0, h - k + 1, s)), len(range(0, w - k + 1, s))
    return n * c * rows * columns * (k * k - 1), itemsize * n * c * (h * w + rows * columns)


def cost_in_numpy(shape, kernel_size, stride=None, itemsize=4):
    shape = np.array(shape, dtype=np.int64)
    step = kernel_size if stride is None else stride
    out = np.prod([*shape[:2], *((shape[2:] - kernel_size) // step + 1)])
    return out * (kernel_size**2 - 1), itemsize * (shape.prod() + out)


def cost_in_steps(shape, kernel_size, stride=None, itemsize=4):
    planes = shape[0] * shape[1]
    sides = [(side - kernel_size) // (stride or kernel_size) + 1 for side in shape[2:]]
    comparisons = planes * sides[0] * sides[1] * (kernel_size**2 - 1)
    read, written = planes * shape[2] * shape[3], planes * sides[0] * sides[1]
    return comparisons, read * itemsize + written * itemsize


# ---- softmax -----------------------------------------------------------------------------------


def soft_windows(x, kernel_size, stride=None, beta=1.0):
    cells = windows_of(x, kernel_size, stride)
    powers = np.exp(beta * cells - (beta * cells).max(-1, keepdims=True))
    return (powers * cells).sum(-1) / powers.sum(-1)


def soft_loops(x, kernel_size, stride=None, beta=1.0):
    def reduce(w):
        top = max(beta * w)
        powers = [math.exp(beta * v - top) for v in w]
        return sum(p * v for p, v in zip(powers, w, strict=True)) / sum(powers)

    return walk(x, kernel_size, stride, reduce)


def soft_average(x, kernel_size, stride=None, beta=1.0):
    def reduce(w):
        scores = w * beta
        return np.average(w, weights=np.exp(scores - scores.max()))

    return walk(x, kernel_size, stride, reduce)


def soft_log_weights(x, kernel_size, stride=None, beta=1.0):
    cells = windows_of(x, kernel_size, stride)
    scores = cells * beta
    weights = np.exp(scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True))
    return (weights * cells).sum(-1) / weights.sum(-1)


def soft_einsum(x, kernel_size, stride=None, beta=1.0):
    s = kernel_size if stride is None else stride
    cells = sliding_window_view(x, (kernel_size, kernel_size))[::s, ::s]
    scores = beta * cells
    powers = np.exp(scores - scores.max((2, 3))[..., None, None])
    return np.einsum("ijkl,ijkl->ij", powers, cells) / powers.sum((2, 3))


# ---- masks -------------------------------------------------------------------------------------


def masked_where(x, lengths):
    mask = np.arange(x.shape[2]) < lengths[:, None, None]
    return np.where(mask, x, 0).sum(2) / np.maximum(lengths, 1)[:, None]


def masked_slices(x, lengths):
    y = np.zeros(x.shape[:2])
    for n, length in enumerate(lengths):
        if length > 0:
            y[n] = x[n, :, :length].mean(axis=-1)
    return y


def masked_product(x, lengths):
    mask = (np.arange(x.shape[-1])[None] < lengths[:, None]).astype(float)
    return np.einsum("ncl,nl->nc", x, mask) / np.where(lengths == 0, 1, lengths)[:, None]


def masked_cumulative(x, lengths):
    sums = np.concatenate([np.zeros((*x.shape[:2], 1)), x.cumsum(axis=2)], axis=2)
    picked = np.take_along_axis(sums, lengths[:, None, None], axis=2)[..., 0]
    return picked / np.clip(lengths, 1, None)[:, None]


def masked_listed(x, lengths):
    return np.array(
        [
            [sum(row[:length].tolist()) / max(int(length), 1) for row in steps]
            for steps, length in zip(x, lengths, strict=True)
        ]
    )


# ---- the map on the picture --------------------------------------------------------------------


def overlay_repeat(image, features, weights, class_index):
    cam = (weights[class_index][:, None, None] * features).sum(0)
    cam = cam - cam.min()
    if cam.max():
        cam = cam / cam.max()
    rows, columns = (image.shape[i] // cam.shape[i] for i in (0, 1))
    return image * cam.repeat(rows, 0).repeat(columns, 1)


def overlay_kron(image, features, weights, class_index):
    cam = np.tensordot(weights[class_index], features, 1)
    reach = cam.max() - cam.min()
    cam = (cam - cam.min()) / reach if reach > 0 else cam * 0
    block = [side // n for side, n in zip(image.shape, cam.shape, strict=True)]
    return image * np.kron(cam, np.ones(block))


def overlay_loops(image, features, weights, class_index):
    channels, h, w = features.shape
    cam = np.zeros((h, w))
    for c in range(channels):
        cam += weights[class_index, c] * features[c]
    low, high = cam.min(), cam.max()
    y = np.zeros(image.shape)
    for i, j in itertools.product(*map(range, image.shape)):
        value = cam[i * h // image.shape[0], j * w // image.shape[1]]
        y[i, j] = image[i, j] * ((value - low) / (high - low) if high > low else 0.0)
    return y


def overlay_blocks(image, features, weights, class_index):
    cam = np.einsum("c,chw->hw", weights[class_index], features)
    cam -= cam.min()
    cam /= cam.max() or 1
    h, w = cam.shape
    blocks = image.reshape(h, image.shape[0] // h, w, -1)
    return (blocks * cam[:, None, :, None]).reshape(image.shape)


def overlay_indices(image, features, weights, class_index):
    flat = weights[class_index] @ features.reshape(len(features), -1)
    cam = flat.reshape(features.shape[1:])
    scaled = np.zeros(cam.shape) if np.ptp(cam) == 0 else (cam - cam.min()) / np.ptp(cam)
    rows, columns = (
        np.arange(side) // (side // n) for side, n in zip(image.shape, cam.shape, strict=True)
    )
    return image * scaled[rows][:, columns]


# ---- heads -------------------------------------------------------------------------------------


def saved_loop(features, widths):
    c, h, w = features
    n, total = c * h * w, 0
    for width in widths:
        total += n * width + width
        n = width
    return total - (c * widths[-1] + widths[-1])


def saved_pairs(features, widths):
    sides = [math.prod(features), *widths]
    dense = sum(a * b + b for a, b in itertools.pairwise(sides))
    return dense - (features[0] + 1) * widths[-1]


def saved_recursive(features, widths):
    def dense(n, rest):
        return (n + 1) * rest[0] + dense(rest[0], rest[1:]) if len(rest) else 0

    return dense(features[0] * features[1] * features[2], widths) - dense(features[0], widths[-1:])


def saved_in_numpy(features, widths):
    sides = np.array([np.prod(features), *widths], dtype=np.int64)
    dense = (sides[:-1] + 1) @ sides[1:]
    return dense - (features[0] + 1) * sides[-1]


def saved_by_index(features, widths):
    channels, height, width = (int(n) for n in features)
    total = (channels * height * width + 1) * int(widths[0])
    for i in range(1, len(widths)):
        total += (int(widths[i - 1]) + 1) * int(widths[i])
    return total - (channels + 1) * int(widths[-1])


SOLUTIONS = {
    "min_pool2d": [min_windows, min_loops, min_turned_twice, min_sorted, min_offsets],
    "fold_average": [fold_repeat, fold_kron, fold_loops, fold_broadcast, fold_indices],
    "max_by_relu": [
        relu_second_and_difference,
        relu_first_and_difference,
        relu_half_sum,
        relu_by_a_matrix,
        relu_as_two_layers,
        relu_scaled,
    ],
    "pool_cost": [cost_formula, cost_products, cost_of_ints, cost_in_numpy, cost_in_steps],
    "softmax_pool2d": [soft_windows, soft_loops, soft_average, soft_log_weights, soft_einsum],
    "masked_avg_pool1d": [
        masked_where,
        masked_slices,
        masked_product,
        masked_cumulative,
        masked_listed,
    ],
    "cam_overlay": [
        overlay_repeat,
        overlay_kron,
        overlay_loops,
        overlay_blocks,
        overlay_indices,
    ],
    "parameters_saved": [saved_loop, saved_pairs, saved_recursive, saved_in_numpy, saved_by_index],
}
