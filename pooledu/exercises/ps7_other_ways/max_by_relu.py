"""`max_by_relu(weight)`: the larger of two linear functions, by two layers with a ReLU between.

`(2, D) -> (first, second)`, with at most `ROWS` rows in `first`: `second @ relu(first @ x)` is the
larger of `weight[0] @ x` and `weight[1] @ x` for every `x`. `first` is of shape `(R, D)`, `second`
of shape `(R,)`. Many pairs are right.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.checks.finding import Finding
from pooledu.checks.words import kind
from pooledu.exercises.links import CONVOLUTION
from pooledu.exercises.windows import alternating, arranged

ROWS = 4
PROBES = 40
SHOWN = 4  # numbers of an x that a sentence can hold


def _pairs(rng: Draw) -> Iterator[Case]:
    """The ladder of max_by_relu."""
    plain = np.eye(2) * (1.0 if rng.local else rng.uniform(1, 9, 2))
    other = arranged(rng, 1, 3)
    yield Case("the larger of two numbers", (plain,))
    yield Case("the numbers in the other order", (plain[::-1].copy(),))
    yield Case("a function and 0: a ReLU alone", (np.concatenate([0 * other, other]),))
    yield Case(
        "a function and its negative: the absolute value", (np.concatenate([other, -other]),)
    )
    yield Case("two functions of one number", (arranged(rng, 2, 1),))
    yield Case("the same function twice", (np.concatenate([other, other]),))
    yield Case("two functions of two numbers", (arranged(rng, 2, 2, low=-4, high=4),))
    yield Case("two functions of three numbers", (arranged(rng, 2, 3, low=-6, high=6),))
    yield Case("small weights", (alternating(rng, 2, 2) * 1e-6,))
    yield Case("an input that is read-only", (alternating(rng, 2, 4),), layout="readonly")
    yield Case("an input in Fortran order", (alternating(rng, 2, 5),), layout="F")
    yield Case("a view of another array", (alternating(rng, 2, 3),), layout="strided")
    yield Case("eight numbers; the argument by name", (), {"weight": alternating(rng, 2, 8)})


def _max_by_relu(weight):
    """The oracle: the second, what the first is above it, and the second's other half."""
    a, b = weight
    return np.stack([a - b, b, -b]), np.array([1.0, 1.0, -1.0])


def probes(width: int) -> np.ndarray:
    """Numbers to try layers on, one x in a row: zeros, one after the other, and at random."""
    some = np.random.default_rng(width).normal(size=(PROBES, width)).round(1)
    return np.concatenate([np.zeros((1, width)), np.eye(width), -np.eye(width), some])


def _outputs(case: Case, given: Any) -> Any:
    """Compute what the layers give for each of the probes; what is no layers stays as it is."""
    (weight,) = max_by_relu.arguments(case).values()
    if not isinstance(given, tuple | list) or len(given) != 2:
        return given
    first, second = given
    if not all(isinstance(part, np.ndarray) and part.dtype.kind in "iuf" for part in given):
        return given
    if second.shape == (1, len(first) if first.ndim else 0):  # as the weight of a layer
        second = second[0]
    if first.ndim != 2 or len(first) > ROWS or second.shape != first.shape[:1]:
        return given
    if first.shape[1] != weight.shape[1]:
        return given
    with np.errstate(all="ignore"):
        return np.maximum(probes(weight.shape[1]) @ first.T.astype(float), 0) @ second.astype(float)


def _explain(case: Case, expected: Any, actual: Any) -> Finding | None:
    """Find the x at which the layers are off most, or what is wrong with their shapes."""
    (weight,) = max_by_relu.arguments(case).values()
    if not isinstance(actual, np.ndarray) or actual.shape != expected.shape:
        parts = actual if isinstance(actual, tuple | list) else ()
        return Finding("no layers", width=weight.shape[1], parts=[kind(part) for part in parts[:3]])
    off = np.nan_to_num(np.abs(actual - expected), nan=np.inf)
    worst = int(np.argmax(off))
    x = probes(weight.shape[1])[worst]
    return Finding(
        "another output",
        x=[float(value) for value in x],
        expected=float(expected[worst]),
        actual=float(actual[worst]),
    )


