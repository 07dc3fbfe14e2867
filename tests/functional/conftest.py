"""The ways in which one call can be computed."""

from collections.abc import Callable
from typing import Any

import pytest

from pooledu import functional
from pooledu.functional import _adaptive, _blocks, _core
from tests.functional.torch_grid import Call, convert_tensors

WAYS = (
    "torch tensors",
    "NumPy in blocks",
    "NumPy in tiny blocks",
    "torch by the definition",
    "NumPy by the definition",
)
LIBRARIES = WAYS[:2]  # for the operations that are computed in one way only


@pytest.fixture(params=WAYS)
def way(request, monkeypatch) -> Callable[[Call], Any]:
    """Runs a call in one of the ways in which the library can compute it."""
    if "tiny" in request.param:
        monkeypatch.setattr(_blocks, "BLOCK", 64)
    if "definition" in request.param:
        for module in (_core, _adaptive):
            monkeypatch.setattr(module, "plain", lambda x: None)
    if "torch" in request.param:
        return lambda call: call.run(functional)
    return lambda call: call.run(functional, convert_tensors)
