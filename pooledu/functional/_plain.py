"""The memory of an array as NumPy sees it, and results in the library and layout of their input.

A tensor in the memory of the processor is a NumPy array under another name, and is pooled as one.
"""

from typing import Any, TypeVar

import numpy as np
from array_api_compat import array_namespace, device, is_jax_array, is_torch_array

Array = Any
A = TypeVar("A", bound=Any)  # the result is of the type of the input


def plain(x: Array) -> np.ndarray | None:
    """The numbers of `x` without a copy, or None where NumPy cannot have them or must not.

    It must not where something watches what becomes of a tensor: derivatives, a compiler or `vmap`.
    """
    if isinstance(x, np.ndarray):
        return x
    if not is_torch_array(x) or _watched(x):
        return None
    try:
        return x.numpy()
    except (RuntimeError, TypeError):  # it needs a gradient, is mapped, or is not in this memory
        return None


def _watched(x: Array) -> bool:
    """Whether torch records what is done to a tensor."""
    import torch
    from torch.autograd import forward_ad

    return (
        torch.compiler.is_compiling()
        or torch.jit.is_tracing()
        or torch._C._len_torch_dispatch_stack() > 0
        or forward_ad.unpack_dual(x).tangent is not None
    )


def alike(result: np.ndarray, x: Array) -> Array:
    """A result of NumPy in the library of `x`."""
    if isinstance(x, np.ndarray):
        return result
    import torch

    return torch.from_numpy(result)


def as_numpy_floats(x: Array) -> Array:
    """Tensors of a dtype that NumPy lacks in one that holds the same numbers."""
    if isinstance(x, np.ndarray):
        return x
    return x.float() if str(x.dtype) == "torch.bfloat16" else x


def in_library_of(x: Array, result: Any) -> Any:
    """Values of NumPy, or (values, indices), in the library of `x`; the values in its dtype."""
    if isinstance(x, np.ndarray):
        return result
    if isinstance(result, tuple):
        values, indices = result
        return in_library_of(x, values), alike(indices, x)
    return alike(result, x).to(x.dtype)


def has_nan(values: Array) -> bool:
    """Whether a NaN is there; yes where nobody can look, as on a device or under a compiler."""
    numbers = plain(values)
    return numbers is None or bool(np.isnan(numbers).any())


def zeros(like: Array, shape: tuple[int, ...]) -> Array:
    """Zeros of another shape, in the library, dtype and device of `like`."""
    if is_torch_array(like):  # torch.zeros would not be mapped by vmap, and could not be added to
        return like.new_zeros(shape)
    if is_jax_array(like):
        import jax.numpy as jnp

        return jnp.zeros(shape, dtype=like.dtype, device=device(like))
    return np.zeros(shape, dtype=like.dtype)


def empty(like: Array, shape: tuple[int, ...]) -> Array:
    """A result without a cell, which belongs to its input all the same: a gradient comes back."""
    return zeros(like, shape) + 0 * array_namespace(like).sum(like)


def keep_layout(result: Array, x: Array) -> Array:
    """`result` with its channels last in memory if those of `x` are, as torch does it."""
    if not channels_last(x):
        return result
    if isinstance(result, tuple):
        return tuple(keep_layout(part, x) for part in result)
    if result.ndim != x.ndim or channels_last(result):
        return result
    if isinstance(result, np.ndarray):
        return np.moveaxis(np.ascontiguousarray(np.moveaxis(result, 1, -1)), -1, 1)
    import torch

    # a copy, for a plane of one cell is contiguous in every layout and would keep its strides
    last = result.movedim(1, -1).clone(memory_format=torch.contiguous_format)
    return last.movedim(-1, 1)


def channels_last(x: Array) -> bool:
    """Whether the channels of a batch of images or volumes lie side by side in memory."""
    if x.ndim not in (4, 5):
        return False
    if isinstance(x, np.ndarray):
        if x.flags.c_contiguous:
            return False
        strides = x.strides
    elif is_torch_array(x):
        if x.is_contiguous():
            return False
        strides = x.stride()
    else:
        return False  # JAX tells nothing about its memory
    shape = tuple(x.shape)
    order = (1, *range(x.ndim - 1, 1, -1), 0)  # from the fastest axis to the slowest
    steps = [strides[axis] for axis in order if shape[axis] > 1]
    return shape[1] > 1 and 0 not in shape and steps == sorted(steps) and steps[0] == strides[1] > 0
