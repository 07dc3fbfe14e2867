"""Pooling as torch modules, named and called as in `torch.nn`.

Max, average and adaptive pooling have their derivatives written by hand, in every mode; torch
derives the others from them. All of them work under `torch.compile` and `torch.func`.
"""

try:
    import torch  # noqa: F401 - without it the modules below would name one of their own lines
except ImportError as error:
    raise ImportError(
        "pooledu.nn needs PyTorch, and it is not installed. Install it with the extra 'torch': "
        "pip install 'pooledu[torch]'."
    ) from error

from pooledu.nn._adaptive import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
    FractionalMaxPool2d,
    FractionalMaxPool3d,
    GlobalAvgPool,
    GlobalMaxPool,
)
from pooledu.nn._fixed import (
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    LPPool1d,
    LPPool2d,
    LPPool3d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
    MaxUnpool1d,
    MaxUnpool2d,
    MaxUnpool3d,
)
from pooledu.nn._masked import (
    MaskedAvgPool,
    MaskedGlobalAvgPool,
    MaskedGlobalMaxPool,
    MaskedMaxPool,
)
from pooledu.nn._variants import (
    AdaptivePolyphasePool2d,
    AvgBlurPool2d,
    BlurPool2d,
    GeMPool2d,
    LogMeanExpPool1d,
    LogMeanExpPool2d,
    LogMeanExpPool3d,
    LPMeanPool2d,
    MaxBlurPool2d,
    MixedPool2d,
    SoftPool2d,
    StochasticPool2d,
)

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AdaptivePolyphasePool2d",
    "AvgBlurPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BlurPool2d",
    "FractionalMaxPool2d",
    "FractionalMaxPool3d",
    "GeMPool2d",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "LPMeanPool2d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "LogMeanExpPool1d",
    "LogMeanExpPool2d",
    "LogMeanExpPool3d",
    "MaskedAvgPool",
    "MaskedGlobalAvgPool",
    "MaskedGlobalMaxPool",
    "MaskedMaxPool",
    "MaxBlurPool2d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
    "MixedPool2d",
    "SoftPool2d",
    "StochasticPool2d",
]
