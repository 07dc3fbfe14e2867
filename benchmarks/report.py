"""From measurements to a table and a file."""

import datetime
import json
import platform
import statistics
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import cases, timing

PACKAGES = ("numpy", "torch", "jax", "scipy", "scikit-image")


def measure(rounds: int, small: bool = False) -> dict[str, Any]:
    """Time every way of every operation on every case, and check that they agree."""
    torch.set_num_threads(1)
    rows = []
    for case in (case.small() if small else case for case in cases.CASES):
        for operation in cases.OPERATIONS:
            print(f"{operation}, shape {case.name} ...", file=sys.stderr, flush=True)
            rows += _measure(case, operation, rounds)
    return {**machine(), "rounds": rounds, "rows": rows}


def machine() -> dict[str, Any]:
    """When, on what and with which versions."""
    return {
        "date": datetime.date.today().isoformat(),
        "device": processor(),
        "threads": 1,
        "dtype": "float32",
        "python": platform.python_version(),
        "versions": {package: version(package) for package in PACKAGES},
    }


def _measure(case: cases.Case, operation: str, rounds: int) -> list[dict[str, Any]]:
    """One row for each way."""
    ways = cases.ways(case, operation)
    _check_agreement(ways)
    seconds = timing.interleave({**ways, "copy of the input": cases.copy_of(case)}, rounds)
    reference = seconds[cases.REFERENCE]
    extra = _memory(ways["pooledu NumPy"], case)
    return [
        {
            "operation": operation,
            "case": case.name,
            "shape": case.shape,
            "kernel_size": case.kernel,
            "stride": case.stride,
            "padding": case.padding,
            "way": name,
            "milliseconds": round(1e3 * statistics.median(times), 3),
            "ratio": round(timing.median_ratio(times, reference), 3),
            **({"memory": extra} if name == "pooledu NumPy" else {}),
        }
        for name, times in seconds.items()
    ]


def _check_agreement(ways: dict[str, cases.Way]) -> None:
    """Stop if a way does not do the same as torch: its time would mean nothing."""
    expected = ways[cases.REFERENCE]()
    for name, way in ways.items():
        for ours, theirs in zip(_parts(way()), _parts(expected), strict=True):
            if not np.allclose(ours, theirs, rtol=0, atol=1e-5):
                raise AssertionError(f"{name} does not give what {cases.REFERENCE} gives")


def _parts(result: Any) -> list[np.ndarray]:
    """Values, and indices if there are any."""
    return [np.asarray(part) for part in (result if isinstance(result, tuple) else (result,))]


def _memory(way: cases.Way, case: cases.Case) -> float:
    """Peak memory beyond the input, over the size of input and output."""
    results = sum(part.nbytes for part in _parts(way()))
    inputs = 4 * int(np.prod(case.shape))
    return round(timing.peak_bytes(way) / (inputs + results), 2)


def processor() -> str:
    """The name of the processor; the machine's own name stays out."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def show(results: dict[str, Any]) -> None:
    """Print, for each operation, the ratios to torch and the milliseconds behind them."""
    print(f"{results['date']}, {results['device']}, one thread, float32")
    names = sorted({row["case"] for row in results["rows"]})
    for operation in cases.OPERATIONS:
        rows = [row for row in results["rows"] if row["operation"] == operation]
        print(f"\n{operation}: time over {cases.REFERENCE} (milliseconds)")
        print(" " * 34 + "".join(f"{name:>18}" for name in names))
        for way in dict.fromkeys(row["way"] for row in rows):
            found = {row["case"]: row for row in rows if row["way"] == way}
            cells = [
                f"{found[name]['ratio']:8.2f} ({found[name]['milliseconds']:.1f})"
                if name in found
                else "-"
                for name in names
            ]
            print(f"{way:<34}" + "".join(f"{cell:>18}" for cell in cells))


def write(results: dict[str, Any], folder: Path) -> Path:
    """Write the results as JSON, and say where."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "cpu.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    return path
