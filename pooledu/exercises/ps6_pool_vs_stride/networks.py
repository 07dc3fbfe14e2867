"""What the exercises on networks share: drawn layers, replaced pools, what is said."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from pooledu.checks import comparing
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
    "numbers": "The new model computes other numbers than it should: its old layers as they were, "
    "in eval mode, and the new ones in the right places.",
    "linear": "The output is not one linear layer on the averages of the features over the plane.",
    "parameters": "The new model has {actual} parameters, and {expected} were expected.",
}


def explain_model(*names: str) -> Callable[[Case, Any, Any], Finding | None]:
    """Find which of the things that were looked at differs."""

    def explain(case: Case, expected: Any, actual: Any) -> Finding | None:
        if not isinstance(actual, tuple) or len(actual) != len(expected):
            return Finding("no module")
        spec = case.values[0]
        sizes = [(2, spec["channels"], *size) for size in spec["sizes"]]
        sizes.append((1, *sizes[0][1:]))
        for name, wanted, given in zip(names, expected, actual, strict=True):
            if not comparing.equal(wanted, given):
                return Finding(name, expected=wanted, actual=given, sizes=sizes)
        return None

    return explain


Right = Callable[[Case, Any], Iterable[list[np.ndarray]]]


def weigh(stated: int, right: Right) -> Callable[[Case, Any], Any]:
    """Compare a network's outputs with the judge's own, under the same weights.

    Parameters
    ----------
    stated
        How much of what was seen stands first and is a statement of the student's process. It is
        worth nothing where the numbers are wrong.
    right
        Makes the outputs of each network that is right, with NaN where the contract leaves it
        open: ``right(case, between)``, where `between` is what was seen between the statements
        and the outputs.
    """

    def weighed(case: Case, seen: Any) -> Any:
        if not isinstance(seen, tuple) or len(seen) <= stated or not isinstance(seen[-1], list):
            return seen
        outputs = seen[-1]
        shapes = [x.shape if isinstance(x, np.ndarray) else None for x in outputs]
        agree = _any_agrees(right(case, seen[stated:-1]), outputs, shapes)
        return (*seen[:stated], shapes, agree)

    return weighed


def _any_agrees(right: Iterable[list[np.ndarray]], outputs: list[Any], shapes: list[Any]) -> bool:
    """Say whether outputs are those of a network that is right; all such have the same shapes."""
    for wanted in right:
        if [x.shape for x in wanted] != shapes:
            return False
        if _agree(wanted, outputs):
            return True
    return False


def _agree(wanted: list[np.ndarray], given: list[Any]) -> bool:
    """Say whether outputs are as wanted, in dtype and numbers."""
    return len(wanted) == len(given) and all(
        isinstance(y, np.ndarray)
        and (y.shape, y.dtype) == (x.shape, x.dtype)
        and bool(np.isfinite(y).all())
        and _close(x, y)
        for x, y in zip(wanted, given, strict=True)
    )


def _close(wanted: np.ndarray, given: np.ndarray) -> bool:
    """Say whether numbers are as wanted, where anything is wanted."""
    known = np.isfinite(wanted)
    off = np.abs(wanted - given)[known].max(initial=0)
    return bool(off <= 2e3 * np.finfo(wanted.dtype).eps * np.abs(wanted[known]).max(initial=1))


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


def with_padding(padding: int) -> Callable[..., nn.Module]:
    """Make the convolution with the same padding for every pool."""

    def make(pool: nn.MaxPool2d, channels: int, like: Any) -> nn.Module:
        from torch import nn

        return nn.Conv2d(
            channels, channels, 3, pool.stride, padding, dtype=like.dtype, device=like.device
        )

    return make


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


def with_pools_replaced(model, make=asymmetric, deep=True):
    """Return a copy with other layers for the pools."""
    made = copy.deepcopy(model)
    replace_pools(made, make, deep)
    return made
