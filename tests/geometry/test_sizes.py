"""Sizes and positions, against torch's outputs and against counting."""

import itertools

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from pooledu import geometry


def test_output_sizes_are_those_of_torch():
    for n, k, s, p, d, ceil in itertools.product(
        range(1, 12), (1, 2, 3, 5), (1, 2, 3), (0, 1, 2), (1, 2), (False, True)
    ):
        if p > k // 2:
            continue
        try:
            expected = F.max_pool1d(torch.zeros(1, n), k, s, p, d, ceil).shape[-1]
        except RuntimeError:
            with pytest.raises(ValueError, match="no window fits"):
                geometry.output_size(n, k, s, p, d, ceil)
        else:
            assert geometry.output_size(n, k, s, p, d, ceil) == expected, (n, k, s, p, d, ceil)


def test_the_stride_is_the_kernel_by_default():
    assert geometry.output_size(12, 3) == geometry.output_size(12, 3, stride=3) == 4


@given(
    st.integers(1, 30), st.integers(1, 6), st.integers(1, 5), st.integers(0, 4), st.integers(0, 4)
)
def test_windows_start_a_stride_apart_and_stay_in_the_padded_input(n, k, s, before, after):
    if k > n + before + after:
        with pytest.raises(ValueError, match="no window fits"):
            geometry.window_starts(n, k, s, (before, after))
        return
    starts = geometry.window_starts(n, k, s, (before, after))
    assert starts == list(range(-before, n + after - k + 1, s))
    assert len(starts) == geometry.output_size(n, k, s, (before, after))


def test_adaptive_bins_are_where_torch_takes_its_maxima_from():
    for n, bins in itertools.product(range(1, 13), range(1, 13)):
        x = torch.eye(n)[None]  # each row shows which bins hold its cell
        shown = F.adaptive_max_pool1d(x, bins)[0].bool()
        found = geometry.adaptive_bins(n, bins)
        for b, (start, end) in enumerate(found):
            assert shown[:, b].nonzero().ravel().tolist() == list(range(start, end))


@given(st.integers(0, 40), st.integers(1, 7), st.integers(1, 5), st.integers(1, 3))
def test_same_padding_is_the_least_that_gives_the_size_over_the_stride(n, k, s, d):
    before, after = geometry.same_padding(n, k, s, d)
    assert geometry.same_padding(n, k, s, d, mode="SAME_LOWER") == (after, before)
    assert 0 <= after - before <= 1
    if n:
        assert geometry.output_size(n, k, s, (before, after), d) == -(-n // s)
    if after:
        room = n + before + after - 1 - geometry.span(k, d)
        assert room // s + 1 < -(-n // s)


@given(st.integers(1, 30), st.integers(1, 9), st.integers(1, 5), st.floats(0, 0.99))
def test_fractional_starts_are_those_of_torch(n, windows, k, u):
    if windows + k - 1 > n:
        return
    x = torch.arange(float(n), dtype=torch.float64).expand(1, 1, n, n)
    samples = torch.full((1, 1, 2), u, dtype=torch.float64)
    maxima = F.fractional_max_pool2d(x, k, windows, _random_samples=samples)
    ends = [start + k - 1 for start in geometry.fractional_starts(n, windows, k, u)]
    assert maxima[0, 0, 0].tolist() == ends


@given(st.integers(1, 20), st.integers(1, 5), st.integers(1, 5), st.integers(0, 2))
def test_unpool_sizes_are_all_that_pool_to_the_size(windows, k, s, p):
    found = geometry.unpool_sizes(windows, k, s, p)
    pooled = [n for n in range(1, 200) if k <= n + 2 * p and (n + 2 * p - k) // s + 1 == windows]
    assert [n for n in found if n >= 1] == pooled


def test_the_first_unpool_size_is_torchs_default():
    for k, s, p in ((2, 2, 0), (3, 2, 1), (3, 3, 0)):
        values, indices = F.max_pool1d(torch.arange(13.0)[None], k, s, p, return_indices=True)
        sizes = geometry.unpool_sizes(values.shape[-1], k, s, p)
        if indices.max() < sizes[0]:
            assert F.max_unpool1d(values, indices, k, s, p).shape[-1] == sizes[0]


@given(st.integers(1, 12), st.integers(1, 8), st.integers(1, 2), st.booleans())
def test_every_window_found_gives_the_size_and_none_is_missed(n, out, dilation, ceil):
    found = geometry.find_windows(n, out, range(1, 5), dilation, ceil)
    tried = set()
    for k, s in itertools.product(range(1, 5), range(1, 2 * n + 9)):
        for p in range(k // 2 + 1):
            if dilation * (k - 1) + 1 <= n + 2 * p:
                try:
                    size = F.max_pool1d(torch.zeros(1, n), k, s, p, dilation, ceil).shape[-1]
                except RuntimeError:
                    continue
                if size == out and s < n + k:
                    tried.add((k, s, p))
    assert set(found) == tried


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda: geometry.output_size(-1, 2), ValueError, "size is -1; it must be at least 0"),
        (lambda: geometry.output_size(5, 0), ValueError, "kernel_size is 0; .* at least 1"),
        (lambda: geometry.output_size(5, 2, 0), ValueError, "stride is 0; .* at least 1"),
        (lambda: geometry.output_size(5, 2, 1, -1), ValueError, "padding is -1; .* at least 0"),
        (lambda: geometry.output_size(5, 2.0), TypeError, "kernel_size is 2.0; .* not float"),
        (lambda: geometry.output_size(5, True), TypeError, "kernel_size is True; .* Write 1"),
        (lambda: geometry.output_size(3, 7), ValueError, "spans 7 cells .* 0 [+] 3 [+] 0"),
        (lambda: geometry.adaptive_bins(0, 2), ValueError, "in_size is 0"),
        (lambda: geometry.adaptive_bins(2, 0), ValueError, "out_size is 0"),
        (lambda: geometry.same_padding(5, 2, mode="SAME"), ValueError, "'SAME'; .*SAME_UPPER"),
        (lambda: geometry.fractional_starts(5, 2, 9, 0.5), ValueError, "9 cells does not fit"),
        (lambda: geometry.fractional_starts(5, 2, 2, 1.0), ValueError, "u is 1.0; .* below 1"),
        (lambda: geometry.receptive_fields([(3,)]), TypeError, "stride"),
    ],
)
def test_the_error_says_the_value_and_the_rule(call, error, told):
    with pytest.raises(error, match=told):
        call()
