"""Begin with one cell: size 1, and one step of the output is one step of the input: jump 1.
Each layer adds `kernel_size - 1` steps, each as wide as the jump before it.
Then its stride multiplies the jump.
"""


def from_the_input(layers):
    """Upwards, with the two numbers that change."""
    size, jump = 1, 1
    for kernel_size, stride in layers:
        size += (kernel_size - 1) * jump
        jump *= stride
    return size, jump


def from_the_output(layers):
    """Downwards: `size` cells of a layer need `(size - 1) * stride + kernel_size` below it."""
    size, jump = 1, 1
    for kernel_size, stride in reversed(layers):
        size = (size - 1) * stride + kernel_size
        jump *= stride
    return size, jump


def large():
    """100 layers."""
    return ([(3, 1), (2, 2)] * 50,)
