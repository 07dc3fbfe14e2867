"""Problem set 2: pooling with padding, where the border decides."""

ORDER = (
    "max_pool2d_padded",
    "avg_pool2d_padded",
    "padding_in_corner",
)
