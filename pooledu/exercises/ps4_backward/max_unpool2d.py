"""`max_unpool2d(y, indices, output_shape)`: zeros but at `indices`.

A repeated index keeps the last value in the row-major order of `y`.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import UNPOOL
from pooledu.exercises.ps4_backward.indices import forward, scatter, show_gradient
from pooledu.exercises.windows import (
    arranged,
    pattern,
    reals,
)


def _unpoolings(rng: Draw) -> Iterator[Case]:
    """The ladder of max_unpool2d."""

    def case(tests: str, x: np.ndarray, kernel: int, stride: int, layout: str = "C") -> Case:
        y, indices = forward(x, kernel, stride)
        return Case(tests, (y, indices, x.shape), layout=layout)

    yield case("one window", arranged(rng, 2, 2), 2, 2)
    yield case("a single row, windows of one cell", arranged(rng, 1, 4), 1, 1)
    yield case("windows that tile the input", arranged(rng, 4, 4), 2, 2)
    yield case("negative numbers only", arranged(rng, 4, 4, low=-30, high=-1), 2, 2)
    yield case("more columns than rows", arranged(rng, 2, 6), 2, 2)
    yield case("more rows than columns", arranged(rng, 6, 4), 2, 2)
    yield case("a row and a column left over", arranged(rng, 5, 5), 2, 2)
    repeated = np.array([[int(rng.integers(4)), 4], [4, 5]])
    values = arranged(rng, 2, 2) * [[1, 1], [-1, 1]]
    yield Case(
        "a place that comes twice keeps the last value",
        (values, repeated, (2, 3)),
    )
    places = rng.permutation(12)
    indices = places[(pattern(4, 4) % 9).astype(int)]  # so the order of what repeats is fixed
    values = arranged(rng, 4, 4, low=-9, high=30)
    named = {"y": values, "indices": indices, "output_shape": [3, 4]}
    yield Case("many places come twice; arguments by name", (), named)
    yield case("a stride larger than the window", arranged(rng, 7, 8), 2, 3)
    yield case("a maximum of several windows", arranged(rng, 6, 7), 3, 1)
    yield case("an input that is read-only", reals(rng, 8, 7), 3, 1, "readonly")
    order = (named["y"], named["indices"], (4, 3))
    yield Case("places that come twice, in Fortran order", order, layout="F")
    yield case("values in Fortran order, indices in C order", reals(rng, 9, 6), 3, 3, "mixed")
    yield case("a view of another array", reals(rng, 8, 10), 4, 1, "strided")
    yield case("very large numbers", reals(rng, 6, 6) * -1e300, 2, 2)


def _unpool(y, indices, output_shape):
    """The oracle."""
    return scatter(y, indices, output_shape, lambda old, new: new)


max_unpool2d = Exercise(
    "max_unpool2d", oracle=_unpool, ladder=_unpoolings, show=show_gradient, link=UNPOOL
)


@max_unpool2d.mistake("Unpooling puts values back; only gradients add up.", UNPOOL)
def repeated_added(y, indices, output_shape):
    """It adds values at a place that comes twice."""
    return scatter(y, indices, output_shape, lambda old, new: old + new)


@max_unpool2d.mistake("Of values with one place the last one stays.", UNPOOL)
def first_value_kept(y, indices, output_shape):
    """At a place that comes twice it keeps the first value."""
    _, first = np.unique(np.ravel(indices), return_index=True)
    return _unpool(np.ravel(y)[first], np.ravel(indices)[first], output_shape)


@max_unpool2d.mistake("Of values with one place the last one stays, not the largest.", UNPOOL)
def largest_value_kept(y, indices, output_shape):
    """At a place that comes twice it keeps the largest value."""
    filled = scatter(y, indices, output_shape, max, -np.inf)
    return np.where(np.isinf(filled), 0.0, filled)


@max_unpool2d.mistake("The places come from `indices`; all other cells stay 0.", UNPOOL)
def value_repeated(y, indices, output_shape):
    """It fills the whole output with copies of the nearest value."""
    rows, columns = (
        np.arange(size) * have // size for size, have in zip(output_shape, y.shape, strict=True)
    )
    return y[np.ix_(rows, columns)]


@max_unpool2d.mistake("A flat index counts row by row: the row is `index // width`.", UNPOOL)
def places_by_column(y, indices, output_shape):
    """It reads the indices column by column."""
    H, W = output_shape
    return np.ascontiguousarray(_unpool(y, indices, (W, H)).T)


@max_unpool2d.mistake("The result has the shape `output_shape`: rows first.", UNPOOL)
def output_shape_swapped(y, indices, output_shape):
    """It returns an array of `output_shape` reversed."""
    return _unpool(y, indices, output_shape).reshape(tuple(output_shape)[::-1])


@max_unpool2d.mistake("The cells that hold no value are 0.", UNPOOL)
def filled_with_minus_infinity(y, indices, output_shape):
    """It fills the other cells with minus infinity."""
    return scatter(y, indices, output_shape, lambda old, new: new, -np.inf)


@max_unpool2d.mistake("The place gets the value, not 1.", UNPOOL)
def ones_put_back(y, indices, output_shape):
    """It puts 1 at each place and not the value."""
    return _unpool(np.ones(y.shape), indices, output_shape)


@max_unpool2d.mistake("A maximum may be negative, and goes back like any other.", UNPOOL)
def negative_values_dropped(y, indices, output_shape):
    """It puts back positive values only."""
    return _unpool(np.maximum(y, 0), indices, output_shape)
