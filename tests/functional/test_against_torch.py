"""Every result and every exception is compared with torch's own, on the CPU."""

import math
import warnings
from collections import Counter

import numpy as np
import pytest
import torch

from pooledu import functional
from tests.functional import torch_grid as grid
from tests.functional.conftest import LIBRARIES


def exact(call, on_numpy) -> int:
    """No tolerance."""
    return 0


def assert_all_equal(operation, pooled, way, on_numpy, ulp=exact, signed_zeros=False) -> None:
    """Compare each call; the first that differs is shown."""
    compared = 0
    for call, expected in grid.answered(operation, pooled):
        if on_numpy and call.x.dtype == torch.bfloat16:
            continue  # NumPy has no such dtype
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # sums of infinities, roots of negative numbers
            ours = way(call)
        found = grid.difference(expected, ours, ulp(call, on_numpy), signed_zeros)
        assert found is None, f"{call}\n{found}"
        compared += 1
    assert compared > 250


@pytest.fixture
def on_numpy(request) -> bool:
    """Whether the way computes with NumPy, whose powers and means of planes are not torch's."""
    return "NumPy" in request.node.callspec.params["way"]


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_maxima_and_their_positions_are_torchs(pooled, way, on_numpy):
    assert_all_equal("max", pooled, way, on_numpy)


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_averages_are_torchs_to_the_last_bit(pooled, way, on_numpy):
    assert_all_equal("avg", pooled, way, on_numpy, signed_zeros=True)


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_adaptive_maxima_and_their_positions_are_torchs(pooled, way, on_numpy):
    assert_all_equal("adaptive max", pooled, way, on_numpy)


def mean_of_planes(call, on_numpy) -> int:
    """3 ulp for the mean of a whole plane, which each library sums in an order of its own."""
    sizes = tuple(call.x.shape)[-int(call.function[-2]) :]
    whole = grid.one_bin(sizes, call.arguments["output_size"])
    return 3 if whole and (on_numpy or not call.x.is_contiguous()) else 0


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_adaptive_averages_are_torchs_but_for_means_of_planes_on_numpy(pooled, way, on_numpy):
    assert_all_equal("adaptive avg", pooled, way, on_numpy, mean_of_planes, signed_zeros=True)


def exact_powers(call) -> np.ndarray:
    """The power averages in double precision, or in the longest that NumPy has."""
    wide = functional.lp_pool(
        call.x.numpy().astype(np.longdouble), call.arguments["norm_type"], *windows_of(call)
    )
    return np.asarray(wide)


def windows_of(call) -> tuple:
    """Window, stride, padding, dilation and ceil_mode of a call of power pooling."""
    pooled, kernel = int(call.function[-2]), call.arguments["kernel_size"]
    window = kernel if isinstance(kernel, tuple) else (kernel,) * pooled
    return window, call.arguments["stride"], 0, 1, call.arguments["ceil_mode"]


def distance(found: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """How far results lie from the exact ones, in units in the last place."""
    known = np.isfinite(exact) & np.isfinite(found)
    step = np.spacing(np.abs(exact[known]).astype(found.dtype)).astype(np.longdouble)
    return np.abs(found[known] - exact[known]) / step


@pytest.mark.parametrize("pooled", [1, 2, 3])
@pytest.mark.parametrize("way", LIBRARIES, indirect=True)
def test_power_averages_are_as_near_to_the_exact_value_as_torchs_own(pooled, way, on_numpy):
    """Each library rounds powers in its own way, which depends on the processor too."""
    away: dict[tuple, list] = {}
    for call, expected in grid.answered("lp", pooled):
        ours = way(call)
        p = call.arguments["norm_type"]
        plain = call.x.is_contiguous() and not on_numpy
        if isinstance(expected, Exception) or abs(p) == math.inf or plain:
            assert grid.difference(expected, ours) is None, call
            continue
        exact = exact_powers(call)
        assert (ours[0].dtype, ours[0].shape) == (expected[0].dtype, expected[0].shape)
        assert np.array_equal(np.isnan(ours[0]), np.isnan(expected[0]))
        found = away.setdefault((p, ours[0].dtype), [0.0, 0.0])
        for i, result in enumerate((ours[0], expected[0])):
            found[i] = max([found[i], *distance(result, exact).ravel().tolist()])
    assert len(away) > 10
    for power, (mine, theirs) in away.items():
        assert mine <= 2 * theirs + 2, power


@pytest.mark.parametrize("pooled", [2, 3])
@pytest.mark.parametrize("way", LIBRARIES, indirect=True)
def test_fractional_maxima_and_their_positions_are_torchs(pooled, way, on_numpy):
    assert_all_equal("fractional", pooled, way, on_numpy)


@pytest.mark.parametrize("pooled", [1, 2, 3])
@pytest.mark.parametrize("way", LIBRARIES, indirect=True)
def test_unpooled_arrays_are_torchs(pooled, way, on_numpy):
    assert_all_equal("unpool", pooled, way, on_numpy)


def test_the_grid_has_ten_thousand_distinct_calls_of_every_function_dtype_and_special_value():
    functions, dtypes, special, taken = Counter(), Counter(), Counter(), set()
    for call, result in grid.everything():
        if isinstance(result, Exception):
            functions[call.function, "refused"] += 1
            continue
        taken.add(str(call))  # function, dtype, shape, strides and arguments
        x = call.x.double()
        functions[call.function] += 1
        dtypes[call.x.dtype] += 1
        special["unbatched"] += call.x.ndim == int(call.function[-2]) + 1
        special["no images"] += len(call.x) == 0
        special["not contiguous"] += not call.x.is_contiguous()
        special["NaN"] += bool(x.isnan().any())
        special["infinite"] += bool(x.isinf().any())
        special["a zero below 0"] += bool(((x == 0) & x.signbit()).any())
        special["ties"] += x.numel() > 1 and len(x.unique()) < x.numel()
    assert len(taken) > 10_000
    assert min(count for name, count in functions.items() if "refused" not in name) > 250
    refusing = {name[0] for name in functions if "refused" in name}
    assert refusing >= {f"{op}_pool{d}d" for op in ("max", "avg", "lp") for d in (1, 2, 3)}
    assert min(dtypes[dtype] for dtype in grid.FLOATS) > 1000
    assert min(dtypes[dtype] for dtype in grid.INTEGERS) > 100
    assert min(special.values()) > 100
