"""Small networks as data, and what can be seen of a network that a student made from one.

A network is described by a list of layers, so that it can be sent to another process::

    [["conv", 3, 8, 3, 1], ["relu"], ["pool", 2, 2, 0], ["block", 8, 16, 3, 2, 1]]

is a convolution from 3 to 8 channels with kernel 3 and padding 1, a ReLU, a max pooling with
kernel 2, stride 2 and padding 0, and a module of its own that holds a convolution from 8 to 16
channels, a ReLU, and a max pooling with kernel 3, stride 2 and padding 1. A list in the list is a
`Sequential` in the `Sequential`.
"""

from __future__ import annotations

import contextlib
import copy
import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from pooledu.checks import devices


class Block(nn.Module):
    """A module with a pooling at an attribute, whose forward pass is its own."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, padding: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.shrink = nn.MaxPool2d(kernel, stride, padding)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Convolve and shrink."""
        return self.shrink(torch.relu(self.conv(x)))


class Classifier(nn.Module):
    """Convolutional features and a dense head."""

    features: nn.Module
    classifier: nn.Module

    def __init__(self, features: nn.Module, classifier: nn.Module) -> None:
        super().__init__()
        self.features = features
        self.classifier = classifier

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Classify images."""
        return self.classifier(torch.flatten(self.features(x), 1))


LAYERS: dict[str, Callable[..., nn.Module]] = {
    "conv": lambda inputs, outputs, kernel, padding: nn.Conv2d(
        inputs, outputs, kernel, padding=padding
    ),
    "relu": nn.ReLU,
    "norm": nn.BatchNorm2d,
    "pool": nn.MaxPool2d,
    "average": nn.AvgPool2d,
    "block": Block,
    "linear": nn.Linear,
    "dropout": nn.Dropout,
    "flatten": nn.Flatten,
}


@contextlib.contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """Make the weights that a student's function draws the same in each call."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def build(layers: list[Any], seed: int, dtype: str = "float32") -> nn.Sequential:
    """Make a network from its description; the seed decides its weights."""
    with repeatable(seed):
        network = _sequential(layers)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                _vary(module)
    return network.to(getattr(torch, dtype)).eval()


def _sequential(layers: list[Any]) -> nn.Sequential:
    """Make a `Sequential` of layers."""
    return nn.Sequential(
        *(
            LAYERS[layer[0]](*layer[1:]) if isinstance(layer[0], str) else _sequential(layer)
            for layer in layers
        )
    )


def _vary(norm: nn.BatchNorm2d) -> None:
    """Give a normalisation numbers as after training: fresh, it changes nothing."""
    norm.running_mean = torch.randn(norm.num_features)
    norm.running_var = torch.rand(norm.num_features) + 0.5
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)


def names(layers: list[Any]) -> list[str]:
    """Name the layers of a description, for a drawing."""
    found = []
    for layer in layers:
        if not isinstance(layer[0], str):
            found.append(f"({', '.join(names(layer))})")
        elif layer[0] == "conv":
            found.append(f"Conv2d({layer[1]}, {layer[2]}, {layer[3]})")
        elif layer[0] == "pool":
            found.append(f"MaxPool2d({layer[1]}, {layer[2]}, {layer[3]})")
        elif layer[0] == "block":
            found.append(f"Block(Conv2d({layer[1]}, {layer[2]}, 3), MaxPool2d{tuple(layer[3:])})")
        else:
            found.append(LAYERS[layer[0]](*layer[1:]).__class__.__name__)
    return found


