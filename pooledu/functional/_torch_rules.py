"""What PyTorch refuses, in its own words, each with the rule and the way out.

Types of exceptions and opening phrases are those of torch 2.13, so that code and people who know
PyTorch recognise them.
"""

import math
import operator
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_array_api_obj, is_torch_array

from pooledu.geometry._sizes import LONGEST

Array = Any
Ints = int | tuple[int, ...] | list[int]
Entries = tuple[int, ...]  # one for each pooled axis
Windows = tuple[Entries, Entries, Entries, Entries]  # kernel, stride, padding, dilation

NUMBER = {1: "one int", 2: "two ints", 3: "three ints", 4: "four ints"}
SHAPES = {
    1: "(N, C, L) or (C, L)",
    2: "(N, C, H, W) or (C, H, W)",
    3: "(N, C, D, H, W) or (C, D, H, W)",
}

INTEGERS_AND_FLOATS = ("integral", "real floating")
INT64_AND_FLOATS = ("int64", "real floating")
FLOATS = ("real floating",)
KINDS = {"integral": "iu", "signed integer": "i", "real floating": "f"}  # with NumPy's letters

MANY = 1 << 24  # numbers that memory holds without asking

# torch's names for what it refuses
DTYPES = {
    "bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int",
    "int64": "Long", "complex64": "ComplexFloat", "complex128": "ComplexDouble",
}  # fmt: skip


def accept(
    operation: str,
    x: Array,
    pooled: int,
    dtypes: tuple[str, ...],
    kernel_size: Ints,
    stride: Ints | None,
    padding: Ints,
    dilation: Ints,
    ceil_mode: bool,
) -> Windows:
    """Kernel, stride, padding and dilation for each pooled axis, if torch would take the call."""
    if x.ndim not in (pooled + 1, pooled + 2):
        raise _rank_error(operation, x, pooled)
    check_dtype(operation, x, *dtypes)
    windows = _check_window(operation, pooled, kernel_size, stride, padding, dilation)
    check_flag(operation, "ceil_mode", ceil_mode)
    if 0 in tuple(x.shape)[-pooled - 1 :]:
        raise _empty_error(operation, x, pooled)
    _check_outputs(operation, tuple(x.shape[-pooled:]), windows, ceil_mode)
    return windows


def _of_max_pool1d(operation: str, phrase: str) -> str:
    """What torch says instead when max_pool1d is called without return_indices."""
    return f" max_pool1d() {phrase}." if operation == "max_pool1d" else ""


def check_array(operation: str, x: Array, argument: str = "input") -> None:
    """Refuse what is no array."""
    if not is_array_api_obj(x):
        raise TypeError(
            f"{operation}(): argument '{argument}' must be Tensor, not {type(x).__name__}. Give a "
            f"NumPy array, a torch tensor or a JAX array; np.asarray(x) makes one of a list."
        )
    if isinstance(x, np.ma.MaskedArray):  # NumPy's functions would take its hidden cells for data
        raise TypeError(
            f"{operation}(): argument '{argument}' must be Tensor, not {type(x).__name__}: its "
            f"mask would be lost. masked_max_pool(x.data, ~np.ma.getmaskarray(x), ...) leaves "
            f"cells out; x.filled(value) makes a plain array."
        )
    if is_torch_array(x) and str(x.layout) != "torch.strided":
        raise TypeError(
            f"{operation}(): argument '{argument}' must be dense, and its layout is {x.layout}. "
            f"Convert it with to_dense()."
        )


def check_companion(operation: str, argument: str, value: Array, x: Array) -> None:
    """Refuse what is no array of the library and the device of `x`."""
    check_array(operation, value, argument)
    if array_namespace(value) is not array_namespace(x):
        raise TypeError(
            f"{operation}(): argument '{argument}' must be an array of the library of the other, "
            f"not {type(value).__name__}. Convert it."
        )
    if is_torch_array(x) and value.device != x.device:
        raise RuntimeError(
            f"{operation}(): argument '{argument}' is on the device {value.device}, and the other "
            f"on {x.device}. Convert it with to(x.device)."
        )


