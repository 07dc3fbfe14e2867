"""Small real images: handwritten digits, digits placed at random, CIFAR-10, a photograph.

Nothing is downloaded: the digits come with scikit-learn, and CIFAR-10 is read where the reader
already has it.
"""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Images(NamedTuple):
    """Images and what they show.

    Attributes
    ----------
    images : numpy.ndarray
        float32, shape (N, C, H, W), values from 0 to 1.
    labels : numpy.ndarray
        int64, shape (N,), the class of each image.
    """

    images: np.ndarray
    labels: np.ndarray

    def take(self, indices: np.ndarray | slice) -> Images:
        """Return some of the images, with their labels.

        Parameters
        ----------
        indices : array of int, array of bool, or slice
            Which images to take.

        Returns
        -------
        Images
            The images in the order of `indices`.

        Examples
        --------
        >>> digits().take(slice(3)).labels
        array([0, 1, 2])
        """
        return Images(self.images[indices], self.labels[indices])


def digits() -> Images:
    """Return the 1797 handwritten digits that come with scikit-learn.

    Each image has 8 by 8 pixels: the ink of a 4 by 4 block of a larger scan, counted from 0 to 16
    and divided by 16 here.

    Returns
    -------
    Images
        `images` of shape (1797, 1, 8, 8), `labels` from 0 to 9.

    References
    ----------
    Alpaydin and Kaynak, "Optical recognition of handwritten digits", UCI Machine Learning
    Repository, 1998, https://doi.org/10.24432/C50P49

    Examples
    --------
    >>> data = digits()
    >>> data.images.shape, float(data.images.max()), np.bincount(data.labels).min()
    ((1797, 1, 8, 8), 1.0, np.int64(174))
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = (bunch.images[:, None] / 16).astype(np.float32)
    return Images(images, bunch.target.astype(np.int64))


def split(data: Images, train: int, rng: np.random.Generator) -> tuple[Images, Images]:
    """Divide images at random into a part to train on and a part to test on.

    Parameters
    ----------
    data : Images
        The images to divide.
    train : int
        How many go into the first part, at least 1 and fewer than there are.
    rng : numpy.random.Generator
        The source of chance.

    Returns
    -------
    (Images, Images)
        The part to train on and the rest, each in random order.

    Raises
    ------
    ValueError
        If one of the parts would be empty.

    Examples
    --------
    >>> train, test = split(digits(), 1000, np.random.default_rng(0))
    >>> len(train.labels), len(test.labels)
    (1000, 797)
    """
    count = len(data.labels)
    if not 0 < train < count:
        raise ValueError(
            f"train is {train}; of {count} images, both parts need at least one: "
            f"choose a number from 1 to {count - 1}."
        )
    order = rng.permutation(count)
    return data.take(order[:train]), data.take(order[train:])


def place_at_random(images: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Put each image at a random place on an empty square canvas.

    Every place where the whole image fits is equally likely.

    Parameters
    ----------
    images : numpy.ndarray
        Shape (N, C, H, W).
    size : int
        Height and width of the canvas, at least H and W.
    rng : numpy.random.Generator
        The source of chance.

    Returns
    -------
    numpy.ndarray
        Shape (N, C, size, size), zero outside the images.

    Raises
    ------
    ValueError
        If the images are larger than the canvas.

    Examples
    --------
    >>> digit = digits().images[:1]
    >>> canvas = place_at_random(digit, 24, np.random.default_rng(0))
    >>> canvas.shape, bool(canvas.sum() == digit.sum())
    ((1, 1, 24, 24), True)
    """
    n, channels, height, width = images.shape
    if size < max(height, width):
        raise ValueError(
            f"size is {size}, and the images have {height} by {width} pixels: "
            f"the canvas must be at least {max(height, width)}."
        )
    canvas = np.zeros((n, channels, size, size), images.dtype)
    tops = rng.integers(0, size - height, n, endpoint=True)
    lefts = rng.integers(0, size - width, n, endpoint=True)
    for place, image, top, left in zip(canvas, images, tops, lefts, strict=True):
        place[:, top : top + height, left : left + width] = image
    return canvas


