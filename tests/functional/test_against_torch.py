"""Every result and every exception is compared with torch's own, on the CPU."""

import warnings

import pytest
import torch
import torch.nn.functional as F

from pooledu import functional
from tests.functional import torch_grid as grid


def assert_all_equal(calls, way, request, **tolerance) -> None:
    """Compare each call; the first that differs is shown."""
    numpy = "NumPy" in request.node.callspec.params["way"]
    compared = 0
    for call in calls:
        if numpy and call.x.dtype == torch.bfloat16:
            continue  # NumPy has no such dtype
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # sums of infinities, roots of negative numbers
            found = grid.difference(call.run(F), way(call), **tolerance)
        assert found is None, f"{call}\n{found}"
        compared += 1
    assert compared > 100


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_maxima_and_their_positions_are_torchs(pooled, way, request):
    assert_all_equal(grid.fixed("max", pooled), way, request)


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_averages_are_torchs_to_the_last_bit(pooled, way, request):
    assert_all_equal(grid.fixed("avg", pooled), way, request, signed_zeros=True)


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_adaptive_maxima_and_their_positions_are_torchs(pooled, way, request):
    assert_all_equal(grid.adaptive("max", pooled), way, request)


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_adaptive_averages_are_within_three_ulp_of_torchs(pooled, way, request):
    assert_all_equal(grid.adaptive("avg", pooled), way, request, ulp=3)


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_power_averages_are_torchs_on_tensors_and_within_three_ulp_on_numpy(pooled, way, request):
    exact = request.node.callspec.params["way"] == "torch tensors"
    calls = (call for call in grid.lp(pooled) if exact or call.arguments["norm_type"] != 0.5)
    assert_all_equal(calls, way, request, ulp=0 if exact else 3)


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_powers_below_one_magnify_how_the_powers_of_the_libraries_are_rounded(pooled):
    # torch's power rounds square roots otherwise than NumPy's; the sum of up to 27 is then squared
    for call in grid.lp(pooled):
        if call.arguments["norm_type"] == 0.5:
            ours = call.run(functional, grid.convert_tensors)
            found = grid.difference(call.run(F), ours, ulp=10)
            assert found is None, f"{call}\n{found}"


@pytest.mark.parametrize("pooled", [2, 3])
def test_fractional_maxima_and_their_positions_are_torchs(pooled, way, request):
    assert_all_equal(grid.fractional(pooled), way, request)


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_unpooled_arrays_are_torchs(pooled, way, request):
    assert_all_equal(grid.unpooling(pooled), way, request)


def test_the_grid_has_more_than_ten_thousand_comparisons_of_distinct_calls():
    calls = list(grid.everything())
    assert len({str(call) for call in calls}) > 0.9 * len(calls)
    on_numpy = sum(call.x.dtype != torch.bfloat16 for call in calls)
    assert len(calls) + 3 * on_numpy > 10_000


def test_the_grid_reaches_results_and_refusals_of_every_function():
    results: dict[str, set[str]] = {}
    for call in grid.everything():
        outcome = call.run(F)
        kind = type(outcome).__name__ if isinstance(outcome, Exception) else "result"
        results.setdefault(call.function, set()).add(kind)
    assert all("result" in kinds for kinds in results.values())
    refusing = {name for name, kinds in results.items() if len(kinds) > 1}
    assert refusing >= {f"{op}_pool{d}d" for op in ("max", "avg", "lp") for d in (1, 2, 3)}
