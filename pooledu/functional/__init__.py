"""Pooling of NumPy arrays, torch tensors and JAX arrays.

Functions with a dimension in their name (`max_pool2d`) have the names, keywords, defaults, shapes,
dtypes and errors of `torch.nn.functional`, as far as torch has them. Functions without one
(`max_pool`) pool the last axes of any array, with every kind of padding.
"""

from pooledu.functional._adaptive import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    global_avg_pool,
    global_max_pool,
)
from pooledu.functional._antialias import (
    adaptive_polyphase_pool2d,
    avg_blur_pool2d,
    blur_pool2d,
    max_blur_pool2d,
)
from pooledu.functional._core import avg_pool, max_pool
from pooledu.functional._fixed import (
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
)
from pooledu.functional._fractional import fractional_max_pool2d, fractional_max_pool3d
from pooledu.functional._lp import lp_pool, lp_pool1d, lp_pool2d, lp_pool3d
from pooledu.functional._masked import (
    masked_avg_pool,
    masked_global_avg_pool,
    masked_global_max_pool,
    masked_max_pool,
)
from pooledu.functional._unpool import max_unpool, max_unpool1d, max_unpool2d, max_unpool3d
from pooledu.functional._variants import (
    gem_pool,
    gem_pool2d,
    log_mean_exp_pool,
    log_mean_exp_pool1d,
    log_mean_exp_pool2d,
    log_mean_exp_pool3d,
    lp_mean_pool2d,
    mixed_pool,
    mixed_pool2d,
    soft_pool,
    soft_pool2d,
    stochastic_pool,
    stochastic_pool2d,
    stochastic_pool2d_expected,
    stochastic_pool_expected,
)

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "adaptive_polyphase_pool2d",
    "avg_blur_pool2d",
    "avg_pool",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "blur_pool2d",
    "fractional_max_pool2d",
    "fractional_max_pool3d",
    "gem_pool",
    "gem_pool2d",
    "global_avg_pool",
    "global_max_pool",
    "log_mean_exp_pool",
    "log_mean_exp_pool1d",
    "log_mean_exp_pool2d",
    "log_mean_exp_pool3d",
    "lp_mean_pool2d",
    "lp_pool",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "masked_avg_pool",
    "masked_global_avg_pool",
    "masked_global_max_pool",
    "masked_max_pool",
    "max_blur_pool2d",
    "max_pool",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_unpool",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
    "mixed_pool",
    "mixed_pool2d",
    "soft_pool",
    "soft_pool2d",
    "stochastic_pool",
    "stochastic_pool2d",
    "stochastic_pool2d_expected",
    "stochastic_pool_expected",
]
