"""What torch lacks, against its definition in the paper, written with other tools."""

import inspect
import math
import re
import warnings

import numpy as np
import pytest
import torch
from scipy import ndimage, special, stats

from pooledu import functional

RNG = np.random.default_rng(0)
X = np.abs(RNG.normal(size=(2, 3, 6, 8)))


def blocks(x: np.ndarray, k: int) -> np.ndarray:
    """The cells of each window of k by k, along the last axis."""
    n, c, h, w = x.shape
    cells = x.reshape(n, c, h // k, k, w // k, k).transpose(0, 1, 2, 4, 3, 5)
    return cells.reshape(n, c, h // k, w // k, k * k)


@pytest.mark.parametrize("shape", [(2, 3, 5), (2, 3, 4, 5), (2, 1, 2, 3, 4)])
@pytest.mark.parametrize("name", ["max", "avg"])
def test_global_pooling_takes_all_axes_after_the_channels(name, shape):
    x, pool = RNG.normal(size=shape), getattr(functional, f"global_{name}_pool")
    planes = torch.from_numpy(x).flatten(2)
    expected = (planes.amax(2) if name == "max" else planes.mean(2)).numpy()
    assert pool(x).shape == expected.shape
    np.testing.assert_allclose(pool(x), expected, rtol=1e-14, atol=1e-15)
    kept = pool(x, keepdims=True)
    assert kept.shape == (*shape[:2], *[1] * (len(shape) - 2))
    assert np.array_equal(kept.reshape(expected.shape), pool(x))


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 0), (2, 3, 4, 0), (2, 3, 0, 4)])
@pytest.mark.parametrize("name", ["max", "avg"])
def test_global_pooling_needs_a_cell_in_each_channel(name, shape):
    with pytest.raises(RuntimeError, match=r"pools all axes after \(N, C\)"):
        getattr(functional, f"global_{name}_pool")(np.zeros(shape))


def test_a_stochastic_draw_follows_the_values():
    values = np.array([1.0, 2.0, 3.0, 4.0])
    x = np.tile(values.reshape(1, 2, 2), (20_000, 1, 1))
    drawn = functional.stochastic_pool2d(x, 2, rng=np.random.default_rng(1)).ravel()
    counts = [(drawn == value).sum() for value in values]
    assert sum(counts) == len(x)
    assert stats.chisquare(counts, len(x) * values / values.sum()).pvalue > 1e-4


def test_stochastic_draws_are_independent_of_each_other():
    x = np.tile([1.0, 2.0], (20_000, 2)).reshape(-1, 1, 4)
    drawn = functional.stochastic_pool(x, (1, 2), rng=np.random.default_rng(2)).reshape(-1, 2)
    table = [[((drawn[:, 0] == a) & (drawn[:, 1] == b)).sum() for b in (1, 2)] for a in (1, 2)]
    assert stats.chi2_contingency(table).pvalue > 1e-4


