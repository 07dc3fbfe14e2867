"""A course of one's own, made from nothing, renewed, released to someone who has nothing."""

import importlib.metadata
import os
import re
import subprocess
import sys
import venv
import zipfile
from contextlib import chdir
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo, available_timezones

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook

from pooledu.cli import main
from pooledu.grading.course import folder as folders
from pooledu.grading.course.dates import DateError, instant, shown, zone
from pooledu.grading.course.settings import CourseError, Settings, read_settings

PS = "ps1_windows"
SAYS = "\nprint(check(lambda *sizes: 0, 'output_size').html)\nprint(check.__module__)"
ZONES = sorted(name for name in available_timezones() if "/" in name)


@pytest.fixture(autouse=True)
def not_a_terminal(monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)


def new_course(path, *flags):
    return main(["new-course", str(path), *flags])


# Dates


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.sampled_from(ZONES))
def test_what_is_shown_of_an_instant_is_read_as_that_instant(when, name):
    when = when.replace(tzinfo=UTC, microsecond=0)
    assert instant(shown(when, ZoneInfo(name)), zone("UTC")) == when


CHANGES = [("Europe/Berlin", 3, 29), ("Europe/Berlin", 10, 25), ("America/New_York", 3, 8)]
near_a_change = st.builds(
    lambda day, minute: (datetime(2026, *day[1:]) + timedelta(minutes=minute), day[0]),
    st.sampled_from(CHANGES),
    st.integers(0, 240),
)
anywhere = st.tuples(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.sampled_from(ZONES)
)


@given(near_a_change | anywhere)
def test_a_local_time_is_the_one_that_clocks_there_show_or_is_refused(place):
    local, name = place[0].replace(microsecond=0), place[1]
    try:
        found = instant(local.isoformat(" "), zone(name))
    except DateError:
        shows = local.replace(tzinfo=ZoneInfo(name)).astimezone(UTC).astimezone(ZoneInfo(name))
        assert shows.replace(tzinfo=None) != local
    else:
        there = found.astimezone(ZoneInfo(name))
        assert there.replace(tzinfo=None) == local
        later = there.replace(fold=1)  # of an hour that is there twice, the later one is meant
        assert there.utcoffset() == later.utcoffset()


@given(st.text(max_size=30) | st.from_regex(r"[\d./: T+-]{6,25}(CEST|PST|Z)?", fullmatch=True))
def test_whatever_is_written_is_a_date_in_the_one_form_or_is_refused_in_words(text):
    try:
        found = instant(text, zone("Europe/Berlin"))
    except DateError:
        return
    assert re.match(r"\s*\d{4}-\d\d-\d\d", text)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("01.10.2026", "write it as 2026-10-01 22:00"),
        ("10/01/2026", "write it as"),
        ("2026-13-01", "write it as"),
        ("2026-10-01 22:00 CEST", "name a place"),
        ("2026-10-01 22:00 PST", "name a place"),
        ("2026-03-29 02:30", "clocks are put forward"),
        ("tomorrow", "write it as"),
    ],
)
def test_what_nbgrader_would_misread_is_refused_with_the_way_out(written, why):
    with pytest.raises(DateError, match=why):
        instant(written, zone("Europe/Berlin"))


# The facts


@given(
    name=st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=30),
    term=st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=30),
    late=st.floats(0, 1),
    due=st.dictionaries(st.sampled_from(folders.SETS), st.dates().map(str)),
)
def test_the_facts_of_a_course_are_read_as_they_were_written(name, term, late, due):
    try:
        settings = Settings(name, term, "Europe/Berlin", late, due=due)
    except CourseError:
        return
    with TemporaryDirectory() as folder:
        (Path(folder) / "course.toml").write_text(settings.text, encoding="utf-8")
        assert read_settings(Path(folder)) == settings


