"""Arrays of every library and in every layout of memory; the input stays as it was."""

import os
import subprocess
import sys
import warnings

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from benchmarks import timing
from benchmarks.cases import CASES
from pooledu import functional
from tests.functional import examples
from tests.functional.examples import EXAMPLES

X = np.random.default_rng(0).normal(size=(2, 3, 8, 9)).astype("f4")
OPTIONS = {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}


def layouts():
    """The same numbers, laid out differently."""
    yield "Fortran", np.asfortranarray(X)
    yield "channels last", np.ascontiguousarray(X.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    yield "reversed", np.ascontiguousarray(X[..., ::-1])[..., ::-1]
    yield "every other", np.repeat(X, 2, axis=1)[:, ::2]
    read_only = X.copy()
    read_only.flags.writeable = False
    yield "read-only", read_only


@pytest.mark.parametrize(("layout", "x"), [pytest.param(*pair, id=pair[0]) for pair in layouts()])
def test_the_layout_in_memory_does_not_matter(layout, x):
    for pool, options in (
        (functional.max_pool2d, {**OPTIONS, "return_indices": True}),
        (functional.avg_pool2d, OPTIONS),
        (functional.adaptive_avg_pool2d, {"output_size": 3}),
    ):
        expected, found = (np.stack(pool(array, **options)) for array in (X, x))
        assert np.array_equal(expected, found)


@pytest.mark.parametrize("kernel", [1, 2])
def test_the_result_is_new_and_the_input_unchanged(kernel):
    for pool in (functional.max_pool2d, functional.avg_pool2d):
        x = X.copy()
        y = pool(x, kernel)
        assert not np.shares_memory(x, y)
        y += 1
        assert np.array_equal(x, X)


@pytest.mark.parametrize(
    ("shape", "window"),
    [*((case.shape, case.window) for case in CASES), ((1, 1, 1500, 1500), (5, 1, 2))],
    ids=[*(case.name for case in CASES), "one plane"],
)
def test_memory_stays_below_one_and_a_half_times_input_and_output(shape, window):
    x = np.zeros(shape, "f4")
    for pool, options in (
        (functional.max_pool2d, {}),
        (functional.max_pool2d, {"return_indices": True}),
        (functional.avg_pool2d, {}),
    ):
        results = []
        peak = timing.peak_bytes(lambda: results.append(pool(x, *window, **options)))  # noqa: B023
        (result,) = results
        outputs = sum(part.nbytes for part in (result if options else (result,)))
        assert outputs <= peak  # what NumPy holds is seen
        assert peak + x.nbytes <= 1.5 * (x.nbytes + outputs)


@pytest.mark.parametrize("kernel", [3, 9])
def test_a_plane_longer_than_numpys_buffer_is_averaged_to_the_same_bits(kernel):
    x = np.random.default_rng(3).normal(size=(1, 2, 130, 150)).astype("f4")
    assert x[0, 0].size > np.getbufsize()
    expected = F.avg_pool2d(torch.from_numpy(x), kernel, 1, kernel // 2)
    assert np.array_equal(functional.avg_pool2d(x, kernel, 1, kernel // 2), expected)


def jax_calls():
    """Functions of one array, by name."""
    rng = np.random.default_rng(1)
    samples = rng.random((2, 3, 2)).astype("f4")  # JAX starts no threads before a test runs
    maximum = {
        "max": lambda x: functional.max_pool2d(x, **OPTIONS),
        "where": lambda x: functional.max_pool2d(x, 2, return_indices=True)[1],
        "max 1d": lambda x: functional.max_pool1d(x[0], 3, 1, 1),
        "max 3d": lambda x: functional.max_pool3d(x, 2),
        "same": lambda x: functional.max_pool(x, (3, 3), 2, "SAME_LOWER"),
        "adaptive": lambda x: functional.adaptive_max_pool2d(x, (3, 4), True)[0],
        "adaptive where": lambda x: functional.adaptive_max_pool2d(x, (3, 4), True)[1],
        "no bins": lambda x: functional.adaptive_max_pool2d(x, (0, 4), True)[1],
        "global": lambda x: functional.global_max_pool(x),
        "unpool": lambda x: functional.max_unpool2d(
            *functional.max_pool2d(x, 2, return_indices=True), 2, output_size=(8, 9)
        ),
        "fractional": lambda x: functional.fractional_max_pool2d(
            x, 2, 4, _random_samples=jnp.asarray(samples) if isinstance(x, jax.Array) else samples
        ),
    }
    average = {
        "avg": lambda x: functional.avg_pool2d(x, **OPTIONS, count_include_pad=False),
        "divisor": lambda x: functional.avg_pool2d(x, 3, divisor_override=5),
        "adaptive avg": lambda x: functional.adaptive_avg_pool2d(x, (3, 4)),
        "global avg": lambda x: functional.global_avg_pool(x),
        "avg 1d": lambda x: functional.avg_pool1d(x[0], 3, 1, 1),
        "avg 3d": lambda x: functional.avg_pool3d(x, 2),
    }
    return [*((n, f, 0.0) for n, f in maximum.items()), *((n, f, 2e-7) for n, f in average.items())]


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "jit"])
@pytest.mark.parametrize(("name", "pool", "tolerance"), jax_calls(), ids=lambda v: str(v)[:12])
def test_jax_arrays_give_what_numpy_gives(name, pool, tolerance, compiled):
    expected = pool(X)
    run = jax.jit(pool) if compiled else pool
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # such as for integers of 64 bits, which it does not have
        found = run(jnp.asarray(X))
    assert isinstance(found, jax.Array)
    assert found.shape == expected.shape
    assert np.abs(np.asarray(found) - expected).max(initial=0) <= tolerance * np.abs(X).max()


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "jit"])
def test_jax_pools_bfloat16_as_torch(compiled):
    x = jnp.asarray(X, jnp.bfloat16)
    for name, *arguments in (
        ("max_pool2d", 3, 2, 1),
        ("avg_pool2d", 3, 2, 1),
        ("adaptive_max_pool2d", (3, 4)),
        ("adaptive_avg_pool2d", (3, 4)),
    ):

        def pool(x, name=name, arguments=arguments):
            return getattr(functional, name)(x, *arguments)

        found = (jax.jit(pool) if compiled else pool)(x)
        expected = getattr(F, name)(torch.from_numpy(X).bfloat16(), *arguments)
        assert found.dtype == jnp.bfloat16
        assert np.array_equal(found.astype("f4"), expected.float())


