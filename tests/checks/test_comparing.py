"""Whether two results are equal, and what is said where they are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pooledu.checks.calls import Opaque, plain
from pooledu.checks.comparing import differences, equal, patterns
from pooledu.checks.words import say


def described(expected, actual):
    return " ".join(map(say, differences(expected, actual)))


A = np.array([[1.5, 5.0, 2.0], [8.0, 3.0, 9.0], [4.0, 7.0, 6.0]])


@pytest.mark.parametrize(
    ("actual", "says"),
    [
        (A.T.copy(), "transposed"),
        (A[::-1].copy(), "rows are in the opposite order"),
        (A[:, ::-1].copy(), "columns are in the opposite order"),
        (3 * A, "3 times what it should be"),
        (A + 2, "2 more than it should be"),
        (A - 0.5, "0.5 less than it should be"),
        (-A, "opposite sign"),
        (np.vstack([A[1:], A[:1]]), "off by one row: row i holds what belongs into row i + 1"),
        (
            np.hstack([A[:, 2:], A[:, :2]]),
            "off by one column: column i holds what belongs into column i - 1",
        ),
        (np.where(A == 3, A, 0), "Only numbers at the border"),
        (A * 0.99999, "0.99999 times what it should be"),
        (np.where(A == 3, np.nan, A), "1 of 9 numbers is NaN"),
        (np.where(A == 3, 4, A), "1 of 9 numbers is wrong"),
        (A.astype(np.float32), "The numbers are right. The array has dtype float32"),
        (A[:2], "one row too few"),
        (np.hstack([A, A]), "three columns too many"),
        (A[0], "has shape (3,)"),
        (A.tolist(), "a list, and a NumPy array was expected"),
        (None, "is a `return` missing?"),
        (Opaque("a Liar"), "a Liar, and a NumPy array was expected"),
    ],
)
def test_what_differs_is_said_in_words(actual, says):
    assert not equal(A, actual)
    assert says in described(A, actual)


def test_few_wrong_numbers_that_happen_to_lie_at_the_border_are_not_called_so():
    few = np.where(A == 1.5, 0, A)
    assert (
        described(A, few) == "1 of 9 numbers is wrong. Row 0, column 0 is 0, and 1.5 was expected."
    )
    assert described(A[0, :2], -1 - A[0, :2] * 2).startswith("Both numbers are wrong.")


@given(arrays(np.float64, (3, 4), elements=st.floats(-1e6, 1e6)))
def test_an_array_equals_itself_and_no_pattern_is_found(array):
    assert equal(array, array.copy())
    assert patterns(array, array.copy()) == []


def test_nan_equals_only_nan():
    one, nan = np.array([1.0]), np.array([np.nan])
    assert equal(nan, nan.copy(), 1e-9, 1.0)
    assert not equal(one, nan, 1e-9, 1.0)
    assert not equal(nan, one, 1e-9, 1.0)


@pytest.mark.parametrize(("expected", "actual"), [(1.0, np.inf), (-np.inf, 1.0), (-np.inf, np.inf)])
def test_infinity_is_near_to_nothing(expected, actual):
    assert not equal(np.array([expected]), np.array([actual]), 1e-9, 5.0)


def test_the_tolerance_is_relative_to_the_number_and_to_the_input():
    one = np.array([1.0])
    assert equal(one, one + 0.9e-9, 1e-9, 0.0)
    assert not equal(one, one + 3e-9, 1e-9, 0.0)
    assert equal(one, one + 3e-9, 1e-9, 5.0)
    assert not equal(one, np.nextafter(one, 2))


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        (3, 3, True),
        (3, 3.0, False),
        (1, True, False),
        (True, 1, False),
        (0.5, 0.5, True),
        (1.0, 1, True),
        ((1, 2), [1, 2], True),
        ((1, 2), (1, 2, 3), False),
        ([(0, 2)], [[0, 2]], True),
        ([(0, 2)], np.array([[0, 2]]), False),
        ("max", "max", True),
        ("max", "min", False),
    ],
)
def test_types_count_where_they_mean_something(expected, actual, same):
    assert equal(expected, plain(actual)) is same
    if not same:
        assert described(expected, plain(actual))


def test_numbers_that_look_equal_are_written_with_more_digits():
    assert "3.0000001" in described(A, np.where(A == 3, 3.0000001, A))