WRONG = [
    (["--time-zone=CEST"], "name a place"),
    (["--late-per-day=7"], "a share from 0 to 1"),
    (["--late-per-day=a tenth"], "give a share"),
    (["--sets=ps7"], "no problem set 'ps7'"),
    (["--due=ps1_windows=01.10.2026"], "write it as 2026-10-01"),
    (["--due=ps1_windows"], "write SET=DATE"),
    (["--sets=ps2_borders", "--due=ps1_windows=2026-10-01"], "write SET=DATE"),
    (["--book=book.example"], "give an address"),
    (["--name=!!"], "a letter or a digit"),
    (["--name=two\nlines"], "text of one line"),
    (["--roster=nowhere.csv"], "roster cannot be read"),
]


@pytest.mark.parametrize(("flags", "why"), WRONG)
def test_a_wrong_fact_is_said_and_nothing_is_written(flags, why, tmp_path, capsys):
    assert new_course(tmp_path / "course", *flags) == 1
    assert why in capsys.readouterr().err
    assert not (tmp_path / "course").exists()


def test_in_a_terminal_what_no_flag_says_is_asked_until_it_is_right(tmp_path, monkeypatch, capsys):
    answers = {
        "Name of": ["My course"],
        "Term": ["autumn"],
        "Time zone": ["CEST", "Europe/Berlin"],
        "Problem sets": ["ps7", PS],
        "Share": ["ten", ""],
        f"{PS} is due": ["01.10.2026", "2026-10-01"],
        "File of": [""],
    }

    def answer(question):
        return next(said.pop(0) for start, said in answers.items() if question.startswith(start))

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", answer)
    assert new_course(tmp_path / "course") == 0
    assert not any(answers.values())
    assert read_settings(tmp_path / "course") == Settings(
        "My course", "autumn", "Europe/Berlin", due={PS: "2026-10-01"}
    )
    assert "no problem set 'ps7'" in capsys.readouterr().out


# The folder


def contents(path):
    return {each: each.read_bytes() for each in path.rglob("*") if each.is_file()}


