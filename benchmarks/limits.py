"""``python -m benchmarks.limits``: what the machine can do at most, and a compiler with the walk.

It takes a minute and needs a C++ compiler, so it is no part of ``python -m benchmarks``.
"""

import json
import os

# before torch is imported: one thread, and nothing that was compiled before is taken again
os.environ.update(OMP_NUM_THREADS="1", TORCHINDUCTOR_FORCE_DISABLE_CACHES="1")

import itertools
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks import report, timing
from benchmarks.cases import CASES, Case

RESULT = Path(__file__).parent / "results" / "limits.json"
ROUNDS = 9


def walk_max(x: torch.Tensor, kernel: int, stride: int, padding: int) -> torch.Tensor:
    """Max pooling as the walk over the window's cells."""
    x = F.pad(x, (padding,) * 4, value=-torch.inf)
    last = (x.shape[-1] - kernel) // stride * stride + 1
    y = x[..., :last:stride, :last:stride]
    for i, j in itertools.product(range(kernel), repeat=2):
        y = torch.maximum(y, x[..., i : i + last : stride, j : j + last : stride])
    return y


def walk_average(x: torch.Tensor, kernel: int, stride: int, padding: int) -> torch.Tensor:
    """Average pooling as the walk over the window's cells."""
    x = F.pad(x, (padding,) * 4)
    last = (x.shape[-1] - kernel) // stride * stride + 1
    y = torch.zeros(())
    for i, j in itertools.product(range(kernel), repeat=2):
        y = y + x[..., i : i + last : stride, j : j + last : stride]
    return y / kernel**2


WALKS = {"max": (walk_max, F.max_pool2d), "average": (walk_average, F.avg_pool2d)}


def compiled(case: Case, operation: str) -> list[dict[str, Any]]:
    """One row for torch's own, for the walk, and for the walk compiled."""
    walk, own = WALKS[operation]
    x = torch.from_numpy(np.random.default_rng(0).standard_normal(case.shape, dtype=np.float32))
    torch.compiler.reset()
    fused = torch.compile(walk, dynamic=False)
    begin = time.perf_counter()
    same = torch.equal(fused(x, *case.window), own(x, *case.window))
    seconds = round(time.perf_counter() - begin, 1)
    ways: dict[str, Callable[[], Any]] = {
        "torch NCHW": lambda: own(x, *case.window),
        "the walk": lambda: walk(x, *case.window),
        "the walk, compiled": lambda: fused(x, *case.window),
    }
    times = timing.interleave(ways, ROUNDS)
    return [
        {
            "operation": operation,
            "case": case.name,
            "way": way,
            "milliseconds": round(1e3 * statistics.median(found), 3),
            "ratio": round(timing.median_ratio(found, times["torch NCHW"]), 3),
            **({"compile_seconds": seconds, "same_bits": same} if "compiled" in way else {}),
        }
        for way, found in times.items()
    ]


def limits() -> dict[str, float]:
    """In a second: the bytes that a copy moves, the operations that a matrix product makes."""
    x, a = np.ones(1 << 26, np.float32), torch.ones(1024, 1024)
    y = np.empty_like(x)
    ways = {"copy": lambda: np.copyto(y, x), "product": lambda: a @ a}
    seconds = {way: min(found) for way, found in timing.interleave(ways, ROUNDS).items()}
    return {
        "bytes": round(2 * x.nbytes / seconds["copy"]),
        "operations": round(2 * len(a) ** 3 / seconds["product"]),
    }


def main() -> None:
    """Measure, and write the file that the chapter on performance reads."""
    torch.set_num_threads(1)
    rows = [row for case in CASES for operation in WALKS for row in compiled(case, operation)]
    result = {**report.machine(), "rounds": ROUNDS, "limits": limits(), "rows": rows}
    RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf8")
    print(RESULT.read_text("utf8"))


if __name__ == "__main__":
    main()
