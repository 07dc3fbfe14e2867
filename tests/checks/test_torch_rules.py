"""What max_pool2d_autograd may not use is recognised, however it is called."""

import copy

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


def with_new_head(features, num_classes, like):
    from torch import nn

    last = [module for module in features.modules() if isinstance(module, nn.Conv2d)][-1]
    head = nn.Linear(last.out_channels, num_classes).to(like)
    return nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)


def test_a_network_that_comes_back_on_the_cpu_is_recognised_without_a_gpu():
    def moved_to_the_cpu(model, num_classes):
        features = copy.deepcopy(model.features).cpu()
        return with_new_head(features, num_classes, next(features.parameters()))

    def there_and_back(model, num_classes):
        like = next(model.parameters())
        features = copy.deepcopy(model.features).cpu()
        return with_new_head(features, num_classes, like).to(like.device)

    assert "lies on another device" in check(moved_to_the_cpu, "replace_head").message
    assert check(there_and_back, "replace_head").passed


def test_a_model_may_be_copied_to_the_cpu_but_not_moved_there():
    def copied(model, images, shift):
        return share_unchanged(copy.deepcopy(model).cpu(), images.cpu(), shift)

    def moved(model, images, shift):
        return share_unchanged(model.cpu(), images.cpu(), shift)

    def share_unchanged(model, images, shift):
        same = model(images).argmax(1) == model(images.roll(int(shift), -1)).argmax(1)
        return same.double().mean().item()

    assert check(copied, "shift_consistency").passed
    assert check(moved, "shift_consistency").misconception == "model_moved_to_the_cpu"
