"""Inputs for pooling exercises, and the window that an output cell comes from."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from pooledu import geometry
from pooledu.checks.exercise import Draw, Exercise, Index
from pooledu.checks.showing import plane
from pooledu.exercises.links import DEFAULT_STRIDE, STRIDE

REMEMBERED = 16  # results of `pooled`
_POOLED: dict[Any, np.ndarray] = {}
_output_size = lru_cache(maxsize=1024, typed=True)(geometry.output_size)


def pattern(*shape: int, low: int = 1, high: int = 9) -> np.ndarray:
    """Lay out whole numbers, each once where there are enough, always in the same way."""
    size = math.prod(shape)
    reach = max(high - low + 1, size)
    # `RandomState`, because its numbers are the same in every version of NumPy. With 29 the largest
    # of 2 x 2 is neither the first nor the last, and mean, median and middle are three numbers.
    order = np.random.RandomState([29, *shape, reach]).permutation(reach)[:size]
    return (order + low).astype(float).reshape(shape)


def arranged(rng: Draw, *shape: int, low: int = 1, high: int = 9) -> np.ndarray:
    """Draw numbers from a range; a student sees whole numbers, always in the same order.

    What a wrong solution makes of a small case depends on the order of the numbers. So a case is
    drawn again until it rejects the mistakes that the student's own rejects: see `Exercise.cases`.
    """
    if rng.local:
        return pattern(*shape, low=low, high=high)
    reach = max(high - low + 1, math.prod(shape))
    return rng.uniform(1, 10) * rng.uniform(low, low + reach - 1, shape)


def reals(rng: Draw, *shape: int) -> np.ndarray:
    """Draw different numbers above 0 with one decimal, in any order: for larger cases."""
    size = math.prod(shape)
    return (rng.permutation(9 * size)[:size] + 10.0).reshape(shape) / 10


def alternating(rng: Draw, *shape: int) -> np.ndarray:
    """Draw different numbers, each of the opposite sign of its neighbours."""
    return reals(rng, *shape) * (-1) ** np.indices(shape).sum(0)


def ties(rng: Draw, *shape: int) -> np.ndarray:
    """Lay out three different numbers again and again."""
    if rng.local:
        return pattern(*shape) % 3
    return np.sort(rng.uniform(0, 9, 3))[rng.integers(3, size=shape)]


def pooled_shape(x: np.ndarray, kernel_size: int, stride: int | None = None) -> tuple[int, int]:
    """Count the windows that fit, down and across."""
    rows, columns = (_output_size(size, kernel_size, stride) for size in x.shape)
    return rows, columns


def pooled(
    pool: Callable[..., np.ndarray], x: np.ndarray, kernel_size: Any, stride: Any, **options: Any
) -> np.ndarray:
    """Pool a plane by the library, with square windows; the last results are remembered.

    Many mistakes begin with the right result, and are tried one after the other.
    """
    window = int(kernel_size)
    step = window if stride is None else int(stride)
    plane = (x.tobytes(), x.dtype, x.shape, x.strides)
    key = (pool, *plane, window, step, *sorted(options.items()))
    found = _POOLED.get(key)
    if found is None:
        if len(_POOLED) >= REMEMBERED:
            _POOLED.clear()
        found = _POOLED[key] = pool(x, (window, window), step, **options)
    return found.copy()


def each_window(
    x: np.ndarray,
    kernel_size: int,
    stride: int | None,
    reduce: Callable[[np.ndarray], Any],
    *,
    shape: tuple[int, ...] | None = None,
    step: int | None = None,
    extent: int | None = None,
) -> np.ndarray:
    """Reduce each window of a plane with loops; the options are what goes wrong in them.

    `shape` is how many windows there are, `step` how far they move, `extent` how wide they are.
    """
    step = step or stride or kernel_size
    extent = extent or kernel_size
    rows, columns = shape or pooled_shape(x, kernel_size, stride)
    return np.array(
        [
            [reduce(x[i * step :, j * step :][:extent, :extent]) for j in range(columns)]
            for i in range(rows)
        ]
    ).reshape(rows, columns)


def declare_stride_mistakes(exercise: Exercise, pool: Callable[..., Any] | None = None) -> None:
    """Declare what goes wrong with the stride in any pooling: the same, with another stride.

    `pool` computes the results from the wrong stride; by default that is the oracle.
    """
    signature = inspect.signature(exercise.oracle)

    def with_stride(choose: Callable[[Any], Any]) -> Callable[..., Any]:
        def wrong(*args: Any, **kwargs: Any) -> Any:
            given = signature.bind(*args, **kwargs)
            given.arguments["stride"] = choose(given.arguments.get("stride"))
            return (pool or exercise.oracle)(*given.args, **given.kwargs)

        return wrong

    def required(stride: Any) -> Any:
        if stride is None:
            raise TypeError("unsupported operand type(s) for //: 'int' and 'NoneType'")
        return stride

    for name, says, hint, link, choose in (
        (
            "stride_is_kernel",
            "It moves the window by `kernel_size` and ignores `stride`.",
            "Windows move by `stride`; `kernel_size` says only how wide they are.",
            STRIDE,
            lambda stride: None,
        ),
        (
            "default_stride_one",
            "It takes a stride of None to mean 1.",
            "`stride=None` means: as far as the window is wide.",
            DEFAULT_STRIDE,
            lambda stride: stride or 1,
        ),
        (
            "stride_always_one",
            "It moves the window by 1, whatever `stride` is.",
            "Windows move by `stride`. Which step does your loop make?",
            STRIDE,
            lambda stride: 1,
        ),
        (
            "stride_none_not_handled",
            "It has no answer where `stride` is None, and raises.",
            "`stride=None` means: as far as the window is wide. Replace it before you compute.",
            DEFAULT_STRIDE,
            required,
        ),
    ):
        exercise.mistake(hint, link, name=name, says=says)(with_stride(choose))


def show_window(given: Mapping[str, Any], at: Index | None) -> list[dict[str, Any]]:
    """Draw the input of a pooling, with the window of the wrong number and the padding."""
    values, where = plane(given["x"], at)
    kernel, padding = int(given["kernel_size"]), int(given.get("padding", 0))
    stride = int(given["stride"] or kernel)
    shown: dict[str, Any] = {"values": values, "title": f"x{where}", "padding": padding}
    if at:
        row, column = at[-2] * stride - padding, at[-1] * stride - padding
        shown["window"] = (row, column, kernel, kernel)
    return [shown]
