"""What a notebook may do and use while it is graded."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pooledu.grading.warm.settings import Limits, Settings

MEGABYTE = 1 << 20

LIBRARIES = (
    "numpy",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "PIL.JpegImagePlugin",
    "pooledu.figures",
    "pooledu.datasets",
)
TORCH = ("torch", "pooledu.checks.devices", "pooledu.checks.models", "torch._dynamo")
DATASETS = "sklearn.datasets"  # which brings SciPy along
PACKAGES = {
    "torch": ("torch", "torchgen", "functorch", "torchvision"),
    "scipy": ("scipy", "sklearn"),
    "jax": ("jax", "jaxlib", "flax", "keras", "tensorflow"),
}
"""Library that an exercise may forbid -> the packages that go with it."""
SIMILAR = ("cv2", "onnx")  # what does the same as the libraries that are forbidden


class SandboxMissingError(Exception):
    """The machine cannot protect what has to be protected from a submission."""


class DeviceMissingError(Exception):
    """A check is to run on a device that this machine does not have."""


@dataclass(frozen=True)
class Policy:
    """Limits and surroundings of a notebook.

    Parameters
    ----------
    cell_seconds, notebook_seconds : float
        Wall-clock time of a cell, and of the notebook.
    spent : float
        What of the notebook's time other runs of it have taken already.
    memory : int
        Bytes that the notebook may take beside the libraries loaded before it.
    file_size : int
        Bytes of a file; where the machine allows it, of all files of the notebook together.
    output_characters : int
        Characters of text output that are kept of a cell; the rest is cut, with a note.
    image_bytes : int
        Bytes of images that are kept of a cell, as base 64.
    output_budget : int
        Characters of text and images together that are kept of all cells of a notebook.
    threads : int
        Threads that the notebook may have.
    warm : tuple of str
        Modules imported before the notebook runs.
    without : tuple of str
        Packages, or parts of packages, that the notebook cannot use.
    devices : tuple of str
        Where torch's tensors lie while a function is checked: 'cpu', 'cuda' or both.
    left_out : tuple of str
        Layers of confinement that are not entered, as if the machine did not have them.
    unconfined : bool
        Run even where the machine cannot protect the other files, the network or the other
        processes.
    up_to_the_last_mark : bool
        Run no cell after the last one that has points.
    """

    cell_seconds: float = 30.0
    notebook_seconds: float = 300.0
    spent: float = 0.0
    memory: int = 2048 * MEGABYTE
    file_size: int = 64 * MEGABYTE
    output_characters: int = 100_000
    image_bytes: int = 4 * MEGABYTE
    output_budget: int = 24 * MEGABYTE
    threads: int = 64
    warm: tuple[str, ...] = (*LIBRARIES, DATASETS)
    without: tuple[str, ...] = ()
    devices: tuple[str, ...] = ("cpu",)
    left_out: tuple[str, ...] = ()
    unconfined: bool = False
    up_to_the_last_mark: bool = False

    def forbidding(self, libraries: Iterable[str]) -> "Policy":
        """Return this policy with all libraries that may be used, and without these.

        Examples
        --------
        >>> Policy().forbidding(["scipy"]).without
        ('cv2', 'onnx', 'scipy', 'sklearn')
        """
        forbidden = set(libraries) - {"pooledu"}  # what of it solves an exercise is always closed
        packages = {name for each in forbidden for name in PACKAGES.get(each, (each,))}
        without = packages.union(SIMILAR) if forbidden else set()
        datasets = () if "sklearn" in without else (DATASETS,)
        torch = () if "torch" in without else TORCH
        return replace(
            self,
            warm=LIBRARIES + datasets + torch,
            without=tuple(sorted(without)),
            devices=self.devices if torch else ("cpu",),
        )

    def settings(self) -> Settings:
        """Return what the warm process has to know of this."""
        return Settings(
            modules=self.warm,
            without=self.without,
            left_out=self.left_out,
            cuda="cuda" in self.devices,
        )

    def limits(self) -> Limits:
        """Return what a job may use."""
        return Limits(
            memory=self.memory,
            file_size=self.file_size,
            seconds=self.notebook_seconds,
            threads=self.threads,
            output=self.output_characters,
        )