def _rank_error(operation: str, x: Array, pooled: int) -> Exception:
    """The error for an input with the wrong number of axes."""
    advice = (
        f": the shape is {tuple(x.shape)}, and {operation} takes {SHAPES[pooled]}. Add the missing "
        f"axes, as in x[None], or pool the last axes of any array with max_pool or avg_pool of "
        f"pooledu.functional and a window such as {(2,) * pooled}."
    )
    if operation == "avg_pool2d" and x.ndim < 3:  # torch looks up the axis -3 before it checks
        limits = f"[{-x.ndim}, {x.ndim - 1}]"
        phrase = f"Dimension out of range (expected to be in range of {limits}, but got -3)"
        if x.ndim == 0:
            phrase = "Dimension specified as -3 but tensor has no dimensions"
        return IndexError(phrase + advice)
    if pooled == 1:
        phrase = (
            f"Expected 2 to 3 dimensions, but got {x.ndim}-dimensional tensor for argument #1 "
            f"'self' (while checking arguments for {operation})"
        )
        if operation == "max_pool1d":  # and this if no indices are asked for
            phrase += (
                f"; Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for "
                f"input, but got:{list(x.shape)}"
            )
    elif operation == "avg_pool2d":
        phrase = (
            f"Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but "
            f"got:{list(x.shape)}"
        )
    else:
        phrase = f"non-empty {pooled + 1}D or {pooled + 2}D (batch mode) tensor expected for input"
    return RuntimeError(phrase + advice)


def _empty_error(operation: str, x: Array, pooled: int) -> RuntimeError:
    """The error for an input with an axis of length 0 that is not the batch."""
    shape = list(x.shape)
    if pooled == 3:
        phrase = (
            f"{operation}(): Expected input's non-batch dimensions to have positive length, but "
            f"input has a shape of {shape}"
        )
    else:
        if pooled == 1:  # torch pools sequences as images of one row
            shape.insert(-1, 1)
        phrase = (
            f"Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but "
            f"got:{shape}"
        )
    if operation == "max_pool1d":
        phrase += (
            f"; Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, "
            f"but got:{list(x.shape)}"
        )
    return RuntimeError(f"{phrase}. Only the batch axis may be empty: no maximum or mean is there.")


def check_dtype(operation: str, x: Array, *accepted: str, argument: str = "input") -> None:
    """Refuse a dtype that is none of `accepted`, the kinds and names of the array API."""
    if has_dtype(x, *accepted):
        return
    name = str(x.dtype).removeprefix("torch.")
    example = "int64" if accepted == ("signed integer",) else "float32"
    raise NotImplementedError(
        f"\"{operation}\" not implemented for '{DTYPES.get(name, name)}': the {argument} is "
        f"{name}. Convert it first, for example to {example}."
    )


def has_dtype(x: Array, *accepted: str) -> bool:
    """Whether the dtype is one of these kinds and names of the array API."""
    if isinstance(x, np.ndarray) and x.dtype.isbuiltin == 1:  # the same as below, but sooner
        letters = "".join(KINDS.get(kind, "") for kind in accepted)
        return x.dtype.kind in letters or x.dtype.name in accepted
    if str(x.dtype).removeprefix("torch.") in accepted:
        return True
    kinds = [kind for kind in accepted if kind in KINDS]
    try:
        return any(array_namespace(x).isdtype(x.dtype, kind) for kind in kinds)
    except TypeError:  # a dtype of another package, such as NumPy arrays of bfloat16
        return False


def broadcasts(x: Array, shape: tuple[int, ...]) -> bool:
    """Whether an array fits a shape, with axes of length 1 where it is the same for all."""
    ahead = len(shape) - x.ndim
    # `in` would compare wrongly where a compiler knows sizes by name only
    return ahead >= 0 and all(
        n == 1 or n == wanted for n, wanted in zip(x.shape, shape[ahead:], strict=True)
    )