def test_the_same_generator_gives_the_same_draw_and_another_another():
    first, again, other = (
        functional.stochastic_pool2d(X, 2, rng=np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    tensor = torch.from_numpy(X)
    draws = [
        functional.stochastic_pool2d(tensor, 2, rng=torch.Generator().manual_seed(seed))
        for seed in (1, 1, 2)
    ]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_stochastic_pooling_draws_only_positive_cells_of_the_window():
    x = np.where(RNG.random(X.shape) < 0.5, -X, X)
    drawn = functional.stochastic_pool2d(x, 2, rng=RNG)
    cells = blocks(x, 2)
    positive = cells.max(-1) > 0
    assert (drawn[~positive] == 0).all()
    assert ((cells == drawn[..., None]).any(-1) & (drawn > 0))[positive].all()


def test_the_expected_value_is_the_mean_of_many_draws():
    cells = blocks(X, 2)
    assert np.allclose(
        functional.stochastic_pool2d_expected(X, 2), (cells**2).sum(-1) / cells.sum(-1)
    )
    assert functional.stochastic_pool2d_expected(np.zeros((1, 2, 2)), 2) == 0


@pytest.mark.parametrize("lam", [0.0, 0.3, 1.0])
def test_mixed_pooling_mixes_maximum_and_mean(lam):
    cells = blocks(X, 2)
    expected = lam * cells.max(-1) + (1 - lam) * cells.mean(-1)
    assert np.allclose(functional.mixed_pool2d(X, 2, lam=lam), expected)


def test_a_part_without_a_share_is_left_out_even_where_it_is_infinite():
    x = np.array([[np.inf, 1.0, -np.inf, 1.0, 2.0, 4.0]])
    with np.errstate(invalid="ignore"):
        assert functional.mixed_pool(x, (2,), lam=0.0).tolist() == [[np.inf, -np.inf, 3.0]]
        assert functional.mixed_pool(x, (2,), lam=1.0).tolist() == [[np.inf, 1.0, 4.0]]


def forms_for_images():
    """Functions that follow torch's, each with its general form, whose window has any axes."""
    for name in functional.__all__:
        parts = re.fullmatch(r"(\w+)_pool(\d)d(\w*)", name)
        whole = parts and getattr(
            functional, f"{parts[1]}_pool{parts[3]}".replace("lp_mean", "lp"), None
        )
        if whole and "window" in inspect.signature(whole).parameters:
            yield pytest.param(getattr(functional, name), whole, int(parts[2]), id=name)


@pytest.mark.parametrize(("form", "whole", "pooled"), list(forms_for_images()))
def test_each_option_of_a_window_reaches_its_own_place(form, whole, pooled):
    """All are different numbers, and the last window hangs over."""
    x = np.random.default_rng(1).uniform(1, 2, (1, 2, *[12] * pooled))
    taken = inspect.signature(form).parameters
    power = (3.0,) if "norm_type" in taken else ()
    mean = {"mean": True} if form.__name__.startswith("lp_mean") else {}
    chance = lambda: {"rng": np.random.default_rng(2)} if "rng" in taken else {}  # noqa: E731
    options = {"stride": 3, "padding": 1, "dilation": 2, "ceil_mode": True}
    options = {name: value for name, value in options.items() if name in taken}

    found = form(x, *power, 4, **options, **chance())
    expected = whole(x, *power, (4,) * pooled, **options, **mean, **chance())
    np.testing.assert_array_equal(found, expected)

    others = {"stride": 4, "padding": 2, "dilation": 1, "ceil_mode": False}
    for option in options:
        changed = form(x, *power, 4, **{**options, option: others[option]}, **chance())
        assert changed.shape != found.shape or (changed != found).any()


@pytest.mark.parametrize("p", [0.5, 1.0, 3.0, 10.0])
def test_the_generalised_mean_is_the_power_mean_of_clipped_values(p):
    x = X - 0.5
    cells = np.maximum(blocks(x, 2), 1e-6)
    expected = stats.pmean(cells, p, axis=-1)
    assert np.allclose(functional.gem_pool2d(x, 2, p=p), expected)
    assert np.allclose(functional.lp_mean_pool2d(X, p, 2), stats.pmean(blocks(X, 2), p, axis=-1))


def test_the_generalised_mean_pools_the_whole_image_by_default():
    assert functional.gem_pool2d(X).shape == (2, 3, 1, 1)
    assert np.allclose(functional.gem_pool2d(X, p=1.0)[..., 0, 0], X.mean((2, 3)))


def test_the_generalised_mean_leaves_padding_out():
    ones = np.ones((1, 4, 4))
    assert np.allclose(functional.gem_pool2d(ones, 3, 1, 1, p=2.0), 1)


def test_soft_pooling_weights_by_the_softmax():
    for x in (X, X * 300, X - 500):
        cells = blocks(x, 2)
        expected = (special.softmax(cells, axis=-1) * cells).sum(-1)
        assert np.allclose(functional.soft_pool2d(x, 2), expected)


def test_soft_pooling_leaves_padding_out():
    assert np.allclose(functional.soft_pool2d(-np.ones((1, 4, 4)), 3, 1, 1), -1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wide = functional.soft_pool(-np.ones(4), (2,), padding=4)
    assert np.array_equal(wide, [0, 0, -1, -1, 0, 0])  # nothing is in the outer windows


@pytest.mark.parametrize("size", [2, 3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_blurring_is_a_binomial_filter_with_mirrored_borders(size, stride):
    row = np.array([math.comb(size - 1, i) for i in range(size)], float) / 2 ** (size - 1)
    dense = X
    for axis in (2, 3):
        # its window reaches size // 2 cells back, ours (size - 1) // 2
        dense = ndimage.correlate1d(dense, row, axis, mode="mirror", origin=-(1 - size % 2))
    found = functional.blur_pool2d(X, size, stride)
    assert np.allclose(found, dense[..., ::stride, ::stride])


def test_a_blurred_constant_stays_constant():
    for pool in (functional.max_blur_pool2d, functional.avg_blur_pool2d):
        assert np.allclose(pool(np.full((1, 3, 9, 9), 7.0), 3, 2, 1)[..., 1:-1, 1:-1], 7)


def test_anti_aliased_pooling_is_dense_pooling_then_blur():
    dense = functional.max_pool2d(X, 3, 1, 1)
    found = functional.max_blur_pool2d(X, 3, 2, 1)
    assert np.array_equal(found, functional.blur_pool2d(dense, 3, 2))
    dense = functional.avg_pool2d(X, 2, 1)
    assert np.array_equal(functional.avg_blur_pool2d(X, 2), functional.blur_pool2d(dense))


def test_blurring_changes_less_under_a_shift_than_subsampling():
    noise = np.random.default_rng(0).normal(size=(1, 1, 64, 64))
    shifted = np.roll(noise, 1, axis=-1)
    change = lambda pool: np.abs(pool(noise) - pool(shifted)).mean()  # noqa: E731
    blurred = change(lambda x: functional.max_blur_pool2d(x, 2))
    # half as much on average over draws, give or take a twentieth
    assert blurred < 0.6 * change(lambda x: functional.max_pool2d(x, 2))


@pytest.mark.parametrize("shift", [(0, 1), (1, 0), (1, 1), (3, 2)])
def test_a_shifted_image_gives_a_shifted_polyphase_output(shift):
    image = RNG.normal(size=(2, 3, 8, 8))
    moved = functional.adaptive_polyphase_pool2d(np.roll(image, shift, axis=(2, 3)))
    still = functional.adaptive_polyphase_pool2d(image)
    for one, other in zip(moved, still, strict=True):
        rolls = [np.roll(other, (i, j), axis=(1, 2)) for i in range(4) for j in range(4)]
        assert any(np.array_equal(one, roll) for roll in rolls)


@pytest.mark.parametrize("p", [0.5, 1, 2, np.inf])
def test_polyphase_sampling_takes_the_grid_with_the_largest_norm(p):
    image = RNG.normal(size=(5, 3, 6, 9))
    values, choice = functional.adaptive_polyphase_pool2d(image, (2, 3), p, return_indices=True)
    for i in range(len(image)):
        grids = [image[i, :, a::2, b::3] for a in range(2) for b in range(3)]
        norms = [np.linalg.norm(grid.ravel(), p) for grid in grids]
        assert choice[i] == np.argmax(norms)
        assert np.array_equal(values[i], grids[np.argmax(norms)])
    with pytest.raises(RuntimeError, match=r"image is \(6, 9\) and the stride \(2, 2\)"):
        functional.adaptive_polyphase_pool2d(image)


@pytest.mark.parametrize("size", [0, 12])
def test_a_filter_that_cannot_be_mirrored_is_refused(size):
    with pytest.raises(RuntimeError, match=f"blur_size is {size} and the image has 6 cells"):
        functional.blur_pool2d(X, size)


@pytest.mark.parametrize(
    "pool",
    [
        lambda x: functional.stochastic_pool2d_expected(x, 3, 2, 1),
        lambda x: functional.mixed_pool2d(x, 3, 2, 1),
        lambda x: functional.gem_pool2d(x, 2),
        lambda x: functional.soft_pool2d(x, 3, 2, 1),
        lambda x: functional.blur_pool2d(x),
        lambda x: functional.max_blur_pool2d(x, 3),
        lambda x: functional.adaptive_polyphase_pool2d(x),
        lambda x: functional.lp_mean_pool2d(x, 2, 2),
    ],
)
def test_tensors_and_arrays_give_the_same(pool):
    assert np.allclose(pool(X), pool(torch.from_numpy(X)))
