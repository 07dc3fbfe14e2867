"""The parts of a docstring that many functions share, written once."""

import inspect
import textwrap
from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable)

SHAPES = {
    "any": "(...)",
    "1d": "(N, C, L) or (C, L)",
    "2d": "(N, C, H, W) or (C, H, W)",
    "3d": "(N, C, D, H, W) or (C, D, H, W)",
}
MANY = {"any": " or tuple of int", "1d": "", "2d": " or (int, int)", "3d": " or (int, int, int)"}
FLOATS = {name: text.replace("int", "float") for name, text in MANY.items()}

INDENT: dict = {"initial_indent": "    ", "subsequent_indent": "    "}

PARAMETERS = {
    "x": (
        "array of shape {shape}",
        "NumPy array, torch tensor or JAX array. N and C are kept, the axes after them are pooled.",
    ),
    "kernel_size": ("int{many}", "Cells of the window on each pooled axis."),
    "stride": (
        "int{many}, optional",
        "Cells from one window to the next; None means `kernel_size`.",
    ),
    "padding": (
        "int{many}",
        "Cells around the input, on both sides; at most half the kernel. Padding never wins a "
        "maximum and counts as zero in a mean.",
    ),
    "dilation": (
        "int{many}",
        "Cells from one cell of the window to the next; 1 leaves no gaps.",
    ),
    "ceil_mode": (
        "bool",
        "Round the number of windows up, so that a last window may reach beyond the input; it is "
        "dropped if it would begin beyond the input and the padding before it.",
    ),
    "return_indices": (
        "bool",
        "Also return where in the unpadded plane of its channel each maximum lies, counted in "
        "raster order. The first of equal maxima counts.",
    ),
    "window": (
        "tuple of int",
        "Cells of the window on each pooled axis. Its length says how many axes at the end of `x` "
        "are pooled.",
    ),
    "lam": ("float", "The share of the maximum: 1 is max pooling, 0 is average pooling."),
    "learned": (
        "bool",
        "Make the number before it a parameter of the module; a share stays between 0 and 1.",
    ),
    "p": ("float", "The power: 1 gives the mean, a large one comes close to the maximum."),
    "r": (
        "float",
        "The rate, not 0: a small one comes close to the mean, a large one to the maximum.",
    ),
    "eps": ("float", "Smaller values count as this one, so that every power exists."),
    "blur_size": ("int{many}", "Cells of the filter; 3 weights them 1/4, 1/2, 1/4."),
    "count_include_pad": (
        "bool",
        "Whether the padding counts in the number of cells by which a mean divides.",
    ),
    "norm_type": ("float", "The power p, not 0; inf gives the maximum of absolute values."),
    "mask": (
        "array of bool or int",
        "Which cells count: booleans that fit the shape of `x`, such as (N, 1, H, W). Or lengths, "
        "integers of shape (N,) for one pooled axis and (N, axes) for more: so many cells at the "
        "beginning of each axis count.",
    ),
    "keepdims": ("bool", "Keep the pooled axes, with length 1."),
    "indices": (
        "array of int64, of the shape of `x`",
        "Where in the plane of its channel each value goes, counted in raster order.",
    ),
    "output_ratio": (
        "float{floats}",
        "Output size over input size, instead of `output_size`; rounded down.",
    ),
    "_random_samples": (
        "array of shape (N, C, pooled axes), optional",
        "The numbers u in [0, 1), in the dtype of `x`. Those of images are in the order "
        "(width, height), those of volumes in the order (depth, height, width), as in PyTorch.",
    ),
    "rng": (
        "numpy.random.Generator, torch.Generator or JAX key, optional",
        "The source of chance, of the library of `x`; only JAX needs one.",
    ),
    "output_size": (
        "int{many}",
        "Cells of the output on each pooled axis; None in a tuple keeps the input's size.",
    ),
    "divisor_override": ("int, optional", "Divide each sum by this number instead; not 0."),
}

STEP = ("int{many}", "Cells from one kept cell to the next.")
LEFT_OUT = (
    "int{many}",
    "Cells around the input, on both sides; at most half the kernel. They are left out.",
)

