"""What is found has words, and the words of the engine stand in one room."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pooledu.checks
from pooledu.checks import exercise_names, find
from pooledu.checks.words import MAX_KIND, MAX_QUOTE, SENTENCES, quoted

FOLDER = Path(pooledu.checks.__path__[0])
DECIDING = (
    "judging",
    "trials",
    "comparing",
    "observing",
    "watching",
    "drivers",
    "devices",
    "models",
)


def codes(path):
    """The codes of the findings that a module makes, where they are written out."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding" and node.args:
            for part in ast.walk(node.args[0]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def test_every_code_that_is_found_has_its_sentence_and_every_sentence_is_said():
    found = {code for path in FOLDER.glob("*.py") for code in codes(path)}
    found |= set(pooledu.checks.judging.BY_KIND.values())
    found |= set(pooledu.checks.calls.PLAIN_NOTES) | {"slow", "stuck", "skipped"}
    found = {code for code in found if not code.startswith(("does ", "hint "))}
    assert found - set(SENTENCES) == set()
    elsewhere = {code for path in FOLDER.parents[0].glob("grading/**/*.py") for code in codes(path)}
    assert set(SENTENCES) - found - elsewhere == set()


@pytest.mark.parametrize("module", DECIDING)
def test_what_decides_holds_no_sentence(module):
    tree = ast.parse((FOLDER / f"{module}.py").read_text())
    documented = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documented
    ]
    assert [text for text in texts if re.search(r"[a-z]+ [a-z]+ [a-z]+ [a-z]+", text)] == []


@pytest.mark.parametrize("name", exercise_names())
def test_every_mistake_of_an_exercise_has_its_two_texts(name):
    exercise = find(name)
    for mistake in exercise.misconceptions:
        assert exercise.vocabulary[f"does {mistake.name}"].endswith(".")
        assert exercise.vocabulary[f"hint {mistake.name}"]


@given(st.text(max_size=60), st.text(max_size=2000))
def test_what_an_exception_says_is_quoted_on_one_line_and_cut(kind, message):
    said = quoted(f"{kind}: {message}")
    assert said.isprintable()
    assert "`" not in said
    assert len(said) < MAX_KIND + MAX_QUOTE + 20
    name, _, words = said.partition(": ")
    assert all(letter.isalnum() or letter in "_." for letter in name)
    assert not words or (words[0] == words[-1] == '"' and words.count('"') == 2)
