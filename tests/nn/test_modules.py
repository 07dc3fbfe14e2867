"""The modules, against torch.nn, and through torch's machinery."""

import inspect
import itertools
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch.autograd import forward_ad, gradcheck, gradgradcheck

from pooledu import functional, nn
from tests.functional.examples import missing
from tests.sampling import one_in

SHARED = [name for name in nn.__all__ if hasattr(torch.nn, name)]


def fractional(library, pooled: int) -> torch.nn.Module:
    """Fractional pooling of one sample of one channel, at steps that do not vary."""
    samples = torch.linspace(0.1, 0.9, pooled, dtype=torch.double).reshape(1, 1, pooled)
    pool = getattr(library, f"FractionalMaxPool{pooled}d")
    return pool(2, output_size=(3, 2, 2)[:pooled], _random_samples=samples)


class Unpool(torch.nn.Module):
    """Unpooling to the ends of windows of two cells, so that the values are the only input."""

    def __init__(self, library, pooled: int) -> None:
        super().__init__()
        self.unpool = getattr(library, f"MaxUnpool{pooled}d")(2)
        self.pooled = pooled

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        position = 0
        for size, length in enumerate(x.shape[-self.pooled :]):
            along = (2 * torch.arange(length) + 1).reshape((-1,) + (1,) * (self.pooled - 1 - size))
            position = position * 2 * length + along
        return self.unpool(x, position.expand(x.shape))


class Masked(torch.nn.Module):
    """Pooling under a mask, so that the values are the only input."""

    def __init__(self, pool: torch.nn.Module) -> None:
        super().__init__()
        self.pool = pool

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.pool(x, two_of_three(x))


def two_of_three(x: torch.Tensor) -> torch.Tensor:
    """A mask over the last two axes that lets in two cells of three."""
    height, width = x.shape[-2:]
    return (torch.arange(height * width) % 3 < 2).reshape(height, width)


