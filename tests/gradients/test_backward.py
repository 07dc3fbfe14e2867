"""The written-out backward passes, against torch's."""

import itertools
import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from pooledu import functional, gradients
from tests.functional.torch_grid import (
    FLOATS,
    GENERATORS,
    Call,
    Draw,
    contiguous,
    difference,
    to_numpy,
)


def torchs_gradient(call: Call, draw: Draw):
    """A gradient of the output, the indices if there are any, and torch's gradient of the input."""
    x = contiguous(call.x).clone().requires_grad_()
    arguments = {name: contiguous(value) for name, value in call.arguments.items()}
    result = getattr(F, call.function)(x, **arguments)
    values, indices = result if isinstance(result, tuple) else (result, None)
    grad = torch.from_numpy(draw.rng.standard_normal(values.shape)).to(values.dtype)
    return grad, indices, torch.autograd.grad(values, x, grad)[0]


def assert_same(expected, run, *tensors, context, ulp=0) -> None:
    """Run it on tensors and, if NumPy has the dtype, on arrays."""
    found = [run(*tensors)]
    if expected.dtype != torch.bfloat16:
        found.append(run(*(None if tensor is None else to_numpy(tensor) for tensor in tensors)))
    for result in found:
        told = difference([to_numpy(expected)], [to_numpy(result)], ulp)
        assert told is None, f"{context}\n{told}"


def taken(operation: str, pooled: int, every: int):
    """Some of the grid's calls that torch takes, on floats."""
    for call in itertools.islice(GENERATORS[operation](pooled), 0, None, every):
        if call.x.is_floating_point() and not isinstance(call.run(F, contiguous), Exception):
            yield call


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_the_gradient_of_a_maximum_is_torchs_to_the_last_bit(pooled):
    draw, compared = Draw(50), 0
    for call in taken("max", pooled, every=4):
        with_indices = {**call.arguments, "return_indices": True}
        call = Call(call.function, call.x, with_indices)
        sizes = tuple(call.x.shape[-pooled:])
        if (call.run(F)[1] >= np.prod(sizes)).any():
            continue  # a window of which no cell lies in the input: torch points beside it
        grad, indices, expected = torchs_gradient(call, draw)
        run = lambda g, i, sizes=sizes: gradients.max_pool_backward(g, i, sizes)  # noqa: E731
        assert_same(expected, run, grad, indices, context=call)
        compared += 1
    assert compared > 80


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_the_gradient_of_an_average_is_torchs_to_the_last_bit(pooled):
    draw, compared = Draw(51), 0
    for call in taken("avg", pooled, every=7):
        grad, _, expected = torchs_gradient(call, draw)
        given = dict(call.arguments)
        kernel = given.pop("kernel_size")
        window = (kernel,) * pooled if isinstance(kernel, int) else kernel
        sizes = tuple(call.x.shape[-pooled:])
        run = lambda g: gradients.avg_pool_backward(g, sizes, window, **given)  # noqa: B023, E731
        assert_same(expected, run, grad, context=call)
        compared += 1
    assert compared > 80


def adaptive_calls(operation: str, pooled: int):
    draw = Draw(52)
    for _ in range(150):
        x = draw.tensor((2, 3, *draw.ints(1, 8, pooled)), FLOATS[:2], special=False)
        options = {"return_indices": True} if operation == "max" else {}
        arguments = {"output_size": draw.ints(1, 6, pooled), **options}
        yield Call(f"adaptive_{operation}_pool{pooled}d", x, arguments)


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_the_gradients_of_adaptive_pooling_are_torchs(pooled):
    draw = Draw(53)
    for call in adaptive_calls("max", pooled):
        grad, indices, expected = torchs_gradient(call, draw)
        run = lambda g, i: gradients.max_pool_backward(g, i, call.x.shape[-pooled:])  # noqa: B023, E731
        assert_same(expected, run, grad, indices, context=call)
    for call in adaptive_calls("avg", pooled):
        grad, _, expected = torchs_gradient(call, draw)
        found = gradients.adaptive_avg_pool_backward(grad, tuple(call.x.shape[-pooled:]))
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("pooled", [1, 2, 3])
@pytest.mark.parametrize("p", [1, 2, 3, 0.5, 2.5])
def test_the_gradient_of_a_power_average_is_torchs(pooled, p):
    draw = Draw(54)
    for k, s, ceil in itertools.product((1, 2, 3), (1, 2, 3), (False, True)):
        x = torch.from_numpy(draw.rng.random((2, 2, *draw.ints(3, 6, pooled))) + 0.1)
        call = Call(
            f"lp_pool{pooled}d",
            x,
            {"norm_type": p, "kernel_size": k, "stride": s, "ceil_mode": ceil},
        )
        grad, _, expected = torchs_gradient(call, draw)
        options = {"stride": s, "ceil_mode": ceil}
        found = gradients.lp_pool_backward(grad, x, p, (k,) * pooled, **options)
        torch.testing.assert_close(found, expected)


