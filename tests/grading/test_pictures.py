"""The numbers in the notebooks' pictures are typed by hand, so that they give no code away.

Here they are computed.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from pooledu import functional, geometry, gradients
from tests.grading.running import read, value_of


@pytest.fixture
def grids():
    """`grids(problem_set)`: values and options of every grid that its pictures draw."""

    def grids(problem_set):
        drawn = []
        names = {
            "np": np,
            "figures": SimpleNamespace(
                grid=lambda values, **options: drawn.append((np.asarray(values), options)),
                row=lambda *parts: None,
            ),
        }
        for cell in read("solutions", problem_set).cells:
            if cell.id.startswith("picture"):
                value_of(cell.source, names)
        return drawn

    return grids


def test_windows_of_problem_set_1(grids):
    (x, options), (y, result) = grids("ps1_windows")
    np.testing.assert_array_equal(y, functional.max_pool2d(x[None, None], 3, 2)[0, 0])
    row, column = result["marked"][0]
    assert options["window"] == (2 * row, 2 * column, 3, 3)


def test_the_corner_of_problem_set_2(grids):
    for x, options in grids("ps2_borders"):
        padded = np.pad(x.astype(float), 1, constant_values=options["pad_value"])
        assert options["window"] == (-1, -1, 3, 3)
        assert options["title"] == f"largest: {padded[:3, :3].max():g}"


def test_bins_of_problem_set_3(grids):
    ((x, options),) = grids("ps3_global_adaptive")
    ends = [(start, start + length) for start, length in options["window"]]
    assert ends == list(geometry.adaptive_bins(x.size, len(ends)))


def test_routes_of_problem_set_4(grids):
    (x, _), (y, _), (indices, _), (grad_y, _), (grad_x, _) = grids("ps4_backward")
    got = functional.max_pool2d(x[None, None].astype(float), 2, return_indices=True)
    np.testing.assert_array_equal(y, got[0][0, 0])
    np.testing.assert_array_equal(indices, got[1][0, 0])
    routed = gradients.max_pool_backward(grad_y[None, None], got[1], x.shape)
    np.testing.assert_array_equal(grad_x, routed[0, 0])


def test_chances_of_problem_set_5(grids):
    (x, options), (chances, _) = grids("ps5_variants")
    np.testing.assert_array_equal(chances, x / x.sum())
    assert options["caption"] == f"maximum {x.max()}, mean {x.mean():g}"


def test_receptive_fields_of_problem_set_6(grids):
    ((_, options),) = grids("ps6_pool_vs_stride")
    (first, size), (second, same) = options["window"]
    field = geometry.receptive_fields([(3, 1), (2, 2)])[-1]
    assert size == same
    assert (size, second - first) == (field.size, field.jump)
