"""The functions without a dimension in their name, against loops over windows."""

import itertools
import math

import jax.numpy
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pooledu import functional, geometry, gradients
from pooledu.functional import _blocks, _core


def windows_by_loop(x, window, stride, pads, dilation, outputs):
    """Each window of a 2-d array, as the list of its (row, column) that lie inside."""
    for i, j in itertools.product(*map(range, outputs)):
        rows = [i * stride[0] - pads[0][0] + a * dilation[0] for a in range(window[0])]
        columns = [j * stride[1] - pads[1][0] + b * dilation[1] for b in range(window[1])]
        yield (
            (i, j),
            [(r, c) for r in rows for c in columns if 0 <= r < len(x) and 0 <= c < x.shape[1]],
        )


@st.composite
def calls(draw):
    """A 2-d array and a window, with padding of any width on any side."""
    pair = lambda low, high: draw(st.tuples(*(st.integers(low, high),) * 2))  # noqa: E731
    window, stride, dilation = pair(1, 3), pair(1, 3), pair(1, 2)
    pads = (pair(0, 4), pair(0, 4))
    room = [
        max(1, geometry.span(k, d) - sum(p)) for k, d, p in zip(window, dilation, pads, strict=True)
    ]
    sizes = [draw(st.integers(n, n + 5)) for n in room]
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x = rng.integers(-9, 0, sizes).astype(draw(st.sampled_from(["f8", "f4", "i8"])))
    options = (window, stride, pads, dilation, draw(st.booleans()))
    return x, options, draw(st.sampled_from([1 << 19, 64]))


@settings(max_examples=150)
@given(calls())
def test_any_padding_gives_the_maximum_of_the_cells_inside(call):
    x, (window, stride, pads, dilation, ceil), block = call
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_blocks, "BLOCK", block)
        values, positions = functional.max_pool(
            x, window, stride, pads, dilation, ceil, return_indices=True
        )
    for at, cells in windows_by_loop(x, window, stride, pads, dilation, values.shape):
        if cells:
            assert values[at] == max(x[cell] for cell in cells)
            first = next(cell for cell in cells if x[cell] == values[at])
            assert positions[at] == first[0] * x.shape[1] + first[1]


@settings(max_examples=150)
@given(calls(), st.booleans())
def test_any_padding_gives_the_mean_of_what_counts(call, counted):
    x, (window, stride, pads, dilation, ceil), block = call
    x = x.astype("f8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_blocks, "BLOCK", block)
        means = functional.avg_pool(x, window, stride, pads, dilation, ceil, counted)
    for at, cells in windows_by_loop(x, window, stride, pads, dilation, means.shape):
        reach = [
            [0 <= i * s - p[0] + c * d + p[0] < n + sum(p) for c in range(k)]
            for i, s, p, k, d, n in zip(at, stride, pads, window, dilation, x.shape, strict=True)
        ]
        number = math.prod(map(sum, reach)) if counted else len(cells)
        assert means[at] == pytest.approx(sum(x[cell] for cell in cells) / max(number, 1))


@settings(max_examples=150)
@given(calls(), st.integers(2, 3), st.booleans())
def test_channels_side_by_side_give_the_same_bits_and_stay_side_by_side(call, channels, counted):
    x, (window, stride, pads, dilation, ceil), block = call
    x = np.random.default_rng(0).permuted(np.broadcast_to(x, (2, channels, *x.shape)), axis=-1)
    last = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    options = (window, stride, pads, dilation, ceil)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_blocks, "BLOCK", block)
        for pool in (
            functional.max_pool,
            lambda x, *options: functional.max_pool(x, *options, return_indices=True)[0],
            lambda x, *options: functional.max_pool(x, *options, return_indices=True)[1],
            lambda x, *options: functional.avg_pool(x.astype("f4"), *options, counted),
        ):
            expected, found = pool(x, *options), pool(last, *options)
            assert expected.tobytes() == found.tobytes()
            one_cell = last.flags.c_contiguous  # which lies in every layout
            assert one_cell or np.moveaxis(found, 1, -1).flags.c_contiguous


@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER"])
@pytest.mark.parametrize(("size", "kernel", "stride"), [(5, 2, 1), (6, 3, 2), (7, 4, 3), (1, 3, 2)])
def test_same_padding_gives_the_size_over_the_stride_rounded_up(mode, size, kernel, stride):
    x = np.arange(float(size))
    y = functional.max_pool(x, (kernel,), stride, mode)
    assert len(y) == math.ceil(size / stride)
    pads = geometry.same_padding(size, kernel, stride, mode=mode)
    assert np.array_equal(y, functional.max_pool(x, (kernel,), stride, (pads,)))


