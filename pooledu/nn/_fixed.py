"""Modules for windows of a fixed size."""

import inspect
from typing import Any

from torch import Tensor, nn

from pooledu import functional
from pooledu.functional._documentation import documented
from pooledu.functional._torch_rules import Ints


class _Pool(nn.Module):
    """A module that shows its arguments, in the order in which they are given."""

    def extra_repr(self) -> str:
        """The arguments, for `print`; what is learned as it is now."""
        names = [n for n in inspect.signature(type(self)).parameters if not n.startswith("_")]
        values = {name: getattr(self, name) for name in names}
        return ", ".join(
            f"{name}={value.item():g}" if isinstance(value, Tensor) else f"{name}={value}"
            for name, value in values.items()
        )


class _MaxPool(_Pool):
    """What the max pooling of 1, 2 and 3 axes shares."""

    _pool: Any

    def __init__(
        self,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        dilation: Ints = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Pool `x`, of shape (N, C, ...) or (C, ...)."""
        windows = (self.kernel_size, self.stride, self.padding, self.dilation)
        return self._pool(x, *windows, self.ceil_mode, self.return_indices)


@documented
class MaxPool1d(_MaxPool):
    """Max pooling of sequences, as `torch.nn.MaxPool1d`, with a backward pass written by hand.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> x = torch.tensor([[1.0, 3.0, 2.0, 0.0]], requires_grad=True)
    >>> MaxPool1d(2)(x).sum().backward()
    >>> x.grad
    tensor([[0., 1., 1., 0.]])
    """

    _pool = staticmethod(functional.max_pool1d)


@documented
class MaxPool2d(_MaxPool):
    """Max pooling of images, as `torch.nn.MaxPool2d`, with a backward pass written by hand.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> MaxPool2d(3, stride=2, padding=1)(torch.zeros(1, 64, 112, 112)).shape
    torch.Size([1, 64, 56, 56])
    """

    _pool = staticmethod(functional.max_pool2d)


@documented
class MaxPool3d(_MaxPool):
    """Max pooling of volumes, as `torch.nn.MaxPool3d`, with a backward pass written by hand.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> MaxPool3d(2)(torch.zeros(1, 4, 8, 8, 8)).shape
    torch.Size([1, 4, 4, 4, 4])
    """

    _pool = staticmethod(functional.max_pool3d)


class _AvgPool(_Pool):
    """What the average pooling of 1, 2 and 3 axes shares."""

    _pool: Any

    def __init__(
        self,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, x: Tensor) -> Tensor:
        """Pool `x`, of shape (N, C, ...) or (C, ...)."""
        windows = (self.kernel_size, self.stride, self.padding, self.ceil_mode)
        return self._pool(x, *windows, self.count_include_pad)


@documented
class AvgPool1d(_AvgPool):
    """Average pooling of sequences, as `torch.nn.AvgPool1d`, with its own backward pass.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> AvgPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 0.0]]))
    tensor([[2., 1.]])
    """

    _pool = staticmethod(functional.avg_pool1d)


class _DividingAvgPool(_AvgPool):
    """Average pooling whose divisor can be set."""

    def __init__(
        self,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.divisor_override = divisor_override

    def forward(self, x: Tensor) -> Tensor:
        """Pool `x`, of shape (N, C, ...) or (C, ...)."""
        windows = (self.kernel_size, self.stride, self.padding, self.ceil_mode)
        return self._pool(x, *windows, self.count_include_pad, self.divisor_override)


@documented
class AvgPool2d(_DividingAvgPool):
    """Average pooling of images, as `torch.nn.AvgPool2d`, with its own backward pass.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> AvgPool2d(2)(torch.arange(16.0).reshape(1, 4, 4))
    tensor([[[ 2.5000,  4.5000],
             [10.5000, 12.5000]]])
    """

    _pool = staticmethod(functional.avg_pool2d)


@documented
class AvgPool3d(_DividingAvgPool):
    """Average pooling of volumes, as `torch.nn.AvgPool3d`, with its own backward pass.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> AvgPool3d(2)(torch.arange(8.0).reshape(1, 2, 2, 2))
    tensor([[[[3.5000]]]])
    """

    _pool = staticmethod(functional.avg_pool3d)


class _LPPool(_Pool):
    """What power-average pooling of 1, 2 and 3 axes shares."""

    _pool: Any

    def __init__(
        self,
        norm_type: float,
        kernel_size: Ints,
        stride: Ints | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, x: Tensor) -> Tensor:
        """Pool `x`, of shape (N, C, ...) or (C, ...)."""
        return self._pool(x, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


@documented
class LPPool1d(_LPPool):
    """Power-average pooling of sequences, as `torch.nn.LPPool1d`.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> LPPool1d(2, 2)(torch.tensor([[3.0, 4.0]]))
    tensor([[5.]])
    """

    _pool = staticmethod(functional.lp_pool1d)


@documented
class LPPool2d(_LPPool):
    """Power-average pooling of images, as `torch.nn.LPPool2d`.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> LPPool2d(2, 2)(torch.ones(1, 2, 2))
    tensor([[[2.]]])
    """

    _pool = staticmethod(functional.lp_pool2d)


@documented
class LPPool3d(_LPPool):
    """Power-average pooling of volumes, as `torch.nn.LPPool3d`.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> LPPool3d(1, 2)(torch.ones(1, 2, 2, 2))
    tensor([[[[8.]]]])
    """

    _pool = staticmethod(functional.lp_pool3d)


class _MaxUnpool(_Pool):
    """What the unpooling of 1, 2 and 3 axes shares."""

    _unpool: Any

    def __init__(self, kernel_size: Ints, stride: Ints | None = None, padding: Ints = 0) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding

    def forward(
        self, x: Tensor, indices: Tensor, output_size: tuple[int, ...] | None = None
    ) -> Tensor:
        """Put the values `x` back to `indices`, in an array of `output_size`."""
        return self._unpool(x, indices, self.kernel_size, self.stride, self.padding, output_size)


@documented
class MaxUnpool1d(_MaxUnpool):
    """The partial inverse of `MaxPool1d`, as `torch.nn.MaxUnpool1d`.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> MaxUnpool1d(2)(torch.tensor([[4.0, 5.0]]), torch.tensor([[1, 2]]))
    tensor([[0., 4., 5., 0.]])
    """

    _unpool = staticmethod(functional.max_unpool1d)


@documented
class MaxUnpool2d(_MaxUnpool):
    """The partial inverse of `MaxPool2d`, as `torch.nn.MaxUnpool2d`.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> values, indices = MaxPool2d(2, return_indices=True)(torch.arange(4.0).reshape(1, 2, 2))
    >>> MaxUnpool2d(2)(values, indices)
    tensor([[[0., 0.],
             [0., 3.]]])
    """

    _unpool = staticmethod(functional.max_unpool2d)


@documented
class MaxUnpool3d(_MaxUnpool):
    """The partial inverse of `MaxPool3d`, as `torch.nn.MaxUnpool3d`.

    {parameters}

    Examples
    --------
    >>> import torch
    >>> MaxUnpool3d(2)(torch.ones(1, 1, 1, 1), torch.tensor([[[[7]]]])).nonzero().tolist()
    [[0, 1, 1, 1]]
    """

    _unpool = staticmethod(functional.max_unpool3d)
