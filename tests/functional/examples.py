"""One call of every operation that the library exports: what the suites are derived from.

An operation without a row here fails `test_every_operation_has_its_row`, by name.
"""

import inspect
from collections.abc import Iterable
from typing import Any

import numpy as np

from pooledu import functional

SHAPES = {"1d": (2, 3, 8), "2d": (2, 3, 8, 6), "3d": (2, 3, 6, 4, 6)}

FIXED = {"kernel_size": 3, "stride": 2, "padding": 1}
DILATED = {**FIXED, "dilation": 2, "ceil_mode": True}
CORE = {"window": (3, 2), "stride": 2, "padding": ((1, 0), (2, 1)), "ceil_mode": True}

# the arguments after the input
EXAMPLES: dict[str, dict[str, Any]] = {
    **{f"max_pool{d}": {**DILATED, "return_indices": True} for d in SHAPES},
    **{f"avg_pool{d}": {**FIXED, "count_include_pad": False} for d in SHAPES},
    **{f"lp_pool{d}": {"norm_type": 3.0, "kernel_size": 2, "ceil_mode": True} for d in SHAPES},
    **{f"adaptive_max_pool{d}": {"output_size": 4, "return_indices": True} for d in SHAPES},
    **{f"adaptive_avg_pool{d}": {"output_size": 4} for d in SHAPES},
    **{f"log_mean_exp_pool{d}": {**DILATED, "r": 2.0} for d in SHAPES},
    **{
        f"max_unpool{d}": {"kernel_size": 2, "output_size": tuple(2 * n for n in SHAPES[d][2:])}
        for d in SHAPES
    },
    **{f"fractional_max_pool{d}": {"kernel_size": 2, "output_size": 2} for d in ("2d", "3d")},
    "max_pool": {**CORE, "return_indices": True},
    "avg_pool": {**CORE, "count_include_pad": False},
    "lp_pool": {"norm_type": 3.0, **CORE, "mean": True},
    "max_unpool": {"output_size": (16, 12)},
    "stochastic_pool": CORE,
    "stochastic_pool_expected": CORE,
    "mixed_pool": {**CORE, "lam": 0.3},
    "gem_pool": {**CORE, "p": 4.0, "eps": 0.01},
    "soft_pool": CORE,
    "log_mean_exp_pool": {**CORE, "r": 2.0},
    "stochastic_pool2d": DILATED,
    "stochastic_pool2d_expected": DILATED,
    "mixed_pool2d": {**DILATED, "lam": 0.3},
    "gem_pool2d": {**DILATED, "p": 4.0, "eps": 0.01},
    "soft_pool2d": DILATED,
    "lp_mean_pool2d": {"norm_type": 2.0, **DILATED},
    "blur_pool2d": {"blur_size": 4, "stride": 2},
    "max_blur_pool2d": {"kernel_size": 3, "padding": 1, "blur_size": 2},
    "avg_blur_pool2d": {"kernel_size": 3, "padding": 1, "blur_size": 2},
    "adaptive_polyphase_pool2d": {"stride": 2, "norm_type": 3.0, "return_indices": True},
    "masked_max_pool": CORE,
    "masked_avg_pool": CORE,
    "masked_global_max_pool": {"keepdims": True},
    "masked_global_avg_pool": {"keepdims": True},
    "global_avg_pool": {"keepdims": True},
    "global_max_pool": {"keepdims": True},
}


def missing(rows: Iterable[str], exported: Iterable[str]) -> set[str]:
    """What is exported and has no row."""
    return set(exported) - set(rows)


def shape_of(name: str) -> tuple[int, ...]:
    """The shape of the input of an operation."""
    return next((shape for d, shape in SHAPES.items() if d in name), SHAPES["2d"])


def numbers(name: str, dtype: Any = np.float64, seed: int = 0) -> np.ndarray:
    """Positive numbers for an operation, no two of which are equal or close."""
    shape = shape_of(name)
    order = np.random.default_rng(seed).permutation(int(np.prod(shape))).reshape(shape)
    return (order / order.size * 2 + 0.1).astype(dtype)


def further(name: str, x: Any) -> dict[str, Any]:
    """Arguments that are arrays, as NumPy has them."""
    if "unpool" in name:
        wide = EXAMPLES[name]["output_size"]
        cells = np.indices(shape_of(name))[2:]
        flat = 0
        for axis, size in zip(cells, wide, strict=True):
            flat = flat * size + 2 * axis
        return {"indices": flat}
    if "masked" in name:
        return {"mask": np.random.default_rng(1).random((x.shape[0], 1, *x.shape[2:])) < 0.6}
    if "fractional" in name:
        return {"_random_samples": np.full((*x.shape[:2], x.ndim - 2), 0.3, np.float64)}
    return {}


def run(name: str, x: Any, convert: Any = lambda array: array, **changed: Any) -> tuple:
    """The results of an operation on `x`; `convert` brings other arrays into the library of `x`."""
    function = getattr(functional, name)
    arrays = {key: convert(value) for key, value in further(name, x).items()}
    if "_random_samples" in arrays:
        samples = arrays["_random_samples"]
        to = getattr(samples, "astype", None) or samples.to
        arrays["_random_samples"] = to(x.dtype)
    arguments = {**EXAMPLES[name], **arrays, **changed}
    if "rng" in inspect.signature(function).parameters and "stochastic" in name:
        arguments.setdefault("rng", convert(None))
    result = function(x, **arguments)
    return result if isinstance(result, tuple) else (result,)
