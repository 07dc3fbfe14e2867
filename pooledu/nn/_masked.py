"""Modules that pool padded batches: what their mask leaves out is in no window."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from pooledu import functional
from pooledu.functional._documentation import documented
from pooledu.functional._masked import PerAxis
from pooledu.functional._windows import PaddingLike
from pooledu.nn._fixed import _Pool


class _MaskedPool(_Pool):
    """What pooling in windows under a mask shares."""

    _pool: Any

    def __init__(
        self,
        window: Sequence[int],
        stride: PerAxis | None = None,
        padding: PaddingLike = 0,
        dilation: PerAxis = 1,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.window = window
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.ceil_mode = ceil_mode

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Pool the last axes of `x`; `mask` holds booleans, or the lengths of the samples."""
        windows = (self.window, self.stride, self.padding, self.dilation)
        return self._pool(x, mask, *windows, self.ceil_mode)


@documented
class MaskedMaxPool(_MaskedPool):
    """The maximum of the cells of each window that a mask lets in.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> x = torch.tensor([[[-3.0, -1.0, 0.0, 0.0]], [[-2.0, -5.0, -4.0, 0.0]]])
    >>> MaskedMaxPool((2,))(x, torch.tensor([2, 3]))
    tensor([[[-1.,  0.]],
    <BLANKLINE>
            [[-2., -4.]]])
    """

    _pool = staticmethod(functional.masked_max_pool)


@documented
class MaskedAvgPool(_MaskedPool):
    """The mean of the cells of each window that a mask lets in.

    {parameters}

    References
    ----------
    Liu et al., "Image inpainting for irregular holes using partial convolutions", ECCV 2018,
    https://arxiv.org/abs/1804.07723, which divides by the cells that a mask lets in.

    Examples
    --------
    >>> import torch
    >>> x = torch.tensor([[[3.0, 1.0, 0.0, 0.0]], [[2.0, 4.0, 5.0, 0.0]]])
    >>> MaskedAvgPool((2,))(x, torch.tensor([2, 3]))
    tensor([[[2., 0.]],
    <BLANKLINE>
            [[3., 5.]]])
    """

    _pool = staticmethod(functional.masked_avg_pool)


class _MaskedGlobalPool(_Pool):
    """What pooling of whole channels under a mask shares."""

    _pool: Any

    def __init__(self, keepdims: bool = False) -> None:
        super().__init__()
        self.keepdims = keepdims

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Pool all axes of `x` after (N, C); `mask` holds booleans, or the samples' lengths."""
        return self._pool(x, mask, self.keepdims)


@documented
class MaskedGlobalMaxPool(_MaskedGlobalPool):
    """The maximum of the cells of each channel that a mask lets in.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> MaskedGlobalMaxPool()(torch.tensor([[[-3.0, -1.0, 0.0]]]), torch.tensor([2]))
    tensor([[-1.]])
    """

    _pool = staticmethod(functional.masked_global_max_pool)


@documented
class MaskedGlobalAvgPool(_MaskedGlobalPool):
    """The mean of the cells of each channel that a mask lets in.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> MaskedGlobalAvgPool()(torch.tensor([[[3.0, 1.0, 0.0]]]), torch.tensor([2]))
    tensor([[2.]])
    """

    _pool = staticmethod(functional.masked_global_avg_pool)