class Before:
    """What a network was before a student's function got it."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self.structure = repr(network)
        self.training = [module.training for module in network.modules()]
        self.state = {name: value.clone() for name, value in network.state_dict().items()}

    def unchanged(self) -> bool:
        """Whether the network is still the same."""
        now = self.network.state_dict()
        return (
            repr(self.network) == self.structure
            and [module.training for module in self.network.modules()] == self.training
            and now.keys() == self.state.keys()
            and all(torch.equal(now[name], value) for name, value in self.state.items())
        )

    def shared(self, other: nn.Module) -> bool:
        """Whether another network holds a parameter of this one."""
        mine = {parameter.data_ptr() for parameter in self.network.parameters()}
        return any(parameter.data_ptr() in mine for parameter in other.parameters())

    def values(self, prefix: str = "") -> list[torch.Tensor]:
        """List the values of the parameters whose names begin so."""
        return [
            self.state[name]
            for name, _ in self.network.named_parameters()
            if name.startswith(prefix) and name in self.state
        ]

    def kept(self, other: nn.Module, prefix: str = "") -> bool:
        """Whether another network holds the values of all parameters, under any name."""
        theirs = list(other.parameters())
        return all(any(_same(value, one) for one in theirs) for value in self.values(prefix))

    def new_in(self, other: nn.Module, prefix: str = "") -> list[nn.Parameter]:
        """List the parameters of another network that stand for none of this one's."""
        old, new = self.values(prefix), []
        for parameter in other.parameters():
            found = next((i for i, value in enumerate(old) if _same(value, parameter)), None)
            if found is None:
                new.append(parameter)
            else:
                del old[found]
        return new


def _same(value: torch.Tensor, parameter: nn.Parameter) -> bool:
    """Say whether a parameter holds a value."""
    one = parameter.detach()
    return value.shape == one.shape and torch.equal(value.to(one), one)


def dictated(seed: int, which: int, shape: Any) -> torch.Tensor:
    """Return the values of a new parameter, which are drawn and not the student's.

    They have the size that keeps a layer's output of the size of its input.
    """
    generator = torch.Generator().manual_seed((seed + 1 + which) % 2**63)
    size = math.prod(shape)
    inputs = size // shape[0] if len(shape) > 1 else 1
    numbers = torch.randn(size, generator=generator, dtype=torch.float64)
    return numbers.reshape(tuple(shape)) / math.sqrt(inputs)


def load(parameter: torch.Tensor, values: torch.Tensor) -> None:
    """Give a parameter other values."""
    with torch.no_grad():
        parameter.copy_(values)


def load_convolutions(network: nn.Module, before: Before, spec: Any) -> list[tuple[bool, int]]:
    """Load what is dictated into the new convolutions, in the order in which they run.

    Returns what a contract leaves to the student: whether each has a bias, and its groups.
    """
    new = {id(parameter) for parameter in before.new_in(network)}
    ran: list[nn.Conv2d] = []
    hooks = [
        module.register_forward_hook(lambda module, *_: ran.append(module))
        for module in network.modules()
        if isinstance(module, nn.Conv2d) and id(module.weight) in new
    ]
    outputs(network, spec, first_alone=True)
    for hook in hooks:
        hook.remove()
    found = list(dict.fromkeys(ran))
    for i, conv in enumerate(found):
        load(conv.weight, dictated(spec["seed"], 2 * i, conv.weight.shape))
        if conv.bias is not None:
            load(conv.bias, dictated(spec["seed"], 2 * i + 1, conv.bias.shape))
    return [(conv.bias is not None, conv.groups) for conv in found]


def load_linear(network: nn.Module, before: Before, spec: Any, classes: int) -> None:
    """Load what is dictated into the weight and the bias of the one new layer, if it is one."""
    for parameter in before.new_in(network, "features."):
        if parameter.dim() == 1:
            load(parameter, dictated(spec["seed"], 1, parameter.shape))
        elif parameter.shape[0] == classes:
            load(parameter, dictated(spec["seed"], 0, parameter.shape))
        else:  # inputs x classes, for a matrix product
            load(parameter, dictated(spec["seed"], 0, parameter.shape[::-1]).T)


def images(spec: Any) -> list[torch.Tensor]:
    """Make the images on which networks are compared: two of each size, and one alone."""
    sizes = [(2, *size) for size in spec["sizes"]]
    sizes.append((1, *spec["sizes"][0]))
    return [
        varied_images(spec["channels"], height, width, count, spec["seed"] + i)
        for i, (count, height, width) in enumerate(sizes)
    ]


