"""The map: the channels, each times its weight for the class, added up.
Scaled: subtract the smallest number, divide by the range; a map of equal numbers has no range.
Enlarged: repeat rows and columns until the map is as large as the picture.
Then multiply.
"""

import numpy as np


def step_by_step(image, features, weights, class_index):
    """A line for each step."""
    cam = np.tensordot(weights[class_index], features, axes=1)
    cam = cam - cam.min()
    if cam.max() > 0:
        cam = cam / cam.max()
    rows, columns = image.shape[0] // cam.shape[0], image.shape[1] // cam.shape[1]
    return image * np.repeat(np.repeat(cam, rows, axis=0), columns, axis=1)


def in_blocks(image, features, weights, class_index):
    """The picture in blocks, so that a cell of the map meets its block by broadcasting."""
    cam = np.einsum("c,chw->hw", weights[class_index], features)
    low, reach = cam.min(), np.ptp(cam)
    cam = (cam - low) / (reach if reach else 1)
    (height, width), (h, w) = image.shape, cam.shape
    blocks = image.reshape(h, height // h, w, width // w)
    return (blocks * cam[:, None, :, None]).reshape(height, width)


def large():
    """A picture of 448 × 448, and 512 channels of 7 × 7."""
    rng = np.random.default_rng(0)
    return rng.random((448, 448)), rng.random((512, 7, 7)), rng.normal(size=(1000, 512)), 281
