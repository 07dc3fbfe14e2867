"""``python -m benchmarks``: measure, print, and write the results."""

import argparse
import os

# before torch and JAX are imported: all ways run on one thread
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])

from pathlib import Path

from benchmarks.report import measure, show, write

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run the benchmarks that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="times that each way is run")
    parser.add_argument("--small", action="store_true", help="tiny inputs: only to try it out")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the JSON")
    options = parser.parse_args()
    results = measure(options.rounds, options.small)
    show(results)
    print(f"\nWritten to {write(results, options.output)}")


if __name__ == "__main__":
    main()
