"""Every known mistake is rejected, by its own name and no other, whatever the numbers are."""

import pytest

from pooledu.checks import exercise_names, find, judging, observing
from pooledu.checks.comparing import equal

SEEDS = range(5)
PAIRS = [(name, m.name) for name in exercise_names() for m in find(name).misconceptions]


def verdict_on(exercise, work, seed):
    calls = judging.plan(exercise, seed)
    return judging.judge(exercise, seed, observing.observe(work, calls))


def named(exercise, name):
    return next(m for m in exercise.misconceptions if m.name == name)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("exercise", "name"), PAIRS)
def test_every_misconception_is_rejected_under_its_own_name(exercise, name, seed, monkeypatch):
    exercise = find(exercise)
    monkeypatch.setattr(exercise, "forbidden", ())
    verdict = verdict_on(exercise, named(exercise, name).wrong, seed)
    assert not verdict.passed
    assert verdict.misconception == name
    assert verdict.hint
    assert verdict.link


@pytest.mark.parametrize("exercise", exercise_names())
def test_the_oracle_passes_its_own_ladder(exercise, monkeypatch):
    exercise = find(exercise)
    monkeypatch.setattr(exercise, "forbidden", ())
    for seed in SEEDS:
        assert verdict_on(exercise, exercise.oracle, seed).passed


@pytest.mark.parametrize("exercise", exercise_names())
def test_a_ladder_has_the_same_rungs_for_every_seed_and_other_numbers(exercise):
    exercise = find(exercise)
    ladders = [exercise.cases(seed) for seed in SEEDS]
    rungs = [[case.tests for case in ladder] for ladder in ladders]
    assert all(each == rungs[0] for each in rungs)
    assert len(set(rungs[0])) == len(rungs[0])
    if not exercise.is_question:
        first, second = ([(c.args, c.kwargs) for c in ladder] for ladder in ladders[:2])
        assert not all(equal(list(a[0]), list(b[0])) for a, b in zip(first, second, strict=True))
