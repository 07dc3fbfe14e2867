"""Writing to positions: the step that each library does in its own way."""

from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_jax_array, is_torch_array

from pooledu.functional import _definition as definition
from pooledu.functional._plain import plain
from pooledu.functional._torch_rules import check_companion, check_dtype

Array = Any


def scatter(values: Array, positions: Array, size: int, add: bool) -> Array:
    """Zeros of length `size` along the last axis, with `values` written at `positions`.

    Of values at the same position, `add` takes the sum, in order; else the last one stays.
    """
    xp = array_namespace(values)
    positions = xp.astype(positions, definition.index_dtype(values), copy=False)
    shape = (*values.shape[:-1], size)
    if is_torch_array(values):
        return _scatter_torch(values, positions, values.new_zeros(shape), add)
    where = (*xp.indices(values.shape, sparse=True)[:-1], positions)
    if is_jax_array(values):  # what lies outside is dropped, but a negative index counts backwards
        where = (*where[:-1], xp.where(positions < 0, size, positions))
        slots = xp.zeros(shape, dtype=values.dtype).at[where]
        return slots.add(values) if add else slots.set(values)
    result = np.zeros(shape, dtype=values.dtype)
    if add:
        np.add.at(result, where, values)
    else:
        result[where] = values
    return result


def check_indices(operation: str, indices: Array, like: Array, cells: int) -> None:
    """Refuse indices that are no integers, or lie outside of a plane of `cells`.

    Where nobody can look at them, as in JAX and under a compiler, those outside are dropped or
    refused by the library.
    """
    check_companion(operation, "indices", indices, like)
    check_dtype(operation, indices, "signed integer", argument="indices")
    numbers = plain(indices)
    if numbers is not None and numbers.size and not 0 <= numbers.min() <= numbers.max() < cells:
        bad = next(i for i in numbers.ravel().tolist() if not 0 <= i < cells)
        raise ValueError(
            f"indices hold {bad}; they must count the cells of one plane, from 0 to {cells - 1}. "
            f"Give those that the pooling returned, and the size of its input."
        )


def _scatter_torch(values: Array, positions: Array, zeros: Array, add: bool) -> Array:
    """`scatter` for torch, without writing in place: vmap and a second derivative need that."""
    if not add:
        return zeros.scatter(-1, positions, values)
    if values.dtype.itemsize >= 4:
        return zeros.scatter_add(-1, positions, values)
    # scatter_add sums half-precision numbers in float32, PyTorch's pooling does not
    rows = [
        positions.new_tensor(range(n)).reshape((-1,) + (1,) * (values.ndim - 1 - axis))
        for axis, n in enumerate(values.shape[:-1])
    ]
    return zeros.index_put((*rows, positions), values, accumulate=True)
