"""Networks by plain counting: with a convolution in the place of each pool, and with another head.

A network is a list of layers; a list in it is a `Sequential` in the `Sequential`. Its numbers come
from a seed. Those of the layers that a function adds are dictated, so that what the network
computes is known, but for what stands in a pad and how much of it is on which side.
"""

import functools
import itertools

import numpy as np

SPECS = {}  # by their seeds


# ---- the networks ------------------------------------------------------------------------------


def build(layers):
    """Make the modules of a list of layers."""
    from torch import nn

    class Block(nn.Module):
        def __init__(self, inputs, outputs, *sizes):
            super().__init__()
            self.conv, self.relu = nn.Conv2d(inputs, outputs, 3), nn.ReLU()
            self.shrink = nn.MaxPool2d(*sizes)

        def forward(self, x):
            return self.shrink(self.relu(self.conv(x)))

    kinds = {
        "conv": nn.Conv2d,
        "relu": nn.ReLU,
        "norm": nn.BatchNorm2d,
        "pool": nn.MaxPool2d,
        "average": nn.AvgPool2d,
        "block": Block,
        "linear": nn.Linear,
    }
    parts = [build(x) if isinstance(x, list) else kinds[x[0]](*x[1:]) for x in layers]
    return nn.Sequential(*parts)


def made_from(spec):
    """Make the network that a function is given, with or without a head, in eval mode."""
    import torch
    from torch import nn

    class Classifier(nn.Module):
        def __init__(self, features, classifier):
            super().__init__()
            self.features, self.classifier = features, classifier

        def forward(self, x):
            return self.classifier(self.features(x).flatten(1))

    network = build(spec["layers"])
    if "head" in spec:
        network = Classifier(network, build(spec["head"]))
    rng = np.random.default_rng(spec["seed"])
    for name, value in network.state_dict().items():
        if value.is_floating_point():
            low = 0.5 if name.endswith("running_var") else -1.0
            value.copy_(torch.from_numpy(rng.uniform(low, 1.5, tuple(value.shape))))
    return network.to(device=spec["device"], dtype=getattr(torch, spec["dtype"])).eval()


def images(spec):
    """Two images of the first size, and one of each other size."""
    rng = np.random.default_rng(spec["seed"])
    return [
        rng.normal(size=(1 if i else 2, spec["channels"], *size))
        for i, size in enumerate(spec["sizes"])
    ]


def dictated(which, shape):
    """The numbers of a new parameter."""
    return np.random.default_rng([which, *shape]).normal(size=shape)


# ---- what is right, by plain counting ----------------------------------------------------------


def computed(module, x, pools):
    """What a network makes of images; `pools` has for each pool what stands in its place."""
    kind = type(module).__name__
    if kind == "MaxPool2d":
        return pools[id(module)](x)
    if kind == "ReLU":
        return np.maximum(x, 0)
    if kind == "AvgPool2d":
        return over_windows(x, module.kernel_size, module.stride, lambda w: w.mean((2, 3)))
    if kind == "Conv2d":
        return convolved(x, *map(numbers, (module.weight, module.bias)), 1)
    if kind == "BatchNorm2d":
        parts = (module.running_mean, module.running_var, module.weight, module.bias)
        mean, var, weight, bias = (numbers(part)[:, None, None] for part in parts)
        return (x - mean) / np.sqrt(var + module.eps) * weight + bias
    for part in module.children():
        x = computed(part, x, pools)
    return x


def numbers(tensor):
    """The numbers of a tensor."""
    return tensor.detach().double().numpy()


def over_windows(x, kernel, stride, reduce):
    """Reduce each window of images to one number for each channel."""
    rows, columns = (range(0, size - kernel + 1, stride) for size in x.shape[2:])
    found = [[reduce(x[:, :, i : i + kernel, j : j + kernel]) for j in columns] for i in rows]
    return np.moveaxis(np.array(found), (0, 1), (2, 3))


