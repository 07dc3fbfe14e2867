"""The windows of one operation: the arguments of a call, turned into integers for each axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pooledu import geometry

AxisPadding = int | tuple[int, int]
PaddingLike = int | str | Sequence[AxisPadding]


@dataclass(frozen=True)
class Axis:
    """The windows along one pooled axis of an array."""

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int  # cells of padding before the input
    after: int  # and after it, as asked for
    windows: int

    @property
    def starts(self) -> list[int]:
        """The first cell of each window; negative in the padding."""
        return [i * self.stride - self.before for i in range(self.windows)]

    @property
    def reach(self) -> int:
        """Cells that the windows need after the input; negative if they stop short of its end."""
        last = (self.windows - 1) * self.stride - self.before
        return last + geometry.span(self.kernel, self.dilation) - self.size

    def inside(self, offset: int) -> slice:
        """The cells that the windows see `offset` cells after their start, in the padded input."""
        first = offset * self.dilation
        return slice(first, first + (self.windows - 1) * self.stride + 1, self.stride)

    def counts(self, include_pad: bool) -> list[int]:
        """How many cells of each window an average counts."""
        low, high = (-self.before, self.size + self.after) if include_pad else (0, self.size)
        cells = range(0, geometry.span(self.kernel, self.dilation), self.dilation)
        return [sum(low <= start + cell < high for cell in cells) for start in self.starts]


def lay_windows(
    shape: Sequence[int],
    window: Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: PaddingLike = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
) -> list[Axis]:
    """One `Axis` for each entry of `window`, which pools the last axes of `shape`."""
    if not isinstance(window, (tuple, list)):
        raise TypeError(
            f"window is {window!r}; it must be a tuple with one entry for each pooled axis, so "
            f"that it says how many axes to pool. For the last two write ({window!r}, {window!r})."
        )
    pooled = len(window)
    if not 1 <= pooled <= len(shape):
        raise ValueError(
            f"window {tuple(window)} pools {pooled} axes, and the array has {len(shape)} (shape "
            f"{tuple(shape)}). Give the window between 1 and {len(shape)} entries."
        )
    strides = per_axis("stride", window if stride is None else stride, pooled)
    dilations = per_axis("dilation", dilation, pooled)
    sizes = shape[len(shape) - pooled :]
    if isinstance(padding, str):
        paddings = [
            geometry.same_padding(n, k, s, d, padding)
            for n, k, s, d in zip(sizes, window, strides, dilations, strict=True)
        ]
    else:
        paddings = per_axis("padding", padding, pooled)
    return [
        _axis(*arguments, ceil_mode)
        for arguments in zip(sizes, window, strides, paddings, dilations, strict=True)
    ]


def _axis(n: int, k: int, s: int, p: AxisPadding, d: int, ceil_mode: bool) -> Axis:
    """The windows of one axis, counted by `geometry.output_size`."""
    before, after = (p, p) if isinstance(p, int) else p
    return Axis(n, k, s, d, before, after, geometry.output_size(n, k, s, p, d, ceil_mode))


def per_axis(name: str, value: Any, pooled: int) -> list:
    """`value` for each pooled axis: a single value counts for all of them."""
    if not isinstance(value, (tuple, list)):
        return [value] * pooled
    if len(value) != pooled:
        raise ValueError(
            f"{name} {tuple(value)} has {len(value)} entries for {pooled} pooled axes. "
            f"Give one for each axis, or a single value for all."
        )
    return list(value)
