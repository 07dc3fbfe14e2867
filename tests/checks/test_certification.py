"""Every known mistake is rejected, by its own name and no other, whatever the numbers are."""

import warnings
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from pooledu.checks import exercise_names, find, judging, kill_matrix
from pooledu.checks.comparing import equal
from pooledu.checks.observing import make_call
from tests.sampling import one_in

PAIRS = [(name, m.name) for name in exercise_names() for m in find(name).misconceptions]
FUNCTIONS = [name for name in exercise_names() if not find(name).is_question]
SEEDS = one_in(2, (0, 1, 20_26))


@pytest.fixture(autouse=True)
def _quiet():
    """Wrong solutions divide by zero and overflow."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def named(exercise, name):
    return next(m for m in exercise.misconceptions if m.name == name)


def observe_trusted(exercise, work, seed):
    """Make the calls in this thread; misconceptions may use forbidden libraries."""
    earlier = []
    calls = judging.plan(exercise, seed)
    return [make_call(work, _allowed(call), earlier) for call in calls]


def _allowed(call):
    return type(call)(**{**vars(call), "forbidden": ()})


def is_slow(exercise):
    return exercise.driver not in ("call", "value")


@pytest.mark.parametrize(("exercise", "name"), PAIRS)
def test_a_misconception_is_rejected_under_its_own_name_and_with_one_score(exercise, name):
    exercise, scores = find(exercise), set()
    for seed in SEEDS[:1] if is_slow(exercise) else SEEDS:
        seen = observe_trusted(exercise, named(exercise, name).wrong, seed)
        verdict = judging.judge(exercise, seed, seen)
        assert not verdict.passed
        assert verdict.misconception == name
        assert verdict.hint
        assert verdict.link.startswith("book/")
        ET.fromstring(f"<body>{verdict.html}</body>")
        scores.add(verdict.score)
    assert len(scores) == 1


@pytest.mark.parametrize("exercise", FUNCTIONS)
def test_a_case_rejects_the_same_mistakes_whatever_the_numbers_are(exercise):
    """So the score that a student sees is the score that the judge gives."""
    local = kill_matrix(exercise)
    assert local.kills.any(axis=1).all()
    for seed in range(10_000, 10_002 if is_slow(find(exercise)) else 10_010):
        drawn = kill_matrix(exercise, seed)
        differ = drawn.kills != local.kills
        names = [name for name, _ in local.misconceptions]
        assert [(names[i], local.cases[j]) for i, j in np.argwhere(differ)] == []


@pytest.mark.parametrize("exercise", exercise_names())
def test_the_oracle_passes_its_own_ladder(exercise):
    exercise = find(exercise)
    for seed in SEEDS[:1] if is_slow(exercise) else SEEDS:
        seen = observe_trusted(exercise, exercise.oracle, seed)
        assert judging.judge(exercise, seed, seen).passed


@pytest.mark.parametrize("exercise", exercise_names())
def test_a_ladder_has_the_same_rungs_for_every_seed_and_other_numbers(exercise):
    exercise = find(exercise)
    ladders = [exercise.cases(seed) for seed in SEEDS]
    rungs = [[case.tests for case in ladder] for ladder in ladders]
    assert all(each == rungs[0] for each in rungs)
    assert len(set(rungs[0])) == len(rungs[0])
    if not exercise.is_question:
        first, second = ([flat(c) for c in ladder] for ladder in ladders[:2])
        assert not all(equal(a, b) for a, b in zip(first, second, strict=True))


def flat(case):
    """The numbers in a case, models and settings included."""
    found = []

    def visit(data):
        if isinstance(data, dict):
            data = list(data.values())
        if isinstance(data, list | tuple):
            for each in data:
                visit(each)
        else:
            found.append(data.item() if isinstance(data, np.generic) else data)

    visit([case.args, case.kwargs, case.setting])
    return found


@pytest.mark.parametrize("exercise", exercise_names())
def test_a_seed_always_gives_the_same_cases(exercise):
    exercise = find(exercise)
    first, second = ([flat(c) for c in exercise.cases(7)] for _ in range(2))
    assert all(equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("exercise", FUNCTIONS)
def test_an_exercise_has_at_least_eight_misconceptions(exercise):
    names = [m.name for m in find(exercise).misconceptions]
    assert len(names) >= 8
    assert len(set(names)) == len(names)


def test_the_exercises_are_those_of_the_course():
    sets = {}
    for name in FUNCTIONS:
        sets.setdefault(find(name).problem_set, []).append(name)
    assert sets == {
        "ps1_windows": ["output_size", "max_pool2d", "avg_pool2d"],
        "ps2_borders": ["max_pool2d_padded", "avg_pool2d_padded"],
        "ps3_global_adaptive": [
            "global_avg_pool2d",
            "adaptive_bins",
            "adaptive_avg_pool2d",
            "class_activation_map",
        ],
        "ps4_backward": [
            "max_pool2d_forward",
            "max_pool2d_backward",
            "avg_pool2d_backward",
            "max_unpool2d",
            "max_pool2d_autograd",
        ],
        "ps5_variants": [
            "lp_pool2d",
            "stochastic_pool2d",
            "stochastic_pool2d_expected",
            "mixed_pool2d",
            "fractional_starts",
        ],
        "ps6_pool_vs_stride": [
            "receptive_field",
            "replace_max_pool",
            "replace_head",
            "shift_consistency",
        ],
        "ps7_other_ways": [
            "min_pool2d",
            "fold_average",
            "max_by_relu",
            "pool_cost",
            "softmax_pool2d",
            "masked_avg_pool1d",
            "cam_overlay",
            "parameters_saved",
        ],
    }
