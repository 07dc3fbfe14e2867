"""`replace_max_pool(model)`: each `nn.MaxPool2d` becomes a 3x3 convolution.

An `nn.Conv2d`, alone or behind a pad, with the pool's stride and the same output shape and
channels for every input size; the input model is unchanged, no parameter shared; device and dtype
follow the model.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import REPLACED
from pooledu.exercises.ps6_pool_vs_stride.networks import (
    MODEL_WORDS,
    NOT_TORCH_ONLY,
    asymmetric,
    explain_model,
    replace_pools,
    show_layers,
    weigh,
    with_padding,
    with_pools_replaced,
)
from pooledu.exercises.ps6_pool_vs_stride.right import right_networks


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

    def conv(inputs: int = 1) -> list[Any]:
        return ["conv", inputs, a, 3, 1]

    a, b, c = (int(n) for n in rng.permutation([3, 4, 5, 6, 7])[:3])
    even, odd = ((8, 8), (12, 10)), ((9, 9), (11, 13), (10, 7))
    yield case("one pooling of 2, even sizes", conv(), ["pool", 2, 2, 0], sizes=even)
    yield case("one pooling of 2, odd sizes", conv(), ["pool", 2, 2, 0], sizes=odd)
    yield case("a pooling of 3 with padding", conv(2), ["relu"], ["pool", 3, 2, 1])
    yield case("a pooling of 3 without padding", conv(2), ["pool", 3, 2, 0])
    yield case("a stride of 1", conv(), ["pool", 2, 1, 0])
    yield case("a stride of 3", conv(), ["pool", 3, 3, 0], sizes=((12, 12), (13, 14)))
    yield case(
        "two poolings, more channels behind the first",
        conv(),
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
        [conv(3), [["relu"], ["pool", 2, 2, 0]]],
        ["block", a, b, 3, 2, 1],
        ["conv", b, c, 1, 0],
        sizes=((16, 16), (17, 14)),
    )
    yield case("no pooling at all", conv(), ["relu"], ["conv", a, 2, 3, 1])
    yield case(
        "an average pooling stays",
        conv(),
        ["average", 2],
        ["conv", a, b, 3, 1],
        ["pool", 2, 2, 0],
        sizes=((12, 12), (15, 14)),
    )
    yield case("a large window", conv(), ["pool", 5, 2, 0], sizes=((12, 12), (13, 15)))
    yield case("a window of one cell", conv(), ["pool", 1, 2, 0])
    yield case("a pooling of 2 with padding", conv(), ["pool", 2, 2, 1])
    double = case("float64; the model by name", conv(), ["pool", 2, 2, 0], dtype="float64")
    yield double.by_name("model")
    yield case("a model on another device", conv(), ["pool", 2, 2, 0], elsewhere=True)


def _replaced(model):
    """The oracle."""
    return with_pools_replaced(model)


STATED = ("unchanged", "shared", "left", "convolutions", "kept", "dtype")

replace_max_pool = Exercise(
    "replace_max_pool",
    oracle=_replaced,
    ladder=_networks,
    show=show_layers,
    draws_results=False,
    driver="pools",
    forbidden=NOT_TORCH_ONLY,
    explain=explain_model(*STATED, "shapes", "numbers"),
    weigh=weigh(len(STATED), right_networks),
    words=MODEL_WORDS,
    link=REPLACED,
)


@replace_max_pool.mistake(
    "With padding 1 a 3x3 convolution of stride 2 turns 9 cells into 5; a pooling "
    "of 2 turns them into 4. Pad on one side only.",
    REPLACED,
)
def padding_one_always(model):
    """It pads with 1 on every side, whatever the pool is, so odd sizes give one cell too many."""
    return with_pools_replaced(model, with_padding(1))


@replace_max_pool.mistake("A 3x3 kernel needs one cell more than a 2x2 window: pad.", REPLACED)
def never_padded(model):
    """It does not pad, so the output is too small."""
    return with_pools_replaced(model, with_padding(0))


@replace_max_pool.mistake("The stride is the pool's: `pool.stride`.", REPLACED)
def stride_two_always(model):
    """It uses a stride of 2, whatever the stride of the pool is."""
    return with_pools_replaced(
        model, lambda pool, channels, like: asymmetric(pool, channels, like, stride=2)
    )


@replace_max_pool.mistake("The stride is the pool's; its kernel size is another number.", REPLACED)
def stride_from_the_kernel(model):
    """It uses the kernel size of the pool as stride."""
    return with_pools_replaced(
        model,
        lambda pool, channels, like: asymmetric(pool, channels, like, stride=pool.kernel_size),
    )


@replace_max_pool.mistake(
    "Pools may be inside of other modules: go through the children of the children too.", REPLACED
)
def top_level_only(model):
    """It replaces only the pools at the top level of the model."""
    return with_pools_replaced(model, deep=False)


@replace_max_pool.mistake("Work on `copy.deepcopy(model)`.", REPLACED)
def model_changed(model):
    """It changes the model that it is given, and returns it."""
    replace_pools(model, asymmetric)
    return model


@replace_max_pool.mistake(
    "A shallow copy holds the same parameters. Work on `copy.deepcopy(model)`.", REPLACED
)
def parameters_shared(model):
    """Its new model holds the parameters of the old one."""
    made = copy.deepcopy(model)
    replace_pools(made, asymmetric)
    own = dict(model.named_parameters())
    for name, _ in list(made.named_parameters()):
        if name in own:
            parent, _, leaf = name.rpartition(".")
            setattr(made.get_submodule(parent), leaf, own[name])
    return made


@replace_max_pool.mistake("The convolution has a 3x3 kernel, whatever the window is.", REPLACED)
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

    return with_pools_replaced(model, make)


@replace_max_pool.mistake("A pool becomes a convolution: a layer that learns.", REPLACED)
def average_in_place_of_convolution(model):
    """It puts average pools in the place of the maximum pools."""
    from torch import nn

    return with_pools_replaced(
        model,
        lambda pool, channels, like: nn.AvgPool2d(pool.kernel_size, pool.stride, pool.padding),
    )


@replace_max_pool.mistake(
    "Only the pools are replaced: copy the model, do not make it anew.", REPLACED
)
def weights_lost(model):
    """Its other layers have new weights."""
    made = with_pools_replaced(model)
    for module in made.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    return made


@replace_max_pool.mistake("Make the new layers with the dtype of the model's parameters.", REPLACED)
def float32_always(model):
    """Its new layers are float32, whatever the model is."""
    import torch

    return with_pools_replaced(
        model, lambda pool, channels, like: asymmetric(pool, channels, like, dtype=torch.float32)
    )


@replace_max_pool.mistake("Make the new layers on the device of the model's parameters.", REPLACED)
def made_on_the_cpu(model):
    """Its new layers are on the CPU, wherever the model is."""
    return with_pools_replaced(
        model, lambda pool, channels, like: asymmetric(pool, channels, like, device="cpu")
    )
