"""What is said of habits that students have is true, and helps."""

import numpy as np

from pooledu import check
from tests.checks.right.ps1 import loops, pooling


def test_a_call_that_names_the_parameters_is_explained_where_they_have_other_names():
    def renamed(x, k, s=None):
        return pooling(loops, np.max)(x, k, s)

    said = check(renamed, "max_pool2d").says
    assert "unexpected keyword argument 'stride'" in said[0]
    assert said[0].endswith("`def max_pool2d(x, kernel_size, stride=None):`")


def test_a_loop_that_never_runs_is_the_mistake_it_is_whatever_shape_nothing_has():
    def listed(x, kernel_size, stride=None):
        step = stride or kernel_size
        rows, columns = (range(0, size - kernel_size, step) for size in x.shape)
        return np.array(
            [[x[a : a + kernel_size, b : b + kernel_size].max() for b in columns] for a in rows]
        )

    assert check(listed, "max_pool2d").misconception == "exact_fit_missing"


def test_built_in_pooling_is_named_once_as_it_was_called():
    import torch.nn.functional as F

    says = check(lambda x, kernel_size, stride=None: F.max_pool2d(x, kernel_size, stride),
                 "max_pool2d_autograd").says  # fmt: skip
    assert says == ("It uses `max_pool2d`. `max_pool2d_autograd` is to be written without it.",)
