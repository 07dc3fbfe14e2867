"""Problem set 7: pooling by other means, with masks, over photographs, and what it costs."""

ORDER = (
    "min_pool2d",
    "fold_average",
    "max_by_relu",
    "pool_cost",
    "softmax_pool2d",
    "masked_avg_pool1d",
    "cam_overlay",
    "parameters_saved",
)
