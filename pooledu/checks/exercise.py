"""What an exercise is: an oracle, a ladder of cases, and the mistakes that have a name."""

from __future__ import annotations

import inspect
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from pooledu.checks import comparing
from pooledu.checks.calling import call_trusted, make_call
from pooledu.checks.calls import Call, Observation
from pooledu.checks.finding import Finding
from pooledu.checks.words import Sentence

Index = tuple[int, ...]
ATTEMPTS = 1000  # to draw a case that rejects what it should
LARGE = 64  # cells: what is made of more of them is not left to chance
LOCAL_SEED = 0  # everyone sees the same numbers, so two students can compare
NOT_NUMPY = ("torch", "scipy", "skimage", "jax", "pooledu")


class Draw(np.random.Generator):
    """The chance in the cases of a seed; `local` if it is the seed that every student has."""

    def __init__(self, seed: int, name: str, attempt: int = 0) -> None:
        super().__init__(np.random.PCG64([seed, zlib.crc32(name.encode()), attempt]))
        self.local = seed == LOCAL_SEED


@dataclass(frozen=True)
class Case:
    """One rung of a ladder: what it tests, and the arguments.

    `layout` says how the arrays lie in memory, `setting` what the driver needs beside the
    arguments; see `calls.Call`.
    """

    tests: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    layout: str = "C"
    setting: dict[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> tuple[Any, ...]:
        """The arguments in their order, whether they go by position or by name."""
        return (*self.args, *self.kwargs.values())

    def by_name(self, *names: str) -> Case:
        """Return the same case with every argument given by its name."""
        return replace(self, args=(), kwargs=dict(zip(names, self.values, strict=True)))


@dataclass(frozen=True)
class Misconception:
    """A wrong implementation that students write, and what to tell them.

    Attributes
    ----------
    name
        Its name, unique within the exercise.
    says
        What it does, in a sentence about "it".
    hint
        What to think about.
    link
        The paragraph of the book that explains it, such as ``"book/geometry.html#floor"``.
    wrong
        The implementation; the answer itself if the exercise is a question.
    """

    name: str
    says: str
    hint: str
    link: str
    wrong: Any


@dataclass
class Exercise:
    """An exercise, declared once.

    Attributes
    ----------
    name
        The name of the function that the student writes, and of the cell that grades it.
    problem_set
        The assignment it belongs to; by default the folder that its module is in.
    oracle
        The right implementation; the right answer itself if this is a question.
    ladder
        Makes the cases of a seed, smallest first. Every seed gives the same ladder with other
        numbers, and each case rejects the same misconceptions: one score for one mistake.
    tolerance
        How far a number may be off: this times its size, plus this times the largest number of
        the input. 0 asks for equal numbers.
    show
        Chooses what is drawn of a failing case's input: ``show(given, at)`` returns the keyword
        arguments of `figures.grid` for each drawing. `given` has all arguments by the names of the
        oracle's parameters, defaults included; `at` is the index of the first wrong number, or
        None. Without it each array is drawn.
    results
        Names of the results, if there are several.
    draws_results
        Whether the expected and the actual result are drawn beside the input.
    forbidden
        Libraries that a solution may not use.
    driver
        How the student's work is called: the name of a function of `drivers`.
    explain
        Finds something about a wrong result that only this exercise knows, or returns None:
        ``explain(case, expected, actual)``.
    accepts
        For an exercise with many right results: finds what is wrong with one, or returns None if
        nothing is: ``accepts(case, actual)``.
    weigh
        Where what was returned is to be compared with what only the trusted side can compute: turns
        it into what is compared with the oracle's, weighed too: ``weigh(case, actual)``. It never
        raises, whatever it gets.
    words
        Sentences for the codes of `explain` and `accepts`, as in `words.SENTENCES`.
    features
        For the same exercises: what a mistake is known by, instead of its result:
        ``features(case, actual)``.
    link
        The paragraph of the book for a mistake that has no name.
    is_judged_later
        Whether this is the name alone, without oracle and ladder: see `judged_later`.
    package
        The package of its set, in which `solutions/NAME.py` may be; the registry sets it.
    """

    name: str
    problem_set: str = ""
    _: KW_ONLY
    oracle: Any
    ladder: Callable[[Draw], Iterable[Case]]
    tolerance: float = 0.0
    show: Callable[[Mapping[str, Any], Index | None], list[dict[str, Any]]] | None = None
    results: tuple[str, ...] = ()
    draws_results: bool = True
    forbidden: tuple[str, ...] = NOT_NUMPY
    driver: str = "call"
    explain: Callable[[Case, Any, Any], Finding | None] | None = None
    accepts: Callable[[Case, Any], Finding | None] | None = None
    weigh: Callable[[Case, Any], Any] | None = None
    words: Mapping[str, Sentence] = field(default_factory=dict)
    features: Callable[[Case, Any], Any] | None = None
    link: str = ""
    package: str = ""
    misconceptions: list[Misconception] = field(default_factory=list)
    is_judged_later: bool = False
    _made: dict[int, list[Case]] = field(default_factory=dict, init=False, repr=False)
    _expected: dict[int, list[Any]] = field(default_factory=dict, init=False, repr=False)

    def mistake(
        self, hint: str, link: str = "", *, name: str = "", says: str = ""
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare a misconception: what to think about, and where to read.

        `name` and `says` are by default the function's name and its docstring.
        """

        def declare(wrong: Callable[..., Any]) -> Callable[..., Any]:
            does = says or (wrong.__doc__ or "").strip()
            self.misconceptions.append(
                Misconception(name or wrong.__name__, does, hint, link or self.link, wrong)
            )
            return wrong

        return declare

    def arguments(self, case: Case) -> dict[str, Any]:
        """Return the arguments of a case by the names of the oracle's parameters, all of them."""
        given = inspect.signature(self.oracle).bind_partial(*case.args, **case.kwargs)
        given.apply_defaults()
        return given.arguments

    def cases(self, seed: int) -> list[Case]:
        """Make the cases of a seed, the same ones each time.

        A small case is drawn again until it rejects the same mistakes as the student's own one, so
        that a mistake has one score whatever the numbers are.
        """
        if seed not in self._made:
            local = self._made.get(LOCAL_SEED)
            self._made = {LOCAL_SEED: local} if local else {}
            self._made[seed] = self._make(seed)
        return list(self._made[seed])

    def expected(self, seed: int) -> list[Any]:
        """Return what the oracle makes of the cases of a seed, in their order."""
        cases = self.cases(seed)
        if seed not in self._expected:
            self._expected = {seed: [self.expect(case) for case in cases]}
        return list(self._expected[seed])

    def _make(self, seed: int) -> list[Case]:
        """Draw the cases of a seed, each as often as it takes."""
        if seed == LOCAL_SEED or self.driver != "call":
            return list(self.ladder(Draw(seed, self.name)))
        found: dict[int, tuple[Case, Any]] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what mistakes make of odd numbers
            for attempt in range(ATTEMPTS):
                self._find(found, self.ladder(Draw(seed, self.name, attempt)))
                if len(found) == len(self._wanted):
                    pairs = [found[place] for place in range(len(found))]
                    self._expected = {seed: [expected for _, expected in pairs]}
                    return [case for case, _ in pairs]
        missing = [place for place in range(len(self._wanted)) if place not in found]
        raise RuntimeError(
            f"which mistakes the cases {missing} of {self.name} reject depends on the numbers: "
            f"none of {ATTEMPTS} draws of seed {seed} rejects those that the student's own does"
        )

    def _find(self, found: dict[int, tuple[Case, Any]], drawn: Iterable[Case]) -> None:
        """Add what rejects the mistakes that it should, where nothing is found yet."""
        for place, case in enumerate(drawn):
            if place not in found:
                expected = self._expect_of_drawn(case)
                if self._rejects(case, expected, self._wanted[place]):
                    found[place] = case, expected

    def _expect_of_drawn(self, case: Case) -> Any:
        """Return what `expect` does, sooner: an oracle is watched in the student's own cases."""
        seen = call_trusted(self.oracle, self.call(case))
        return self.weighed(case, seen) if seen.outcome == "returned" else self.expect(case)

    @cached_property
    def _wanted(self) -> list[dict[int, bool]]:
        """Which mistakes each of the student's own cases rejects, where the numbers decide.

        They do not where a case is large, and where a mistake raises or returns another shape:
        that it does so for every seed is looked at when an exercise is certified.
        """
        return [self._decided_by_numbers(case) for case in self.cases(LOCAL_SEED)]

    def _decided_by_numbers(self, case: Case) -> dict[int, bool]:
        """Say of the places of some mistakes whether a case rejects their results."""
        expected = self.expect(case)
        if any(_cells(data) > LARGE for data in (case.args, case.kwargs, expected)):
            return {}
        seen = self._results(case, range(len(self.misconceptions)))
        size = comparing.scale((case.args, case.kwargs))
        return {
            place: not comparing.equal(expected, value, self.tolerance, size)
            for place, value in enumerate(seen)
            if comparing.same_form(expected, value)
        }

    def _rejects(self, case: Case, expected: Any, wanted: Mapping[int, bool]) -> bool:
        """Say whether a case rejects those mistakes that it should, and no others."""
        size = comparing.scale((case.args, case.kwargs))
        return all(
            comparing.equal(expected, value, self.tolerance, size) != rejects
            for value, rejects in zip(self._results(case, wanted), wanted.values(), strict=True)
        )

    def _results(self, case: Case, places: Iterable[int]) -> Iterator[Any]:
        """Yield what is compared of the mistakes at some places; None of one that raises."""
        call = self.call(case)
        for place in places:
            yield self.weighed(case, call_trusted(self.misconceptions[place].wrong, call))

    def call(self, case: Case) -> Call:
        """Return the call that a case asks for: plain data, without the answer."""
        return Call(case.args, case.kwargs, case.layout, self.driver, self.forbidden, case.setting)

    def outcome(self, work: Any, case: Case) -> Observation:
        """Run trusted work, such as the oracle or a misconception, on a case."""
        call = replace(self.call(case), forbidden=())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seen = make_call(work, call, [])
        return replace(seen, value=self.weighed(case, seen))

    def weighed(self, case: Case, seen: Observation) -> Any:
        """Return what is compared of an observation, by `weigh` if there is one."""
        if self.weigh is None or seen.outcome != "returned":
            return seen.value
        return self.weigh(case, seen.value)

    def expect(self, case: Case) -> Any:
        """Return what the oracle makes of a case."""
        seen = self.outcome(self.oracle, case)
        if seen.outcome != "returned" or seen.notes:
            why = seen.error or ", ".join(seen.notes) or seen.outcome
            raise RuntimeError(f"the oracle of {self.name} fails in the case {case.tests!r}: {why}")
        return seen.value

    @property
    def vocabulary(self) -> dict[str, Sentence]:
        """All that is said of this exercise alone: its words, and what its mistakes do."""
        does = {f"does {mistake.name}": mistake.says for mistake in self.misconceptions}
        hints = {f"hint {mistake.name}": mistake.hint for mistake in self.misconceptions}
        return {**self.words, **does, **hints}

    @property
    def is_question(self) -> bool:
        """Whether the student gives an answer and not a function."""
        return self.driver == "value"


def judged_later(name: str, problem_set: str = "") -> Exercise:
    """Declare an exercise by its name alone: students get no oracle, and the judge decides.

    `check` then says that the work is judged when it is graded.
    """
    return Exercise(name, problem_set, oracle=None, ladder=lambda rng: [], is_judged_later=True)


def _cells(data: Any) -> int:
    """Count the cells of the longest array or list in some data."""
    if isinstance(data, np.ndarray):
        return data.size
    parts = list(data.values()) if isinstance(data, dict) else data
    return max(len(parts), *map(_cells, parts)) if isinstance(parts, list | tuple) and parts else 0


def question(
    name: str,
    problem_set: str = "",
    *,
    asks: str,
    answer: Any,
    link: str,
    wrong: dict[Any, tuple[str, str, str]] | None = None,
) -> Exercise:
    """Declare a question whose answer is a number, a shape or a choice.

    Parameters
    ----------
    name, problem_set
        As for `Exercise`.
    asks
        The question.
    answer
        The right answer; a tuple for a shape, a string for a choice.
    link
        The paragraph of the book that explains it.
    wrong
        Wrong answers that have a reason: each with its name, what it does and a hint.

    Returns
    -------
    Exercise
        It has one case, and one misconception for each wrong answer.
    """
    exercise = Exercise(
        name,
        problem_set,
        oracle=answer,
        ladder=lambda rng: [Case(asks)],
        driver="value",
        forbidden=(),
        link=link,
    )
    for given, (label, says, hint) in (wrong or {}).items():
        exercise.misconceptions.append(Misconception(label, says, hint, link, given))
    return exercise
