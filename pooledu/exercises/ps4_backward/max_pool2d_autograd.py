"""`max_pool2d_autograd(x, kernel_size, stride=None)`: torch, `(N, C, H, W)`, differentiable once.

The first maximum takes the whole gradient; on the device and in the dtype of `x`; no built-in
pooling under any name.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pooledu.checks.exercise import NOT_NUMPY, Case, Draw, Exercise
from pooledu.checks.finding import Finding
from pooledu.exercises.links import ACCUMULATE, FORWARD, SPREAD, TIES, WRONG
from pooledu.exercises.windows import (
    arranged,
    declare_stride_mistakes,
    pooled_shape,
    reals,
    show_window,
    ties,
)


def _tensors(rng: Draw) -> Iterator[Case]:
    """The ladder of max_pool2d_autograd."""

    def case(
        tests: str, x: np.ndarray, *sizes: int, dtype: str = "float64", **setting: Any
    ) -> Case:
        rows, columns = pooled_shape(x[0, 0], *sizes)
        # Whole numbers, because their sums are exact in any order.
        size = x.shape[0] * x.shape[1] * rows * columns
        grad = (rng.permutation(999)[:size] + 1.0).reshape(*x.shape[:2], rows, columns)
        return Case(tests, (x, *sizes), setting={"dtype": dtype, "grad": grad} | setting)

    side = 2 if rng.local else 3  # of four cells there are few orders, which a table can hold
    yield case("one window", arranged(rng, 1, 1, side, side), side)
    yield case("windows of one cell change nothing", arranged(rng, 1, 1, 2, 3), 1)
    yield case("windows that tile the input", arranged(rng, 1, 1, 4, 4), 2)
    yield case("all numbers equal: the first one takes the gradient", np.full((1, 1, 2, 4), 3.0), 2)
    yield case("negative numbers only", arranged(rng, 1, 1, 4, 4, low=-30, high=-1), 2)
    yield case("more columns than rows, a column left over", arranged(rng, 1, 1, 2, 5), 2)
    yield case("more rows than columns, a row left over", arranged(rng, 1, 1, 7, 4), 3)
    peak = arranged(rng, 1, 1, 3, 3, low=-9, high=-1)
    peak[..., 1, 1] = 9
    yield case("one cell is the maximum of four windows", peak, 2, 1)
    overlap = case("windows that overlap; arguments by name", arranged(rng, 1, 1, 5, 6), 3, 1)
    yield overlap.by_name("x", "kernel_size", "stride")
    yield case("a stride larger than the window", arranged(rng, 1, 1, 7, 8), 2, 3)
    yield case("several images and channels", reals(rng, 2, 3, 5, 4), 3, 1)
    yield case("many ties", ties(rng, 2, 2, 6, 7), 3, 2)
    yield case("float32", arranged(rng, 1, 2, 5, 5), 2, 2, dtype="float32")
    yield case("an input on another device", arranged(rng, 1, 2, 4, 5), 2, 2, elsewhere=True)
    yield case(
        "float32 on another device",
        arranged(rng, 2, 1, 5, 4),
        3,
        1,
        dtype="float32",
        elsewhere=True,
    )


def _autograd_oracle(x, kernel_size, stride=None):
    """PyTorch's own."""
    import torch

    return torch.nn.functional.max_pool2d(x, kernel_size, stride)


def _no_gradient(case: Case, expected: Any, actual: Any) -> Finding | None:
    """Say that the gradient does not flow, where that is all, or that it is no tensor alone."""
    returned = actual[0] if isinstance(actual, tuple) and actual else None
    if isinstance(returned, tuple):
        return Finding("tuple for tensor", length=len(returned))
    if isinstance(returned, list):
        return Finding("list for tensor")
    if not isinstance(actual, tuple) or len(actual) != 2 or actual[1] is not None:
        return None
    if not isinstance(actual[0], np.ndarray) or actual[0].shape != expected[0].shape:
        return None
    return Finding("graph cut")


max_pool2d_autograd = Exercise(
    "max_pool2d_autograd",
    oracle=_autograd_oracle,
    ladder=_tensors,
    show=show_window,
    results=("y", "gradient"),
    driver="autograd",
    forbidden=tuple(library for library in NOT_NUMPY if library != "torch"),
    explain=_no_gradient,
    words={
        "tuple for tensor": "It returned a tuple of {length}, and a tensor alone was expected. "
        "`max(dim=...)` gives the values and their places: take `.values`.",
        "list for tensor": "It returned a list, and a tensor was expected: `torch.stack` joins "
        "tensors, and lets gradients through.",
        "graph cut": "No gradient reaches the input: the result is cut off from the graph. Look "
        "for `detach`, `.data`, `torch.no_grad` or `.item()`.",
    },
    link=SPREAD,
)


