"""Calls of torch's pooling functions, drawn from all their options, and how to compare results."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
INTEGERS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


@dataclass(frozen=True)
class Call:
    """One call: the function's name, the input and the other arguments."""

    function: str
    x: torch.Tensor
    arguments: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        given = ", ".join(f"{name}={_short(value)}" for name, value in self.arguments.items())
        return f"{self.function}({_short(self.x)}, {given})"

    def run(self, library: Any, convert: Callable[[Any], Any] = lambda value: value) -> Any:
        """The results as a list of NumPy arrays, or the exception."""
        arguments = {name: convert(value) for name, value in self.arguments.items()}
        try:
            result = getattr(library, self.function)(convert(self.x), **arguments)
        except Exception as error:
            return error
        return [to_numpy(part) for part in (result if isinstance(result, tuple) else (result,))]


def _short(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return f"<{str(value.dtype).removeprefix('torch.')} of shape {tuple(value.shape)}>"
    return repr(value)


def to_numpy(array: Any) -> np.ndarray:
    """Any library's array as NumPy's; bfloat16, which NumPy lacks, as float32."""
    if isinstance(array, torch.Tensor):
        array = array.detach().cpu()
        return (array.float() if array.dtype == torch.bfloat16 else array).numpy()
    return np.asarray(array)


def convert_tensors(value: Any) -> Any:
    """A tensor as a NumPy array, anything else as it is."""
    return to_numpy(value) if isinstance(value, torch.Tensor) else value


def difference(
    expected: Any, actual: Any, ulp: float = 0, signed_zeros: bool = False
) -> str | None:
    """What is different, in a sentence, or None."""
    if isinstance(expected, Exception) or isinstance(actual, Exception):
        if type(expected) is type(actual):
            return None
        return f"torch: {_told(expected)}\nours:  {_told(actual)}"
    for theirs, ours in zip(expected, actual, strict=True):
        if (theirs.shape, theirs.dtype) != (ours.shape, ours.dtype):
            return f"torch: {theirs.shape} {theirs.dtype}\nours:  {ours.shape} {ours.dtype}"
        if ulp:
            same = _within(theirs, ours, ulp)
        else:
            same = np.array_equal(theirs, ours, equal_nan=theirs.dtype.kind == "f")
            if same and signed_zeros:
                same = np.array_equal(np.signbit(theirs[theirs == 0]), np.signbit(ours[ours == 0]))
        if not same:
            return f"torch: {theirs.ravel()[:12]}\nours:  {ours.ravel()[:12]}"
    return None


def _told(outcome: Any) -> str:
    if isinstance(outcome, Exception):
        return f"{type(outcome).__name__}: {outcome}"
    return f"shapes {[part.shape for part in outcome]}"


def _within(theirs: np.ndarray, ours: np.ndarray, ulp: float) -> bool:
    """Whether finite numbers differ by at most some units in the last place, and others not."""
    finite = np.isfinite(theirs)
    if not np.array_equal(theirs[~finite], ours[~finite], equal_nan=True):
        return False
    distance = np.abs(theirs[finite].astype("f8") - ours[finite].astype("f8"))
    return bool((distance <= ulp * np.spacing(np.abs(theirs[finite])).astype("f8")).all())


class Draw:
    """Inputs and options, the same ones in every run."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def one(self, choices: Any, weights: Any = None) -> Any:
        return choices[self.rng.choice(len(choices), p=weights)]

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def ints(self, low: int, high: int, count: int) -> tuple[int, ...]:
        return tuple(int(i) for i in self.rng.integers(low, high + 1, count))

    def lead(self) -> tuple[int, ...]:
        return self.one([(2, 3), (1, 1), (3,), (2, 2)])

    def tensor(self, shape: tuple[int, ...], dtypes: Any, special: bool = True) -> torch.Tensor:
        """Numbers with ties, infinities, NaN and signed zeros among them."""
        values = self.rng.standard_normal(shape) * 3
        if self.chance(0.4):
            values = values.round()  # ties, and zeros of both signs
        if special and self.chance(0.2):
            values[self.rng.random(shape) < 0.2] = np.nan
        if special and self.chance(0.2):
            values[self.rng.random(shape) < 0.5] = -np.inf
        dtype = self.one(dtypes)
        if not dtype.is_floating_point:
            values = np.nan_to_num(values, nan=0, neginf=0)
            values = values.clip(0 if dtype == torch.uint8 else -9, 9)
        return torch.from_numpy(values).to(dtype)


def fixed(operation: str, pooled: int) -> Iterator[Call]:
    """Max ("max") or average ("avg") pooling: every small window, the other options drawn."""
    draw = Draw(pooled)
    for k, s, p, ceil in itertools.product((1, 2, 3, 4, 5), (None, 1, 2, 3), (0, 1, 2), (0, 1)):
        for size in (1, 2, 5, 8) if pooled < 3 else (2, 5):
            shape = (*draw.lead(), *(size + extra for extra in draw.ints(0, 2, pooled)))
            arguments: dict[str, Any] = {"stride": s, "padding": p, "ceil_mode": bool(ceil)}
            arguments["kernel_size"] = k if draw.chance(0.6) else draw.ints(1, 5, pooled)
            if operation == "max":
                arguments["dilation"] = draw.one([1, 1, 2, 3, draw.ints(1, 3, pooled)])
                arguments["return_indices"] = draw.chance(0.7)
                # torch pools sequences of integers only with their indices
                whole = pooled > 1 or arguments["return_indices"]
                dtypes = FLOATS + (INTEGERS if whole else ())
            else:
                arguments["count_include_pad"] = draw.chance(0.5)
                # torch has no half precision for volumes, on a CPU
                dtypes = (*(FLOATS if pooled < 3 else FLOATS[:2]), torch.int64)
                if pooled > 1 and draw.chance(0.2):
                    arguments["divisor_override"] = draw.one([-3, -1, 0, 2, 7])
            yield Call(f"{operation}_pool{pooled}d", draw.tensor(shape, dtypes), arguments)


def adaptive(operation: str, pooled: int) -> Iterator[Call]:
    """Adaptive max or average pooling: every small pair of sizes."""
    draw = Draw(10 + pooled)
    for size, bins in itertools.product(range(1, 13), range(9)):
        for _ in range(3):
            sizes = (size, *draw.ints(1, 9 if pooled < 3 else 5, pooled - 1))
            output = (bins, *draw.ints(1, 5, pooled - 1))
            if pooled > 1 and draw.chance(0.1):
                output = (*output[:-1], None)
            if operation == "max":
                x = draw.tensor((*draw.lead(), *sizes), FLOATS)
                arguments = {"output_size": output, "return_indices": True}
            else:
                # not bfloat16, which torch sums in another order; and positive, so that no sum
                # comes so close to 0 that its last place is beyond what the terms hold
                x = draw.tensor((*draw.lead(), *sizes), FLOATS[:3], special=False).abs()
                arguments = {"output_size": output}
            yield Call(f"adaptive_{operation}_pool{pooled}d", x, arguments)


def lp(pooled: int) -> Iterator[Call]:
    """Power-average pooling of positive numbers."""
    draw = Draw(20 + pooled)
    powers = (1, 2, 3, 4, 0.5, 1.7, -1, 0, float("inf"), -float("inf"))
    for p, k, s, ceil in itertools.product(powers, (1, 2, 3), (None, 1, 2), (False, True)):
        shape = (*draw.lead(), *draw.ints(3, 8 if pooled < 3 else 5, pooled))
        x = draw.tensor(shape, FLOATS[:2], special=False).abs() + 0.1
        arguments = {"norm_type": p, "kernel_size": k, "stride": s, "ceil_mode": ceil}
        yield Call(f"lp_pool{pooled}d", x, arguments)


def fractional(pooled: int) -> Iterator[Call]:
    """Fractional max pooling with given samples."""
    draw = Draw(30 + pooled)
    for k, size, windows in itertools.product((1, 2, 3, 4), range(4, 11), range(7)):
        lead = draw.lead()
        x = draw.tensor((*lead, size, *draw.ints(4, 9 if pooled < 3 else 6, pooled - 1)), FLOATS)
        batch = lead if len(lead) == 2 else (1, *lead)
        samples = torch.from_numpy(draw.rng.random((*batch, pooled))).to(x.dtype)
        arguments = {
            "kernel_size": (k, *draw.ints(1, 3, pooled - 1)),
            "output_size": (windows, *draw.ints(1, 4, pooled - 1)),
            "return_indices": True,
            "_random_samples": samples.clamp(max=0.99),
        }
        yield Call(f"fractional_max_pool{pooled}d", x, arguments)


def unpooling(pooled: int) -> Iterator[Call]:
    """Unpooling of what max pooling gives; overlapping windows repeat indices."""
    draw = Draw(40 + pooled)
    for k, s, _ in itertools.product((1, 2, 3), (1, 2, 3), range(30)):
        shape = (*draw.lead(), *draw.ints(3, 9 if pooled < 3 else 6, pooled))
        x = draw.tensor(shape, FLOATS, special=False)
        padding = int(draw.rng.integers(0, k // 2 + 1))
        values, indices = getattr(F, f"max_pool{pooled}d")(x, k, s, padding, return_indices=True)
        sizes = shape[-pooled:]
        arguments = {
            "indices": indices,
            "kernel_size": k,
            "stride": s,
            "padding": padding,
            "output_size": draw.one([None, sizes, shape[:2] + sizes, draw.ints(2, 9, pooled)]),
        }
        yield Call(f"max_unpool{pooled}d", values, arguments)


def everything() -> Iterator[Call]:
    """All of the above."""
    for pooled in (1, 2, 3):
        for operation in ("max", "avg"):
            yield from fixed(operation, pooled)
            yield from adaptive(operation, pooled)
        yield from lp(pooled)
        yield from unpooling(pooled)
        if pooled > 1:
            yield from fractional(pooled)
