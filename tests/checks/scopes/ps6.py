"""What a cell sees."""

import itertools


def receptive_field():
    layers = list(itertools.product((1, 2, 3), (1, 2, 3)))
    for depth in range(4):
        for stack in itertools.product(layers, repeat=depth):
            seen, jump = {0}, 1
            for kernel, stride in reversed(stack):  # the cells below that one cell looks at
                seen = {cell * stride + offset for cell in seen for offset in range(kernel)}
                jump *= stride
            yield (list(stack),), (max(seen) - min(seen) + 1, jump)


SCOPES = [receptive_field]
