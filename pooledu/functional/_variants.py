"""What torch lacks: stochastic, mixed, generalised-mean, soft and log-mean-exp pooling."""

import math
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

from array_api_compat import array_namespace, is_array_api_obj, is_jax_array, is_torch_array

from pooledu.functional import _core as core
from pooledu.functional import _definition as definition
from pooledu.functional import _torch_rules as rules
from pooledu.functional._lp import lp_pool
from pooledu.functional._operation import form_of, operation
from pooledu.functional._plain import A
from pooledu.functional._random import uniform
from pooledu.functional._torch_rules import Ints
from pooledu.functional._windows import Axis, PaddingLike, lay_windows

Array = Any
PerAxis = int | Sequence[int]

MANY = 16  # cells of a window from which on reducing an axis is quicker than walking


@operation
def stochastic_pool(
    x: A,
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    *,
    rng: Any = None,
) -> A:
    """Draw one cell of each window of the last axes, with a chance in proportion to its value.

    Meant for activations after a ReLU: a negative value counts as zero and is never drawn. An
    infinite value leaves no chance to others, and NaN is drawn wherever it is.

    {parameters}

    Returns
    -------
    array
        The values drawn; 0 where no value of the window is positive.

    {raises}

    References
    ----------
    Zeiler and Fergus, "Stochastic pooling for regularization of deep convolutional neural
    networks", ICLR 2013, https://arxiv.org/abs/1301.3557

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([0.0, 5.0, 0.0, 0.0, 1.0, 3.0])
    >>> stochastic_pool(x, (2,), rng=np.random.default_rng(0))
    array([5., 0., 1.])
    """
    rules.check_dtype("stochastic_pool", x, "real floating")
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    xp = array_namespace(x)
    drawn = core.on_near(lambda x, axes: _draw(x, axes, rng), _clip(x), axes, 0)
    return xp.astype(drawn, x.dtype)


def _clip(x: Array) -> Array:
    """`x` as it is summed, its negative values as 0."""
    return array_namespace(x).clip(definition.widen(x), min=0)


def _draw(wide: Array, axes: list[Axis], rng: Any) -> Array:
    """One cell of each window; no value is negative."""
    xp = array_namespace(wide)
    largest, scale = _largest(wide, axes)
    total = definition.sum_walk(wide, axes, lambda values: values / scale)
    # strike a point of the stretch [0, total) that the values divide among them
    point = uniform(total, tuple(total.shape), rng) * total
    drawn: Array = 0
    reached: Array = 0
    for _, values in definition.walk(wide, axes, 0):
        before, reached = reached, reached + values / scale
        drawn = xp.where((before <= point) & (point < reached), values, drawn)
    return xp.where((largest == math.inf) | (largest != largest), largest, drawn)


