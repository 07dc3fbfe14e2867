"""Problem set 6: what a network sees, and what it is without its pools and its dense head."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pooledu.checks.exercise import NOT_NUMPY, Case, Draw, Exercise, Index, question

if TYPE_CHECKING:
    from torch import nn

SET = "ps6_pool_vs_stride"
FIELD = "book/receptive-fields.html#receptive-by-hand"
FIELD_WRONG = "book/receptive-fields.html#wrong-receptive-fields"
REPLACED = "book/pooling-or-strides.html#strides-replace"
HEAD = "book/global-and-adaptive.html#global-switch"
SHIFTS = "book/shifts.html#shifts-lab"
NOT_TORCH_ONLY = tuple(library for library in NOT_NUMPY if library != "torch")


# ---- receptive_field ---------------------------------------------------------------------------


def _stacks(rng: Draw) -> Iterator[Case]:
    """The ladder of receptive_field."""

    def kernel(least: int) -> int:
        return least + int(rng.integers(5))

    yield Case("no layer: a cell sees itself", ([],))
    yield Case("one convolution", ([(kernel(3), 1)],))
    yield Case("a layer of one cell changes nothing", ([(1, 1)],))
    yield Case("one pooling", ([(2, 2)],))
    yield Case("two convolutions", ([(3, 1), (5, 1)],))
    yield Case("a convolution and a pooling", ([(3, 1), (2, 2)],))
    yield Case("what follows a pooling counts more", ([(2, 2), (3, 1)],))
    yield Case("two poolings", ([(2, 2), (2, 2)],))
    yield Case("a pooling that overlaps", ([(3, 2), (3, 1)],))
    yield Case("a stride without a kernel", ([(1, 2), (3, 1)],))
    yield Case("a stride larger than the kernel", ([(2, 3), (3, 2)],))
    yield Case("different strides", ([(5, 3), (3, 2), (kernel(3), 1)],))
    yield Case("convolutions between poolings", ([(3, 1), (2, 2)] * 3,))
    yield Case("as lists", ([[7, 2], [3, 2], [kernel(2), 1]],))
    yield Case(
        "NumPy integers",
        ([(np.int64(kernel(3)), np.int64(2)), (np.int64(3), np.int64(1))],),
    )
    strides = (1, 2, 1, 3, 1, 2, 1)
    yield Case("many layers", ([(kernel(2 + 5 * i), s) for i, s in enumerate(strides)],))


def _field(layers):
    """The oracle."""
    size = jump = 1
    for kernel, stride in layers:
        size, jump = size + (int(kernel) - 1) * jump, jump * int(stride)
    return size, jump


receptive_field = Exercise("receptive_field", SET, oracle=_field, ladder=_stacks, link=FIELD)


def _declare_field(
    name: str,
    says: str,
    hint: str,
    step: Callable[[int, int, int, int], tuple[int, int]],
    link: str = FIELD,
) -> None:
    """Declare a mistake that is another step from layer to layer."""

    def wrong(layers):
        size = jump = 1
        for kernel, stride in layers:
            size, jump = step(size, jump, int(kernel), int(stride))
        return size, jump

    wrong.__name__, wrong.__doc__ = name, says
    receptive_field.mistake(hint, link)(wrong)


_declare_field(
    "multiplied_by_the_stride",
    "It multiplies the size by the stride of each layer.",
    "A pooling of 2 makes the steps twice as long, not what has been seen so far. Only what "
    "follows "
    "grows faster.",
    lambda size, jump, k, s: ((size + k - 1) * s, jump * s),
    FIELD_WRONG,
)
_declare_field(
    "multiplied_by_the_kernel",
    "It multiplies the size by the kernel of each layer.",
    "A layer adds `(kernel - 1) * jump` cells; it multiplies nothing.",
    lambda size, jump, k, s: (size * k, jump * s),
    FIELD_WRONG,
)
_declare_field(
    "jump_ignored",
    "It adds `kernel - 1` for each layer and ignores the jump.",
    "One step in a deep layer is `jump` cells of the input.",
    lambda size, jump, k, s: (size + k - 1, jump * s),
)
_declare_field(
    "jump_too_early",
    "It multiplies the jump before it adds the kernel of the same layer.",
    "The cells of a kernel lie in the layer below: they are as far apart as its jump says.",
    lambda size, jump, k, s: (size + (k - 1) * jump * s, jump * s),
)
_declare_field(
    "kernel_not_less_one",
    "It adds `kernel * jump` and not `(kernel - 1) * jump`.",
    "A kernel of 1 adds nothing.",
    lambda size, jump, k, s: (size + k * jump, jump * s),
)
_declare_field(
    "jumps_added",
    "It adds the strides up and does not multiply them.",
    "Two poolings of 2 make steps of 4: jumps multiply. With 2 and 2 the sum is 4 as well, "
    "with 3 and 2 "
    "it is not.",
    lambda size, jump, k, s: (size + (k - 1) * jump, jump + s - 1),
)
_declare_field(
    "last_stride_only",
    "It takes the stride of the layer for the jump.",
    "The jump is the product of all strides so far.",
    lambda size, jump, k, s: (size + (k - 1) * jump, s),
)
_declare_field(
    "strides_ignored",
    "It does not use the strides.",
    "Which part of each pair do you never read?",
    lambda size, jump, k, s: (size + k - 1, 1),
)


@receptive_field.mistake("The layers are given from the input upwards.", FIELD)
def from_the_top(layers):
    """It goes through the layers from the last to the first."""
    return _field(layers[::-1])


@receptive_field.mistake("The contract asks for `(size, jump)`.", FIELD)
def results_swapped(layers):
    """It returns the jump before the size."""
    return _field(layers)[::-1]


@receptive_field.mistake("The contract asks for `(size, jump)`.", FIELD)
def size_only(layers):
    """It returns the size alone."""
    return _field(layers)[0]


# ---- replace_max_pool --------------------------------------------------------------------------


def _networks(rng: Draw) -> Iterator[Case]:
    """The ladder of replace_max_pool."""

    def case(
        tests: str,
        *layers: Any,
        sizes: Any = ((8, 8), (9, 11)),
        dtype: str = "float32",
        **setting: Any,
    ) -> Case:
        first = layers[0]
        while not isinstance(first[0], str):
            first = first[0]
        spec = {
            "layers": list(layers),
            "channels": first[1],
            "sizes": [list(size) for size in sizes],
            "dtype": dtype,
            "seed": int(rng.integers(2**31)),
        }
        return Case(tests, (spec,), setting=setting)

    a, b, c = (int(n) for n in rng.permutation([3, 4, 5, 6, 7])[:3])
    even, odd = ((8, 8), (12, 10)), ((9, 9), (11, 13), (10, 7))
    yield case("one pooling of 2, even sizes", ["conv", 1, a, 3, 1], ["pool", 2, 2, 0], sizes=even)
    yield case("one pooling of 2, odd sizes", ["conv", 1, a, 3, 1], ["pool", 2, 2, 0], sizes=odd)
    yield case("a pooling of 3 with padding", ["conv", 2, a, 3, 1], ["relu"], ["pool", 3, 2, 1])
    yield case("a pooling of 3 without padding", ["conv", 2, a, 3, 1], ["pool", 3, 2, 0])
    yield case("a stride of 1", ["conv", 1, a, 3, 1], ["pool", 2, 1, 0])
    yield case("a stride of 3", ["conv", 1, a, 3, 1], ["pool", 3, 3, 0], sizes=((12, 12), (13, 14)))
    yield case(
        "two poolings, more channels behind the first",
        ["conv", 1, a, 3, 1],
        ["relu"],
        ["pool", 2, 2, 0],
        ["conv", a, b, 3, 1],
        ["norm", b],
        ["relu"],
        ["pool", 2, 2, 0],
        sizes=((16, 16), (13, 15)),
    )
    yield case(
        "poolings inside of other modules",
        [["conv", 3, a, 3, 1], [["relu"], ["pool", 2, 2, 0]]],
        ["block", a, b, 3, 2, 1],
        ["conv", b, c, 1, 0],
        sizes=((16, 16), (17, 14)),
    )
    yield case("no pooling at all", ["conv", 1, a, 3, 1], ["relu"], ["conv", a, 2, 3, 1])
    yield case(
        "an average pooling stays",
        ["conv", 1, a, 3, 1],
        ["average", 2],
        ["conv", a, b, 3, 1],
        ["pool", 2, 2, 0],
        sizes=((12, 12), (15, 14)),
    )
    yield case(
        "a large window", ["conv", 1, a, 3, 1], ["pool", 5, 2, 0], sizes=((12, 12), (13, 15))
    )
    yield case("float64", ["conv", 1, a, 3, 1], ["pool", 2, 2, 0], dtype="float64")
    yield case("a model on another device", ["conv", 1, a, 3, 1], ["pool", 2, 2, 0], elsewhere=True)


def _show_layers(case: Case, at: Index | None) -> list[dict[str, Any]]:
    """Draw the layers of the model."""
    from pooledu.checks.models import names

    spec = case.args[0]
    layers = names(spec["layers"])
    shown = [{"values": [[layer] for layer in layers], "title": "model"}]
    if "head" in spec:
        shown[0]["title"] = "model.features"
        shown.append(
            {"values": [[layer] for layer in names(spec["head"])], "title": "model.classifier"}
        )
    return shown


def _asymmetric(pool: nn.MaxPool2d, channels: int, like: Any, **changes: Any) -> nn.Module:
    """Make the convolution for a pool: behind a pad that gives the same output size."""
    import torch
    from torch import nn

    kernel, stride, padding = (
        value if isinstance(value, int) else value[0]
        for value in (pool.kernel_size, pool.stride, pool.padding)
    )
    total = 2 * padding + 3 - kernel
    options: dict[str, Any] = {
        "kernel_size": 3,
        "stride": stride,
        "dtype": like.dtype,
        "device": like.device,
    } | changes
    before = total // 2
    pad = nn.ZeroPad2d((before, total - before, before, total - before))
    conv = nn.Conv2d(channels, channels, **options)
    assert isinstance(conv, torch.nn.Module)
    return nn.Sequential(pad, conv)


def _replace(module: nn.Module, make: Callable[..., nn.Module], deep: bool = True) -> None:
    """Replace the pools of a module in place."""
    from torch import nn

    channels, like = None, next(module.parameters(), None)

    def visit(parent: nn.Module) -> None:
        nonlocal channels
        for name, child in parent.named_children():
            if isinstance(child, nn.Conv2d):
                channels = child.out_channels
            elif isinstance(child, nn.MaxPool2d):
                setattr(parent, name, make(child, channels, like))
            elif deep:
                visit(child)

    visit(module)


def _replaced(model, make=_asymmetric, deep=True):
    """Return a copy with other layers for the pools."""
    made = copy.deepcopy(model)
    _replace(made, make, deep)
    return made


MODEL_SAYS = {
    "unchanged": "It changes the model that it is given: work on `copy.deepcopy(model)`.",
    "shared": "The new model shares parameters with the old one, so training one changes "
    "the other.",
    "left": "There are still {actual} `nn.MaxPool2d` in the new model.",
    "convolutions": "The convolutions are (kernel, kernel, stride, stride, channels in, "
    "channels out) "
    "{actual}, and {expected} were expected.",
    "kept": "Parameters of the old model are missing in the new one: its layers keep their "
    "weights.",
    "dtype": "The parameters are {actual}, and {expected} was expected: the dtype follows "
    "the model.",
    "shapes": "The output shapes for the inputs {sizes} are {actual}, and {expected} were "
    "expected.",
    "linear": "The output is not one linear layer on the averages of the features over the plane.",
    "parameters": "The new model has {actual} parameters, and {expected} were expected.",
}


def _explain_model(*names: str) -> Callable[[Case, Any, Any], str | None]:
    """Say which of the things that were looked at differs."""

    def explain(case: Case, expected: Any, actual: Any) -> str | None:
        if not isinstance(actual, tuple) or len(actual) != len(expected):
            return "It did not return a `torch.nn.Module`."
        for name, wanted, given in zip(names, expected, actual, strict=True):
            if wanted != given:
                return MODEL_SAYS[name].format(
                    expected=wanted, actual=given, sizes=case.args[0]["sizes"]
                )
        return None

    return explain


replace_max_pool = Exercise(
    "replace_max_pool",
    SET,
    oracle=_replaced,
    ladder=_networks,
    show=_show_layers,
    draws_results=False,
    driver="pools",
    forbidden=NOT_TORCH_ONLY,
    explain=_explain_model(
        "unchanged", "shared", "left", "convolutions", "kept", "dtype", "shapes"
    ),
    link=REPLACED,
)


def _with_padding(padding: int) -> Callable[..., nn.Module]:
    """Make the convolution with a fixed padding."""

    def make(pool: nn.MaxPool2d, channels: int, like: Any) -> nn.Module:
        from torch import nn

        return nn.Conv2d(
            channels, channels, 3, pool.stride, padding, dtype=like.dtype, device=like.device
        )

    return make


@replace_max_pool.mistake(
    "With padding 1 a 3x3 convolution of stride 2 turns 9 cells into 5; a pooling "
    "of 2 turns them into 4. Pad on one side only.",
    REPLACED,
)
def padding_one_always(model):
    """It pads with 1 on every side, whatever the pool is, so odd sizes give one cell too many."""
    return _replaced(model, _with_padding(1))


@replace_max_pool.mistake("A 3x3 kernel needs one cell more than a 2x2 window: pad.", REPLACED)
def never_padded(model):
    """It does not pad, so the output is too small."""
    return _replaced(model, _with_padding(0))


@replace_max_pool.mistake("The stride is the pool's: `pool.stride`.", REPLACED)
def stride_two_always(model):
    """It uses a stride of 2, whatever the stride of the pool is."""
    return _replaced(
        model, lambda pool, channels, like: _asymmetric(pool, channels, like, stride=2)
    )


@replace_max_pool.mistake("The stride is the pool's; its kernel size is another number.", REPLACED)
def stride_from_the_kernel(model):
    """It uses the kernel size of the pool as stride."""
    return _replaced(
        model,
        lambda pool, channels, like: _asymmetric(pool, channels, like, stride=pool.kernel_size),
    )


@replace_max_pool.mistake(
    "Pools may be inside of other modules: go through the children of the children too.", REPLACED
)
def top_level_only(model):
    """It replaces only the pools at the top level of the model."""
    return _replaced(model, deep=False)


@replace_max_pool.mistake("Work on `copy.deepcopy(model)`.", REPLACED)
def model_changed(model):
    """It changes the model that it is given, and returns it."""
    _replace(model, _asymmetric)
    return model


@replace_max_pool.mistake(
    "A shallow copy holds the same parameters. Work on `copy.deepcopy(model)`.", REPLACED
)
def parameters_shared(model):
    """Its new model holds the parameters of the old one."""
    made = copy.deepcopy(model)
    _replace(made, _asymmetric)
    own = dict(model.named_parameters())
    for name, _ in list(made.named_parameters()):
        if name in own:
            parent, _, leaf = name.rpartition(".")
            setattr(made.get_submodule(parent), leaf, own[name])
    return made


@replace_max_pool.mistake(
    "The convolution has a 3x3 kernel, whatever the pool's window is.", REPLACED
)
def kernel_of_the_pool(model):
    """Its convolutions have the kernel size of the pool and not 3."""
    from torch import nn

    def make(pool, channels, like):
        return nn.Conv2d(
            channels,
            channels,
            pool.kernel_size,
            pool.stride,
            pool.padding,
            dtype=like.dtype,
            device=like.device,
        )

    return _replaced(model, make)


@replace_max_pool.mistake("A pool becomes a convolution: a layer that learns.", REPLACED)
def average_in_place_of_convolution(model):
    """It puts average pools in the place of the maximum pools."""
    from torch import nn

    return _replaced(
        model,
        lambda pool, channels, like: nn.AvgPool2d(pool.kernel_size, pool.stride, pool.padding),
    )


@replace_max_pool.mistake(
    "Only the pools are replaced: copy the model, do not make it anew.", REPLACED
)
def weights_lost(model):
    """Its other layers have new weights."""
    made = _replaced(model)
    for module in made.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    return made


@replace_max_pool.mistake("Make the new layers with the dtype of the model's parameters.", REPLACED)
def float32_always(model):
    """Its new layers are float32, whatever the model is."""
    import torch

    return _replaced(
        model, lambda pool, channels, like: _asymmetric(pool, channels, like, dtype=torch.float32)
    )


@replace_max_pool.mistake("Make the new layers on the device of the model's parameters.", REPLACED)
def made_on_the_cpu(model):
    """Its new layers are on the CPU, wherever the model is."""
    return _replaced(
        model, lambda pool, channels, like: _asymmetric(pool, channels, like, device="cpu")
    )


# ---- replace_head ------------------------------------------------------------------------------


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
        channels = [layer[2] for layer in layers if layer[0] in ("conv", "block")][-1]
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
    yield case("float64", deep, 16, 5, "float64")
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


replace_head = Exercise(
    "replace_head",
    SET,
    oracle=_gap_head,
    ladder=_classifiers,
    show=_show_layers,
    draws_results=False,
    driver="head",
    forbidden=NOT_TORCH_ONLY,
    explain=_explain_model(
        "unchanged", "shared", "kept", "dtype", "shapes", "linear", "parameters"
    ),
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


@replace_head.mistake("Make the new layer with the dtype of the model's parameters.", HEAD)
def head_always_float32(model, num_classes):
    """Its new layer is float32, whatever the model is."""
    import torch

    return _features_with(model, num_classes, *_head(model, num_classes, dtype=torch.float32))


@replace_head.mistake("Make the new layer on the device of the model's parameters.", HEAD)
def head_made_on_the_cpu(model, num_classes):
    """Its new layer is on the CPU, wherever the model is."""
    return _features_with(model, num_classes, *_head(model, num_classes, device="cpu"))


# ---- shift_consistency -------------------------------------------------------------------------


def _shifts(rng: Draw) -> Iterator[Case]:
    """The ladder of shift_consistency."""

    def case(
        tests: str, count: int, size: tuple[int, int], classes: int, shift: Any, **setting: Any
    ) -> Case:
        while True:
            images = rng.normal(size=(count, 1, *size)).round(3)
            weights = rng.normal(size=(size[0] * size[1], classes)).round(3)
            if _tells_apart(images, weights, int(shift)):
                return Case(tests, ({"weights": weights}, images, shift), setting=setting)

    yield case("no shift: nothing changes", 3, (2, 3), 3, 0)
    yield case("a shift of one pixel", 40, (3, 4), 3, 1)
    yield case("to the left", 40, (4, 5), 4, -1)
    yield case("a whole turn", 12, (3, 4), 3, 4)
    yield case("further than the width", 60, (4, 5), 3, 7)
    yield case("more rows than columns", 60, (6, 3), 4, 2)
    yield case("two classes", 80, (4, 6), 2, 3)
    yield case("many images", 200, (5, 7), 5, -9)
    yield case("a NumPy integer", 30, (4, 4), 3, np.int64(1))
    yield case("images on another device", 30, (4, 5), 3, 2, elsewhere=True)


def _tells_apart(images: np.ndarray, weights: np.ndarray, shift: int) -> bool:
    """Say whether every other way to shift changes the predictions of another part of images."""
    right = np.roll(images, shift, 3)
    uncovered = np.roll(np.arange(images.shape[3]) < abs(shift), min(shift, 0))
    others = (
        np.roll(images, -shift, 3),
        np.roll(images, shift, 2),
        np.roll(images, shift),
        np.where(uncovered, 0, right),
    )

    def unchanged(moved: np.ndarray) -> float:
        before, after = ((x.reshape(len(x), -1) @ weights).argmax(1) for x in (images, moved))
        return float((before == after).mean())

    found = unchanged(right)
    return found not in (0, 0.5) and not any(
        unchanged(other) == found for other in others if not np.array_equal(other, right)
    )


def _consistency(model, images, shift):
    """The oracle."""
    return _share_unchanged(model, images, lambda x: x.roll(int(shift), -1))


def _share_unchanged(model, images, move) -> float:
    """The fraction of images whose class stays when they are moved."""
    import torch

    with torch.no_grad():
        same = model(images).argmax(1) == model(move(images)).argmax(1)
    return float(same.double().mean().item())


def _explain_shift(case: Case, expected: Any, actual: Any) -> str | None:
    """Say which of the things that were looked at differs."""
    if not isinstance(actual, tuple) or len(actual) != 3 or not isinstance(actual[0], float):
        return "It did not return a Python float: `.item()` turns a tensor into one."
    if not actual[1]:
        return "The model arrives in eval mode and has to leave in eval mode."
    if not actual[2]:
        return "It changes the images that it is given."
    return None


shift_consistency = Exercise(
    "shift_consistency",
    SET,
    oracle=_consistency,
    ladder=_shifts,
    tolerance=1e-6,
    show=lambda case, at: [{"values": case.args[1][0, 0], "title": "images[0, 0]"}],
    results=("fraction", "model in eval mode", "images unchanged"),
    driver="consistency",
    forbidden=NOT_TORCH_ONLY,
    explain=_explain_shift,
    link=SHIFTS,
)


@shift_consistency.mistake("The width is the last axis of (N, C, H, W).", SHIFTS)
def rolled_along_the_height(model, images, shift):
    """It rolls along the height."""
    return _share_unchanged(model, images, lambda x: x.roll(int(shift), -2))


@shift_consistency.mistake("A positive shift moves to the right, as in `torch.roll`.", SHIFTS)
def rolled_the_other_way(model, images, shift):
    """It rolls in the opposite direction."""
    return _share_unchanged(model, images, lambda x: x.roll(-int(shift), -1))


@shift_consistency.mistake("Without `dims`, `torch.roll` flattens all axes into one.", SHIFTS)
def rolled_without_dims(model, images, shift):
    """It rolls all axes as if they were one."""
    return _share_unchanged(model, images, lambda x: x.roll(int(shift)))


@shift_consistency.mistake("What leaves on one side comes back on the other: `torch.roll`.", SHIFTS)
def filled_with_zeros(model, images, shift):
    """It fills with zeros what the shift uncovers."""

    def move(x):
        moved = x.roll(int(shift), -1)
        width, shift_ = x.shape[-1], max(-x.shape[-1], min(int(shift), x.shape[-1]))
        empty = slice(0, shift_) if shift_ >= 0 else slice(width + shift_, width)
        moved[..., empty] = 0
        return moved

    return _share_unchanged(model, images, move)


@shift_consistency.mistake("The sign of the shift counts.", SHIFTS)
def sign_ignored(model, images, shift):
    """It takes the absolute value of the shift."""
    return _share_unchanged(model, images, lambda x: x.roll(abs(int(shift)), -1))


@shift_consistency.mistake("Count the predictions that stay.", SHIFTS)
def changed_in_place_of_unchanged(model, images, shift):
    """It counts the predictions that change."""
    return 1 - _consistency(model, images, shift)


@shift_consistency.mistake("A fraction is a count divided by the number of images.", SHIFTS)
def counted_not_divided(model, images, shift):
    """It returns the number of images and not the fraction."""
    return _consistency(model, images, shift) * len(images)


@shift_consistency.mistake("A fraction lies between 0 and 1.", SHIFTS)
def in_percent(model, images, shift):
    """It returns a percentage."""
    return 100 * _consistency(model, images, shift)


@shift_consistency.mistake(
    "Compare the predicted classes: the scores always change a little.", SHIFTS
)
def scores_compared(model, images, shift):
    """It compares the scores and not the predicted classes."""
    import torch

    a, b = model(images), model(images.roll(int(shift), -1))
    return float(torch.isclose(a, b).all(1).double().mean().item())


@shift_consistency.mistake("`.item()` turns a tensor of one number into a Python float.", SHIFTS)
def tensor_returned(model, images, shift):
    """It returns a tensor and not a Python float."""
    same = model(images).argmax(1) == model(images.roll(int(shift), -1)).argmax(1)
    return same.double().mean()


@shift_consistency.mistake(
    "The model arrives in eval mode; in train mode dropout makes it guess.", SHIFTS
)
def left_in_train_mode(model, images, shift):
    """It leaves the model in train mode."""
    found = _consistency(model, images, shift)
    model.train()
    return found


@shift_consistency.mistake("Make tensors on `images.device`.", SHIFTS)
def counted_on_the_cpu(model, images, shift):
    """It makes a tensor on the CPU and computes with it and with the images."""
    import torch

    def move(x):
        columns = torch.eye(x.shape[-1]).roll(int(shift), 1)
        return x @ columns

    return _share_unchanged(model, images, move)


@shift_consistency.mistake("Compute where the model and the images are.", SHIFTS)
def model_moved_to_the_cpu(model, images, shift):
    """It moves the model to the CPU and leaves it there."""
    return _consistency(model.cpu(), images.cpu(), shift)


# ---- questions ---------------------------------------------------------------------------------

strided_conv_parameters = question(
    "strided_conv_parameters",
    SET,
    asks="How many parameters has nn.Conv2d(64, 64, 3, stride=2, padding=1), its bias included?",
    answer=3 * 3 * 64 * 64 + 64,
    link=REPLACED,
    wrong={
        3 * 3 * 64 * 64: (
            "bias_forgotten",
            "That is the weights alone.",
            "There is a bias for each output channel.",
        ),
        3 * 3 * 64 + 64: (
            "one_input_channel",
            "That is a kernel for each output channel alone.",
            "Each output channel looks at all 64 input channels.",
        ),
        3 * 64 * 64 + 64: (
            "kernel_not_squared",
            "That is three weights for each pair of channels.",
            "A kernel of 3 x 3 has nine.",
        ),
        0: ("as_a_pool", "That is what a pooling has.", "A convolution learns its weights."),
    },
)
