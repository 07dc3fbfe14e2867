"""What pooling does backwards: gradients go to where maxima were, or are shared among cells."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

from array_api_compat import array_namespace, is_jax_array

from pooledu.functional import _definition as definition
from pooledu.functional._plain import zeros
from pooledu.functional._scatter import scatter
from pooledu.functional._windows import Axis

Array = Any
Sizes = Sequence[int]


def send(values: Array, indices: Array, sizes: Sizes) -> Array:
    """Zeros of the last axes `sizes`, with each value added at its flat index."""
    xp = array_namespace(values)
    lead = values.shape[: values.ndim - len(sizes)]
    rows = (*lead, math.prod(values.shape[len(lead) :]))
    sent = scatter(xp.reshape(values, rows), xp.reshape(indices, rows), math.prod(sizes), add=True)
    return xp.reshape(sent, (*lead, *sizes))


def fetch(x: Array, indices: Array, pooled: int) -> Array:
    """What lies at flat indices of the last axes: the other direction of `send`."""
    xp = array_namespace(x)
    lead = x.shape[: x.ndim - pooled]
    plane = xp.reshape(x, (*lead, math.prod(x.shape[len(lead) :])))
    flat = xp.reshape(indices, (*lead, math.prod(indices.shape[len(lead) :])))
    return xp.reshape(xp.take_along_axis(plane, flat, axis=-1), indices.shape)


def share(
    grad: Array, axes: list[Axis], count_include_pad: bool = True, override: int | None = None
) -> Array:
    """Each window's gradient divided as its mean is, to each of its cells."""
    divisor = definition.divisors(grad, axes, count_include_pad, override)
    return spread(grad / array_namespace(grad).astype(divisor, grad.dtype), axes)


def spread(shares: Array, axes: list[Axis]) -> Array:
    """The walk of the definition backwards: each window adds its share to each of its cells."""
    near = [axis.near() for axis in axes]
    shares = cut(shares, [windows for windows, _ in near])
    axes = [axis for _, axis in near]
    lead = shares.shape[: shares.ndim - len(axes)]
    padded = [axis.before + axis.size + max(axis.reach, 0) for axis in axes]
    grad = zeros(shares, (*lead, *padded))
    # the last offset first: then a cell receives from its windows in raster order, as in PyTorch
    for offset in reversed(list(itertools.product(*(range(axis.kernel) for axis in axes)))):
        seen = [axis.inside(cell) for axis, cell in zip(axes, offset, strict=True)]
        if is_jax_array(grad):  # it cannot change, the others do
            grad = grad.at[(..., *seen)].add(shares)
        else:
            part = cut(grad, seen)
            part += shares
    return cut(grad, [slice(axis.before, axis.before + axis.size) for axis in axes])


def cut(x: Array, parts: list[slice]) -> Array:
    """A part of the last axes; all of `x` as it is, which torch's batched gradients ask for."""
    sizes = x.shape[x.ndim - len(parts) :]
    whole = all(part.indices(n) == (0, n, 1) for part, n in zip(parts, sizes, strict=True))
    return x if whole else x[(..., *parts)]