def expand(operation: str, argument: str, value: Any, pooled: int) -> tuple[int, ...]:
    """`value` for each pooled axis; an int counts for all of them, and mostly a sequence of one."""
    if not isinstance(value, (tuple, list)):
        if not _is_integer(value):
            raise TypeError(
                f"{operation}(): argument '{argument}' must be tuple of ints, not "
                f"{type(value).__name__}: {argument} is {value!r}. Write an int or a tuple of ints."
            )
        _check_range(operation, argument, [operator.index(value)])
        return (operator.index(value),) * pooled
    check_integers(operation, argument, value)
    _check_range(operation, argument, [operator.index(entry) for entry in value])
    alone = len(value) == 1 and "fractional" not in operation
    if not alone and len(value) != pooled:
        raise RuntimeError(
            f"{_length_phrase(operation, argument, len(value), pooled)}: {argument} is {value!r}. "
            f"Give one int for all pooled axes, or {NUMBER[pooled]}."
        )
    return tuple(map(operator.index, value)) * (pooled if len(value) == 1 else 1)


def check_integers(operation: str, argument: str, entries: Sequence[Any]) -> None:
    """Refuse a tuple that holds anything but ints."""
    for at, entry in enumerate(entries):
        if not _is_integer(entry):
            raise TypeError(
                f"{operation}(): argument '{argument}' must be tuple of ints, but found element of "
                f"type {type(entry).__name__} at pos {at}: {argument} is {entries!r}. Write "
                f"integers."
            )


def check_result(
    operation: str, x: Array, shape: tuple[int, ...], argument: str = "output_size"
) -> None:
    """Refuse a result that memory cannot hold, before anything is made in proportion to it."""
    cells = math.prod(shape)
    if cells * x.dtype.itemsize >= 2**63:
        raise RuntimeError(
            f"Storage size calculation overflowed with sizes={list(shape)}: {operation} would give "
            f"{cells} numbers. Use a smaller {argument}."
        )
    if cells > MANY:
        try:
            np.empty(cells * x.dtype.itemsize, np.uint8)  # asks for memory, and touches none of it
        except MemoryError:
            raise RuntimeError(
                f"can't allocate memory: {operation} would give {cells} numbers, in sizes "
                f"{list(shape)}. Use a smaller {argument}."
            ) from None


def _check_range(operation: str, argument: str, entries: Sequence[int]) -> None:
    """Refuse an integer that 64 bits do not hold."""
    if any(not -(2**63) <= entry < 2**63 for entry in entries):
        raise RuntimeError(
            f"Overflow when unpacking long: {operation}(): argument '{argument}' is {entries!r}. "
            f"Use integers of 64 bits."
        )


def _is_integer(value: Any) -> bool:
    """Whether torch takes it for an int; it takes no float, string or bool for one."""
    if isinstance(value, bool):
        return False
    try:
        operator.index(value)
    except TypeError:
        return False
    return True


def _length_phrase(operation: str, argument: str, length: int, pooled: int) -> str:
    """What torch says to a tuple of the wrong length; each of its functions says it differently."""
    if "fractional" in operation:
        many = "three Ints" if pooled == 3 else "Ints"
        return f"{operation}: {argument} must either be a single Int or tuple of {many}"
    if pooled == 1:
        return f"{operation}() argument '{argument}' should contain one int (got {length})"
    must = "must be either" if argument == "dilation" else "must either be"
    must = "must be" if operation == "avg_pool3d" else must
    omitted = "omitted, " if argument == "stride" else ""
    return f"{operation}: {argument} {must} {omitted}a single int, or a tuple of {NUMBER[pooled]}"


def check_flag(operation: str, argument: str, value: bool) -> None:
    """Refuse a flag that is not a bool."""
    if not isinstance(value, bool):
        raise TypeError(
            f"{operation}(): argument '{argument}' must be bool, not {type(value).__name__}: "
            f"{argument} is {value!r}. Write True or False."
        )


