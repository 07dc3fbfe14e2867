"""Every public function says what it takes, what it gives, what it refuses and where it is from."""

import inspect
import re
from typing import Any

import numpy as np
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


@pytest.mark.parametrize("documented", [*POOLING, *MODULES], ids=name_of)
def test_a_description_speaks_of_no_parameter_of_another_function(documented):
    named = set(re.findall(r"(?<!`)`(\w+)`(?!`)", sections(documented)["Parameters"]))
    known = {name for f in [*POOLING, *MODULES] for name in inspect.signature(f).parameters}
    own = {*inspect.signature(documented).parameters, "x"}  # a module gets x when it is called
    assert named & known <= own


WITH_WINDOWS = [f for f in POOLING if "window" in inspect.signature(f).parameters]


@pytest.mark.parametrize(
    "function", [f for f in WITH_WINDOWS if f.__name__.endswith(("pool", "expected"))], ids=name_of
)
def test_the_error_of_a_window_that_finds_no_room_is_announced(function):
    further = [2] if function is functional.lp_pool else []
    if "masked" in function.__name__:
        further = [np.ones((2, 2), bool)]
    with pytest.raises(Exception, match="no window fits") as error:
        function(np.ones((2, 2)), *further, (3, 3))
    assert error.type.__name__ in sections(function)["Raises"]


@pytest.mark.parametrize("function", POOLING, ids=lambda f: f.__name__)
def test_a_type_checker_is_told_that_the_result_is_of_the_type_of_the_input(function):
    parameters = inspect.signature(function).parameters
    takes = next(iter(parameters.values())).annotation
    kept = takes is inspect.signature(function).return_annotation is not Any
    # a pair of arrays is of no one type, and a global pooling without its axes of another shape
    assert kept == ("return_indices" not in parameters and "keepdims" not in parameters)
