"""Calls of torch's pooling functions, drawn from all their options, and how to compare results."""

import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)  # small arrays gain nothing from more, and tests run side by side

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
        laid = "" if value.is_contiguous() else f", strides {value.stride()}"
        return f"<{str(value.dtype).removeprefix('torch.')} of shape {tuple(value.shape)}{laid}>"
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
        return self.one(
            [(2, 3), (1, 1), (3,), (2, 2), (1,), (0, 2)], [0.4, 0.1, 0.2, 0.2, 0.08, 0.02]
        )

    def per_axis(self, low: int, high: int, pooled: int) -> int | tuple[int, ...]:
        """One number for all axes, or one for each."""
        numbers = self.ints(low, high, pooled)
        return numbers[0] if self.chance(0.6) else numbers

    def layout(self, x: torch.Tensor, pooled: int) -> torch.Tensor:
        """The same numbers, sometimes laid out differently in memory."""
        moved = self.one(["contiguous", "channels last", "columns first", "every other"])
        if moved == "channels last":
            return x.movedim(-pooled - 1, -1).contiguous().movedim(-1, -pooled - 1)
        if moved == "columns first":
            return x.transpose(-1, -2).contiguous().transpose(-1, -2)
        return x.repeat_interleave(2, -1)[..., ::2] if moved == "every other" else x

    def tensor(self, shape: tuple[int, ...], dtypes: Any, special: bool = True) -> torch.Tensor:
        """Numbers with ties, infinities, NaN and signed zeros among them."""
        values = self.rng.standard_normal(shape) * 3
        if self.chance(0.4):
            values = values.round()  # ties, and zeros of both signs
        if special and self.chance(0.2):
            values[self.rng.random(shape) < 0.2] = np.nan
        if special and self.chance(0.2):
            values[self.rng.random(shape) < 0.5] = -np.inf
        if special and self.chance(0.1):
            values[self.rng.random(shape) < 0.1] = np.inf
        dtype = self.one(dtypes)
        if not dtype.is_floating_point:
            values = np.nan_to_num(values, nan=0, posinf=0, neginf=0)
            values = values.clip(0 if dtype == torch.uint8 else -9, 9)
        return torch.from_numpy(values).to(dtype)


def fixed(operation: str, pooled: int) -> Iterator[Call]:
    """Max ("max") or average ("avg") pooling: every small window, the other options drawn."""
    draw = Draw(pooled)
    for k, s, ceil, _ in itertools.product((1, 2, 3, 4, 5), (None, 1, 2, 3), (0, 1), range(30)):
        kernel = k if draw.chance(0.6) else draw.ints(1, 4 if pooled == 3 else 5, pooled)
        smallest, largest = (k, k) if kernel == k else (min(kernel), max(kernel))
        half = smallest // 2 if draw.chance(0.9) else 2  # torch refuses a padding above half
        arguments: dict[str, Any] = {
            "kernel_size": kernel,
            "stride": s if s is None or draw.chance(0.7) else draw.ints(1, 3, pooled),
            "padding": draw.per_axis(0, half, pooled),
            "ceil_mode": bool(ceil),
        }
        dilation: Any = 1
        if operation == "max":
            arguments["dilation"] = dilation = draw.one([1, 1, 2, 3, draw.ints(1, 3, pooled)])
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
        span = np.max(dilation) * (largest - 1) + 1
        room = span if draw.chance(0.9) else 1  # otherwise not every window fits
        x = draw.tensor((*draw.lead(), *draw.ints(room, room + 5, pooled)), dtypes)
        yield Call(f"{operation}_pool{pooled}d", draw.layout(x, pooled), arguments)


def one_bin(sizes: tuple[int, ...], output: int | tuple[int | None, ...]) -> bool:
    """Whether adaptive pooling makes one cell of each plane."""
    bins = output if isinstance(output, tuple) else (output,) * len(sizes)
    return all((size if n is None else n) == 1 for size, n in zip(sizes, bins, strict=True))


def adaptive(operation: str, pooled: int) -> Iterator[Call]:
    """Adaptive max or average pooling: every small pair of sizes."""
    draw = Draw(10 + pooled)
    for size, bins, _ in itertools.product(range(1, 13), range(9), range(5)):
        sizes = (size, *draw.ints(1, 9 if pooled < 3 else 5, pooled - 1))
        output: Any = (bins, *draw.ints(1, 5, pooled - 1))
        if pooled > 1 and draw.chance(0.1):
            output = (*output[:-1], None)
        elif draw.chance(0.1):
            output = bins
        # positive where a mean of a whole plane is rounded otherwise: no sum may come close to 0
        whole = operation == "avg" and one_bin(sizes, output)
        x = draw.tensor((*draw.lead(), *sizes), FLOATS, special=not whole)
        x = draw.layout(x.abs() if whole else x, pooled)
        arguments = {"output_size": output}
        if operation == "max":
            arguments["return_indices"] = draw.chance(0.8)
        yield Call(f"adaptive_{operation}_pool{pooled}d", x, arguments)


