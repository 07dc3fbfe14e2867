"""The first cell of a problem set: it imports, installs in Colab, or says what is missing."""

import subprocess
import sys
import types
from pathlib import Path

import nbformat
import pytest
from traitlets.config import Config

from pooledu.grading.bridge.release import CourseAddress, configure_release

ROOT = Path(__file__).parents[2]
SETS = sorted(path.name for path in (ROOT / "solutions").iterdir() if path.is_dir())
ADDRESS = "https://git.example/course"


def first_cell(problem_set, address=""):
    """The first code cell of a notebook, as it is released with an address or without."""
    path = ROOT / "solutions" / problem_set / f"{problem_set}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    cell = next(cell for cell in cells if cell.cell_type == "code")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    return CourseAddress(address=address).preprocess(notebook, {})[0].cells[0].source


@pytest.fixture
def installed(monkeypatch):
    """A machine without the course; the list of what is installed on it."""
    monkeypatch.setitem(sys.modules, "pooledu", None)
    commands = []
    monkeypatch.setattr(subprocess, "run", lambda command: commands.append(command))
    return commands


@pytest.mark.parametrize("problem_set", SETS)
def test_where_the_course_is_installed_it_imports_in_silence(problem_set, capsys):
    names = {}
    exec(first_cell(problem_set), names)
    assert names["check"].__module__ == "pooledu.checks.api"
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("problem_set", SETS)
@pytest.mark.parametrize("address", ["", ADDRESS])
def test_where_it_is_missing_the_way_out_is_said(problem_set, address, installed, capsys):
    exec(first_cell(problem_set, address), {})
    said = capsys.readouterr().out
    assert "needs pooledu, which is not installed here" in said
    assert "`make course`" in said
    assert ("%pip install" in said) == (f"'git+{address}'" in said) == bool(address)
    assert installed == []


@pytest.mark.parametrize("address", ["", ADDRESS])
def test_in_colab_it_installs_from_the_address_if_there_is_one(
    address, installed, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    exec(first_cell("ps1_windows", address), {})
    assert [command[:4] for command in installed] == (
        [[sys.executable, "-m", "pip", "install"]] if address else []
    )
    assert all(f"git+{address}" in command for command in installed)


def test_the_address_is_the_one_of_the_books_configuration(tmp_path):
    settings = tmp_path / "_config.yml"
    settings.write_text(f"repository:\n  url: {ADDRESS}\n")
    config = Config()
    configure_release(config, settings)
    assert CourseAddress(config=config).address == ADDRESS
