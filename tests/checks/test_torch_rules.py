"""What max_pool2d_autograd may not use is recognised, however it is called."""

import numpy as np
import pytest

from pooledu import check
from tests.checks.right import ps4


def test_built_in_pooling_is_recognised_under_any_name():
    import torch

    def named(x, kernel_size, stride=None):
        return torch.nn.functional.max_pool2d(x, kernel_size, stride)

    def a_module(x, kernel_size, stride=None):
        return torch.nn.MaxPool2d(kernel_size, stride)(x)

    def the_operator(x, kernel_size, stride=None):
        stride = stride or kernel_size
        return torch.ops.aten.max_pool2d(x, [kernel_size] * 2, [stride] * 2)

    def adaptive(x, kernel_size, stride=None):
        return torch.nn.functional.adaptive_max_pool2d(x, 1)

    for solution in (named, a_module, the_operator, adaptive):
        verdict = check(solution, "max_pool2d_autograd")
        assert verdict.score == 0
        assert "It uses `" in verdict.message


@pytest.mark.parametrize(
    "detour",
    [
        lambda y, x: y.detach().cpu().numpy(),
        lambda y, x: np.asarray(y.detach().cpu()),
        lambda y, x: np.array(y.detach().cpu()),
    ],
)
def test_a_detour_through_numpy_is_recognised(detour):
    import torch

    def solution(x, kernel_size, stride=None):
        y = ps4.autograd_gather(x, kernel_size, stride)
        values = torch.from_numpy(np.array(detour(y, x))).to(x.device)
        return y + (values - values)

    verdict = check(solution, "max_pool2d_autograd")
    assert not verdict.passed
    assert "goes through NumPy" in verdict.message