def outputs(network: nn.Module, spec: Any, first_alone: bool = False) -> list[Any]:
    """Return what a network makes of the images."""
    like = next(network.parameters())
    with torch.no_grad():
        found = [network(x.to(like)) for x in images(spec)[: 1 if first_alone else None]]
    return [devices.back(y).numpy() if isinstance(y, torch.Tensor) else y for y in found]


def complete(network: nn.Module, channels: int, size: list[int]) -> None:
    """Let lazy layers, which find their sizes in the first forward pass, find them."""
    lazy = nn.parameter.UninitializedParameter
    ready = [parameter for parameter in network.parameters() if not isinstance(parameter, lazy)]
    if ready and len(ready) < len(list(network.parameters())):
        with torch.no_grad():
            network(ready[0].new_zeros(2, channels, *size))


def dtypes(network: nn.Module) -> str:
    """Name the dtypes of the parameters."""
    return " and ".join(sorted({str(p.dtype).removeprefix("torch.") for p in network.parameters()}))


def convolutions(network: nn.Module) -> list[tuple[int, ...]]:
    """List kernel, stride and channels of each convolution."""
    return [
        (*module.kernel_size, *module.stride, module.in_channels, module.out_channels)
        for module in network.modules()
        if isinstance(module, nn.Conv2d)
    ]


def linear_in(network: nn.Module, features: nn.Module, channels: int, sizes: list[Any]) -> str:
    """Say of what the output is a linear function: "averages", "maxima" or "neither"."""
    features = copy.deepcopy(features).cpu().double()
    images = [varied_images(channels, *size) for size in sizes]
    # A copy of the network would not do: a `forward` that was assigned runs the original.
    state = [*network.named_parameters(), *network.named_buffers()]
    doubled = {
        name: part.detach().cpu().to(torch.float64 if part.is_floating_point() else part.dtype)
        for name, part in state
    }
    with torch.no_grad():
        outputs = torch.cat([torch.func.functional_call(network, doubled, (x,)) for x in images])
        maps = [features(x) for x in images]
    averages = torch.cat([each.mean((2, 3)) for each in maps])
    maxima = torch.cat([each.amax((2, 3)) for each in maps])
    if _is_linear(averages, outputs):
        return "averages"
    return "maxima" if _is_linear(maxima, outputs) else "neither"


def varied_images(
    channels: int, height: int, width: int, count: int = 32, seed: int = 0
) -> torch.Tensor:
    """Make images that differ in brightness and contrast, so that every unit is switched."""
    generator = torch.Generator().manual_seed(seed + height * width)

    def numbers(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    brightness, contrast = 3 * numbers(count, channels, 1, 1), 3 * numbers(count, 1, 1, 1)
    return brightness + contrast * numbers(count, channels, height, width)


def _is_linear(inputs: torch.Tensor, outputs: torch.Tensor) -> bool:
    """Say whether outputs are a linear function of inputs, a bias included."""
    known = torch.cat([inputs, torch.ones(len(inputs), 1, dtype=inputs.dtype)], 1)
    # By pseudo-inverse, because a unit that is never switched makes a column of zeros.
    fit = known @ (torch.linalg.pinv(known) @ outputs)
    return bool((fit - outputs).abs().max() <= 1e-6 * (1 + outputs.abs().max()))


def off_device(make: Callable[[], nn.Module], work: Callable[[nn.Module], Any]) -> bool:
    """Say whether a function leaves a network that is not on the CPU partly on the CPU.

    What is not there cannot do everything: where it fails, nothing is said.
    """
    try:
        with devices.Elsewhere():
            made = work(_elsewhere(make()))
            return any(parameter.device.type == "cpu" for parameter in made.parameters())
    except Exception:
        return False


def _elsewhere(network: nn.Module) -> nn.Module:
    """Move a network to the device that is not there, in place."""
    for module in network.modules():
        for name, parameter in module.named_parameters(recurse=False):
            moved = nn.Parameter(devices.elsewhere(parameter.detach()), parameter.requires_grad)
            setattr(module, name, moved)
        for name, buffer in module.named_buffers(recurse=False):
            setattr(module, name, devices.elsewhere(buffer))
    return network
