"""Downsampling that respects the sampling theorem, or chooses its grid by the content."""

import math
from typing import Any

from array_api_compat import array_namespace, device

from pooledu.functional import _core as core
from pooledu.functional import _definition as definition
from pooledu.functional import _torch_rules as rules
from pooledu.functional._lp import check_power
from pooledu.functional._operation import operation
from pooledu.functional._plain import A
from pooledu.functional._torch_rules import Ints
from pooledu.geometry._sizes import check_flag

Array = Any


@operation
def blur_pool2d(x: A, blur_size: Ints = 3, stride: Ints = 2) -> A:
    """Blur an image with a binomial filter, then keep every `stride`-th cell.

    The image is reflected at its borders, so that a constant stays constant.

    {parameters}

    Returns
    -------
    array of shape (N, C, OH, OW) or (C, OH, OW)
        The blurred and subsampled image, ``ceil(size / stride)`` cells on each axis.

    {raises}

    References
    ----------
    Zhang, "Making convolutional networks shift-invariant again", ICML 2019,
    https://arxiv.org/abs/1904.11486

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[[0.0, 0.0, 4.0, 0.0], [0.0, 0.0, 4.0, 0.0]]])
    >>> blur_pool2d(x)
    array([[[0., 2.]]])
    """
    name = "blur_pool2d"
    _, steps, _, _ = rules.accept(name, x, 2, rules.FLOATS, 1, stride, 0, 1, False)
    filters = rules.expand(name, "blur_size", blur_size, 2)
    _check_reflection(filters, tuple(x.shape[-2:]))
    blurred = definition.widen(x)
    for i, k, step in zip((-2, -1), filters, steps, strict=True):  # the filter is separable
        blurred = _blur_along(blurred, i, k, step)
    return array_namespace(x).astype(blurred, x.dtype)


