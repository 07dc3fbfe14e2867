"""Python for the pages: fetched once, from whoever has the very files, or said to be missing."""

import hashlib
import sys
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest
from bs4 import BeautifulSoup

from .conftest import ROOT

sys.path.append(str(ROOT / "book"))

from poolbook import runtime
from poolbook.exercise import tasks

from pooledu.checks import exercise_names, find, judging, observing

FILES = {"pyodide.mjs": b"one", "pyodide.asm.wasm": b"two"}


@pytest.fixture
def pinned(monkeypatch):
    """Other files to be fetched, with their hashes."""
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}
    monkeypatch.setattr(runtime, "HASHES", hashes)


def unreachable():
    raise OSError("no network")


def test_the_first_home_that_answers_is_taken_and_the_files_are_kept(pinned, tmp_path):
    asked = []

    def home():
        asked.append("home")
        return FILES

    for _ in range(2):
        assert runtime.fetch(tmp_path / "kept", (unreachable, home, unreachable)) == ""
    assert asked == ["home"]
    assert (tmp_path / "kept" / "pyodide.mjs").read_bytes() == b"one"


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_another_one_is_never_kept(pinned, tmp_path, name):
    said = runtime.fetch(tmp_path / "kept", (lambda: {**FILES, name: b"other"},))
    assert name in said
    assert not (tmp_path / "kept").exists()


def test_what_is_missing_is_said_for_each_home(pinned, tmp_path):
    said = runtime.fetch(tmp_path, (unreachable, dict))
    assert "no network" in said
    assert said.count(";") == 1


def test_compressed_files_are_the_same_each_time():
    assert runtime.packed(b"x" * 1000) == runtime.packed(b"x" * 1000)


def test_the_course_in_the_browser_has_what_checks_need_and_no_grading():
    names = zipfile.ZipFile(BytesIO(runtime.course(ROOT))).namelist()
    assert {"pooledu/checks/cell.py", "pooledu/checks/sections.json"} <= set(names)
    assert "array_api_compat/__init__.py" in names
    assert not [name for name in names if name.startswith(("pooledu/grading", "pooledu/nn"))]
    assert runtime.course(ROOT) == runtime.course(ROOT)


def test_every_exercise_is_a_task_and_those_without_torch_run_in_the_page():
    assert set(exercise_names()) <= set(tasks())
    for name in exercise_names():
        assert tasks()[name].asked
        if tasks()[name].variable:
            compile(tasks()[name].starter, name, "exec")
            assert f"{tasks()[name].variable}" in tasks()[name].starter
        if find(name).problem_set in ("ps1_windows", "ps2_borders", "ps5_variants"):
            assert tasks()[name].runs_here


HANDLED = {"style", "target", "xmlns"}  # set one by one, left out, and implied


@pytest.mark.parametrize("name", [n for n in exercise_names() if tasks()[n].runs_here])
def test_a_page_knows_every_element_and_attribute_of_a_verdict(name):
    known = (ROOT / "book/poolbook/practise/render.js").read_text("utf8")
    for mistake in find(name).misconceptions[:3]:
        calls = [replace(call, forbidden=()) for call in judging.plan(find(name), 0)]
        html = judging.judge(find(name), 0, observing.observe(mistake.wrong, calls)).html
        (shown,) = BeautifulSoup(html, "html.parser").select(".pool-verdict")
        for tag in [shown, *shown.find_all()]:
            assert f'"{tag.name}"' in known
            for attribute in set(tag.attrs) - HANDLED:
                assert f'"{attribute.replace("viewbox", "viewBox")}"' in known