MODULES = {
    "MaxPool1d": (lambda m: m.MaxPool1d(3, 2, 1), (2, 3, 8)),
    "MaxPool2d": (lambda m: m.MaxPool2d(3, 2, 1, ceil_mode=True), (2, 3, 8, 7)),
    "MaxPool3d": (lambda m: m.MaxPool3d(2, dilation=2), (2, 4, 5, 6)),
    "AvgPool1d": (lambda m: m.AvgPool1d(3, 2, 1, count_include_pad=False), (2, 3, 8)),
    "AvgPool2d": (lambda m: m.AvgPool2d(3, 2, 1, divisor_override=5), (2, 3, 8, 7)),
    "AvgPool3d": (lambda m: m.AvgPool3d(2, 1, ceil_mode=True), (2, 4, 4, 4)),
    "AdaptiveMaxPool1d": (lambda m: m.AdaptiveMaxPool1d(3), (2, 3, 8)),
    "AdaptiveMaxPool2d": (lambda m: m.AdaptiveMaxPool2d((3, None)), (2, 3, 8, 4)),
    "AdaptiveMaxPool3d": (lambda m: m.AdaptiveMaxPool3d(2), (2, 3, 4, 5)),
    "AdaptiveAvgPool1d": (lambda m: m.AdaptiveAvgPool1d(3), (2, 3, 8)),
    "AdaptiveAvgPool2d": (lambda m: m.AdaptiveAvgPool2d((3, 2)), (2, 3, 8, 4)),
    "AdaptiveAvgPool3d": (lambda m: m.AdaptiveAvgPool3d(2), (2, 3, 4, 5)),
    "LPPool1d": (lambda m: m.LPPool1d(2, 3, 2), (2, 3, 8)),
    "LPPool2d": (lambda m: m.LPPool2d(2, 3, 2, True), (2, 3, 8, 7)),
    "LPPool3d": (lambda m: m.LPPool3d(2, 2), (2, 4, 4, 4)),
    "FractionalMaxPool2d": (lambda m: fractional(m, 2), (1, 5, 5)),
    "FractionalMaxPool3d": (lambda m: fractional(m, 3), (1, 5, 4, 4)),
    "MaxUnpool1d": (lambda m: Unpool(m, 1), (2, 4)),
    "MaxUnpool2d": (lambda m: Unpool(m, 2), (2, 4, 3)),
    "MaxUnpool3d": (lambda m: Unpool(m, 3), (2, 2, 3, 2)),
}
OURS = {
    "LogMeanExpPool1d": (lambda m: m.LogMeanExpPool1d(3, 2, 1, r=2.0), (2, 3, 8)),
    "LogMeanExpPool2d": (lambda m: m.LogMeanExpPool2d(2, learned=True), (2, 4, 4)),
    "LogMeanExpPool3d": (lambda m: m.LogMeanExpPool3d(2, r=-1.0), (2, 2, 4, 4)),
    "SoftPool2d": (lambda m: m.SoftPool2d(2), (2, 4, 4)),
    "StochasticPool2d": (lambda m: m.StochasticPool2d(2).eval(), (2, 4, 4)),
    "MixedPool2d": (lambda m: m.MixedPool2d(2, learned=True), (2, 4, 4)),
    "LPMeanPool2d": (lambda m: m.LPMeanPool2d(3, 2), (2, 4, 4)),
    "GeMPool2d": (lambda m: m.GeMPool2d(), (2, 4, 4)),
    "BlurPool2d": (lambda m: m.BlurPool2d(), (2, 4, 4)),
    "MaxBlurPool2d": (lambda m: m.MaxBlurPool2d(2), (2, 5, 5)),
    "AvgBlurPool2d": (lambda m: m.AvgBlurPool2d(2), (2, 5, 5)),
    "AdaptivePolyphasePool2d": (lambda m: m.AdaptivePolyphasePool2d(), (2, 4, 4)),
    "MaskedMaxPool": (lambda m: Masked(m.MaskedMaxPool((2, 2))), (2, 4, 4)),
    "MaskedAvgPool": (lambda m: Masked(m.MaskedAvgPool((2, 3), 1)), (2, 4, 4)),
    "MaskedGlobalMaxPool": (lambda m: Masked(m.MaskedGlobalMaxPool()), (2, 2, 4, 4)),
    "MaskedGlobalAvgPool": (lambda m: Masked(m.MaskedGlobalAvgPool()), (2, 2, 4, 4)),
    "GlobalAvgPool": (lambda m: m.GlobalAvgPool(), (2, 2, 4, 4)),
    "GlobalMaxPool": (lambda m: m.GlobalMaxPool(), (2, 2, 4, 4)),
}


ALL = {**MODULES, **OURS}


def test_every_module_has_its_row():
    assert missing(ALL, nn.__all__) == set()
    assert missing(ALL, [*nn.__all__, "HarmonicPool2d"]) == {"HarmonicPool2d"}


def function_of(name: str) -> Any:
    """The function that a module applies: SoftPool2d applies soft_pool2d."""
    names = {known.replace("_", ""): known for known in functional.__all__}
    return getattr(functional, names[name.lower()])


