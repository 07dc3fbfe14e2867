"""Unpooling: each value back to the position of its maximum, zeros around it."""

import math
from typing import Any

from array_api_compat import array_namespace, is_numpy_array, is_torch_array

from pooledu.functional import _torch_rules as rules
from pooledu.functional._operation import operation
from pooledu.functional._plain import A, zeros
from pooledu.functional._scatter import scatter
from pooledu.functional._torch_rules import Ints
from pooledu.functional._windows import check_sizes

Array = Any


@operation
def max_unpool1d(
    x: A,
    indices: Array,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    output_size: tuple[int, ...] | None = None,
) -> A:
    """Put pooled values of a sequence back, as `torch.nn.functional.max_unpool1d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, L) or (C, L)
        Zeros but at `indices`; of values at the same position the last one stays.

    {raises}
    ValueError
        If no sequence of `output_size` pools to `x`.

    References
    ----------
    Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014,
    https://arxiv.org/abs/1311.2901

    Examples
    --------
    >>> import numpy as np
    >>> max_unpool1d(np.array([[4.0, 5.0]]), np.array([[1, 2]]), 2)
    array([[0., 4., 5., 0.]])
    """
    return _max_unpool("max_unpool1d", 1, x, indices, kernel_size, stride, padding, output_size)


@operation
def max_unpool2d(
    x: A,
    indices: Array,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    output_size: tuple[int, ...] | None = None,
) -> A:
    """Put pooled values of an image back, as `torch.nn.functional.max_unpool2d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, H, W) or (C, H, W)
        Zeros but at `indices`; of values at the same position the last one stays.

    {raises}
    ValueError
        If no image of `output_size` pools to `x`.

    References
    ----------
    Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014,
    https://arxiv.org/abs/1311.2901

    Examples
    --------
    >>> import numpy as np
    >>> max_unpool2d(np.array([[[7.0]]]), np.array([[[2]]]), 2)
    array([[[0., 0.],
            [7., 0.]]])
    """
    return _max_unpool("max_unpool2d", 2, x, indices, kernel_size, stride, padding, output_size)


@operation
def max_unpool3d(
    x: A,
    indices: Array,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    output_size: tuple[int, ...] | None = None,
) -> A:
    """Put pooled values of a volume back, as `torch.nn.functional.max_unpool3d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, D, H, W) or (C, D, H, W)
        Zeros but at `indices`; of values at the same position the last one stays.

    {raises}
    ValueError
        If no volume of `output_size` pools to `x`.

    References
    ----------
    Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014,
    https://arxiv.org/abs/1311.2901

    Examples
    --------
    >>> import numpy as np
    >>> max_unpool3d(np.array([[[[7.0]]]]), np.array([[[[5]]]]), 2)
    array([[[[0., 0.],
             [0., 0.]],
    <BLANKLINE>
            [[0., 7.],
             [0., 0.]]]])
    """
    return _max_unpool("max_unpool3d", 3, x, indices, kernel_size, stride, padding, output_size)


@operation
def max_unpool(x: A, indices: Array, output_size: tuple[int, ...]) -> A:
    """Put values of the last axes of an array back to flat positions in `output_size`.

    Parameters
    ----------
    x : array
        Any shape; the last ``len(output_size)`` axes are unpooled.
    indices : array of int64, of the shape of `x`
        Where in the unpooled axes each value goes, counted in raster order.
    output_size : tuple of int
        The unpooled axes.

    Returns
    -------
    array
        Zeros but at `indices`; of values at the same position the last one stays (on a GPU, any).

    Raises
    ------
    RuntimeError
        If an index lies outside of `output_size`. JAX cannot look: it drops such a value.
    ValueError, TypeError, NotImplementedError
        If the shapes differ, or an argument is out of its range or not of its type.

    References
    ----------
    Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014,
    https://arxiv.org/abs/1311.2901

    Examples
    --------
    >>> import numpy as np
    >>> max_unpool(np.array([4.0, 5.0]), np.array([1, 2]), (4,))
    array([0., 4., 5., 0.])
    """
    name = "max_unpool"
    rules.check_dtype(name, x, "integral", "real floating")
    rules.check_companion(name, "indices", indices, x)
    rules.check_dtype(name, indices, "signed integer", argument="indices")
    output_size = check_sizes("output_size", output_size, x.ndim, 0)
    if tuple(x.shape) != tuple(indices.shape):
        raise ValueError(
            f"x has the shape {tuple(x.shape)} and indices {tuple(indices.shape)}; each value "
            f"needs one index. Give those of one pooling."
        )
    xp = array_namespace(x)
    cells = math.prod(output_size)
    rules.check_result(name, x, (*x.shape[: -len(output_size)], *output_size))
    rows = (*x.shape[: -len(output_size)], math.prod(x.shape[-len(output_size) :]))
    if cells == 0:
        return zeros(x, (*rows[:-1], *output_size))
    if is_numpy_array(x) and indices.size and not 0 <= indices.min() <= indices.max() < cells:
        raise _bad_index(indices, output_size)  # NumPy would count a negative one from the end
    try:
        plane = scatter(xp.reshape(x, rows), xp.reshape(indices, rows), cells, add=False)
    except RuntimeError as error:
        if is_torch_array(x) and "out of bounds" in str(error):
            raise _bad_index(indices, output_size) from None
        raise
    return xp.reshape(plane, (*rows[:-1], *output_size))


def _bad_index(indices: Array, output_size: tuple[int, ...]) -> RuntimeError:
    """The error for an index outside of the plane."""
    bad = next(i for i in indices.reshape(-1).tolist() if not 0 <= i < math.prod(output_size))
    sizes = "x".join(map(str, output_size if len(output_size) > 1 else (*output_size, 1)))
    return RuntimeError(
        f"Found an invalid max index: {bad} (output volumes are of size {sizes}). An index counts "
        f"the cells of one plane, from 0. Give the output_size of the input that was pooled."
    )


def _max_unpool(
    name: str,
    pooled: int,
    x: Array,
    indices: Array,
    kernel_size: Ints,
    stride: Ints | None,
    padding: Ints,
    output_size: tuple[int, ...] | None,
) -> Array:
    """Check a call as torch does, and unpool."""
    sizes = rules.check_unpool(name, x, indices, pooled, kernel_size, stride, padding, output_size)
    return max_unpool(x, indices, sizes)
