"""`shift_consistency(model, images, shift)`: the fraction of predictions that a shift leaves.

A Python float; images are rolled along the width in `torch.roll`'s direction; the model arrives in
eval mode and leaves as it came.
"""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pooledu.checks.exercise import Case, Draw, Exercise
from pooledu.checks.finding import Finding
from pooledu.exercises.links import SHIFTS
from pooledu.exercises.ps6_pool_vs_stride.networks import NOT_TORCH_ONLY


def _shifts(rng: Draw) -> Iterator[Case]:
    """The ladder of shift_consistency."""

    def case(
        tests: str, count: int, size: tuple[int, int], classes: int, shift: Any, **setting: Any
    ) -> Case:
        while True:
            images = rng.normal(size=(count, 1, *size)).round(3)
            weights = rng.normal(size=(size[0] * size[1], classes)).round(3)
            if _tells_apart(images, weights, int(shift)):
                return Case(tests, ({"weights": weights}, images, shift), setting=setting)

    yield case("no shift: nothing changes", 3, (2, 3), 3, 0)
    yield case("a shift of one pixel", 40, (3, 4), 3, 1)
    yield case("to the left", 40, (4, 5), 4, -1)
    bright, strong = np.abs(rng.normal(size=(12, 1, 3, 4))).round(3), rng.normal(size=(12, 3))
    strong[:, 1] = np.abs(strong[:, 1]) + 9
    yield Case("other scores, but no other class", ({"weights": strong.round(3)}, bright, 5))
    yield case("further than the width", 60, (4, 5), 3, 7)
    yield case("more rows than columns", 60, (6, 3), 4, 2)
    two = case("two classes; arguments by name", 80, (4, 6), 2, 3)
    yield two.by_name("model", "images", "shift")
    yield case("many images", 200, (5, 7), 5, -9)
    yield case("a NumPy integer", 30, (4, 4), 3, np.int64(1))
    yield case("images on another device", 30, (4, 5), 3, 2, elsewhere=True)


def _tells_apart(images: np.ndarray, weights: np.ndarray, shift: int) -> bool:
    """Say whether every other way to shift changes the predictions of another part of images."""
    right = np.roll(images, shift, 3)
    uncovered = np.roll(np.arange(images.shape[3]) < abs(shift), min(shift, 0))
    others = (
        np.roll(images, -shift, 3),
        np.roll(images, shift, 2),
        np.roll(images, shift),
        np.where(uncovered, 0, right),
    )

    def unchanged(moved: np.ndarray) -> float:
        before, after = ((x.reshape(len(x), -1) @ weights).argmax(1) for x in (images, moved))
        return float((before == after).mean())

    found = unchanged(right)
    return found not in (0, 0.5) and not any(
        unchanged(other) == found for other in others if not np.array_equal(other, right)
    )


def _consistency(model, images, shift):
    """The oracle."""
    return _share_unchanged(model, images, lambda x: x.roll(int(shift), -1))


def _share_unchanged(model, images, move) -> float:
    """The fraction of images whose class stays when they are moved."""
    import torch

    with torch.no_grad():
        same = model(images).argmax(1) == model(move(images)).argmax(1)
    return float(same.double().mean().item())


def _explain_shift(case: Case, expected: Any, actual: Any) -> Finding | None:
    """Say which of the things that were looked at differs."""
    if not isinstance(actual, tuple) or len(actual) != 3 or not isinstance(actual[0], float):
        return Finding("no float")
    if not actual[1]:
        return Finding("left in train mode")
    if not actual[2]:
        return Finding("images changed")
    return None


shift_consistency = Exercise(
    "shift_consistency",
    oracle=_consistency,
    ladder=_shifts,
    tolerance=1e-6,
    show=lambda given, at: [{"values": given["images"][0, 0], "title": "images[0, 0]"}],
    results=("fraction", "model in eval mode", "images unchanged"),
    driver="consistency",
    forbidden=NOT_TORCH_ONLY,
    explain=_explain_shift,
    words={
        "no float": "It did not return a Python float: `.item()` turns a tensor into one.",
        "left in train mode": "The model arrives in eval mode and has to leave in eval mode.",
        "images changed": "It changes the images that it is given.",
    },
    link=SHIFTS,
)