def _blur_along(x: Array, axis: int, size: int, step: int) -> Array:
    """`x` blurred and subsampled along one of its last two axes."""
    step = min(step, x.shape[axis])
    last = (x.shape[axis] - 1) // step * step
    reflected = _reflect(x, axis, (size - 1) // 2, size // 2)
    total: Array = 0
    for cell, weight in enumerate(_binomial(size)):
        along = slice(cell, cell + last + 1, step)
        total = total + weight * reflected[(..., along, *(slice(None),) * (-1 - axis))]
    return total


@operation
def max_blur_pool2d(
    x: A, kernel_size: Ints, stride: Ints = 2, padding: Ints = 0, blur_size: Ints = 3
) -> A:
    """Take the maximum of the window at every cell of an image, then `blur_pool2d`.

    The stride of a max pooling, which makes it aliased, moves into the blurred subsampling.

    {parameters}

    Returns
    -------
    array of shape (N, C, OH, OW) or (C, OH, OW)
        The blurred and subsampled maxima.

    {raises}

    References
    ----------
    Zhang, "Making convolutional networks shift-invariant again", ICML 2019,
    https://arxiv.org/abs/1904.11486

    Examples
    --------
    >>> import numpy as np
    >>> x = np.zeros((1, 4, 4))
    >>> x[0, 1, 1] = 1.0
    >>> max_blur_pool2d(x, 2)
    array([[[1.  , 0.5 ],
            [0.5 , 0.25]]])
    """
    name = "max_blur_pool2d"
    windows = rules.accept(name, x, 2, rules.FLOATS, kernel_size, 1, padding, 1, False)
    return blur_pool2d(core.max_pool(x, *windows), blur_size, stride)


@operation
def avg_blur_pool2d(
    x: A, kernel_size: Ints, stride: Ints = 2, padding: Ints = 0, blur_size: Ints = 3
) -> A:
    """Take the mean of the window at every cell of an image, then `blur_pool2d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OH, OW) or (C, OH, OW)
        The blurred and subsampled means.

    {raises}

    References
    ----------
    Zhang, "Making convolutional networks shift-invariant again", ICML 2019,
    https://arxiv.org/abs/1904.11486

    Examples
    --------
    >>> import numpy as np
    >>> avg_blur_pool2d(np.ones((1, 5, 5)), 2)
    array([[[1., 1.],
            [1., 1.]]])
    """
    name = "avg_blur_pool2d"
    windows = rules.accept(name, x, 2, rules.FLOATS, kernel_size, 1, padding, 1, False)
    return blur_pool2d(core.avg_pool(x, *windows), blur_size, stride)


@operation
def adaptive_polyphase_pool2d(
    x: Array, stride: Ints = 2, norm_type: float = 2.0, return_indices: bool = False
) -> Array:
    """Subsample an image on the grid that holds most of it, which a shift does not change.

    Of the ``stride * stride`` grids that start at different cells, each image keeps the one whose
    values have the largest norm over all channels. A circular shift of the image then only shifts
    the output, circularly.

    {parameters}

    Returns
    -------
    array of shape (N, C, OH, OW) or (C, OH, OW), or (array, array)
        The values on the grid chosen; with `return_indices` also the choice of each image, an array
        of shape (N,) or (), which counts the grids in raster order of their first cell.

    {raises}

    References
    ----------
    Chaman and Dokmanić, "Truly shift-invariant convolutional neural networks", CVPR 2021,
    https://arxiv.org/abs/2011.14214

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[[1.0, 8.0, 2.0, 9.0]] * 2])
    >>> adaptive_polyphase_pool2d(x)
    array([[[8., 9.]]])
    >>> adaptive_polyphase_pool2d(np.roll(x, 1, axis=-1))
    array([[[9., 8.]]])
    """
    name = "adaptive_polyphase_pool2d"
    _, steps, _, _ = rules.accept(name, x, 2, rules.FLOATS, 1, stride, 0, 1, False)
    if any(n % s for n, s in zip(x.shape[-2:], steps, strict=True)):
        raise RuntimeError(
            f"the grids would have different sizes: the image is {tuple(x.shape[-2:])} and the "
            f"stride {steps}. Crop or pad the image to a multiple of the stride."
        )
    xp = array_namespace(x)
    power = check_power(norm_type)
    if power < 0:
        raise ValueError(f"norm_type is {norm_type}; it must be above 0. Use 2 or inf.")
    check_flag("return_indices", return_indices)
    down, across = steps
    grids = xp.stack([x[..., i::down, j::across] for i in range(down) for j in range(across)])
    choice = xp.argmax(_norms(grids, power), axis=0)
    chosen = xp.reshape(choice, (1, *choice.shape, 1, 1, 1))
    chosen = xp.broadcast_to(chosen, (1, *grids.shape[1:]))
    values = xp.take_along_axis(grids, chosen, axis=0)[0]
    return (values, choice) if return_indices else values


def _norms(grids: Array, power: float) -> Array:
    """The norm of each grid of an image, in parts of the largest value of them all.

    So no power of a number in range is out of range, and no sum of a large map.
    """
    xp = array_namespace(grids)
    sizes = xp.abs(definition.widen(grids))
    largest = xp.max(sizes, axis=(0, -3, -2, -1), keepdims=True)
    if power == math.inf:
        return xp.max(sizes, axis=(-3, -2, -1))
    scaled = sizes / xp.where(xp.isfinite(largest) & (largest > 0), largest, 1)
    return xp.sum(scaled**power, axis=(-3, -2, -1))


def _binomial(size: int) -> list[float]:
    """A row of Pascal's triangle that sums to 1."""
    return [math.comb(size - 1, i) / 2 ** (size - 1) for i in range(size)]


def _reflect(x: Array, axis: int, before: int, after: int) -> Array:
    """`x` with its cells mirrored at both ends of an axis; the end cells are not repeated."""
    xp = array_namespace(x)
    last = x.shape[axis] - 1
    cells = [last - abs(last - abs(i)) for i in range(-before, last + 1 + after)]
    return xp.take(x, xp.asarray(cells, device=device(x)), axis=axis)


def _check_reflection(filters: tuple[int, ...], sizes: tuple[int, ...]) -> None:
    """Refuse a filter that is empty, or reaches so far that nothing is there to mirror."""
    for k, n in zip(filters, sizes, strict=True):
        if not 1 <= k <= 2 * n - 1:
            raise RuntimeError(
                f"blur_size is {k} and the image has {n} cells on that axis: the filter must have "
                f"at least 1 cell and reach at most {n - 1} cells beyond the image. Use a "
                f"blur_size from 1 to {2 * n - 1}."
            )