def _check_window(
    operation: str,
    pooled: int,
    kernel_size: Ints,
    stride: Ints | None,
    padding: Ints,
    dilation: Ints,
) -> Windows:
    """Kernel, stride, padding and dilation for each pooled axis, if a window can have them."""
    kernel = expand(operation, "kernel_size", kernel_size, pooled)
    strides = (
        kernel
        if stride is None or (isinstance(stride, (tuple, list)) and not stride)
        else expand(operation, "stride", stride, pooled)
    )
    pads = expand(operation, "padding", padding, pooled)
    dilations = expand(operation, "dilation", dilation, pooled)
    if 0 in strides:
        what = "kernel_size" if 0 in kernel else "stride"
        told = _of_max_pool1d(operation, f"{what} must be greater than zero, but got 0")
        raise RuntimeError(
            f"stride should not be zero: kernel_size={kernel_size}, stride={stride}, and a window "
            f"must move. Use a stride of 1 or more, or None for the window's own size.{told}"
        )
    _check_positive(operation, "kernel size", kernel)
    _check_positive(operation, "stride", strides)
    _check_positive(operation, "dilation", dilations)
    for p, k, d in zip(pads, kernel, dilations, strict=True):
        _check_pad(operation, p, k, d)
    return kernel, strides, pads, dilations


def _check_outputs(
    operation: str, sizes: tuple[int, ...], windows: Windows, ceil_mode: bool
) -> None:
    """Refuse windows that do not fit."""
    kernel, _, pads, dilations = windows
    outputs = tuple(
        (n + 2 * p - d * (k - 1) - 1 + (s - 1 if ceil_mode else 0)) // s + 1
        for n, k, s, p, d in zip(sizes, *windows, strict=True)
    )
    if operation == "avg_pool3d" and any(n < k for n, k in zip(sizes, kernel, strict=True)):
        raise RuntimeError(
            f"input image ({_named(sizes, 'THW', ' ')}) smaller than kernel size "
            f"({_named(kernel, ('kT', 'kH', 'kW'), ' ')}). avg_pool3d does not count padding here. "
            f"Use a kernel_size of at most {tuple(sizes)}."
        )
    if min(outputs) < 1:
        told = _of_max_pool1d(operation, f"Invalid computed output size: {outputs[0]}")
        raise RuntimeError(
            f"Given input size: ({_by(sizes)}). Calculated output size: ({_by(outputs)}). Output "
            f"size is too small: kernel_size {kernel} with dilation {dilations} does not fit into "
            f"the input with padding {pads}. Use a smaller kernel_size or more padding.{told}"
        )


def _check_positive(operation: str, what: str, values: tuple[int, ...]) -> None:
    """Refuse a negative or zero entry."""
    if min(values) < 1:
        phrase = f"{what.replace(' ', '_')} must be greater than zero, but got {min(values)}"
        raise RuntimeError(
            f"{what} should be greater than zero, but got {values}. Use 1 or more on every axis."
            f"{_of_max_pool1d(operation, phrase)}"
        )


def _check_pad(operation: str, pad: int, kernel: int, dilation: int) -> None:
    """Refuse a negative padding, and one above half of the kernel."""
    if pad < 0:
        raise RuntimeError(
            f"pad must be non-negative, but got pad: {pad}. Slice the input to make it smaller."
        )
    if pad > kernel // 2:
        if pad > (dilation * (kernel - 1) + 1) // 2:
            rule = "pad should be at most half of effective kernel size"
        else:
            rule = "pad should be smaller than or equal to half of kernel size"
        general = re.sub(r"\dd", "", operation)
        wider = f" {general} of pooledu.functional takes wider ones."
        raise RuntimeError(
            f"{rule}, but got pad={pad}, kernel_size={kernel} and dilation={dilation}. Use a "
            f"padding of at most {kernel // 2}, whatever the dilation;{wider}"
        )


def _by(sizes: tuple[int, ...]) -> str:
    """Sizes as torch prints them: 3x8x8."""
    return "x".join(map(str, sizes))


