"""EfficientNet-Lite0 in a page: forty-nine convolutions, and no pool but the last."""

from torch import Tensor, nn

# Blocks, channels that come out, kernel size, stride of the first block, and how many times wider
# a block is in its middle than at its beginning.
STAGES = (
    (1, 16, 3, 1, 1),
    (2, 24, 3, 2, 6),
    (2, 40, 5, 2, 6),
    (3, 80, 3, 2, 6),
    (3, 112, 5, 1, 6),
    (4, 192, 5, 2, 6),
    (1, 320, 3, 1, 6),
)


def convolution(
    inputs: int,
    outputs: int,
    kernel_size: int = 1,
    stride: int = 1,
    groups: int = 1,
    activate: bool = True,
) -> nn.Sequential:
    """A convolution with TensorFlow's SAME padding for even sizes, normalised."""
    total = kernel_size - stride
    before, after = total // 2, total - total // 2
    return nn.Sequential(
        nn.ZeroPad2d((before, after, before, after)),
        nn.Conv2d(inputs, outputs, kernel_size, stride, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=1e-3),
        *[nn.ReLU6()] * activate,
    )


class Block(nn.Module):
    """Widen, look at neighbours within each channel, make narrow again, and add the input."""

    def __init__(self, inputs: int, outputs: int, kernel_size: int, stride: int, wider: int):
        super().__init__()
        middle = wider * inputs
        self.layers = nn.Sequential(
            *[convolution(inputs, middle)] * (wider > 1),
            convolution(middle, middle, kernel_size, stride, groups=middle),
            convolution(middle, outputs, activate=False),
        )
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Maps with the outputs' channels, half as wide where the stride is 2."""
        y = self.layers(x)
        return x + y if self.adds else y


def network() -> nn.Sequential:
    """Features, their mean, and a linear layer; without weights."""
    layers, channels = [convolution(3, 32, 3, 2)], 32
    for blocks, outputs, kernel_size, stride, wider in STAGES:
        for block in range(blocks):
            layers.append(Block(channels, outputs, kernel_size, 1 if block else stride, wider))
            channels = outputs
    features = nn.Sequential(*layers, convolution(channels, 1280))
    return nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 1000))


def windows() -> list[tuple[int, int, int]]:
    """Kernel size, stride and padding of the layers that look at neighbours."""
    found = [(3, 2, 0)]
    for blocks, _, kernel_size, stride, _ in STAGES:
        strides = [stride] + [1] * (blocks - 1)
        found += [(kernel_size, s, (kernel_size - s) // 2) for s in strides]
    return found
