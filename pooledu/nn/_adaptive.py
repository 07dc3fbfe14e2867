"""Modules whose windows follow from the size of the output."""

from typing import Any

from torch import Tensor

from pooledu import functional
from pooledu.functional._adaptive import Sizes
from pooledu.functional._documentation import documented
from pooledu.functional._fractional import Ratio
from pooledu.functional._torch_rules import Ints
from pooledu.nn._fixed import _Pool


class _AdaptiveAvgPool(_Pool):
    """What adaptive average pooling of 1, 2 and 3 axes shares."""

    _pool: Any

    def __init__(self, output_size: Sizes) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, x: Tensor) -> Tensor:
        """Pool `x`, of shape (N, C, ...) or (C, ...)."""
        return self._pool(x, self.output_size)


@documented
class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """Average pooling of sequences to a given size, as `torch.nn.AdaptiveAvgPool1d`.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> AdaptiveAvgPool1d(3)(torch.tensor([[3.0, 1.0, 4.0, 1.0, 5.0]]))
    tensor([[2., 2., 3.]])
    """

    _pool = staticmethod(functional.adaptive_avg_pool1d)


@documented
class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """Average pooling of images to a given size, as `torch.nn.AdaptiveAvgPool2d`.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> AdaptiveAvgPool2d((5, None))(torch.zeros(1, 64, 8, 9)).shape
    torch.Size([1, 64, 5, 9])
    """

    _pool = staticmethod(functional.adaptive_avg_pool2d)


@documented
class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """Average pooling of volumes to a given size, as `torch.nn.AdaptiveAvgPool3d`.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> AdaptiveAvgPool3d(2)(torch.zeros(1, 4, 5, 6, 7)).shape
    torch.Size([1, 4, 2, 2, 2])
    """

    _pool = staticmethod(functional.adaptive_avg_pool3d)


class _AdaptiveMaxPool(_Pool):
    """What adaptive max pooling of 1, 2 and 3 axes shares."""

    _pool: Any

    def __init__(self, output_size: Sizes, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Pool `x`, of shape (N, C, ...) or (C, ...)."""
        return self._pool(x, self.output_size, self.return_indices)


@documented
class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """Max pooling of sequences to a given size, as `torch.nn.AdaptiveMaxPool1d`.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> AdaptiveMaxPool1d(2)(torch.tensor([[3.0, 1.0, 4.0, 1.0, 5.0]]))
    tensor([[4., 5.]])
    """

    _pool = staticmethod(functional.adaptive_max_pool1d)


@documented
class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Max pooling of images to a given size, as `torch.nn.AdaptiveMaxPool2d`.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> AdaptiveMaxPool2d(2)(torch.arange(9.0).reshape(1, 3, 3))
    tensor([[[4., 5.],
             [7., 8.]]])
    """

    _pool = staticmethod(functional.adaptive_max_pool2d)


@documented
class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Max pooling of volumes to a given size, as `torch.nn.AdaptiveMaxPool3d`.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> AdaptiveMaxPool3d(1)(torch.arange(8.0).reshape(1, 2, 2, 2))
    tensor([[[[7.]]]])
    """

    _pool = staticmethod(functional.adaptive_max_pool3d)


class _FractionalMaxPool(_Pool):
    """What fractional max pooling of 2 and 3 axes shares."""

    _pool: Any

    def __init__(
        self,
        kernel_size: Ints,
        output_size: Ints | None = None,
        output_ratio: Ratio | None = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        if (output_size is None) == (output_ratio is None):
            raise ValueError(
                "only one of output_size and output_ratio may be specified, and one must be: give "
                "the size of the output, or its ratio to the input."
            )
        self.kernel_size = kernel_size
        self.output_size = output_size
        self.output_ratio = output_ratio
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Pool `x`, of shape (N, C, ...) or (C, ...)."""
        sizes = (self.output_size, self.output_ratio)
        return self._pool(x, self.kernel_size, *sizes, self.return_indices, self._random_samples)


@documented
class FractionalMaxPool2d(_FractionalMaxPool):
    """Max pooling of images at random steps, as `torch.nn.FractionalMaxPool2d`.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> FractionalMaxPool2d(2, output_ratio=(0.7, 0.7))(torch.zeros(1, 3, 10, 10)).shape
    torch.Size([1, 3, 7, 7])
    """

    _pool = staticmethod(functional.fractional_max_pool2d)


@documented
class FractionalMaxPool3d(_FractionalMaxPool):
    """Max pooling of volumes at random steps, as `torch.nn.FractionalMaxPool3d`.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> FractionalMaxPool3d(2, output_size=4)(torch.zeros(1, 3, 8, 8, 8)).shape
    torch.Size([1, 3, 4, 4, 4])
    """

    _pool = staticmethod(functional.fractional_max_pool3d)


class GlobalAvgPool(_Pool):
    """The mean of each channel.

    Parameters
    ----------
    keepdims : bool
        Keep the pooled axes, with length 1.

    Examples
    --------
    >>> import torch
    >>> GlobalAvgPool()(torch.zeros(2, 512, 7, 7)).shape
    torch.Size([2, 512])
    """

    def __init__(self, keepdims: bool = False) -> None:
        super().__init__()
        self.keepdims = keepdims

    def forward(self, x: Tensor) -> Tensor:
        """Pool all axes of `x` after (N, C)."""
        return functional.global_avg_pool(x, self.keepdims)


class GlobalMaxPool(_Pool):
    """The maximum of each channel.

    Parameters
    ----------
    keepdims : bool
        Keep the pooled axes, with length 1.

    Examples
    --------
    >>> import torch
    >>> GlobalMaxPool(keepdims=True)(torch.zeros(2, 512, 7, 7)).shape
    torch.Size([2, 512, 1, 1])
    """

    def __init__(self, keepdims: bool = False) -> None:
        super().__init__()
        self.keepdims = keepdims

    def forward(self, x: Tensor) -> Tensor:
        """Pool all axes of `x` after (N, C)."""
        return functional.global_max_pool(x, self.keepdims)