@pytest.mark.parametrize("lead", [(), (3,), (2, 3), (2, 1, 3, 2)])
@pytest.mark.parametrize("fast", [True, False])
def test_leading_axes_are_pooled_one_by_one(lead, fast, monkeypatch):
    if not fast:
        monkeypatch.setattr(_core, "plain", lambda x: None)
    x = np.random.default_rng(0).normal(size=(*lead, 5, 6))
    pooled = functional.max_pool(x, (2, 3))
    assert pooled.shape == (*lead, 2, 2)
    for index in np.ndindex(*lead):
        assert np.array_equal(pooled[index], functional.max_pool(x[index], (2, 3)))


def test_four_axes_are_pooled():
    x = np.random.default_rng(0).normal(size=(4, 4, 4, 4))
    blocks = x.reshape(2, 2, 2, 2, 2, 2, 2, 2)
    assert np.array_equal(functional.max_pool(x, (2,) * 4), blocks.max(axis=(1, 3, 5, 7)))
    means = functional.avg_pool(x, (2,) * 4)
    assert np.allclose(means, blocks.mean(axis=(1, 3, 5, 7)))


def test_dilation_pools_each_of_the_interleaved_arrays():
    x = np.random.default_rng(0).normal(size=12)
    dilated = functional.avg_pool(x, (3,), stride=1, dilation=2)
    assert np.array_equal(dilated[::2], functional.avg_pool(x[::2], (3,), stride=1))
    assert np.array_equal(dilated[1::2], functional.avg_pool(x[1::2], (3,), stride=1))


def test_integer_means_are_cut_toward_zero():
    assert functional.avg_pool(np.array([-3, -4]), (2,)).tolist() == [-3]
    assert functional.avg_pool(np.array([3, 4]), (2,)).tolist() == [3]
    assert functional.avg_pool(np.array([3, 4]), (2,), divisor_override=-2).tolist() == [-3]


@pytest.mark.parametrize(
    ("arguments", "options", "error", "told"),
    [
        ((2,), {}, TypeError, r"window is 2;.*\(2, 2\)"),
        (((2, 2, 2),), {}, ValueError, "pools 3 axes, and the array has 2"),
        (((),), {}, ValueError, "between 1 and 2 entries"),
        (((9, 1),), {}, ValueError, "no window fits: it spans 9"),
        (((2, 2),), {"stride": 0}, ValueError, "stride is 0; it must be at least 1"),
        (((2, 2),), {"stride": (1, 2, 3)}, ValueError, "stride .* has 3 entries for 2"),
        (((2, 2),), {"padding": -1}, ValueError, "padding is -1; it must be at least 0"),
        (((2, 2),), {"padding": "FULL"}, ValueError, "'FULL'; it must be 'SAME_UPPER' or"),
        (((2, 2),), {"dilation": 0}, ValueError, "dilation is 0; it must be at least 1"),
        (((2, 1.5),), {}, TypeError, "1.5; it must be an integer, not float"),
    ],
)
def test_the_error_says_the_value_and_the_rule(arguments, options, error, told):
    for pool in (functional.max_pool, functional.avg_pool):
        with pytest.raises(error, match=told):
            pool(np.zeros((4, 4)), *arguments, **options)


def test_a_divisor_of_zero_is_refused():
    with pytest.raises(ValueError, match="divisor_override is 0"):
        functional.avg_pool(np.zeros(4), (2,), divisor_override=0)


@pytest.mark.parametrize("window", [(300,), (17, 18), (7, 6, 7)])
def test_of_more_cells_than_a_byte_counts_the_first_largest_is_found(window):
    shape = tuple(size + 2 for size in window)
    for x in (np.arange(math.prod(shape)), np.random.default_rng(3).permutation(math.prod(shape))):
        planes = x.astype(float).reshape(1, *shape)
        largest, indices = functional.max_pool(planes, window, 1, return_indices=True)
        assert np.array_equal(planes.ravel()[indices], largest)
        assert np.array_equal(largest, functional.max_pool(planes, window, 1))


@pytest.mark.parametrize("array", [np.array, torch.tensor, jax.numpy.array])
def test_of_two_numbers_for_one_place_unpooling_keeps_the_last(array):
    """The gradient, which goes the same way, is their sum."""
    values, indices = array([[1.0, 2.0, 4.0]]), array([[1, 1, 5]])
    back = functional.max_unpool1d(values, indices, 2)
    assert np.asarray(back).tolist() == [[0, 2, 0, 0, 0, 4]]
    sent = gradients.max_pool_backward(values, indices, (6,))
    assert np.asarray(sent).tolist() == [[0, 3, 0, 0, 0, 4]]
