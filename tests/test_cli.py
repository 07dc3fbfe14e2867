"""The command line: `pooledu check NOTEBOOK`."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from pooledu.checks import cli
from pooledu.cli import main, make_parser

RIGHT = "from pooledu import check\ncheck({}, exercise='pooled_size')"


@pytest.fixture
def notebook(tmp_path):
    """`notebook(source, ...)` writes a notebook with these code cells."""

    def write(*sources, grade=()):
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
        for place in grade:
            book.cells[place].metadata["nbgrader"] = {
                "grade": True,
                "grade_id": f"cell{place}",
                "points": 2,
            }
        path = tmp_path / "work.ipynb"
        nbformat.write(book, path)
        return path

    return write


def test_a_notebook_that_is_right_exits_with_0_and_stays_as_it_is(notebook, capsys):
    path = notebook(RIGHT.format(16))
    before = path.read_bytes()
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out.split("\n")[0].split() == ["pooled_size", "1", "/", "1", "right"]
    assert path.read_bytes() == before


def test_mistakes_and_cells_that_raise_are_listed_and_exit_with_1(notebook, capsys):
    path = notebook(
        RIGHT.format("15") + ".out_of(3)",
        "check(nobody_defined_this)",
        RIGHT.format("16") + ".out_of(2)",
        RIGHT.format("16"),
        grade=[1],
    )
    assert main(["check", "--verbose", str(path)]) == 1
    out = capsys.readouterr().out
    table = [line.split(maxsplit=4) for line in out.split("\n")[:5]]
    assert table[0] == ["pooled_size", "0", "/", "3", "That is the size without padding."]
    assert table[1][:4] == ["cell1", "0", "/", "2"]
    assert "nobody_defined_this" in table[1][4]
    assert table[4] == ["total", "3", "/", "8"]
    assert "Hint: Padding of 1 adds a cell" in out


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no file"),
        ("x = 1", "is not a notebook that can be read"),
        *(
            (text, "is JSON, but not in a notebook's form")
            for text in ('{"cells": 3}', "[1, 2]", "3", '"a"', "null")
        ),
    ],
)
def test_what_is_no_notebook_is_refused_with_the_reason(content, says, tmp_path, capsys):
    path = tmp_path / "work.ipynb"
    if content is not None:
        path.write_text(content)
    assert main(["check", str(path)]) == 2
    captured = capsys.readouterr()
    assert says in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_a_missing_notebook_is_answered_with_those_that_are_there(notebook, capsys):
    path = notebook("1")
    assert main(["check", str(path.with_name("wrok.ipynb"))]) == 2
    assert "work.ipynb" in capsys.readouterr().err


def test_a_folder_is_refused(tmp_path, capsys):
    assert main(["check", str(tmp_path)]) == 2
    assert "is a folder" in capsys.readouterr().err


def test_a_notebook_without_checks_is_no_success(notebook, capsys):
    assert main(["check", str(notebook("1 + 1"))]) == 2
    assert "no cell shows a check" in capsys.readouterr().err


def test_a_notebook_runs_in_its_own_folder(notebook, monkeypatch, tmp_path_factory):
    path = notebook(RIGHT.format("int(open('answer.txt').read())"))
    path.with_name("answer.txt").write_text("16")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert main(["check", str(path)]) == 0


def test_a_cell_that_runs_for_too_long_is_given_up(notebook, capsys, monkeypatch):
    monkeypatch.setattr(cli, "CELL_SECONDS", 1)
    assert main(["check", str(notebook("while True: pass"))]) == 2
    assert "ran for more than 1 s" in capsys.readouterr().err


def test_without_jupyter_the_way_to_it_is_said(notebook, capsys, monkeypatch):
    path = notebook("1")
    monkeypatch.setitem(sys.modules, "nbformat", None)
    assert main(["check", str(path)]) == 2
    assert 'pip install "pooledu[notebook]"' in capsys.readouterr().err


def test_a_cell_that_ends_the_process_is_reported(notebook, capsys):
    path = notebook("import os; os._exit(1)")
    assert main(["check", str(path)]) == 2
    assert "the kernel died" in capsys.readouterr().err


def _commands():
    found = [each for each in make_parser()._actions if isinstance(each.choices, dict)]
    return found[0].choices


@pytest.mark.parametrize("name", sorted(_commands()))
def test_the_help_of_each_command_says_what_it_does_and_what_each_argument_is(name):
    command = _commands()[name]
    assert command.description
    assert [each.dest for each in command._actions if not each.help] == []


@pytest.mark.parametrize("words", [["certify", "max_pool2d"], ["--help"]])
def test_who_reads_no_further_sees_no_traceback(words):
    program = [Path(sys.executable).with_name("pooledu"), *words]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        said = process.stderr.read().decode()
    assert "Traceback" not in said
    assert "BrokenPipe" not in said
