"""A dense layer has (inputs + 1) * outputs parameters; the 1 is the bias.
The first one's inputs are all cells of all maps; those of the next are the outputs before it.
The new head is one such layer, from the channels to the classes. The difference is saved.
"""

from itertools import pairwise


def step_by_step(features, widths):
    """Walk through the dense layers."""
    channels, height, width = features
    inputs, dense = channels * height * width, 0
    for outputs in widths:
        dense += (inputs + 1) * outputs
        inputs = outputs
    return int(dense - (channels + 1) * widths[-1])


def in_pairs(features, widths):
    """Pair each layer's inputs with its outputs, and add up."""
    channels, height, width = map(int, features)
    sides = [channels * height * width, *map(int, widths)]
    dense = sum((inputs + 1) * outputs for inputs, outputs in pairwise(sides))
    return dense - (channels + 1) * sides[-1]


def large():
    """A head of a thousand layers."""
    return (512, 7, 7), (4096,) * 1000
