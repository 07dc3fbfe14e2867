"""The playground as a notebook widget: the same script, its state in traits."""

from importlib.resources import files
from typing import Any

import anywidget
import numpy as np
import traitlets

from pooledu import figures
from pooledu.playground import _read, script


class _Grid(traitlets.TraitType):
    """Rows of finite numbers: nested lists or an array in Python, nested lists on the wire."""

    def validate(self, obj: Any, value: Any) -> list[list[float]]:
        try:
            array = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            array = np.empty(0)
        if array.ndim != 2 or not array.size or not np.isfinite(array).all():
            raise traitlets.TraitError(
                f"{self.name} is {value!r}. It must be rows of finite numbers, all of one length: "
                "[[1, 3], [5, 6]] or a two-dimensional array."
            )
        return array.tolist()


class _Size(traitlets.TraitType):
    """A whole number, or two for rows and columns."""

    def __init__(self, default: int | None, least: int, **options: Any) -> None:
        super().__init__(default, **options)
        self.least = least

    def validate(self, obj: Any, value: Any) -> int | list[int]:
        pair = np.asarray(value)
        fits = pair.dtype.kind in "iu" and pair.shape in [(), (2,)] and (pair >= self.least).all()
        if not fits:
            raise traitlets.TraitError(
                f"{self.name} is {value!r}. It must be a whole number of at least {self.least}, "
                "or two for rows and columns, such as (2, 3)."
            )
        return pair.tolist()


class Playground(anywidget.AnyWidget):
    """A pooling playground in a notebook; what is changed in it changes the traits, and back.

    It is the component of the book. Settings that do not fit together, such as a kernel that is
    larger than the input, are answered in the drawing; Python hears of the next ones that fit.

    Parameters
    ----------
    x : array of shape (H, W)
        The input, at most 12 x 12.
    op : {"max", "avg", "lp", "mixed", "stochastic"}
        The operation.
    view : {"forward", "backward", "unpool"}
        What is drawn: the output, the gradient, or the maxima put back.
    kernel_size, stride, padding, dilation : int or pair of ints
        As in `pooledu.functional`; a stride of None is the kernel's size.
    ceil_mode, count_include_pad : bool
        As in `pooledu.functional`.
    p : float
        The power of Lp pooling.
    mean : bool
        Lp pooling in the mean form; otherwise in PyTorch's sum form.
    lam : float
        The maximum's share in mixed pooling, 0 to 1.
    seed : int
        The draw of stochastic pooling.
    grad : array of shape (OH, OW) or None
        The gradient at the output; None counts 1, 2, 3, ...
    step : int
        The window on show, from 0.

    Raises
    ------
    traitlets.TraitError
        If a value is not of its kind.

    Examples
    --------
    >>> playground = Playground(x=[[1, 3, 2], [5, 6, 1]], kernel_size=2, stride=1)
    >>> playground.kernel_size = (1, 3)
    >>> playground.kernel_size
    [1, 3]

    Controls that belong to Python stand beside it, linked to a trait:

    >>> import ipywidgets
    >>> slider = ipywidgets.IntSlider(description="stride", min=1, max=3)
    >>> link = ipywidgets.link((slider, "value"), (playground, "stride"))
    >>> slider.value = 2
    >>> playground.stride
    2
    >>> both = ipywidgets.VBox([slider, playground])
    """

    _esm = script() + _read("widget.js")
    _css = (files(figures) / "tokens.css").read_text(encoding="utf-8")

    x = _Grid([[1, 3, 2, 4], [5, 6, 1, 2], [7, 2, 3, 1], [4, 8, 5, 6]]).tag(sync=True)
    op = traitlets.Enum(["max", "avg", "lp", "mixed", "stochastic"], "max").tag(sync=True)
    view = traitlets.Enum(["forward", "backward", "unpool"], "forward").tag(sync=True)
    kernel_size = _Size(2, least=1).tag(sync=True)
    stride = _Size(None, least=1, allow_none=True).tag(sync=True)
    padding = _Size(0, least=0).tag(sync=True)
    dilation = _Size(1, least=1).tag(sync=True)
    ceil_mode = traitlets.Bool(False).tag(sync=True)
    count_include_pad = traitlets.Bool(True).tag(sync=True)
    p = traitlets.CFloat(2.0).tag(sync=True)
    mean = traitlets.Bool(True).tag(sync=True)
    lam = traitlets.CFloat(0.5, min=0.0, max=1.0).tag(sync=True)
    seed = traitlets.CInt(0).tag(sync=True)
    grad = _Grid(None, allow_none=True).tag(sync=True)
    step = traitlets.CInt(0, min=0).tag(sync=True)
