"""What a cell sees, and how many predictions a shift leaves."""

import itertools

import numpy as np


def receptive_field():
    layers = list(itertools.product((1, 2, 3), (1, 2, 3)))
    for depth in range(4):
        for stack in itertools.product(layers, repeat=depth):
            seen, jump = {0}, 1
            for kernel, stride in reversed(stack):  # the cells below that one cell looks at
                seen = {cell * stride + offset for cell in seen for offset in range(kernel)}
                jump *= stride
            yield (list(stack),), (max(seen) - min(seen) + 1, jump)


def shift_consistency():
    """Every size of images up to three rows and columns, with shifts to both sides."""
    rng = np.random.default_rng(0)
    for height, width, classes, shift in itertools.product(
        (1, 2, 3), (1, 2, 3), (2, 3), (0, 1, -1, 2, 5)
    ):
        images = rng.normal(size=(int(rng.integers(1, 9)), 1, height, width)).round(3)
        weights = rng.normal(size=(height * width, classes)).round(3)
        stays = 0
        for image in images[:, 0]:
            moved = [[row[(j - shift) % width] for j in range(width)] for row in image.tolist()]
            scores = [np.ravel(x) @ weights for x in (image, moved)]
            stays += int(np.argmax(scores[0]) == np.argmax(scores[1]))
        yield ({"images": images, "weights": weights}, shift), stays / len(images)


def with_a_model(function):
    """Call a function with a linear model in eval mode, and see whether all is left as it was."""
    import torch
    from torch import nn

    class Linear(nn.Module):
        def __init__(self, weights):
            super().__init__()
            self.register_buffer("weights", torch.from_numpy(weights))
            self.dropout = nn.Dropout(0.5)

        def forward(self, x):
            return self.dropout(x.flatten(1)) @ self.weights

    def run(model, images):
        """Take the data of both for the first, and the shift for the second argument."""
        data, shift = model, images
        network, x = Linear(data["weights"].copy()).eval(), torch.from_numpy(data["images"].copy())
        fraction = function(model=network, images=x, shift=shift)
        assert type(fraction) is float
        assert not network.training
        assert np.array_equal(x.numpy(), data["images"])
        return fraction

    return run


RUNS = {"shift_consistency": with_a_model}
SCOPES = [receptive_field, shift_consistency]
