"""Numbers at the edges of what a dtype holds, in every operation and every array library."""

import math
import os
import warnings

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from pooledu import functional, geometry
from tests.functional import examples
from tests.functional.examples import EXAMPLES

LIBRARIES = {"NumPy": np.asarray, "torch": torch.as_tensor, "JAX": jnp.asarray}
CHANCE = {
    "NumPy": lambda: np.random.default_rng(0),
    "torch": lambda: torch.Generator().manual_seed(0),
    "JAX": lambda: jax.random.key(0),
}
ACTIVATIONS = st.floats(0, 9, width=32) | st.sampled_from([math.inf, math.nan])
CERTAIN = [name for name in EXAMPLES if "stochastic_pool" not in name or "expected" in name]


def test_every_operation_has_its_row():
    assert examples.missing(EXAMPLES, functional.__all__) == set()
    assert set(EXAMPLES) <= set(functional.__all__)


def test_an_operation_without_a_row_is_named():
    assert examples.missing(EXAMPLES, [*functional.__all__, "harmonic_pool2d"]) == {
        "harmonic_pool2d"
    }


@pytest.mark.parametrize("name", CERTAIN)
@pytest.mark.parametrize("factor", [1.0, 30.0])
def test_half_precision_gives_the_rounded_result_of_single_precision(name, factor):
    x = (examples.numbers(name) * factor).astype(np.float16)
    if name.startswith("lp_pool"):
        x = x[..., :1] * 0 + np.float16(2)  # as PyTorch's, its powers are in half precision
        x = np.broadcast_to(x, examples.shape_of(name)).copy()
    wide = examples.run(name, x.astype(np.float32))
    for lib in (np.asarray, torch.from_numpy):
        half = examples.run(name, lib(x), lib)
        assert np.asarray(half[0]).dtype == np.float16
        if name.startswith("adaptive_avg_pool3d"):
            continue  # torch sums them in half precision, and so do we
        np.testing.assert_allclose(
            np.asarray(half[0], np.float32), wide[0].astype(np.float16), rtol=2e-3
        )


@pytest.mark.parametrize("name", EXAMPLES)
def test_numbers_of_numpy_as_arguments_change_neither_result_nor_dtype(name):
    x = examples.numbers(name, np.float32)
    chance = {"rng": np.random.default_rng(0)} if name not in CERTAIN else {}
    expected = examples.run(name, x, **chance)

    def numpys(value):
        if isinstance(value, tuple):
            return tuple(map(numpys, value))
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return value
        return np.uint8(value) if isinstance(value, int) else np.float64(value)

    chance = {"rng": np.random.default_rng(0)} if name not in CERTAIN else {}
    changed = {key: numpys(value) for key, value in EXAMPLES[name].items()}
    found = examples.run(name, x, **chance, **changed)
    for theirs, ours in zip(expected, found, strict=True):
        assert ours.dtype == theirs.dtype
        assert np.array_equal(ours, theirs)


SIZES = {
    "output_size": (200, 3, 1, 2, 60, True),
    "window_starts": (200, 3, 1, 2, 60),
    "span": (200, 3),
    "adaptive_bins": (250, 7),
    "same_padding": (200, 100, 1, 2),
    "unpool_sizes": (200, 100, 90, 40),
    "fractional_starts": (250, 100, 2, 0.25),
    "find_windows": (40, 20, (2, 3), 1),
}


@pytest.mark.parametrize("name", SIZES)
def test_small_integers_of_numpy_do_not_overflow_in_geometry(name):
    small = lambda v: np.uint8(v) if isinstance(v, int) and not isinstance(v, bool) else v  # noqa: E731
    function = getattr(geometry, name)
    assert function(*map(small, SIZES[name])) == function(*SIZES[name])


@pytest.mark.parametrize("divisor", [None, 3, -3, 7, 2**62, -(2**63)])
def test_means_of_integers_are_cut_as_by_torch_down_to_the_lowest(divisor):
    low, high = -(2**63), 2**63 - 1
    x = torch.tensor([[[low, low + 1, low + 2, -7], [high, high - 1, 0, 7]]])
    expected = F.avg_pool2d(x, 1, divisor_override=divisor)
    assert torch.equal(functional.avg_pool2d(x, 1, divisor_override=divisor), expected)
    found = functional.avg_pool2d(x.numpy(), 1, divisor_override=divisor)
    assert np.array_equal(found, expected)


def test_a_divisor_of_minus_one_turns_the_sign():
    x = np.array([[[-(2**63) + 1, 5]]])  # torch divides the lowest by -1, which ends the process
    assert functional.avg_pool2d(x, 1, divisor_override=-1).tolist() == [[[2**63 - 1, -5]]]


