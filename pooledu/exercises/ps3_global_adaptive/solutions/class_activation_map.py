"""Take the row of weights that belongs to the class: one number for each channel.
Multiply each channel's map by its number, and add up the maps.
"""

import numpy as np


def broadcast(features, weights, class_index):
    """Let the weights become planes; then it is a product and a sum."""
    return (weights[class_index][:, None, None] * features).sum(axis=0)


def contracted(features, weights, class_index):
    """Say which axis is summed over: no array of products is made."""
    return np.tensordot(weights[class_index], features, axes=1)


def large():
    """512 channels of 14 × 14, 1000 classes."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(512, 14, 14)), rng.normal(size=(1000, 512)), 3
