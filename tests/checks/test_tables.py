"""A table of remembered answers, made with all that is public or was shown, earns little."""

import inspect

import numpy as np
import pytest

from pooledu.checks import exercise_names, find, judging
from pooledu.checks.calling import make_call
from pooledu.checks.exercise import Draw
from pooledu.grading.judge.judge import Judge
from tests.sampling import one_in

SECRET = bytes(range(32))
ROWS = {"adaptive_bins": 15_000}  # where drawing takes longer, and all of its shortest case
PLAIN = [name for name in exercise_names() if find(name).driver == "call"]
TENSORS = ("autograd", "stochastic", "consistency")  # the drivers that hand over drawn numbers
OTHERS = [name for name in exercise_names() if find(name).driver in TENSORS]


def has_arrays(name):
    """Whether an exercise is about arrays of numbers, and not about a few numbers."""
    cases = find(name).cases(0)
    return any(isinstance(value, np.ndarray) for case in cases for value in case.values)


OF_NUMBERS = [name for name in PLAIN if not has_arrays(name)]
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


class Exact:
    """Remember an answer for the very numbers."""

    def key(self, given):
        return repr([x.tobytes() if isinstance(x, np.ndarray) else x for x in given])

    def keep(self, given, answer):
        return answer

    def give(self, given, kept):
        return kept


class Scaled(Exact):
    """Remember an answer for numbers up to a factor, and a shift of all if they have one sign."""

    shifts = False

    def frame(self, given):
        x = next((x for x in given if isinstance(x, np.ndarray)), np.ones(1))
        finite = x[np.isfinite(x)]
        low = finite.min(initial=np.inf) if self.shifts else 0.0
        return low, max(np.abs(finite - low).max(initial=0), 1e-300)

    def normal(self, x, low, size):
        is_data = isinstance(x, np.ndarray) and x.dtype.kind == "f"
        return np.round((x - low) / size, 6) if is_data else x

    def key(self, given):
        return super().key([self.normal(x, *self.frame(given)) for x in given])

    def keep(self, given, answer):
        low, size = self.frame(given)
        return over(answer, lambda y: (y - low) / size)

    def give(self, given, kept):
        low, size = self.frame(given)
        return over(kept, lambda y: y * size + low)


class Shifted(Scaled):
    """Remember an answer for numbers up to a factor and a shift."""

    shifts = True


class Ranked(Exact):
    """Remember for the order of the numbers which of them are the answer."""

    def key(self, given):
        ranks = [
            np.unique(x, return_inverse=True)[1] if isinstance(x, np.ndarray) else x for x in given
        ]
        return super().key(ranks)

    def keep(self, given, answer):
        places = {value: at for at, value in enumerate(np.ravel(given[0]).tolist())}
        return over(answer, lambda y: np.vectorize(lambda v: places.get(v, 0))(y))

    def give(self, given, kept):
        return over(kept, lambda at: np.ravel(given[0])[at.astype(int)])


def over(answer, change):
    """Change the arrays of numbers in an answer; their places and counts are what they are."""
    if isinstance(answer, tuple | list):
        return type(answer)(over(part, change) for part in answer)
    is_data = isinstance(answer, np.ndarray) and answer.dtype.kind == "f"
    return change(answer) if is_data else answer


def given(exercise, args, kwargs):
    """The arguments of a call in the order of the parameters."""
    bound = inspect.signature(exercise.oracle).bind(*args, **kwargs)
    bound.apply_defaults()
    return list(bound.arguments.values())


def table(exercise, kind, seeds):
    """A function that knows what the cases of some seeds give away, and the seed of students."""
    rows = {}
    for seed in seeds:
        for case in exercise.ladder(Draw(seed, exercise.name)):
            arguments = given(exercise, case.args, case.kwargs)
            rows[kind.key(arguments)] = kind.keep(arguments, exercise.expect(case))

    def look_up(*args, **kwargs):
        arguments = given(exercise, args, kwargs)
        return kind.give(arguments, rows[kind.key(arguments)])

    return look_up, len(rows)


def earned(exercise, function):
    """The score of a function for inputs that were not drawn before, on average."""
    scores = []
    for seed in np.random.default_rng(0).integers(2**40, 2**50, 3).tolist():
        seen = [make_call(function, call, []) for call in judging.plan(exercise, seed)]
        scores.append(judging.judge(exercise, seed, seen).score)
    return np.mean(scores)


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_a_table_of_a_hundred_thousand_rows_earns_at_most_a_tenth(name):
    """What a row holds is the right answer, so the table keeps the questions alone."""
    exercise, wanted = find(name), ROWS.get(name, 100_000)
    known = {repr((1, out_size)) for out_size in range(3000)}
    for seed in range(wanted // len(exercise.cases(0)) + 1):
        ladder = exercise.ladder(Draw(seed, name))
        known |= {repr(tuple(given(exercise, case.args, case.kwargs))) for case in ladder}
    assert len(known) > 0.8 * wanted

    def look_up(*args, **kwargs):
        asked = repr(tuple(given(exercise, args, kwargs)))
        return exercise.oracle(*args, **kwargs) if asked in known else None

    assert earned(exercise, look_up) <= 0.1 + 1e-9


@pytest.mark.parametrize(
    ("name", "kind"),
    one_in(
        3,
        [
            (name, kind)
            for name in PLAIN
            if name not in OF_NUMBERS
            for kind in (Exact, Scaled, Shifted, Ranked)
        ],
    ),
)
def test_what_earlier_numbers_have_in_common_with_later_ones_earns_at_most_a_tenth(name, kind):
    """The numbers are real: a longer table meets none of them more often."""
    exercise = find(name)
    function, _ = table(exercise, kind(), range(40))
    assert earned(exercise, function) <= 0.1 + 1e-9


def questions(name, kind, seeds):
    """What the cases of some seeds ask, with the numbers that are in a model in its place."""
    ladders = [find(name).ladder(Draw(seed, name)) for seed in seeds]
    given = [case.values for ladder in ladders for case in ladder]
    flat = [[x for v in g for x in (v.values() if isinstance(v, dict) else [v])] for g in given]
    return [kind.key(values) for values in flat]


LATER = np.random.default_rng(0).integers(2**40, 2**50, 20).tolist()


def telling(name):
    """The kinds of tables that an exercise may fear: a law is known by shares, and not by ranks."""
    return (Exact, Scaled) if find(name).accepts else (Exact, Scaled, Shifted, Ranked)


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name in OTHERS for kind in telling(name)],
)
def test_of_tensors_and_draws_a_table_knows_at_most_a_tenth_of_the_questions(name, kind):
    """What a row holds is the right answer, so the table keeps the questions alone."""
    rows = set(questions(name, kind(), range(40)))
    assert np.mean([key in rows for key in questions(name, kind(), LATER)]) <= 0.1 + 1e-9


def test_the_inputs_of_a_second_submission_are_others_and_those_of_the_same_one_are_not():
    seeds = {Judge(SECRET, sources=text).seed("output_size") for text in ("a", "b", "a")}
    assert len(seeds) == 2
    assert Judge(SECRET, sources="a").seed("output_size") in seeds
