"""Writing to positions: the step that each library does in its own way."""

from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_jax_array, is_torch_array

Array = Any


def scatter(values: Array, positions: Array, size: int, add: bool) -> Array:
    """Zeros of length `size` along the last axis, with `values` written at `positions`.

    Of values at the same position, `add` takes the sum, in order; else the last one stays.
    """
    xp = array_namespace(values)
    shape = (*values.shape[:-1], size)
    if is_torch_array(values):
        zeros = values.new_zeros(shape)
        write = zeros.scatter_add if add else zeros.scatter
        return write(-1, positions, values)
    rows = tuple(xp.indices(values.shape, sparse=True)[:-1])
    if is_jax_array(values):
        slots = xp.zeros(shape, dtype=values.dtype).at[(*rows, positions)]
        return slots.add(values) if add else slots.set(values)
    result = np.zeros(shape, dtype=values.dtype)
    if add:
        np.add.at(result, (*rows, positions), values)
    else:
        result[(*rows, positions)] = values
    return result
