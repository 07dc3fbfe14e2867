"""Chance, from the generator that belongs to the library of the array."""

from typing import Any

import numpy as np
from array_api_compat import array_namespace, device, is_jax_array, is_torch_array

Array = Any


def uniform(like: Array, shape: tuple[int, ...], rng: Any) -> Array:
    """Numbers in [0, 1) of the library, dtype and device of `like`."""
    _check(rng, like)
    if is_torch_array(like):
        torch = array_namespace(like)
        return torch.rand(shape, generator=rng, dtype=like.dtype, device=device(like))
    if is_jax_array(like):
        import jax

        if rng is None:
            raise TypeError("JAX has no hidden generator: give a key, as in rng=jax.random.key(0).")

        if not jax.dtypes.issubdtype(rng.dtype, jax.dtypes.prng_key) and rng.shape != (2,):
            raise TypeError(f"rng has the shape {rng.shape} and holds {rng.dtype}: give a key.")
        return jax.random.uniform(rng, shape, dtype=like.dtype)
    generator = np.random.default_rng() if rng is None else rng
    if like.dtype in (np.float32, np.float64):
        return generator.random(shape, dtype=like.dtype.newbyteorder("="))
    if like.dtype != np.float16:
        return generator.random(shape).astype(like.dtype)
    # as torch draws them: rounded, the largest numbers below 1 would become 1
    return (generator.integers(0, 1 << 11, shape) / (1 << 11)).astype(np.float16)


def _check(rng: Any, like: Array) -> None:
    """Refuse what is no source of chance of the library of `like`."""
    kind: Any = np.random.Generator
    if is_torch_array(like):
        kind = array_namespace(like).Generator
    elif is_jax_array(like):
        import jax

        kind = jax.Array
    if rng is not None and not isinstance(rng, kind):
        raise TypeError(
            f"rng is {rng!r}; it must be a {kind.__module__}.{kind.__name__}, the source of chance "
            f"of the library of x."
        )
