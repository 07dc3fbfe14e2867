"""Exercises of other people come through the same door as ours."""

import pytest

from pooledu import check
from pooledu.checks import exercise_names, find, load_folder, register, registry
from pooledu.checks.exercise import Exercise

SOURCE = """
from pooledu.checks.exercise import Case, Exercise
from .numbers import DOUBLE


def ladder(rng):
    yield Case("a small number", (2,))
    yield Case("a drawn number", (int(rng.integers(3, 99)),))


{name} = Exercise("{name}", oracle=lambda n: DOUBLE * n, ladder=ladder)


@{name}.mistake("Twice the number is `2 * n`.", "book/geometry.html#floor")
def squared(n):
    \"\"\"It squares.\"\"\"
    return n * n
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A folder with one problem set of two exercises."""
    exercise_names()  # loads ours
    monkeypatch.setattr(registry, "_REGISTERED", dict(registry._REGISTERED))
    folder = tmp_path / "checks" / "week1"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("ORDER = ('twice', 'again')\n")
    (folder / "numbers.py").write_text("DOUBLE = 2\n")
    for name in ("again", "twice"):
        (folder / f"{name}.py").write_text(SOURCE.format(name=name))
    return tmp_path / "checks"


def test_a_folder_s_exercises_are_found_in_their_order_and_checked_like_ours(course):
    assert [exercise.name for exercise in load_folder(course)] == ["twice", "again"]
    assert exercise_names("week1") == ["twice", "again"]
    assert find("twice").problem_set == "week1"
    assert check(lambda n: n + n, "twice").passed
    assert check(lambda n: n * n, "again").misconception == "squared"
    assert load_folder(course)[0] is find("twice")


def test_a_name_that_is_taken_is_refused_with_both_places(course):
    other = Exercise("max_pool2d", "week1", oracle=abs, ladder=lambda rng: [])
    find("max_pool2d")
    with pytest.raises(ValueError, match="in ps1_windows and in week1; rename one"):
        register(other)


def test_an_exercise_without_a_problem_set_is_refused():
    with pytest.raises(ValueError, match="belongs to no problem set"):
        register(Exercise("lonely", oracle=abs, ladder=lambda rng: []))


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_folder(tmp_path / "nowhere")
