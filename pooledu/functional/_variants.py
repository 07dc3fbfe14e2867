"""What torch lacks: stochastic, mixed, generalised-mean and soft pooling."""

from collections.abc import Sequence
from typing import Any

from array_api_compat import array_namespace

from pooledu.functional import _core as core
from pooledu.functional import _definition as definition
from pooledu.functional import _torch_rules as rules
from pooledu.functional._documentation import documented
from pooledu.functional._lp import lp_pool
from pooledu.functional._random import uniform
from pooledu.functional._torch_rules import Ints
from pooledu.functional._windows import PaddingLike, lay_windows

Array = Any
PerAxis = int | Sequence[int]


@documented
def stochastic_pool(
    x: Array,
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    *,
    rng: Any = None,
) -> Array:
    """Draw one cell of each window of the last axes, with a chance in proportion to its value.

    Meant for activations after a ReLU: a negative value counts as zero and is never drawn.

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
    xp = array_namespace(x)
    x = xp.clip(x, min=0)
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    total = definition.sum_walk(x, axes)
    # strike a point of the stretch [0, total) that the values divide among them
    point = uniform(total, tuple(total.shape), rng) * total
    drawn: Array = 0
    reached: Array = 0
    for _, values in definition.walk(definition.widen(x), axes, 0):
        before, reached = reached, reached + values
        drawn = xp.where((before <= point) & (point < reached), values, drawn)
    return xp.astype(drawn, x.dtype)


@documented
def stochastic_pool_expected(
    x: Array,
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> Array:
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
    xp = array_namespace(x)
    x = xp.clip(x, min=0)
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    total = definition.sum_walk(x, axes)
    squares = definition.sum_walk(x, axes, lambda values: values * values)
    return xp.astype(squares / xp.where(total == 0, 1, total), x.dtype)


@documented
def mixed_pool(
    x: Array,
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    lam: float | Array = 0.5,
) -> Array:
    """Mix the maximum and the mean of each window of the last axes.

    {parameters}

    Returns
    -------
    array
        ``lam * max + (1 - lam) * mean``; the mean counts the padding.

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
    where = (window, stride, padding, dilation, ceil_mode)
    return lam * core.max_pool(x, *where) + (1 - lam) * core.avg_pool(x, *where)


