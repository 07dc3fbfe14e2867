"""The components compute what torch computes, to the last bit."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

pytestmark = pytest.mark.browser

COMPUTE = """configs => configs.map((config) => {
  const { y, error } = window.PoolPlayground.compute(config);
  return { y, error };
})"""


def random_configurations(count, seed, *, with_dilation=True):
    """Legal configurations with grids of random size: tied integers, signed fractions, big ones."""
    rng = np.random.default_rng(seed)
    while count:
        shape = rng.integers(1, 11, 2)
        kernel = rng.integers(1, 5, 2)
        stride, dilation = rng.integers(1, 4, 2), rng.integers(1, 4, 2)
        padding = rng.integers(0, kernel // 2 + 1)
        if not with_dilation:
            dilation[:] = 1
        if np.any(dilation * (kernel - 1) + 1 > shape + 2 * padding):
            continue
        count -= 1
        scale = rng.choice([1e-3, 1.0, 1e5])
        x = rng.integers(-4, 5, shape) if rng.random() < 0.4 else rng.normal(0, scale, shape)
        yield {
            "x": x.astype(float).tolist(),
            "kernel_size": kernel.tolist(),
            "stride": None if rng.random() < 0.2 else stride.tolist(),
            "padding": padding.tolist(),
            "dilation": dilation.tolist(),
            "ceil_mode": bool(rng.random() < 0.5),
        }


def as_image(x):
    return torch.tensor(x, dtype=torch.float64)[None, None]


def torch_max(config):
    rest = {key: value for key, value in config.items() if key not in ("x", "op")}
    return F.max_pool2d(as_image(config["x"]), **rest)[0, 0].tolist()


def torch_avg(config):
    rest = {key: value for key, value in config.items() if key not in ("x", "op", "dilation")}
    return F.avg_pool2d(as_image(config["x"]), **rest)[0, 0].tolist()


def torch_lp(config):
    """torch.nn.functional.lp_pool2d takes neither padding nor dilation."""
    window = {key: config[key] for key in ("kernel_size", "stride", "ceil_mode")}
    return F.lp_pool2d(as_image(config["x"]), config["p"], **window)[0, 0].tolist()


def assert_same(computed, expected, config):
    assert computed["error"] is None, (computed, config)
    np.testing.assert_array_equal(computed["y"], expected, err_msg=str(config))


def test_maxima_equal_torch_in_hundreds_of_configurations(show):
    configs = [{"op": "max", **config} for config in random_configurations(400, seed=1)]
    for config, computed in zip(configs, show("").evaluate(COMPUTE, configs), strict=True):
        assert_same(computed, torch_max(config), config)


def test_averages_equal_torch_in_hundreds_of_configurations(show):
    configs = [
        {"op": "avg", "count_include_pad": bool(i % 2), **config}
        for i, config in enumerate(random_configurations(400, seed=2, with_dilation=False))
    ]
    for config, computed in zip(configs, show("").evaluate(COMPUTE, configs), strict=True):
        assert_same(computed, torch_avg(config), config)


def test_sum_form_of_lp_equals_torch_within_the_accuracy_of_powers(show):
    rng = np.random.default_rng(3)
    configs = [
        {**config, "op": "lp", "mean": False, "p": float(rng.choice([0.5, 1, 2, 3, 4.5])),
         "padding": 0, "x": np.abs(config["x"]).tolist()}
        for config in random_configurations(200, seed=4, with_dilation=False)
        if np.all(np.array(np.shape(config["x"])) >= config["kernel_size"])
    ]  # fmt: skip
    for config, computed in zip(configs, show("").evaluate(COMPUTE, configs), strict=True):
        np.testing.assert_allclose(computed["y"], torch_lp(config), rtol=1e-12, err_msg=str(config))


def test_odd_powers_keep_the_sign_as_in_torch(show):
    config = {"op": "lp", "mean": False, "p": 3, "kernel_size": 2, "stride": 1, "ceil_mode": False}
    config["x"] = [[-1.0, 2.0, -3.0], [4.0, -1.0, -2.0]]
    (computed,) = show("").evaluate(COMPUTE, [config])
    np.testing.assert_allclose(computed["y"], torch_lp(config), equal_nan=True)


def test_mean_form_of_lp_runs_from_the_average_to_the_maximum(show):
    x = np.random.default_rng(5).uniform(0.5, 1, (6, 6)).tolist()
    configs = [{"op": "lp", "x": x, "p": p} for p in (1, 2, 400)]
    average, two, nearly_max = (np.array(c["y"]) for c in show("").evaluate(COMPUTE, configs))
    np.testing.assert_allclose(average, F.avg_pool2d(as_image(x), 2)[0, 0])
    np.testing.assert_allclose(nearly_max, F.max_pool2d(as_image(x), 2)[0, 0], rtol=0.01)
    np.testing.assert_allclose(two, F.avg_pool2d(as_image(x) ** 2, 2).sqrt()[0, 0])


def test_mixed_pooling_weighs_maximum_and_average(show):
    lams = np.random.default_rng(6).uniform(size=200)
    configs = [
        {"op": "mixed", "lam": float(lam), **config}
        for lam, config in zip(
            lams, random_configurations(200, seed=7, with_dilation=False), strict=True
        )
    ]
    for config, computed in zip(configs, show("").evaluate(COMPUTE, configs), strict=True):
        plain = {key: value for key, value in config.items() if key != "lam"}
        largest, mean = np.array(torch_max(plain)), np.array(torch_avg(plain))
        expected = config["lam"] * largest + (1 - config["lam"]) * mean
        np.testing.assert_allclose(computed["y"], expected, rtol=1e-12, err_msg=str(config))


DRAW = """([x, draws]) => Array.from({ length: draws }, (_, seed) =>
  window.PoolPlayground.compute({ op: "stochastic", x, seed }).y.flat())"""


def test_stochastic_pooling_draws_each_value_as_often_as_its_share(show):
    x = [[1, 2, 0, 0], [3, 4, 0, 0], [0, 5, 8, 2], [0, 3, 0, 6]]
    draws = np.array(show("").evaluate(DRAW, [x, 4000]))
    windows = [[1, 2, 3, 4], [0, 0, 0, 0], [0, 5, 0, 3], [8, 2, 0, 6]]
    for drawn, window in zip(draws.T, windows, strict=True):
        assert set(drawn) <= {value for value in window if value} or not any(window)
        for value in set(window):
            share = window.count(value) * value / max(sum(window), 1)
            # 4000 draws: five standard deviations are at most 0.04
            assert np.mean(drawn == value) == pytest.approx(share, abs=0.04) or not any(window)
    assert not draws[:, 1].any()
    # windows are drawn independently: knowing one tells nothing about another
    related = np.corrcoef(draws[:, [0, 2, 3]].T)
    assert np.all(abs(related[np.triu_indices(3, 1)]) < 0.08)


def test_a_seed_repeats_its_draw(show):
    x = np.random.default_rng(8).integers(0, 9, (8, 8)).tolist()
    first, again = (show("").evaluate(DRAW, [x, 5]) for _ in range(2))
    assert first == again
    assert len({tuple(draw) for draw in first}) == 5


BACKWARD = """configs => configs.map((config) => {
  const { backward, compute } = window.PoolPlayground;
  return backward(compute(config), config.x, config.grad);
})"""


def torch_gradient(config, pool):
    x = torch.tensor(config["x"], dtype=torch.float64, requires_grad=True)
    pool(x[None, None]).backward(torch.tensor(config["grad"], dtype=torch.float64)[None, None])
    return x.grad.numpy()


def with_gradients(configs):
    rng = np.random.default_rng(9)
    for config in configs:
        shape = np.shape(torch_max(config))
        yield {**config, "grad": rng.integers(-9, 10, shape).astype(float).tolist()}


def window_of(config, *names):
    return {
        name: config[name] for name in ("kernel_size", "stride", "padding", "ceil_mode", *names)
    }


def covers_a_cell(config):
    """torch refuses a gradient where a dilated window lies beside the input on all sides."""
    return np.isfinite(torch_max(config)).all()


def test_the_gradient_of_max_pooling_is_torchs_with_ties_and_overlaps(show):
    configs = filter(covers_a_cell, random_configurations(300, seed=10))
    configs = [{**c, "op": "max"} for c in with_gradients(configs)]
    assert len(configs) > 200
    for config, dx in zip(configs, show("").evaluate(BACKWARD, configs), strict=True):
        window = window_of(config, "dilation")
        expected = torch_gradient(config, lambda x, window=window: F.max_pool2d(x, **window))
        np.testing.assert_array_equal(dx, expected, err_msg=str(config))


def test_the_gradient_of_average_pooling_is_torchs(show):
    configs = random_configurations(200, seed=11, with_dilation=False)
    configs = [{**c, "op": "avg"} for c in with_gradients(configs)]
    for config, dx in zip(configs, show("").evaluate(BACKWARD, configs), strict=True):
        window = window_of(config)
        expected = torch_gradient(config, lambda x, window=window: F.avg_pool2d(x, **window))
        np.testing.assert_allclose(dx, expected, rtol=1e-12, atol=1e-12, err_msg=str(config))


def test_the_gradient_of_lp_pooling_is_torchs(show):
    rng = np.random.default_rng(12)
    x = rng.uniform(0.1, 5, (6, 6)).tolist()
    grad = rng.normal(size=(5, 5)).tolist()
    window = {"kernel_size": 2, "stride": 1}
    for p in (1, 2, 3.5):
        config = {"op": "lp", "mean": False, "p": p, "x": x, "grad": grad, **window}
        (dx,) = show("").evaluate(BACKWARD, [config])
        expected = torch_gradient(config, lambda x, p=p: F.lp_pool2d(x, p, **window))
        np.testing.assert_allclose(dx, expected, rtol=1e-12)


def test_the_gradient_of_mixed_pooling_mixes_the_gradients(show):
    rng = np.random.default_rng(13)
    config = {"op": "mixed", "lam": 0.3, "x": rng.normal(size=(6, 6)).tolist()}
    config["grad"] = rng.normal(size=(3, 3)).tolist()
    (dx,) = show("").evaluate(BACKWARD, [config])
    expected = torch_gradient(config, lambda x: 0.3 * F.max_pool2d(x, 2) + 0.7 * F.avg_pool2d(x, 2))
    np.testing.assert_allclose(dx, expected, rtol=1e-12)


def test_unpooling_puts_maxima_back_where_torch_puts_them(show):
    unpool = """configs => configs.map((config) => {
      const { unpool, compute } = window.PoolPlayground;
      return unpool(compute(config), config.x);
    })"""
    configs = [c for c in random_configurations(200, seed=14) if covers_a_cell(c)]
    for config, filled in zip(configs, show("").evaluate(unpool, configs), strict=True):
        rest = window_of(config, "dilation")
        y, indices = F.max_pool2d(as_image(config["x"]), **rest, return_indices=True)
        expected = np.zeros(np.shape(config["x"]))
        expected.flat[indices.flatten()] = y.flatten()
        np.testing.assert_array_equal(filled, expected, err_msg=str(config))


def test_adaptive_bins_are_where_torch_averages(show):
    sizes = [(size, count) for size in range(1, 20) for count in range(1, 25)]
    evaluated = show("").evaluate(
        "sizes => sizes.map(([n, o]) => window.PoolPlayground.adaptiveBins(n, o))", sizes
    )
    for (size, count), bins in zip(sizes, evaluated, strict=True):
        read = F.adaptive_avg_pool1d(torch.eye(size)[None], count)[0].T.numpy()  # (bins, cells)
        expected = [(int(row.nonzero()[0][0]), int(row.nonzero()[0][-1]) + 1) for row in read]
        assert [tuple(b) for b in bins] == expected, (size, count)


def test_fractional_bins_are_where_torch_takes_maxima(show):
    rng = np.random.default_rng(15)
    cases = []
    while len(cases) < 200:
        kernel, size, u = int(rng.integers(1, 4)), int(rng.integers(4, 24)), float(rng.random())
        count = int(rng.integers(1, size - kernel + 2))
        steps = (np.arange(count) + u) * (size - kernel) / max(count - 1, 1)
        if count + kernel - 1 <= size and np.all(np.abs(steps - steps.round()) > 1e-4):
            cases.append((size, count, kernel, u))  # torch counts in float32: no case on the edge
    evaluated = show("").evaluate(
        "cases => cases.map((c) => window.PoolPlayground.fractionalBins(...c))", cases
    )
    for (size, count, kernel, u), bins in zip(cases, evaluated, strict=True):
        rising = torch.arange(size, dtype=torch.float64).expand(1, 1, size, size)
        samples = torch.full((1, 1, 2), u, dtype=torch.float64)
        y = F.fractional_max_pool2d(
            rising, kernel, output_size=(count, count), _random_samples=samples
        )
        assert [end - 1 for _, end in bins] == y[0, 0, 0].int().tolist(), (size, count, kernel, u)


def test_receptive_fields_are_as_wide_as_the_gradient_of_one_output(show):
    rng = np.random.default_rng(16)
    page = show("")
    for _ in range(40):
        layers = [
            [int(rng.integers(1, 5)), int(rng.integers(1, 3)), 0, int(rng.integers(1, 3))]
            for _ in range(rng.integers(1, 6))
        ]
        size = 400
        fields = page.evaluate(
            "([layers, size]) => window.PoolPlayground.receptiveFields(layers, size)",
            [layers, size],
        )
        x = torch.zeros(1, 1, size, requires_grad=True)
        y = x
        for (kernel, stride, padding, dilation), seen in zip(layers, fields, strict=True):
            y = F.conv1d(y, torch.ones(1, 1, kernel), None, stride, padding, dilation)
            assert seen["size"] == y.shape[-1]
            edges = [
                torch.autograd.grad(y[0, 0, at], x, retain_graph=True)[0].nonzero()[[0, -1], -1]
                for at in (0, 1)
            ]
            assert seen["field"] == edges[0][1] - edges[0][0] + 1, layers
            assert seen["jump"] == edges[1][0] - edges[0][0], layers


def test_the_shift_lab_halves_a_ring_as_numpy_does(show):
    x = np.random.default_rng(17).integers(0, 9, 12)
    blurred = sum(
        weight * np.roll(np.maximum(x, np.roll(x, -1)), shift)
        for weight, shift in ((0.25, 1), (0.5, 0), (0.25, -1))
    )
    expected = {
        "stride": x[::2],
        "max": F.max_pool1d(torch.tensor(x[None]).double(), 2)[0],
        "avg": F.avg_pool1d(torch.tensor(x[None]).double(), 2)[0],
        "blur": blurred[::2],
    }
    computed = show("").evaluate(
        """x => Object.fromEntries(Object.entries(window.PoolPlayground.HALVINGS)
             .map(([name, halve]) => [name, halve(x)]))""",
        x.tolist(),
    )
    assert set(computed) == set(expected)
    for name, y in expected.items():
        np.testing.assert_array_equal(computed[name], y, err_msg=name)


@pytest.mark.parametrize("by", [-3, 0, 1, 5, 12])
def test_a_ring_rolls_as_numpy_rolls(show, by):
    x = list(range(7))
    rolled = show("").evaluate("([x, by]) => window.PoolPlayground.rolled(x, by)", [x, by])
    assert rolled == np.roll(x, by).tolist()
