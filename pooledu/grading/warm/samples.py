"""The sample data of scikit-learn without scikit-learn, which would bring SciPy along."""

import gzip
import importlib.util
import sys
from collections.abc import Collection
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from pooledu.grading.warm.imports import stand_in

IMAGES = ("china.jpg", "flower.jpg")


class Bunch(dict[str, Any]):
    """A dict whose items are attributes, too."""

    __getattr__ = dict.__getitem__


class Samples(ModuleType):
    """Stands for `sklearn` and `sklearn.datasets`: what reads digits and images works."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__spec__ = ModuleSpec(name, None)

    def __getattr__(self, name: str) -> Any:
        """Return the stand-in for all else."""
        return stand_in(f"{self.__name__}.{name}")


def install(without: Collection[str]) -> None:
    """Put the sample data in the place of scikit-learn, where that is not to be there."""
    found = importlib.util.find_spec("sklearn") if "sklearn" in without else None
    if found is None or found.origin is None:
        return
    folder = Path(found.origin).parent / "datasets"
    digits, images = _digits(folder), {name: _image(folder, name) for name in IMAGES}

    def load_digits(*, return_X_y: bool = False) -> Any:
        """Return the handwritten digits."""
        values, target = digits[:, :-1].copy(), digits[:, -1].astype(int)
        if return_X_y:
            return values, target
        return Bunch(data=values, target=target, images=values.reshape(-1, 8, 8))

    def load_sample_image(image_name: str) -> Any:
        """Return one of the two sample images."""
        if image_name not in images:
            raise AttributeError(f"Cannot find sample image: {image_name}")
        return images[image_name].copy()

    def load_sample_images() -> Bunch:
        """Return both sample images."""
        return Bunch(images=[image.copy() for image in images.values()], filenames=list(images))

    package, datasets = Samples("sklearn"), Samples("sklearn.datasets")
    package.__path__ = []
    for function in (load_digits, load_sample_image, load_sample_images):
        setattr(datasets, function.__name__, function)
    package.datasets = datasets  # type: ignore[attr-defined]
    sys.modules |= {"sklearn": package, "sklearn.datasets": datasets}


def _digits(folder: Path) -> Any:
    """Read the digits: 64 pixels and the class in each row."""
    import numpy as np

    with gzip.open(folder / "data" / "digits.csv.gz", "rt") as file:
        return np.loadtxt(file, delimiter=",")


def _image(folder: Path, name: str) -> Any:
    """Read a sample image."""
    import numpy as np
    from PIL import Image

    with Image.open(folder / "images" / name) as image:
        return np.asarray(image)
