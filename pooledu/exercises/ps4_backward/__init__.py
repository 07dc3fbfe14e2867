"""Problem set 4: where the gradient goes, and how a maximum finds its way back."""

ORDER = (
    "max_pool2d_forward",
    "max_pool2d_backward",
    "avg_pool2d_backward",
    "max_unpool2d",
    "max_pool2d_autograd",
    "gradient_share",
)
