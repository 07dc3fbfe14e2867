"""`parameters_saved(features, widths)`: what a global average saves in place of a dense head.

`features` is `(C, H, W)`, the shape of an image's feature maps; `widths` are the numbers of outputs
of the dense layers behind the flattening, the last one the number of classes. All layers have
biases. The new head is a global average and one dense layer. Returns an int; below 0 if the new
head is the larger one.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.exercises.links import HEAD

MANY = 1000


def _heads(rng: Draw) -> Iterator[Case]:
    """The ladder of parameters_saved."""

    def some(*least: int) -> tuple[int, ...]:
        """Take these sizes; the judge's are drawn from too many to list, but where they are 1."""
        if rng.local:
            return least
        return tuple(n if n == 1 else n + int(rng.integers(MANY)) for n in least)

    yield Case("one channel of one cell: the heads are equal", ((1, 1, 1), some(3)))
    yield Case("maps of one cell save nothing", (some(2, 1, 1), some(3)))
    yield Case("one channel of 2 x 3", (some(1, 2, 3), some(1)))
    yield Case("two classes", (some(1, 2, 4), some(2)))
    yield Case("channels and classes", (some(3, 2, 4), some(5)))
    yield Case("one hidden layer", (some(2, 2, 3), some(4, 3)))
    yield Case("two hidden layers", (some(3, 2, 4), some(5, 4, 2)))
    yield Case("a hidden layer as wide as the classes", (some(3, 4, 2), some(6) * 2))
    yield Case("a bottleneck: the new head is larger", (some(40, 1, 1), (1, *some(30))))
    yield Case("lists", (list(some(4, 3, 5)), list(some(7, 6))))
    sizes = tuple(map(np.int64, some(8, 7, 5)))
    yield Case("NumPy integers", (sizes, tuple(map(np.int64, some(9, 4)))))
    channels, side = some(512, 7)
    named = {"features": (channels, side, side), "widths": some(4096, 4096, 1000)}
    yield Case("the head of VGG-16, by name", (), named)


def _dense(inputs: int, widths: Sequence[int], bias: int = 1) -> int:
    """Count the parameters of dense layers, one behind the other."""
    count = 0
    for outputs in widths:
        count += (inputs + bias) * int(outputs)
        inputs = int(outputs)
    return count


def _saved(features, widths):
    """The oracle."""
    c, h, w = map(int, features)
    return _dense(c * h * w, widths) - _dense(c, widths[-1:])


parameters_saved = Exercise("parameters_saved", oracle=_saved, ladder=_heads, link=HEAD)


@parameters_saved.mistake("Each output of a dense layer has a bias as well.")
def biases_forgotten(features, widths):
    """It counts weights and no biases."""
    c, h, w = map(int, features)
    return _dense(c * h * w, widths, bias=0) - _dense(c, widths[-1:], bias=0)


@parameters_saved.mistake("The new head has a dense layer, too: what is saved is the difference.")
def new_head_forgotten(features, widths):
    """It counts the dense head and does not subtract the new one."""
    c, h, w = map(int, features)
    return _dense(c * h * w, widths)


@parameters_saved.mistake("What is saved is the difference of the two.")
def new_head_alone(features, widths):
    """It counts the new head alone."""
    return _dense(int(features[0]), widths[-1:])


@parameters_saved.mistake("What is saved is what was there less what is there now.")
def other_way_round(features, widths):
    """It subtracts the dense head from the new one."""
    return -_saved(features, widths)


@parameters_saved.mistake("All dense layers go, not the last one alone.")
def last_layer_alone(features, widths):
    """It counts only the last layer of the dense head."""
    c, h, w = map(int, features)
    inputs = int(widths[-2]) if len(widths) > 1 else c * h * w
    return _dense(inputs, widths[-1:]) - _dense(c, widths[-1:])


@parameters_saved.mistake("Behind the first dense layer come the others.")
def first_layer_alone(features, widths):
    """It counts only the first layer of the dense head."""
    c, h, w = map(int, features)
    return _dense(c * h * w, widths[:1]) - _dense(c, widths[-1:])


@parameters_saved.mistake("The inputs of a layer are the outputs of the one before it.")
def all_on_the_features(features, widths):
    """It gives every dense layer the flattened features as input."""
    c, h, w = map(int, features)
    return sum(_dense(c * h * w, [n]) for n in widths) - _dense(c, widths[-1:])


@parameters_saved.mistake("Flattened, the maps have `C * H * W` numbers.")
def cells_forgotten(features, widths):
    """It gives the dense head one input for each channel."""
    c = int(features[0])
    return _dense(c, widths) - _dense(c, widths[-1:])


@parameters_saved.mistake("The global average keeps a number for each channel, not for each cell.")
def cells_for_channels(features, widths):
    """It gives the new head one input for each cell of a map."""
    c, h, w = map(int, features)
    return _dense(c * h * w, widths) - _dense(h * w, widths[-1:])


@parameters_saved.mistake("The new head goes from the channels to the classes at once.")
def hidden_layers_kept(features, widths):
    """It keeps the hidden layers in the new head."""
    c, h, w = map(int, features)
    return _dense(c * h * w, widths) - _dense(c, widths)


@parameters_saved.mistake("`H` and `W` are two numbers: a map need not be square.")
def square_maps(features, widths):
    """It takes every map for a square of `H * H` cells."""
    c, h, _ = map(int, features)
    return _saved((c, h, h), widths)
