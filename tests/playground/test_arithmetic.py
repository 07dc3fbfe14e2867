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
