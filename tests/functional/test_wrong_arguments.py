"""Every public function with every argument wrong: the error is ours, and names the argument."""

import inspect
import linecache
import math
import warnings
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import torch

import pooledu
from pooledu import functional, geometry, gradients
from tests.functional import examples
from tests.functional.examples import EXAMPLES

PACKAGE = str(Path(pooledu.__file__).parent)

WRONG = [
    None,
    "2",
    1.5,
    -1,
    0,
    True,
    10**19,
    math.nan,
    math.inf,
    1j,
    (),
    (1, 2, 3, 4, 5),
    ((1, 2, 3), (1, 2, 3)),
    ("a", "b"),
    (None, None),
    [1.5, 1.5],
    {},
    object(),
    b"2",
    np.zeros((3, 3)),
    np.array("text"),
    np.float64("nan"),
    len,
    np.ones((2, 3, 8, 6), bool),
    np.ones((2, 3, 8, 6), complex),
    np.ones((2, 3, 8, 6), object),
    np.ones((1, 2), "M8[s]"),
    np.ones((2, 3, 8, 6), ml_dtypes.bfloat16),
    2**62,
    -(2**63),
    np.int8(-128),
    np.full((2, 3, 8, 6), 6e4, np.float16),
    np.full(4, math.nan),
    torch.ones(2, 3, 8, 6).to_sparse(),
]

# how torch calls what our functions name otherwise
SYNONYMS = {
    "kernel_size": ("kernel size", "kernel", "window"),
    "padding": ("pad", "list"),
    "x": ("input", "dtype", "shape", "tensor"),
    "rng": ("generator", "key"),
    "divisor_override": ("divisor",),
    "output_ratio": ("output_size", "output"),
    "_random_samples": ("random_samples",),
    "mode": (),
    "layers": ("layer", "kernel_size", "stride", "padding", "dilation", "branches"),
    "stride": ("image is", "windows"),
    "grad_output": ("the array has",),
    "dilation": ("window fits", "too small"),
    "window": ("window fits",),
    "output_size": ("index", "pool time", "pool height", "pool width", "indices"),
    "input_size": ("windows", "indices", "divide", "grad_output"),
    "blur_size": (),
    "size": ("list", "window fits"),
    "in_size": ("list",),
    "out_size": ("list",),
}

GRADIENTS: dict[str, dict[str, Any]] = {
    "max_pool_backward": {
        "grad_output": np.ones((1, 2)),
        "indices": np.array([[0, 3]]),
        "input_size": (4,),
    },
    "avg_pool_backward": {
        "grad_output": np.ones((1, 2)),
        "input_size": (4,),
        "window": (2,),
        "stride": 2,
        "padding": 0,
        "dilation": 1,
        "ceil_mode": False,
        "count_include_pad": True,
        "divisor_override": None,
    },
    "lp_pool_backward": {
        "grad_output": np.ones((1, 2)),
        "x": np.ones((1, 4)),
        "norm_type": 2.0,
        "window": (2,),
        "stride": 2,
        "padding": 0,
        "dilation": 1,
        "ceil_mode": False,
        "mean": False,
    },
    "adaptive_avg_pool_backward": {"grad_output": np.ones((1, 2)), "input_size": (4,)},
    "max_unpool_backward": {
        "grad_output": np.ones((1, 4)),
        "indices": np.array([[0, 3]]),
        "output_size": (4,),
    },
}
GEOMETRY: dict[str, dict[str, Any]] = {
    "output_size": {
        "size": 9,
        "kernel_size": 3,
        "stride": 2,
        "padding": 1,
        "dilation": 2,
        "ceil_mode": True,
    },
    "window_starts": {
        "size": 9,
        "kernel_size": 3,
        "stride": 2,
        "padding": 1,
        "dilation": 2,
        "ceil_mode": True,
    },
    "span": {"kernel_size": 3, "dilation": 2},
    "adaptive_bins": {"in_size": 9, "out_size": 4},
    "same_padding": {"size": 9, "kernel_size": 3, "stride": 2, "dilation": 1, "mode": "SAME_UPPER"},
    "unpool_sizes": {"size": 9, "kernel_size": 3, "stride": 2, "padding": 1},
    "fractional_starts": {"in_size": 9, "out_size": 4, "kernel_size": 2, "u": 0.5},
    "find_windows": {
        "in_size": 9,
        "out_size": 4,
        "kernel_sizes": [2, 3],
        "dilation": 1,
        "ceil_mode": False,
    },
    "receptive_fields": {"layers": [(3, 2)]},
}


def calls():
    """Each function with one argument exchanged for a wrong one."""
    for module, known in ((functional, EXAMPLES), (gradients, GRADIENTS), (geometry, GEOMETRY)):
        names = getattr(module, "__all__", None) or [n for n in vars(module) if "backward" in n]
        for name in names:
            function = getattr(module, name)
            if inspect.isfunction(function):
                yield pytest.param(function, known[name], id=f"{module.__name__[8:]}.{name}")


def arguments_of(function: Any, given: dict[str, Any]) -> dict[str, Any]:
    """All arguments of a right call, by name."""
    if function.__module__.startswith("pooledu.functional"):
        x = examples.numbers(function.__name__)
        return {"x": x, **given, **examples.further(function.__name__, x)}
    return given


@pytest.mark.parametrize(("function", "given"), list(calls()))
def test_a_wrong_argument_is_refused_in_our_words_which_name_it(function, given):
    right = arguments_of(function, given)
    refused = 0
    for argument in inspect.signature(function).parameters:
        for wrong in WRONG:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error", RuntimeWarning)
                    function(**{**right, argument: wrong})
            except Exception as error:
                refused += 1
                assert_ours(error, argument, f"{function.__name__}({argument}={wrong!r})")
    assert refused > 10


def assert_ours(error: Exception, argument: str, call: str) -> None:
    """Raised by a line of the library, and about the argument."""
    told = f"{call}: {type(error).__name__}: {error}"
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    file = trace.tb_frame.f_code.co_filename
    assert file.startswith(PACKAGE), told
    line = trace.tb_lineno
    assert any("raise" in linecache.getline(file, at) for at in range(line - 8, line + 9)), told
    assert any(word in str(error) for word in (argument, *SYNONYMS.get(argument, ()))), told


@pytest.mark.parametrize(
    ("function", "given"), [call for call in calls() if "geometry" not in call.id]
)
def test_an_array_that_hides_cells_is_refused_and_not_pooled_as_if_it_hid_none(function, given):
    for argument, value in arguments_of(function, given).items():
        if isinstance(value, np.ndarray) and value.dtype != bool:
            hidden = np.ma.array(value, mask=value == value.flat[0])
            with pytest.raises(TypeError, match="mask would be lost"):
                function(**{**arguments_of(function, given), argument: hidden})


@pytest.mark.parametrize(
    ("function", "given"), [call for call in calls() if "geometry" not in call.id]
)
def test_an_array_of_what_cannot_be_pooled_is_refused(function, given):
    for argument, value in arguments_of(function, given).items():
        if isinstance(value, np.ndarray):
            for dtype in (complex, "M8[s]", str):
                wrong = {**arguments_of(function, given), argument: value.astype(int).astype(dtype)}
                with pytest.raises((TypeError, ValueError, RuntimeError)) as caught:
                    function(**wrong)
                assert_ours(caught.value, argument, f"{function.__name__}({argument}: {dtype})")
