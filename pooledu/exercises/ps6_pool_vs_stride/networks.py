"""What the exercises on networks share: drawn layers, replaced pools, what is said."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pooledu.checks.exercise import NOT_NUMPY, Case, Index
from pooledu.checks.finding import Finding
from pooledu.checks.words import Sentence

if TYPE_CHECKING:
    from torch import nn

NOT_TORCH_ONLY = tuple(library for library in NOT_NUMPY if library != "torch")


def show_layers(given: Mapping[str, Any], at: Index | None) -> list[dict[str, Any]]:
    """Draw the layers of the model."""
    from pooledu.checks.models import names

    spec = given["model"]
    layers = names(spec["layers"])
    shown = [{"values": [[layer] for layer in layers], "title": "model"}]
    if "head" in spec:
        shown[0]["title"] = "model.features"
        shown.append(
            {"values": [[layer] for layer in names(spec["head"])], "title": "model.classifier"}
        )
    return shown


MODEL_WORDS: dict[str, Sentence] = {
    "no module": "It did not return a `torch.nn.Module`.",
    "unchanged": "It changes the model that it is given: work on `copy.deepcopy(model)`.",
    "shared": "The new model shares parameters with the old one, so training one changes "
    "the other.",
    "left": "There are still {actual} `nn.MaxPool2d` in the new model.",
    "convolutions": "The convolutions are (kernel, kernel, stride, stride, channels in, "
    "channels out) "
    "{actual}, and {expected} were expected.",
    "kept": "Parameters of the old model are missing in the new one: its layers keep their "
    "weights.",
    "dtype": "The parameters are {actual}, and {expected} was expected: the dtype follows "
    "the model.",
    "shapes": "The output shapes for the inputs {sizes} are {actual}, and {expected} were "
    "expected.",
    "linear": "The output is not one linear layer on the averages of the features over the plane.",
    "parameters": "The new model has {actual} parameters, and {expected} were expected.",
}


def explain_model(*names: str) -> Callable[[Case, Any, Any], Finding | None]:
    """Find which of the things that were looked at differs."""

    def explain(case: Case, expected: Any, actual: Any) -> Finding | None:
        if not isinstance(actual, tuple) or len(actual) != len(expected):
            return Finding("no module")
        for name, wanted, given in zip(names, expected, actual, strict=True):
            if wanted != given:
                return Finding(name, expected=wanted, actual=given, sizes=case.args[0]["sizes"])
        return None

    return explain


def asymmetric(pool: nn.MaxPool2d, channels: int, like: Any, **changes: Any) -> nn.Module:
    """Make the convolution for a pool: behind a pad that gives the same output size."""
    import torch
    from torch import nn

    kernel, stride, padding = (
        value if isinstance(value, int) else value[0]
        for value in (pool.kernel_size, pool.stride, pool.padding)
    )
    total = 2 * padding + 3 - kernel
    options: dict[str, Any] = {
        "kernel_size": 3,
        "stride": stride,
        "dtype": like.dtype,
        "device": like.device,
    } | changes
    before = total // 2
    pad = nn.ZeroPad2d((before, total - before, before, total - before))
    conv = nn.Conv2d(channels, channels, **options)
    assert isinstance(conv, torch.nn.Module)
    return nn.Sequential(pad, conv)


def replace_pools(module: nn.Module, make: Callable[..., nn.Module], deep: bool = True) -> None:
    """Replace the pools of a module in place."""
    from torch import nn

    channels, like = None, next(module.parameters(), None)

    def visit(parent: nn.Module) -> None:
        nonlocal channels
        for name, child in parent.named_children():
            if isinstance(child, nn.Conv2d):
                channels = child.out_channels
            elif isinstance(child, nn.MaxPool2d):
                setattr(parent, name, make(child, channels, like))
            elif deep:
                visit(child)

    visit(module)
