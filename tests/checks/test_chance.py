"""Draws are judged so that bad luck fails nobody, and a wrong law is found out."""

import itertools
import math

import numpy as np
import pytest

from pooledu import check
from pooledu.checks import find
from pooledu.exercises.ps5_variants import chance, drawing
from tests.checks.right.ps5_ps6 import stochastic_inverse


def binomial_tail(trials, probability):
    """The exact probability that a count is called implausible."""
    return sum(
        math.comb(trials, count) * probability**count * (1 - probability) ** (trials - count)
        for count in range(trials + 1)
        if chance.implausible(count, trials, probability)
    )


@pytest.mark.parametrize(
    ("trials", "probability"),
    [*itertools.product([1, 8, 200, 1000], [0.01, 0.3, 0.5, 0.8])],
)
def test_a_right_count_is_called_wrong_less_often_than_promised(trials, probability):
    assert binomial_tail(trials, probability) <= chance.FALSE_ALARM / chance.COMPARISONS


def test_a_check_looks_at_fewer_counts_than_are_paid_for():
    tiled = [case for case in find("stochastic_pool2d").cases(0) if case.setting.get("tiled")]
    counts = sum(int(case.args[1]) ** 2 + 2 for case in tiled)
    assert counts <= chance.COMPARISONS


def power(draws, right, wrong):
    """The chance that a count of a wrong probability is called implausible, computed exactly."""
    missed = sum(
        math.exp(
            math.lgamma(draws + 1)
            - math.lgamma(count + 1)
            - math.lgamma(draws - count + 1)
            + count * math.log(max(wrong, 1e-300))
            + (draws - count) * math.log(max(1 - wrong, 1e-300))
        )
        for count in range(draws + 1)
        if not chance.implausible(count, draws, right)
    )
    return 1 - missed


def tiled_patterns(seed):
    """The repeated window of each case that judges a law, and how often it is drawn from."""
    for case in find("stochastic_pool2d").cases(seed):
        if case.setting.get("tiled"):
            kernel = int(case.args[1])
            draws = case.setting["calls"] * (case.args[0].size // kernel**2)
            yield case.args[0][:kernel, :kernel].ravel(), draws


@pytest.mark.parametrize("law", [law for law in chance.LAWS if law != "proportional"])
def test_each_wrong_law_is_refused_with_a_power_above_0_999(law):
    powers = []
    for pattern, draws in tiled_patterns(3):
        right, wrong = chance.LAWS["proportional"](pattern), chance.LAWS[law](pattern)
        powers += [power(draws, p, q) for p, q in zip(right, wrong, strict=True)]
    assert max(powers) > 0.999


def test_a_probability_that_is_off_by_the_smallest_effect_is_refused():
    pattern, draws = next(tiled_patterns(3))
    for p in chance.LAWS["proportional"](pattern):
        for q in (p - chance.SMALLEST_EFFECT, p + chance.SMALLEST_EFFECT):
            assert power(draws, p, q) > 0.99


def test_neighbours_that_copy_each_other_are_found():
    rng = np.random.default_rng(0)
    alone = rng.integers(0, 4, (8, 16, 16))
    copied = np.repeat(alone[:, :, ::2], 2, axis=2)
    assert not any(chance.linked(alone, 0.25))
    assert any(chance.linked(copied, 0.25))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda drawn: drawn.astype(np.float32), "dtype float32"),
        (lambda drawn: np.where(drawn == drawn.max(), np.nan, drawn), "NaN"),
        (lambda drawn: drawn[:, :1], "has shape (1, 1), and (1, 2) was expected"),
        (lambda drawn: drawn + 0.5, "no number of the window"),
    ],
)
def test_what_was_not_drawn_from_the_windows_is_refused(spoil, says):
    def spoiled(x, kernel_size, stride=None, *, rng):
        return spoil(stochastic_inverse(x, kernel_size, stride, rng=rng))

    verdict = check(spoiled, exercise="stochastic_pool2d")
    assert not verdict.passed
    assert says in " ".join(verdict.says)


LAW_OF = {
    "drawn_uniformly": "uniform",
    "drawn_by_squares": "squared",
    "drawn_uniformly_above_zero": "uniform over what is not 0",
    "always_the_maximum": "maximum",
    "expected_for_drawn": "expected",
    "average_for_drawn": "average",
}


@pytest.mark.parametrize("name", LAW_OF)
def test_a_law_is_seen_whatever_the_size_of_the_numbers_and_where_some_are_equal(name):
    exercise = find("stochastic_pool2d")
    mistake = next(each for each in exercise.misconceptions if each.name == name)
    tiled = [case for case in exercise.cases(0) if case.setting.get("tiled")]
    assert {np.ptp(case.args[0]) < 1e-9 for case in tiled} == {True, False}
    for case in tiled:
        features = drawing.features(case, exercise.outcome(mistake.wrong, case).value)
        assert LAW_OF[name] in features[-1]
        assert features[-1].isdisjoint({"maximum", "expected", "average"} - {LAW_OF[name]})
