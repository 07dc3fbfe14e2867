"""What is wrong with numbers that were drawn, and what tells one mistake from another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pooledu.checks import comparing
from pooledu.checks.exercise import Case
from pooledu.checks.finding import Finding
from pooledu.checks.words import Sentence, place
from pooledu.exercises.ps5_variants.chance import FIXED, LAWS, agreement, follows, linked


def choices(case: Case, drawn: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Find which cell of the repeated window each number was drawn from, -1 if from none."""
    kernel = int(case.args[1])
    pattern = case.args[0][:kernel, :kernel].ravel()
    hits = np.stack(drawn)[..., None] == pattern
    return pattern, np.where(hits.any(-1), hits.argmax(-1), -1)


def refuse(case: Case, value: Any) -> Finding | None:
    """Find what is wrong with results of stochastic pooling, or None.

    Parameters
    ----------
    case
        Its setting says in "tiled" whether the input repeats one window.
    value
        The results of calls with one generator, and of calls with another of the same state.
    """
    x, kernel, stride = _parameters(*case.args, **case.kwargs)
    windows = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel))[::stride, ::stride]
    windows = windows.reshape(*windows.shape[:2], -1)
    if not _are_draws(case, value):
        return Finding("results missing")
    for drawn in value:
        fault = _not_drawn(drawn, windows)
        if fault:
            return fault
    same, drawn = _split(case, value)
    if not _agree(same, drawn):
        return Finding("chance from elsewhere")
    if not case.setting.get("tiled"):
        return None
    if _always(drawn):
        return Finding("drawn once")
    return _not_by_law(case, drawn)


def _are_draws(case: Case, value: Any) -> bool:
    """Say whether there is a result of each call."""
    calls = case.setting["again"] + case.setting["calls"]
    return isinstance(value, tuple) and len(value) == calls


def _split(case: Case, value: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    """Tell the results of the two generators apart."""
    again = case.setting["again"]
    return value[:again], value[again:]


def _agree(same: Sequence[np.ndarray], drawn: Sequence[np.ndarray]) -> bool:
    """Say whether two generators of one state gave the same, as far as both were used."""
    return all(np.array_equal(one, other) for one, other in zip(same, drawn, strict=False))


def _always(drawn: Sequence[np.ndarray]) -> bool:
    """Say whether every call gave the same."""
    return all(np.array_equal(drawn[0], other) for other in drawn)


def _parameters(x: np.ndarray, kernel_size: int, stride: int | None = None) -> tuple[Any, int, int]:
    """Read the arguments that say where the windows are."""
    return x, int(kernel_size), int(stride or kernel_size)


def _not_drawn(drawn: Any, windows: np.ndarray) -> Finding | None:
    """Find why an array was not drawn from the windows, or None."""
    if not isinstance(drawn, np.ndarray) or drawn.shape != windows.shape[:2]:
        return comparing.differences(windows[..., 0], drawn)[0]
    if drawn.dtype != np.float64 or np.isnan(drawn).any():
        return comparing.differences(windows.max(-1), drawn)[0]
    outside = ~(drawn[..., None] == windows).any(-1)
    if outside.any():
        at = tuple(int(i) for i in np.argwhere(outside)[0])
        return Finding("no number of the window", at=at, drawn=float(drawn[at]))
    zero = (drawn == 0) & (windows > 0).any(-1)
    if zero.any():
        at = tuple(int(i) for i in np.argwhere(zero)[0])
        return Finding("zero drawn", at=at)
    return None


def _not_by_law(case: Case, drawn: Sequence[np.ndarray]) -> Finding | None:
    """Find how draws from many equal windows differ from the law, or None."""
    pattern, picked = choices(case, drawn)
    wanted = LAWS["proportional"](pattern)
    right_shares = follows("proportional", pattern, picked)
    if right_shares and not any(linked(picked, agreement(wanted))):
        return None
    shares = np.array([(picked == cell).mean() for cell in range(pattern.size)])
    if right_shares or any(linked(picked, agreement(shares))):
        return Finding("neighbours linked")
    return Finding(
        "wrong shares",
        windows=picked.size,
        numbers=tuple(pattern.tolist()),
        found=tuple(shares.tolist()),
        right=tuple(wanted.tolist()),
    )


def _wrong_shares(
    windows: int, numbers: tuple[float, ...], found: tuple[float, ...], right: tuple[float, ...]
) -> str:
    """Write the shares with which numbers were drawn beside the right ones."""
    listed = ", ".join(f"{number:.3g}" for number in numbers)
    drawn, expected = (", ".join(f"{share:.2f}" for share in row) for row in (found, right))
    return (
        f"In {windows} windows that hold {listed}, these were drawn with the shares {drawn}; "
        f"{expected} were expected."
    )


def _no_number(at: tuple[int, ...], drawn: float) -> str:
    """Point at a number that no window holds."""
    return f"At {place(at)} there is {drawn:g}, which is no number of the window."


def _zero_drawn(at: tuple[int, ...]) -> str:
    """Point at a 0 that was drawn."""
    return f"At {place(at)} it drew a 0, which has the probability 0 in that window."


WORDS: dict[str, Sentence] = {
    "results missing": "It cannot be judged: there are not as many results as calls.",
    "chance from elsewhere": "Two generators of one state gave two results. All chance is to come "
    "from `rng`, and from nothing else.",
    "drawn once": "Several calls with one generator drew the same cells in every window. Draw from "
    "`rng` in each call; do not make a generator of your own.",
    "neighbours linked": "Neighbouring windows draw the same place too often, or too seldom. Each "
    "window draws for itself.",
    "wrong shares": _wrong_shares,
    "no number of the window": _no_number,
    "zero drawn": _zero_drawn,
}


def features(case: Case, value: Any) -> Any:
    """Describe results by what tells one mistake from another, whatever the luck of the draw."""
    arrays = _are_draws(case, value) and all(isinstance(each, np.ndarray) for each in value)
    if not arrays:
        return "no arrays"
    same, drawn = _split(case, value)
    refused = refuse(case, value)
    nan = any(bool(np.isnan(each).any()) for each in drawn)
    shape = drawn[0].shape, nan, refused and refused.code
    if not case.setting.get("tiled") or any(each.shape != _tiles(case) for each in drawn):
        return shape
    pattern, picked = choices(case, drawn)
    fixed = {
        name
        for name, of in FIXED.items()
        if all(np.allclose(each, of(pattern), rtol=1e-9, atol=0) for each in drawn)
    }
    strange = not fixed and bool((picked < 0).any())  # drawn from no window
    shares = np.array([(picked == cell).mean() for cell in range(pattern.size)])
    together = (False, False) if fixed else linked(picked, agreement(shares))
    once = _always(drawn)
    # Draws that are linked, or made once, show no law.
    shown = not (fixed or once or any(together))
    laws = {law for law in LAWS if follows(law, pattern, picked)} if shown else set()
    return *shape, strange, _agree(same, drawn), once, together, fixed | laws


def _tiles(case: Case) -> tuple[int, ...]:
    """Count the repeated windows of a tiled input."""
    return tuple(size // int(case.args[1]) for size in case.args[0].shape)
