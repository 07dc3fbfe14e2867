"""On a CUDA device: the same results as on the CPU, and nothing leaves the device."""

import pytest
import torch
import torch.nn.functional as F

from pooledu import functional, nn
from tests.functional import torch_grid as grid

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine"),
]

DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int32)


def on_device(value):
    return value.cuda() if isinstance(value, torch.Tensor) else value


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_maxima_and_positions_are_those_of_the_cpu(pooled):
    for call in grid.fixed("max", pooled):
        expected = call.run(functional)
        found = grid.difference(expected, call.run(functional, on_device))
        assert found is None, f"{call}\n{found}"


@pytest.mark.parametrize("pooled", [2, 3])
@pytest.mark.parametrize("operation", ["adaptive max", "fractional", "unpool"])
def test_what_is_copied_is_copied_on_the_device_too(operation, pooled):
    for call in grid.GENERATORS[operation](pooled):
        expected = call.run(functional)
        overlapping = operation == "unpool" and (
            call.arguments["kernel_size"] > call.arguments["stride"]
        )
        # a bad index ends the device's work for good; of equal ones it writes any
        if isinstance(expected, Exception) or overlapping:
            continue
        found = grid.difference(expected, call.run(functional, on_device))
        assert found is None, f"{call}\n{found}"


@pytest.mark.parametrize("pooled", [1, 2, 3])
@pytest.mark.parametrize("operation", ["adaptive avg", "lp"])
def test_what_is_rounded_is_close_to_torchs_own_kernel(operation, pooled):
    for call in grid.GENERATORS[operation](pooled):
        arguments = call.arguments
        try:
            expected = getattr(F, call.function)(call.x.cuda(), **arguments)
        except (RuntimeError, ZeroDivisionError):
            continue  # what is refused is tested on the CPU
        found = getattr(functional, call.function)(call.x.cuda(), **arguments)
        assert found.is_cuda
        torch.testing.assert_close(found, expected, equal_nan=True)


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_averages_are_close_to_those_of_the_cpu(pooled):
    for call in grid.fixed("avg", pooled):
        if isinstance(call.run(functional), Exception):
            continue
        expected = getattr(functional, call.function)(call.x, **call.arguments)
        found = getattr(functional, call.function)(call.x.cuda(), **call.arguments)
        assert found.is_cuda
        torch.testing.assert_close(found.cpu(), expected, equal_nan=True)


@pytest.mark.parametrize("dtype", DTYPES)
def test_maxima_are_those_of_torchs_own_kernel(dtype):
    x = (torch.randn(4, 8, 33, 35, device="cuda") * 9).to(dtype)
    expected = F.max_pool2d(x.float(), 3, 2, 1).to(dtype)
    assert torch.equal(functional.max_pool2d(x, 3, 2, 1), expected)


@pytest.mark.parametrize("make", [lambda m: m.MaxPool2d(3, 2, 1), lambda m: m.AvgPool2d(3, 2, 1)])
def test_gradients_are_those_of_torchs_modules(make):
    x = torch.randn(2, 3, 17, 19, device="cuda", dtype=torch.float64)
    gradients = []
    for library in (nn, torch.nn):
        leaf = x.clone().requires_grad_()
        make(library)(leaf).square().sum().backward()
        gradients.append(leaf.grad)
    torch.testing.assert_close(*gradients)
