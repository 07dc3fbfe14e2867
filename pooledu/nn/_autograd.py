"""Max and average pooling with their backward passes written by hand.

Nothing here knows how many axes lead: one more, as `torch.func.vmap` brings, changes nothing.
"""

from typing import Any

from torch import Tensor
from torch.autograd import Function

from pooledu import functional, gradients

Context = Any
Options = Any  # a tuple


class MaxPool(Function):
    """The maxima of the last axes, and where they lie; each gradient goes where its maximum lay."""

    @staticmethod
    def forward(x: Tensor, window: Options, options: Options) -> tuple[Tensor, Tensor]:
        """Pool; `options` are stride, padding, dilation and ceil_mode."""
        return functional.max_pool(x, window, *(*options, True))

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple, output: tuple[Tensor, Tensor]) -> None:
        """Keep the indices, and the sizes that they count."""
        x, window, _ = inputs
        ctx.input_size = tuple(x.shape[-len(window) :])
        ctx.save_for_backward(output[1])
        ctx.mark_non_differentiable(output[1])

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor, _: Any) -> tuple[Tensor, None, None]:
        """Scatter the gradient; torch derives the second derivative, which fetches it again."""
        (indices,) = ctx.saved_tensors
        return gradients.max_pool_backward(grad_output, indices, ctx.input_size), None, None

    @staticmethod
    def vmap(info: Any, in_dims: tuple, x: Tensor, window: Options, options: Options) -> tuple:
        """Pool with the mapped axis in front."""
        return MaxPool.apply(x.movedim(in_dims[0], 0), window, options), (0, 0)


class AvgPool(Function):
    """The means of the last axes."""

    @staticmethod
    def forward(x: Tensor, window: Options, options: Options) -> Tensor:
        """Pool; `options` are all further arguments of `avg_pool`."""
        return functional.avg_pool(x, window, *options)

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple, output: Tensor) -> None:
        """Keep the sizes; the values do not matter, for a mean is linear."""
        x, ctx.window, ctx.options = inputs
        ctx.input_size = tuple(x.shape[-len(ctx.window) :])

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Tensor, None, None]:
        """Give each cell its share."""
        return Share.apply(grad_output, ctx.input_size, ctx.window, ctx.options), None, None

    @staticmethod
    def vmap(info: Any, in_dims: tuple, x: Tensor, window: Options, options: Options) -> tuple:
        """Pool with the mapped axis in front."""
        return AvgPool.apply(x.movedim(in_dims[0], 0), window, options), 0


class Share(Function):
    """The backward pass of `AvgPool`, whose own backward pass is `AvgPool`."""

    @staticmethod
    def forward(
        grad_output: Tensor, input_size: Options, window: Options, options: Options
    ) -> Tensor:
        """Give each cell its share."""
        return gradients.avg_pool_backward(grad_output, input_size, window, *options)

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple, output: Tensor) -> None:
        """Keep how the pooling was done."""
        _, _, ctx.window, ctx.options = inputs

    @staticmethod
    def backward(ctx: Context, grad: Tensor) -> tuple[Tensor, None, None, None]:
        """Pool."""
        return AvgPool.apply(grad, ctx.window, ctx.options), None, None, None

    @staticmethod
    def vmap(
        info: Any,
        in_dims: tuple,
        grad_output: Tensor,
        size: Options,
        window: Options,
        opts: Options,
    ) -> tuple:
        """Share with the mapped axis in front."""
        return Share.apply(grad_output.movedim(in_dims[0], 0), size, window, opts), 0
