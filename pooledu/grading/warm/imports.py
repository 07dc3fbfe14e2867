"""What a graded notebook cannot import."""

import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder


class Refusal(MetaPathFinder):
    """Refuses packages by name with a sentence; that their files are out of reach is not its work.

    Parameters
    ----------
    names : iterable of str
        Packages; what is loaded already stays.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> None:
        """Raise ImportError for a refused package."""
        if name.split(".")[0] in self._names:
            raise ModuleNotFoundError(
                f"'{name}' cannot be imported while this notebook is graded", name=name
            )


def refuse(names: Iterable[str]) -> None:
    """Refuse packages from now on."""
    sys.meta_path.insert(0, Refusal(names))
