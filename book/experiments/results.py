"""What the experiments found: the committed results, intervals, and what may be concluded."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from scipy import stats

from experiments.digest import HERE
from experiments.sweep import agrees, key

UNTOLD = "cannot be told"  # which contradicts nothing


@dataclass(frozen=True)
class Interval:
    """A mean over seeds and half of its 95% confidence interval, by Student's t."""

    mean: float
    half: float

    def __str__(self) -> str:
        """In percent, or in percentage points: ``−1.2 ± 0.3``."""
        return f"{100 * self.mean:.1f}\u00a0±\u00a0{100 * self.half:.1f}".replace("-", "−")

    @property
    def low(self) -> float:
        """The lower end."""
        return self.mean - self.half

    @property
    def high(self) -> float:
        """The upper end."""
        return self.mean + self.half


def interval(values: Sequence[float]) -> Interval:
    """The interval of a mean over seeds."""
    values = np.asarray(values)
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return Interval(float(values.mean()), float(half))


def between(ones: Sequence[float], others: Sequence[float]) -> Interval:
    """The interval of the difference of two means over different seeds, by Welch's t."""
    if np.ptp(ones) + np.ptp(others) < 1e-9:  # nothing varies, and Welch's t is 0 / 0
        return Interval(float(np.mean(ones) - np.mean(others)), 0.0)
    found = stats.ttest_ind(ones, others, equal_var=False).confidence_interval(0.95)
    return Interval(float(found.low + found.high) / 2, float(found.high - found.low) / 2)


def verdict(difference: Interval, matters: float) -> str:
    """What an interval of a difference lets one say about an effect of this size."""
    if difference.low > matters:
        return "more"
    if difference.high < -matters:
        return "less"
    if -matters <= difference.low and difference.high <= matters:
        return "no difference that matters"
    return UNTOLD


def contradict(one: str, other: str) -> bool:
    """Whether two verdicts cannot both be true."""
    return one != other and UNTOLD not in (one, other)


@dataclass(frozen=True)
class Results:
    """The committed results of one experiment."""

    experiment: ModuleType
    content: dict[str, Any]

    def values(
        self, condition: Sequence, design: str, steps: int | None = None, measure: int = 0
    ) -> np.ndarray:
        """One measure, a number for each seed, after so many steps or after the most."""
        steps = steps or self.steps(condition)[-1]
        return np.array(self.content["rows"][key(condition, design, steps)])[:, measure]

    def steps(self, condition: Sequence) -> list[int]:
        """The lengths of training that were run under a condition."""
        first, rows = self.experiment.DESIGNS[0], self.content["rows"]
        return [n for n in self.experiment.STEPS if key(condition, first, n) in rows]

    def measures(self, condition: Sequence, design: str) -> int:
        """How many measures a design has."""
        return len(self.content["rows"][key(condition, design, self.steps(condition)[-1])][0])

    def difference(
        self, condition: Sequence, design: str, other: str, steps: int | None = None,
        measure: int = 0,
    ) -> Interval:  # fmt: skip
        """How much more one design has than another, seed by seed."""
        pair = (self.values(condition, name, steps, measure) for name in (design, other))
        return interval(next(pair) - next(pair))

    def verdicts(self, condition: Sequence) -> Iterator[tuple[tuple[str, str, str], Interval, str]]:
        """For each two designs and each measure that both have: the difference, and its verdict."""
        module = self.experiment
        for one, other in combinations(module.DESIGNS, 2):
            both = min(self.measures(condition, one), self.measures(condition, other))
            for k, measure in enumerate(module.MEASURES[:both]):
                difference = self.difference(condition, other, one, None, k)
                yield (one, other, measure), difference, verdict(difference, module.MATTERS)

    def moved(self, condition: Sequence, other: "Results") -> Iterator[tuple]:
        """For each design and measure: the number here, that of other seeds, what may be said."""
        module = self.experiment
        for design in module.DESIGNS:
            for k in range(self.measures(condition, design)):
                pair = [each.values(condition, design, None, k) for each in (self, other)]
                found = verdict(between(pair[1], pair[0]), module.MATTERS)
                yield design, module.MEASURES[k], *map(interval, pair), found

    def agreed(self, condition: Sequence) -> bool:
        """Whether the last two doublings moved nothing, in any design."""
        rows, lengths = self.content["rows"], self.steps(condition)
        return all(
            agrees([rows[key(condition, design, n)] for n in lengths], self.experiment.MATTERS)
            for design in self.experiment.DESIGNS
        )


def load(name: str, folder: Path = HERE / "results") -> Results:
    """The results of an experiment, by the name of its module: the committed ones, or others."""
    content = json.loads((folder / f"{name}.json").read_text("utf8"))
    return Results(import_module(f"experiments.{name}"), content)
