"""The claims of the book and what each one rests on."""

from pathlib import Path
from typing import Any

import yaml

from poolbook.dependencies import absent
from poolbook.errata import PRELUDE

CLAIMS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[1] / "ledger.yml").read_text("utf8")
)


def holds(code: str) -> bool:
    """Whether a claim holds, by its code."""
    names: dict[str, Any] = {}
    exec(PRELUDE + code, names)
    return bool(names["holds"])


def rests(entry: dict[str, Any]) -> str:
    """What a claim with code rests on: this build, or the versions with which it held last."""
    if absent(entry.get("needs", [])):
        return f"Held with {entry['recorded']}, not installed for this build, by this code"
    assert holds(entry["code"]), entry["claim"]
    return "Holds, by this code"
