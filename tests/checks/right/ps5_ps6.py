"""Right solutions of problem sets 5 and 6, in every style that comes to mind."""

import copy
import itertools
import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def windows_of(x, kernel_size, stride):
    s = kernel_size if stride is None else stride
    windows = sliding_window_view(x, (kernel_size, kernel_size))[::s, ::s]
    return windows.reshape(*windows.shape[:2], -1)


def walk(x, kernel_size, stride, reduce):
    s = stride or kernel_size
    rows, columns = ((n - kernel_size) // s + 1 for n in x.shape)
    y = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            y[i, j] = reduce(x[i * s : i * s + kernel_size, j * s : j * s + kernel_size].ravel())
    return y


# ---- powers ------------------------------------------------------------------------------------


def lp_windows(x, kernel_size, stride=None, p=2.0):
    return (windows_of(x, kernel_size, stride) ** p).mean(-1) ** (1 / p)


def lp_loops(x, kernel_size, stride=None, p=2.0):
    return walk(x, kernel_size, stride, lambda w: (sum(v**p for v in w) / len(w)) ** (1.0 / p))


def lp_scaled(x, kernel_size, stride=None, p=2.0):
    windows = windows_of(x, kernel_size, stride)
    largest = windows.max(-1, keepdims=True)
    safe = np.where(largest > 0, largest, 1)
    return (largest * ((windows / safe) ** p).mean(-1, keepdims=True) ** (1 / p))[..., 0]


def lp_power_first(x, kernel_size, stride=None, p=2.0):
    return np.power(np.average(windows_of(np.power(x, p), kernel_size, stride), axis=-1), 1 / p)


def lp_norm(x, kernel_size, stride=None, p=2.0):
    def norm(w):
        return (np.abs(w) ** p).sum() ** (1 / p) / w.size ** (1 / p)

    return walk(x, kernel_size, stride, norm)


# ---- chance ------------------------------------------------------------------------------------


def stochastic_choice(x, kernel_size, stride=None, *, rng):
    return walk(
        x, kernel_size, stride, lambda w: rng.choice(w, p=w / w.sum()) if w.sum() > 0 else 0.0
    )


def stochastic_inverse(x, kernel_size, stride=None, *, rng):
    windows = windows_of(x, kernel_size, stride)
    totals = windows.cumsum(-1)
    u = rng.random(windows.shape[:2])[..., None] * totals[..., -1:]
    picked = (totals <= u).sum(-1, keepdims=True).clip(0, windows.shape[-1] - 1)
    return np.take_along_axis(windows, picked, -1)[..., 0]


def stochastic_gumbel(x, kernel_size, stride=None, *, rng):
    windows = windows_of(x, kernel_size, stride)
    with np.errstate(divide="ignore"):
        keys = np.log(windows) + rng.gumbel(size=windows.shape)
    return np.take_along_axis(windows, keys.argmax(-1)[..., None], -1)[..., 0]


def stochastic_exponential_race(x, kernel_size, stride=None, *, rng):
    windows = windows_of(x, kernel_size, stride)
    with np.errstate(divide="ignore"):
        times = rng.exponential(size=windows.shape) / windows
    return np.take_along_axis(windows, times.argmin(-1)[..., None], -1)[..., 0]


def stochastic_multinomial(x, kernel_size, stride=None, *, rng):
    def draw(w):
        if not w.any():
            return 0.0
        return w[np.argmax(rng.multinomial(1, w / w.sum()))]

    return walk(x, kernel_size, stride, draw)


def stochastic_roulette(x, kernel_size, stride=None, *, rng):
    def spin(w):
        ball = rng.uniform(0, 1) * math.fsum(w)
        for value in w:
            if ball < value:
                return value
            ball -= value
        return w.max()

    return walk(x, kernel_size, stride, spin)


def expected_windows(x, kernel_size, stride=None):
    windows = windows_of(x, kernel_size, stride)
    total = windows.sum(-1)
    return np.divide((windows**2).sum(-1), total, out=np.zeros_like(total), where=total > 0)


def expected_loops(x, kernel_size, stride=None):
    return walk(x, kernel_size, stride, lambda w: (w * w).sum() / w.sum() if w.sum() else 0.0)


def expected_by_probabilities(x, kernel_size, stride=None):
    def expected(w):
        return sum(v / w.sum() * v for v in w if v > 0)

    return walk(x, kernel_size, stride, expected)


def expected_average(x, kernel_size, stride=None):
    return walk(x, kernel_size, stride, lambda w: np.average(w, weights=w) if w.any() else 0.0)


def expected_nan_to_num(x, kernel_size, stride=None):
    windows = windows_of(x, kernel_size, stride)
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(np.einsum("ijk,ijk->ij", windows, windows) / windows.sum(-1))


# ---- mixtures ----------------------------------------------------------------------------------


def mixed_windows(x, kernel_size, stride=None, lam=0.5):
    windows = windows_of(x, kernel_size, stride)
    return lam * windows.max(-1) + (1 - lam) * windows.mean(-1)


def mixed_loops(x, kernel_size, stride=None, lam=0.5):
    return walk(x, kernel_size, stride, lambda w: lam * max(w) + (1 - lam) * sum(w) / len(w))


def mixed_from_the_mean(x, kernel_size, stride=None, lam=0.5):
    windows = windows_of(x, kernel_size, stride)
    mean = windows.mean(-1)
    return mean + lam * (windows.max(-1) - mean)


def mixed_sorted(x, kernel_size, stride=None, lam=0.5):
    windows = np.sort(windows_of(x, kernel_size, stride), axis=-1)
    weights = np.full(windows.shape[-1], (1 - lam) / windows.shape[-1])
    weights[-1] += lam
    return windows @ weights


def mixed_shifted(x, kernel_size, stride=None, lam=0.5):
    s = stride or kernel_size
    rows, columns = ((n - kernel_size) // s + 1 for n in x.shape)
    parts = [
        x[r : r + s * (rows - 1) + 1 : s, c : c + s * (columns - 1) + 1 : s]
        for r, c in itertools.product(range(kernel_size), repeat=2)
    ]
    high, total = parts[0], 0
    for part in parts:
        high, total = np.maximum(high, part), total + part
    return lam * high + (1 - lam) * total / kernel_size**2


# ---- fractional starts -------------------------------------------------------------------------


def starts_list(in_size, out_size, kernel_size, u):
    if out_size == 1:
        return [in_size - kernel_size]
    alpha = (in_size - kernel_size) / (out_size - 1)
    starts = [int((i + u) * alpha) - int(u * alpha) for i in range(out_size)]
    starts[-1] = in_size - kernel_size
    return starts


def starts_numpy(in_size, out_size, kernel_size, u):
    alpha = (in_size - kernel_size) / max(out_size - 1, 1)
    starts = np.floor((np.arange(out_size) + u) * alpha) - np.floor(u * alpha)
    starts[-1] = in_size - kernel_size
    return starts.astype(int).tolist()


def starts_of_numpy_ints(in_size, out_size, kernel_size, u):
    return [np.int64(start) for start in starts_list(in_size, out_size, kernel_size, u)]


def starts_loop(in_size, out_size, kernel_size, u):
    starts = []
    for i in range(out_size - 1):
        alpha = (in_size - kernel_size) / (out_size - 1)
        starts.append(math.floor((i + u) * alpha) - math.floor(u * alpha))
    return [*starts, in_size - kernel_size]


def starts_by_steps(in_size, out_size, kernel_size, u):
    last = in_size - kernel_size
    if out_size == 1:
        return [last]
    alpha = last / (out_size - 1)
    corners = [int((i + u) * alpha) for i in range(out_size - 1)]
    steps = [b - a for a, b in itertools.pairwise(corners)]
    return [*itertools.accumulate(steps, initial=0), last]


# ---- receptive fields --------------------------------------------------------------------------


def field_loop(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        size += (kernel - 1) * jump
        jump *= stride
    return size, jump


def field_from_the_top(layers):
    size = 1
    for kernel, stride in reversed(layers):
        size = (size - 1) * stride + kernel
    return size, math.prod(stride for _, stride in layers)


def field_sum(layers):
    kernels = [k for k, _ in layers]
    jumps = list(itertools.accumulate((s for _, s in layers), lambda a, b: a * b, initial=1))
    return 1 + sum((k - 1) * j for k, j in zip(kernels, jumps, strict=False)), jumps[-1]


def field_recursive(layers):
    if not layers:
        return (1, 1)
    size, jump = field_recursive(layers[:-1])
    kernel, stride = layers[-1]
    return (size + (kernel - 1) * jump, jump * stride)


def field_traced(layers):
    """Follow the cells that the first two cells of the output see."""
    spans = [(0, 0), (1, 1)]
    for kernel, stride in reversed(layers):
        spans = [(low * stride, high * stride + kernel - 1) for low, high in spans]
    return [spans[0][1] - spans[0][0] + 1, spans[1][0] - spans[0][0]]


# ---- networks ----------------------------------------------------------------------------------


def one(value):
    return value if isinstance(value, int) else value[0]


def convolution_for(pool, channels, like):
    from torch import nn

    k, s, p = map(one, (pool.kernel_size, pool.stride, pool.padding))
    total = 2 * p + 3 - k
    pad = nn.ZeroPad2d((total // 2, total - total // 2) * 2)
    conv = nn.Conv2d(channels, channels, 3, stride=s, device=like.device, dtype=like.dtype)
    return nn.Sequential(pad, conv)


def pools_in_a_deep_copy(model):
    from torch import nn

    model = copy.deepcopy(model)
    like, channels = next(model.parameters()), 0

    def visit(parent):
        nonlocal channels
        for name, child in parent.named_children():
            if isinstance(child, nn.Conv2d):
                channels = child.out_channels
            if isinstance(child, nn.MaxPool2d):
                setattr(parent, name, convolution_for(child, channels, like))
            else:
                visit(child)

    visit(model)
    return model


def pools_by_their_names(model):
    from torch import nn

    new, channels = copy.deepcopy(model), None
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            channels, weight = module.out_channels, module.weight
        elif isinstance(module, nn.MaxPool2d):
            parent, _, leaf = name.rpartition(".")
            setattr(new.get_submodule(parent), leaf, convolution_for(module, channels, weight))
    return new


def pools_padded_in_the_convolution(model):
    """Symmetric padding goes into the convolution, the rest in front of it."""
    from torch import nn

    new, channels = copy.deepcopy(model), None
    for name, module in list(new.named_modules()):
        if isinstance(module, nn.Conv2d):
            channels, weight = module.out_channels, module.weight
        elif isinstance(module, nn.MaxPool2d):
            k, s, p = map(one, (module.kernel_size, module.stride, module.padding))
            total = 2 * p + 3 - k
            both = max(0, total // 2)
            conv = nn.Conv2d(channels, channels, 3, s, both).to(weight)
            rest = total - 2 * both
            layer = nn.Sequential(nn.ZeroPad2d((0, rest, 0, rest)), conv) if rest else conv
            parent, _, leaf = name.rpartition(".")
            setattr(new.get_submodule(parent), leaf, layer)
    return new


def pools_padded_by_one_and_cropped(model):
    """One cell is always added in front, and what is too much behind is cropped."""
    from torch import nn

    new, channels = copy.deepcopy(model), None
    for name, module in list(new.named_modules()):
        if isinstance(module, nn.Conv2d):
            channels, weight = module.out_channels, module.weight
        elif isinstance(module, nn.MaxPool2d):
            behind = 2 * one(module.padding) + 2 - one(module.kernel_size)
            conv = nn.Conv2d(channels, channels, 3, one(module.stride)).to(weight)
            layer = nn.Sequential(nn.ZeroPad2d((1, behind, 1, behind)), conv)
            parent, _, leaf = name.rpartition(".")
            setattr(new.get_submodule(parent), leaf, layer)
    return new


def pools_in_a_class(model):
    from torch import nn

    class Strided(nn.Module):
        def __init__(self, pool, channels, like):
            super().__init__()
            self.layer = convolution_for(pool, channels, like)

        def forward(self, x):
            return self.layer(x)

    new = copy.deepcopy(model)
    like = next(new.parameters())
    for module in new.modules():
        for name, child in list(module.named_children()):
            if isinstance(child, nn.MaxPool2d):
                before = [m for m in _until(new, child) if isinstance(m, nn.Conv2d)]
                setattr(module, name, Strided(child, before[-1].out_channels, like))
    return new


def _until(model, last):
    return itertools.takewhile(lambda module: module is not last, model.modules())


def pools_that_keep_averages(model):
    """Start from a kernel that averages: a fair start for training on."""
    import torch

    new = pools_by_their_names(model)
    with torch.no_grad():
        for name, parameter in new.named_parameters():
            if name not in dict(model.named_parameters()) and parameter.ndim == 4:
                parameter.fill_(0)
                for channel in range(len(parameter)):
                    parameter[channel, channel] = 1 / 9
    return new


def channels_of(features):
    from torch import nn

    return [m.out_channels for m in features.modules() if isinstance(m, nn.Conv2d)][-1]


def head_sequential(model, num_classes):
    from torch import nn

    features = copy.deepcopy(model.features)
    like = next(features.parameters())
    linear = nn.Linear(channels_of(features), num_classes, device=like.device, dtype=like.dtype)
    return nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear)


def head_in_a_copy(model, num_classes):
    from torch import nn

    new = copy.deepcopy(model)
    weight = next(new.parameters())
    linear = nn.Linear(channels_of(new.features), num_classes).to(weight)
    new.features.append(nn.AdaptiveAvgPool2d((1, 1)))
    new.classifier = linear
    return new


def head_with_forward_assigned(model, num_classes):
    from torch import nn

    new = copy.deepcopy(model)
    linear = nn.Linear(channels_of(new.features), num_classes).to(next(new.parameters()))
    new.classifier = nn.Sequential(nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), linear)
    new.forward = lambda x: new.classifier(new.features(x))
    return new


def head_class(model, num_classes):
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = copy.deepcopy(model.features)
            like = next(self.body.parameters())
            self.fc = nn.Linear(channels_of(self.body), num_classes).to(like.device, like.dtype)

        def forward(self, x):
            return self.fc(self.body(x).mean(dim=(2, 3)))

    return Net()


def head_by_trial(model, num_classes):
    """Find the channels by running the features on the device of the model."""
    import torch
    from torch import nn

    features = copy.deepcopy(model.features)
    first = next(m for m in features.modules() if isinstance(m, nn.Conv2d))
    with torch.no_grad():
        x = torch.zeros(1, first.in_channels, 16, 16).to(first.weight)
        channels = features(x).shape[1]
    linear = nn.Linear(channels, num_classes).to(first.weight)
    return nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear)


def head_lazy_free(model, num_classes):
    from torch import nn

    class Average(nn.Module):
        def forward(self, x):
            return x.flatten(2).mean(-1)

    new = copy.deepcopy(model)
    like = new.classifier[0].weight
    channels = channels_of(new.features)
    head = nn.Sequential(nn.Linear(channels, num_classes, dtype=like.dtype, device=like.device))
    return nn.Sequential(new.features, Average(), head)


# ---- shifts ------------------------------------------------------------------------------------


def shift_whole_batch(model, images, shift):
    import torch

    with torch.no_grad():
        before = model(images).argmax(dim=1)
        after = model(torch.roll(images, shifts=int(shift), dims=3)).argmax(dim=1)
    return (before == after).float().mean().item()


def shift_one_by_one(model, images, shift):
    import torch

    same = 0
    for image in images:
        moved = torch.roll(image, int(shift), dims=-1)
        same += int(model(image[None]).argmax() == model(moved[None]).argmax())
    return same / len(images)


def shift_by_indices(model, images, shift):
    import torch

    width = images.shape[-1]
    columns = (torch.arange(width, device=images.device) - int(shift)) % width
    same = model(images).max(1).indices.eq(model(images[..., columns]).max(1).indices)
    return same.sum().item() / images.shape[0]


def shift_by_halves(model, images, shift):
    import torch

    cut = -int(shift) % images.shape[-1]
    moved = torch.cat([images[..., cut:], images[..., :cut]], dim=-1)
    both = model(torch.cat([images, moved])).argmax(-1)
    first, second = both.chunk(2)
    return float((first == second).double().mean())


def shift_as_lists(model, images, shift):
    import torch

    with torch.inference_mode():
        a = model(images).argmax(1).tolist()
        b = model(images.roll(int(shift), -1)).argmax(1).tolist()
    return sum(one == other for one, other in zip(a, b, strict=True)) / len(a)


SOLUTIONS = {
    "lp_pool2d": [lp_windows, lp_loops, lp_scaled, lp_power_first, lp_norm],
    "stochastic_pool2d": [
        stochastic_choice,
        stochastic_inverse,
        stochastic_gumbel,
        stochastic_exponential_race,
        stochastic_multinomial,
        stochastic_roulette,
    ],
    "stochastic_pool2d_expected": [
        expected_windows,
        expected_loops,
        expected_by_probabilities,
        expected_average,
        expected_nan_to_num,
    ],
    "mixed_pool2d": [
        mixed_windows,
        mixed_loops,
        mixed_from_the_mean,
        mixed_sorted,
        mixed_shifted,
    ],
    "fractional_starts": [
        starts_list,
        starts_numpy,
        starts_of_numpy_ints,
        starts_loop,
        starts_by_steps,
    ],
    "receptive_field": [
        field_loop,
        field_from_the_top,
        field_sum,
        field_recursive,
        field_traced,
    ],
    "replace_max_pool": [
        pools_in_a_deep_copy,
        pools_by_their_names,
        pools_padded_in_the_convolution,
        pools_padded_by_one_and_cropped,
        pools_in_a_class,
        pools_that_keep_averages,
    ],
    "replace_head": [
        head_sequential,
        head_in_a_copy,
        head_with_forward_assigned,
        head_class,
        head_by_trial,
        head_lazy_free,
    ],
    "shift_consistency": [
        shift_whole_batch,
        shift_one_by_one,
        shift_by_indices,
        shift_by_halves,
        shift_as_lists,
    ],
}