@pytest.mark.parametrize("library", LIBRARIES)
class TestInEveryLibrary:
    @settings(max_examples=30)
    @given(values=st.lists(ACTIVATIONS, min_size=4, max_size=4))
    def test_what_is_infinite_or_nan_is_drawn_whenever_it_is_there(self, library, values):
        x, rng = LIBRARIES[library](np.array(values, "f4")), CHANCE[library]()
        drawn = float(functional.stochastic_pool(x, (4,), rng=rng)[0])
        mean = float(functional.stochastic_pool_expected(x, (4,))[0])
        for found in (drawn, mean):
            if any(map(math.isnan, values)):
                assert math.isnan(found)
            elif math.inf in values:
                assert found == math.inf
            else:
                assert 0 <= found <= max(values)
        if not math.isnan(drawn):
            assert drawn in values or not any(values)

    @pytest.mark.parametrize("p", [math.inf, -math.inf, 2.0, -1, 3])
    @pytest.mark.parametrize("padding", [0, 2, ((3, 0),), ((0, 3),), "SAME_LOWER"])
    @pytest.mark.parametrize("mean", [False, True])
    def test_the_padding_of_power_averages_counts_as_zeros(self, library, p, padding, mean):
        values = np.array([3.0, 1.5, 0.5, 2.0], "f4")
        sides = {"SAME_LOWER": (1, 1)}.get(str(padding), padding)
        before, after = (
            sides
            if isinstance(sides, tuple) and len(sides) == 2
            else (sides[0] if isinstance(sides, tuple) else (sides, sides))
        )
        around = np.pad(values, (before, after))
        expected = functional.lp_pool(around, p, (3,), 1, mean=mean)
        x = LIBRARIES[library](values)
        found = functional.lp_pool(x, p, (3,), 1, padding, mean=mean)
        np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-6)

    @pytest.mark.parametrize("lam", [0.0, 0.5, 1.0, "array"])
    def test_a_window_of_padding_alone_mixes_to_zero(self, library, lam):
        given = LIBRARIES[library](np.array(0.0, "f4")) if lam == "array" else lam
        x = LIBRARIES[library](np.array([-1.0, -2.0], "f4"))
        found = np.asarray(functional.mixed_pool(x, (2,), padding=2, lam=given))
        assert found[0] == found[2] == 0
        assert found[1] == {0.5: -1.25, 1.0: -1}.get(lam, -1.5)

    @pytest.mark.parametrize("p", [8.0, 3.0, 0.5, -4.0, 60.0, math.inf, -math.inf])
    @pytest.mark.parametrize("size", [0.0, 1e-30, 1.0, 1e14, 1e30])
    def test_the_generalised_mean_of_equal_values_is_their_value(self, library, p, size):
        x = LIBRARIES[library](np.full((2, 6), size, "f4"))
        for window, padding in (((2, 3), 0), ((2, 2), 1)):
            found = np.asarray(functional.gem_pool(x, window, padding=padding, p=p))
            np.testing.assert_allclose(found, max(size, 1e-6), rtol=1e-5)

    @pytest.mark.parametrize("r", [0.5, 40.0, -3.0, 1e-3])
    @pytest.mark.parametrize("shift", [-3e4, 0.0, 500.0])
    def test_the_log_mean_exp_moves_with_its_values(self, library, r, shift):
        values = np.array([1.0, 3.0, -2.0, 0.0, 0.5, 0.25])
        expected = np.log(np.exp(r * values.reshape(3, 2)).mean(1)) / r
        x = LIBRARIES[library]((values + shift).astype("f4"))
        found = np.asarray(functional.log_mean_exp_pool(x, (2,), r=r))
        np.testing.assert_allclose(found - shift, expected, atol=6e-3 if shift else 1e-4)

    def test_the_log_mean_exp_leaves_padding_out(self, library):
        x = LIBRARIES[library](np.full((1, 5, 5), -7.0, "f4"))
        for r in (2.0, -2.0):
            found = functional.log_mean_exp_pool2d(x, 3, 1, 1, r=r)
            assert np.asarray(found).tolist() == [[[-7.0] * 5] * 5]
        wide = functional.log_mean_exp_pool(x, (2, 2), padding=2)
        assert np.asarray(wide)[0, 0, 0] == 0

    def test_soft_pooling_of_infinities_is_infinite(self, library):
        x = LIBRARIES[library](
            np.array([math.inf, 1.0, -math.inf, -math.inf, -math.inf, 2.0], "f4")
        )
        found = np.asarray(functional.soft_pool(x, (2,)))
        assert found.tolist() == [math.inf, -math.inf, 2.0]

    @pytest.mark.parametrize(
        ("dtype", "size"),
        [("float16", 200.0), ("bfloat16", 1e20), ("float32", 1.0), ("float32", 1e20)],
    )
    def test_a_shift_of_a_large_map_shifts_the_grid_that_is_kept(self, library, dtype, size):
        if library == "NumPy" and dtype == "bfloat16":
            dtype = "float64"  # NumPy has no bfloat16
        image = np.random.default_rng(0).normal(size=(1, 64, 56, 56)) * size
        x = LIBRARIES[library](image.astype("f4"))
        x = x.to(getattr(torch, dtype)) if library == "torch" else x.astype(dtype)
        roll = {"NumPy": np.roll, "torch": torch.roll, "JAX": jnp.roll}[library]
        chosen = lambda x: int(functional.adaptive_polyphase_pool2d(x, return_indices=True)[1][0])  # noqa: E731
        first = chosen(x)
        assert chosen(roll(x, 1, -1)) == first ^ 1
        assert chosen(roll(x, 1, -2)) == first ^ 2


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_integer_beyond_what_a_slice_takes_is_a_stride(library):
    x = LIBRARIES[library](np.arange(5.0).reshape(1, 1, 5))
    for name in ("max_pool", "avg_pool", "gem_pool", "soft_pool", "log_mean_exp_pool"):
        pool = getattr(functional, name)
        far = pool(x, (2,), stride=2**63)
        np.testing.assert_array_equal(np.asarray(far), np.asarray(pool(x, (2,), stride=5)))
    square = LIBRARIES[library](np.arange(25.0).reshape(1, 5, 5))
    found = functional.blur_pool2d(square, stride=2**62)
    np.testing.assert_array_equal(
        np.asarray(found), np.asarray(functional.blur_pool2d(square))[:, :1, :1]
    )
    means = functional.avg_pool(x, (2,), divisor_override=2**40)
    np.testing.assert_allclose(np.asarray(means), [[[2.0**-40, 5 * 2.0**-40]]], rtol=1e-6)


