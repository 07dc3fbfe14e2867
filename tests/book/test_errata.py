"""Each erratum is shown by its code, or rests on a paper that is in the list of references."""

import re
import sys

import numpy as np
import pytest

from .conftest import ROOT

sys.path.append(str(ROOT / "book"))

from poolbook import errata
from poolbook.errata import ERRATA, TEXTS, result, run, shown

KEYS = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "book/references.bib").read_text("utf8"), re.M))


@pytest.mark.parametrize("entry", [e for e in ERRATA if "code" in e], ids=lambda e: e["id"])
def test_the_code_of_an_erratum_finds_something_else_than_was_said(entry):
    said, found = run(entry["code"])
    assert np.shape(said) == np.shape(found)
    assert not np.array_equal(said, found)
    assert shown(said) != shown(found), "a reader would see no difference"


@pytest.mark.parametrize("entry", [e for e in ERRATA if "code" not in e], ids=lambda e: e["id"])
def test_an_erratum_without_code_rests_on_a_paper_of_the_references(entry):
    assert entry["paper"] in KEYS


def test_every_erratum_names_a_text_and_has_an_id_of_its_own():
    assert {entry["text"] for entry in ERRATA} == set(TEXTS)
    assert len({entry["id"] for entry in ERRATA}) == len(ERRATA)


@pytest.mark.parametrize("entry", [e for e in ERRATA if "needs" in e], ids=lambda e: e["id"])
def test_a_recorded_result_is_the_one_that_is_computed_where_the_framework_is(entry, monkeypatch):
    said, found, source = result(entry)
    assert source == ""
    monkeypatch.setattr(errata, "absent", list)
    *recorded, source = result(entry)
    assert [list(value) for value in recorded] == [list(said), list(found)]
    assert [text.split()[0] for text in source.split(", ")] == entry["needs"]
