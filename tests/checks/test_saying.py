"""What is said of habits that students have is true, and helps."""

import itertools
import warnings

import numpy as np
import pytest

from pooledu import check
from tests.checks.right.ps1 import loops, pooling
from tests.checks.right.ps4 import forward_loops


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


def max_pool2d_of_one_size(x, kernel_size):
    return pooling(loops, np.max)(x, kernel_size)


async def max_pool2d_in_a_while(x, kernel_size, stride=None):
    return pooling(loops, np.max)(x, kernel_size, stride)


def max_pool2d_one_by_one(x, kernel_size, stride=None):
    yield from pooling(loops, np.max)(x, kernel_size, stride)


def max_pool2d_of_objects(x, kernel_size, stride=None):
    return pooling(loops, np.max)(x, kernel_size, stride).astype(object)


@pytest.mark.parametrize(
    ("function", "way_out"),
    [
        (max_pool2d_of_one_size, "as in `def max_pool2d(x, kernel_size, stride=None):`"),
        (max_pool2d_in_a_while, "Write `def`, not `async def`."),
        (max_pool2d_one_by_one, "collect the results, and `return` them."),
        (max_pool2d_of_objects, "`np.array(..., dtype=float)`."),
    ],
)
def test_what_python_alone_leaves_in_the_dark_comes_with_a_way_out(function, way_out):
    assert check(function, "max_pool2d").says[0].endswith(way_out)


def test_of_a_coroutine_python_does_not_warn_with_a_line_of_ours():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        check(max_pool2d_in_a_while, "max_pool2d")
    assert [each.message for each in told] == []


@pytest.mark.parametrize("work", [None, 3, "hello", "max_pool2d", [1], np.zeros((2, 2))])
def test_what_is_no_function_is_told_so_and_not_what_its_type_is_called(work):
    said = check(work).headline
    assert said.startswith("`check` asks for a function that you wrote, and got ")
    assert "NoneType" not in said


def test_a_name_that_is_like_none_gets_no_list_of_all_names():
    assert len(check(print, "zzz").headline) < 100
    assert "Is it max_pool2d or" in check(print, "MaxPool2d").headline
    assert not check(print, " max_pool2d ").headline.startswith("There is no")
    assert "asks for the function itself" in check(np, "max_pool2d").headline


def test_solutions_of_a_question_are_not_promised(capsys):
    assert check.solution("pooled_size") is None
    assert "No model solution" in capsys.readouterr().out


def test_a_mistake_that_explains_one_wrong_number_alone_is_not_named():
    def clipped(features, widths):
        sizes = [int(np.prod(features)), *widths]
        dense = sum((a + 1) * b for a, b in itertools.pairwise(sizes))
        return max(0, dense - (features[0] + 1) * widths[-1])

    says = check(clipped, "parameters_saved").says
    assert len(says) == 1
    assert says[0].startswith("It returned 0, and ")


def test_padding_is_not_blamed_for_what_happens_after_the_maximum():
    def infinite_set_to_zero(x, kernel_size, stride=None, padding=0):
        padded = np.pad(x, padding, constant_values=-np.inf)
        y = pooling(loops, np.max)(padded, kernel_size, stride)
        return np.where(np.isinf(y), 0, y)

    said = " ".join(check(infinite_set_to_zero, "max_pool2d_padded").says)
    assert "padding" not in said
    assert "border" not in said


def test_one_draw_for_each_row_is_not_called_one_for_all():
    def by_row(x, kernel_size, stride=None, *, rng):
        s = stride or kernel_size
        w = np.lib.stride_tricks.sliding_window_view(x, (kernel_size,) * 2)[::s, ::s]
        w = w.reshape(*w.shape[:2], -1)
        steps = w.cumsum(-1)
        drawn = (steps <= rng.random((len(w), 1, 1)) * steps[..., -1:]).sum(-1, keepdims=True)
        return np.take_along_axis(w, drawn.clip(0, w.shape[-1] - 1), -1)[..., 0]

    verdict = check(by_row, "stochastic_pool2d")
    assert verdict.misconception is None
    assert "Neighbouring windows" in " ".join(verdict.says)


def test_a_part_of_a_result_is_named_and_not_counted():
    def by_height(x, kernel_size, stride=None):
        y, indices = forward_loops(x, kernel_size, stride)
        return y, indices + 1

    assert check(by_height, "max_pool2d_forward").says[0] == "What differs first: indices."
