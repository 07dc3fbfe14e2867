"""Some of what is tested in `make test`, all of it in `make whole`."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")

WHOLE = bool(os.environ.get("WHOLE"))


def one_in(count: int, things: Iterable[T]) -> Sequence[T]:
    """Take each of `count` things that follow each other once, or all."""
    return list(things)[:: 1 if WHOLE else count]


def some_of_each_kind(names: Iterable[str], count: int, letters: int = 2) -> list[str]:
    """Take `count` names, evenly spread, of those that begin with the same letters; or all."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for name in names:
        kinds[name[:letters]].append(name)
    taken = {kind[i * len(kind) // count] for kind in kinds.values() for i in range(count)}
    return [name for kind in kinds.values() for name in kind if WHOLE or name in taken]
