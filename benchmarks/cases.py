"""What is measured: four shapes, and every library's way to pool them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from pooledu import functional

Way = Callable[[], Any]

OPERATIONS = ("max", "max with indices", "average")
REFERENCE = "torch NCHW"


@dataclass(frozen=True)
class Case:
    """One input and one window."""

    name: str
    shape: tuple[int, int, int, int]
    kernel: int
    stride: int
    padding: int

    @property
    def outputs(self) -> int:
        """Windows along one side of the square image."""
        return (self.shape[-1] + 2 * self.padding - self.kernel) // self.stride + 1

    @property
    def window(self) -> tuple[int, int, int]:
        """Kernel size, stride and padding, in the order in which every function takes them."""
        return self.kernel, self.stride, self.padding

    def small(self) -> "Case":
        """The same window on an input that is pooled in no time."""
        return replace(self, shape=(1, 2, 16, 16))


CASES = (
    Case("A", (8, 64, 112, 112), kernel=2, stride=2, padding=0),
    Case("B", (8, 64, 112, 112), kernel=3, stride=2, padding=1),
    Case("C", (32, 64, 56, 56), kernel=3, stride=1, padding=1),
    Case("D", (32, 64, 56, 56), kernel=7, stride=1, padding=3),
)


def ways(case: Case, operation: str) -> dict[str, Way]:
    """Every way to do it, by name. Each returns the result, as NumPy or torch has it."""
    x = np.random.default_rng(0).standard_normal(case.shape, dtype=np.float32)
    found = dict(_torch_ways(torch.from_numpy(x), case, operation))
    last = torch.from_numpy(x).to(memory_format=LAST)
    found["pooledu NumPy"] = _pooledu(x, case, operation)
    found["pooledu NumPy, channels_last"] = _pooledu(last.numpy(), case, operation)
    found["pooledu on torch"] = _pooledu(torch.from_numpy(x), case, operation)
    found["pooledu on torch, channels_last"] = _pooledu(last, case, operation)
    found["pooledu, the definition on NumPy"] = _definition(x, case, operation)
    if operation != "max with indices":
        found["scipy.ndimage"] = _scipy(x, case, operation)
        found["JAX"] = _jax(x, case, operation)
        if case.kernel == case.stride and case.padding == 0:
            found["scikit-image"] = _skimage(x, case, operation)
    return found


def _torch_ways(x: torch.Tensor, case: Case, operation: str) -> Iterator[tuple[str, Way]]:
    for name, layout in ((REFERENCE, x), ("torch channels_last", x.to(memory_format=LAST))):
        if operation == "average":
            yield name, lambda x=layout: F.avg_pool2d(x, *case.window)
        else:
            indices = operation != "max"
            yield name, lambda x=layout, i=indices: F.max_pool2d(x, *case.window, return_indices=i)


LAST = torch.channels_last


def _pooledu(x: Any, case: Case, operation: str) -> Way:
    if operation == "average":
        return lambda: functional.avg_pool2d(x, *case.window)
    return lambda: functional.max_pool2d(x, *case.window, return_indices=operation != "max")


def _definition(x: np.ndarray, case: Case, operation: str) -> Way:
    from pooledu.functional import _definition as definition
    from pooledu.functional._windows import lay_windows

    kernel, stride, padding = case.window
    axes = lay_windows(x.shape, (kernel, kernel), stride, padding)
    if operation == "average":
        return lambda: definition.avg_pool(x, axes)
    if operation == "max":
        return lambda: definition.max_pool(x, axes)
    return lambda: definition.max_pool_with_indices(x, axes)


def _scipy(x: np.ndarray, case: Case, operation: str) -> Way:
    """Its filters, whose means are running sums: quick for any kernel, but not to torch's bits."""
    from scipy import ndimage

    # its windows are centred, and one begins at each cell
    first = case.kernel // 2 - case.padding
    last = first + (case.outputs - 1) * case.stride + 1
    some = slice(first, last, case.stride)
    size = (1, 1, case.kernel, case.kernel)
    if operation == "average":
        return lambda: ndimage.uniform_filter(x, size, mode="constant")[..., some, some]
    return lambda: ndimage.maximum_filter(x, size, mode="constant", cval=-np.inf)[..., some, some]


def _skimage(x: np.ndarray, case: Case, operation: str) -> Way:
    from skimage.measure import block_reduce

    block = (1, 1, case.kernel, case.kernel)
    return lambda: block_reduce(x, block, np.mean if operation == "average" else np.max)


def _jax(x: np.ndarray, case: Case, operation: str) -> Way:
    import jax
    from jax import lax

    kernel, stride = (1, 1, case.kernel, case.kernel), (1, 1, case.stride, case.stride)
    around = ((0, 0), (0, 0), (case.padding,) * 2, (case.padding,) * 2)

    @jax.jit
    def pool(x: jax.Array) -> jax.Array:
        if operation == "average":
            return lax.reduce_window(x, 0.0, lax.add, kernel, stride, around) / case.kernel**2
        return lax.reduce_window(x, -np.inf, lax.max, kernel, stride, around)

    on_device = jax.device_put(x)
    return lambda: pool(on_device).block_until_ready()


def copy_of(case: Case) -> Way:
    """A plain copy of the input: what moving its bytes takes."""
    x = np.random.default_rng(0).standard_normal(case.shape, dtype=np.float32)
    target = np.empty_like(x)
    return lambda: np.copyto(target, x)