def lp(pooled: int) -> Iterator[Call]:
    """Power-average pooling; of positive numbers where a sum might come close to 0."""
    draw = Draw(20 + pooled)
    powers = (1, 2, 3, 4, 0.5, 1.7, 2.5, -1, 0, float("inf"), -float("inf"))
    for p, k, s, ceil, _ in itertools.product(
        powers, (1, 2, 3), (None, 1, 2), (False, True), range(2)
    ):
        shape = (*draw.lead(), *draw.ints(3, 8 if pooled < 3 else 5, pooled))
        x = draw.tensor(shape, FLOATS[:2], special=False)
        if p not in (1, 2, float("inf"), -float("inf")):
            x = x.abs() + 0.1
        kernel = k if pooled == 1 or draw.chance(0.7) else draw.ints(1, 3, pooled)
        arguments = {"norm_type": p, "kernel_size": kernel, "stride": s, "ceil_mode": ceil}
        yield Call(f"lp_pool{pooled}d", draw.layout(x, pooled), arguments)


def fractional(pooled: int) -> Iterator[Call]:
    """Fractional max pooling with given samples."""
    draw = Draw(30 + pooled)
    for k, size, windows, _ in itertools.product((1, 2, 3), range(4, 11), range(7), range(4)):
        lead = draw.lead()
        sizes = (size, *draw.ints(5, 9 if pooled < 3 else 7, pooled - 1))
        x = draw.layout(draw.tensor((*lead, *sizes), FLOATS), pooled)
        batch = lead if len(lead) == 2 else (1, *lead)
        samples = torch.from_numpy(draw.rng.random((*batch, pooled))).to(x.dtype)
        arguments = {
            "kernel_size": (k, *draw.ints(1, 3, pooled - 1)),
            "return_indices": draw.chance(0.8),
            "_random_samples": samples.clamp(max=0.99),
        }
        if draw.chance(0.8):
            arguments["output_size"] = (windows, *draw.ints(1, 3, pooled - 1))
        else:
            arguments["output_ratio"] = draw.one([(0.3,) * pooled, (0.6, 0.25, 0.4)[:pooled]])
        yield Call(f"fractional_max_pool{pooled}d", x, arguments)


def unpooling(pooled: int) -> Iterator[Call]:
    """Unpooling of what max pooling gives; overlapping windows repeat indices."""
    draw = Draw(40 + pooled)
    for k, s, _ in itertools.product((1, 2, 3), (1, 2, 3), range(50)):
        shape = (*draw.lead(), *draw.ints(3, 9 if pooled < 3 else 6, pooled))
        x = draw.tensor(shape, FLOATS, special=False)
        padding = int(draw.rng.integers(0, k // 2 + 1))
        values, indices = getattr(F, f"max_pool{pooled}d")(x, k, s, padding, return_indices=True)
        sizes = shape[-pooled:]
        asked = draw.one(
            [None, sizes, shape[:2] + sizes, draw.ints(2, 9, pooled)], [0.3, 0.5, 0.1, 0.1]
        )
        arguments = {
            "indices": draw.layout(indices, pooled),
            "kernel_size": k,
            "stride": s,
            "padding": padding,
            "output_size": asked,
        }
        yield Call(f"max_unpool{pooled}d", draw.layout(values, pooled), arguments)


GENERATORS: dict[str, Callable[[int], Iterator[Call]]] = {
    "max": lambda pooled: fixed("max", pooled),
    "avg": lambda pooled: fixed("avg", pooled),
    "adaptive max": lambda pooled: adaptive("max", pooled),
    "adaptive avg": lambda pooled: adaptive("avg", pooled),
    "lp": lp,
    "fractional": fractional,
    "unpool": unpooling,
}


@functools.cache
def answered(operation: str, pooled: int) -> list[tuple[Call, Any]]:
    """The calls of one operation, each with torch's own result or exception.

    Torch gets the numbers side by side, for there its kernels are of one mind: of images laid out
    as channels last it refuses some of 8 bits, and of such volumes it misplaces maxima of -inf.
    """
    return [(call, call.run(F, contiguous)) for call in GENERATORS[operation](pooled)]


def contiguous(value: Any) -> Any:
    """A tensor with its numbers side by side, anything else as it is."""
    return value.contiguous() if isinstance(value, torch.Tensor) else value


def everything() -> Iterator[tuple[Call, Any]]:
    """All calls with torch's results."""
    for operation, pooled in itertools.product(GENERATORS, (1, 2, 3)):
        if (operation, pooled) != ("fractional", 1):  # torch has none for sequences
            yield from answered(operation, pooled)
