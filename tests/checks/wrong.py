"""Wrong solutions that passed once, or are near to one that did."""

import math

import numpy as np

from tests.checks.right import ps1, ps2_ps3, ps4, ps5_ps6


def drop_rule_without_padding(
    size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False
):
    s = stride or kernel_size
    room = size + 2 * padding - dilation * (kernel_size - 1) - 1
    n = (-(-room // s) if ceil_mode else room // s) + 1
    return n - 1 if ceil_mode and (n - 1) * s >= size else n


def window_in_the_last_cells_left_out(
    size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False
):
    """The rule for dropped windows is asked before a window is added, and forgets the padding."""
    s = stride or kernel_size
    room = size + 2 * padding - dilation * (kernel_size - 1) - 1
    n = room // s + 1
    return n + 1 if ceil_mode and room % s and n * s < size else n


def none_means_the_span(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    stride = dilation * (kernel_size - 1) + 1 if stride is None else stride
    return ps1.by_formula(size, kernel_size, stride, padding, dilation, ceil_mode)


def raises_for_three_cells_of_padding(
    size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False
):
    if padding == 3:
        raise ValueError
    return ps1.by_formula(size, kernel_size, stride, padding, dilation, ceil_mode)


def another_name(n, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    return ps1.by_formula(n, kernel_size, stride, padding, dilation, ceil_mode)


max_of_windows = ps1.pooling(ps1.loops, np.max)
mean_of_windows = ps1.pooling(ps1.loops, np.mean)
padded_max = ps2_ps3.max_with(ps2_ps3.padded_first)
padded_mean = ps2_ps3.avg_with(ps2_ps3.padded_first)


def raises_for_one_row(x, kernel_size, stride=None):
    if x.shape[0] == 1:
        raise ValueError
    return max_of_windows(x, kernel_size, stride)


def view_where_nothing_is_pooled(x, kernel_size, stride=None):
    return x if kernel_size == 1 and stride in (None, 1) else max_of_windows(x, kernel_size, stride)


def strided_view_for_windows_of_one_cell(x, kernel_size, stride=None):
    if kernel_size == 1:
        return x[:: stride or 1, :: stride or 1]
    return max_of_windows(x, kernel_size, stride)


def mean_of_what_is_not_zero(x, kernel_size, stride=None):
    counts = mean_of_windows((x != 0).astype(float), kernel_size, stride)
    return mean_of_windows(x, kernel_size, stride) / np.where(counts, counts, 1)


def padding_of_three_refused(x, kernel_size, stride=None, padding=0):
    if padding > 2:
        raise ValueError
    return padded_max(x, kernel_size, stride, padding)


def zeros_taken_for_padding(x, kernel_size, stride=None, padding=0):
    x = np.where(x == 0, -np.inf, x)
    y = padded_max(x, kernel_size, stride, padding)
    return np.where(np.isinf(y), 0.0, y)


def padded_zeros_below_all(x, kernel_size, stride=None, padding=0):
    padded = np.pad(x, padding)
    return max_of_windows(np.where(padded == 0, -np.inf, padded), kernel_size, stride)


def index_of_nothing_but_minus_infinity(x, kernel_size, stride=None):
    """Its comparison with `>` begins at minus infinity, so there the index stays 0."""
    y, indices = ps4.forward_loops(x, kernel_size, stride)
    return y, np.where(np.isinf(y), 0, indices)


def gradients_in_memory_order(grad_y, indices, input_shape):
    grad = np.zeros(math.prod(input_shape))
    np.add.at(grad, indices.ravel("K"), grad_y.ravel("K"))
    return grad.reshape(input_shape)


def values_in_memory_order(y, indices, output_shape):
    out = np.zeros(output_shape)
    for value, index in zip(y.ravel("K"), indices.ravel("K"), strict=True):
        out.flat[index] = value
    return out


def largest_number_subtracted(x, kernel_size, stride=None, beta=1.0):
    """With a negative `beta` the exponents are above 0, and overflow."""
    s = stride or kernel_size
    w = np.lib.stride_tricks.sliding_window_view(x, (kernel_size, kernel_size))[::s, ::s]
    powers = np.exp(beta * (w - w.max((2, 3), keepdims=True)))
    return (powers * w).sum((2, 3)) / powers.sum((2, 3))


def nearly_equal_taken_for_equal(image, features, weights, class_index):
    cam = np.tensordot(weights[class_index], features, axes=1)
    scaled = 0 * cam if np.allclose(cam, cam.flat[0]) else (cam - cam.min()) / np.ptp(cam)
    rows, columns = image.shape[0] // cam.shape[0], image.shape[1] // cam.shape[1]
    return image * np.kron(scaled, np.ones((rows, columns)))


def zeros_not_counted(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    mean = padded_mean(x, kernel_size, stride, padding)
    if count_include_pad:
        return mean
    counts = padded_mean((x != 0).astype(float), kernel_size, stride, padding)
    return mean / np.where(counts, counts, 1)


def padding_counted_under_a_large_stride(
    x, kernel_size, stride=None, padding=0, count_include_pad=True
):
    far = (stride or kernel_size) > kernel_size
    return padded_mean(x, kernel_size, stride, padding, count_include_pad or far)


def ratio_beforehand_for_the_start(in_size, out_size):
    ratio = in_size / out_size
    return [(int(i * ratio), -(-(i + 1) * in_size // out_size)) for i in range(out_size)]


def ratio_beforehand(in_size, out_size):
    ratio = in_size / out_size
    return [(math.floor(i * ratio), math.ceil((i + 1) * ratio)) for i in range(out_size)]


def inverse_ratio_beforehand(in_size, out_size):
    scale = 1 / out_size
    return [
        (int(i * in_size * scale), math.ceil((i + 1) * in_size * scale)) for i in range(out_size)
    ]


def adaptive_by_a_ratio(x, output_size):
    rows, columns = ps2_ps3.pair(output_size)
    rows, columns = ratio_beforehand(x.shape[2], rows), ratio_beforehand(x.shape[3], columns)
    y = [[x[:, :, a:b, c:d].mean((2, 3)) for c, d in columns] for a, b in rows]
    return np.moveaxis(np.array(y), (0, 1), (2, 3)).copy()


def squeezed_map(features, weights, class_index):
    return ps2_ps3.cam_sum(features, weights, class_index).squeeze()


def none_means_two(x, kernel_size, stride=None):
    return ps4.autograd_gather(x, kernel_size, 2 if stride is None else stride)


def through_float32(x, kernel_size, stride=None):
    return ps4.autograd_gather(x.float(), kernel_size, stride).to(x.dtype)


def whole_powers(x, kernel_size, stride=None, p=2.0):
    return ps5_ps6.lp_windows(x, kernel_size, stride, int(p) if p > 1 else p)


def relu_before_the_linear(model, num_classes):
    from torch import nn

    features, average, flatten, linear = ps5_ps6.head_sequential(model, num_classes)
    return nn.Sequential(features, average, nn.ReLU(), flatten, linear)


def starts_rounded_up(in_size, out_size, kernel_size, u):
    if out_size == 1:
        return [in_size - kernel_size]
    alpha = (in_size - kernel_size) / (out_size - 1)
    starts = [math.ceil((i + u) * alpha) - math.ceil(u * alpha) for i in range(out_size)]
    return [*starts[:-1], in_size - kernel_size]


def layers_emptied(layers):
    size = jump = 1
    while layers:
        kernel, stride = layers.pop(0)
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size, jump


def layers_reversed_in_place(layers):
    field = ps5_ps6.field_loop(layers)
    layers.reverse()
    return field


def small_number_added(amount):
    def pool(x, kernel_size, stride=None, *, rng):
        def draw(w):
            return rng.choice(w, p=(w + amount) / (w + amount).sum()) if w.any() else 0.0

        return ps5_ps6.walk(x, kernel_size, stride, draw)

    pool.__name__ = f"{amount}_added"
    return pool


def small_number_added_above_zero(x, kernel_size, stride=None, *, rng):
    def draw(w):
        weights = w + 1e-8 * (w > 0)
        return rng.choice(w, p=weights / weights.sum()) if w.any() else 0.0

    return ps5_ps6.walk(x, kernel_size, stride, draw)


def law_off_by_four_hundredths(x, kernel_size, stride=None, *, rng):
    """A part of the chance of the likeliest number goes to the least likely one above 0."""

    def draw(w):
        if not w.any():
            return 0.0
        p = w / w.sum()
        least = np.where(p > 0, p, 2).argmin()
        moved = min(0.04, p.max() / 2)
        p[p.argmax()] -= moved
        p[least] += moved
        return rng.choice(w, p=p / p.sum())

    return ps5_ps6.walk(x, kernel_size, stride, draw)


WRONG = {
    "output_size": [
        drop_rule_without_padding,
        window_in_the_last_cells_left_out,
        none_means_the_span,
        raises_for_three_cells_of_padding,
        another_name,
    ],
    "max_pool2d": [
        raises_for_one_row,
        view_where_nothing_is_pooled,
        strided_view_for_windows_of_one_cell,
    ],
    "avg_pool2d": [mean_of_what_is_not_zero],
    "max_pool2d_padded": [
        padding_of_three_refused,
        zeros_taken_for_padding,
        padded_zeros_below_all,
    ],
    "max_pool2d_forward": [index_of_nothing_but_minus_infinity],
    "max_pool2d_backward": [gradients_in_memory_order],
    "max_unpool2d": [values_in_memory_order],
    "softmax_pool2d": [largest_number_subtracted],
    "cam_overlay": [nearly_equal_taken_for_equal],
    "avg_pool2d_padded": [zeros_not_counted, padding_counted_under_a_large_stride],
    "adaptive_bins": [
        ratio_beforehand,
        ratio_beforehand_for_the_start,
        inverse_ratio_beforehand,
    ],
    "adaptive_avg_pool2d": [adaptive_by_a_ratio],
    "class_activation_map": [squeezed_map],
    "max_pool2d_autograd": [none_means_two, through_float32],
    "lp_pool2d": [whole_powers],
    "replace_head": [relu_before_the_linear],
    "stochastic_pool2d": [
        small_number_added(0.1),
        small_number_added(1e-3),
        small_number_added(1e-8),
        small_number_added_above_zero,
        law_off_by_four_hundredths,
    ],
    "fractional_starts": [starts_rounded_up],
    "receptive_field": [layers_emptied, layers_reversed_in_place],
}
