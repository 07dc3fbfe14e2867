"""Copy the features deeply, so that nothing is shared with the given model.
Find how many channels they end with: the last convolution knows.
Behind them: an average over each channel, flatten, and one `nn.Linear` from channels to classes.
On the device and in the dtype of the model.
"""

import copy


def _channels(features):
    """How many channels come out."""
    from torch import nn

    return [m.out_channels for m in features.modules() if isinstance(m, nn.Conv2d)][-1]


def sequential(model, num_classes):
    """Layers in a row need no class."""
    from torch import nn

    features = copy.deepcopy(model.features)
    linear = nn.Linear(_channels(features), num_classes).to(next(features.parameters()))
    return nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear)


def module(model, num_classes):
    """A class of one's own says in its `forward` what happens."""
    from torch import nn

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = copy.deepcopy(model.features)
            like = next(self.features.parameters())
            self.classifier = nn.Linear(_channels(self.features), num_classes).to(like)

        def forward(self, x):
            return self.classifier(self.features(x).mean(dim=(2, 3)))

    return Network()
