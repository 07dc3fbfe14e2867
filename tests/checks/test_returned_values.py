"""Whatever a function returns, check and judge have a verdict, soon, and a short one."""

import collections
import functools
import itertools
import time

import numpy as np
import pytest

from pooledu.checks import exercise_names, find, judging
from pooledu.checks.calling import make_call
from pooledu.checks.calls import MAX_ITEMS, Call, Observation, Opaque, plain

Pair = collections.namedtuple("Pair", "y indices")
pytestmark = pytest.mark.slow
DTYPES = [
    "?",
    "i1",
    "u8",
    "i8",
    ">i4",
    "f2",
    "f4",
    "f8",
    ">f8",
    "g",
    "c8",
    "c16",
    "O",
    "U3",
    "M8[s]",
]
SHAPES = [
    shape
    for ndim in range(5)
    for shape in itertools.product((0, 1, 2, 3), repeat=ndim)
    if ndim < 3 or len(set(shape)) > 1
]
LONG = [(100, 0), (0, 100), (1000, 1000), (10**6,), (1, 1, 1, 10**5)]


class Refuses:
    """Answers nothing."""

    def __getattribute__(self, name):
        raise RuntimeError(name)


class Endless(list):
    """A list that says it is long."""

    def __len__(self):
        return 10**9

    def __iter__(self):
        return itertools.count()


def kinds():
    """Values of every kind that Python and NumPy have."""
    yield from (None, ..., True, 0, -1, 2**62, 2**63, 10**400, 0.0, -0.0, 1e308, float("nan"))
    yield from (1j, "", "max", "9" * 100_000, b"bytes", {1}, {"a": 1}, object(), int, Refuses())
    yield from (Endless([1]), range(3), np.float32(1), np.str_("C"), np.complex64(1), np.bool_(1))
    yield from ([], (), [[]], [[[[[[]]]]]], [None], Pair(np.zeros((2, 2)), np.zeros((2, 2))))
    yield from ([[0] * 100] * 10_000, ["x" * 1000] * 3000, [[["x" * 5000] * 20] * 20] * 20)
    yield [np.zeros(1000)] * 5000
    for length in (1, 2, 3, 7, 36):
        yield from ([0] * length, (1.5,) * length, [(0, 1)] * length, [np.zeros((2, 2))] * length)


def arrays():
    """Arrays of every shape in some dtype, and of some shape in every dtype."""
    for number, shape in enumerate(SHAPES):
        yield np.zeros(shape, DTYPES[number % len(DTYPES)])
    for shape in LONG:
        yield np.zeros(shape)
    for dtype in DTYPES:
        yield np.zeros((2, 2), dtype)
    yield np.full((2, 2), np.nan)
    yield np.broadcast_to(np.float64(1), (10**5, 10**5))
    yield np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]], mask=[[0, 1], [0, 0]])
    yield np.rec.array([(1, 2.0)], dtype=[("a", int), ("b", float)])


def like(expected):
    """Values that are nearly right: another dtype, a part, one number or item changed."""
    if isinstance(expected, np.ndarray):
        for dtype in DTYPES[:-1]:
            with np.errstate(all="ignore"):
                yield expected.astype(dtype)
        yield from (-expected, expected[..., None], expected[None], expected[:0], expected.tolist())
        yield expected * np.nan
    elif isinstance(expected, list | tuple):
        yield from (list(expected), expected[:-1], (*expected, None), expected[::-1])
        for item in expected[:3]:
            for other in itertools.islice(like(item), 12):
                yield (other, *expected[1:])
    else:
        yield from (str(expected), [expected], np.array(expected), np.array([expected]))


@pytest.fixture
def small(monkeypatch):
    """Two cases of an exercise, whose results are computed once."""

    def shrink(name):
        exercise = find(name)
        cases = list(itertools.islice(exercise.ladder(judging_rng(exercise)), 2))
        results = {id(case): exercise.expect(case) for case in cases}
        monkeypatch.setattr(exercise, "cases", lambda seed: cases)
        monkeypatch.setattr(exercise, "expect", lambda case: results[id(case)])
        monkeypatch.setattr(exercise, "misconceptions", exercise.misconceptions[:3])
        outcome = functools.cache(
            lambda work, number: type(exercise).outcome(exercise, work, cases[number])
        )
        numbers = {id(case): number for number, case in enumerate(cases)}
        if not exercise.is_question:  # whose wrong answers may be lists
            monkeypatch.setattr(
                exercise, "outcome", lambda work, case: outcome(work, numbers[id(case)])
            )
        return exercise, [results[id(case)] for case in cases]

    return shrink


def judging_rng(exercise):
    from pooledu.checks.exercise import Draw

    return Draw(7, exercise.name)


def verdict_on(exercise, observations):
    """Judge, and show the verdict in every way."""
    verdict = judging.judge(exercise, 7, observations)
    shown = verdict.out_of(3)._repr_mimebundle_()
    assert len(verdict.message) < 20_000
    assert len(shown["text/html"]) < 200_000
    shown["text/html"].encode()
    return verdict


@pytest.mark.parametrize("name", exercise_names())
@pytest.mark.filterwarnings("ignore")
def test_no_returned_value_makes_the_judge_raise_or_slow_or_its_verdict_large(name, small):
    exercise, expected = small(name)
    calls = judging.plan(exercise, 7)
    first = exercise_names().index(name) % 3  # each exercise gets a third of the arrays
    for value in itertools.chain(
        kinds(), itertools.islice(arrays(), first, None, 3), like(expected[0])
    ):
        started = time.perf_counter()
        seen = make_call(lambda *_, value=value, **__: value, Call(), [])
        verdict_on(exercise, [seen] * len(calls))
        assert time.perf_counter() - started < 5, type(value)


@pytest.mark.parametrize("name", exercise_names())
@pytest.mark.filterwarnings("ignore")
def test_a_second_call_may_go_wrong_in_any_way_after_a_right_first_one(name, small):
    exercise, expected = small(name)
    calls = judging.plan(exercise, 7)
    if len(calls) == len(expected):
        return  # nothing is called twice
    right = [Observation("returned", value) for value in expected]
    again = [Observation(what) for what in ("slow", "stuck")]
    again += [Observation("raised", error="KeyError: 'lost'"), Observation("returned", None)]
    again += [Observation("returned", value) for value in like(expected[0])]
    for second in again:
        verdict = verdict_on(exercise, [*right, right[1], second])
        if not verdict.passed:
            assert verdict.score == 0.5
            assert verdict.says


def test_a_named_tuple_is_a_tuple_and_a_subclass_what_it_is_made_of():
    pair = plain(Pair(np.zeros(2), 3))
    assert type(pair) is tuple
    assert plain(Endless([1, 2])) == [1, 2]
    assert type(plain(np.str_("C"))) is str


def test_items_texts_and_bytes_of_a_value_are_bounded_in_all():
    assert isinstance(plain([[0] * 100] * (MAX_ITEMS // 50)), Opaque)
    texts = plain(["x" * 1000] * 3000)
    assert sum(map(len, texts)) <= 20_000
    large = plain([np.zeros(2**16)] * 100)
    assert sum(item.nbytes for item in large if isinstance(item, np.ndarray)) <= 2**22
