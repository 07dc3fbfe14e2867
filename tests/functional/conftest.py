"""The ways in which one call can be computed."""

from collections.abc import Callable
from typing import Any

import pytest

from pooledu import functional
from pooledu.functional import _blocks, _core
from tests.functional.torch_grid import Call, convert_tensors

WAYS = ("torch tensors", "NumPy in blocks", "NumPy in tiny blocks", "NumPy by the definition")
LIBRARIES = WAYS[:2]  # for the operations that are computed in one way only


@pytest.fixture(params=WAYS)
def way(request, monkeypatch) -> Callable[[Call], Any]:
    """Runs a call in one of the ways in which the library can compute it."""
    if request.param == "torch tensors":
        return lambda call: call.run(functional)
    if request.param == "NumPy in tiny blocks":
        monkeypatch.setattr(_blocks, "BLOCK", 64)
    if request.param == "NumPy by the definition":
        monkeypatch.setattr(_core, "is_numpy_array", lambda x: False)
    return lambda call: call.run(functional, convert_tensors)
