"""Where the windows lie: sizes, starts, bins, paddings and receptive fields, in integers only.

Positions count from the first cell of the input, so a window that begins in the padding before it
has a negative start.
"""

from pooledu.geometry._receptive import ReceptiveField, receptive_fields
from pooledu.geometry._sizes import (
    Window,
    adaptive_bins,
    find_windows,
    fractional_starts,
    output_size,
    same_padding,
    span,
    unpool_sizes,
    window_starts,
)

__all__ = [
    "ReceptiveField",
    "Window",
    "adaptive_bins",
    "find_windows",
    "fractional_starts",
    "output_size",
    "receptive_fields",
    "same_padding",
    "span",
    "unpool_sizes",
    "window_starts",
]
