"""Modules for what torch.nn lacks."""

from typing import Any

import torch
from torch import Tensor, nn

from pooledu import functional
from pooledu.functional._documentation import documented
from pooledu.functional._torch_rules import Ints
from pooledu.nn._fixed import _Pool


class _ImagePool(_Pool):
    """What the modules with the arguments of `max_pool2d` share."""

    def __init__(
        self,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        dilation: Ints = 1,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.ceil_mode = ceil_mode

    def _windows(self) -> Any:
        """The arguments that they all pass on."""
        return self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode


@documented
class StochasticPool2d(_ImagePool):
    """Stochastic pooling: a draw while training, its expected value in eval mode.

    {parameters}

    References
    ----------
    Zeiler and Fergus, "Stochastic pooling for regularization of deep convolutional neural
    networks", ICLR 2013, https://arxiv.org/abs/1301.3557

    Examples
    --------
    >>> import torch
    >>> StochasticPool2d(2).eval()(torch.tensor([[[1.0, 3.0], [0.0, 0.0]]]))
    tensor([[[2.5000]]])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Pool `x`, of shape (N, C, H, W) or (C, H, W)."""
        if self.training:
            return functional.stochastic_pool2d(x, *self._windows())
        return functional.stochastic_pool2d_expected(x, *self._windows())


@documented
class SoftPool2d(_ImagePool):
    """The mean of each window, weighted by its softmax.

    {parameters}

    References
    ----------
    Stergiou, Poppe and Kalliatakis, "Refining activation downsampling with SoftPool", ICCV 2021,
    https://arxiv.org/abs/2101.00440

    Examples
    --------
    >>> import torch
    >>> SoftPool2d(2)(torch.zeros(1, 3, 8, 8)).shape
    torch.Size([1, 3, 4, 4])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Pool `x`, of shape (N, C, H, W) or (C, H, W)."""
        return functional.soft_pool2d(x, *self._windows())


@documented
class MixedPool2d(_ImagePool):
    """A mix of maximum and mean, whose share may be learned.

    {parameters}

    References
    ----------
    Lee, Gallagher and Tu, "Generalizing pooling functions in convolutional neural networks: mixed,
    gated, and tree", AISTATS 2016, https://arxiv.org/abs/1509.08985

    Examples
    --------
    >>> import torch
    >>> MixedPool2d(2)(torch.tensor([[[1.0, 2.0], [3.0, 6.0]]]))
    tensor([[[4.5000]]])
    """

    def __init__(
        self,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        dilation: Ints = 1,
        ceil_mode: bool = False,
        lam: float = 0.5,
        *,
        learned: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding, dilation, ceil_mode)
        self.learned = learned
        self.lam = nn.Parameter(torch.tensor(float(lam))) if learned else lam

    def forward(self, x: Tensor) -> Tensor:
        """Pool `x`, of shape (N, C, H, W) or (C, H, W)."""
        lam = self.lam.clamp(0, 1) if isinstance(self.lam, Tensor) else self.lam
        return functional.mixed_pool2d(x, *(*self._windows(), lam))


@documented
class LPMeanPool2d(_ImagePool):
    """The power mean of each window: the mean form of `LPPool2d`.

    {parameters}

    References
    ----------
    Gulcehre et al., "Learned-norm pooling for deep feedforward and recurrent neural networks",
    ECML 2014, https://arxiv.org/abs/1311.1780

    Examples
    --------
    >>> import torch
    >>> LPMeanPool2d(2, 2)(torch.tensor([[[1.0, 7.0], [5.0, 5.0]]]))
    tensor([[[5.]]])
    """

    def __init__(
        self,
        norm_type: float,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        dilation: Ints = 1,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding, dilation, ceil_mode)
        self.norm_type = norm_type

    def forward(self, x: Tensor) -> Tensor:
        """Pool `x`, of shape (N, C, H, W) or (C, H, W)."""
        return functional.lp_mean_pool2d(x, self.norm_type, *self._windows())


@documented
class GeMPool2d(_Pool):
    """Generalised-mean pooling with a learned power.

    {parameters}

    References
    ----------
    Radenović, Tolias and Chum, "Fine-tuning CNN image retrieval with no human annotation", TPAMI
    2019, https://arxiv.org/abs/1711.02512

    Examples
    --------
    >>> import torch
    >>> GeMPool2d()(torch.ones(2, 512, 7, 7)).shape
    torch.Size([2, 512, 1, 1])
    """

    def __init__(
        self,
        kernel_size: Ints | None = None,
        stride: Ints | None = None,
        padding: Ints = 0,
        dilation: Ints = 1,
        ceil_mode: bool = False,
        p: float = 3.0,
        eps: float = 1e-6,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.ceil_mode = ceil_mode
        self.p = nn.Parameter(torch.tensor(float(p)))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Pool `x`, of shape (N, C, H, W) or (C, H, W)."""
        windows = (self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)
        return functional.gem_pool2d(x, *windows, self.p, self.eps)


class _LogMeanExpPool(_ImagePool):
    """What log-mean-exp pooling of 1, 2 and 3 axes shares."""

    _pool: Any

    def __init__(
        self,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        dilation: Ints = 1,
        ceil_mode: bool = False,
        r: float = 1.0,
        *,
        learned: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding, dilation, ceil_mode)
        self.learned = learned
        self.r = nn.Parameter(torch.tensor(float(r))) if learned else r

    def forward(self, x: Tensor) -> Tensor:
        """Pool `x`, of shape (N, C, ...) or (C, ...)."""
        return self._pool(x, *(*self._windows(), self.r))


@documented
class LogMeanExpPool1d(_LogMeanExpPool):
    """The logarithm of the mean exponential of each window of sequences, whose rate may be learned.

    {parameters}

    References
    ----------
    Pinheiro and Collobert, "From image-level to pixel-level labeling with convolutional networks",
    CVPR 2015, https://arxiv.org/abs/1411.6228

    Examples
    --------
    >>> import torch
    >>> LogMeanExpPool1d(2, r=100.0)(torch.tensor([[0.0, 0.0, 1.0, 1.0]]))
    tensor([[0., 1.]])
    """

    _pool = staticmethod(functional.log_mean_exp_pool1d)


@documented
class LogMeanExpPool2d(_LogMeanExpPool):
    """The logarithm of the mean exponential of each window of images, whose rate may be learned.

    {parameters}

    References
    ----------
    Pinheiro and Collobert, "From image-level to pixel-level labeling with convolutional networks",
    CVPR 2015, https://arxiv.org/abs/1411.6228

    Examples
    --------
    >>> import torch
    >>> LogMeanExpPool2d(2, learned=True)(torch.ones(1, 2, 2)).item()
    1.0
    """

    _pool = staticmethod(functional.log_mean_exp_pool2d)


@documented
class LogMeanExpPool3d(_LogMeanExpPool):
    """The logarithm of the mean exponential of each window of volumes, whose rate may be learned.

    {parameters}

    References
    ----------
    Pinheiro and Collobert, "From image-level to pixel-level labeling with convolutional networks",
    CVPR 2015, https://arxiv.org/abs/1411.6228

    Examples
    --------
    >>> import torch
    >>> LogMeanExpPool3d(2)(torch.zeros(1, 4, 8, 8, 8)).shape
    torch.Size([1, 4, 4, 4, 4])
    """

    _pool = staticmethod(functional.log_mean_exp_pool3d)


@documented
class BlurPool2d(_Pool):
    """A binomial blur, then subsampling.

    {parameters}

    References
    ----------
    Zhang, "Making convolutional networks shift-invariant again", ICML 2019,
    https://arxiv.org/abs/1904.11486

    Examples
    --------
    >>> import torch
    >>> BlurPool2d()(torch.ones(1, 3, 8, 8)).shape
    torch.Size([1, 3, 4, 4])
    """

    def __init__(self, blur_size: Ints = 3, stride: Ints = 2) -> None:
        super().__init__()
        self.blur_size = blur_size
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """Pool `x`, of shape (N, C, H, W) or (C, H, W)."""
        return functional.blur_pool2d(x, self.blur_size, self.stride)


class _BlurredPool(_Pool):
    """What the anti-aliased pooling modules share."""

    _pool: Any

    def __init__(
        self, kernel_size: Ints, stride: Ints = 2, padding: Ints = 0, blur_size: Ints = 3
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.blur_size = blur_size

    def forward(self, x: Tensor) -> Tensor:
        """Pool `x`, of shape (N, C, H, W) or (C, H, W)."""
        return self._pool(x, self.kernel_size, self.stride, self.padding, self.blur_size)


@documented
class MaxBlurPool2d(_BlurredPool):
    """Max pooling at every cell, then a blurred subsampling.

    {parameters}

    References
    ----------
    Zhang, "Making convolutional networks shift-invariant again", ICML 2019,
    https://arxiv.org/abs/1904.11486

    Examples
    --------
    >>> import torch
    >>> MaxBlurPool2d(3, padding=1)(torch.ones(1, 3, 8, 8)).shape
    torch.Size([1, 3, 4, 4])
    """

    _pool = staticmethod(functional.max_blur_pool2d)


@documented
class AvgBlurPool2d(_BlurredPool):
    """Average pooling at every cell, then a blurred subsampling.

    {parameters}

    References
    ----------
    Zhang, "Making convolutional networks shift-invariant again", ICML 2019,
    https://arxiv.org/abs/1904.11486

    Examples
    --------
    >>> import torch
    >>> AvgBlurPool2d(3, padding=1)(torch.ones(1, 3, 8, 8)).shape
    torch.Size([1, 3, 4, 4])
    """

    _pool = staticmethod(functional.avg_blur_pool2d)


@documented
class AdaptivePolyphasePool2d(_Pool):
    """Subsampling on the grid with the largest norm.

    {parameters}

    References
    ----------
    Chaman and Dokmanić, "Truly shift-invariant convolutional neural networks", CVPR 2021,
    https://arxiv.org/abs/2011.14214

    Examples
    --------
    >>> import torch
    >>> AdaptivePolyphasePool2d()(torch.tensor([[[1.0, 8.0], [2.0, 9.0]]]))
    tensor([[[9.]]])
    """

    def __init__(
        self, stride: Ints = 2, norm_type: float = 2.0, return_indices: bool = False
    ) -> None:
        super().__init__()
        self.stride = stride
        self.norm_type = norm_type
        self.return_indices = return_indices

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Pool `x`, of shape (N, C, H, W) or (C, H, W)."""
        return functional.adaptive_polyphase_pool2d(
            x, self.stride, self.norm_type, self.return_indices
        )
