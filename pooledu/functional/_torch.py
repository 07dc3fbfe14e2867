"""Pooling of tensors that something watches, with derivatives written by hand.

Each pooling is a function of torch's autograd: its forward pass sees bare numbers where it can, and
its derivatives, of every mode and order, are functions of this module again. Nothing knows how many
axes lead: one more, as `torch.func.vmap` brings, changes nothing.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from pooledu.functional import _adaptive as adaptive
from pooledu.functional import _backward as backward
from pooledu.functional import _core as core
from pooledu.functional import _definition as definition
from pooledu.functional._windows import Axis

Context = Any
Numbers = tuple[Any, ...]  # what a pooling needs besides the tensor: a compiler knows only numbers


def _fixed_maxima(x: Tensor, axes: Numbers) -> tuple[Tensor, Tensor]:
    return core.quick_maxima(x, [Axis(*axis) for axis in axes], True)


def _fixed_means(x: Tensor, axes: Numbers, *counting: Any) -> Tensor:
    return core.quick_means(x, [Axis(*axis) for axis in axes], *counting)


def _fixed_shares(grad: Tensor, axes: Numbers, *counting: Any) -> Tensor:
    return backward.share(grad, [Axis(*axis) for axis in axes], *counting)


def maxima(x: Tensor, kind: str, pooled: int, *numbers: Any) -> tuple[Tensor, Tensor]:
    """The maxima of the last axes and their positions, with derivatives."""
    if not torch.compiler.is_compiling():
        return Maxima.apply(x, kind, pooled, numbers)
    # a compiler takes no function with a forward mode; it derives gathering as it should be
    values, indices = MAXIMA[kind](x.detach(), *numbers)
    known = indices.clamp(0, math.prod(x.shape[-pooled:]) - 1)
    fetched = backward.fetch(x, known, pooled)
    return torch.where((fetched == values) | (values != values), fetched, values), indices


def means(x: Tensor, kind: str, *numbers: Any) -> Tensor:
    """The means of the last axes, with derivatives."""
    if not torch.compiler.is_compiling():
        return Means.apply(x, kind, numbers)
    return MEANS[kind][0](x, *numbers)


def _without_padding(values: Tensor, indices: Tensor, kind: str, numbers: Numbers) -> tuple:
    """Values as 0 where a window holds padding alone, whose index may lie anywhere."""
    axes = [Axis(*axis) for axis in numbers[0]] if kind == "fixed" else []
    unseen = definition.unseen(values, axes) if axes else None
    if unseen is None:
        return values, indices
    return torch.where(unseen, 0, values), torch.where(unseen, 0, indices)


MAXIMA: dict[str, Callable] = {"fixed": _fixed_maxima, "adaptive": adaptive.quick_maxima}
MEANS: dict[
    str, tuple[Callable, str]
] = {  # each with the one that is its transpose, and so its backward pass
    "fixed": (_fixed_means, "fixed shares"),
    "fixed shares": (_fixed_shares, "fixed"),
    "adaptive": (adaptive.quick_means, "adaptive shares"),
    "adaptive shares": (adaptive.shares, "adaptive"),
}


class Maxima(Function):
    """The maxima of the last axes, and where they lie; each gradient goes where its maximum lay."""

    @staticmethod
    def forward(x: Tensor, kind: str, pooled: int, numbers: Numbers) -> tuple[Tensor, Tensor]:
        """Pool the last axes, `pooled` of them."""
        return MAXIMA[kind](x, *numbers)

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple, output: tuple[Tensor, Tensor]) -> None:
        """Keep the indices, and the sizes that they count."""
        x, ctx.kind, ctx.pooled, ctx.numbers = inputs
        ctx.sizes = tuple(x.shape[-ctx.pooled :])
        ctx.save_for_backward(output[1])
        ctx.save_for_forward(output[1])
        ctx.mark_non_differentiable(output[1])

    @staticmethod
    def backward(ctx: Context, grad: Tensor, _: Any) -> tuple:
        """Scatter the gradient; torch derives the second derivative, which fetches it again."""
        (indices,) = ctx.saved_tensors
        grad, indices = _without_padding(grad, indices, ctx.kind, ctx.numbers)
        return backward.send(grad, indices, ctx.sizes), None, None, None

    @staticmethod
    def jvp(ctx: Context, tangent: Tensor, *_: None) -> tuple[Tensor, None]:
        """Fetch the tangent from where the maximum lies."""
        (indices,) = ctx.saved_tensors
        _, known = _without_padding(indices, indices, ctx.kind, ctx.numbers)
        fetched = backward.fetch(tangent, known, ctx.pooled)
        return _without_padding(fetched, indices, ctx.kind, ctx.numbers)[0], None

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple, x: Tensor, kind: str, pooled: int, numbers: Numbers
    ) -> tuple:
        """Pool with the mapped axis in front."""
        return Maxima.apply(x.movedim(in_dims[0], 0), kind, pooled, numbers), (0, 0)


class Means(Function):
    """Means of the last axes, or the shares of gradients that are their transpose."""

    @staticmethod
    def forward(x: Tensor, kind: str, numbers: Numbers) -> Tensor:
        """Pool, or share."""
        return MEANS[kind][0](x, *numbers)

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple, output: Tensor) -> None:
        """Keep how it was done; the values do not matter, for a mean is linear."""
        _, ctx.kind, ctx.numbers = inputs

    @staticmethod
    def backward(ctx: Context, grad: Tensor) -> tuple:
        """Do the transpose."""
        return Means.apply(grad, MEANS[ctx.kind][1], ctx.numbers), None, None

    @staticmethod
    def jvp(ctx: Context, tangent: Tensor, *_: None) -> Tensor:
        """Do the same to the tangent."""
        return Means.apply(tangent, ctx.kind, ctx.numbers)

    @staticmethod
    def vmap(info: Any, in_dims: tuple, x: Tensor, kind: str, numbers: Numbers) -> tuple:
        """Do it with the mapped axis in front."""
        return Means.apply(x.movedim(in_dims[0], 0), kind, numbers), 0
