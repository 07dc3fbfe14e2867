"""Problem set 5: powers, chance and mixtures in place of the maximum and the average."""

ORDER = (
    "lp_pool2d",
    "stochastic_pool2d",
    "stochastic_pool2d_expected",
    "mixed_pool2d",
    "fractional_starts",
    "p_to_infinity",
)
