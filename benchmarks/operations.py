"""``python -m benchmarks.operations``: every operation that the library exports, forward and back.

PyTorch's own operation of the same name is the reference, where there is one. An operation that is
exported and has no row here stops the run by its name.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported

import argparse
import json
import math
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from benchmarks import report, timing
from pooledu import functional

RESULT = Path(__file__).parent / "results" / "operations.json"

SHAPES = {"1d": (4, 64, 1024), "2d": (2, 64, 56, 56), "3d": (1, 16, 16, 28, 28)}
SMALL = {"1d": (1, 1, 4), "2d": (1, 1, 4, 4), "3d": (1, 1, 4, 4, 4)}
WINDOW: dict[str, Any] = {"kernel_size": 3, "stride": 2, "padding": 1}
CORE: dict[str, Any] = {"window": (3, 3), "stride": 2, "padding": 1}

ROWS: dict[str, dict[str, Any]] = {
    **{f"{kind}_pool{d}": WINDOW for d in SHAPES for kind in ("max", "avg", "log_mean_exp")},
    **{f"lp_pool{d}": {"norm_type": 2.0, "kernel_size": 2} for d in SHAPES},
    **{f"adaptive_{kind}_pool{d}": {"output_size": 2} for d in SHAPES for kind in ("max", "avg")},
    **{f"max_unpool{d}": {"kernel_size": 2} for d in SHAPES},
    **{f"fractional_max_pool{d}": {"kernel_size": 2, "output_ratio": 0.5} for d in ("2d", "3d")},
    **dict.fromkeys(("max_pool", "avg_pool", "mixed_pool", "gem_pool", "soft_pool"), CORE),
    **dict.fromkeys(("stochastic_pool", "stochastic_pool_expected", "log_mean_exp_pool"), CORE),
    **dict.fromkeys(("mixed_pool2d", "soft_pool2d", "stochastic_pool2d"), WINDOW),
    **dict.fromkeys(("stochastic_pool2d_expected", "gem_pool2d"), WINDOW),
    **dict.fromkeys(("masked_max_pool", "masked_avg_pool"), CORE),
    "masked_global_max_pool": {},
    "masked_global_avg_pool": {},
    "lp_pool": {"norm_type": 2.0, **CORE},
    "lp_mean_pool2d": {"norm_type": 2.0, **WINDOW},
    "max_unpool": {"output_size": (112, 112)},
    "blur_pool2d": {},
    "max_blur_pool2d": {"kernel_size": 3, "padding": 1},
    "avg_blur_pool2d": {"kernel_size": 3, "padding": 1},
    "adaptive_polyphase_pool2d": {},
    "global_avg_pool": {},
    "global_max_pool": {},
}


def check_rows(rows: dict[str, Any], exported: list[str]) -> None:
    """Stop if an operation has no row."""
    missing = sorted(set(exported) - set(rows))
    if missing:
        raise AssertionError(f"no row in {__name__} for {', '.join(missing)}: add one to ROWS")


def dimensions(name: str) -> str:
    """How many axes an operation pools."""
    return next((d for d in SHAPES if d in name), "2d")


def arguments(name: str, x: torch.Tensor) -> dict[str, Any]:
    """The arguments of a call, indices and samples included."""
    given = dict(ROWS[name])
    if "unpool" in name:
        d = dimensions(name)
        wide = torch.zeros(*x.shape[:2], *(2 * n for n in x.shape[2:]))
        given["indices"] = getattr(F, f"max_pool{d}")(wide, 2, return_indices=True)[1]
    if "masked" in name:
        given["mask"] = torch.rand(x.shape[0], 1, *x.shape[2:]) < 0.7
    if name == "max_unpool":
        given["output_size"] = tuple(2 * n for n in x.shape[2:])
    if "fractional" in name:
        given["_random_samples"] = torch.rand(*x.shape[:2], x.ndim - 2, dtype=x.dtype)
        given["output_ratio"] = (given["output_ratio"],) * (x.ndim - 2)
    return given


def values(result: Any) -> Any:
    """The values of a result that has indices too."""
    return result[0] if isinstance(result, tuple) else result


def ways(name: str, shape: tuple[int, ...], dtype: torch.dtype) -> dict[str, Callable[[], Any]]:
    """Every way to do it, by name."""
    x = (torch.rand(shape, generator=torch.Generator().manual_seed(0)) * 9).to(dtype)
    given = arguments(name, x)
    arrays = {k: v.numpy() if isinstance(v, torch.Tensor) else v for k, v in given.items()}
    ours, array = getattr(functional, name), x.numpy()
    found: dict[str, Callable[[], Any]] = {
        "NumPy": lambda: ours(array, **arrays),
        "torch": lambda: ours(x, **given),
    }
    own = getattr(F, name, None)
    if own is not None:
        found["torch's own"] = lambda: own(x, **given)
    if dtype.is_floating_point:
        found["torch, and back"] = lambda: back(ours, x, given)
        if own is not None:
            found["torch's own, and back"] = lambda: back(own, x, given)
    return found


def back(pool: Callable, x: torch.Tensor, given: dict[str, Any]) -> torch.Tensor:
    """Forward and backward."""
    leaf = x.detach().requires_grad_()
    y = values(pool(leaf, **given))
    return torch.autograd.grad(y, leaf, torch.ones_like(y))[0]


def cases(name: str) -> list[tuple[str, tuple[int, ...], torch.dtype]]:
    """The inputs of an operation: large, in other dtypes where it is fixed windows, and tiny."""
    d = dimensions(name)
    found = [("large", SHAPES[d], torch.float32)]
    if name in ("max_pool2d", "avg_pool2d"):
        found += [("large", SHAPES[d], dtype) for dtype in (torch.float16, torch.int64)]
    if "fractional" not in name:
        found.append(("tiny", SMALL[d], torch.float32))
    return found


def many(run: Callable[[], Any], repeat: int) -> Callable[[], Any]:
    """A way so many times, for what takes microseconds."""
    return lambda: [run() for _ in range(repeat)]


def measure(name: str, rounds: int, small: bool) -> list[dict[str, Any]]:
    """One row for each way and input."""
    rows = []
    for size, shape, dtype in cases(name):
        if small:
            shape = (1, 2, *(8 for _ in shape[2:]))
        try:
            given = ways(name, shape, dtype)
            repeat = 50 if size == "tiny" and not small else 1
            times = timing.interleave(
                {way: many(run, repeat) for way, run in given.items()}, rounds
            )
        except (NotImplementedError, RuntimeError) as error:
            if "tiny" not in size and "implemented" not in str(error):
                raise
            continue  # torch takes no such dtype, or the window is larger than the input
        for way, seconds in times.items():
            own = times.get("torch's own, and back" if "back" in way else "torch's own")
            rows.append(
                {
                    "operation": name,
                    "size": size,
                    "shape": list(shape),
                    "dtype": str(dtype).removeprefix("torch."),
                    "way": way,
                    "milliseconds": round(1e3 * statistics.median(seconds) / repeat, 4),
                    "ratio": round(timing.median_ratio(seconds, own), 2) if own else None,
                }
            )
    return rows


def worst(rows: list[dict[str, Any]], way: str) -> dict[str, Any]:
    """The row of a way that takes longest beside PyTorch, of those in which PyTorch takes 1 ms."""
    own = {
        (r["operation"], r["size"], r["dtype"]): r["milliseconds"]
        for r in rows
        if r["way"] == ("torch's own, and back" if "back" in way else "torch's own")
    }
    long = [
        r
        for r in rows
        if r["way"] == way and own.get((r["operation"], r["size"], r["dtype"]), -math.inf) >= 1
    ]
    return max(long, key=lambda r: r["ratio"])


def main() -> None:
    """Measure all, and write the file that the chapter on performance reads."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.operations", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="times that each way is run")
    parser.add_argument("--small", action="store_true", help="tiny inputs: only to try it out")
    options = parser.parse_args()
    torch.set_num_threads(1)
    check_rows(ROWS, functional.__all__)
    rows = []
    for name in ROWS:
        print(name, file=sys.stderr, flush=True)
        rows += measure(name, options.rounds, options.small)
    if options.small:
        print(json.dumps(rows, indent=1))
        return
    result = {**report.machine(), "rounds": options.rounds, "rows": rows}
    RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf8")
    for way in ("NumPy", "torch", "torch, and back"):
        print(way, worst(rows, way))


if __name__ == "__main__":
    main()
