"""The map of the house in CONTRIBUTING is the one that the imports draw; no room is too full."""

import ast
import json
import re
from pathlib import Path

import pytest

from pooledu.checks import exercise_names, find

ROOT = Path(__file__).parents[1]
MAP = re.search(
    r"## The map of the house\n+```\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf8"), re.S
)[1]
LIMITS = {"pooledu/checks": 400, "pooledu/grading": 400, "pooledu/exercises": 250}  # lines


def entries(indent, start=""):
    """The names at the beginning of the map's lines with an indent, in their order."""
    lines = re.findall(rf"^{indent}({start}[\w./]+(?: [\w./]+)*) {{2,}}", MAP, re.M)
    return [name.rstrip("/") for line in lines for name in line.split()]


ROOMS = {
    "pooledu": [x.removeprefix("pooledu/").removesuffix(".py") for x in entries("", "pooledu/")],
    "pooledu.grading": [x.removesuffix(".py") for x in entries("  ", "(?=[a-z])")],
}


def inhabitants(folder):
    """The modules and packages of a folder."""
    found = [
        path for path in (ROOT / folder).iterdir() if path.stem not in ("__init__", "__main__")
    ]
    return {path.stem for path in found if path.suffix == ".py" or (path / "__init__.py").exists()}


def imports(path):
    """The modules that a file imports, wherever in it: with what they are imported for."""
    for node in ast.walk(ast.parse(path.read_text("utf8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def downwards(package, rooms):
    """The imports of a room from one that stands below it in a list."""
    folder = ROOT / package.replace(".", "/")
    places = {room: place for place, room in enumerate(rooms)}
    for path in folder.rglob("*.py"):
        here = places.get(path.relative_to(folder).parts[0].removesuffix(".py"), len(rooms))
        for name in imports(path):
            inside, _, rest = name.partition(f"{package}.")
            if not inside and places.get(rest.partition(".")[0], 0) > here:
                yield f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("package", ROOMS)
def test_the_map_shows_every_room_and_no_other(package):
    assert sorted(ROOMS[package]) == sorted(inhabitants(package.replace(".", "/")))


@pytest.mark.parametrize("package", ROOMS)
def test_a_room_imports_only_from_those_above_it_in_the_map(package):
    assert list(downwards(package, ROOMS[package])) == []


def test_nothing_in_the_package_imports_the_book_or_the_tests():
    names = {name for path in (ROOT / "pooledu").rglob("*.py") for name in imports(path)}
    assert not {name.partition(".")[0] for name in names} & {"book", "poolbook", "tests"}


def test_the_engine_knows_no_exercise_and_no_problem_set_by_name():
    known = {*exercise_names(), *(find(name).problem_set for name in exercise_names())}
    known -= set(dir(pytest.importorskip("torch").nn.functional))  # these it may not be done with
    for path in (ROOT / "pooledu/checks").glob("*.py"):
        for node in ast.walk(without_docstrings(path)):
            said = getattr(node, "value", "") if isinstance(node, ast.Constant) else ""
            assert said not in known, path


def without_docstrings(path):
    """A module without what only explains it."""
    tree = ast.parse(path.read_text("utf8"))
    for node in ast.walk(tree):
        if isinstance(getattr(node, "body", None), list):
            node.body = [line for line in node.body if not is_text(line)]
    return tree


def is_text(line):
    """Say whether a line is a text and nothing else."""
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)


@pytest.mark.parametrize("folder", LIMITS)
def test_no_module_is_longer_than_a_reader_can_hold(folder):
    lines = {p: len(p.read_text("utf8").splitlines()) for p in (ROOT / folder).rglob("*.py")}
    assert len(lines) > 20
    assert {str(path): count for path, count in lines.items() if count > LIMITS[folder]} == {}


def test_of_each_mutant_of_the_library_that_survived_it_is_said_why():
    known = json.loads((ROOT / "benchmarks/results/library_mutants.json").read_text("utf8"))
    assert known["refused"] >= 400
    assert len(known["survivors"]) == known["survived"]
    assert [row["change"] for row in known["survivors"] if not row["why"]] == []
