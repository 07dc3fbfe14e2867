"""Pooling of other frameworks, expressed by the core: the rows of the porting chapter."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import itertools

import numpy as np
import onnx
import pytest
from onnx import helper
from onnx.reference import ReferenceEvaluator

from pooledu import functional

X = np.random.default_rng(0).normal(size=(2, 3, 7, 8)).astype("f4")
LAST = X.transpose(0, 2, 3, 1)  # Flax and Keras keep the channels last


def first(y) -> np.ndarray:
    """The result of a channels-last framework, with the channels first."""
    return np.asarray(y).transpose(0, 3, 1, 2)


def onnx_pool(operator: str, x: np.ndarray, outputs: int = 1, **attributes) -> list[np.ndarray]:
    """What ONNX's reference evaluator gives."""
    names = [f"y{i}" for i in range(outputs)]
    kinds = [onnx.TensorProto.FLOAT, onnx.TensorProto.INT64]
    graph = helper.make_graph(
        [helper.make_node(operator, ["x"], names, **attributes)],
        "pool",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, None)],
        [
            helper.make_tensor_value_info(name, kind, None)
            for name, kind in zip(names, kinds, strict=False)
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)])
    return ReferenceEvaluator(model).run(None, {"x": x})


def test_flax_has_a_stride_of_one_unless_told():
    from flax import linen

    assert np.array_equal(
        first(linen.max_pool(LAST, (3, 2))), functional.max_pool(X, (3, 2), stride=1)
    )
    assert linen.max_pool(LAST, (3, 2)).shape != LAST[:, ::3, ::2].shape


@pytest.mark.parametrize("padding", ["SAME", "VALID", ((2, 1), (0, 3))])
def test_flax_takes_any_padding_and_puts_the_odd_cell_at_the_end(padding):
    from flax import linen

    ours = {"SAME": "SAME_UPPER", "VALID": 0}.get(padding, padding)
    expected = first(linen.max_pool(LAST, (3, 4), (2, 3), padding))
    assert np.array_equal(functional.max_pool(X, (3, 4), (2, 3), ours), expected)
    for counted in (True, False):
        expected = first(linen.avg_pool(LAST, (3, 4), (2, 3), padding, counted))
        found = functional.avg_pool(X, (3, 4), (2, 3), ours, count_include_pad=counted)
        assert np.allclose(found, expected, atol=1e-6)


def test_flax_counts_padding_by_default_and_keras_does_not():
    from flax import linen
    from keras import layers

    square, window = LAST[:, :, :7], ((3, 3), 2, "SAME_UPPER")
    flax = first(linen.avg_pool(square, (3, 3), (2, 2), "SAME"))
    assert np.allclose(flax, functional.avg_pool(X[..., :7], *window), atol=1e-6)
    keras = layers.AveragePooling2D(3, 2, "same")(square).detach().cpu().numpy()
    found = functional.avg_pool(X[..., :7], *window, count_include_pad=False)
    assert np.allclose(first(keras), found, atol=1e-6)
    assert not np.allclose(first(keras), flax, atol=1e-3)


def test_keras_on_torch_repeats_the_border_if_the_padding_is_odd():
    from keras import layers

    row = np.arange(1.0, 9.0, dtype="f4")
    keras = layers.AveragePooling2D((1, 3), (1, 2), "same")(row.reshape(1, 1, 8, 1))
    repeated = functional.avg_pool(np.append(row, row[-1]), (3,), 2)
    assert np.allclose(keras.detach().cpu().numpy().ravel(), repeated)


@pytest.mark.parametrize(("size", "stride"), list(itertools.product((2, 3, 4), (None, 1, 2, 3))))
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_keras_pads_its_maxima_with_minus_infinity(size, stride, padding):
    from keras import layers

    ours = {"same": "SAME_UPPER", "valid": 0}[padding]
    negative = -np.abs(LAST) - 1
    expected = layers.MaxPooling2D(size, stride, padding)(negative).detach().cpu().numpy()
    found = functional.max_pool(negative.transpose(0, 3, 1, 2), (size, size), stride, ours)
    assert np.array_equal(found, first(expected))


# not SAME_LOWER with strides: there the evaluator makes fewer windows than the standard says
@pytest.mark.parametrize(
    ("mode", "strides"),
    [("SAME_UPPER", [1, 1]), ("SAME_UPPER", [2, 3]), ("SAME_LOWER", [1, 1]), ("VALID", [2, 3])],
)
def test_onnx_puts_the_odd_cell_where_its_auto_pad_says(mode, strides):
    given = {"kernel_shape": [3, 4], "strides": strides, "auto_pad": mode}
    padding = 0 if mode == "VALID" else mode
    (expected,) = onnx_pool("MaxPool", X, **given)
    assert np.array_equal(functional.max_pool(X, (3, 4), tuple(strides), padding), expected)


def test_onnx_has_a_stride_of_one_and_leaves_padding_out_of_means_unless_told():
    given = {"kernel_shape": [3, 2], "pads": [2, 1, 0, 1]}
    padding = ((2, 0), (1, 1))
    (expected,) = onnx_pool("AveragePool", X, **given)
    found = functional.avg_pool(X, (3, 2), 1, padding, count_include_pad=False)
    assert np.allclose(found, expected, atol=1e-6)
    (counted,) = onnx_pool("AveragePool", X, **given, count_include_pad=1)
    assert np.allclose(functional.avg_pool(X, (3, 2), 1, padding), counted, atol=1e-6)
    assert not np.allclose(expected, counted, atol=1e-3)


def test_onnx_dilates_maxima():
    given = {"kernel_shape": [2, 2], "dilations": [3, 2], "strides": [2, 1]}
    (expected,) = onnx_pool("MaxPool", X, **given)
    assert np.array_equal(functional.max_pool(X, (2, 2), (2, 1), dilation=(3, 2)), expected)


def test_onnx_counts_positions_in_the_whole_tensor_and_torch_in_one_plane():
    values, everywhere = onnx_pool("MaxPool", X, 2, kernel_shape=[2, 2], strides=[2, 2])
    found, positions = functional.max_pool(X, (2, 2), return_indices=True)
    assert np.array_equal(found, values)
    planes = np.arange(2 * 3).reshape(2, 3, 1, 1) * (7 * 8)
    assert np.array_equal(positions + planes, everywhere)


def test_onnx_takes_absolute_values_in_power_averages_and_torch_keeps_the_sign():
    x = np.array([[[[-1.0, -2.0]]]], dtype="f4")
    (expected,) = onnx_pool("LpPool", x, kernel_shape=[1, 2], p=1)
    assert expected == 3
    assert functional.lp_pool2d(x, 1, (1, 2)) == -3
    assert functional.lp_pool(np.abs(x), 1, (1, 2)) == 3


def test_zeros_around_the_input_are_not_the_padding_of_a_maximum():
    negative = -np.abs(X) - 1
    by_hand = functional.max_pool(np.pad(negative, ((0, 0), (0, 0), (1, 1), (1, 1))), (3, 3), 1)
    assert by_hand[..., 0, 0].max() == 0
    assert functional.max_pool2d(negative, 3, 1, 1).max() < 0
