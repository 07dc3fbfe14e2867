"""Every public function says what it takes, what it gives, what it refuses and where it is from."""

import inspect
import re

import pytest

from pooledu import functional, geometry, gradients, nn


def functions(module) -> list:
    """The public functions of a module."""
    names = getattr(module, "__all__", vars(module))
    found = [getattr(module, name) for name in names if not name.startswith("_")]
    return [f for f in found if inspect.isfunction(f) and f.__module__.startswith(module.__name__)]


POOLING = [*functions(functional), *functions(gradients)]
MODULES = [getattr(nn, name) for name in nn.__all__]


def sections(documented) -> dict[str, str]:
    """The text of each section of a NumPy-style docstring, by its title."""
    parts = re.split(r"^(\w+)\n-+$", inspect.getdoc(documented), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def described(documented) -> set[str]:
    """The parameters that are described."""
    heads = re.findall(r"^(\w[\w, ]*?)(?: :.*)?$", sections(documented)["Parameters"], re.MULTILINE)
    return {name for head in heads for name in head.split(", ")}


def name_of(documented) -> str:
    return documented.__name__


def test_the_public_functions_are_found():
    assert len(POOLING) > 40
    assert len(functions(geometry)) > 5


@pytest.mark.parametrize("function", POOLING, ids=name_of)
def test_a_pooling_function_has_every_section_and_a_paper_with_its_year(function):
    found = sections(function)
    assert set(found) >= {"Parameters", "Returns", "Raises", "References", "Examples"}
    source = " ".join(found["References"].split())
    authors_title_and_year = r'[A-Z]\w+.*, "[^"]+",[^"]*\b(19|20)\d\d\b'
    assert re.match(authors_title_and_year, source)
    assert ">>> " in found["Examples"]
    assert re.search("shape|As for `max_pool`", found["Parameters"] + found["Returns"])


@pytest.mark.parametrize("documented", [*POOLING, *functions(geometry), *MODULES], ids=name_of)
def test_every_parameter_is_described_and_an_example_shown(documented):
    assert described(documented) == set(inspect.signature(documented).parameters)
    assert ">>> " in sections(documented)["Examples"]