# another value for each argument of a constructor, with which the result differs
OTHER: dict[str, Any] = {
    "window": (3, 2),
    "kernel_size": 3,
    "stride": 1,
    "padding": 1,
    "dilation": 2,
    "ceil_mode": True,
    "return_indices": True,
    "count_include_pad": False,
    "divisor_override": 7,
    "norm_type": 3.0,
    "output_size": 2,
    "output_ratio": 0.5,
    "lam": 0.9,
    "p": 7.5,
    "eps": 1.5,
    "r": 4.0,
    "blur_size": 2,
    "keepdims": True,
    "learned": True,
}
NEEDED = {"kernel_size": 2, "window": (2, 2), "norm_type": 2.0, "output_size": 3}


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_module_passes_on_each_of_its_arguments(name):
    module, function = getattr(nn, name), function_of(name)
    arguments = [n for n in inspect.signature(module).parameters if not n.startswith("_")]
    defaults = inspect.signature(function).parameters
    pooled = int(name[-2]) if name[-1] == "d" else 2
    x = positive((2, 2) + ((11,) if pooled == 1 else (8, 6, 6)[:pooled]))
    given = {n: NEEDED[n] for n in arguments if n in NEEDED}
    if name.startswith("GeM"):
        del given["kernel_size"]
    further: dict[str, Any] = {}
    if "Fractional" in name:
        further["_random_samples"] = torch.full((2, 2, pooled), 0.4, dtype=torch.double)
    if "Unpool" in name:
        x, indices = getattr(F, f"max_pool{pooled}d")(x, 2, return_indices=True)
        indices = indices % 2**pooled
    size, square = ("window", lambda n: (n, n)) if "window" in arguments else ("kernel_size", int)
    told = []
    for argument in arguments:
        changed = {**given, argument: OTHER[argument]}
        if argument == "output_ratio":
            del changed["output_size"]
        if argument in ("padding", "count_include_pad"):  # which shows with padding alone
            changed = {**changed, size: square(3), "padding": 1}
        if argument in ("ceil_mode", "dilation"):
            changed[size] = square({"ceil_mode": 4, "dilation": 2}[argument])
        built = module(**changed, **further)
        if "Stochastic" in name:
            built, function = built.eval(), functional.stochastic_pool2d_expected
        call = {key: value for key, value in changed.items() if key in defaults}
        if "Unpool" in name:
            found, expected = built(x, indices), function(x, indices, **call)
        elif "Masked" in name:
            mask = two_of_three(x)
            found, expected = built(x, mask), function(x, mask, **call)
        else:
            found, expected = built(x), function(x, **call, **further)
        for ours, theirs in zip(parts(found), parts(expected), strict=True):
            torch.testing.assert_close(ours, theirs.to(ours.dtype), rtol=1e-6, atol=1e-6)
        told.append(f"{argument}={OTHER[argument]}" in repr(built))
    assert all(told)


def parts(result: Any) -> tuple:
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("name", sorted(name for name in ALL if not name.endswith("1d")))
def test_the_channels_stay_last_in_memory(name):
    pooled = 3 if name.endswith("3d") else 2
    layout = torch.channels_last if pooled == 2 else torch.channels_last_3d
    x = positive((2, 3, 8, 6, 4)[: 2 + pooled])
    module = ALL[name][0](nn).double()
    if "Fractional" in name:
        samples = torch.full((2, 3, pooled), 0.4, dtype=torch.double)
        module = getattr(nn, name)(2, output_size=2, _random_samples=samples)
    rows = parts(module(x))
    for needs_gradient in (False, True):
        last = x.to(memory_format=layout).requires_grad_(needs_gradient)
        for ours, theirs in zip(parts(module(last)), rows, strict=True):
            torch.testing.assert_close(ours, theirs)
            assert ours.ndim < x.ndim or ours.is_contiguous(memory_format=layout)
        some = () if "Fractional" in name else parts(module(last[:, ::2]))
        for ours, theirs in zip(some, rows, strict=False):
            assert ours.ndim < x.ndim or ours.is_contiguous(memory_format=layout)
            assert ours.shape[2:] == theirs.shape[2:]


def test_the_strides_of_a_plane_of_one_cell_are_torchs():
    x = positive((2, 3, 4, 4)).to(memory_format=torch.channels_last)
    for make in (lambda m: m.AdaptiveAvgPool2d(1), lambda m: m.MaxPool2d(4)):
        assert make(nn)(x).stride() == make(torch.nn)(x).stride() == (3, 1, 3, 3)


def positive(shape, seed=0) -> torch.Tensor:
    """Numbers of which no two are equal or close, so that no step makes another one the maximum."""
    order = torch.randperm(torch.Size(shape).numel(), generator=torch.Generator().manual_seed(seed))
    return (order.double() / 7 + 0.1).reshape(shape)