@operation
def stochastic_pool_expected(
    x: A,
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> A:
    """Take what `stochastic_pool` gives on average: the test-time form of stochastic pooling.

    {parameters}

    Returns
    -------
    array
        ``sum(v * v) / sum(v)`` over each window; 0 where no value is positive.

    {raises}

    References
    ----------
    Zeiler and Fergus, "Stochastic pooling for regularization of deep convolutional neural
    networks", ICLR 2013, https://arxiv.org/abs/1301.3557

    Examples
    --------
    >>> import numpy as np
    >>> stochastic_pool_expected(np.array([0.0, 5.0, 0.0, 0.0, 1.0, 3.0]), (2,))
    array([5. , 0. , 2.5])
    """
    rules.check_dtype("stochastic_pool_expected", x, "real floating")
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    xp = array_namespace(x)
    return xp.astype(core.on_near(_expect, _clip(x), axes, 0), x.dtype)


def _expect(wide: Array, axes: list[Axis]) -> Array:
    """The mean of each window, weighted by the values, of which none is negative."""
    xp = array_namespace(wide)
    largest, scale = _largest(wide, axes)

    def terms(values: Array, scale: Array) -> tuple[Array, Array]:
        part = values / scale
        return part, part * part

    total, squares = _totals(terms, wide, axes, scale)
    mean = scale * (squares / xp.where(total == 0, 1, total))
    return xp.where((largest == math.inf) | (largest != largest), largest, mean)


@operation
def mixed_pool(
    x: A,
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    lam: float | Array = 0.5,
) -> A:
    """Mix the maximum and the mean of each window of the last axes.

    {parameters}

    Returns
    -------
    array
        ``lam * max + (1 - lam) * mean``; the mean counts the padding. A part whose share is 0 is
        left out, and so is the maximum where a window holds padding alone.

    {raises}

    References
    ----------
    Lee, Gallagher and Tu, "Generalizing pooling functions in convolutional neural networks: mixed,
    gated, and tree", AISTATS 2016, https://arxiv.org/abs/1509.08985; Yu et al., "Mixed pooling for
    convolutional neural networks", RSKT 2014, which draws `lam` as 0 or 1.

    Examples
    --------
    >>> import numpy as np
    >>> mixed_pool(np.array([1.0, 5.0, 2.0, 2.0]), (2,), lam=0.25)
    array([3.5, 2. ])
    """
    rules.check_dtype("mixed_pool", x, "real floating")
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    share = _parameter("lam", lam, x, axes)
    xp = array_namespace(x)
    means = core.means(x, axes)
    if isinstance(share, float) and share == 0:
        return means
    largest = core.maxima(x, axes)
    unseen = definition.unseen(x, axes)
    if unseen is not None:
        largest = xp.where(unseen, 0, largest)
    if isinstance(share, float) and share == 1:
        return largest
    mixed = share * definition.widen(largest) + (1 - share) * definition.widen(means)
    return xp.astype(mixed, x.dtype)


@operation
def gem_pool(
    x: A,
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    p: float | Array = 3.0,
    eps: float = 1e-6,
) -> A:
    """Take the generalised mean (GeM) of each window of the last axes, of values clipped to `eps`.

    It is the mean form of `lp_pool`, made safe for every p by the clipping, and by powers of ratios
    to the largest value, which do not overflow; p may be learned.

    {parameters}

    Returns
    -------
    array
        ``mean(max(x, eps) ** p) ** (1 / p)`` of each window; the mean leaves the padding out. 0
        where that leaves nothing.

    {raises}

    References
    ----------
    Radenović, Tolias and Chum, "Fine-tuning CNN image retrieval with no human annotation", TPAMI
    2019, https://arxiv.org/abs/1711.02512

    Examples
    --------
    >>> import numpy as np
    >>> gem_pool(np.array([[1.0, 2.0], [3.0, 4.0]]), (2, 2), p=1.0)
    array([[2.5]])
    >>> gem_pool(np.array([[1.0, 2.0], [3.0, 4.0]]), (2, 2), p=50.0).round(2)
    array([[3.89]])
    """
    rules.check_dtype("gem_pool", x, "real floating")
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    power = _power("p", p, x, axes)
    smallest = _positive("eps", eps)
    xp = array_namespace(x)

    def pool(clipped: Array, axes: list[Axis], power: float | Array) -> Array:
        leading = _leading(clipped, axes, power)
        scale = xp.where(xp.isfinite(leading), leading, 1)
        terms = lambda values, scale, power: ((values / scale) ** power,)  # noqa: E731
        mean = _mean(terms, clipped, axes, scale, power)
        return scale * mean ** (1.0 / power)

    clipped = xp.clip(definition.widen(x), min=smallest)
    return _pool_seen(pool, x, clipped, axes, power)


@operation
def log_mean_exp_pool(
    x: A,
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    r: float | Array = 1.0,
) -> A:
    """Take the logarithm of the mean exponential of each window of the last axes.

    It lies between the mean (r towards 0) and the maximum (r to infinity); a negative r leads to
    the minimum. r may be learned.

    {parameters}

    Returns
    -------
    array
        ``log(mean(exp(r * v))) / r`` over each window, the padding left out; 0 where that leaves
        nothing.

    {raises}

    References
    ----------
    Pinheiro and Collobert, "From image-level to pixel-level labeling with convolutional networks",
    CVPR 2015, https://arxiv.org/abs/1411.6228

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([0.0, np.log(3.0), 1.0, 1.0])
    >>> np.exp(log_mean_exp_pool(x, (2,))).round(4)
    array([2.    , 2.7183])
    >>> log_mean_exp_pool(x, (2,), r=100.0).round(2)
    array([1.09, 1.  ])
    """
    rules.check_dtype("log_mean_exp_pool", x, "real floating")
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    rate = _power("r", r, x, axes)
    xp = array_namespace(x)

    def pool(wide: Array, axes: list[Axis], rate: float | Array) -> Array:
        leading = _leading(wide, axes, rate)
        base = xp.where(xp.isfinite(leading), leading, 0)
        terms = lambda values, base, rate: (xp.exp(rate * (values - base)),)  # noqa: E731
        return base + xp.log(_mean(terms, wide, axes, base, rate)) / rate

    return _pool_seen(pool, x, definition.widen(x), axes, rate)


@operation
def soft_pool(
    x: A,
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> A:
    """Weight each cell of a window of the last axes by its softmax, and sum.

    {parameters}

    Returns
    -------
    array
        ``sum(exp(v) * v) / sum(exp(v))`` over each window, the padding left out; 0 where that
        leaves nothing.

    {raises}

    References
    ----------
    Stergiou, Poppe and Kalliatakis, "Refining activation downsampling with SoftPool", ICCV 2021,
    https://arxiv.org/abs/2101.00440

    Examples
    --------
    >>> import numpy as np
    >>> soft_pool(np.array([0.0, np.log(3.0), 1.0, 1.0]), (2,)).round(4)
    array([0.824, 1.   ])
    """
    rules.check_dtype("soft_pool", x, "real floating")
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    xp = array_namespace(x)

    def pool(wide: Array, axes: list[Axis]) -> Array:
        largest = _leading(wide, axes, 1.0)
        base = xp.where(xp.isfinite(largest), largest, 0)  # without it exp overflows

        def terms(values: Array, base: Array) -> tuple[Array, Array]:
            weight = xp.exp(values - base)
            return weight, weight * xp.where(weight == 0, 0, values)  # not 0 * -inf

        weights, total = _totals(terms, wide, axes, base)
        mean = total / xp.where(weights == 0, 1, weights)
        return xp.where(xp.abs(largest) == math.inf, largest, mean)

    return _pool_seen(pool, x, definition.widen(x), axes)


def _pool_seen(
    pool: Callable, x: Array, wide: Array, axes: list[Axis], *parameters: float | Array
) -> Array:
    """Pool `wide` into the dtype of `x`; a window that holds padding alone gives 0."""
    xp = array_namespace(x)
    parts, near = zip(*(axis.near() for axis in axes), strict=True)
    seen = (_of_windows(parameter, parts) for parameter in parameters)
    pooled = core.embed(pool(wide, list(near), *seen), parts, axes, 0)
    unseen = definition.unseen(x, axes)
    return xp.astype(pooled if unseen is None else xp.where(unseen, 0, pooled), x.dtype)


def _of_windows(parameter: float | Array, parts: Sequence[slice]) -> float | Array:
    """The entries of a parameter that belong to some of the windows."""
    if isinstance(parameter, float):
        return parameter
    shape = parameter.shape[max(parameter.ndim - len(parts), 0) :]
    last = parts[len(parts) - len(shape) :]
    cut = (slice(None) if n == 1 else part for n, part in zip(shape, last, strict=True))
    return parameter[(..., *cut)]


def _totals(terms: Callable, x: Array, axes: list[Axis], *along: Array) -> tuple[Array, ...]:
    """The sum of each of `terms(cell, *along)` over the cells of each window, padding left out.

    `along` has an entry for each window, or one for all; the first is a value that does no harm.
    """
    xp = array_namespace(x)
    if math.prod([axis.kernel for axis in axes]) >= MANY and all(axis.tiled for axis in axes):
        raised = [part if isinstance(part, float) else part[..., None] for part in along]
        cells = terms(definition.tiles(x, axes), *raised)
        return tuple(xp.sum(part, axis=-1) for part in cells)
    totals: tuple[Array, ...] = ()
    for offset, values in definition.walk(x, axes, 0):
        inside = definition.inside(x, axes, offset)
        if inside is None:
            parts = terms(values, *along)
        else:
            parts = terms(xp.where(inside, values, along[0]), *along)
            parts = tuple(xp.where(inside, part, 0) for part in parts)
        totals = tuple(t + p for t, p in zip(totals, parts, strict=True)) if totals else parts
    return totals


def _mean(terms: Callable, x: Array, axes: list[Axis], *along: Array) -> Array:
    """The mean of a term over the cells of each window; 1 where there are none."""
    (total,) = _totals(terms, x, axes, *along)
    unseen = definition.unseen(x, axes)
    total = total if unseen is None else array_namespace(x).where(unseen, 1, total)
    return total / definition.divisors(x, axes, count_include_pad=False)


def _leading(x: Array, axes: list[Axis], rate: float | Array) -> Array:
    """The largest value of each window, or the smallest where the rate is negative; a constant."""
    still = _constant(x)
    if isinstance(rate, float):
        return core.maxima(still, axes) if rate > 0 else -core.maxima(-still, axes)
    where = array_namespace(x).where
    return where(_constant(rate) > 0, core.maxima(still, axes), -core.maxima(-still, axes))


def _largest(x: Array, axes: list[Axis]) -> tuple[Array, Array]:
    """The largest value of each window, and by what to divide so that no sum overflows."""
    xp = array_namespace(x)
    largest = _leading(x, axes, 1.0)
    return largest, xp.where(xp.isfinite(largest) & (largest > 0), largest, 1)


def _constant(x: Array) -> Array:
    """`x` without its derivatives."""
    if is_torch_array(x):
        return x.detach()
    if is_jax_array(x):
        import jax

        return jax.lax.stop_gradient(x)
    return x


def _parameter(name: str, value: Any, x: Array, axes: list[Axis]) -> float | Array:
    """A parameter as a float, or as an array in the dtype in which `x` is summed."""
    if isinstance(value, Real) and not isinstance(value, bool):
        if math.isnan(value):
            raise ValueError(f"{name} is {value}; it must be a number.")
        return float(value)
    if not is_array_api_obj(value) or isinstance(value, bool):
        raise TypeError(
            f"{name} is {value!r}; it must be a number or an array, not {type(value).__name__}."
        )
    rules.check_array(name, value, name)
    if array_namespace(value) is not array_namespace(x):
        raise TypeError(
            f"{name} is an array of the type {type(value).__name__}; it must be a number, or an "
            f"array of the library of x."
        )
    windows = (*x.shape[: x.ndim - len(axes)], *(axis.windows for axis in axes))
    rules.check_dtype(name, value, "real floating", argument=name)
    if not rules.broadcasts(value, windows):
        raise ValueError(
            f"{name} has the shape {tuple(value.shape)}; it must fit the result, whose shape is "
            f"{windows}. Give one number, or one for each channel or window."
        )
    return array_namespace(x).astype(value, definition.widen(x[..., :0]).dtype)


def _power(name: str, value: Any, x: Array, axes: list[Axis]) -> float | Array:
    """A power, which has no inverse if it is 0."""
    power = _parameter(name, value, x, axes)
    if isinstance(power, float) and power == 0:
        raise ValueError(f"{name} is 0; it must be another number. For the mean use avg_pool.")
    return power


def _positive(name: str, value: Any) -> float:
    """A number above 0."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}; it must be a number, not {type(value).__name__}.")
    if not 0 < float(value) < math.inf:
        raise ValueError(f"{name} is {value}; it must be above 0 and finite.")
    return float(value)


@form_of(stochastic_pool)
def stochastic_pool2d(
    x: A,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    *,
    rng: Any = None,
) -> A:
    """Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[[0.0, 2.0], [0.0, 2.0]]])
    >>> stochastic_pool2d(x, 2, rng=np.random.default_rng(0))
    array([[[2.]]])
    """
    windows = (kernel_size, stride, padding, dilation, ceil_mode)
    return stochastic_pool(x, *_check("stochastic_pool2d", x, *windows), ceil_mode, rng=rng)


@form_of(stochastic_pool_expected)
def stochastic_pool2d_expected(
    x: A,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
) -> A:
    """Examples
    --------
    >>> import numpy as np
    >>> stochastic_pool2d_expected(np.array([[[1.0, 3.0], [0.0, 0.0]]]), 2)
    array([[[2.5]]])
    """
    windows = (kernel_size, stride, padding, dilation, ceil_mode)
    return stochastic_pool_expected(
        x, *_check("stochastic_pool2d_expected", x, *windows), ceil_mode
    )


@form_of(mixed_pool)
def mixed_pool2d(
    x: A,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    lam: float | Array = 0.5,
) -> A:
    """Examples
    --------
    >>> import numpy as np
    >>> mixed_pool2d(np.array([[[1.0, 2.0], [3.0, 6.0]]]), 2)
    array([[[4.5]]])
    """
    windows = (kernel_size, stride, padding, dilation, ceil_mode)
    return mixed_pool(x, *_check("mixed_pool2d", x, *windows), ceil_mode, lam)


@operation
def lp_mean_pool2d(
    x: A,
    norm_type: float,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
) -> A:
    """Take the power mean of each window of an image: `lp_pool` in its mean form.

    {parameters}

    Returns
    -------
    array of shape (N, C, OH, OW) or (C, OH, OW)
        ``mean(x ** p) ** (1 / p)`` of each window; the mean counts the padding.

    {raises}
    ZeroDivisionError
        If `norm_type` is 0.

    References
    ----------
    Gulcehre et al., "Learned-norm pooling for deep feedforward and recurrent neural networks",
    ECML 2014, https://arxiv.org/abs/1311.1780

    Examples
    --------
    >>> import numpy as np
    >>> lp_mean_pool2d(np.array([[[1.0, 7.0], [5.0, 5.0]]]), 2, 2)
    array([[[5.]]])
    """
    windows = (kernel_size, stride, padding, dilation, ceil_mode)
    return lp_pool(x, norm_type, *_check("lp_mean_pool2d", x, *windows), ceil_mode, mean=True)


@form_of(gem_pool)
def gem_pool2d(
    x: A,
    kernel_size: Ints | None = None,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    p: float | Array = 3.0,
    eps: float = 1e-6,
) -> A:
    """Without a `kernel_size` the window is the image, as in the paper.

    Examples
    --------
    >>> import numpy as np
    >>> gem_pool2d(np.array([[[1.0, 7.0], [5.0, 5.0]]]), p=2.0)
    array([[[5.]]])
    """
    kernel_size = tuple(x.shape[-2:]) if kernel_size is None else kernel_size
    windows = (kernel_size, stride, padding, dilation, ceil_mode)
    return gem_pool(x, *_check("gem_pool2d", x, *windows), ceil_mode, p, eps)


@form_of(soft_pool)
def soft_pool2d(
    x: A,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
) -> A:
    """Examples
    --------
    >>> import numpy as np
    >>> soft_pool2d(np.array([[[2.0, 2.0], [2.0, 2.0]]]), 2)
    array([[[2.]]])
    """
    windows = (kernel_size, stride, padding, dilation, ceil_mode)
    return soft_pool(x, *_check("soft_pool2d", x, *windows), ceil_mode)


@form_of(log_mean_exp_pool)
def log_mean_exp_pool1d(
    x: A,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    r: float | Array = 1.0,
) -> A:
    """Examples
    --------
    >>> import numpy as np
    >>> log_mean_exp_pool1d(np.array([[2.0, 2.0, 5.0]]), 3, r=-100.0).round(2)
    array([[2.]])
    """
    windows = (kernel_size, stride, padding, dilation, ceil_mode)
    return log_mean_exp_pool(x, *_check("log_mean_exp_pool1d", x, *windows), ceil_mode, r)


@form_of(log_mean_exp_pool)
def log_mean_exp_pool2d(
    x: A,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    r: float | Array = 1.0,
) -> A:
    """Examples
    --------
    >>> import numpy as np
    >>> log_mean_exp_pool2d(np.array([[[3.0, 3.0], [3.0, 3.0]]]), 2)
    array([[[3.]]])
    """
    windows = (kernel_size, stride, padding, dilation, ceil_mode)
    return log_mean_exp_pool(x, *_check("log_mean_exp_pool2d", x, *windows), ceil_mode, r)


@form_of(log_mean_exp_pool)
def log_mean_exp_pool3d(
    x: A,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    r: float | Array = 1.0,
) -> A:
    """Examples
    --------
    >>> import numpy as np
    >>> log_mean_exp_pool3d(np.ones((1, 2, 2, 2)), 2)
    array([[[[1.]]]])
    """
    windows = (kernel_size, stride, padding, dilation, ceil_mode)
    return log_mean_exp_pool(x, *_check("log_mean_exp_pool3d", x, *windows), ceil_mode, r)


def _check(name: str, x: Array, *windows: Any) -> rules.Windows:
    """Check a call as torch would; give window, stride, padding and dilation."""
    return rules.accept(name, x, int(name.split("pool")[1][0]), rules.FLOATS, *windows)
