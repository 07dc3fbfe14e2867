"""Choose a small set of an exercise's cases that refuses all that its ladder refuses.

`scripts/choose_cases.py NAME` takes the case that refuses most of the mutants and known mistakes
that are left, again and again, and lists the cases that add nothing.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from pooledu.checks import find, kill_matrix
from tests.checks.survey import refusals


def cover(kills: np.ndarray) -> list[int]:
    """Choose columns greedily so that each row with a True has one in them."""
    left, chosen = kills[kills.any(axis=1)], []
    while len(left):
        best = int(left.sum(axis=0).argmax())
        chosen.append(best)
        left = left[~left[:, best]]
    return sorted(chosen)


def main(name: str) -> None:
    """Print the cases of an exercise, those that are needed marked."""
    kills = np.vstack([kill_matrix(name).kills, refusals(name)])
    needed = cover(kills)
    for place, case in enumerate(find(name).cases(0)):
        alone = int((kills[:, place] & (kills.sum(axis=1) == 1)).sum())
        mark = "needed" if place in needed else "      "
        print(f"{mark} {kills[:, place].sum():6,} refused, {alone:4,} by it alone: {case.tests}")


if __name__ == "__main__":
    main(sys.argv[1])
