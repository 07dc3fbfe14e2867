"""Problem set 1: how many windows there are, and the maximum and the average of each."""

ORDER = (
    "output_size",
    "max_pool2d",
    "avg_pool2d",
    "pooled_size",
    "pooled_shape",
)
