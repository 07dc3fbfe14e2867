"""Whatever comes from the student's side, the judge has a verdict, and it is not "passed"."""

import itertools
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from pooledu.checks import exercise_names, find, judging
from pooledu.checks.calls import Observation, Opaque

STRANGE = {
    "nothing": None,
    "a truth": True,
    "an int of 4,000 digits": 10**4000,
    "an int too large for an int64": 1 << 63,
    "not a number": float("nan"),
    "infinity": float("inf"),
    "an empty text": "",
    "half of a character": "\ud800",
    "something that is no data": Opaque("<script>"),
    "an empty list": [],
    "an empty tuple": (),
    "an empty dict": {},
    "lists in lists": [[[]]],
    "a dict of lists": {"a": [1, {}], "x": 10**4000},
    "a description of a network": [["conv", {}]],
    "small and large ints": [1, 2, 10**300],
    "two large ints": (10**4000,) * 2,
    "three large ints": [10**4000] * 3,
    "three times half of a character": ["\udfff"] * 3,
    "an empty array": np.array([]),
    "an array without rows": np.zeros((0, 5)),
    "an array without axes": np.array(3.0),
    "a complex number": np.array(3 + 4j),
    "complex numbers": np.zeros((2, 2), dtype=np.complex64),
    "truths": np.array([True, False]),
    "thirty axes": np.zeros((1,) * 30),
    "infinities": np.full((1, 1, 2, 2), np.inf),
    "numbers whose sum overflows": np.full((2, 2), 1e308),
    "the smallest ints": np.full((4, 4), -(2**63), dtype=np.int64),
    "NumPy's NaN": np.float16(np.nan),
    "NumPy's largest int": np.uint64(2**64 - 1),
    "arrays of several lengths": [np.zeros((2, 2)), np.zeros((3,))],
    "indices far away": (np.zeros((2, 2)), np.full((2, 2), 2**62)),
    "a pair of batches": (np.zeros((1, 1, 2, 2)), np.zeros((1, 1, 2, 2), dtype=np.int64)),
}


@pytest.mark.parametrize("name", exercise_names())
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_judge_has_a_verdict_on_any_answer(name):
    ladder = find(name).ladder
    exercise = replace(find(name), ladder=lambda rng: itertools.islice(ladder(rng), 2))
    calls = judging.plan(exercise, 7)
    for what, value in STRANGE.items():
        verdict = judging.judge(exercise, 7, [Observation("returned", value)] * len(calls))
        assert not verdict.passed, what
        shown = verdict.out_of(3)._repr_mimebundle_()
        assert shown["text/plain"] == "0", what
        ET.fromstring(f"<body>{shown['text/html']}</body>")
        shown["text/html"].encode()


@pytest.mark.parametrize("name", ["output_size", "max_pool2d"])
def test_what_is_expected_of_a_case_that_is_given_out_is_computed_once(name):
    known, asked = find(name), []

    def oracle(*args, **kwargs):
        asked.append(args)
        return known.oracle(*args, **kwargs)

    exercise = replace(known, oracle=oracle)
    judging.plan(exercise, 7)
    before = len(asked)
    observations = [exercise.outcome(known.oracle, case) for case in exercise.cases(7)]
    assert judging.judge(exercise, 7, observations + observations[::-1]).passed
    assert len(asked) == before


@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d_padded"])
def test_an_oracle_that_remembers_gives_everyone_their_own_result(name):
    oracle, x = find(name).oracle, np.arange(16.0).reshape(4, 4)
    first = oracle(x, 2)
    right = first.copy()
    first[:] = -1
    np.testing.assert_array_equal(oracle(x, 2), right)
    np.testing.assert_array_equal(oracle(x, 2, 2), right)
    x[:] = x[::-1].copy()
    assert not np.array_equal(oracle(x, 2), right)


def test_an_oracle_that_fails_on_drawn_numbers_is_said_with_its_reason():
    known = find("max_pool2d")

    def oracle(x, kernel_size, stride=None):
        if 0 < x[0, 0] < 100 and round(x[0, 0], 1) != x[0, 0]:  # a student's have one decimal
            raise ValueError("too many decimals")
        return known.oracle(x, kernel_size, stride)

    exercise = replace(known, oracle=oracle)
    assert judging.plan(exercise, 0)
    with pytest.raises(RuntimeError, match=r"oracle of max_pool2d fails .*too many decimals"):
        judging.plan(exercise, 7)
