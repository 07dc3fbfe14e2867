"""Receptive fields, against what a network's output really depends on."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from pooledu import geometry

SIZE = 700  # four layers see up to 241 cells, 81 apart, after as much padding

LAYERS = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 2))


def layer(kernel_size, stride, padding=0, dilation=1) -> nn.Module:
    """A convolution whose output depends on each cell of its window."""
    convolution = nn.Conv1d(1, 1, kernel_size, stride, padding, dilation, bias=False)
    nn.init.ones_(convolution.weight)
    return convolution.double()


def dependence(network, cell: int) -> tuple[int, int]:
    """The first and the last cell of the input that reach one cell of the output."""
    x = torch.ones(1, 1, SIZE, dtype=torch.double, requires_grad=True)
    network(x)[0, 0, cell].backward()
    seen = x.grad[0, 0].nonzero().ravel()
    return int(seen[0]), int(seen[-1])


@settings(max_examples=60)
@given(st.lists(LAYERS, min_size=1, max_size=4))
def test_the_field_of_a_chain_is_what_its_output_depends_on(layers):
    field = geometry.receptive_fields(layers)[-1]
    cell = -(field.start // field.jump) + 1  # the first ones may see the padding
    first, last = dependence(nn.Sequential(*(layer(*one) for one in layers)), cell)
    assert first == field.start + cell * field.jump
    # strides beyond the kernel and dilation leave gaps, but never at the ends
    assert last - first + 1 == field.size


@settings(max_examples=40)
@given(st.lists(LAYERS, max_size=2), st.integers(0, 2), st.integers(1, 3))
def test_the_field_of_joined_branches_covers_both(before, wide, stride):
    branches = [[(3, stride, 1), (2 * wide + 1, 1, wide)], [(1, stride)]]
    field = geometry.receptive_fields([*before, branches, (2, 2)])[-1]
    trunk = nn.Sequential(*(layer(*one) for one in before))
    sides = [nn.Sequential(*(layer(*one) for one in branch)) for branch in branches]
    head = layer(2, 2)

    def network(x):
        x = trunk(x)
        left, right = (side(x) for side in sides)
        size = min(left.shape[-1], right.shape[-1])
        return head(left[..., :size] + right[..., :size])

    cell = -(field.start // field.jump) + 1
    first, last = dependence(network, cell)
    assert (first, last - first + 1) == (field.start + cell * field.jump, field.size)


def test_an_empty_network_sees_one_cell_and_each_layer_has_its_field():
    assert geometry.receptive_fields([]) == []
    fields = geometry.receptive_fields([(3, 2), (3, 2), (3, 2)])
    assert [field.size for field in fields] == [3, 7, 15]
    assert [field.jump for field in fields] == [2, 4, 8]


def test_a_skip_connection_sees_what_came_before():
    plain = geometry.receptive_fields([(5, 1, 2)])[-1]
    assert geometry.receptive_fields([[[(5, 1, 2)], []]])[-1] == plain
    assert geometry.receptive_fields([[[], []]])[-1] == (1, 1, 0)


def test_branches_with_different_strides_are_refused():
    with pytest.raises(ValueError, match=r"jumps \[1, 2\] cannot be joined"):
        geometry.receptive_fields([[[(2, 2)], [(2, 1)]]])
