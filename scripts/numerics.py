"""Run the tests of numbers at each level of vector instructions that this processor has.

    python scripts/numerics.py [PYTEST OPTIONS]

PyTorch and NumPy choose their kernels by the processor, and a sum in other lanes has other last
bits. No test may hang on them: each level has to pass.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = ["functional", "gradients", "nn", "geometry", "checks/test_right_solutions.py"]
ATEN = ["default", "avx2", "avx512"]


def levels() -> dict[str, dict[str, str]]:
    """The levels that can be had here: a name, and the environment that asks for it."""
    import torch
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    best = torch.backends.cpu.get_cpu_capability().lower()
    aten = ATEN[: ATEN.index(best) + 1] if best in ATEN else ["default"]
    numpy = [feature for feature in __cpu_dispatch__ if __cpu_features__[feature]]
    rows = {}
    for index, name in enumerate(aten):
        off = numpy[index:] if index < len(aten) - 1 else []
        words = f"torch {name}, NumPy without {' '.join(off) or 'nothing'}"
        rows[words] = {"ATEN_CPU_CAPABILITY": name, "NPY_DISABLE_CPU_FEATURES": " ".join(off)}
    return rows


def main() -> int:
    """Run the tests at each level; say which failed."""
    failed = []
    for words, environment in levels().items():
        print(f"\n=== {words}", flush=True)
        environment = {name: value for name, value in environment.items() if value}
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile"]
        command += [f"tests/{name}" for name in TESTS] + sys.argv[1:]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False)
        if done.returncode:
            failed.append(words)
    print("\n" + ("\n".join(f"FAILED: {words}" for words in failed) or "All levels passed."))
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