def test_the_gradient_of_the_mean_form_is_the_derivative_of_the_mean_form():
    x = torch.rand(2, 5, 6, dtype=torch.double, requires_grad=True)
    y = functional.lp_pool(x, 3.0, (2, 3), stride=2, padding=((1, 0), (0, 2)), mean=True)
    grad = torch.rand_like(y)
    (expected,) = torch.autograd.grad(y, x, grad)
    options = {"stride": 2, "padding": ((1, 0), (0, 2)), "mean": True}
    found = gradients.lp_pool_backward(grad, x.detach(), 3.0, (2, 3), **options)
    torch.testing.assert_close(found, expected)


def test_a_window_whose_powers_sum_to_nothing_sends_nothing_back():
    grad = np.array([10.0, 10.0])
    sent = gradients.lp_pool_backward(grad, np.array([0.0, 0.0, 3.0, 4.0]), 2, (2,))
    assert sent.tolist() == [0.0, 0.0, 6.0, 8.0]


def test_a_negative_power_is_decided_by_the_zeros_of_the_padding():
    x, grad = np.array([3.0, 4.0, 1.0]), np.array([10.0, 1.0])
    sent = gradients.lp_pool_backward(grad, x, -1, (2,), stride=2, padding=1)
    y = 1 / (1 / 4 + 1)  # of the second window; the first one has a zero, and is 0 whatever 3 is
    np.testing.assert_allclose(sent, [0, (y / 4) ** 2, y**2], rtol=1e-14)


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_the_gradient_of_unpooling_is_torchs(pooled):
    draw, compared = Draw(55), 0
    for call in taken("unpool", pooled, every=3):
        grad, _, expected = torchs_gradient(call, draw)
        indices, sizes = call.arguments["indices"], tuple(grad.shape[-pooled:])
        run = lambda g, i: gradients.max_unpool_backward(g, i, sizes)  # noqa: B023, E731
        assert_same(expected, run, grad, indices, context=call)
        compared += 1
    assert compared > 80


@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 3), st.integers(1, 2), st.booleans())
def test_averaging_and_its_backward_pass_are_adjoint(k, s, wide, dilation, counted):
    rng = np.random.default_rng(k)
    x = rng.normal(size=(2, 7, 8))
    where = ((k, 2), s, ((wide, 0), (1, wide)), dilation, True, counted)
    y = functional.avg_pool(x, *where)
    g = rng.normal(size=y.shape)
    back = gradients.avg_pool_backward(g, (7, 8), *where)
    assert np.sum(y * g) == pytest.approx(np.sum(x * back))


def test_jax_arrays_have_the_same_gradients():
    import jax.numpy as jnp

    x = np.random.default_rng(0).permutation(64).reshape(1, 8, 8).astype("f4")
    y, indices = functional.max_pool2d(x, 3, 2, 1, return_indices=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its integers have 32 bits
        args = jnp.asarray(y), jnp.asarray(indices)
    assert np.array_equal(
        gradients.max_pool_backward(*args, (8, 8)), gradients.max_pool_backward(y, indices, (8, 8))
    )
    window = ((8, 8), (3, 3), 2, 1)
    assert np.allclose(
        gradients.avg_pool_backward(args[0], *window), gradients.avg_pool_backward(y, *window)
    )


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda: gradients.max_pool_backward(np.zeros((2, 2)), np.zeros((2, 3), int), (4, 4)),
            r"\(2, 2\) and indices \(2, 3\)",
        ),
        (
            lambda: gradients.avg_pool_backward(np.zeros((3, 3)), (4, 4), (3, 3), 1),
            r"grad_output has the shape \(3, 3\), and the pooling gives \(2, 2\) windows",
        ),
        (
            lambda: gradients.max_unpool_backward(
                np.zeros((1, 4, 4)), np.zeros((2, 2), int), (4, 4)
            ),
            "grad_output has 3 axes and indices 2",
        ),
    ],
)
def test_gradients_of_another_pooling_are_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()
