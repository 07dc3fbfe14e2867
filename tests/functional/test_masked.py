"""Pooling under a mask, against NumPy's masked arrays."""

import numpy as np
import pytest
import torch

from pooledu import functional

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 3, 7, 8)) - 1  # mostly negative: a fill of zeros would win
MASK = RNG.random((2, 1, 7, 8)) < 0.4


def windows(x: np.ndarray, mask: np.ndarray, padding: int) -> np.ma.MaskedArray:
    """The cells of each window of 3 by 2, stride 2, as a masked array."""
    around = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    hidden = np.pad(~np.broadcast_to(mask, x.shape), around, constant_values=True)
    cells = [np.pad(x, around), hidden]
    cells = [
        np.lib.stride_tricks.sliding_window_view(a, (3, 2), (2, 3))[:, :, ::2, ::2] for a in cells
    ]
    return np.ma.masked_array(*cells)


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("kind", ["max", "avg"])
def test_a_masked_window_is_that_of_a_masked_array(kind, padding):
    pool = getattr(functional, f"masked_{kind}_pool")
    cells = windows(X, MASK, padding)
    expected = (cells.max((-2, -1)) if kind == "max" else cells.mean((-2, -1))).filled(0)
    for lib in (np.asarray, torch.from_numpy):
        found = pool(lib(X), lib(MASK), (3, 2), 2, padding)
        np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("kind", ["max", "avg"])
def test_the_global_forms_see_only_what_the_mask_lets_in(kind):
    hidden = np.ma.masked_array(X, ~np.broadcast_to(MASK, X.shape))
    expected = hidden.max((2, 3)) if kind == "max" else hidden.mean((2, 3))
    pool = getattr(functional, f"masked_global_{kind}_pool")
    assert np.allclose(pool(X, MASK), expected)
    assert pool(X, MASK, keepdims=True).shape == (2, 3, 1, 1)
    assert (pool(X, MASK & False) == 0).all()


def test_lengths_are_a_mask_of_their_first_cells():
    lengths = np.array([[7, 3], [2, 8]])
    rows, columns = np.arange(7)[:, None], np.arange(8)
    mask = np.stack([(rows < a) & (columns < b) for a, b in lengths])[:, None]
    for kind in ("max", "avg"):
        pool = getattr(functional, f"masked_global_{kind}_pool")
        assert np.array_equal(pool(X, lengths), pool(X, mask))
    line = X[:, :, 0]
    found = functional.masked_global_avg_pool(line, np.array([3, 5]))
    assert np.allclose(found, [line[0, :, :3].mean(-1), line[1, :, :5].mean(-1)])


def test_what_a_mask_hides_neither_counts_nor_gets_a_gradient():
    hidden = X.copy()
    hidden[~np.broadcast_to(MASK, X.shape)] = np.nan
    for kind in ("max", "avg"):
        pool = getattr(functional, f"masked_{kind}_pool")
        assert np.array_equal(pool(hidden, MASK, (3, 3)), pool(X, MASK, (3, 3)))
        x = torch.from_numpy(X).requires_grad_()
        mask = torch.from_numpy(MASK)
        pool(x, mask, (3, 3)).sum().backward()
        assert (x.grad[~mask.expand(x.shape)] == 0).all()
        assert torch.autograd.gradcheck(lambda x: pool(x, mask, (3, 3)), x)  # noqa: B023


@pytest.mark.parametrize(
    ("mask", "told"),
    [
        (MASK * 1.0, "must hold booleans"),
        (MASK[..., :3], "it must fit the shape of x"),
        (np.array([1, 2]), "as lengths it must hold an integer for each of 2 samples and 2"),
        ([True], "argument 'mask' must be Tensor, not list"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(mask, told):
    with pytest.raises((TypeError, ValueError), match=told):
        functional.masked_max_pool(X, mask, (2, 2))