@pytest.mark.parametrize("name", SHARED)
def test_a_module_takes_the_arguments_of_its_namesake(name):
    ours = inspect.signature(getattr(nn, name)).parameters
    theirs = inspect.signature(getattr(torch.nn, name)).parameters
    assert list(ours) == list(theirs)
    defaults = [(p.name, p.default) for p in theirs.values() if p.default is not p.empty]
    assert [(p.name, p.default) for p in ours.values() if p.default is not p.empty] == defaults


def test_every_pooling_module_of_torch_has_its_namesake():
    pooling = {name for name in dir(torch.nn) if "Pool" in name or "Unpool" in name}
    assert pooling == set(SHARED)


@pytest.mark.parametrize("name", MODULES)
def test_values_and_gradients_are_those_of_torch(name):
    make, shape = MODULES[name]
    results = []
    for library in (nn, torch.nn):
        x = positive(shape).requires_grad_()
        y = make(library)(x)
        y.square().sum().backward()
        results.append((y.detach(), x.grad))
    torch.testing.assert_close(results[0], results[1])


@pytest.mark.parametrize("name", [*MODULES, *OURS])
def test_first_and_second_derivatives_are_right(name):
    make, shape = {**MODULES, **OURS}[name]
    x = positive((1, *shape[1:])).requires_grad_()
    module = make(nn).double()
    assert gradcheck(module, x)
    assert gradgradcheck(module, x)


@pytest.mark.parametrize("name", [*MODULES, *OURS])
def test_the_derivatives_of_every_mode_agree(name):
    make, shape = {**MODULES, **OURS}[name]
    x = positive((1, *shape[1:]))[..., :4]
    x = x if "Fractional" not in name else positive((1, *shape[1:]))
    module = make(nn).double()

    def loss(x):
        return module(x).pow(2).sum()

    backward = torch.func.jacrev(loss)(x)
    torch.testing.assert_close(torch.func.jacfwd(loss)(x), backward)
    rows = torch.autograd.functional.jacobian(module, x)
    torch.testing.assert_close(torch.autograd.functional.jacobian(module, x, vectorize=True), rows)
    direction = positive(tuple(x.shape), seed=1)
    _, tangent = torch.func.jvp(module, (x,), (direction,))
    torch.testing.assert_close(tangent, (rows * direction).flatten(-x.ndim).sum(-1))
    with forward_ad.dual_level():
        dual = module(forward_ad.make_dual(x, direction))
        torch.testing.assert_close(forward_ad.unpack_dual(dual).tangent, tangent)
    hessian = torch.func.jacrev(torch.func.jacrev(loss))(x)
    torch.testing.assert_close(torch.func.hessian(loss)(x), hessian)


@pytest.mark.parametrize("name", [*MODULES, *OURS])
def test_vmap_maps_values_and_gradients(name):
    make, shape = {**MODULES, **OURS}[name]
    module = make(nn).double()
    batch = torch.stack([positive(shape, seed) for seed in range(3)], dim=1)
    mapped = torch.func.vmap(module, in_dims=1)(batch)
    assert torch.allclose(mapped, torch.stack([module(x) for x in batch.unbind(1)]))

    def loss(x):
        return module(x).square().sum()

    mapped = torch.func.vmap(torch.func.grad(loss), in_dims=1)(batch)
    assert torch.allclose(mapped, torch.stack([torch.func.grad(loss)(x) for x in batch.unbind(1)]))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", one_in(3, [n for n in (*MODULES, *OURS) if n[-2:] not in ("1d", "3d")])
)
def test_a_module_compiles_into_one_graph_with_its_backward_pass(name, recwarn):
    make, shape = {**MODULES, **OURS}[name]
    results = []
    for run in (make(nn), torch.compile(make(nn), fullgraph=True, backend="aot_eager")):
        x = positive(shape).requires_grad_()
        y = run(x)
        y.square().sum().backward()
        results.append((y.detach(), x.grad))
    torch.testing.assert_close(results[0], results[1])


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_unpooling_undoes_max_pooling(pooled):
    x = positive((2, 3) + (6,) * pooled)
    for library in (nn, torch.nn):
        pool = getattr(library, f"MaxPool{pooled}d")(2, return_indices=True)
        unpool = getattr(library, f"MaxUnpool{pooled}d")(2)
        back = unpool(*pool(x), output_size=x.shape)
        assert torch.equal(back != 0, torch.isin(x, pool(x)[0]))


