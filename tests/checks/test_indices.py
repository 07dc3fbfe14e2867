"""Where an address has 32 bits, code that is written for int64 is right as well."""

import numpy as np
import pytest

from pooledu.checks import indices
from pooledu.checks.indices import as_on_64_bits, narrow

NARROW = np.dtype(np.int32)


@pytest.fixture
def narrow_platform(monkeypatch):
    """This platform, as far as its index type goes."""
    monkeypatch.setattr(indices, "INDEX", NARROW)


def test_only_int64_is_narrowed(narrow_platform):
    assert narrow(np.arange(3)).dtype == NARROW
    assert narrow(np.int64(3)).dtype == NARROW
    assert [part.dtype for part in narrow((np.arange(2), np.arange(3)))] == [NARROW, NARROW]
    for value in (np.ones(3), np.arange(3, dtype=np.int16), 7, [1, 2], "int64", None):
        assert narrow(value) is value


@pytest.mark.parametrize("name", indices.REFUSE)
def test_functions_get_narrow_indices_while_code_runs_and_are_themselves_afterwards(
    narrow_platform, monkeypatch, name
):
    given = []
    place, keyword = indices.REFUSE[name]

    def refusing(*args, **kwargs):
        given.append(kwargs.get(keyword, args[place] if len(args) > place else None))

    monkeypatch.setattr(np, name, refusing)
    with as_on_64_bits(wide=False):
        getattr(np, name)(*[np.arange(3)] * (place + 1))
        getattr(np, name)(*[np.arange(3)] * place, **{keyword: np.arange(3)})
    assert [value.dtype for value in given] == [NARROW, NARROW]
    assert getattr(np, name) is refusing


def test_where_addresses_have_64_bits_nothing_is_exchanged():
    before = np.take
    with as_on_64_bits():
        assert (np.take is before) == (np.dtype(np.intp).itemsize == 8)
