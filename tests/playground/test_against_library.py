"""What the playground computes, sends back and refuses is what the library does, in any setting."""

import functools
import itertools
from collections import Counter

import numpy as np
import pytest

from pooledu import functional, gradients

pytestmark = pytest.mark.browser

SETTINGS = 1200  # of each operation
OPERATIONS = ["max", "avg", "lp", "mixed", "stochastic"]

RUN = """configs => configs.map((config) => {
  const { compute, backward, unpool } = window.PoolPlayground;
  const result = compute(config);
  if (result.error) return { error: result.error };
  const plain = (grid) => grid.map((row) => row.map(String));  // JSON has no infinity
  return {
    y: plain(result.y),
    expected: result.windows.map((w) => w.expected ?? 0),
    winners: result.windows.map((w) =>
      w.winner < 0 ? null : [w.cells[w.winner].row, w.cells[w.winner].col]),
    dx: config.grad && plain(backward(result, config.x, config.grad)),
    unpooled: plain(unpool(result, config.x)),
  };
})"""


@functools.cache
def cases(operation):
    """Settings with the library's output, or None where it refuses."""
    configs = [*settings(operation), *itertools.islice(broken(operation), 120)]
    rng = np.random.default_rng(0)
    outputs = [outcome(config) for config in configs]
    for config, y in zip(configs, outputs, strict=True):
        if y is not None:
            config["grad"] = rng.integers(-9, 10, y.shape).astype(float).tolist()
    return list(zip(configs, outputs, strict=True))