def test_nothing_that_is_there_is_overwritten(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    before = contents(tmp_path)
    assert new_course(tmp_path) == 1
    assert "is not empty" in capsys.readouterr().err
    assert contents(tmp_path) == before
    assert new_course(tmp_path / "notes.txt") == 1
    assert new_course(tmp_path, "--update") == 1  # it was not made by this


@given(changed=st.sets(st.sampled_from(range(5))), deleted=st.sets(st.sampled_from(range(5))))
def test_an_update_renews_what_is_as_it_was_written_and_keeps_all_else(
    tmp_path_factory, changed, deleted
):
    course = tmp_path_factory.mktemp("parent") / "course"
    old = {f"solutions/set/{i}.txt": b"old %d" % i for i in range(5)}
    new = {f"solutions/set/{i}.txt": b"new %d" % i for i in range(6)}
    folders.make(course, old)
    for i in changed:
        (course / f"solutions/set/{i}.txt").write_bytes(b"mine")
    for i in deleted:
        (course / f"solutions/set/{i}.txt").unlink()
    theirs = {f"solutions/set/{i}.txt" for i in changed | deleted}
    renewed, kept = folders.update(course, new)
    assert (set(kept), set(renewed)) == (theirs, set(new) - theirs)
    for i in range(6):
        path = course / f"solutions/set/{i}.txt"
        if i in deleted:
            assert not path.exists()
        else:
            assert path.read_bytes() == (b"mine" if i in changed else b"new %d" % i)
    version = importlib.metadata.version("pooledu")
    beside = course / "updates" / version
    assert {p.relative_to(beside).as_posix() for p in beside.rglob("*.txt")} == theirs
    assert folders.update(course, new) == ([], [])


def test_the_course_of_an_update_keeps_its_facts_and_its_own_settings(tmp_path, capsys):
    course = tmp_path / "course"
    assert new_course(course, f"--sets={PS}") == 0
    for name in ("course.toml", "nbgrader_config.py"):
        path = course / name
        path.write_text(path.read_text() + "# mine\n")
    before = contents(course)
    capsys.readouterr()
    assert new_course(course, "--update") == 0
    assert "nothing new" in capsys.readouterr().out
    assert contents(course) == before


def test_a_set_that_the_course_was_not_made_with_is_offered_and_added(tmp_path, capsys):
    course = tmp_path / "course"
    assert new_course(course, f"--sets={PS}") == 0
    settings = course / "course.toml"
    settings.write_text(settings.read_text() + "# mine\n")
    before = settings.read_bytes()
    assert new_course(course, "--update") == 0
    assert "more problem sets: ps2_borders" in capsys.readouterr().out
    assert not (course / "solutions" / "ps2_borders").exists()
    assert new_course(course, "--update", "--sets=ps2_borders") == 0
    there = sorted(path.name for path in (course / "solutions").iterdir())
    assert there == [PS, "ps2_borders"]
    assert "generate_assignment ps2_borders" in (course / "README.md").read_text()
    assert settings.read_bytes() == before
    assert folders.course_sets(course) == there


@pytest.mark.parametrize(
    "flag", ["--name=x", "--due=ps1_windows=2026-10-01", "--late-per-day=0", "--time-zone=UTC"]
)
def test_a_fact_that_an_update_would_pass_over_is_refused(flag, tmp_path, capsys):
    assert new_course(tmp_path / "course", f"--sets={PS}") == 0
    before = contents(tmp_path / "course")
    assert new_course(tmp_path / "course", "--update", flag) == 1
    assert f"leave out {flag.partition('=')[0]}" in capsys.readouterr().err
    assert contents(tmp_path / "course") == before


# What students get


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with one problem set, released, with the address of a book."""
    path = tmp_path_factory.mktemp("made") / "course ä"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
        flags = [f"--due={PS}=2026-10-01 22:00", "--time-zone=Europe/Berlin", "--name=Ümlaut"]
        assert new_course(path, f"--sets={PS}", "--book=https://book.example", *flags) == 0
    nbgrader = Path(sys.executable).with_name("nbgrader")
    subprocess.run([nbgrader, "generate_assignment", PS], cwd=path, check=True, capture_output=True)
    return path


def test_the_dates_of_the_course_are_put_into_the_gradebook(course, capsys):
    for said in ("2026-10-01 22:00:00+02:00 (changed)", "2026-10-01 22:00:00+02:00\n"):
        with chdir(course):
            assert main(["dates"]) == 0
        assert said in capsys.readouterr().out
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        assert book.find_assignment(PS).duedate == datetime(2026, 10, 1, 20)


def bare_python(path, *distributions):
    """An environment that has these distributions of ours, with what they need, and pip."""
    venv.create(path, with_pip=True)
    site = next(path.glob("lib/python*/site-packages"))
    waiting, seen = list(distributions), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        found = importlib.metadata.distribution(name)
        for requirement in found.requires or ():
            if ";" not in requirement:
                waiting.append(re.match(r"[\w.-]+", requirement)[0])
        for top in {file.parts[0] for file in found.files} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(found.locate_file(top))
    return path / "bin" / "python"


@pytest.mark.slow
def test_a_student_who_has_nothing_else_opens_the_notebook_offline(course, tmp_path):
    python = bare_python(tmp_path / "env", "numpy", "matplotlib")
    released = course / "exercises" / PS
    cells = nbformat.read(released / f"{PS}.ipynb", as_version=4).cells
    first = next(cell.source for cell in cells if cell.cell_type == "code")
    assert 'COURSE = "pooledu-' in first
    program = first + SAYS
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PIP_NO_INDEX": "1"}
    done = subprocess.run(
        [python, "-c", program], cwd=released, env=environment, capture_output=True, text=True
    )
    assert done.stdout.endswith("pooledu.checks.api\n"), done.stderr[-2000:]
    assert "https://book.example/book/geometry.html#size-formula" in done.stdout


def test_the_file_for_students_is_a_wheel_without_solutions(course):
    (path,) = (course / "exercises" / PS).glob("pooledu*.whl")
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        record = wheel.read(next(name for name in names if name.endswith("RECORD"))).decode()
        assert [line.split(",")[0] for line in record.splitlines()] == names
    assert "pooledu/checks/api.py" in names
    assert not [name for name in names if name.endswith(".ipynb") or "__pycache__" in name]
    assert [name for name in names if "LICENSE" in name]
