"""Receptive fields: which cells of the input reach a cell of a layer."""

from collections.abc import Sequence
from typing import NamedTuple

from pooledu.geometry._sizes import Padding, at_least, check_window, span


class ReceptiveField(NamedTuple):
    """The cells of the input that reach one cell of a layer's output.

    `size` is their number along one axis, `jump` the distance between the fields of neighbours, and
    `start` where the field of the first cell begins (negative in the padding).
    """

    size: int
    jump: int
    start: int


Layer = tuple[int, ...]  # kernel_size, stride, and if wanted padding and dilation
Branches = list[list]


def receptive_fields(layers: Sequence[Layer | Branches]) -> list[ReceptiveField]:
    """Follow the receptive field through a network, along one axis.

    Parameters
    ----------
    layers : sequence
        From the input on. A layer is a tuple (kernel_size, stride), (kernel_size, stride, padding)
        or (kernel_size, stride, padding, dilation). A list in its place holds branches that run
        side by side and are joined by a sum or a concatenation: each is a list of layers, and an
        empty one is a skip connection.

    Returns
    -------
    list of ReceptiveField
        The field of one cell of each layer's output; that of joined branches covers them all.

    Raises
    ------
    ValueError
        If an argument is out of its range, or branches with different strides are joined.
    TypeError
        If an argument is not an integer.

    References
    ----------
    Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill
    2019, https://distill.pub/2019/computing-receptive-fields

    Examples
    --------
    >>> receptive_fields([(3, 1, 1), (2, 2)])
    [ReceptiveField(size=3, jump=1, start=-1), ReceptiveField(size=4, jump=2, start=-1)]

    A residual block, whose skip connection sees a single cell:

    >>> receptive_fields([[[(3, 1, 1), (3, 1, 1)], []]])
    [ReceptiveField(size=5, jump=1, start=-2)]
    """
    return _follow(ReceptiveField(1, 1, 0), layers)


def _follow(field: ReceptiveField, layers: Sequence[Layer | Branches]) -> list[ReceptiveField]:
    """The field after each layer, from a given field on."""
    if not isinstance(layers, (tuple, list)):
        raise TypeError(f"layers is {layers!r}; it must be a list of layers, such as [(3, 2)].")
    fields = []
    for layer in layers:
        if isinstance(layer, list):
            field = _join(field, layer)
        elif isinstance(layer, tuple) and 2 <= len(layer) <= 4:
            field = _extend(field, *layer)
        else:
            raise TypeError(
                f"a layer is {layer!r}; it must be a tuple (kernel_size, stride), with padding and "
                f"dilation behind them if wanted, or a list of branches."
            )
        fields.append(field)
    return fields


def _extend(
    field: ReceptiveField, kernel_size: int, stride: int, padding: Padding = 0, dilation: int = 1
) -> ReceptiveField:
    """The field after one layer."""
    stride = at_least("stride", stride, 1)
    kernel_size, stride, (before, _), dilation = check_window(
        kernel_size, stride, padding, dilation
    )
    return ReceptiveField(
        field.size + (span(kernel_size, dilation) - 1) * field.jump,
        field.jump * stride,
        field.start - before * field.jump,
    )


def _join(field: ReceptiveField, branches: Branches) -> ReceptiveField:
    """The field after branches that run side by side."""
    if not branches:
        raise ValueError("the list of branches is []; it must hold at least one branch.")
    ends = [(_follow(field, branch) or [field])[-1] for branch in branches]
    jumps = sorted({end.jump for end in ends})
    if len(jumps) != 1:
        raise ValueError(
            f"branches with the jumps {jumps} cannot be joined: their outputs have different "
            f"sizes. Give each branch the same product of strides."
        )
    start = min(end.start for end in ends)
    return ReceptiveField(max(end.start + end.size for end in ends) - start, jumps[0], start)
