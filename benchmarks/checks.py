"""``python -m benchmarks.checks``: how long a check takes in a notebook that runs.

Each exercise's model solution, and the same with its results changed: then the verdict has a
picture to draw. A verdict's HTML is part of the time. The first call of each is not counted: it
loads what the exercise needs.
"""

import argparse
import inspect
import json
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks import report, timing
from pooledu import check
from pooledu.checks import exercise_names, find, solving

RESULT = Path(__file__).parent / "results" / "checks.json"


def written_by_a_student(name: str) -> Callable[..., Any]:
    """A model solution as it is where somebody typed it: the package's own may not be used."""
    solution = next(iter(solving.model_solutions(find(name)).values()))
    names: dict[str, Any] = {}
    exec(Path(inspect.getfile(solution)).read_text("utf8"), names)
    return names[solution.__name__]


def changed(value: Any) -> Any:
    """Another result of the same kind."""
    if isinstance(value, tuple | list) and value and not isinstance(value[0], tuple | list):
        return type(value)([changed(value[0]), *value[1:]])
    if isinstance(value, tuple | list):
        return type(value)([*value[1:], value[0]])
    if isinstance(value, torch.nn.Module):
        return torch.nn.Sequential(value, torch.nn.ReLU())
    return value + 1


def wrong(work: Callable[..., Any]) -> Callable[..., Any]:
    """The same work with other results."""
    return lambda *given, **options: changed(work(*given, **options))


def shown(work: Callable[..., Any], name: str) -> Callable[[], Any]:
    """A check as a notebook makes it and shows it."""
    return lambda: check(work, name).html


def measure(rounds: int, names: Sequence[str] = ()) -> dict[str, Any]:
    """Time some exercises, or all of them, in turns."""
    ways: dict[str, Callable[[], Any]] = {}
    for name in names or [name for name in exercise_names() if not find(name).is_question]:
        work = written_by_a_student(name)
        ways[f"{name}, right"] = shown(work, name)
        ways[f"{name}, wrong"] = shown(wrong(work), name)
    seconds = timing.interleave(ways, rounds)
    rows = [
        {"check": way, "milliseconds": round(1e3 * statistics.median(found), 1)}
        for way, found in seconds.items()
    ]
    return {**report.machine(), "rounds": rounds, "rows": rows}


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="times that each check is run")
    parser.add_argument("--output", type=Path, default=RESULT, help="the JSON")
    options = parser.parse_args()
    results = measure(options.rounds)
    for row in sorted(results["rows"], key=lambda row: -row["milliseconds"]):
        print(f"{row['milliseconds']:8.1f} ms  {row['check']}")
    options.output.write_text(json.dumps(results, indent=1) + "\n", "utf8")
    print(f"\nWritten to {options.output}")


if __name__ == "__main__":
    main()