def _no_layers(width: int, parts: list[str]) -> str:
    """Say what was wanted, and what came."""
    wanted = (
        f"It has to return a pair: a matrix with {width} columns and at most {ROWS} rows, and an "
        "array with a number for each of these rows."
    )
    came = f" It returned {' and '.join(parts)}." if parts else ""
    return wanted + came + (" Wrap each: `np.array(...)`." if "a list" in parts else "")


def _another_output(x: list[float], expected: float, actual: float) -> str:
    """Say at which x the layers are wrong."""
    numbers = ", ".join(f"{value:g}" for value in x[:SHOWN])
    more = ", ..." if len(x) > SHOWN else ""
    return (
        f"For x = [{numbers}{more}] your layers give {actual:.6g}, and the larger of the two "
        f"functions is {expected:.6g}."
    )


max_by_relu = Exercise(
    "max_by_relu",
    oracle=_max_by_relu,
    ladder=_pairs,
    tolerance=1e-9,
    draws_results=False,
    weigh=_outputs,
    explain=_explain,
    words={"no layers": _no_layers, "another output": _another_output},
    link=CONVOLUTION,
)


@max_by_relu.mistake(
    "A ReLU lets nothing below 0 through. How does a negative number get past it? Send it twice, "
    "once with the sign turned."
)
def negative_part_lost(weight):
    """It sends the second function through one ReLU, so what is negative of it is lost."""
    a, b = weight
    return np.stack([a - b, b]), np.array([1.0, 1.0])


@max_by_relu.mistake("`max(a, b) = b + relu(a - b)`: what has to be added to the difference?")
def difference_alone(weight):
    """It gives how far the first is above the second, and forgets to add the second."""
    a, b = weight
    return (a - b)[None], np.array([1.0])


@max_by_relu.mistake("`max(a, b) = b + relu(a - b)`: the one that is taken away is added again.")
def wrong_one_added(weight):
    """It adds the first function again, and not the second."""
    a, b = weight
    return np.stack([a - b, a, -a]), np.array([1.0, 1.0, -1.0])


@max_by_relu.mistake("`min(a, b) = b - relu(b - a)`. Which sign does the maximum have?")
def minimum(weight):
    """It gives the smaller of the two."""
    a, b = weight
    return np.stack([b - a, b, -b]), np.array([-1.0, 1.0, -1.0])


@max_by_relu.mistake("The ReLU of each, added up, is no maximum: compare the two first.")
def both_added(weight):
    """It adds the ReLUs of the two functions."""
    return weight.copy(), np.array([1.0, 1.0])


@max_by_relu.mistake("One part is missing: half of `(a + b) + |a - b|` is the maximum.")
def not_halved(weight):
    """It gives twice the maximum."""
    a, b = weight
    return np.stack([a - b, b - a, a + b, -a - b]), np.array([1.0, 1.0, 1.0, -1.0])


@max_by_relu.mistake("A linear function of the two is no maximum: where is the difference?")
def average_of_the_two(weight):
    """It gives the mean of the two."""
    mean = weight.mean(0)
    return np.stack([mean, -mean]), np.array([1.0, -1.0])


@max_by_relu.mistake("The sign of what comes through the ReLU's second half has to be turned back.")
def sign_not_turned_back(weight):
    """It adds the absolute value of the second function in place of the function."""
    a, b = weight
    return np.stack([a - b, b, -b]), np.array([1.0, 1.0, 1.0])


@max_by_relu.mistake("Where the first is the larger one, something has to be added.")
def second_alone(weight):
    """It gives the second function, whichever is larger."""
    b = weight[1]
    return np.stack([b, -b]), np.array([1.0, -1.0])


@max_by_relu.mistake("`|a - b|` is how far they are apart: half of it belongs to the mean of both.")
def distance_of_the_two(weight):
    """It gives the distance of the two."""
    a, b = weight
    return np.stack([a - b, b - a]), np.array([1.0, 1.0])
