"""Interleaved timing: whatever else the machine does, it does to all of them."""

import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any


def interleave(ways: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """The seconds that each way took in each round; every round runs each of them once.

    They are seconds of the processor, not of the clock: on one thread these are the same, unless
    other programs want the processor too.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for turn in range(rounds):
        for name in _rotated(list(ways), turn):
            begin = time.process_time()
            ways[name]()
            seconds[name].append(time.process_time() - begin)
    return seconds


def _rotated(names: list[str], turn: int) -> Iterator[str]:
    """The names from another one on at each turn, so that none always follows the same one."""
    turn %= len(names)
    yield from names[turn:] + names[:turn]


def median_ratio(seconds: list[float], reference: list[float]) -> float:
    """The median, over the rounds, of one way's time over that of another in the same round."""
    return statistics.median(a / b for a, b in zip(seconds, reference, strict=True))


def peak_bytes(way: Callable[[], Any]) -> int:
    """The most memory that a way holds at once beyond its input, its result included."""
    tracemalloc.start()
    try:
        way()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