class Photograph(NamedTuple):
    """A photograph, and what a network that was trained on ImageNet made of it.

    Attributes
    ----------
    image : numpy.ndarray
        float64, shape (350, 350), gray values from 0 to 1.
    features : numpy.ndarray
        float64, shape (128, 7, 7): those of the last layer's 1,280 channels that count most for
        the two classes. A cell belongs to a block of 50 x 50 pixels.
    weights : numpy.ndarray
        float64, shape (2, 128): of the dense layer behind the global average, a row for each class.
    classes : list of str
        The names of the two.
    """

    image: np.ndarray
    features: np.ndarray
    weights: np.ndarray
    classes: list[str]


def photograph() -> Photograph:
    """Read a photograph and a network's features of it, for class activation maps.

    The picture is scikit-learn's ``china.jpg``, a square of it. The network is EfficientNet-Lite0
    (Tan and Le, 2019), trained on ImageNet; ``scripts/photograph.py`` computed its features.

    Returns
    -------
    Photograph
        The picture, the features, and the weights of two classes.

    Examples
    --------
    >>> photo = photograph()
    >>> photo.classes, photo.features.shape
    (['palace', 'lakeside'], (128, 7, 7))
    """
    from sklearn.datasets import load_sample_image

    kept = json.loads((Path(__file__).parent / "data" / "photograph.json").read_text("utf8"))
    top, left, side = kept["square"]
    square = load_sample_image(kept["picture"])[top : top + side, left : left + side]
    return Photograph(
        square.mean(axis=2) / 255,
        np.array(kept["features"]) / 100,
        np.array(kept["weights"]) / 10_000,
        kept["classes"],
    )


def cifar10(folder: str | Path | None = None) -> tuple[Images, Images]:
    """Read CIFAR-10 from the files of its Python version, where they lie.

    The files are pickles, and reading a pickle runs what is in it: read only files that you trust.

    Parameters
    ----------
    folder : path, optional
        The folder ``cifar-10-batches-py``. None means the environment variable ``CIFAR10``, or
        else ``data/cifar-10-batches-py``, where ``torchvision.datasets.CIFAR10("data",
        download=True)`` puts it.

    Returns
    -------
    (Images, Images)
        50,000 images to train on and 10,000 to test on, each (3, 32, 32), `labels` from 0 to 9.

    Raises
    ------
    FileNotFoundError
        If the folder is not there.

    References
    ----------
    Krizhevsky, "Learning multiple layers of features from tiny images", 2009,
    https://www.cs.toronto.edu/~kriz/cifar.html

    Examples
    --------
    >>> cifar10("nowhere")
    Traceback (most recent call last):
        ...
    FileNotFoundError: no CIFAR-10 in 'nowhere': give the folder 'cifar-10-batches-py'
    """
    folder = folder or os.environ.get("CIFAR10") or "data/cifar-10-batches-py"
    if not Path(folder, "test_batch").is_file():
        raise FileNotFoundError(f"no CIFAR-10 in '{folder}': give the folder 'cifar-10-batches-py'")
    train = [_batch(Path(folder, f"data_batch_{i}")) for i in range(1, 6)]
    images, labels = (np.concatenate(part) for part in zip(*train, strict=True))
    return Images(images, labels), _batch(Path(folder, "test_batch"))


def _batch(path: Path) -> Images:
    """Read one file of CIFAR-10: rows of 3072 bytes, the red plane first."""
    with path.open("rb") as file:
        batch = pickle.load(file, encoding="bytes")
    images = batch[b"data"].reshape(-1, 3, 32, 32).astype(np.float32) / 255
    return Images(images, np.array(batch[b"labels"], np.int64))
