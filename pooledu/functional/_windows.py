"""The windows of one operation: the arguments of a call, turned into integers for each axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pooledu import geometry
from pooledu.geometry._sizes import LONGEST, at_least, check_flag, check_window, count_windows

AxisPadding = int | tuple[int, int]
PaddingLike = int | str | Sequence[AxisPadding]

SAME = ("SAME_UPPER", "SAME_LOWER")


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
    def span(self) -> int:
        """Cells from the first to the last of a window."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def reach(self) -> int:
        """Cells that the windows need after the input; negative if they stop short of its end."""
        last = (self.windows - 1) * self.stride - self.before
        return last + self.span - self.size

    @property
    def step(self) -> int:
        """Cells from one window to the next; 1 where there is one, whatever the stride.

        NumPy, torch and JAX take no step of any size.
        """
        return self.stride if self.windows > 1 else 1

    def inside(self, offset: int) -> slice:
        """The cells that the windows see `offset` cells after their start, in the padded input."""
        first = offset * self.dilation
        return slice(first, first + (self.windows - 1) * self.step + 1, self.step)

    def counts(self, include_pad: bool) -> list[int]:
        """How many cells of each window an average counts."""
        low, high = (-self.before, self.size + self.after) if include_pad else (0, self.size)
        return [self._cells_below(high, at) - self._cells_below(low, at) for at in self.starts]

    def _cells_below(self, limit: int, start: int) -> int:
        """How many cells of a window lie before a position."""
        return min(max(-((start - limit) // self.dilation), 0), self.kernel)

    def near(self) -> tuple[slice, "Axis"]:
        """The windows that reach the input, and their axis without the cells that never do.

        So that a window or a padding of any size costs no more than the input and the output.
        """
        if self.size == 0:
            return slice(0, self.windows), self
        first = min(max((self.before - self.span) // self.stride + 1, 0), self.windows - 1)
        last = max(min((self.size - 1 + self.before) // self.stride, self.windows - 1), first)
        start = first * self.stride - self.before
        low = max(-((last * self.stride - self.before) // self.dilation), 0)
        high = min((self.size - 1 - start) // self.dilation, self.kernel - 1)
        if low > high:  # between its cells the window skips all of the input
            low = high = min(low, self.kernel - 1)
        kernel, windows = high - low + 1, last - first + 1
        if (kernel, windows) == (self.kernel, self.windows):
            return slice(0, windows), self
        before = -start - low * self.dilation
        if before < 0:  # the windows begin behind the first cells, which a crop of the input shows
            return slice(0, self.windows), self
        axis = Axis(self.size, kernel, self.stride, self.dilation, before, self.after, windows)
        return slice(first, last + 1), axis

    @property
    def tiled(self) -> bool:
        """Whether the windows lie side by side in the input, so that each cell is in one at most.

        A window that is as large as the input is such a tile.
        """
        alone = self.windows == 1 and self.size == self.kernel
        return (
            self.dilation == 1
            and self.before == 0
            and self.reach <= 0
            and (alone or self.stride == self.kernel)
        )


def lay_windows(
    shape: Sequence[int],
    window: Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: PaddingLike = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
) -> list[Axis]:
    """One `Axis` for each entry of `window`, which pools the last axes of `shape`."""
    window = check_sizes("window", window, len(shape), 1)
    pooled = len(window)
    strides = per_axis("stride", window if stride is None else stride, pooled)
    dilations = per_axis("dilation", dilation, pooled)
    check_flag("ceil_mode", ceil_mode)
    sizes = [int(size) for size in shape[len(shape) - pooled :]]
    if isinstance(padding, str):
        if padding not in SAME:
            raise ValueError(
                f"padding is {padding!r}; it must be 'SAME_UPPER' or 'SAME_LOWER', or the cells "
                f"around the input: an integer, or for each axis an integer or (before, after)."
            )
        paddings: list = [
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
    """The windows of one axis, counted as by `geometry.output_size`."""
    k, s, (before, after), d = check_window(k, s, p, d)
    windows = count_windows(n, k, s, before, after, d, ceil_mode)
    if windows > max(LONGEST, n):
        raise ValueError(
            f"padding is {p!r}, which makes {windows} windows on an axis of {n} cells; it must "
            f"make at most {LONGEST}. Use less, or a larger stride."
        )
    return Axis(n, k, s, d, before, after, windows)


def check_sizes(name: str, sizes: Sequence[int], axes: int, smallest: int) -> tuple[int, ...]:
    """A tuple of one size for each pooled axis, which says how many of `axes` axes are pooled."""
    if not isinstance(sizes, (tuple, list)):
        raise TypeError(
            f"{name} is {sizes!r}; it must be a tuple with one entry for each pooled axis, so "
            f"that it says how many axes to pool. For the last two write ({sizes!r}, {sizes!r})."
        )
    if not 1 <= len(sizes) <= axes:
        raise ValueError(
            f"{name} {tuple(sizes)} pools {len(sizes)} axes, and the array has {axes}. Give "
            f"{name} between 1 and {axes} entries."
        )
    return tuple(at_least(name, size, smallest) for size in sizes)


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
