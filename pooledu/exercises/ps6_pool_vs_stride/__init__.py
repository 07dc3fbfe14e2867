"""Problem set 6: what a network sees, and what it is without its pools and its dense head."""

ORDER = (
    "receptive_field",
    "replace_max_pool",
    "replace_head",
    "shift_consistency",
    "strided_conv_parameters",
)
