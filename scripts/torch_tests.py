"""Run PyTorch's own tests of pooling against this library.

`scripts/torch_tests.py PATH` takes the path of `test/nn/test_pooling.py` in a copy of PyTorch's
repository, whose text is not here. The pooling of `torch.nn` and `torch.nn.functional` is exchanged
for that of `pooledu` before the file is read. What fails is printed; what may fail stands below.
"""

import importlib.util
import sys
import types
import unittest
from pathlib import Path

import torch

from pooledu import functional, nn

# The beginnings of names, each with the reason.
DOES_NOT_APPLY = {
    "test_adaptive_pooling_empty_output_size": "PyTorch refuses to derive an output without a "
    "cell; here its gradient is 0, which it is",
}


def exchange() -> None:
    """Put the library's pooling in the place of PyTorch's."""
    for ours, theirs in ((nn, torch.nn), (functional, torch.nn.functional)):
        for name in ours.__all__:
            if hasattr(theirs, name):
                setattr(theirs, name, getattr(ours, name))


def read(path: Path) -> types.ModuleType:
    """Import the file."""
    # PyTorch's tools for tests import a package for other tests, which is not needed here
    sys.modules.setdefault("expecttest", types.SimpleNamespace(TestCase=unittest.TestCase))
    spec = importlib.util.spec_from_file_location("test_pooling", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main(path: Path) -> int:
    """Run the tests, and say whether all that fail do not apply."""
    exchange()
    tests = unittest.defaultTestLoader.loadTestsFromModule(read(path))
    result = unittest.TextTestRunner(verbosity=1, buffer=True).run(tests)
    failed = {test.id().split(".")[-1] for test, _ in result.failures + result.errors}
    wrong = {name for name in failed if not name.startswith(tuple(DOES_NOT_APPLY))}
    for name, reason in DOES_NOT_APPLY.items():
        print(f"does not apply: {name}: {reason}")
    print(f"{result.testsRun} run, {len(result.skipped)} skipped, {len(failed)} failed", *wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
