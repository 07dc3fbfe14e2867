"""`masked_avg_pool1d(x, lengths)`: the mean of each sequence of a padded batch.

`(N, C, L), (N,) -> (N, C)`: of sequence `n` the first `lengths[n]` steps count, and what stands
behind them is padding, whatever finite numbers it holds. A sequence of length 0 gives 0. `lengths`
is an array of ints from 0 to `L`.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pooledu.checks.exercise import Case, Draw, Exercise, Index
from pooledu.exercises.links import MASKED
from pooledu.exercises.windows import alternating, arranged, reals


def _batches(rng: Draw) -> Iterator[Case]:
    """The ladder of masked_avg_pool1d."""

    def lengths(*counts: int) -> np.ndarray:
        return np.array(counts, dtype=np.int64)

    def padded(*counts: int, width: int, channels: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Sequences of these lengths, with zeros behind them."""
        x = arranged(rng, len(counts), channels, width)
        x[np.arange(width) >= lengths(*counts)[:, None, None].repeat(channels, 1)] = 0
        return x, lengths(*counts)

    yield Case("one sequence without padding", (arranged(rng, 1, 1, 3), lengths(3)))
    yield Case("one sequence with zeros behind it", padded(2, width=4))
    yield Case("a sequence of one step", padded(1, width=3))
    yield Case("two sequences of different lengths", padded(2, 4, width=5))
    yield Case("two channels", padded(2, 3, width=4, channels=2))
    inside = arranged(rng, 1, 1, 5)
    inside[..., 1] = 0
    yield Case("a zero that belongs to the sequence", (inside, lengths(4)))
    yield Case("numbers other than 0 in the padding", (arranged(rng, 2, 1, 4), lengths(2, 3)))
    yield Case("an empty sequence", (arranged(rng, 2, 2, 3), lengths(0, 2)))
    yield Case("nothing but empty sequences", (arranged(rng, 2, 1, 2), lengths(0, 0)))
    yield Case("a batch that is one step wide", (arranged(rng, 3, 1, 1), lengths(1, 0, 1)))
    yield Case("more channels than sequences", (arranged(rng, 2, 4, 3), lengths(3, 1)))
    yield Case("as many steps as channels", (arranged(rng, 2, 3, 3), lengths(1, 2)))
    yield Case("as many sequences as channels", (arranged(rng, 3, 3, 4), lengths(4, 2, 3)))
    yield Case("negative numbers", (-reals(rng, 3, 2, 5), lengths(5, 1, 3)))
    some = alternating(rng, 4, 3, 6), lengths(6, 2, 5, 3)
    yield Case("an input that is read-only", some, layout="readonly")
    yield Case(
        "an input in Fortran order", (alternating(rng, 3, 5, 7), lengths(3, 7, 2)), layout="F"
    )
    yield Case(
        "a view of another array",
        (alternating(rng, 5, 2, 4), lengths(1, 4, 2, 3, 4)),
        layout="strided",
    )
    yield Case("both by name", (), {"x": reals(rng, 2, 3, 8), "lengths": lengths(5, 8)})


def _mean(x, lengths, *, counts=None, reach=0):
    """Average the steps before each length; the options are what goes wrong."""
    mask = np.arange(x.shape[2]) < lengths[:, None, None] + reach
    counts = lengths if counts is None else counts
    sums = np.where(mask, x, 0).sum(axis=2)
    return sums / np.maximum(counts, 1)[:, None]


def _masked_avg_pool1d(x, lengths):
    """The oracle."""
    return _mean(x, lengths)


def _show(given: Mapping[str, Any], at: Index | None) -> list[dict[str, Any]]:
    """Draw the sequence of the wrong number, with the steps that count."""
    x, lengths = given["x"], given["lengths"]
    n = at[0] if at and at[0] < len(x) else 0
    window = {"window": (0, 0, x.shape[1], int(lengths[n]))} if lengths[n] else {}
    return [{"values": x[n], "title": f"x[{n}], of length {lengths[n]}", **window}]


masked_avg_pool1d = Exercise(
    "masked_avg_pool1d",
    oracle=_masked_avg_pool1d,
    ladder=_batches,
    tolerance=1e-9,
    show=_show,
    link=MASKED,
)


@masked_avg_pool1d.mistake(
    "The padding is not part of the sequence. Which parameter do you never read?"
)
def lengths_ignored(x, lengths):
    """It averages over the whole row, the padding included."""
    return x.mean(axis=2)


@masked_avg_pool1d.mistake("A mean divides by the number of steps that were added.")
def divided_by_the_width(x, lengths):
    """It adds the right steps and divides by the width of the batch."""
    return _mean(x, lengths, counts=np.full(len(x), x.shape[2]))


@masked_avg_pool1d.mistake("The padding is not always 0: leave it out before you add.")
def padding_added(x, lengths):
    """It adds the whole row, the padding included, and divides by the length."""
    return x.sum(axis=2) / np.maximum(lengths, 1)[:, None]


@masked_avg_pool1d.mistake("A 0 within the sequence is a number like any other, and counts.")
def zeros_not_counted(x, lengths):
    """It takes zeros for padding, and everything else for the sequence."""
    counts = (x != 0).sum(axis=2)
    return x.sum(axis=2) / np.maximum(counts, 1)


@masked_avg_pool1d.mistake("Each sequence has its own length.")
def first_length_for_all(x, lengths):
    """It takes the length of the first sequence for all."""
    return _mean(x, np.full_like(lengths, lengths[0]))


@masked_avg_pool1d.mistake("Each sequence has its own length.")
def longest_length_for_all(x, lengths):
    """It takes the length of the longest sequence for all."""
    return _mean(x, np.full_like(lengths, lengths.max()))


@masked_avg_pool1d.mistake("Steps 0 to `length - 1` are `length` steps: `t < length`.")
def one_step_too_many(x, lengths):
    """It adds the step behind the sequence as well."""
    return _mean(x, lengths, reach=1)


@masked_avg_pool1d.mistake("Steps 0 to `length - 1` are `length` steps: `t < length`.")
def one_step_too_few(x, lengths):
    """It leaves out the last step of each sequence."""
    return _mean(x, lengths, reach=-1)


@masked_avg_pool1d.mistake("A sequence without steps gives 0, and dividing by 0 does not.")
def empty_not_handled(x, lengths):
    """It divides 0 by 0 where a sequence is empty."""
    mask = np.arange(x.shape[2]) < lengths[:, None, None]
    return np.where(mask, x, 0).sum(axis=2) / lengths[:, None]


@masked_avg_pool1d.mistake("A mean is the sum divided by the number of steps.")
def not_divided(x, lengths):
    """It adds and does not divide."""
    return _mean(x, lengths, counts=np.ones_like(lengths))


@masked_avg_pool1d.mistake("The last step of each sequence is a pool as well, but no mean.")
def last_step(x, lengths):
    """It takes the last step of each sequence."""
    last = np.take_along_axis(x, np.maximum(lengths - 1, 0)[:, None, None], axis=2)[:, :, 0]
    return np.where(lengths[:, None] > 0, last, 0.0)


@masked_avg_pool1d.mistake("The sequences stand at the beginning of the row, the padding behind.")
def padding_in_front(x, lengths):
    """It takes the last `length` steps of the row."""
    return _mean(x[:, :, ::-1], lengths)


@masked_avg_pool1d.mistake(
    "The mean of sums over all sequences weighs them: each is divided alone."
)
def one_count_for_all(x, lengths):
    """It divides by the mean length of the batch."""
    return _mean(x, lengths, counts=np.full(len(x), lengths.mean()))
