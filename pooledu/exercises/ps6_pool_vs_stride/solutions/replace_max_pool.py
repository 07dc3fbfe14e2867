"""Copy the model deeply, so that the given one stays as it is.
Walk over its modules in order, and remember the channels of the last convolution.
For each `nn.MaxPool2d` make a 3 × 3 convolution with the pool's stride and these channels.
The output has the pool's size if the whole padding is `2 * padding + 3 - kernel_size`.
Half of it goes to each side; an odd cell goes to the right and below, by an `nn.ZeroPad2d`.
Put it where the pool was, on the device and in the dtype of the model.
"""

import copy


def _strided(pool, like):
    """A convolution in place of a pool, behind a convolution with the weights `like`."""
    from torch import nn

    kernel_size, stride, padding = (
        value if isinstance(value, int) else value[0]
        for value in (pool.kernel_size, pool.stride, pool.padding)
    )
    total = 2 * padding + 3 - kernel_size
    channels = len(like)
    pad = nn.ZeroPad2d((total // 2, total - total // 2) * 2)
    return nn.Sequential(pad, nn.Conv2d(channels, channels, 3, stride).to(like))


def by_name(model):
    """Let PyTorch list all modules by their names: no recursion."""
    from torch import nn

    new, like = copy.deepcopy(model), None
    for name, module in list(new.named_modules()):
        if isinstance(module, nn.Conv2d):
            like = module.weight
        elif isinstance(module, nn.MaxPool2d):
            parent, _, leaf = name.rpartition(".")
            setattr(new.get_submodule(parent), leaf, _strided(module, like))
    return new


def by_recursion(model):
    """Go into each container oneself: the way that trees are changed in general."""
    from torch import nn

    def visit(parent, like):
        for name, child in parent.named_children():
            if isinstance(child, nn.MaxPool2d):
                setattr(parent, name, _strided(child, like))
            like = child.weight if isinstance(child, nn.Conv2d) else visit(child, like)
        return like

    new = copy.deepcopy(model)
    visit(new, None)
    return new
