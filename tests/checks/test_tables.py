"""A table of remembered answers, made with all that is public or was shown, earns little."""

import numpy as np
import pytest

from pooledu.checks import find, judging
from pooledu.checks.calling import make_call
from pooledu.grading.judge.judge import Judge

SECRET = bytes(range(32))


def rows(exercise, seeds):
    """What the cases of some seeds give away: the answer to every call."""
    return {
        repr((case.args, sorted(case.kwargs.items()))): exercise.expect(case)
        for seed in seeds
        for case in exercise.cases(seed)
    }


@pytest.mark.parametrize("name", ["output_size"])
def test_a_table_of_a_hundred_thousand_rows_earns_at_most_a_tenth(name):
    exercise = find(name)
    remembered = rows(exercise, range(4500))
    assert len(remembered) > 80_000

    def table(*args, **kwargs):
        return remembered.get(repr((args, sorted(kwargs.items()))), 1)

    scores = []
    for seed in np.random.default_rng(0).integers(2**40, 2**50, 5).tolist():
        seen = [make_call(table, call, []) for call in judging.plan(exercise, seed)]
        scores.append(judging.judge(exercise, seed, seen).score)
    assert np.mean(scores) <= 0.1


def test_the_inputs_of_a_second_submission_are_others_and_those_of_the_same_one_are_not():
    seeds = {Judge(SECRET, "s01", sources=text).seed("output_size") for text in ("a", "b", "a")}
    assert len(seeds) == 2
    assert Judge(SECRET, "s01", sources="a").seed("output_size") in seeds
