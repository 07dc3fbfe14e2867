"""Hints in steps, and model solutions after success and never while work is graded."""

import inspect
import re

import pytest

from pooledu import check
from pooledu.checks import api, exercise_names, find, solving

FUNCTIONS = [name for name in exercise_names() if not find(name).is_question]
PAIRS = [(name, way) for name in FUNCTIONS for way in solving.model_solutions(find(name))]


@pytest.fixture(autouse=True)
def nothing_solved(monkeypatch):
    monkeypatch.setattr(api, "_SOLVED", {})


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_exercise_has_a_sketch_and_two_solutions_each_with_a_sentence_on_its_style(name):
    ways = solving.model_solutions(find(name))
    assert len(ways) == 2
    assert len(solving.outline(find(name)).splitlines()) >= 2
    assert all(re.fullmatch(r"[A-Z`].*[.]", inspect.getdoc(work)) for work in ways.values())


def copied(name, way):
    """A solution as somebody has it who copied what is shown of it."""
    names = {}
    [text] = [
        each.text for each in solving.compare(find(name), wrong).solutions if each.name == way
    ]
    exec(text, names)
    return names[way]


def wrong(*arguments, **options):
    return None


@pytest.mark.parametrize(("name", "way"), PAIRS)
def test_a_model_solution_is_right(name, way):
    verdict = check(copied(name, way), name)
    assert verdict.passed, verdict.message


def test_solutions_are_shown_in_the_session_in_which_the_exercise_was_solved(capsys):
    check(wrong, "max_pool2d")
    assert check.solution("max_pool2d") is None
    assert "`max_pool2d` has not passed in this session yet" in capsys.readouterr().out
    ways = solving.model_solutions(find("max_pool2d"))
    check(copied("max_pool2d", "loops"), "max_pool2d")
    shown = check.solution("max_pool2d")
    for name in ways:
        assert f"def {name}(" in repr(shown)
        assert f"def {name}(" in shown._repr_html_()
    times = re.findall(r"^(\w+) +([\d.]+) ms$", repr(shown), re.MULTILINE)
    assert [name for name, _ in times] == ["yours", *ways]
    assert all(float(time) > 0 for _, time in times)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_solutions_that_can_be_timed_are(name):
    large = getattr(solving._module(find(name)), "large", None)
    shown = solving.compare(find(name), wrong)
    assert [way.seconds is not None for way in shown.solutions] == [large is not None] * 2


def test_a_solution_is_never_shown_while_work_is_graded(monkeypatch, capsys):
    check(copied("max_pool2d", "loops"), "max_pool2d")
    monkeypatch.setattr(api, "examine", lambda *given: None)
    assert check.solution("max_pool2d") is None
    assert "not shown while work is graded" in capsys.readouterr().out


def test_an_exercise_that_there_is_not_gets_a_sentence(capsys):
    assert check.solution("max_pol2d") is None
    assert "Is it max_pool2d" in capsys.readouterr().out


def test_a_function_that_raises_on_the_large_input_is_shown_without_a_time():
    assert solving.compare(find("max_pool2d"), lambda: 1 / 0).own is None


def test_hints_unfold_one_in_the_other_from_a_thought_to_a_sketch():
    html = check(find("output_size").misconceptions[0].wrong, "output_size").html
    steps = ("What to think about", "Where to read", "A sketch of a solution")
    places = [html.index(f"{step}</summary>") for step in steps]
    assert places == sorted(places)
    assert "</details>" not in html[places[0] : places[-1]]


def test_a_verdict_that_passes_has_no_steps():
    html = check(copied("output_size", "formula"), "output_size").html
    assert "Passed" in html
    assert "A sketch of a solution" not in html
