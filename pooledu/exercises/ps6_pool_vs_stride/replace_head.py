"""`replace_head(model, num_classes)`: global average pooling, flatten and one `Linear`.

Any input size works; the features keep their weights and share none with the input model; judged
by behaviour, names are free.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pooledu.checks.exercise import Case, Draw, Exercise

if TYPE_CHECKING:
    from torch import nn
from pooledu.exercises.links import HEAD
from pooledu.exercises.ps6_pool_vs_stride.networks import (
    MODEL_WORDS,
    NOT_TORCH_ONLY,
    explain_model,
    show_layers,
    weigh,
)
from pooledu.exercises.ps6_pool_vs_stride.right import last_channels, right_head


def _classifiers(rng: Draw) -> Iterator[Case]:
    """The ladder of replace_head."""

    def case(
        tests: str,
        layers: list[Any],
        cells: int,
        classes: int,
        dtype: str = "float32",
        sizes: Any = ((8, 8), (12, 8)),
        **setting: Any,
    ) -> Case:
        channels = last_channels(layers)
        spec = {
            "layers": layers,
            "head": [
                ["linear", channels * cells, 12],
                ["relu"],
                ["dropout", 0.5],
                ["linear", 12, 7],
            ],
            "channels": layers[0][1],
            "sizes": [list(size) for size in sizes],
            "dtype": dtype,
            "seed": int(rng.integers(2**31)),
        }
        return Case(tests, (spec, classes), setting=setting)

    a, b = (int(n) for n in rng.permutation([3, 4, 5, 6])[:2])
    plain = [["conv", 1, a, 3, 1], ["relu"], ["pool", 2, 2, 0]]
    deep = [*plain, ["conv", a, b, 3, 1], ["relu"]]
    yield case("one convolution, ten classes", plain, 16, 10, sizes=((8, 8),))
    yield case("another number of classes", plain, 16, int(rng.integers(3, 6)), sizes=((8, 8),))
    yield case("images of other sizes", plain, 16, 7, sizes=((8, 8), (9, 13), (2, 2), (20, 6)))
    yield case("two convolutions", deep, 16, 5)
    yield case("features that end in a block", [*deep, ["block", b, a, 3, 2, 1]], 4, 4)
    yield case("features that end in a convolution", [*plain, ["conv", a, b, 3, 1]], 16, 4)
    wide = ["conv", 1, a, 5, 0]  # an image of the size of its kernel is too small for what follows
    normalised = [wide, ["norm", a], ["relu"], ["pool", 2, 2, 0]]
    yield case("a normalisation, and a large kernel without padding", normalised, 4, 6)
    double = case("float64; both arguments by name", deep, 16, 5, "float64")
    yield double.by_name("model", "num_classes")
    yield case("a model on another device", deep, 16, 5, elsewhere=True)


def _features_with(model, num_classes, *layers: Any, features: Any = None) -> nn.Module:
    """Put layers behind a copy of the features."""
    from torch import nn

    return nn.Sequential(copy.deepcopy(model.features) if features is None else features, *layers)


def _channels(model) -> int:
    """Find how many channels the features have."""
    from torch import nn

    return [m for m in model.features.modules() if isinstance(m, nn.Conv2d)][-1].out_channels


def _head(
    model, num_classes, *, inputs=None, outputs=None, average=None, **options: Any
) -> list[Any]:
    """Make the layers of the head; the options are what goes wrong."""
    from torch import nn

    like = next(model.parameters())
    made = {"dtype": like.dtype, "device": like.device} | options
    linear = nn.Linear(inputs or _channels(model), outputs or num_classes, **made)
    return [average or nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear]


def _gap_head(model, num_classes):
    """The oracle."""
    return _features_with(model, num_classes, *_head(model, num_classes))


STATED = ("unchanged", "shared", "kept", "dtype", "linear", "parameters")

replace_head = Exercise(
    "replace_head",
    oracle=_gap_head,
    ladder=_classifiers,
    show=show_layers,
    draws_results=False,
    driver="head",
    forbidden=NOT_TORCH_ONLY,
    explain=explain_model(*STATED, "shapes", "numbers"),
    weigh=weigh(len(STATED), right_head),
    words=MODEL_WORDS,
    link=HEAD,
)


@replace_head.mistake("Work on `copy.deepcopy(model)`, or copy the features.", HEAD)
def features_shared(model, num_classes):
    """Its new model holds the features of the old one."""
    return _features_with(model, num_classes, *_head(model, num_classes), features=model.features)


@replace_head.mistake("Work on `copy.deepcopy(model)`.", HEAD)
def old_model_changed(model, num_classes):
    """It changes the model that it is given, and returns it."""
    from torch import nn

    average, flatten, linear = _head(model, num_classes)
    model.features = nn.Sequential(model.features, average)
    model.classifier = nn.Sequential(flatten, linear)
    return model


@replace_head.mistake("Average over the plane: `AdaptiveAvgPool2d(1)`.", HEAD)
def maximum_over_the_plane(model, num_classes):
    """It takes the maximum over the plane and not the average."""
    from torch import nn

    head = _head(model, num_classes, average=nn.AdaptiveMaxPool2d(1))
    return _features_with(model, num_classes, *head)


@replace_head.mistake("One number for each channel remains: `AdaptiveAvgPool2d(1)`.", HEAD)
def pooled_to_two_by_two(model, num_classes):
    """It pools to 2 x 2 cells and not to one."""
    from torch import nn

    head = _head(model, num_classes, inputs=4 * _channels(model), average=nn.AdaptiveAvgPool2d(2))
    return _features_with(model, num_classes, *head)


@replace_head.mistake(
    "Global average pooling comes first; without it one image size only fits.", HEAD
)
def not_pooled(model, num_classes):
    """It only exchanges the dense head for one `Linear` on all cells."""
    from torch import nn

    inputs = model.classifier[0].in_features
    head = _head(model, num_classes, inputs=inputs, average=nn.Identity())
    return _features_with(model, num_classes, *head)


@replace_head.mistake("The head is one `Linear`; the hidden layer goes.", HEAD)
def hidden_layer_kept(model, num_classes):
    """It keeps a hidden layer between the average and the classes."""
    from torch import nn

    like = next(model.parameters())
    made = {"dtype": like.dtype, "device": like.device}
    average, flatten, first = _head(model, num_classes, outputs=12)
    return _features_with(
        model, num_classes, average, flatten, first, nn.ReLU(), nn.Linear(12, num_classes, **made)
    )


@replace_head.mistake("A classifier returns scores; the softmax is part of the loss.", HEAD)
def softmax_at_the_end(model, num_classes):
    """It ends with a softmax."""
    from torch import nn

    return _features_with(model, num_classes, *_head(model, num_classes), nn.Softmax(dim=1))


@replace_head.mistake("The number of classes is given: `num_classes`.", HEAD)
def classes_of_the_old_head(model, num_classes):
    """It keeps the number of classes of the old head."""
    return _features_with(
        model, num_classes, *_head(model, num_classes, outputs=model.classifier[-1].out_features)
    )


@replace_head.mistake("The features keep their weights: copy them, do not make them anew.", HEAD)
def features_made_anew(model, num_classes):
    """Its features have new weights."""
    made = _gap_head(model, num_classes)
    for module in made[0].modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    return made


@replace_head.mistake("A run that only looks at shapes is made in eval mode.", HEAD)
def run_in_train_mode(model, num_classes):
    """It runs the features in train mode, which moves the statistics of a normalisation."""
    made = _gap_head(model, num_classes).train()
    like = next(made.parameters())
    made(like.new_ones(2, like.shape[1], 16, 16))
    return made.eval()


@replace_head.mistake("Make the new layer with the dtype of the model's parameters.", HEAD)
def head_always_float32(model, num_classes):
    """Its new layer is float32, whatever the model is."""
    import torch

    return _features_with(model, num_classes, *_head(model, num_classes, dtype=torch.float32))


@replace_head.mistake("Make the new layer on the device of the model's parameters.", HEAD)
def head_made_on_the_cpu(model, num_classes):
    """Its new layer is on the CPU, wherever the model is."""
    return _features_with(model, num_classes, *_head(model, num_classes, device="cpu"))
