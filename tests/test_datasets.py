"""The small data sets: what they hold, where they put it, and what they say when they cannot."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits

from pooledu.datasets import Images, cifar10, digits, photograph, place_at_random, split


def numbered(count: int, height: int = 2, width: int = 3) -> np.ndarray:
    """Images whose pixels all differ and none is zero."""
    return np.arange(1.0, 1 + count * height * width).reshape(count, 1, height, width)


def test_the_digits_are_scikit_learns_between_0_and_1():
    data, original = digits(), load_digits()
    assert data.images.dtype == np.float32
    assert data.labels.dtype == np.int64
    np.testing.assert_array_equal(data.images.reshape(1797, 64) * 16, original.data)
    np.testing.assert_array_equal(data.labels, original.target)


def test_a_split_uses_each_image_once_and_keeps_its_label():
    data = Images(numbered(10), np.arange(10))
    train, test = split(data, 7, np.random.default_rng(0))
    assert sorted([*train.labels, *test.labels]) == list(range(10))
    for part, count in ((train, 7), (test, 3)):
        assert len(part.images) == count
        np.testing.assert_array_equal(part.images, data.images[part.labels])


def test_a_split_depends_on_the_generator_alone():
    data = Images(numbered(50), np.arange(50))
    first, again, other = (split(data, 25, np.random.default_rng(s))[0].labels for s in (0, 0, 1))
    assert list(first) == list(again)
    assert list(first) != list(other)


@pytest.mark.parametrize("train", [0, 10, 11, -1])
def test_a_split_with_an_empty_part_is_refused(train):
    with pytest.raises(ValueError, match=rf"train is {train}.*from 1 to 9"):
        split(Images(numbered(10), np.arange(10)), train, np.random.default_rng(0))


def test_each_image_stands_whole_on_its_canvas_and_nothing_else_does():
    images = numbered(40)
    canvas = place_at_random(images, 6, np.random.default_rng(0))
    assert canvas.shape == (40, 1, 6, 6)
    for image, whole in zip(images[:, 0], canvas[:, 0], strict=True):
        rows, columns = np.nonzero(whole)
        cut = whole[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        np.testing.assert_array_equal(cut, image)


def test_every_place_is_used_equally_often():
    canvas = place_at_random(np.ones((6000, 1, 2, 3)), 4, np.random.default_rng(0))
    places, counts = np.unique(canvas.reshape(6000, 16), axis=0, return_counts=True)
    assert len(places) == 3 * 2
    # 1000 each are expected, with a standard deviation of 29.
    assert counts.min() > 850
    assert counts.max() < 1150


def test_an_image_that_fills_the_canvas_stays_as_it_is():
    images = numbered(3, 4, 4)
    np.testing.assert_array_equal(place_at_random(images, 4, np.random.default_rng(0)), images)


def test_a_canvas_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match=r"size is 2, and the images have 2 by 3.*at least 3"):
        place_at_random(numbered(1), 2, np.random.default_rng(0))


@pytest.fixture
def cifar_folder(tmp_path):
    """Six files in CIFAR-10's format, with two images each."""
    for i, name in enumerate([*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]):
        data = np.zeros((2, 3072), np.uint8)
        data[1, 1024 + 32 * 5 + 7] = 255  # green, row 5, column 7
        batch = {b"data": data, b"labels": [i, 9]}
        (tmp_path / name).write_bytes(pickle.dumps(batch, protocol=2))
    return tmp_path


def test_cifar10_is_read_plane_by_plane_and_batch_by_batch(cifar_folder):
    train, test = cifar10(cifar_folder)
    assert train.images.shape == (10, 3, 32, 32)
    assert train.images.dtype == np.float32
    assert list(train.labels) == [0, 9, 1, 9, 2, 9, 3, 9, 4, 9]
    assert list(test.labels) == [5, 9]
    assert test.images[1, 1, 5, 7] == 1.0
    assert test.images.sum() == 1.0


def test_cifar10_is_looked_for_where_the_environment_says(cifar_folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CIFAR10", raising=False)
    with pytest.raises(FileNotFoundError, match="data/cifar-10-batches-py"):
        cifar10()
    monkeypatch.setenv("CIFAR10", str(cifar_folder))
    assert len(cifar10()[1].labels) == 2


def test_the_photograph_has_a_palace_on_the_left_and_its_network_sees_it_there():
    photo = photograph()
    assert photo.image.shape == (350, 350)
    assert 0 <= photo.image.min() < photo.image.max() <= 1
    palace, lakeside = np.tensordot(photo.weights, photo.features, axes=1)
    assert palace.mean() > lakeside.mean()
    assert palace[:, :4].mean() > 4 * palace[:, 4:].mean()
    assert lakeside[:, 4:].mean() > 2 * palace[:, 4:].mean()


def test_importing_the_module_loads_neither_scikit_learn_nor_torch():
    code = "import sys, pooledu.datasets; print({'sklearn', 'torch'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "set()", result.stderr
