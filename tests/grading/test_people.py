"""Roster, extensions, excuses: whoever is not on the roster is asked about."""

import csv
import shutil
import string
import sys
import unicodedata
from contextlib import chdir, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook

from pooledu.cli import main
from pooledu.grading.course.exceptions import Special, read_exceptions, write_exceptions
from pooledu.grading.course.people import Student, plain_name, read_students, who
from pooledu.grading.course.settings import CourseError
from pooledu.grading.execution.worker import close_all
from tests.grading.course import ASSIGNMENT, make_course

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    path = tmp_path_factory.mktemp("course")
    yield make_course(path, "c.Autograde.create_student = False")
    close_all()


@pytest.fixture
def run(course, monkeypatch, capsys):
    """`run(command, ...)` in the course: its exit code, and what it printed."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)

    def run(*words):
        with chdir(course.root):
            code = main(list(words))
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def ids(course):
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        return {student.id for student in book.students}


def test_a_roster_is_taken_from_a_file_added_to_and_nobody_is_removed(
    tmp_path, monkeypatch, capsys
):
    def run(*words):
        code = main(list(words))
        return code, capsys.readouterr().out

    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("id,last name\ns01,Ü\ns02,B\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text('"Username";"E-Mail"\n#s02;b@x.de\ns03;c@x.de\n', "utf-16")
    assert "2 students, 2 new, 0 changed" in run("roster", str(tmp_path / "a.csv"))[1]
    code, said = run("roster", str(tmp_path / "b.csv"))
    assert code == 0
    assert "3 students, 1 new, 1 changed" in said
    assert "not in" in said
    assert "s01. They stay" in said
    assert run("roster")[1].splitlines() == [
        "s01  Ü",
        "s02  B  b@x.de",
        "s03  c@x.de",
        "3 students",
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\xff\xfe", "is empty"),
        (b"name,score\nA,1\n", "has no column 'id'; it has 'name', 'score'"),
        (b"id\n../s01\n", "line 2: '../s01' is no student's id"),
        (b"id\ns1\n\ns1\n", "line 4: 's1' is there twice"),
        (b"id\n*\n", "line 2"),
        (b'id\n"s1', "2 students|1 student|twice"),
        (b"id\n\0\0", "no student's id|no table"),
    ],
)
def test_a_list_that_is_none_is_refused_in_a_sentence(content, why, tmp_path, run):
    (tmp_path / "list.csv").write_bytes(content)
    code, said = run("roster", str(tmp_path / "list.csv"))
    assert code in (0, 1)
    assert [part for part in why.split("|") if part in said] or code == 0
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("header", "left"),
    [
        ("Login;Prénom;Nom", "No names were taken. These columns were left out: Prénom, Nom."),
        ("Matrikelnummer;Vorname;Nachname", ""),
        ("id;x;Surname", ""),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_names_that_were_not_taken_from_a_list_are_told(header, left, encoding, tmp_path, run):
    (tmp_path / "list.csv").write_bytes(f"{header}\r\n\r\n007;Zoë;Müller\r\n".encode(encoding))
    code, said = run("roster", str(tmp_path / "list.csv"))
    assert code == 0
    assert left in said
    assert ("No names were taken" in said) == bool(left)


@given(st.binary(max_size=200))
def test_no_file_whatever_is_in_it_ends_in_anything_but_students_or_a_sentence(content):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_bytes(content)
        with suppress(CourseError):
            assert all(student.id for student in read_students(path))


names = st.text(string.ascii_letters + "äöüßéñøł -'", min_size=1, max_size=12).filter(plain_name)


@given(st.lists(st.builds(Student, st.from_regex(r"[a-z]\d{3}", fullmatch=True), names, names)))
def test_a_name_means_all_who_have_it_and_an_id_means_one(students):
    students = list({student.id: student for student in students}.values())
    for student in students:
        assert who(student.id, students) == who(f"#{student.id}", students) == [student]
        for name in (student.name, f"{student.last_name}, {student.first_name}".upper()):
            assert student in who(name, students) or who(name, students)


keys = st.tuples(st.from_regex(r"[a-z][a-z0-9 ,;\"']{0,8}[a-z]", fullmatch=True), st.just("ps"))


@given(st.dictionaries(keys, st.builds(Special, st.integers(0, 3650), st.booleans())))
def test_exceptions_are_read_as_they_were_written(exceptions):
    with TemporaryDirectory() as folder:
        write_exceptions(Path(folder), exceptions)
        assert read_exceptions(Path(folder)) == exceptions


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["extend", "s81", ASSIGNMENT, "3"], "'s81' is not on the roster; is it s"),
        (["extend", "s01", "ps9", "3"], f"no problem set 'ps9'; there are {ASSIGNMENT}"),
        (["extend", "s01", ASSIGNMENT, "soon"], "'soon' is no number of days"),
        (["extend", "s01", ASSIGNMENT, "1.5"], "'1.5' is no number of days"),
        (["excuse", "s81", ASSIGNMENT], "'s81' is not on the roster"),
        (["roster", "--add", "../x"], "is no student's id"),
        (["roster", "nowhere.csv"], "cannot be read"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_changes(words, why, course, run):
    run("roster", "--add", "s01")
    before = ids(course), read_exceptions(course.root)
    code, said = run(*words)
    assert code == 1
    assert why in said
    assert (ids(course), read_exceptions(course.root)) == before


@pytest.mark.slow
def test_a_stranger_is_asked_about_and_not_made(course, run, monkeypatch):
    run("roster", "--add", "s01")
    for student in ("s01", "s91", "s92"):
        course.hand_in(student, course.solved())
    known = ids(course)
    code, said = run("grade", ASSIGNMENT, "--jobs=1")
    assert code == 1
    assert "s91 has handed in and is not on the roster" in said
    assert "1 graded now" in said
    assert ids(course) == known
    asked = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(
        "builtins.input", lambda q: asked.append(q) or ("yes" if q.startswith("s91") else "")
    )
    code, said = run("grade", ASSIGNMENT, "--jobs=1")
    assert len(asked) == 2
    assert code == 1
    assert "1 graded now" in said
    assert ids(course) == known | {"s91"}


@pytest.mark.slow
@pytest.mark.parametrize("spelling", [unicodedata.normalize("NFD", "jäger"), "JÄGER"])
def test_an_id_in_another_spelling_is_nobody_new(spelling, course, run, monkeypatch):
    run("roster", "--add", "jäger")
    course.hand_in(spelling, course.solved())
    for asks in (False, True):
        monkeypatch.setattr(sys.stdin, "isatty", lambda asks=asks: asks, raising=False)
        code, said = run("grade", ASSIGNMENT, f"--student={spelling}", "--jobs=1")
        assert code == 1
        assert "is not graded: on the roster stands jäger" in said
        assert "--add" not in said
    assert spelling not in ids(course)
    shutil.rmtree(course.root / "submitted" / spelling)


@pytest.mark.slow
def test_the_excused_have_no_total_and_a_word_in_the_table_of_an_lms_that_has_one(course, run):
    run("roster", "--add", "s01")
    run("excuse", "s01", ASSIGNMENT)
    assert "excused" in run("grades", ASSIGNMENT)[1]
    for lms, word in (("canvas", "EX"), ("brightspace", "")):
        with course.app() as app, Gradebook(app.coursedir.db_url) as book:
            from pooledu.grading.export import LmsExport

            LmsExport(to="out.csv", lms=lms, parent=app).export(book)
            with open("out.csv", encoding="utf-8", newline="") as file:
                row = next(row for row in csv.reader(file) if "s01" in " ".join(row))
        assert [word] == [cell for cell in row[1:] if cell not in ("s01", "#")][-1:]


@pytest.mark.parametrize(
    ("excused", "counts"),
    [("yes", False), ("Yes", False), ("YES ", False), ("", True), ("no", True), ("ja", None)],
)
def test_what_a_person_writes_for_excused_is_understood_or_refused(excused, counts, tmp_path):
    text = f"student;set;days;excused\r\ns01;ps;;{excused}\r\n"
    (tmp_path / "exceptions.csv").write_text(text, "utf-8-sig")
    if counts is None:
        with pytest.raises(CourseError, match="line 2: excused is 'ja'; write yes, or nothing"):
            read_exceptions(tmp_path)
    else:
        assert read_exceptions(tmp_path)["s01", "ps"].excused is not counts


@pytest.mark.slow
def test_a_line_of_the_exceptions_that_holds_for_nobody_is_told(course, run):
    run("roster", "--add", "0016")
    course.hand_in("0016", course.solved())
    path = course.root / "exceptions.csv"
    kept = path.read_bytes() if path.exists() else b"student,set,days,excused\r\n"
    path.write_bytes(kept + f"16,{ASSIGNMENT},1,\r\n0016,PS one,1,\r\n".encode())
    _, said = run("grade", ASSIGNMENT, "--jobs=1")
    path.write_bytes(kept)
    assert "'16' is not on the roster; that line holds for nobody" in said
    assert "there is no problem set 'PS one'" in said


@pytest.mark.parametrize(
    "content",
    [
        "id\n",
        "student,set,days,excused\ns01,ps,soon,\n",
        "student,set,days,excused\ns01,ps,1,\ns01,ps,2,\n",
        "student,set,days,excused\ns01,ps,1,perhaps\n",
        "",
    ],
)
def test_a_spoiled_table_of_exceptions_is_a_sentence_of_every_command(content, course, run):
    path = course.root / "exceptions.csv"
    kept = path.read_bytes() if path.exists() else None
    path.write_text(content)
    try:
        for command in ("grade", "grades", "report", "similar"):
            code, said = run(command, ASSIGNMENT)
            assert code != 0
            assert "exceptions.csv" in said
            assert "Traceback" not in said
    finally:
        path.unlink() if kept is None else path.write_bytes(kept)
