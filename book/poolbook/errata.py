"""Run the entries of errata.yml, for the page that shows them and for the test of each."""

from pathlib import Path
from typing import Any

import numpy as np
import yaml

from poolbook.dependencies import absent

DATA = yaml.safe_load((Path(__file__).parents[1] / "errata.yml").read_text("utf8"))
ERRATA: list[dict[str, Any]] = DATA["errata"]
TEXTS: dict[str, str] = DATA["texts"]

PRELUDE = """
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from pooledu.functional import avg_pool, max_pool
from pooledu.geometry import adaptive_bins, output_size, same_padding, window_starts
SIX = np.array([[1, 3, 2, 4, 6, 8], [5, 6, 1, 2, 3, 7], [4, 2, 7, 8, 1, 0],
                [3, 5, 9, 4, 2, 1], [8, 7, 6, 3, 5, 2], [1, 0, 4, 7, 8, 9.0]])
torch.manual_seed(0)
"""


def run(code: str) -> tuple[Any, Any]:
    """What the text said and what its subject really is, by the code of an entry."""
    names: dict[str, Any] = {}
    exec(PRELUDE + code, names)
    return names["said"], names["found"]


def result(entry: dict[str, Any]) -> tuple[Any, Any, str]:
    """What was said, what was found, and with what it was recorded if it cannot be run here."""
    if absent(entry.get("needs", [])):
        known = entry["recorded"]
        return known["said"], known["found"], known["with"]
    return *run(entry["code"]), ""


def shown(value: Any) -> str:
    """A value as a reader writes it."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(shown, value))
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, float, np.number)):
        form = ".5g" if isinstance(value, (float, np.floating)) else ","
        return format(value, form).replace("-", "−")
    return str(value)