@pytest.mark.parametrize("pooled", [2, 3])
def test_fractional_pooling_uses_the_samples_given(pooled):
    x, samples = positive((2, 3) + (8,) * pooled), torch.rand(2, 3, pooled, dtype=torch.double)
    results = [
        getattr(library, f"FractionalMaxPool{pooled}d")(2, output_size=5, _random_samples=samples)(
            x
        )
        for library in (nn, torch.nn)
    ]
    assert torch.equal(*results)


def test_stochastic_pooling_draws_while_training_and_averages_in_eval_mode():
    x, module = positive((1, 8, 8)), nn.StochasticPool2d(2)
    draws = [module(x) for _ in range(2)]
    assert not torch.equal(*draws)
    assert torch.equal(*(module.eval()(x) for _ in range(2)))


def test_learned_parameters_receive_gradients():
    for module in (nn.GeMPool2d(2), nn.MixedPool2d(2, learned=True)):
        module(positive((1, 4, 4)).float()).sum().backward()
        assert all(parameter.grad.abs() > 0 for parameter in module.parameters())
        assert len(list(module.parameters())) == 1


def test_a_second_module_with_another_power_compiles_too():
    for p in (1.5, 2.5, 3.5):
        pool = torch.compile(nn.LPPool2d(p, 2), fullgraph=True, backend="eager")
        x = positive((1, 1, 4, 4))
        torch.testing.assert_close(pool(x), F.lp_pool2d(x, p, 2))


@pytest.mark.parametrize("name", ["FractionalMaxPool2d", "FractionalMaxPool3d"])
def test_an_empty_batch_has_a_gradient(name):
    pooled = int(name[-2])
    x = torch.zeros((0, 2) + (6,) * pooled, requires_grad=True)
    getattr(nn, name)(2, output_size=3)(x).sum().backward()
    assert x.grad.shape == x.shape


def test_a_window_that_sees_padding_alone_sends_no_gradient():
    x = positive((1, 1, 1)).requires_grad_()
    pool = nn.MaxPool1d(3, 1, 1, dilation=1)
    wide = functional.max_pool(x, (2,), 1, ((3, 3),))
    assert wide.tolist()[0][0].count(float("-inf")) == 4
    wide[wide > 0].sum().backward()
    assert x.grad.tolist() == [[[2.0]]]
    assert torch.equal(pool(x), x)


def test_a_module_shows_its_arguments():
    assert repr(nn.GeMPool2d(p=2.5)).endswith("ceil_mode=False, p=2.5, eps=1e-06)")
    shown = repr(nn.MixedPool2d(2, lam=0.25, learned=True))
    assert shown.endswith("lam=0.25, learned=True)")
    assert repr(nn.MaxPool2d(3, 2)) == (
        "MaxPool2d(kernel_size=3, stride=2, padding=0, dilation=1, return_indices=False, "
        "ceil_mode=False)"
    )


@pytest.mark.parametrize("module", [nn.MaxPool2d, nn.AvgPool2d])
def test_a_module_refuses_what_the_function_refuses(module):
    for arguments, shape in itertools.product([(2,), (2, 0), (9,), (2, 2, 2)], [(8, 8)]):
        with pytest.raises((RuntimeError, IndexError)):
            module(*arguments)(torch.zeros(shape))
    with pytest.raises(RuntimeError, match="stride should not be zero"):
        module(2, 0)(torch.zeros(1, 8, 8))
