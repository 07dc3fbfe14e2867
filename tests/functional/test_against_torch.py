"""Every result and every exception is compared with torch's own, on the CPU."""

import math
import warnings
from collections import Counter

import numpy as np
import pytest
import torch
import torch.nn.functional as F

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


def rounded_powers(call, on_numpy) -> float:
    """3 ulp for powers that were rounded otherwise, and more where a root magnifies them."""
    if call.x.is_contiguous() and not on_numpy:
        return 0  # torch too rounds powers otherwise if the numbers do not lie side by side
    return 10 if call.arguments["norm_type"] == 0.5 else 3


@pytest.mark.parametrize("pooled", [1, 2, 3])
@pytest.mark.parametrize("way", LIBRARIES, indirect=True)
def test_power_averages_are_torchs_on_tensors_and_within_three_ulp_on_numpy(pooled, way, on_numpy):
    assert_all_equal("lp", pooled, way, on_numpy, rounded_powers)


@pytest.mark.parametrize("pooled", [2, 3])
@pytest.mark.parametrize("way", LIBRARIES, indirect=True)
def test_fractional_maxima_and_their_positions_are_torchs(pooled, way, on_numpy):
    assert_all_equal("fractional", pooled, way, on_numpy)


@pytest.mark.parametrize("pooled", [1, 2, 3])
@pytest.mark.parametrize("way", LIBRARIES, indirect=True)
def test_unpooled_arrays_are_torchs(pooled, way, on_numpy):
    assert_all_equal("unpool", pooled, way, on_numpy)


@pytest.mark.parametrize("p", [1 / 3, 0.5, 0.7, 1.7, 2.5, 3.0])
@pytest.mark.parametrize("kernel", [2, 5])
def test_power_averages_on_numpy_are_as_close_to_the_exact_value_as_torchs(p, kernel):
    x = np.random.default_rng(0).uniform(0.1, 3, (4, 8, 15, 15)).astype("f4")
    cells = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), (2, 3))
    cells = cells[:, :, ::kernel, ::kernel].astype("f8")
    sums = [math.fsum(window.ravel() ** p) for window in cells.reshape(-1, kernel, kernel)]
    exact = np.array(sums).reshape(cells.shape[:4]) ** (1 / p)
    theirs = F.lp_pool2d(torch.from_numpy(x), p, kernel).numpy()
    ours = functional.lp_pool2d(x, p, kernel)
    away = [np.abs(found - exact) / np.spacing(theirs) for found in (ours, theirs)]
    assert away[0].max() <= away[1].max() + 1


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
