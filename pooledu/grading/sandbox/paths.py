"""Which files a graded notebook may read: Python, its packages, shared libraries, fonts."""

import os
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from glob import glob

SYSTEM = (
    "/usr/share/fonts",
    "/usr/share/zoneinfo",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
CUDA = (
    "/proc/driver/nvidia",
    "/proc/devices",
    "/proc/modules",
    "/sys/bus/pci/devices",
    "/sys/module/nvidia",
)
PACKAGE_DIRECTORIES = ("site-packages", "dist-packages")


@dataclass(frozen=True)
class Paths:
    """What a notebook may read, what it may list, and the devices that it may use."""

    readable: tuple[str, ...]
    listable: tuple[str, ...]
    devices: tuple[str, ...] = DEVICES


def of_this_python(without: Iterable[str], cuda: bool = False) -> Paths:
    """Return the paths that the running Python needs.

    Parameters
    ----------
    without : iterable of str
        Packages to leave out, and parts of packages, such as 'scipy.signal'.
    cuda : bool
        Whether NVIDIA's devices, and what its driver reads, are among them.
    """
    libraries = {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"}
    libraries |= {os.path.join(sys.base_prefix, "lib")}
    standard = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    packages = {p for p in sys.path if os.path.basename(p) in PACKAGE_DIRECTORIES}
    readable = {
        *_children(libraries, lambda name: not name.startswith("python")),
        *_children(standard, lambda name: name not in PACKAGE_DIRECTORIES),
        *_without(packages, set(without)),
        *SYSTEM,
        *(CUDA if cuda else ()),
    }
    return Paths(
        readable=tuple(sorted(map(os.path.realpath, readable))),
        listable=tuple(sorted(map(os.path.realpath, standard | packages))),
        devices=(*DEVICES, *(sorted(glob("/dev/nvidia*")) if cuda else ())),
    )


def _without(directories: Iterable[str], without: set[str], prefix: str = "") -> Iterator[str]:
    """Yield the entries of package directories, but for the packages and parts left out."""
    for path in _children(directories, lambda name: True):
        name = prefix + _top_level(os.path.basename(path))
        if any(each.startswith(name + ".") for each in without) and os.path.isdir(path):
            yield from _without([path], without, name + ".")
        elif name not in without:
            yield path


def _children(directories: Iterable[str], wanted: Callable[[str], bool]) -> list[str]:
    """Return the wanted entries of directories, those that exist."""
    return [
        os.path.join(directory, name)
        for directory in {os.path.realpath(d) for d in directories}
        if os.path.isdir(directory)
        for name in os.listdir(directory)
        if wanted(name)
    ]


def _top_level(name: str) -> str:
    """Return the import name that an entry of site-packages stands for.

    Examples
    --------
    >>> _top_level("torch-2.13.0.dist-info"), _top_level("_cffi_backend.cpython-311.so")
    ('torch', '_cffi_backend')
    """
    return name.split("-")[0].split(".")[0]
