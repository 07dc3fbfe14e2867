"""How a student's work is called: one function for each way, chosen by name.

A driver gets what the student made, the arguments of one case laid out in memory, and the call
they belong to. It returns the result and notes on what it saw. It runs on the student's side and
knows no answers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pooledu.checks.calls import Call, Opaque

if TYPE_CHECKING:
    import torch

Driven = tuple[Any, tuple[str, ...]]
MOVING = ("autograd", "consistency")  # these move the student's tensors to setting["device"]


def prepare(driver: str) -> None:
    """Load what a driver needs, so that the time limit of the first call is the function's own."""
    if driver in ("call", "value", "stochastic"):
        return
    import torch

    from pooledu.checks import devices

    # The first gradient loads hundreds of modules more, and so does the first layer on `DEVICE`.
    torch.ones(1, requires_grad=True).backward()
    with devices.Elsewhere():
        torch.nn.Conv2d(1, 1, 1, device=devices.DEVICE)


def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], plan: Call) -> Driven:
    """Call it as it stands."""
    return function(*args, **kwargs), ()


def value(answer: Any, args: tuple[Any, ...], kwargs: dict[str, Any], plan: Call) -> Driven:
    """Look at the answer to a question, which is no function."""
    return answer, ()


def stochastic(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], plan: Call) -> Driven:
    """Call it several times with each of two random generators of the same state.

    The setting holds the seed `rng`, and how often to call it: `again` times with the one
    generator, whose results come first, and `calls` times with the other.
    """
    import numpy as np

    def draw(count: int) -> list[Any]:
        rng = np.random.default_rng(plan.setting["rng"])
        return [function(*args, **kwargs, rng=rng) for _ in range(count)]

    return (*draw(plan.setting["again"]), *draw(plan.setting["calls"])), ()


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch to one thread: on networks this small, others only wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _handed_over(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the function as it is called with other values for the same arguments, in order."""

    def hand_over(*values: Any) -> Any:
        named = dict(zip(kwargs, values[len(args) :], strict=True))
        return function(*values[: len(args)], **named)

    return hand_over


@one_thread()
def autograd(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], plan: Call) -> Driven:
    """Call it with a tensor, and send a gradient back.

    The setting holds the `dtype` of the tensor, the gradient `grad`, and `elsewhere` where the
    tensor is to lie on another device than the CPU.
    """
    import torch

    x, *others = (*args, *kwargs.values())
    call, setting = _handed_over(function, args, kwargs), plan.setting
    dtype = getattr(torch, setting["dtype"])

    def run(move: Callable[[torch.Tensor], torch.Tensor]) -> Driven:
        tensor = move(torch.from_numpy(x.copy()).to(dtype)).requires_grad_()
        grad = move(torch.from_numpy(setting["grad"]).to(dtype))
        return _forward_and_backward(call, tensor, grad, others)

    return _on_devices(run, plan)


def _forward_and_backward(
    call: Any, x: torch.Tensor, grad: torch.Tensor, others: list[Any]
) -> Driven:
    """Return the result and the gradient of `x`, and notes on where they lie."""
    import torch

    from pooledu.checks.devices import back

    before = back(x).clone()
    y = call(x, *others)
    if not isinstance(y, torch.Tensor):
        return (y, None), ()
    notes: tuple[str, ...] = ()
    if y.device != x.device:
        notes = ("result on the CPU",)
    elif y.requires_grad and y.shape == grad.shape:
        y.backward(grad.to(y.dtype))
    if not torch.equal(before.nan_to_num(), back(x).nan_to_num()):
        notes += ("mutated",)
    return (y, x.grad), notes


@one_thread()
def pools(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], plan: Call) -> Driven:
    """Give it a network, and look at the network that it returns.

    Its new layers get the weights that the call dictates; what it then computes decides.
    """
    from torch import nn

    from pooledu.checks import models

    (spec,) = (*args, *kwargs.values())
    call = _handed_over(function, args, kwargs)

    def make() -> nn.Module:
        return models.build(spec["layers"], spec["seed"], spec["dtype"])

    model = make()
    before = models.Before(model)
    with models.repeatable(spec["seed"]):
        made = call(model)
    if not isinstance(made, nn.Module):
        return made, ()
    models.complete(made.eval(), spec["channels"], spec["sizes"][0])
    left = sum(isinstance(module, nn.MaxPool2d) for module in made.modules())
    seen = (
        before.unchanged(),
        before.shared(made),
        left,
        models.convolutions(made),
        before.kept(made),
        models.dtypes(made),
        models.load_convolutions(made, before, spec),
        models.outputs(made, spec),
    )
    away = plan.setting.get("elsewhere") and models.off_device(make, call)
    return seen, ("layers on the CPU",) if away else ()


@one_thread()
def head(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], plan: Call) -> Driven:
    """Give it a network with a dense head, and look at the network that it returns.

    Its new layer gets the weights that the call dictates; what it then computes decides.
    """
    import copy

    from torch import nn

    from pooledu.checks import models

    spec, classes = (*args, *kwargs.values())
    call = _handed_over(function, args, kwargs)

    def make() -> models.Classifier:
        return models.Classifier(
            models.build(spec["layers"], spec["seed"], spec["dtype"]),
            models.build(spec["head"], spec["seed"], spec["dtype"]),
        ).eval()

    model = make()
    before, features = models.Before(model), copy.deepcopy(model.features)
    with models.repeatable(spec["seed"]):
        made = call(model, classes)
    if not isinstance(made, nn.Module):
        return made, ()
    models.complete(made.eval(), spec["channels"], spec["sizes"][0])
    seen = (
        before.unchanged(),
        before.shared(made),
        before.kept(made, "features."),
        models.dtypes(made),
        models.linear_in(made, features, spec["channels"], spec["sizes"]),
        sum(parameter.numel() for parameter in made.parameters()),
    )
    models.load_linear(made, before, spec, classes)
    outputs = models.outputs(made, spec)
    away = plan.setting.get("elsewhere") and models.off_device(
        make, lambda model: call(model, classes)
    )
    return (*seen, outputs), ("layers on the CPU",) if away else ()


@one_thread()
def consistency(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], plan: Call) -> Driven:
    """Give it a classifier with known weights and images."""
    import torch
    from torch import nn

    from pooledu.checks.devices import back

    spec, images, *others = (*args, *kwargs.values())
    call = _handed_over(function, args, kwargs)

    class Network(nn.Module):
        def __init__(self, weights: torch.Tensor) -> None:
            super().__init__()
            self.register_buffer("weights", weights)
            self.dropout = nn.Dropout(0.5)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.dropout(x).flatten(1) @ self.weights

    def run(move: Callable[[torch.Tensor], torch.Tensor]) -> Driven:
        network = Network(move(torch.from_numpy(spec["weights"].copy()).float())).eval()
        x = move(torch.from_numpy(images.copy()).float())
        before = back(x).clone()
        fraction = call(network, x, *others)
        if isinstance(fraction, torch.Tensor):
            fraction = Opaque("a Tensor")
        modes = not any(module.training for module in network.modules())
        notes = () if network.weights.device == x.device else ("model moved",)
        return (fraction, modes, torch.equal(before, back(x))), notes

    return _on_devices(run, plan)


def _on_devices(run: Callable[[Callable[[Any], Any]], Driven], plan: Call) -> Driven:
    """Run on the setting's `device`; where it is to be `elsewhere`, on one that is not there too.

    What is not there cannot do everything: only the mistakes that it finds count. Where nobody
    chose a device, it is the CPU, and in the cases of devices CUDA where there is one.
    """
    import torch

    from pooledu.checks import devices

    away = plan.setting.get("elsewhere")
    there = "cuda" if away and torch.cuda.is_available() else "cpu"
    device = plan.setting.get("device", there)

    def real(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to(device)

    numpy, pooling = devices.NumpySpy(), devices.PoolingSpy()
    if away:
        notes: tuple[str, ...] = ()
        try:
            with devices.Elsewhere(), numpy:
                notes = run(devices.elsewhere)[1]
        except devices.DeviceMistakeError as mistake:
            notes = (f"devices mixed: {mistake}",)
        except Exception:
            notes = ()
        result, more = run(real)
        return _fetch(result), tuple(dict.fromkeys((*notes, *numpy.notes, *more)))
    with contextlib.ExitStack() as spies:
        if plan.forbidden:
            spies.enter_context(pooling)
            spies.enter_context(numpy)
        result, notes = run(real)
    return _fetch(result), (*notes, *pooling.notes, *numpy.notes)


def _fetch(result: Any) -> Any:
    """Turn tensors into arrays, wherever they are."""
    import torch

    from pooledu.checks.devices import back

    if isinstance(result, torch.Tensor):
        return back(result).numpy()
    return tuple(map(_fetch, result)) if isinstance(result, tuple) else result