def convolved(x, weight, bias, stride):
    """Weigh the cells of each window; a weight for fewer channels is one for each group of them."""
    outputs, depth, *kernel = weight.shape
    rows, columns = ((n - k) // stride + 1 for n, k in zip(x.shape[2:], kernel, strict=True))
    y = np.zeros((len(x), outputs, rows, columns))
    for o, a, b in itertools.product(range(outputs), *map(range, kernel)):
        first = o * x.shape[1] // outputs // depth * depth
        cells = x[:, first : first + depth, a::stride, b::stride][:, :, :rows, :columns]
        y[:, o] += np.einsum("nchw,c->nhw", cells, weight[o, :, a, b])
    return y + np.reshape(bias, (-1, 1, 1))


def around(pool):
    """How many cells more than the image a kernel of 3 needs, for as many windows as a pool."""
    return 2 * pool.padding + 3 - pool.kernel_size


def in_place_of(pool, place, weight, bias):
    """The convolution for a pool, behind a pad of which only the size is known, or a cut."""
    sides = [(0, 0), (0, 0), *((before, around(pool) - before) for before in place)]
    cuts = tuple(slice(max(-before, 0), min(after, 0) or None) for before, after in sides)

    def layer(x):
        wide = np.pad(x, np.maximum(sides, 0), constant_values=np.nan)
        return convolved(wide[cuts], weight, bias, pool.stride)

    return layer


@functools.cache
def with_convolutions(seed, shapes):
    """All that a network may compute whose new layers have weights and biases of these shapes."""
    network = made_from(SPECS[seed]).double()
    pools = [module for module in network.modules() if type(module).__name__ == "MaxPool2d"]
    if len(pools) != len(shapes):
        return []
    new = [
        (dictated(2 * i, weight), dictated(2 * i + 1, bias) if bias else 0.0)
        for i, (weight, bias) in enumerate(shapes)
    ]
    sides = [range(min(0, around(pool) - 1), max(1, around(pool)) + 1) for pool in pools]
    found = []
    for places in itertools.product(*(itertools.product(side, side) for side in sides)):
        replaced = {
            id(pool): in_place_of(pool, place, *given)
            for pool, place, given in zip(pools, places, new, strict=True)
        }
        found.append([computed(network, x, replaced) for x in images(SPECS[seed])])
    return found


def usual(spec):
    """The shapes of the weights and biases of convolutions that see all channels."""
    found, channels = [], 0
    for module in made_from(spec).modules():
        channels = getattr(module, "out_channels", channels)
        if type(module).__name__ == "MaxPool2d":
            found.append(((channels, channels, 3, 3), (channels,)))
    return tuple(found)


@functools.cache
def with_averages(seed, classes, channels):
    """What a network computes behind whose features stand averages and one layer."""
    network = made_from(SPECS[seed]).double()
    pools = {
        id(module): lambda x, pool=module: over_windows(
            x, pool.kernel_size, pool.stride, lambda w: w.max((2, 3))
        )
        for module in network.modules()
    }
    weight, bias = dictated(0, (classes, channels)), dictated(1, (classes,))
    found = []
    for x in images(SPECS[seed]):
        maps = computed(network.features, x, pools)
        averages = [[sum(plane.ravel()) / plane.size for plane in image] for image in maps]
        found.append(np.array(averages) @ weight.T + bias)
    return [found]


# ---- what is seen of a network that was made ---------------------------------------------------


def state(network):
    """All that a function may not change of the network that it is given."""
    values = {name: value.clone() for name, value in network.state_dict().items()}
    return repr(network), [module.training for module in network.modules()], values


def is_as(network, before):
    """Say whether a network is in the state in which it was."""
    import torch

    *now, values = state(network)
    return (now, values.keys()) == (list(before[:2]), before[2].keys()) and all(
        value.is_meta or torch.equal(value, before[2][name]) for name, value in values.items()
    )


def of_its_own(made, network):
    """Say whether a network shares no parameter with another one."""
    given = {id(parameter) for parameter in network.parameters()}
    places = {p.data_ptr() for p in network.parameters() if not p.is_meta}
    return not any(
        id(parameter) in given or parameter.data_ptr() in places for parameter in made.parameters()
    )


def new_parameters(made, old):
    """Which parameters hold none of the old numbers, and how many old ones are missing."""
    import torch

    left, new = list(old), []
    for parameter in made.parameters():
        alike = [
            i
            for i, value in enumerate(left)
            if value.shape == parameter.shape and torch.equal(value.to(parameter), parameter)
        ]
        if alike:
            del left[alike[0]]
        else:
            new.append(parameter)
    return new, len(left)


def agrees(made, spec, ways):
    """Say whether a network computes one of what it may compute, where that is known."""
    import torch

    like = next(made.parameters())
    with torch.no_grad():
        found = [made(torch.from_numpy(x).to(like)) for x in images(spec)]
    exact = 1e-9 if like.dtype == torch.float64 else 2e-4
    return any(
        all(
            y.shape == wanted.shape
            and y.dtype == like.dtype
            and bool(torch.isfinite(y).all())
            and np.nanmax(abs(numbers(y) - wanted), initial=0)
            <= exact * max(1, np.nanmax(abs(wanted)))
            for y, wanted in zip(found, way, strict=True)
        )
        for way in ways
    )


def facts(network, before, made):
    """What holds of a network that was made from another one."""
    like = next(network.parameters())
    return {
        "unchanged": is_as(network, before),
        "its own": of_its_own(made, network),
        "dtype": all(parameter.dtype == like.dtype for parameter in made.parameters()),
        "device": all(parameter.device == like.device for parameter in made.parameters()),
    }


def load(parameter, which):
    """Dictate a parameter."""
    import torch

    values = torch.from_numpy(dictated(which, tuple(parameter.shape)))
    parameter.data.copy_(values)


def on_one_thread(run):
    """Keep torch to one thread, as a driver does: on networks this small others only wait."""

    @functools.wraps(run)
    def alone(*given, **named):
        import torch

        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return run(*given, **named)
        finally:
            torch.set_num_threads(before)

    return alone


def replaced(function):
    """Call a function with a network, and look at the convolutions in the place of its pools."""

    @on_one_thread
    def run(model):
        network = made_from(model)
        before = state(network)
        made = function(model=network).eval()
        found = facts(network, before, made)
        if model["device"] == "meta":
            return list(found.items())
        new, missing = new_parameters(made, network.parameters())
        convolutions = [
            module
            for module in made.modules()
            if type(module).__name__ == "Conv2d" and any(module.weight is each for each in new)
        ]
        shapes = []
        for i, module in enumerate(convolutions):
            load(module.weight, 2 * i)
            if module.bias is not None:
                load(module.bias, 2 * i + 1)
            bias = () if module.bias is None else tuple(module.bias.shape)
            shapes.append((tuple(module.weight.shape), bias))
        found |= {
            "missing": missing,
            "pools": sum(type(module).__name__ == "MaxPool2d" for module in made.modules()),
            "kernels": [module.kernel_size for module in convolutions],
            "numbers": agrees(made, model, with_convolutions(model["seed"], tuple(shapes))),
        }
        return list(found.items())

    return run


def headed(function):
    """Call a function with a network and a number of classes, and look at its new head."""

    @on_one_thread
    def run(model, num_classes):
        network = made_from(model)
        before = state(network)
        made = function(model=network, num_classes=num_classes).eval()
        found = facts(network, before, made)
        if model["device"] == "meta":
            return list(found.items())
        new, missing = new_parameters(made, network.features.parameters())
        for parameter in new:
            if parameter.ndim == 1 or len(parameter) == num_classes:
                load(parameter, 2 - parameter.ndim)
        channels = model["layers"][-1][2]
        ways = with_averages(model["seed"], num_classes, channels)
        shapes = sorted(tuple(parameter.shape) for parameter in new)
        found |= {"missing": missing, "new": shapes, "numbers": agrees(made, model, ways)}
        return list(found.items())

    return run


RUNS = {"replace_max_pool": replaced, "replace_head": headed}


# ---- the scopes --------------------------------------------------------------------------------


def spec_of(layers, sizes, dtype="float64", device="cpu", **head):
    """Describe a network."""
    first = layers[0]
    while isinstance(first, list):
        first = first[0]
    spec = {"layers": layers, "sizes": sizes, "dtype": dtype, "device": device, **head}
    spec |= {"channels": first[1], "seed": len(SPECS)}
    SPECS[spec["seed"]] = spec
    return spec


def right(**more):
    """What is right to see."""
    kept = dict.fromkeys(("unchanged", "its own", "dtype", "device"), True)
    return list((kept | more).items())


def around_a_pool(number, pool):
    """A network with a pool at some place in it."""
    conv, more = ("conv", 1, 2, 3), ("conv", 2, 3, 2)
    return (
        [conv, pool],
        [conv, ("relu",), pool, more],
        [[conv, [("relu",), pool]], more],
        [("conv", 2, 3, 1), ("block", 3, 2, *pool[1:]), ("norm", 2)],
        [conv, ("norm", 2), pool, ("relu",), ("conv", 2, 3, 1), ("pool", 2, 1, 0)],
    )[number % 5]


def replace_max_pool():
    """Every pool, in a network of each form in turn."""
    number = itertools.count()
    for kernel, stride in itertools.product(range(1, 6), (1, 2, 3)):
        for padding in range(kernel // 2 + 1):
            i = next(number)
            layers = around_a_pool(i, ("pool", kernel, stride, padding))
            sizes = [(9 + i % 2, 10), (11, 9 + i % 3)]
            spec = spec_of(layers, sizes, ("float64", "float32")[i % 3 == 2])
            shapes = usual(spec)
            with_convolutions(spec["seed"], shapes)  # now, and not in the time of a mutant
            kernels = [(3, 3) for _ in shapes]
            yield (spec,), right(missing=0, pools=0, kernels=kernels, numbers=True)
    for layers in (
        [("conv", 1, 2, 3), ("relu",)],
        [("conv", 1, 2, 1), ("average", 2), ("norm", 2)],
    ):
        expected = right(missing=0, pools=0, kernels=[], numbers=True)
        yield (spec_of(layers, [(5, 6)]),), expected
    for i in range(5):
        layers = around_a_pool(i, ("pool", 2, 2, 0))
        yield (spec_of(layers, [(8, 8)], device="meta"),), right()


def replace_head():
    """Features of each form, with every number of classes."""
    forms = (
        [("conv", 1, 3, 3)],
        [("conv", 2, 3, 2), ("relu",), ("pool", 2, 2, 0), ("conv", 3, 2, 1)],
        [("conv", 1, 2, 3), ("norm", 2), ("block", 2, 3, 2, 1, 0)],
        [[("conv", 2, 2, 2), ("relu",)], ("conv", 2, 4, 1)],
        [("conv", 1, 1, 2)],
    )
    for i, (layers, classes) in enumerate(itertools.product(forms, (1, 2, 3, 5))):
        channels = layers[-1][2]
        head = [("linear", 4 * channels, 3), ("relu",), ("linear", 3, 4)]
        sizes = [(7, 7), (6, 9), (8, 7)]
        spec = spec_of(layers, sizes, ("float64", "float32")[i % 3 == 2], head=head)
        shapes = [(classes,), (classes, channels)]
        yield (spec, classes), right(missing=0, new=shapes, numbers=True)
    for layers in forms:
        head = [("linear", 4 * layers[-1][2], 3)]
        yield (spec_of(layers, [(6, 6)], device="meta", head=head), 3), right()


SCOPES = [replace_max_pool, replace_head]