@pytest.mark.parametrize("library", LIBRARIES)
def test_small_integers_count_the_cells_of_a_large_plane(library):
    values, cells = (LIBRARIES[library](np.array(a)) for a in ([4.0, 5.0], np.int8([100, 2])))
    found = np.asarray(functional.max_unpool(values, cells, (200,)))
    assert found[100] == 4
    assert found[2] == 5


@pytest.mark.parametrize("name", [n for n in CERTAIN if n.endswith("pool2d")])
def test_the_order_of_bytes_does_not_matter(name):
    x = examples.numbers(name)
    for ours, theirs in zip(
        examples.run(name, x.astype(">f8")), examples.run(name, x), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("library", ["NumPy", "torch"])
@pytest.mark.parametrize("name", ["gem_pool", "log_mean_exp_pool"])
def test_a_parameter_for_each_window_belongs_to_it_though_some_see_padding_alone(name, library):
    pool, give = getattr(functional, name), LIBRARIES[library]
    x, powers = np.array([1.0, 2.0, 4.0, 3.0]), np.array([2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    key = {"gem_pool": "p", "log_mean_exp_pool": "r"}[name]
    found = np.asarray(pool(give(x), (2,), 1, ((2, 1),), **{key: give(powers)}))
    one_by_one = [pool(x, (2,), 1, ((2, 1),), **{key: float(power)}) for power in powers]
    np.testing.assert_allclose(found, np.diagonal(one_by_one))


def test_a_sparse_tensor_and_one_of_another_device_are_refused():
    with pytest.raises(TypeError, match="'input' must be dense"):
        functional.max_pool2d(torch.ones(1, 4, 4).to_sparse(), 2)
    with pytest.raises(RuntimeError, match="'mask' is on the device cpu"):
        functional.masked_max_pool(torch.ones(2, 4, device="meta"), torch.ones(2, 4) > 0, (2,))
    with pytest.raises(TypeError, match="'indices' must be an array of the library"):
        functional.max_unpool(torch.ones(2), np.array([0, 1]), (4,))


@pytest.mark.parametrize("bad", [-1, 4, -5, 99])
def test_jax_drops_values_whose_index_lies_outside(bad):
    x, at = jnp.array([[[3.0, 5.0]]]), jnp.array([[[bad, 2]]])
    found = functional.max_unpool2d(x, at, (1, 2), output_size=(1, 4))
    assert found.tolist() == [[[0, 0, 5, 0]]]


def test_chance_in_half_precision_stays_below_one():
    from pooledu.functional._random import uniform

    for like in (np.zeros(1, "f2"), torch.zeros(1).half(), torch.zeros(1).bfloat16()):
        found = uniform(like, (200_000,), None)
        assert found.min() >= 0
        assert found.max() < 1


@pytest.mark.parametrize("p", [8.0, 2.5, -3.0])
def test_no_gradient_of_the_generalised_mean_is_nan(p):
    for values in (np.zeros(4), np.array([0.0, 1e30, 1e-30, 5.0])):
        for dtype in (torch.float32, torch.float64):
            x = torch.tensor(values, dtype=dtype, requires_grad=True)
            power = torch.tensor(p, dtype=torch.float32, requires_grad=True)
            functional.gem_pool(x, (2,), padding=1, p=power).sum().backward()
            assert torch.isfinite(x.grad).all()
            assert torch.isfinite(power.grad)
        pool = lambda x, p: functional.gem_pool(x, (2,), p=p).sum()  # noqa: E731
        grads = jax.grad(pool, (0, 1))(jnp.asarray(values, "f4"), jnp.asarray(p, "f4"))
        assert all(bool(jnp.isfinite(grad).all()) for grad in grads)


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_warning_of_numpy_leaks(name):
    x = examples.numbers(name, np.float32)
    x.flat[::3], x.flat[1::5], x.flat[2::7] = math.inf, -math.inf, math.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        examples.run(name, x)
        if "unpool" not in name:
            examples.run(name, np.full_like(x, np.finfo(np.float32).max))