@shift_consistency.mistake("The width is the last axis of (N, C, H, W).", SHIFTS)
def rolled_along_the_height(model, images, shift):
    """It rolls along the height."""
    return _share_unchanged(model, images, lambda x: x.roll(int(shift), -2))


@shift_consistency.mistake("A positive shift moves to the right, as in `torch.roll`.", SHIFTS)
def rolled_the_other_way(model, images, shift):
    """It rolls in the opposite direction."""
    return _share_unchanged(model, images, lambda x: x.roll(-int(shift), -1))


@shift_consistency.mistake("Without `dims`, `torch.roll` flattens all axes into one.", SHIFTS)
def rolled_without_dims(model, images, shift):
    """It rolls all axes as if they were one."""
    return _share_unchanged(model, images, lambda x: x.roll(int(shift)))


@shift_consistency.mistake("What leaves on one side comes back on the other: `torch.roll`.", SHIFTS)
def filled_with_zeros(model, images, shift):
    """It fills with zeros what the shift uncovers."""

    def move(x):
        moved = x.roll(int(shift), -1)
        width, shift_ = x.shape[-1], max(-x.shape[-1], min(int(shift), x.shape[-1]))
        empty = slice(0, shift_) if shift_ >= 0 else slice(width + shift_, width)
        moved[..., empty] = 0
        return moved

    return _share_unchanged(model, images, move)


@shift_consistency.mistake("The sign of the shift counts.", SHIFTS)
def sign_ignored(model, images, shift):
    """It takes the absolute value of the shift."""
    return _share_unchanged(model, images, lambda x: x.roll(abs(int(shift)), -1))


@shift_consistency.mistake("Count the predictions that stay.", SHIFTS)
def changed_in_place_of_unchanged(model, images, shift):
    """It counts the predictions that change."""
    return 1 - _consistency(model, images, shift)


@shift_consistency.mistake("A fraction is a count divided by the number of images.", SHIFTS)
def counted_not_divided(model, images, shift):
    """It returns the number of images and not the fraction."""
    return _consistency(model, images, shift) * len(images)


@shift_consistency.mistake("A fraction lies between 0 and 1.", SHIFTS)
def in_percent(model, images, shift):
    """It returns a percentage."""
    return 100 * _consistency(model, images, shift)


@shift_consistency.mistake(
    "Compare the predicted classes: the scores always change a little.", SHIFTS
)
def scores_compared(model, images, shift):
    """It compares the scores and not the predicted classes."""
    import torch

    a, b = model(images), model(images.roll(int(shift), -1))
    return float(torch.isclose(a, b).all(1).double().mean().item())


@shift_consistency.mistake("`.item()` turns a tensor of one number into a Python float.", SHIFTS)
def tensor_returned(model, images, shift):
    """It returns a tensor and not a Python float."""
    same = model(images).argmax(1) == model(images.roll(int(shift), -1)).argmax(1)
    return same.double().mean()


@shift_consistency.mistake(
    "The model arrives in eval mode; in train mode dropout makes it guess.", SHIFTS
)
def left_in_train_mode(model, images, shift):
    """It leaves the model in train mode."""
    found = _consistency(model, images, shift)
    model.train()
    return found


@shift_consistency.mistake("Make tensors on `images.device`.", SHIFTS)
def counted_on_the_cpu(model, images, shift):
    """It makes a tensor on the CPU and computes with it and with the images."""
    import torch

    def move(x):
        columns = torch.eye(x.shape[-1]).roll(int(shift), 1)
        return x @ columns

    return _share_unchanged(model, images, move)


@shift_consistency.mistake("Compute where the model and the images are.", SHIFTS)
def model_moved_to_the_cpu(model, images, shift):
    """It moves the model to the CPU and leaves it there."""
    return _consistency(model.cpu(), images.cpu(), shift)
