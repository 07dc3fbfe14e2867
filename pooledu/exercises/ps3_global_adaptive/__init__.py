"""Problem set 3: one number for each channel, bins for any size, and maps of what was seen."""

ORDER = (
    "global_avg_pool2d",
    "adaptive_bins",
    "adaptive_avg_pool2d",
    "class_activation_map",
    "other_image_size",
    "dense_head_parameters",
)
