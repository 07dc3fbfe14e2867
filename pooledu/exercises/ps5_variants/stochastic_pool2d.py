"""`stochastic_pool2d(x, kernel_size, stride=None, *, rng)`: one cell of each window, drawn.

Non-negative `x`; the probability is proportional to the value, each window is drawn on its own,
`rng` is the only source of chance, and an all-zero window gives 0. Judged as a distribution.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pooledu import functional
from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import CHANCE, ZERO
from pooledu.exercises.ps5_variants import chance, drawing
from pooledu.exercises.ps5_variants.planes import positive
from pooledu.exercises.windows import each_window


def _chances(rng: Draw) -> Iterator[Case]:
    """The ladder of stochastic_pool2d."""

    def case(
        tests: str,
        x: np.ndarray,
        *sizes: int,
        again: int = 20,
        layout: str = "C",
        tiled: dict[str, Any] | None = None,
        **sizes_by_name: int,
    ) -> Case:
        """Draw `again` times, so that a generator of its own is found whatever the luck.

        Once is enough where each window leaves no choice.
        """
        setting = {"rng": int(rng.integers(2**32)), "calls": again, "again": again}
        return Case(tests, (x, *sizes), sizes_by_name, layout, setting | (tiled or {}))

    single = np.zeros((2, 4))
    single[0, 1], single[1, 2] = 40 + rng.permutation(9)[:2] + some(rng, 2)
    yield case("one number above 0 in each window", single, 2, again=1)
    cells = 1.0 + rng.permutation(99)[:6].reshape(1, 6)
    cells[0, 2] = 0
    yield case("a window of one cell changes nothing", cells, 1, again=1)
    yield case("a single column", positive(rng, 4, 1), 1, 2, again=1)
    empty = np.zeros((2, 4))
    empty[1, 3] = rng.integers(40, 49) + some(rng)
    yield case("a window of zeros gives 0", empty, 2, again=1)
    yield case("one window", positive(rng, 2, 2), 2)
    yield case("more columns than rows", positive(rng, 2, 6), 2, again=10)
    yield case("a row and a column left over", positive(rng, 7, 5), 2, again=4)
    yield case("windows that overlap", positive(rng, 5, 6), 3, again=3, stride=1)
    yield case("a view of another array", positive(rng, 7, 8), 2, 3, again=4, layout="strided")
    yield case("an input that is read-only", positive(rng, 6, 7), 3, 2, again=4, layout="readonly")
    yield case("an input in Fortran order", positive(rng, 9, 6), 3, 2, again=4, layout="F")
    large = case("very large numbers, by name", positive(rng, 4, 4) * 1e300, again=8)
    yield replace(large, args=(), kwargs={"x": large.args[0], "kernel_size": 2, "stride": None})
    four = np.array([1.0, 2.0, 3.0, float(rng.integers(18, 24))]) + some(rng, 4)
    pattern = rng.permutation(four).reshape(2, 2)
    yield case(
        "many equal windows of very small numbers",
        np.tile(pattern * 2.0**-50, (16, 16)),
        2,
        again=1,
        tiled={"tiled": True, "calls": 34},
    )
    four = np.array([1.0, 2.0, 3.0, float(rng.integers(9, 12))]) + some(rng, 4)
    pattern = rng.permutation([0.0, 0, 0, 0, 0, *four])
    yield case(
        "equal windows with zeros in them",
        np.tile(pattern.reshape(3, 3), (12, 12)),
        3,
        again=1,
        tiled={"tiled": True, "calls": 6},
    )


def some(rng: Draw, *shape: int) -> Any:
    """Draw what is added to whole numbers when they are graded: of those there are few."""
    return 0.0 if rng.local else rng.uniform(-0.3, 0.3, shape or None)


def _stochastic_pool2d(x, kernel_size, stride=None, *, rng):
    """The oracle."""
    return _draw(x, kernel_size, stride, rng, chance.LAWS["proportional"])


def _draw(x, kernel_size, stride, rng, law, u=None):
    """Draw a cell of each window by a law; 0 where all are 0."""

    s = stride or kernel_size
    windows = sliding_window_view(x, (kernel_size, kernel_size))[::s, ::s]
    windows = windows.reshape(*windows.shape[:2], -1)
    empty = ~windows.any(-1, keepdims=True)
    chances = law(windows / np.where(empty, 1, windows.max(-1, keepdims=True)) + empty)
    thresholds = chances.cumsum(-1)
    u = rng.random((*windows.shape[:2], 1)) if u is None else u
    picked = (thresholds[..., :-1] <= u).sum(-1, keepdims=True)
    return np.take_along_axis(windows, picked, -1)[..., 0].copy()


stochastic_pool2d = Exercise(
    "stochastic_pool2d",
    oracle=_stochastic_pool2d,
    ladder=_chances,
    driver="stochastic",
    draws_results=False,
    accepts=drawing.refuse,
    words=drawing.WORDS,
    features=drawing.features,
    link=CHANCE,
)


@stochastic_pool2d.mistake(
    "A number twice as large is drawn twice as often: pass the probabilities `p` to `rng.choice`.",
    CHANCE,
)
def drawn_uniformly(x, kernel_size, stride=None, *, rng):
    """It draws every cell equally often."""
    return _draw(x, kernel_size, stride, rng, chance.LAWS["uniform"])


@stochastic_pool2d.mistake("The number itself is the weight: `p = window / window.sum()`.", CHANCE)
def drawn_by_softmax(x, kernel_size, stride=None, *, rng):
    """It draws with the probabilities of a softmax."""
    largest = x.max()
    return _draw(
        x, kernel_size, stride, rng, lambda windows: chance.LAWS["softmax"](windows * largest)
    )


@stochastic_pool2d.mistake("The number itself is the weight, not its square.", CHANCE)
def drawn_by_squares(x, kernel_size, stride=None, *, rng):
    """It draws with probabilities proportional to the squares."""
    return _draw(x, kernel_size, stride, rng, chance.LAWS["squared"])


@stochastic_pool2d.mistake("Among the numbers above 0 the larger are drawn more often.", CHANCE)
def drawn_uniformly_above_zero(x, kernel_size, stride=None, *, rng):
    """It draws every number above 0 equally often."""
    return _draw(x, kernel_size, stride, rng, chance.LAWS["uniform over what is not 0"])


@stochastic_pool2d.mistake("The largest number is only the likeliest one.", CHANCE)
def always_the_maximum(x, kernel_size, stride=None, *, rng):
    """It always takes the maximum."""
    return each_window(x, kernel_size, stride, np.max)


@stochastic_pool2d.mistake("That is the test-time form. In training one cell is drawn.", CHANCE)
def expected_for_drawn(x, kernel_size, stride=None, *, rng):
    """It returns the expected value and draws nothing."""
    return functional.stochastic_pool_expected(x, (kernel_size,) * 2, stride)


@stochastic_pool2d.mistake("One cell of the window is drawn; nothing is averaged.", CHANCE)
def average_for_drawn(x, kernel_size, stride=None, *, rng):
    """It returns the average and draws nothing."""
    return each_window(x, kernel_size, stride, np.mean)


@stochastic_pool2d.mistake(
    "Draw anew for each window: inside of the loop, or with an array of draws.", CHANCE
)
def one_draw_for_all(x, kernel_size, stride=None, *, rng):
    """It draws once and uses the draw for all windows."""
    return _draw(x, kernel_size, stride, rng, chance.LAWS["proportional"], u=rng.random())


@stochastic_pool2d.mistake(
    "Draw from the `rng` that is passed. A generator made inside starts anew in each call.", CHANCE
)
def generator_of_its_own(x, kernel_size, stride=None, *, rng):
    """It makes a generator with a fixed seed and draws the same in each call."""
    return _stochastic_pool2d(x, kernel_size, stride, rng=np.random.default_rng(0))


@stochastic_pool2d.mistake(
    "`np.random.choice` and a generator without a seed draw from elsewhere. Use `rng`.", CHANCE
)
def chance_from_elsewhere(x, kernel_size, stride=None, *, rng):
    """It draws from another source than `rng`."""
    return _stochastic_pool2d(x, kernel_size, stride, rng=np.random.default_rng())


@stochastic_pool2d.mistake("0 / 0 is NaN: a window of zeros needs a case of its own.", ZERO)
def nan_for_zeros(x, kernel_size, stride=None, *, rng):
    """A window of zeros gives NaN."""
    y = _stochastic_pool2d(x, kernel_size, stride, rng=rng)
    return np.where(y == 0, np.nan, y)
