"""Try every mutant of the right solutions, and write down what the ladders make of them.

`scripts/mutants.py` tries all exercises, `scripts/mutants.py NAME ...` these alone. The results
stand in `benchmarks/results/mutants.json`, each with its date; the book shows them. With `--names`
only the names that verdicts give are judged anew, after a change to mistakes that no case feels.
"""

import datetime
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.checks.naming import NAMED_SAMPLE, naming  # noqa: E402
from tests.checks.scopes import SCOPES  # noqa: E402
from tests.checks.survey import survey  # noqa: E402

RESULTS = ROOT / "benchmarks/results/mutants.json"
NAMED = 100  # mutants of an exercise on which a whole verdict is made


def surveyed(name: str) -> tuple[dict[str, Any], list[str]]:
    """What the ladder makes of all mutants, and the survivors."""
    found = survey(name)
    row = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "inputs": found.inputs,
        "mutants": found.mutants,
        "wrong": found.wrong,
        "refused": found.refused,
        "survivors": len(found.survivors),
    }
    return row, found.survivors


def named(name: str) -> tuple[dict[str, Any], list[str]]:
    """What the verdicts on some mutants say, and the names that are not true."""
    said = naming(name, NAMED)
    row = {
        "verdicts": said.refused,
        "named": said.named,
        "told": said.told,
        "told_in_sample": naming(name, NAMED_SAMPLE).told,
        "refuted": len(said.refuted),
    }
    return row, said.refuted


def main(names: list[str], only_names: bool) -> int:
    """Survey these exercises, and say whether nothing survived and no name is refuted."""
    clean = True
    for name in names or SCOPES:
        row, survivors = ({}, []) if only_names else surveyed(name)
        said, refuted = named(name)
        results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        row = results.get(name, {}) | row | said
        results = {each: (results | {name: row}).get(each) for each in SCOPES}
        results = {each: row for each, row in results.items() if row}
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        print(name, json.dumps(row), flush=True)
        for title, texts in (("survivor", survivors), ("refuted name", refuted)):
            for text in texts:
                print(f"--- {title}: {text}\n", flush=True)
        clean &= not survivors and not refuted
    return 0 if clean else 1


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main([name for name in given if name != "--names"], "--names" in given))
