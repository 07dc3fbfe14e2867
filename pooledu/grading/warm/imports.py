"""What a graded notebook cannot import, and what it can import but not use."""

import contextlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_checking: list[bool] = []


@contextlib.contextmanager
def refused() -> Iterator[None]:
    """Refuse the use of what is not there, while a check runs.

    Elsewhere it does nothing: what students write beside their function, such as a comparison
    with torch, must not cost them the cell.
    """
    _checking.append(True)
    try:
        yield
    finally:
        _checking.clear()


class NotAvailable(type):
    """The class of what stands for each name of a library that a notebook may not use.

    Such a name is a class, so that `isinstance(x, torch.Tensor)` has an answer: no.
    """

    def __call__(cls, *_: object, **__: object) -> "NotAvailable":
        """Refuse within a check; elsewhere stand for the result, too."""
        if not _checking:
            return stand_in(f"{cls.__qualname__}()")
        raise RuntimeError(
            f"{cls.__qualname__} is out of reach while this notebook is graded: "
            "its exercises are solved without this library"
        )

    def __getattr__(cls, name: str) -> "NotAvailable":
        """Stand for an attribute, too."""
        return stand_in(f"{cls.__qualname__}.{name}")


def stand_in(name: str) -> NotAvailable:
    """Make what stands for a name."""
    if name.rpartition(".")[2].startswith("__"):
        raise AttributeError(name)
    return NotAvailable(name, (), {"__qualname__": name})


class _Empty(ModuleType):
    """A module all of whose names are stand-ins."""

    def __getattr__(self, name: str) -> NotAvailable:
        """Return the stand-in for a name."""
        return stand_in(f"{self.__name__}.{name}")


class Gate(MetaPathFinder, Loader):
    """Decides about imports by name; that the files are out of reach is not its work.

    Parameters
    ----------
    closed : iterable of str
        Packages that cannot be imported.
    empty : iterable of str
        Packages that can be imported and not used.
    """

    def __init__(self, closed: Iterable[str], empty: Iterable[str]) -> None:
        self._closed, self._empty = frozenset(closed), tuple(empty)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> ModuleSpec | None:
        """Refuse a package, or find the empty one."""
        if name.split(".")[0] in self._closed:
            raise ModuleNotFoundError(
                f"'{name}' cannot be imported while this notebook is graded", name=name
            )
        if any(name == each or name.startswith(each + ".") for each in self._empty):
            return importlib.util.spec_from_loader(name, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make an empty module."""
        return _Empty(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave it empty."""


def close(closed: Iterable[str], empty: Iterable[str]) -> None:
    """Put a gate in front of all imports from now on."""
    sys.meta_path.insert(0, Gate(closed, empty))
