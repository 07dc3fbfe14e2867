"""Problem set 5: powers, chance and mixtures in place of the maximum and the average."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pooledu import functional
from pooledu.checks import chance
from pooledu.checks.exercise import Case, Draw, Exercise, Index, question
from pooledu.checks.windows import arranged, each_window, reals, show_window

SET = "ps5_variants"
POWERS = "book/variants.html#variants-family"
SUM_FORM = "book/variants.html#variants-sum-form"
LIMITS = "book/variants.html#variants-limits"
CHANCE = "book/variants.html#variants-stochastic"
ZERO = "book/variants.html#variants-zero-window"
MIXED = "book/variants.html#variants-learned"
FRACTIONS = "book/variants.html#variants-fractional"
STRIDE = "book/geometry.html#kernel-and-stride"
DEFAULT_STRIDE = "book/max-and-average.html#default-stride"


def _positive(rng: Draw, *shape: int) -> np.ndarray:
    """Whole numbers above 0."""
    return arranged(rng, *shape, low=1, high=9)


def _planes(rng: Draw) -> Iterator[Case]:
    """Inputs without negative numbers, from one window upwards."""
    yield Case("one window", (_positive(rng, 2, 2), 2))
    yield Case("a window of one cell changes nothing", (_positive(rng, 2, 3), 1))
    empty = _positive(rng, 2, 4)
    empty[:, :2] = 0
    yield Case("a window of zeros", (empty, 2))
    yield Case("windows that tile the input", (_positive(rng, 4, 4), 2))
    yield Case("more columns than rows", (_positive(rng, 2, 6), 2))
    yield Case("more rows than columns", (_positive(rng, 6, 4), 2))
    yield Case("a row and a column left over", (_positive(rng, 5, 5), 2))
    yield Case("windows that overlap", (_positive(rng, 5, 6), 3), {"stride": 1})
    yield Case("a stride larger than the window", (_positive(rng, 7, 8), 2, 3))
    sparse = np.maximum(arranged(rng, 6, 6, low=-18, high=17), 0)
    yield Case("many zeros", (sparse, 3, 2))
    yield Case("an input that is read-only", (reals(rng, 7, 6), 3, 2), layout="readonly")
    yield Case("an input in Fortran order", (reals(rng, 9, 10), 3, 2), layout="F")
    yield Case("a view of another array", (reals(rng, 8, 11), 4, 3), layout="strided")
    yield Case("NumPy integers as sizes", (reals(rng, 8, 9), np.int64(3), np.int64(1)))
    yield Case("large numbers", (reals(rng, 6, 6) * 1e20, 2))
    yield Case("small numbers", (reals(rng, 6, 6) * 1e-20, 3, 2))


def _walk(reduce: Callable[[np.ndarray], Any]) -> Callable[..., np.ndarray]:
    """Pool with any reduction of a window."""

    def pool(x, kernel_size, stride=None):
        return each_window(x, kernel_size, stride, reduce)

    return pool


# ---- lp_pool2d ---------------------------------------------------------------------------------


def _powers(rng: Draw) -> Iterator[Case]:
    """The ladder of lp_pool2d: the planes, with powers."""
    for count, case in enumerate(_planes(rng)):
        yield case
        if count in (0, 2, 4, 7, 8):
            p = [3, 1, 0.5, 1.5, 4.0][count // 2 if count < 7 else count - 4]
            yield Case(f"{case.tests}; p = {p}", case.args, case.kwargs | {"p": p})
    yield Case("p = 10", (_positive(rng, 5, 7), 3, 2), {"p": 10.0})
    yield Case(
        "p = 0.5 and a window of zeros", (np.kron([[0, 1]], _positive(rng, 2, 2)), 2, None, 0.5)
    )


def _lp_pool2d(x, kernel_size, stride=None, p=2.0):
    """The oracle."""
    return each_window(x, kernel_size, stride, lambda w: np.mean(w**p) ** (1 / p))


lp_pool2d = Exercise(
    "lp_pool2d",
    SET,
    oracle=_lp_pool2d,
    ladder=_powers,
    tolerance=1e-9,
    show=show_window,
    link=POWERS,
)


@lp_pool2d.mistake(
    "PyTorch's `LPPool2d` adds the powers. Here they are averaged: the form between "
    "average and maximum.",
    SUM_FORM,
)
def sum_for_mean(x, kernel_size, stride=None, p=2.0):
    """It adds the powers and does not average them."""
    return each_window(x, kernel_size, stride, lambda w: np.sum(w**p) ** (1 / p))


@lp_pool2d.mistake("After the mean of the powers comes the root `1 / p`.", POWERS)
def root_missing(x, kernel_size, stride=None, p=2.0):
    """It takes no root of the mean of the powers."""
    return each_window(x, kernel_size, stride, lambda w: np.mean(w**p))


@lp_pool2d.mistake("The numbers are raised to the power before they are averaged.", POWERS)
def power_after_mean(x, kernel_size, stride=None, p=2.0):
    """It averages first and raises to the power then, which gives the average."""
    return each_window(x, kernel_size, stride, np.mean)


@lp_pool2d.mistake("Which parameter of the function do you never read?", POWERS)
def always_squares(x, kernel_size, stride=None, p=2.0):
    """It does not use `p` and always squares."""
    return _lp_pool2d(x, kernel_size, stride)


@lp_pool2d.mistake("The root belongs to the power: `** (1 / p)`, not `sqrt`.", POWERS)
def always_square_root(x, kernel_size, stride=None, p=2.0):
    """It takes the square root, whatever `p` is."""
    return each_window(x, kernel_size, stride, lambda w: np.sqrt(np.mean(w**p)))


@lp_pool2d.mistake("The mean is taken inside of the root: `(sum / count) ** (1 / p)`.", SUM_FORM)
def divided_after_the_root(x, kernel_size, stride=None, p=2.0):
    """It divides by the number of cells after the root."""
    return each_window(x, kernel_size, stride, lambda w: np.sum(w**p) ** (1 / p) / w.size)


@lp_pool2d.mistake("How many numbers are in a window of 3 x 3?", SUM_FORM)
def divided_by_kernel_size(x, kernel_size, stride=None, p=2.0):
    """It divides by `kernel_size` and not by the number of cells in the window."""
    return each_window(x, kernel_size, stride, lambda w: (np.sum(w**p) / kernel_size) ** (1 / p))


@lp_pool2d.mistake("Only in the limit of a large `p` it is the maximum.", LIMITS)
def takes_maximum(x, kernel_size, stride=None, p=2.0):
    """It takes the maximum of each window."""
    return each_window(x, kernel_size, stride, np.max)


@lp_pool2d.mistake("`p` is a float: `int(p)` and `1 // p` cut it off.", POWERS)
def power_cut_off(x, kernel_size, stride=None, p=2.0):
    """It cuts `p` off to a whole number."""
    return _lp_pool2d(x, kernel_size, stride, max(1, int(p)))


@lp_pool2d.mistake("The logarithm of 0 is minus infinity. Take powers and roots directly.", ZERO)
def zeros_give_nan(x, kernel_size, stride=None, p=2.0):
    """A window of zeros gives NaN."""
    y = _lp_pool2d(x, kernel_size, stride, p)
    return np.where(y == 0, np.nan, y)


@lp_pool2d.mistake("Windows move by `stride`; `kernel_size` says only how wide they are.", STRIDE)
def stride_is_kernel(x, kernel_size, stride=None, p=2.0):
    """It moves the window by `kernel_size` and ignores `stride`."""
    return _lp_pool2d(x, kernel_size, None, p)


# ---- stochastic_pool2d -------------------------------------------------------------------------


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
        """Draw `again` times, so that a generator of its own is found whatever the luck."""
        setting = {"rng": int(rng.integers(2**32)), "calls": again, "again": again}
        return Case(tests, (x, *sizes), sizes_by_name, layout, setting | (tiled or {}))

    single = np.zeros((2, 4))
    single[0, 1], single[1, 2] = 40 + rng.permutation(9)[:2]
    yield case("one number above 0 in each window", single, 2)
    yield case(
        "a window of one cell changes nothing", 1.0 + rng.permutation(99)[:6].reshape(2, 3), 1
    )
    empty = np.zeros((2, 4))
    empty[1, 3] = rng.integers(40, 49)
    yield case("a window of zeros gives 0", empty, 2)
    yield case("one window", _positive(rng, 2, 2), 2)
    yield case("more columns than rows", _positive(rng, 2, 6), 2, again=10)
    yield case("a row and a column left over", _positive(rng, 7, 5), 2, again=4)
    yield case("windows that overlap", _positive(rng, 5, 6), 3, again=3, stride=1)
    yield case("a view of another array", _positive(rng, 7, 8), 2, 3, again=4, layout="strided")
    yield case("an input that is read-only", _positive(rng, 6, 7), 3, 2, again=4, layout="readonly")
    yield case("an input in Fortran order", _positive(rng, 9, 6), 3, 2, again=4, layout="F")
    yield case("very large numbers", _positive(rng, 4, 4) * 1e300, 2, again=8)
    pattern = rng.permutation([1.0, 2.0, 3.0, float(rng.integers(9, 12))]).reshape(2, 2)
    yield case(
        "many equal windows, each drawn on its own",
        np.tile(pattern, (16, 16)),
        2,
        again=1,
        tiled={"tiled": True, "calls": 8},
    )
    pattern = rng.permutation([0.0, 0, 0, 0, 0, 1, 2, 3, float(rng.integers(9, 12))])
    yield case(
        "equal windows with zeros in them",
        np.tile(pattern.reshape(3, 3), (12, 12)),
        3,
        again=1,
        tiled={"tiled": True, "calls": 12},
    )


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
    SET,
    oracle=_stochastic_pool2d,
    ladder=_chances,
    driver="stochastic",
    draws_results=False,
    accepts=chance.refuse,
    features=chance.features,
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
    return _expected(x, kernel_size, stride)


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


# ---- stochastic_pool2d_expected ----------------------------------------------------------------


def _expected(x, kernel_size, stride=None):
    """The oracle."""
    stride = None if stride is None else int(stride)
    return functional.stochastic_pool_expected(x, (int(kernel_size),) * 2, stride)


stochastic_pool2d_expected = Exercise(
    "stochastic_pool2d_expected",
    SET,
    oracle=_expected,
    ladder=_planes,
    tolerance=1e-9,
    show=show_window,
    link=CHANCE,
)


def _declare_expected(
    name: str, says: str, hint: str, reduce: Callable[[np.ndarray], Any], link: str = CHANCE
) -> None:
    """Declare a mistake that is a reduction of a window."""
    pool = _walk(reduce)
    pool.__name__, pool.__doc__ = name, says
    stochastic_pool2d_expected.mistake(hint, link)(pool)


def _or_zero(of: Callable[[np.ndarray], Any]) -> Callable[[np.ndarray], Any]:
    """Give 0 for a window of zeros."""
    return lambda window: of(window) if window.any() else 0.0


_declare_expected(
    "plain_average",
    "It averages without weights.",
    "Each number counts with its probability, and that is larger for larger numbers.",
    np.mean,
)
_declare_expected(
    "weights_not_normalised",
    "It adds the squares and does not divide by the sum.",
    "Probabilities add up to 1: divide by the sum of the window.",
    lambda w: (w * w).sum(),
)
_declare_expected(
    "mean_of_squares",
    "It divides the squares by the number of cells and not by the sum.",
    "Probabilities add up to 1: divide by the sum of the window.",
    lambda w: (w * w).mean(),
)
_declare_expected(
    "root_mean_square",
    "It takes the root of the mean square: Lp pooling with p = 2.",
    "The weights are `window / window.sum()`, and there is no root.",
    lambda w: np.sqrt((w * w).mean()),
)
_declare_expected(
    "softmax_weights",
    "It weighs by a softmax.",
    "The weights are `window / window.sum()`.",
    _or_zero(lambda w: (chance.LAWS["softmax"](w) * w).sum()),
)
_declare_expected(
    "maximum_for_expected",
    "It takes the maximum of each window.",
    "At test time every number counts, each with its probability.",
    np.max,
)
_declare_expected(
    "weights_added",
    "It adds the probabilities and not the weighted numbers.",
    "Multiply each number by its probability, and add then.",
    _or_zero(lambda w: 1.0),
)
_declare_expected(
    "zeros_left_out",
    "It averages the numbers above 0.",
    "Each number counts with its probability, and that is larger for larger numbers.",
    _or_zero(lambda w: w[w > 0].mean()),
)
_declare_expected(
    "nan_for_a_window_of_zeros",
    "A window of zeros gives NaN.",
    "0 / 0 is NaN: a window of zeros needs a case of its own.",
    lambda w: (w / w.max() * w).sum() / (w / w.max()).sum() if w.any() else np.nan,
    ZERO,
)


@stochastic_pool2d_expected.mistake(
    "Windows move by `stride`; `kernel_size` says only how wide they are.", STRIDE
)
def stride_taken_for_kernel(x, kernel_size, stride=None):
    """It moves the window by `kernel_size` and ignores `stride`."""
    return _expected(x, kernel_size)


# ---- mixed_pool2d ------------------------------------------------------------------------------


def _mixtures(rng: Draw) -> Iterator[Case]:
    """The ladder of mixed_pool2d: planes of any sign, with weights."""
    yield Case("one window, half and half", (arranged(rng, 2, 2), 2))
    yield Case("a window of one cell changes nothing", (reals(rng, 2, 3), 1))
    yield Case("the maximum alone", (arranged(rng, 4, 4), 2), {"lam": 1.0})
    yield Case("the mean alone", (arranged(rng, 4, 4), 2), {"lam": 0.0})
    yield Case("a quarter of the maximum", (arranged(rng, 2, 4), 2), {"lam": 0.25})
    yield Case("negative numbers only", (arranged(rng, 4, 4, low=-30, high=-1), 2), {"lam": 0.75})
    yield Case("numbers of both signs", (arranged(rng, 4, 6, low=-25, high=12), 2), {"lam": 0.25})
    yield Case("more columns than rows", (arranged(rng, 2, 6), 2), {"lam": 0.25})
    yield Case("a row and a column left over", (arranged(rng, 7, 5), 2), {"lam": 0.25})
    yield Case("windows that overlap", (arranged(rng, 5, 6), 3), {"stride": 1})
    yield Case("every argument by position", (arranged(rng, 7, 8, low=-50, high=20), 2, 3, 0.125))
    yield Case("an input that is read-only", (reals(rng, 7, 6), 3, 2, 0.3), layout="readonly")
    yield Case("an input in Fortran order", (reals(rng, 9, 10), 3, 2, 0.9), layout="F")
    yield Case("a view of another array", (reals(rng, 8, 11), 4, 3), layout="strided")
    yield Case("numbers far below 0", (reals(rng, 6, 6) * -1e300, 2), {"lam": 0.4})


def _mixed(x, kernel_size, stride=None, lam=0.5):
    """The oracle."""
    stride = None if stride is None else int(stride)
    return functional.mixed_pool(x, (int(kernel_size),) * 2, stride, lam=lam)


mixed_pool2d = Exercise(
    "mixed_pool2d",
    SET,
    oracle=_mixed,
    ladder=_mixtures,
    tolerance=1e-9,
    show=show_window,
    link=MIXED,
)


def _mix(x, kernel_size, stride, of: Callable[[float, float], float]):
    """Combine the maximum and the mean of each window."""
    return each_window(x, kernel_size, stride, lambda w: of(float(np.max(w)), float(np.mean(w))))


@mixed_pool2d.mistake("`lam` is the share of the maximum.", MIXED)
def shares_swapped(x, kernel_size, stride=None, lam=0.5):
    """It gives `lam` to the mean and the rest to the maximum."""
    return _mixed(x, kernel_size, stride, 1 - lam)


@mixed_pool2d.mistake("Which parameter of the function do you never read?", MIXED)
def always_half(x, kernel_size, stride=None, lam=0.5):
    """It does not use `lam` and mixes half and half."""
    return _mixed(x, kernel_size, stride)


@mixed_pool2d.mistake("The mean has the share `1 - lam`.", MIXED)
def mean_not_weighted(x, kernel_size, stride=None, lam=0.5):
    """It adds the whole mean to `lam` times the maximum."""
    return _mix(x, kernel_size, stride, lambda high, mean: lam * high + mean)


@mixed_pool2d.mistake("The maximum has the share `lam`.", MIXED)
def maximum_not_weighted(x, kernel_size, stride=None, lam=0.5):
    """It adds the whole maximum to `1 - lam` times the mean."""
    return _mix(x, kernel_size, stride, lambda high, mean: high + (1 - lam) * mean)


@mixed_pool2d.mistake("The shares are `lam` and `1 - lam`: they add up to 1.", MIXED)
def both_with_lam(x, kernel_size, stride=None, lam=0.5):
    """It gives `lam` to both."""
    return _mix(x, kernel_size, stride, lambda high, mean: lam * high + lam * mean)


@mixed_pool2d.mistake("Mixing means a weighted sum here, not a choice.", MIXED)
def one_chosen(x, kernel_size, stride=None, lam=0.5):
    """It takes the maximum if `lam` is at least one half, and the mean if not."""
    return _mix(x, kernel_size, stride, lambda high, mean: high if lam >= 0.5 else mean)


@mixed_pool2d.mistake("The second part is the mean, not the sum.", MIXED)
def sum_in_place_of_mean(x, kernel_size, stride=None, lam=0.5):
    """It mixes the maximum with the sum."""
    n = kernel_size**2
    return _mix(x, kernel_size, stride, lambda high, mean: lam * high + (1 - lam) * mean * n)


@mixed_pool2d.mistake("The second part is the mean, not the minimum.", MIXED)
def minimum_in_place_of_mean(x, kernel_size, stride=None, lam=0.5):
    """It mixes the maximum with the minimum."""
    return each_window(x, kernel_size, stride, lambda w: lam * w.max() + (1 - lam) * w.min())


@mixed_pool2d.mistake("A maximum may be negative: start from the first number, not from 0.", MIXED)
def maximum_from_zero(x, kernel_size, stride=None, lam=0.5):
    """Its maximum compares with 0 as well."""
    return _mix(x, kernel_size, stride, lambda high, mean: lam * max(high, 0.0) + (1 - lam) * mean)


@mixed_pool2d.mistake(
    "Windows move by `stride`; `kernel_size` says only how wide they are.", STRIDE
)
def stride_ignored(x, kernel_size, stride=None, lam=0.5):
    """It moves the window by `kernel_size` and ignores `stride`."""
    return _mixed(x, kernel_size, None, lam)


@mixed_pool2d.mistake("`stride=None` means: as far as the window is wide.", DEFAULT_STRIDE)
def default_stride_one(x, kernel_size, stride=None, lam=0.5):
    """It takes a stride of None to mean 1."""
    return _mixed(x, kernel_size, stride or 1, lam)


# ---- fractional_starts -------------------------------------------------------------------------


def _fractional_starts(in_size, out_size, kernel_size, u):
    """The oracle."""
    last = int(in_size) - int(kernel_size)
    if out_size == 1:
        return [last]
    alpha = last / (out_size - 1)
    return [int((i + u) * alpha) - int(u * alpha) for i in range(out_size - 1)] + [last]


def _sequences(rng: Draw) -> Iterator[Case]:
    """The ladder of fractional_starts."""

    def case(tests: str, *sizes: int, u: tuple[float, float]) -> Case:
        """Draw u from a range in which it decides nothing by rounding, or in another step."""
        in_size, out_size, kernel = sizes
        alpha = (in_size - kernel) / (out_size - 1)
        while True:
            drawn = float(np.round(rng.uniform(*u), 3))
            ends = (np.arange(out_size) + drawn) * alpha
            if drawn == 0 or (np.abs(ends - np.round(ends)) > 1e-6).all():
                return Case(tests, (*sizes, drawn))

    yield Case("a single window: the last start", (int(rng.integers(4, 8)), 1, 2, 0.25))
    yield case("two windows", 5, 2, 2, u=(0.35, 0.97))
    yield case("u = 0 and a whole step", 9, 5, 1, u=(0, 0))
    yield case("a whole step", 10, 5, 2, u=(0.57, 0.88))
    yield case("steps of 1 and 2", 8, 5, 2, u=(0.52, 0.65))
    yield case("u near 1", 10, 6, 2, u=(0.82, 0.97))
    yield case("u near 0", 11, 7, 2, u=(0.04, 0.05))
    yield case("a window of one cell", 10, 6, 1, u=(0.24, 0.54))
    yield case("a window of three cells", 14, 7, 3, u=(0.65, 0.97))
    yield case("as many windows as cells", 6, 6, 1, u=(0.03, 0.78))
    yield case("steps of 2 and 3", 24, 10, 2, u=(0.47, 0.8))
    yield case("the ratio 1.41, as in the paper", 32, 23, 2, u=(0.75, 0.97))
    names = ("in_size", "out_size", "kernel_size", "u")
    args = case("", 27, 17, 2, u=(0.06, 0.62)).args
    yield Case("sizes by name", (), dict(zip(names, args, strict=True)))
    yield case("a long axis", 97, 61, 3, u=(0.68, 0.97))


def _show_starts(case: Case, at: Index | None) -> list[dict[str, Any]]:
    """Draw the cells of the axis, with the window of the first wrong start."""
    names = ("in_size", "out_size", "kernel_size", "u")
    given = dict(zip(names, case.args, strict=False)) | case.kwargs
    index = at[0] if at else 0
    start = _fractional_starts(**given)[index]
    title = f"{given['in_size']} cells, and window {index}"
    window = (0, start, 1, int(given["kernel_size"]))
    return [{"values": [range(int(given["in_size"]))], "window": window, "title": title}]


fractional_starts = Exercise(
    "fractional_starts",
    SET,
    oracle=_fractional_starts,
    ladder=_sequences,
    show=_show_starts,
    link=FRACTIONS,
)


def _starts(in_size, out_size, kernel_size, u, start, alpha=None, last=True):
    """Compute starts with another formula."""
    end = in_size - kernel_size
    if out_size == 1:
        return [end]
    alpha = end / (out_size - 1) if alpha is None else alpha
    found = [int(start(i, alpha)) for i in range(out_size)]
    return [*found[:-1], end] if last else found


@fractional_starts.mistake(
    "The first window begins at cell 0: subtract `int(u * alpha)`.", FRACTIONS
)
def first_start_not_subtracted(in_size, out_size, kernel_size, u):
    """It does not subtract `int(u * alpha)`."""
    return _starts(in_size, out_size, kernel_size, u, lambda i, a: int((i + u) * a))


@fractional_starts.mistake(
    "Round the two terms down one by one. Together they lose `u`.", FRACTIONS
)
def u_without_effect(in_size, out_size, kernel_size, u):
    """Its starts do not depend on `u`: `i * alpha` rounded down."""
    return _starts(in_size, out_size, kernel_size, u, lambda i, a: int(i * a))


@fractional_starts.mistake("`int` cuts off; `round` goes to the nearest.", FRACTIONS)
def rounded_to_nearest(in_size, out_size, kernel_size, u):
    """It rounds to the nearest whole number, and not down."""
    return _starts(
        in_size,
        out_size,
        kernel_size,
        u,
        lambda i, a: int((i + u) * a + 0.5) - int(u * a + 0.5),
    )


@fractional_starts.mistake(
    "The room to move is `in_size - kernel_size`, in `out_size - 1` steps.", FRACTIONS
)
def ratio_of_sizes(in_size, out_size, kernel_size, u):
    """It takes `in_size / out_size` for alpha."""
    alpha = in_size / out_size
    return _starts(
        in_size, out_size, kernel_size, u, lambda i, a: int((i + u) * a) - int(u * a), alpha
    )


@fractional_starts.mistake("Between `out_size` windows there are `out_size - 1` steps.", FRACTIONS)
def one_step_too_many(in_size, out_size, kernel_size, u):
    """It divides by `out_size` and not by `out_size - 1`."""
    alpha = (in_size - kernel_size) / out_size
    return _starts(
        in_size, out_size, kernel_size, u, lambda i, a: int((i + u) * a) - int(u * a), alpha
    )


@fractional_starts.mistake("`//` makes alpha a whole number, and the steps all equal.", FRACTIONS)
def alpha_rounded_down(in_size, out_size, kernel_size, u):
    """It rounds alpha down to a whole number."""
    alpha = (in_size - kernel_size) // max(1, out_size - 1)
    return _starts(
        in_size, out_size, kernel_size, u, lambda i, a: int((i + u) * a) - int(u * a), alpha
    )


@fractional_starts.mistake(
    "The kernel has to fit behind the last start: the room is `in_size - kernel_size`.", FRACTIONS
)
def kernel_forgotten(in_size, out_size, kernel_size, u):
    """It computes alpha from `in_size - 1`, as if the kernel had one cell."""
    alpha = (in_size - 1) / max(1, out_size - 1)
    return _starts(
        in_size, out_size, kernel_size, u, lambda i, a: int((i + u) * a) - int(u * a), alpha
    )


@fractional_starts.mistake(
    "With one window there is no step to compute; its start is given.", FRACTIONS
)
def single_window_at_zero(in_size, out_size, kernel_size, u):
    """With a single window it starts at cell 0."""
    return [0] if out_size == 1 else _fractional_starts(in_size, out_size, kernel_size, u)


@fractional_starts.mistake("Is `out_size - 1` ever 0?", FRACTIONS)
def division_by_zero(in_size, out_size, kernel_size, u):
    """With a single window it divides by zero."""
    alpha = (in_size - kernel_size) / (out_size - 1)
    return _starts(
        in_size, out_size, kernel_size, u, lambda i, a: int((i + u) * a) - int(u * a), alpha
    )


@fractional_starts.mistake("The contract asks for the starts alone.", FRACTIONS)
def pairs_for_starts(in_size, out_size, kernel_size, u):
    """It returns pairs of start and end."""
    starts = _fractional_starts(in_size, out_size, kernel_size, u)
    return [(start, start + kernel_size) for start in starts]


# ---- questions ---------------------------------------------------------------------------------

p_to_infinity = question(
    "p_to_infinity",
    SET,
    asks='What does lp_pool2d tend to as p grows: "max", "mean", "sum" or "min"?',
    answer="max",
    link=LIMITS,
    wrong={
        "mean": (
            "that_is_p_one",
            "The mean is the case p = 1.",
            "Try a window with a 1 and a 2: what is 2**p to 1**p if p is 100?",
        ),
        "sum": (
            "that_is_the_sum_form",
            "The sum belongs to the sum form with p = 1.",
            "Try a window with a 1 and a 2: what is 2**p to 1**p if p is 100?",
        ),
        "min": (
            "that_is_minus_infinity",
            "The minimum is the limit as p falls without bound.",
            "Which number of a window do large powers favour?",
        ),
    },
)