# What means something else in a function whose name holds the word; the last that does decides.
EXCEPTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "gem": {"padding": LEFT_OUT},
    "masked": {"padding": LEFT_OUT},
    "soft": {"padding": LEFT_OUT},
    "log_mean_exp": {"padding": LEFT_OUT},
    "logmeanexp": {"padding": LEFT_OUT},
    "stochastic": {"padding": LEFT_OUT},
    "any": {
        "x": ("array", "NumPy array, torch tensor or JAX array of any shape."),
        "stride": (
            "int or tuple of int, optional",
            "Cells from one window to the next; None means `window`.",
        ),
        "padding": (
            'int, tuple, or {{"SAME_UPPER", "SAME_LOWER"}}',
            "Cells around the input, written as for `max_pool`.",
        ),
    },
    "blur": {"stride": STEP},
    "polyphase": {
        "stride": STEP,
        "norm_type": ("float", "The power of the norm, above 0; inf looks at the largest value."),
        "return_indices": ("bool", "Also return which grid each image keeps."),
    },
    "fractional": {"output_size": ("int{many}", "Cells of the output on each pooled axis.")},
    "unpool": {
        "x": (
            "array of shape {shape}",
            "NumPy array, torch tensor or JAX array. N and C are kept, the axes after them are "
            "unpooled.",
        ),
        "padding": ("int{many}", "Cells that the pooling put around its input, on both sides."),
        "output_size": (
            "tuple of int, optional",
            "The sizes of the unpooled axes, alone or behind N and C; None means the smallest that "
            "fit.",
        ),
    },
}

RAISES = {
    "RuntimeError": "If a size is out of its range, the axes are too few or many, or none fits.",
    "TypeError": "If an argument is not of its type.",
    "NotImplementedError": "If the operation does not take the dtype.",
}
RAISES_ANY = {
    "ValueError": "If an argument is out of its range or no window fits.",
    "TypeError": "If `window` is not a tuple, or an entry is not an integer.",
    "NotImplementedError": "If the operation does not take the dtype.",
}


# What the last axes are called in a function that pools a certain number of them.
CALLED = {
    "1d": ("a sequence", "(N, C, OL) or (C, OL)"),
    "2d": ("an image", "(N, C, OH, OW) or (C, OH, OW)"),
    "3d": ("a volume", "(N, C, OD, OH, OW) or (C, OD, OH, OW)"),
}


def adapt(general: Callable, function: F) -> F:
    """Put the text of the pooling of any axes before the examples of its form for 1, 2 or 3."""
    if not general.__doc__ or not function.__doc__:  # python -OO drops them
        return function
    called, shape = next(words for d, words in CALLED.items() if d in function.__name__)
    name = general.__name__
    text = general.__doc__.replace("of the last axes of an array", f"of {called}")
    summary, rest = text.replace("of the last axes", f"of {called}").split("\n\n", 1)
    told = f"As `{name}`, with the arguments and errors of `max_pool{function.__name__[-2:]}`."
    returns = rest.split("Returns\n-------\n")[1].split("Raises\n------\n")[0].strip()
    returns = returns.replace("array\n", f"array of shape {shape}\n", 1)
    source = rest.split("References\n----------\n")[1].split("Examples\n--------\n")[0].strip()
    function.__doc__ = "\n\n".join(
        [
            summary,
            told + "\n" + inspect.cleandoc(function.__doc__).split("Examples\n")[0].rstrip(),
            "{parameters}",
            f"Returns\n-------\n{returns}",
            "{raises}",
            f"References\n----------\n{source}",
            "Examples\n" + inspect.cleandoc(function.__doc__).split("Examples\n")[1],
        ]
    )
    return function


def documented(function: F) -> F:
    """Fill `{parameters}` and `{raises}` in a docstring from the tables above."""
    dimensions = next((d for d in SHAPES if d in function.__name__), "any")
    words = {
        "shape": SHAPES[dimensions],
        "many": MANY[dimensions],
        "floats": FLOATS[dimensions],
    }
    parameters = PARAMETERS.copy()
    for word, exceptions in EXCEPTIONS.items():
        if word == dimensions or word in function.__name__.lower():
            parameters |= exceptions
    lines = []
    shared = "{parameters}" in (function.__doc__ or "")
    for name in inspect.signature(function).parameters if shared else ():
        if name not in parameters:
            raise TypeError(
                f"{function.__name__} has the parameter {name!r}, which PARAMETERS in {__name__} "
                f"does not describe. Add it there."
            )
        kind, meaning = (text.format(**words) for text in parameters[name])
        lines += [f"{name} : {kind}", *textwrap.wrap(meaning, 92, **INDENT)]
    raises = []
    for name, condition in (RAISES_ANY if dimensions == "any" else RAISES).items():
        raises += [name, *textwrap.wrap(condition, 92, **INDENT)]
    if function.__doc__:  # python -OO drops it
        function.__doc__ = (
            inspect.cleandoc(function.__doc__)
            .replace("{parameters}", _section("Parameters", lines))
            .replace("{raises}", _section("Raises", raises))
        )
    return function


def _section(title: str, lines: list[str]) -> str:
    """A section of a NumPy-style docstring."""
    return "\n".join([title, "-" * len(title), *lines])
