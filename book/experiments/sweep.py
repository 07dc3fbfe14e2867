"""Double the training until the result stays, and keep what came out.

A result holds for a number of steps until another doubling moves it. So each design is trained
under each condition for more and more steps, until two doublings in a row have moved no mean over
the seeds, or the longest training is done. To move is to change by more than the effect that would
matter, or by more than half of it where chance does not explain it.
"""

import json
import platform
from collections.abc import Sequence
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from scipy import stats

from experiments.digest import digest

SEEDS = tuple(range(8))


def versions() -> dict[str, str]:
    """What was used."""
    used = {name: version(name) for name in ("numpy", "torch", "scikit-learn")}
    return {"python": platform.python_version(), **used, "machine": platform.machine()}


def key(condition: Sequence, design: str, steps: int) -> str:
    """The name of a row."""
    return " | ".join(map(str, (*condition, design, steps)))


def moved(before: np.ndarray, after: np.ndarray, matters: float) -> np.ndarray:
    """Which measures a doubling has moved: by what matters, or by half of it and more than chance.

    Both are numbers of the same seeds, of shape (seeds, measures).
    """
    change = after - before
    size = np.abs(change.mean(0))
    half = stats.t.ppf(0.975, len(change) - 1) * stats.sem(change)
    return (size > matters) | ((size > matters / 2) & (size > half))


def agrees(lengths: Sequence[Sequence], matters: float) -> bool:
    """Whether the last two doublings moved nothing; `lengths` has the numbers of each length."""
    last = list(map(np.asarray, lengths[-3:]))
    return len(last) == 3 and not any(moved(*pair, matters).any() for pair in pairwise(last))


def sweep(experiment: ModuleType, file: Path, seeds: Sequence[int] = SEEDS) -> None:
    """Run what is not yet in the file, and write it after each training."""
    name = experiment.__name__.split(".")[-1]
    head = {"experiment": name, "digest": digest(name), "seeds": list(seeds)}
    rows: dict[str, Any] = {}
    if file.exists():
        old = json.loads(file.read_text("utf8"))
        if {field: old[field] for field in head} == head:
            rows = old["rows"]
    for condition in experiment.CONDITIONS:
        done: dict[str, list[list[list[float]]]] = {design: [] for design in experiment.DESIGNS}
        for steps in experiment.STEPS:
            for design in experiment.DESIGNS:
                row = key(condition, design, steps)
                if row not in rows:
                    print(row, flush=True)
                    rows[row] = experiment.run(condition, design, steps, seeds)
                    write(file, {**head, "versions": versions(), "rows": rows})
                done[design].append(rows[row])
            if all(agrees(lengths, experiment.MATTERS) for lengths in done.values()):
                break


def write(file: Path, content: dict[str, Any]) -> None:
    """Write the file whole or not at all, a row on a line."""
    rows = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in content["rows"].items())
    head = json.dumps({k: v for k, v in content.items() if k != "rows"}, indent=1)
    new = file.with_suffix(".new")
    new.write_text(f'{head[:-2]},\n "rows": {{\n{rows}\n }}\n}}\n', "utf8")
    new.replace(file)
