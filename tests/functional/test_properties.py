"""What holds for every input."""

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pooledu import functional

IMAGES = hnp.arrays(
    np.float32,
    st.tuples(st.just(2), st.integers(4, 9), st.integers(4, 9)),
    elements=st.floats(-1e3, 1e3, width=32) | st.sampled_from([np.nan, np.inf, -np.inf, -0.0]),
)
FINITE = hnp.arrays(
    np.float64,
    st.tuples(st.just(2), st.integers(4, 9), st.integers(4, 9)),
    elements=st.integers(-50, 50),
)
WINDOWS = st.tuples(st.integers(1, 4), st.integers(1, 3))


@given(IMAGES, WINDOWS, st.booleans())
def test_any_image_is_pooled_as_by_torch(x, window, ceil):
    tensor, padding = torch.from_numpy(x), window[0] // 2
    expected = F.max_pool2d(tensor, *window, padding, ceil_mode=ceil, return_indices=True)
    found = functional.max_pool2d(x, *window, padding, ceil_mode=ceil, return_indices=True)
    assert np.array_equal(expected[0], found[0], equal_nan=True)
    assert np.array_equal(expected[1], found[1])
    expected = F.avg_pool2d(tensor, *window, padding, ceil_mode=ceil)
    with np.errstate(all="ignore"):
        found = functional.avg_pool2d(x, *window, padding, ceil_mode=ceil)
    assert np.array_equal(expected, found, equal_nan=True)


@given(FINITE, WINDOWS)
def test_the_position_of_a_maximum_holds_it(x, window):
    values, positions = functional.max_pool2d(x, *window, window[0] // 2, return_indices=True)
    planes = x.reshape(len(x), -1)
    assert np.array_equal(
        np.take_along_axis(planes, positions.reshape(len(x), -1), 1).ravel(), values.ravel()
    )


@given(FINITE, WINDOWS)
def test_padding_never_wins_a_maximum(x, window):
    x = -np.abs(x) - 1
    assert functional.max_pool2d(x, *window, window[0] // 2).max() <= x.max()
    assert functional.max_pool2d(x, *window, window[0] // 2).min() >= x.min()


@given(FINITE, WINDOWS)
def test_maxima_commute_with_increasing_functions(x, window):
    assert np.array_equal(
        functional.max_pool2d(x**3 + x, *window),
        functional.max_pool2d(x, *window) ** 3 + functional.max_pool2d(x, *window),
    )


@given(FINITE, WINDOWS, st.integers(-5, 5))
def test_averages_are_linear(x, window, factor):
    y = np.roll(x, 1, axis=-1)
    left = functional.avg_pool2d(factor * x + y, *window)
    right = factor * functional.avg_pool2d(x, *window) + functional.avg_pool2d(y, *window)
    assert np.allclose(left, right, atol=1e-9)


@given(FINITE, WINDOWS)
def test_a_shift_by_the_stride_shifts_the_output_by_one(x, window):
    _, stride = window
    shifted = np.pad(x, ((0, 0), (0, 0), (stride, 0)))
    whole, moved = functional.max_pool2d(x, *window), functional.max_pool2d(shifted, *window)
    assert np.array_equal(moved[..., 1 : 1 + whole.shape[-1]], whole)


@given(FINITE, WINDOWS)
def test_unpooling_puts_every_maximum_back(x, window):
    kernel, _ = window
    values, positions = functional.max_pool2d(x, kernel, return_indices=True)
    back = functional.max_unpool2d(values, positions, kernel, output_size=x.shape[-2:])
    assert np.array_equal(back[back != 0], x[back != 0])
    assert np.array_equal(
        functional.max_pool2d(np.where(back == 0, -99, back), kernel),
        np.where(values == 0, -99, values),
    )


@given(FINITE, st.integers(1, 9), st.integers(1, 9))
def test_adaptive_bins_reach_every_cell(x, rows, columns):
    bins = functional.adaptive_max_pool2d(x, (rows, columns))
    assert np.array_equal(bins.max(axis=(1, 2)), x.max(axis=(1, 2)))
    low = -functional.adaptive_max_pool2d(-x, (rows, columns))
    means = functional.adaptive_avg_pool2d(x, (rows, columns))
    assert (low - 1e-9 <= means).all()
    assert (means <= bins + 1e-9).all()
