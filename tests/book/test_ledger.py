"""Each claim of the ledger holds by its code, a test that exists, or a paper in the references."""

import importlib.metadata
import re
import sys

import pytest

from .conftest import ROOT, soup

sys.path.append(str(ROOT / "book"))

from poolbook import ledger
from poolbook.ledger import CLAIMS, holds, rests

KEYS = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "book/references.bib").read_text("utf8"), re.M))


@pytest.mark.parametrize("entry", [e for e in CLAIMS if "code" in e], ids=lambda e: e["claim"])
def test_a_claim_holds_by_its_code(entry):
    assert holds(entry["code"])


@pytest.mark.parametrize("entry", [e for e in CLAIMS if "code" not in e], ids=lambda e: e["claim"])
def test_a_claim_without_code_rests_on_a_test_or_a_paper(entry):
    if "paper" in entry:
        assert entry["paper"] in KEYS
    else:
        file, name = entry["test"].split("::")
        assert f"def {name}(" in (ROOT / file).read_text("utf8")


@pytest.mark.parametrize("entry", [e for e in CLAIMS if "needs" in e], ids=lambda e: e["claim"])
def test_a_claim_held_with_the_versions_that_the_page_names_where_they_are_missing(
    entry, monkeypatch
):
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in entry["needs"])
    monkeypatch.setattr(ledger, "absent", list)
    assert rests(entry) == f"Held with {versions}, not installed for this build, by this code"


def test_a_claim_whose_packages_are_installed_must_hold_now():
    claim = {"claim": "One is two.", "code": "holds = 1 == 2", "needs": ["numpy"]}
    with pytest.raises(AssertionError, match=re.escape("One is two.")):
        rests(claim)


@pytest.mark.book
@pytest.mark.parametrize("entry", CLAIMS, ids=lambda e: e["claim"])
def test_the_place_where_a_claim_is_made_exists(entry):
    page, anchor = entry["page"].split(".html#")
    assert soup(page).find(id=anchor)