def _named(sizes: tuple[int, ...], names: Sequence[str], separator: str) -> str:
    """Sizes with their names: T: 8 H: 8 W: 8."""
    return separator.join(f"{name}: {size}" for name, size in zip(names, sizes, strict=True))


def check_divisor(operation: str, divisor: int | None) -> None:
    """Refuse a divisor that is zero or no integer."""
    if divisor is None:
        return
    if not _is_integer(divisor):
        raise TypeError(
            f"{operation}(): argument 'divisor_override' must be int, not "
            f"{type(divisor).__name__}: it is {divisor!r}. Write an int."
        )
    if divisor == 0:
        raise RuntimeError("divisor must be not zero: divisor_override is 0. Give another int.")
    _check_range(operation, "divisor_override", [operator.index(divisor)])


def check_adaptive(operation: str, x: Array, output_size: Any, pooled: int) -> tuple[int, ...]:
    """The output size of each pooled axis, if torch would take the call."""
    check_array(operation, x)
    check_dtype(operation, x, "real floating")
    shape = list(x.shape)
    many = isinstance(output_size, (tuple, list))
    if pooled > 1 and many and len(output_size) >= x.ndim:
        raise ValueError(
            f"Input dimension should be at least {len(output_size) + 1}: the shape is {shape} and "
            f"output_size {output_size}. Give one size for each pooled axis."
        )
    if x.ndim not in (pooled + 1, pooled + 2):
        phrase = f"{operation}(): Expected {pooled + 1}D or {pooled + 2}D tensor, but got"
        if pooled == 1:
            phrase = (
                f"Expected 2 to 3 dimensions, but got {x.ndim}-dimensional tensor for argument #1 "
                f"'self' (while checking arguments for {operation}): the shape is"
            )
        colon = ":" if "max" in operation and pooled > 1 else ""
        raise RuntimeError(f"{phrase}{colon} {shape}. {operation} takes {SHAPES[pooled]}.")
    first_full = 1 if "max" in operation or pooled == 3 else x.ndim - pooled
    if 0 in shape[first_full:]:
        raise RuntimeError(
            f"{operation}(): Expected input to have non-zero size for non-batch dimensions, but "
            f"input has sizes {shape}. No maximum or mean is there to take. Give each axis a cell."
        )
    if pooled > 1 and many:
        check_integers(operation, "output_size", [0 if n is None else n for n in output_size])
        if len(output_size) != pooled:
            own = f"{operation}(): internal error: output_size.size()"
            raise RuntimeError(
                f"{own if 'max' in operation else 'output_size'} must be {pooled}: {operation} got "
                f"{output_size}. Give one size for each pooled axis, or a single int for all."
            )
        kept = zip(output_size, shape[-pooled:], strict=True)
        output_size = tuple(size if entry is None else entry for entry, size in kept)
    sizes = expand(operation, "output_size", output_size, pooled)
    if min(sizes) < 0:
        if "max" in operation:
            phrase = f"Trying to create tensor with negative dimension {min(sizes)}"
        else:
            phrase = "elements of output_size must be greater than or equal to 0"
        raise RuntimeError(f"{phrase}: output_size is {output_size}. Use 1 or more.")
    check_result(operation, x, (*shape[:-pooled], *sizes))
    check_bins(operation, "output_size", sizes)
    return sizes


def check_bins(operation: str, argument: str, sizes: Sequence[int]) -> None:
    """Refuse more bins on an axis than can be listed."""
    if max(sizes) > LONGEST:
        raise RuntimeError(
            f"can't allocate memory: {operation}(): argument '{argument}' is {tuple(sizes)}, and "
            f"the cells of an axis are listed. Use at most {LONGEST} on each axis."
        )


