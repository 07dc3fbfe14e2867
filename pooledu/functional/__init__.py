"""Pooling of NumPy arrays, torch tensors and JAX arrays.

Functions with a dimension in their name (`max_pool2d`) have the names, keywords, defaults, shapes,
dtypes and errors of `torch.nn.functional`. `max_pool` and `avg_pool` pool the last axes of any
array, with every kind of padding.
"""

from pooledu.functional._core import avg_pool, max_pool
from pooledu.functional._fixed import (
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
)

__all__ = [
    "avg_pool",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "max_pool",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
]
