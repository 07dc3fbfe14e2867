"""The components as notebook widgets: the same script, their state in traits."""

import json
import math
from importlib.resources import files
from typing import Any

import anywidget
import numpy as np
import traitlets

from pooledu import figures, functional, geometry
from pooledu.playground import _still, part, script, taking

MOST_LAYERS = 60  # of a stack that is drawn where no widget can be


def _front_end(tag: str, **names: str) -> str:
    """The script, and the front end of one component: its tag, and each trait's name there."""
    return (
        f"{script()}{taking()}const TAG = {json.dumps(tag)};\nconst NAMES = {json.dumps(names)};\n"
        + part("widget.js")
    )


def _same(*names: str) -> dict[str, str]:
    """Traits that have the same name in the component."""
    return dict(zip(names, names, strict=True))


class _Component(anywidget.AnyWidget):
    """A component of the book in a notebook; where no widget can be shown, a drawing of it."""

    _css = (files(figures) / "tokens.css").read_text(encoding="utf-8")

    def _still(self) -> tuple[str, str]:
        """The SVG and the text that stand for it."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        try:
            drawing, text = self._still()
        except (ValueError, TypeError, RuntimeError, ArithmeticError) as error:
            return data | {"text/plain": f"{type(self).__name__}: {error}"}, metadata
        return data | {"image/svg+xml": drawing, "text/plain": text}, metadata


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


class _Number(traitlets.CFloat):
    """A number; an infinite one travels as text, because JSON has none."""

    def __init__(self, default: float, **options: Any) -> None:
        super().__init__(default, **options)
        self.tag(sync=True, to_json=lambda value, _: value if math.isfinite(value) else str(value))


class Playground(_Component):
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
        As in `pooledu.functional`; the average alone has count_include_pad.
    p : float
        The power of Lp pooling; not 0, and inf for the largest magnitude.
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

    _esm = _front_end(
        "pool-playground",
        **_same(
            "x", "op", "view", "kernel_size", "stride", "padding", "dilation", "ceil_mode",
            "count_include_pad", "p", "mean", "lam", "seed", "grad", "step",
        ),
    )  # fmt: skip

    x = _Grid([[1, 3, 2, 4], [5, 6, 1, 2], [7, 2, 3, 1], [4, 8, 5, 6]]).tag(sync=True)
    op = traitlets.Enum(["max", "avg", "lp", "mixed", "stochastic"], "max").tag(sync=True)
    view = traitlets.Enum(["forward", "backward", "unpool"], "forward").tag(sync=True)
    kernel_size = _Size(2, least=1).tag(sync=True)
    stride = _Size(None, least=1, allow_none=True).tag(sync=True)
    padding = _Size(0, least=0).tag(sync=True)
    dilation = _Size(1, least=1).tag(sync=True)
    ceil_mode = traitlets.Bool(False).tag(sync=True)
    count_include_pad = traitlets.Bool(True).tag(sync=True)
    p = _Number(2.0)
    mean = traitlets.Bool(True).tag(sync=True)
    lam = traitlets.CFloat(0.5, min=0.0, max=1.0).tag(sync=True)
    seed = traitlets.CInt(0).tag(sync=True)
    grad = _Grid(None, allow_none=True).tag(sync=True)
    step = traitlets.CInt(0, min=0).tag(sync=True)

    def _still(self) -> tuple[str, str]:
        x = np.array(self.x)
        stride = self.kernel_size if self.stride is None else self.stride
        measures = (self.kernel_size, stride, self.padding, self.dilation)
        kernel, stride, padding, dilation = (
            tuple(np.broadcast_to(m, 2).tolist()) for m in measures
        )
        places: dict[str, Any] = {
            "stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": self.ceil_mode,
        }  # fmt: skip
        functional.max_pool2d(x[None], kernel, **places)  # its rules are those of all
        y = np.asarray(self._pooled(x, kernel, places))
        i, j = divmod(min(self.step, y.size - 1), y.shape[1])
        window = (
            i * stride[0] - padding[0], j * stride[1] - padding[1], *kernel, *dilation,
        )  # fmt: skip
        parts = (
            figures.grid(x, window=window, padding=padding, title="Input"),
            f"→ {self.op} →",
            figures.grid(y, marked=[(i, j)], title="Output"),
        )
        return _still.beside(*parts), _still.words(*parts)

    def _pooled(self, x: np.ndarray, window: tuple[int, ...], places: dict[str, Any]) -> Any:
        """What the operation gives; of stochastic pooling, what it gives on average."""
        if self.op == "max":
            return functional.max_pool(x, window, **places)
        if self.op == "avg":
            counts = self.count_include_pad
            return functional.avg_pool(x, window, **places, count_include_pad=counts)
        if self.op == "lp":
            return functional.lp_pool(x, self.p, window, **places, mean=self.mean)
        if self.op == "mixed":
            return functional.mixed_pool(x, window, **places, lam=self.lam)
        return functional.stochastic_pool_expected(x, window, **places)


class Bins(_Component):
    """Where the bins of adaptive pooling and the intervals of fractional pooling lie.

    Parameters
    ----------
    kind : {"adaptive", "fractional"}
        What divides the axis.
    in_size, out_size : int
        Cells and bins, 1 to 16.
    kernel_size : int
        Cells of a fractional interval.
    u : float
        The draw of fractional pooling, from 0 to less than 1.
    step : int
        The bin on show, from 0.

    Raises
    ------
    traitlets.TraitError
        If a value is not of its kind.

    Examples
    --------
    >>> bins = Bins(in_size=10, out_size=4)
    >>> bins.kind
    'adaptive'
    """

    _esm = _front_end(
        "pool-bins", kind="kind", in_size="size", out_size="count", kernel_size="kernel", u="u",
        step="step",
    )  # fmt: skip

    kind = traitlets.Enum(["adaptive", "fractional"], "adaptive").tag(sync=True)
    in_size = traitlets.Int(7, min=1, max=16).tag(sync=True)
    out_size = traitlets.Int(3, min=1, max=16).tag(sync=True)
    kernel_size = traitlets.Int(2, min=1).tag(sync=True)
    u = traitlets.CFloat(0.5).tag(sync=True)
    step = traitlets.CInt(0, min=0).tag(sync=True)

    def _still(self) -> tuple[str, str]:
        if self.kind == "adaptive":
            bins = geometry.adaptive_bins(self.in_size, self.out_size)
        else:
            starts = geometry.fractional_starts(
                self.in_size, self.out_size, self.kernel_size, self.u
            )
            bins = [(start, start + self.kernel_size) for start in starts]
        cells = [[str(c) if a <= c < b else "" for c in range(self.in_size)] for a, b in bins]
        title = f"{len(bins)} {self.kind} bins over {self.in_size} cells"
        lines = [f"{title}:", *(f"bin {i}: cells {a} to {b - 1}" for i, (a, b) in enumerate(bins))]
        marked = [(i, c) for i, (a, b) in enumerate(bins) for c in range(a, b)]
        drawing = figures.grid(cells, marked=marked, title=title, max_cells=16)
        return drawing.markup, "\n".join(lines)


class _Signal(traitlets.TraitType):
    """An even count of numbers: a list or an array in Python, a list on the wire."""

    def validate(self, obj: Any, value: Any) -> list[float]:
        try:
            array = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            array = np.empty(0)
        if array.ndim != 1 or array.size not in range(4, 17, 2) or not np.isfinite(array).all():
            raise traitlets.TraitError(
                f"{self.name} is {value!r}. It must be an even count of 4 to 16 finite numbers."
            )
        return array.tolist()


class ShiftLab(_Component):
    """A signal that is moved, and what changes after halving it in four ways.

    Parameters
    ----------
    x : array of shape (N,)
        The signal, its end joined to its start: an even count of 4 to 16 numbers.
    shift : int
        Places to the right.

    Raises
    ------
    traitlets.TraitError
        If a value is not of its kind.

    Examples
    --------
    >>> lab = ShiftLab(x=[0, 0, 4, 4], shift=1)
    >>> lab.x
    [0.0, 0.0, 4.0, 4.0]
    """

    _esm = _front_end("pool-shift-lab", **_same("x", "shift"))

    x = _Signal([0.0, 0.0, 4.0, 4.0, 0.0, 0.0, 4.0, 4.0, 0.0, 0.0, 4.0, 4.0]).tag(sync=True)
    shift = traitlets.CInt(0).tag(sync=True)

    def _still(self) -> tuple[str, str]:
        x = np.roll(self.x, self.shift)
        larger = np.maximum(x, np.roll(x, -1))
        halved = {
            "every second value": x[::2],
            "maximum of two": larger[::2],
            "average of two": x.reshape(-1, 2).mean(1),
            "blurred maximum": ((np.roll(larger, 1) + 2 * larger + np.roll(larger, -1)) / 4)[::2],
        }
        parts = [figures.grid(x, title=f"moved {self.shift} to the right", max_cells=16)]
        parts += [figures.grid(values, title=name) for name, values in halved.items()]
        return _still.below(*parts), _still.words(*parts)


class _Layers(traitlets.TraitType):
    """Layers as tuples of a name and two to four numbers, or None for those of the preset."""

    def validate(self, obj: Any, value: Any) -> list[list[Any]]:
        try:
            layers: list[list[Any]] = [[str(name), *map(int, rest)] for name, *rest in value]
            geometry.receptive_fields([tuple(layer[1:]) for layer in layers])
        except (TypeError, ValueError) as error:
            raise traitlets.TraitError(
                f"{self.name} is {value!r}. Each layer is a name, kernel and stride, and if wanted "
                f"padding and dilation, such as ('conv1', 3, 1, 1). {error}"
            ) from None
        return [[*layer, *(0, 1)[len(layer) - 3 :]] for layer in layers]


class ReceptiveField(_Component):
    """A stack of layers, and how much of the input one value of each sees.

    Parameters
    ----------
    preset : {"small", "plain", "dilated", "vgg16", "resnet50"}
        The stack to begin with.
    layers : list of tuples, or None
        In place of the preset's: name, kernel_size, stride, and if wanted padding and dilation.
    size : int or None
        Height and width of the input; None is the preset's.

    Raises
    ------
    traitlets.TraitError
        If a value is not of its kind.

    Examples
    --------
    >>> stack = ReceptiveField(layers=[("conv1", 3, 1, 1), ("pool1", 2, 2)], size=32)
    >>> stack.layers
    [['conv1', 3, 1, 1, 1], ['pool1', 2, 2, 0, 1]]
    """

    _esm = _front_end("pool-receptive-field", **_same("layers", "size"))

    preset = traitlets.Enum(["small", "plain", "dilated", "vgg16", "resnet50"], "small").tag(
        sync=True
    )
    layers = _Layers(None, allow_none=True).tag(sync=True)
    size = traitlets.Int(None, allow_none=True, min=1, max=4096).tag(sync=True)

    def _still(self) -> tuple[str, str]:
        if self.layers is None:
            text = f"ReceptiveField: the preset {self.preset}. Run the cell to see its layers."
            return _still.below(text), text
        layers: list[list[Any]] = self.layers[:MOST_LAYERS]
        fields = geometry.receptive_fields([tuple(map(int, numbers)) for _, *numbers in layers])
        rows = [
            [name, kernel, stride, field.size, field.jump]
            for (name, kernel, stride, *_), field in zip(layers, fields, strict=True)
        ]
        head = ["layer", "kernel", "stride", "receptive field", "jump"]
        lines = [f"{row[0]}: receptive field {row[3]}, jump {row[4]}" for row in rows]
        return _still.table(head, rows, "Receptive fields").markup, "\n".join(lines)