def settings(operation):
    """Settings that mostly fit, near the border of what does, with grids of several kinds."""
    rng = np.random.default_rng(OPERATIONS.index(operation))
    for _ in range(SETTINGS):
        kernel, stride = rng.integers(1, 6, 2), rng.integers(1, 5, 2)
        if square := rng.random() < 0.5:
            kernel[1], stride[1] = kernel[0], stride[0]
        padding = rng.integers(0, kernel // 2 + 1) * (rng.random() < 0.6)
        if rng.random() < 0.05:
            padding = padding + 1
        kind = str(rng.choice(["ties", "signed", "large", "positive"]))
        x = draw(rng, kind, rng.integers(1, 9, 2))
        yield {
            "op": operation,
            "kind": kind,
            "x": x.tolist(),
            "kernel_size": int(kernel[0]) if square else kernel.tolist(),
            "stride": None if rng.random() < 0.3 else stride.tolist(),
            "padding": padding.tolist(),
            "dilation": rng.integers(1, 4, 2).tolist() if rng.random() < 0.4 else 1,
            "ceil_mode": bool(rng.integers(2)),
            "count_include_pad": bool(rng.integers(2)),
            "p": float(rng.choice([-1, 0.5, 1, 2, 3, 4.5])),
            "mean": bool(rng.integers(2)),
            "lam": float(rng.choice([0, 0.25, 0.5, 1])),
            "seed": int(rng.integers(0, 99)),
        }


STRANGE = {
    "kernel_size": [0, -1, 2.5, [2, 0], [1, 2, 3], "x", None],
    "stride": [0, -1, 1.5, [0, 1], [1, 1, 1], "x"],
    "padding": [-1, [0, -1], 0.5, [0, 0, 0], "x", None],
    "dilation": [0, -2, 1.5, [1, 0], [1, 1, 1], "x", None],
    "x": [[[1.0, 2.0], [3.0]], "x", [1.0, 2.0], [], [[]], None],
}


def broken(operation):
    """Settings with one value that is none of its kind."""
    rng = np.random.default_rng(6)
    for config in settings(operation):
        name = str(rng.choice(list(STRANGE)))
        values = STRANGE[name]
        yield config | {name: values[rng.integers(len(values))]}


def draw(rng, kind, shape):
    if kind == "ties":
        return rng.integers(-3, 4, shape).astype(float)
    if kind == "positive":
        return rng.uniform(0.1, 5, shape)
    return rng.normal(0, 1 if kind == "signed" else 1e6, shape)


def windows(config):
    """Window, stride, padding, dilation and ceil_mode, for functions of any number of axes."""

    def pair(value):
        return tuple(value) if isinstance(value, list) else (value, value)

    names = ("kernel_size", "stride", "padding", "dilation")
    kernel, stride, padding, dilation = (config[name] for name in names)
    stride = kernel if stride is None else stride
    return *map(pair, (kernel, stride, padding, dilation)), config["ceil_mode"]


def pooled(config):
    """The library's output, or what it raises; the rules of max_pool2d are those of all."""
    x, place = np.array(config["x"]), windows(config)
    functional.max_pool2d(x[None], *place)
    return {
        "max": lambda: functional.max_pool(x, *place),
        "avg": lambda: functional.avg_pool(x, *place, config["count_include_pad"]),
        "lp": lambda: functional.lp_pool(x, config["p"], place[0], *place[1:], mean=config["mean"]),
        "mixed": lambda: functional.mixed_pool(x, *place, config["lam"]),
        "stochastic": lambda: functional.stochastic_pool_expected(x, *place),
    }[config["op"]]()


def sent_back(config, grad, computed):
    """The library's gradient at the input."""
    x, place = np.array(config["x"]), windows(config)
    if config["op"] == "max":
        _, indices = functional.max_pool(x, *place, return_indices=True)
        return gradients.max_pool_backward(grad, indices, x.shape)
    if config["op"] == "avg":
        return gradients.avg_pool_backward(grad, x.shape, *place, config["count_include_pad"])
    if config["op"] == "lp":
        return gradients.lp_pool_backward(
            grad, x, config["p"], place[0], *place[1:], mean=config["mean"]
        )
    if config["op"] == "mixed":
        largest = sent_back(config | {"op": "max"}, config["lam"] * grad, computed)
        even = sent_back(
            config | {"op": "avg", "count_include_pad": True}, (1 - config["lam"]) * grad, computed
        )
        return largest + even
    dx = np.zeros(x.shape)  # each draw gets the gradient of its window
    for value, winner in zip(grad.ravel(), computed["winners"], strict=True):
        if winner:
            dx[tuple(winner)] += value
    return dx


def outcome(config):
    """The library's output, or None where it refuses."""
    with np.errstate(all="ignore"):
        try:
            return pooled(config)
        except (RuntimeError, ValueError, TypeError, ZeroDivisionError):
            return None


def array(grid):
    return np.array(grid, dtype=float)


@pytest.fixture
def accepted(show):
    """`accepted(operation)`: the settings that both take, with the output of the library and what
    the page computes. A setting that only one of them takes fails the test."""

    def compare(operation):
        configs = [config for config, _ in cases(operation)]
        found = zip(cases(operation), show("").evaluate(RUN, configs), strict=True)
        for (config, y), computed in found:
            assert (y is None) == ("error" in computed), (config, y, computed)
            if y is not None:
                yield config, y, computed

    return compare


@pytest.mark.parametrize("operation", ["max", "avg", "lp", "mixed"])
def test_outputs_and_refusals_are_the_librarys(accepted, operation):
    count = 0
    for config, y, computed in accepted(operation):
        np.testing.assert_allclose(array(computed["y"]), y, rtol=1e-12, err_msg=str(config))
        count += 1
    assert SETTINGS / 2 < count < SETTINGS  # both kinds are there


def test_stochastic_pooling_expects_what_the_library_does_and_draws_what_may_be_drawn(accepted):
    for config, y, computed in accepted("stochastic"):
        expected = array(computed["expected"]).reshape(y.shape)
        np.testing.assert_allclose(expected, y, rtol=1e-12, err_msg=str(config))
        x = np.array(config["x"])
        largest = functional.max_pool(x, *windows(config))
        for value, winner, most in zip(
            array(computed["y"]).ravel(), computed["winners"], largest.ravel(), strict=True
        ):
            assert (value == 0 and most <= 0) if winner is None else value == x[tuple(winner)] > 0


@pytest.mark.parametrize("operation", OPERATIONS)
def test_gradients_are_the_librarys(accepted, operation):
    count = 0
    for config, _, computed in accepted(operation):
        covers = np.isfinite(functional.max_pool(np.array(config["x"]), *windows(config))).all()
        if not covers:  # torch has no gradient for a window that holds padding only
            continue
        with np.errstate(all="ignore"):
            expected = sent_back(config, np.array(config["grad"]), computed)
        dx = array(computed["dx"])
        at = np.ones(dx.shape, bool)
        if operation == "lp" and config["p"] not in (1, 2, 3):
            at = np.array(config["x"]) > 0  # elsewhere is no slope, or an infinite one
        scale = 1e-12 * np.max(abs(expected[np.isfinite(expected)]), initial=1)
        np.testing.assert_allclose(dx[at], expected[at], 1e-9, scale, err_msg=str(config))
        count += 1
    assert count > SETTINGS / 2


def test_unpooling_is_the_librarys(accepted):
    for config, _, computed in accepted("max"):
        x, place = np.array(config["x"]), windows(config)
        y, indices = functional.max_pool(x, *place, return_indices=True)
        if not np.isfinite(y).all():
            continue
        expected = np.zeros(x.size)
        expected[indices.ravel()] = y.ravel()
        np.testing.assert_array_equal(array(computed["unpooled"]).ravel(), expected)


def test_the_settings_cover_every_pair_of_options():
    def described(config):
        kernel, stride, padding, dilation, ceil = windows(config)
        return {
            "kind": config["kind"], "rectangular": kernel[0] != kernel[1],
            "own stride": config["stride"] is not None, "overlap": stride < kernel,
            "padding": padding > (0, 0), "dilation": dilation > (1, 1), "ceil": ceil,
            "count": config["count_include_pad"], "mean": config["mean"], "p": config["p"],
            "lam": config["lam"],
        }  # fmt: skip

    for operation in OPERATIONS:
        fitting = [config for config, y in cases(operation) if y is not None]
        seen = Counter()
        values = {}
        for config in fitting:
            options = described(config)
            seen.update(itertools.combinations(sorted(options.items()), 2))
            for name, value in options.items():
                values.setdefault(name, set()).add(value)
        for a, b in itertools.combinations(sorted(values), 2):
            for pair in itertools.product(values[a], values[b]):
                if {a, b} != {"own stride", "overlap"}:
                    assert seen[((a, pair[0]), (b, pair[1]))], (operation, a, b, pair)


NOTE = """configs => configs.map((config) => {
  const element = document.querySelector("pool-playground");
  element.adopt({ ...config, view: "backward", step: 1e6 });
  return element.shadowRoot.querySelector(".notes").textContent;
})"""


def test_gradient_is_called_lost_where_padding_took_it_and_nowhere_else(show):
    configs, truths = [], []
    for operation in OPERATIONS:
        for config, y in cases(operation)[:400]:
            if y is None:
                continue
            configs.append(config | {"grad": None})
            place = windows(config)
            inside = functional.avg_pool(np.ones_like(config["x"]), *place)
            some = functional.max_pool(np.ones_like(config["x"]), *place) > 0
            lost = {
                "max": not some.all(),
                "avg": not some.all() or (config["count_include_pad"] and (inside < 1).any()),
                "mixed": (not some.all() and config["lam"] > 0)
                or (config["lam"] < 1 and (inside < 1).any()),
            }.get(operation)
            truths.append(lost)
    notes = show("<pool-playground></pool-playground>").evaluate(NOTE, configs)
    for config, lost, note in zip(configs, truths, notes, strict=True):
        if config["op"] == "lp":
            assert "is lost" not in note, (config, note)
        elif lost is not None:
            assert ("is lost" in note) == bool(lost), (config, note)
    slopes = [n for c, n in zip(configs, notes, strict=True) if c["op"] == "lp" and "slopes" in n]
    assert len(slopes) > 50
