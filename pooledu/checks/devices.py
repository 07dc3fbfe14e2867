"""A device that is not the CPU, on machines that have none.

Tensors made by `elsewhere` claim to lie on another device and hold their numbers on the CPU.
While `Elsewhere` is active they follow the rules of two devices: what is made without a device is
made on the CPU, and tensors of both do not mix. So code that would fail on a GPU fails here.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

aten = torch.ops.aten
DEVICE = torch.device("meta")  # torch needs no hardware to name it, and runs no kernel on it
INDEXING = (
    aten.index.Tensor,
    aten.index_put.default,
    aten.index_put_.default,
    aten._unsafe_index.Tensor,
)
PUBLIC_NAMES = {  # what a student writes for an operation that is named otherwise within torch
    "max_pool2d_with_indices": "max_pool2d",
    "max_pool3d_with_indices": "max_pool3d",
    "_adaptive_avg_pool2d": "adaptive_avg_pool2d",
    "_adaptive_avg_pool3d": "adaptive_avg_pool3d",
}
CROSSING = (aten.copy_.default, aten._to_copy.default)  # what may read one device and write another


class DeviceMistakeError(RuntimeError):
    """Raised where torch would find tensors on different devices; names the operation."""


class _There(torch.Tensor):
    """A tensor that claims to lie on `DEVICE`; `numbers` holds them on the CPU."""

    numbers: torch.Tensor

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> _There:
        tensor = torch.Tensor._make_wrapper_subclass(
            cls,
            inner.shape,
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=DEVICE,
        )
        tensor.numbers = inner
        return tensor

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return _run(func, args, kwargs or {})


def elsewhere(tensor: torch.Tensor) -> torch.Tensor:
    """Move a tensor to the device that is not there."""
    return _There(tensor)


def back(tensor: torch.Tensor) -> torch.Tensor:
    """Fetch the numbers of a tensor from wherever it is."""
    tensor = tensor.detach()
    return tensor.numbers if isinstance(tensor, _There) else tensor.cpu()


class Elsewhere(TorchDispatchMode):
    """While active, tensors can be made on the device that is not there."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})


def _run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Run an operation on the CPU, by the rules of two devices."""
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
    there = any(isinstance(tensor, _There) for tensor in tensors)
    if there and func not in CROSSING:
        _refuse_mixture(func, args, tensors)
    if kwargs.get("device") is not None:
        there = torch.device(kwargs["device"]) == DEVICE
        kwargs = kwargs | {"device": torch.device("cpu")}
    result = func(*tree_map(_inner, args), **tree_map(_inner, kwargs))
    if func._schema.is_mutable and func._schema.name.endswith("_"):
        return args[0]
    return tree_map(_wrap, result) if there else result


def _refuse_mixture(func: Any, args: Any, tensors: list[torch.Tensor]) -> None:
    """Raise if an operation gets tensors of both devices that torch would not let mix.

    As on a GPU, a single number on the CPU may take part, and an index may lie there.
    """
    if func in INDEXING:
        tensors = [part for part in (args[0], *args[2:3]) if isinstance(part, torch.Tensor)]
    if any(not isinstance(tensor, _There) and tensor.dim() for tensor in tensors):
        raise DeviceMistakeError(func._schema.name.partition("::")[2])


def _inner(leaf: Any) -> Any:
    """Unwrap a tensor; leave other things."""
    return leaf.numbers if isinstance(leaf, _There) else leaf


def _wrap(leaf: Any) -> Any:
    """Wrap a tensor; leave other things."""
    return _There(leaf) if isinstance(leaf, torch.Tensor) else leaf


class PoolingSpy(TorchDispatchMode):
    """Notes built-in pooling under any name."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func._schema.name.partition("::")[2]
        note = f"pooling: {PUBLIC_NAMES.get(name, name)}"
        if "pool" in name and note not in self.notes:
            self.notes.append(note)
        return func(*args, **(kwargs or {}))


class NumpySpy(TorchFunctionMode):
    """Notes a detour through NumPy."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__name__", "") in ("numpy", "__array__") and not self.notes:
            self.notes.append("through NumPy")
        return func(*args, **(kwargs or {}))