def check_fractional(
    operation: str,
    x: Array,
    pooled: int,
    kernel_size: Ints,
    output_size: Ints | None,
    output_ratio: float | tuple[float, ...] | None,
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Kernel and output size of each pooled axis, if torch would take the call."""
    check_array(operation, x)
    shape = list(x.shape)
    if x.ndim < pooled + 1:  # torch looks up the channels before it checks
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-x.ndim}, {x.ndim - 1}], but "
            f"got {-pooled - 1}): the shape is {shape}, and {operation} takes {SHAPES[pooled]}."
        )
    if output_size is None and output_ratio is None:
        raise ValueError(
            f"{operation} requires specifying either an output_size or an output_ratio. Give one."
        )
    if x.ndim > pooled + 2:
        raise RuntimeError(
            f"{operation}(): Expected {pooled + 1}D or {pooled + 2}D tensor, but got: {shape}. It "
            f"takes {SHAPES[pooled]}."
        )
    check_dtype(operation, x, "real floating")
    if 0 in shape[-pooled - 1 :]:
        raise RuntimeError(
            f"{operation}(): Expected input to have non-zero size for non-batch dimensions, but "
            f"got{shape}. No maximum is there to take. Give each axis a cell."
        )
    kernel = expand(operation, "kernel_size", kernel_size, pooled)
    sizes = tuple(shape[-pooled:])
    if output_size is None:
        output_size = _scaled(operation, sizes, output_ratio)
    windows = expand(operation, "output_size", output_size, pooled)
    if min(windows) < 0:
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {min(windows)}: output_size is "
            f"{output_size}. Use 1 or more."
        )
    _check_positive(operation, "kernel size", kernel)
    for side, n, k, o in zip(
        ("time", "height", "width")[-pooled:], sizes, kernel, windows, strict=True
    ):
        if o + k - 1 > n - (pooled == 3):  # torch wants one cell more of a volume
            raise RuntimeError(
                f"{operation}(): pool {side} {k} too large relative to input {side} {n}: {o} "
                f"windows of {k} cells do not begin at different cells. Use a smaller kernel_size "
                f"or output."
            )
    return kernel, windows


def _scaled(operation: str, sizes: tuple[int, ...], ratio: Any) -> tuple[int, ...]:
    """The sizes times a ratio, or one ratio for each, rounded down."""
    ratios = ratio if isinstance(ratio, (tuple, list)) else [ratio] * len(sizes)
    if len(ratios) != len(sizes):
        raise ValueError(
            f"{operation} requires output_ratio to either be a single Int or tuple of Ints: it "
            f"has {len(ratios)} entries. Give {len(sizes)}."
        )
    return tuple(int(size * part) for size, part in zip(sizes, ratios, strict=True))


def check_samples(operation: str, samples: Array, batch: Array, pooled: int) -> None:
    """Refuse samples that do not fit the batch."""
    check_array(operation, samples, "random_samples")
    if array_namespace(samples) is not array_namespace(batch):
        raise TypeError(
            f"{operation}(): argument 'random_samples' must be Tensor, not "
            f"{type(samples).__name__}. Give an array of the same library as the input."
        )
    shape, wanted = tuple(samples.shape), (*batch.shape[:2], pooled)
    way_out = f": the shape is {shape}. Give samples of shape {wanted} for (N, C, pooled axes)."
    if samples.dtype != batch.dtype:
        raise RuntimeError(
            f"Expect _random_samples to have the same dtype as input: got {samples.dtype} and "
            f"{batch.dtype}. Convert the samples."
        )
    if samples.ndim != 3:
        phrase = f"Expect _random_samples to have 3 dimensions, got {samples.ndim}"
    elif shape[0] < wanted[0]:
        phrase = "Expect _random_samples.size(0) no less then input batch size."
    elif shape[1] != wanted[1]:
        phrase = "Expect _random_samples.size(1) equals to input channel size."
    elif shape[2] != pooled:
        phrase = f"Expect _random_samples.size(2) equals to {pooled}; got {shape[2]}."
    else:
        return
    raise RuntimeError(phrase + way_out)


def check_unpool(
    operation: str,
    x: Array,
    indices: Array,
    pooled: int,
    kernel_size: Ints,
    stride: Ints | None,
    padding: Ints,
    output_size: tuple[int, ...] | None,
) -> tuple[int, ...]:
    """The unpooled size of each axis, if torch would take the call."""
    check_array(operation, x)
    check_array(operation, indices, "indices")
    if isinstance(kernel_size, (tuple, list)) and len(kernel_size) > pooled:
        raise IndexError(
            f"tuple index out of range: kernel_size is {kernel_size!r}, and {operation} unpools "
            f"{pooled} axes. Give one int, or {NUMBER[pooled]}."
        )
    kernel = expand(operation, "kernel_size", kernel_size, pooled)
    strides = kernel if stride is None else expand(operation, "stride", stride, pooled)
    pads = expand(operation, "padding", padding, pooled)
    if min(strides) < 1:
        raise RuntimeError(
            f"strides should be greater than zero, but got stride: {strides}, with kernel_size="
            f"{kernel_size} and stride={stride}. Use 1 or more."
        )
    if x.ndim not in (pooled + 1, pooled + 2):
        few = max(pooled, 2) + 1  # torch unpools sequences as images of one column
        raise RuntimeError(
            f"Input to max_unpooling{few - 1}d should be a {few}d or {few + 1}d Tensor, but got a "
            f"tensor with {x.ndim + (pooled == 1)} dimensions: the shape is {tuple(x.shape)}, and "
            f"{operation} takes {SHAPES[pooled]}."
        )
    check_dtype(operation, x, "real floating")
    if 0 in tuple(x.shape)[1:]:
        raise RuntimeError(
            f"Expected input to have non-zero size for non-batch dimensions, but got "
            f"{list(x.shape)}. Nothing is there to unpool. Give each axis a cell."
        )
    if not has_dtype(indices, "signed integer"):
        raise RuntimeError(
            f"elements in indices should be type int64 but got: {indices.dtype}. Give the indices "
            f"that max_pool{pooled}d returns with return_indices=True."
        )
    if x.shape != indices.shape:
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(x.shape)}) "
            f"but got indices tensor with shape: {list(indices.shape)}. Give one index for "
            f"each value."
        )
    return _unpool_sizes(operation, tuple(x.shape)[-pooled:], kernel, strides, pads, output_size)


def _unpool_sizes(
    operation: str,
    sizes: tuple[int, ...],
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    pads: tuple[int, ...],
    output_size: tuple[int, ...] | None,
) -> tuple[int, ...]:
    """The sizes asked for, if pooling could have made `sizes` of them; else the smallest such."""
    limits = [
        ((n - 1) * s + k - 2 * p, s)
        for n, k, s, p in zip(sizes, kernel, strides, pads, strict=True)
    ]
    if output_size is None:
        return tuple(size for size, _ in limits)
    if not isinstance(output_size, (tuple, list)):
        raise TypeError(
            f"object of type '{type(output_size).__name__}' has no len(): {operation}(): argument "
            f"'output_size' is {output_size!r}. Give the shape of the input that was pooled."
        )
    if len(output_size) == len(sizes) + 2:
        output_size = output_size[2:]
    if len(output_size) != len(sizes):
        raise ValueError(
            f"output_size should be a sequence containing {len(sizes)} or {len(sizes) + 2} "
            f"elements, but it has a length of '{len(output_size)}'. Give the shape of the input "
            f"that was pooled."
        )
    check_integers(operation, "output_size", output_size)
    output_size = tuple(map(operator.index, output_size))
    for d, (wanted, (size, stride)) in enumerate(zip(output_size, limits, strict=True)):
        if not size - stride < wanted < size + stride:
            raise ValueError(
                f'invalid output_size "{output_size}" (dim {d} must be between {size - stride} and '
                f"{size + stride}): other sizes do not pool to {sizes[d]} windows with "
                f"kernel_size {kernel}, stride {strides} and padding {pads}. Give the size of the "
                f"input that was pooled."
            )
    return output_size