def _unfolded(x, kernel_size, stride):
    """The windows of an image, with their cells along the last axis."""
    s = stride or kernel_size
    windows = x.unfold(2, kernel_size, s).unfold(3, kernel_size, s)
    return windows.reshape(*windows.shape[:4], -1)


def _route(windows, choose):
    """Take the cell that `choose` names, and let the gradient through there."""
    return windows.gather(-1, choose(windows)).squeeze(-1)


@max_pool2d_autograd.mistake(
    "`amax` shares the gradient between equal maxima; `max(dim=...)` with "
    "`gather` gives it to one.",
    TIES,
)
def ties_share_the_gradient(x, kernel_size, stride=None):
    """It shares the gradient between equal maxima, as `amax` does."""
    return _unfolded(x, kernel_size, stride).amax(-1)


@max_pool2d_autograd.mistake("A comparison `x == maximum` is true for each of equal maxima.", TIES)
def every_tie_gets_the_gradient(x, kernel_size, stride=None):
    """It gives the whole gradient to each of equal maxima."""
    windows = _unfolded(x, kernel_size, stride)
    best = windows.detach().amax(-1, keepdim=True)
    mask = (windows == best).to(x.dtype)
    return (windows * mask).sum(-1) + (best.squeeze(-1) * (1 - mask.sum(-1)))


@max_pool2d_autograd.mistake("Of equal maxima the first one takes the gradient.", TIES)
def last_tie_takes_the_gradient(x, kernel_size, stride=None):
    """Of equal maxima the last one takes the gradient."""
    return _route(
        _unfolded(x, kernel_size, stride),
        lambda w: w.shape[-1] - 1 - w.flip(-1).argmax(-1, keepdim=True),
    )


@max_pool2d_autograd.mistake(
    "`detach`, `.data`, `.item()` and `torch.no_grad` cut the graph.", WRONG
)
def graph_cut(x, kernel_size, stride=None):
    """No gradient reaches the input, because the result is cut off from the graph."""
    return _unfolded(x.detach(), kernel_size, stride).amax(-1)


@max_pool2d_autograd.mistake(
    "Make tensors with `device=x.device`, or from `x` with `x.new_zeros(...)`.", WRONG
)
def result_made_on_the_cpu(x, kernel_size, stride=None):
    """It makes its result on the CPU, wherever the input lies."""
    import torch

    best = _route(_unfolded(x, kernel_size, stride), lambda w: w.argmax(-1, keepdim=True))
    y = torch.zeros(best.shape, dtype=x.dtype)
    y[...] = best
    return y


@max_pool2d_autograd.mistake(
    "Make tensors with `device=x.device`, or from `x` with `x.new_zeros(...)`.", WRONG
)
def helper_made_on_the_cpu(x, kernel_size, stride=None):
    """It makes a tensor on the CPU and computes with it and with the input."""
    import torch

    best = _route(_unfolded(x, kernel_size, stride), lambda w: w.argmax(-1, keepdim=True))
    return best + torch.zeros(best.shape, dtype=x.dtype)


@max_pool2d_autograd.mistake(
    "Make tensors with `dtype=x.dtype`, or from `x` with `x.new_zeros(...)`.", WRONG
)
def dtype_not_kept(x, kernel_size, stride=None):
    """Its result is float32, whatever the input is."""
    import torch

    best = _route(_unfolded(x, kernel_size, stride), lambda w: w.argmax(-1, keepdim=True))
    return best.to(torch.float32)


@max_pool2d_autograd.mistake(
    "In a backward pass of your own, gradients of overlapping windows add up: "
    "`scatter_add_`, not `scatter_`.",
    ACCUMULATE,
)
def gradients_overwritten(x, kernel_size, stride=None):
    """Where windows share a maximum it keeps the last gradient and does not add."""
    import torch

    class Pool(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y, ctx.indices = torch.nn.functional.max_pool2d(
                x, kernel_size, stride, return_indices=True
            )
            ctx.shape = x.shape
            return y

        @staticmethod
        def backward(ctx, grad):
            flat = grad.new_zeros(*ctx.shape[:2], ctx.shape[2] * ctx.shape[3])
            places, values = ctx.indices.flatten(2), grad.flatten(2)
            for place in range(places.shape[2]):
                flat.scatter_(2, places[..., place : place + 1], values[..., place : place + 1])
            return flat.reshape(ctx.shape)

    return Pool.apply(x)


@max_pool2d_autograd.mistake("A maximum may be negative: nothing is compared with 0.", FORWARD)
def compared_with_zero(x, kernel_size, stride=None):
    """It compares with 0 as well, so no result is negative."""
    best = _route(_unfolded(x, kernel_size, stride), lambda w: w.argmax(-1, keepdim=True))
    return best.clamp(min=0)


declare_stride_mistakes(max_pool2d_autograd)
