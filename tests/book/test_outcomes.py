"""Each chapter says what it teaches, what tests that, what it builds on, and how long it takes."""

import re
import sys

import pytest

from .conftest import ROOT, chapters, soup

sys.path.append(str(ROOT / "book"))

from poolbook.outcomes import needed

from pooledu.checks.registry import exercise_names

BOX = re.compile(r"^:::\{outcomes\} (.+)\n((?:- .+\n)+):::$", re.MULTILINE)
EXERCISES = set(exercise_names())
TESTED = re.compile(r"\*([^*]+)\.\*$")


def source(name):
    return (ROOT / f"{name}.md").read_text("utf8")


def count_of_exercises(text):
    part = re.search(r"^## Exercises\n(.*?)(?=^:::|^## )", text, re.MULTILINE | re.DOTALL)
    return len(re.findall(r"^\d+\. ", part[1], re.MULTILINE))


def quick_checks(words):
    """The numbers that `Quick check 1`, `Quick checks 1 and 3` or `2 to 4` name."""
    for found in re.findall(r"[Qq]uick checks? ((?:\d+(?:, | and | to )?)+)", words):
        ends = [int(n) for n in re.findall(r"\d+", found)]
        yield from range(ends[0], ends[-1] + 1) if " to " in found else ends


@pytest.mark.parametrize("name", chapters())
def test_a_chapter_has_three_outcomes_and_each_is_tested_by_something_that_exists(name):
    text = source(name)
    given, items = BOX.search(text).groups()
    assert given.endswith(".")
    items = items.strip().split("\n")
    assert len(items) == 3
    checks, own = text.count(":::{quiz}"), count_of_exercises(text)
    for item in items:
        words = TESTED.search(item)[1]
        named = list(quick_checks(words))
        assert all(1 <= number <= checks for number in named), item
        exercises = [int(n) for n in re.findall(r"[Ee]xercise (\d+)", words)]
        assert all(1 <= number <= own for number in exercises), item
        graded = re.findall(r"`(\w+)`", words)
        assert all(exercise in EXERCISES for exercise in graded), item
        assert named or exercises or graded, item


def test_minutes_are_counted_from_words_to_the_next_five():
    assert [needed(n) for n in (0, 150, 1500, 1900, 4500)] == [5, 5, 10, 15, 30]


@pytest.mark.book
@pytest.mark.parametrize("name", chapters())
def test_a_page_says_its_outcomes_and_its_minutes(name):
    box = soup(name).select_one("main .outcomes")
    assert len(box.select("li")) == 3
    minutes = int(re.search(r"About (\d+) minutes to read\.", box.get_text())[1])
    assert 10 <= minutes <= 45