def test_jax_derives_the_gradient_that_the_maximum_gets():
    x = np.random.default_rng(2).permutation(16).reshape(1, 4, 4).astype("f4")
    grad = jax.grad(lambda x: functional.max_pool2d(x, 2).sum())(jnp.asarray(x))
    assert np.array_equal(np.asarray(grad) == 1, np.isin(x, functional.max_pool2d(x, 2)))


def test_jax_needs_a_key_for_chance():
    with pytest.raises(TypeError, match=r"give a key, as in rng=jax.random.key\(0\)"):
        functional.stochastic_pool2d(jnp.ones((1, 2, 2)), 2)
    assert functional.stochastic_pool2d(jnp.ones((1, 2, 2)), 2, rng=jax.random.key(0)) == 1


def test_gradients_flow_through_the_definition_on_tensors():
    x = torch.randperm(2 * 6 * 6).reshape(1, 2, 6, 6).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: functional.max_pool2d(x, 3, 2, 1), x)
    assert torch.autograd.gradcheck(lambda x: functional.lp_pool2d(x.abs() + 1, 3, 2), x)


def test_no_gradient_comes_from_a_power_average_of_zero():
    x = torch.zeros(1, 2, 2, requires_grad=True)
    functional.lp_pool2d(x, 2, 2).sum().backward()
    assert torch.equal(x.grad, torch.zeros_like(x))


CUDA = pytest.param(
    "cuda",
    marks=[
        pytest.mark.cuda,
        pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine"),
    ],
)


@pytest.mark.parametrize("device", ["meta", CUDA])  # "meta" has no numbers, only shapes
def test_every_operation_stays_on_the_device(device):
    for name in EXAMPLES:
        x = examples.numbers(name, np.float32)
        there = lambda array: None if array is None else torch.as_tensor(array).to(device)  # noqa: E731
        tensors = lambda array: None if array is None else torch.as_tensor(array)  # noqa: E731
        here = examples.run(name, tensors(x), tensors)
        found = examples.run(name, there(x), there)
        for ours, theirs in zip(found, here, strict=True):
            assert (ours.device.type, name) == (torch.device(device).type, name)
            assert (ours.shape, ours.dtype, name) == (theirs.shape, theirs.dtype, name)


def test_importing_loads_neither_torch_nor_jax():
    code = "import sys, pooledu.functional, pooledu.gradients; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "jax", "scipy", "matplotlib"} & set(run.stdout.split())