@documented
def gem_pool(
    x: Array,
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    p: float | Array = 3.0,
    eps: float = 1e-6,
) -> Array:
    """Take the generalised mean (GeM) of each window of the last axes, of values clipped to `eps`.

    It is the mean form of `lp_pool`, made safe for every p by the clipping; p may be learned.

    {parameters}

    Returns
    -------
    array
        ``mean(max(x, eps) ** p) ** (1 / p)`` of each window; the mean leaves the padding out.

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
    powers = array_namespace(x).clip(x, min=eps) ** p
    means = core.avg_pool(
        powers, window, stride, padding, dilation, ceil_mode, count_include_pad=False
    )
    return means ** (1.0 / p)


@documented
def soft_pool(
    x: Array,
    window: Sequence[int],
    stride: PerAxis | None = None,
    padding: PaddingLike = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> Array:
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
    xp = array_namespace(x)
    wide = definition.widen(x)
    axes = lay_windows(x.shape, window, stride, padding, dilation, ceil_mode)
    largest = definition.max_pool(wide, axes)  # without it exp overflows
    largest = xp.where(largest == definition.lowest(x), 0, largest)
    total: Array = 0
    weights: Array = 0
    for _, values in definition.walk(wide, axes, definition.lowest(x)):
        weight = xp.exp(values - largest)
        weights = weights + weight
        total = total + weight * xp.where(weight == 0, 0, values)  # padding is -inf
    return xp.astype(total / xp.where(weights == 0, 1, weights), x.dtype)


@documented
def stochastic_pool2d(
    x: Array,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    *,
    rng: Any = None,
) -> Array:
    """Draw one cell of each window of an image, with a chance in proportion to its value.

    As `stochastic_pool`, with the arguments and errors of `max_pool2d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OH, OW) or (C, OH, OW)
        The values drawn; 0 where no value of the window is positive.

    {raises}

    References
    ----------
    Zeiler and Fergus, "Stochastic pooling for regularization of deep convolutional neural
    networks", ICLR 2013, https://arxiv.org/abs/1301.3557

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[[0.0, 2.0], [0.0, 2.0]]])
    >>> stochastic_pool2d(x, 2, rng=np.random.default_rng(0))
    array([[[2.]]])
    """
    windows = _check("stochastic_pool2d", x, kernel_size, stride, padding, dilation, ceil_mode)
    return stochastic_pool(x, *windows, ceil_mode, rng=rng)


@documented
def stochastic_pool2d_expected(
    x: Array,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
) -> Array:
    """Take what `stochastic_pool2d` gives on average: the test-time form of stochastic pooling.

    As `stochastic_pool_expected`, with the arguments and errors of `max_pool2d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OH, OW) or (C, OH, OW)
        ``sum(v * v) / sum(v)`` over each window; 0 where no value is positive.

    {raises}

    References
    ----------
    Zeiler and Fergus, "Stochastic pooling for regularization of deep convolutional neural
    networks", ICLR 2013, https://arxiv.org/abs/1301.3557

    Examples
    --------
    >>> import numpy as np
    >>> stochastic_pool2d_expected(np.array([[[1.0, 3.0], [0.0, 0.0]]]), 2)
    array([[[2.5]]])
    """
    name = "stochastic_pool2d_expected"
    windows = _check(name, x, kernel_size, stride, padding, dilation, ceil_mode)
    return stochastic_pool_expected(x, *windows, ceil_mode)


@documented
def mixed_pool2d(
    x: Array,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    lam: float | Array = 0.5,
) -> Array:
    """Mix the maximum and the mean of each window of an image.

    As `mixed_pool`, with the arguments and errors of `max_pool2d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OH, OW) or (C, OH, OW)
        ``lam * max + (1 - lam) * mean``; the mean counts the padding.

    {raises}

    References
    ----------
    Lee, Gallagher and Tu, "Generalizing pooling functions in convolutional neural networks: mixed,
    gated, and tree", AISTATS 2016, https://arxiv.org/abs/1509.08985

    Examples
    --------
    >>> import numpy as np
    >>> mixed_pool2d(np.array([[[1.0, 2.0], [3.0, 6.0]]]), 2)
    array([[[4.5]]])
    """
    windows = _check("mixed_pool2d", x, kernel_size, stride, padding, dilation, ceil_mode)
    return mixed_pool(x, *windows, ceil_mode, lam)


@documented
def lp_mean_pool2d(
    x: Array,
    norm_type: float,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
) -> Array:
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
    windows = _check("lp_mean_pool2d", x, kernel_size, stride, padding, dilation, ceil_mode)
    return lp_pool(x, norm_type, *windows, ceil_mode, mean=True)


@documented
def gem_pool2d(
    x: Array,
    kernel_size: Ints | None = None,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    p: float | Array = 3.0,
    eps: float = 1e-6,
) -> Array:
    """Take the generalised mean (GeM) of each window of an image, or of the whole image.

    As `gem_pool`, with the arguments and errors of `max_pool2d`; without a `kernel_size` the window
    is the image, as in the paper.

    {parameters}

    Returns
    -------
    array of shape (N, C, OH, OW) or (C, OH, OW)
        ``mean(max(x, eps) ** p) ** (1 / p)`` of each window; the mean leaves the padding out.

    {raises}

    References
    ----------
    Radenović, Tolias and Chum, "Fine-tuning CNN image retrieval with no human annotation", TPAMI
    2019, https://arxiv.org/abs/1711.02512

    Examples
    --------
    >>> import numpy as np
    >>> gem_pool2d(np.array([[[1.0, 7.0], [5.0, 5.0]]]), p=2.0)
    array([[[5.]]])
    """
    rules.check_input("gem_pool2d", x, 2)
    kernel_size = tuple(x.shape[-2:]) if kernel_size is None else kernel_size
    windows = _check("gem_pool2d", x, kernel_size, stride, padding, dilation, ceil_mode)
    return gem_pool(x, *windows, ceil_mode, p, eps)


@documented
def soft_pool2d(
    x: Array,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
) -> Array:
    """Weight each cell of a window of an image by its softmax, and sum.

    As `soft_pool`, with the arguments and errors of `max_pool2d`.

    {parameters}

    Returns
    -------
    array of shape (N, C, OH, OW) or (C, OH, OW)
        ``sum(exp(v) * v) / sum(exp(v))`` over each window, the padding left out.

    {raises}

    References
    ----------
    Stergiou, Poppe and Kalliatakis, "Refining activation downsampling with SoftPool", ICCV 2021,
    https://arxiv.org/abs/2101.00440

    Examples
    --------
    >>> import numpy as np
    >>> soft_pool2d(np.array([[[2.0, 2.0], [2.0, 2.0]]]), 2)
    array([[[2.]]])
    """
    windows = _check("soft_pool2d", x, kernel_size, stride, padding, dilation, ceil_mode)
    return soft_pool(x, *windows, ceil_mode)


def _check(
    name: str,
    x: Array,
    kernel_size: Ints,
    stride: Ints | None,
    padding: Ints,
    dilation: Ints,
    ceil_mode: bool,
) -> rules.Windows:
    """Check a call of an image's pooling as torch would; give window, stride, padding, dilation."""
    rules.check_input(name, x, 2)
    rules.check_dtype(name, x, "real floating")
    return rules.check_window(name, x.shape[-2:], kernel_size, stride, padding, dilation, ceil_mode)
