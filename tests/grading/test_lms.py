"""The files of each LMS, there and back: downloads are taken, tables are filled in."""

import io
import sys
import zipfile
import zlib
from contextlib import chdir
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook

from pooledu.cli import main
from pooledu.grading.course.people import Student
from pooledu.grading.course.settings import CourseError
from pooledu.grading.course.tables import Table, read_table
from pooledu.grading.export import LmsExport
from pooledu.grading.intake.downloads import PATTERNS, archive_of, attempts
from pooledu.grading.intake.packed import unpacked
from pooledu.grading.intake.reading import FILE_BYTES
from pooledu.grading.intake.times import submitted_time

pytestmark = pytest.mark.filterwarnings("ignore")

PS = "ps1_windows"
BERLIN = ZoneInfo("Europe/Berlin")
BOMB = bytes(FILE_BYTES + 1)
CLASS = [
    Student("s01", "Anna", "Jäger", "anna@x.de", "4711"),
    Student("s_02", "Bo", "Li", "bo@x.de", "4712"),
    Student("s03", "Øystein", "O'Hara-Núñez", "o@x.de", "4713"),
]


def squashed(student):
    return f"{student.last_name}{student.first_name}".lower().replace("'", "").replace("-", "")


def canvas(student, time, attempt):
    late = "LATE_" if attempt % 2 else ""
    return f"{squashed(student)}_{late}{student.lms_user_id}_{attempt}_{PS}-{attempt % 3}.ipynb"


def moodle(student, time, attempt):
    return f"{student.name}_{attempt}_assignsubmission_file_/{PS}.ipynb"


def moodle_flat(student, time, attempt):
    return f"{student.name}_{attempt}_assignsubmission_file_{PS}.ipynb"


def brightspace(student, time, attempt):
    when = f"{time:%b} {time.day}, {time.year} {int(f'{time:%I}')}{time:%M} {time:%p}"
    return f"12-{attempt} - {student.name} - {when}/{PS}.ipynb"


def blackboard(student, time, attempt):
    return f"Problem set_{student.id}_attempt_{time:%Y-%m-%d-%H-%M-%S}_{PS}.ipynb"


def gradescope(student, time, attempt):
    return f"assignment_1_export/submission_{attempt}/{PS}.ipynb"


def nbgrader(student, time, attempt):
    return f"{student.id}_{time.astimezone(UTC):%Y%m%dT%H%M%SZ}_{PS}.ipynb"


def metadata(entries):
    """What Gradescope puts beside the submissions, with its keys of another language."""
    lines = []
    for student, time, attempt in entries:
        lines += [
            f"submission_{attempt}:",
            "  :submitters:",
            f"  - :name: {student.name}",
            f"    :sid: {student.id}",
            f"    :email: {student.email}",
            f"  :created_at: {time.astimezone(UTC):%Y-%m-%d %H:%M:%S} Z",
        ]
    return "\n".join(lines)


FORMS = [canvas, moodle, moodle_flat, brightspace, blackboard, gradescope, nbgrader]
TELL_TIME = (brightspace, blackboard, gradescope, nbgrader)


def packed(form, entries):
    """The archive that an LMS makes: the content says whose it is and which attempt."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for student, time, attempt in entries:
            name = f"download/{form(student, time, attempt)}"
            archive.writestr(name, f"{student.id} {attempt}")
        if form is gradescope:
            name = "download/assignment_1_export/submission_metadata.yml"
            archive.writestr(name, metadata(entries))
    data.seek(0)
    return data


def course_of(students, path):
    """Make a course in which these students are on the roster."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
        assert main(["new-course", str(path), f"--sets={PS}", "--time-zone=Europe/Berlin"]) == 0
    roster = Table(
        ["id", "first name", "last name", "email", "lms_user_id"],
        [list(vars(student).values()) for student in students],
    )
    roster.write(path / "students.csv")
    with chdir(path):
        assert main(["roster", "students.csv"]) == 0
    return path


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return course_of(CLASS, tmp_path_factory.mktemp("lms") / "course")


def collected(course, form, entries):
    """Run `pooledu collect`; return its exit code and what lies there afterwards."""
    (course / "download.zip").write_bytes(packed(form, entries).getvalue())
    with chdir(course):
        code = main(["collect", PS, "download.zip"])
    return code, {
        path.parent.parent.name: (path.read_text(), submitted_time(str(path.parent)))
        for path in course.glob(f"submitted/*/{PS}/{PS}.ipynb")
    }


@pytest.mark.parametrize("form", FORMS)
def test_a_download_of_each_lms_is_recognised_and_the_latest_of_each_student_is_taken(form, course):
    first = datetime(2026, 9, 30, 23, 5, 7, tzinfo=BERLIN)
    second = datetime(2026, 10, 1, 9, 45, tzinfo=BERLIN)
    entries = [
        *((student, first, 10 + i) for i, student in enumerate(CLASS)),
        (CLASS[0], second, 20),
    ]
    if form in (moodle, moodle_flat):  # which gives out one attempt of each
        entries.pop()
    if form is brightspace:  # which writes no seconds
        entries = [(s, t.replace(second=0), a) for s, t, a in entries]
    code, there = collected(course, form, entries)
    latest = {student.id: (attempt, time) for student, time, attempt in entries}
    assert code == 0
    assert there == {
        student: (
            f"{student} {attempt}",
            time.astimezone(UTC).replace(tzinfo=None) if form in TELL_TIME else None,
        )
        for student, (attempt, time) in latest.items()
    }
    for folder in (course / "submitted").iterdir():
        for path in sorted(folder.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()


@pytest.mark.parametrize("form", [moodle, moodle_flat])
def test_whoever_takes_anothers_name_in_moodle_hands_in_nothing_for_them(form, course, capsys):
    time = datetime(2026, 9, 30, 12, tzinfo=BERLIN)
    entries = [(CLASS[0], time, 7), (CLASS[1], time, 8), (CLASS[0], time, 900)]
    for order in (entries, entries[::-1]):
        code, there = collected(course, form, order)
        said = capsys.readouterr().out
        assert code == 1
        assert there.keys() == {"s_02"}
        assert "s01: 2 people of this name handed in, whom the LMS numbers 7, 900" in said
    for path in sorted((course / "submitted" / "s_02").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


@pytest.mark.parametrize("form", FORMS)
def test_whom_the_roster_does_not_know_is_named_and_not_made(form, course, capsys):
    time = datetime(2026, 9, 30, 12, tzinfo=BERLIN)
    stranger = Student("x99", "Nobody", "Here", "n@x.de", "9999")
    code, there = collected(course, form, [(CLASS[1], time, 1), (stranger, time, 2)])
    said = capsys.readouterr()
    assert code == 1
    assert there.keys() == {"s_02"}
    assert "nobody on the roster" in said.out
    assert "not taken: 1 submission;" in said.err
    for path in sorted((course / "submitted" / "s_02").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def test_an_earlier_download_does_not_replace_a_later_submission(course):
    early, late = (datetime(2026, 9, day, 12, tzinfo=BERLIN) for day in (20, 25))
    assert collected(course, nbgrader, [(CLASS[0], late, 2)])[1]["s01"][0] == "s01 2"
    assert collected(course, nbgrader, [(CLASS[0], early, 1)])[1]["s01"][0] == "s01 2"
    for path in sorted((course / "submitted" / "s01").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


@pytest.mark.parametrize("kind", ["damaged", "larger than any submission"])
def test_a_file_that_cannot_be_unpacked_costs_that_submission_alone(kind, course, capsys):
    time = datetime(2026, 9, 30, 12, tzinfo=BERLIN)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(nbgrader(CLASS[0], time, 1), "of the first" if kind == "damaged" else BOMB)
        archive.writestr(nbgrader(CLASS[1], time, 1), "of the second")
    content = data.getvalue()
    if kind == "damaged":
        packed_text = zlib.compress(b"of the first", wbits=-15)
        content = content.replace(packed_text, packed_text[::-1])
    (course / "download.zip").write_bytes(content)
    with chdir(course):
        assert main(["collect", PS, "download.zip"]) == 1
    assert "\ns01: " in capsys.readouterr().out
    assert {path.name for path in (course / "submitted").iterdir() if list(path.iterdir())} == {
        "s_02"
    }
    for path in sorted((course / "submitted").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def as_another(form, claimed, times):
    """Names of files, and of folders where an LMS keeps these, that claim to be another's."""
    time = datetime(2026, 9, 30, 12, tzinfo=BERLIN)
    own = form(CLASS[2], time, 9)
    own = own[: own.index(PS)]
    for number in range(times):
        name = claimed(CLASS[0], datetime(2030, 1, 1, tzinfo=BERLIN), 900 + number)
        yield own + name.replace("/", "_")
        if own.endswith("/"):
            yield own + name
            yield own + "a/" + name


def collects(course, data):
    """Run `pooledu collect` in an emptied course; return what came of it, by student."""
    for path in sorted((course / "submitted").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (course / "download.zip").write_bytes(data.getvalue())
    with chdir(course):
        main(["collect", PS, "download.zip"])
    return {
        path.parent.parent.name: path.read_text()
        for path in course.glob(f"submitted/*/{PS}/*.ipynb")
    }


@pytest.mark.parametrize("times", [1, 40], ids=["once", "more often than the class"])
@pytest.mark.parametrize("claimed", FORMS)
@pytest.mark.parametrize("form", FORMS)
def test_no_name_that_a_student_gives_a_file_or_a_folder_makes_it_another_s(
    form, claimed, times, course, capsys
):
    time = datetime(2026, 9, 29, 12, tzinfo=BERLIN)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        forged = (
            f"{form(CLASS[2], time, 9)[: form(CLASS[2], time, 9).index(PS)]}submission_metadata.yml"
        )
        archive.writestr(forged, metadata([(CLASS[0], time, 900), (CLASS[0], time, 9)]))
        for name in as_another(form, claimed, times):
            archive.writestr(name, "of the third")
        archive.writestr(form(CLASS[0], time, 1), "of the first")
        archive.writestr(form(CLASS[1], time, 2), "of the second")
        people = [(CLASS[0], time, 1), (CLASS[1], time, 2), (CLASS[2], time, 9)]
        archive.writestr("assignment_1_export/submission_metadata.yml", metadata(people))
    there = collects(course, data)
    assert {name: there.get(name) for name in ("s01", "s_02")} == {
        "s01": "of the first",
        "s_02": "of the second",
    }
    assert there.get("s03", "of the third") == "of the third"


def test_a_list_of_a_million_files_in_an_archive_is_not_read(monkeypatch):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a", "x")
    data = inner.getvalue()
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    many = data[:start] + data[start:end] * 1_000_000 + data[end:]
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("it was read"))
    with pytest.raises(CourseError, match="more than 500 files"):
        unpacked({"work.zip": lambda: many})


def test_a_submission_that_unpacks_to_gigabytes_is_not_taken_and_no_other_is_affected(
    course, capsys
):
    time = datetime(2026, 9, 30, 12, tzinfo=BERLIN)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        own = moodle(CLASS[0], time, 1)
        for name in (own, *(own.replace(PS, f"{PS}{number}") for number in range(2))):
            archive.writestr(name, bytes(FILE_BYTES))
        archive.writestr(moodle(CLASS[1], time, 2), "of the second")
    assert collects(course, data) == {"s_02": "of the second"}
    assert "more than 128 MB together" in capsys.readouterr().out


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "name", ["timestamp.txt", "timestamp.txt ", "./timestamp.txt", "a/../timestamp.txt"]
)
def test_no_file_that_a_student_hands_in_says_when_that_was(form, name, course):
    time, data, inner = datetime(2026, 9, 30, 12, tzinfo=BERLIN), io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr(f"{PS}.ipynb", "of the first")
        archive.writestr(name, "2020-01-01 00:00:00 UTC")
    with zipfile.ZipFile(data, "w") as archive:
        own = form(CLASS[0], time, 1)
        archive.writestr(own[: own.index(PS)] + "work.zip", inner.getvalue())
        archive.writestr(form(CLASS[1], time, 2), "of the second")
        archive.writestr(form(CLASS[1], time, 2).replace(f"{PS}.ipynb", name), "2020-01-01")
        people = [(CLASS[0], time, 1), (CLASS[1], time, 2)]
        archive.writestr("assignment_1_export/submission_metadata.yml", metadata(people))
    assert collects(course, data).keys() <= {"s01", "s_02"}
    for folder in course.glob(f"submitted/*/{PS}"):
        assert submitted_time(str(folder)) in (None, time.astimezone(UTC).replace(tzinfo=None))


names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
likely = st.builds(
    lambda form, wrong: form(CLASS[0], datetime(2026, 9, 30, tzinfo=BERLIN), 1) + wrong,
    st.sampled_from(FORMS),
    st.sampled_from(["", "/..", "\n", "/a.ipynb", "\\..\\x.ipynb"]),
)


@given(st.lists(names | likely, unique=True), st.sampled_from(["", *PATTERNS]), st.binary())
def test_no_names_in_an_archive_lead_out_of_a_submission_or_to_anything_but_a_sentence(
    written, lms, content
):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in written:
            archive.writestr(name, content)
        archive.writestr("submission_metadata.yml", content)
    with zipfile.ZipFile(data) as archive:
        try:
            _, found, _ = attempts(archive, lms, BERLIN)
            files = [name for each in found for name in each.files]
        except CourseError:
            return
    parts = [part for name in files for part in name.split("/")]
    assert not [each for each in parts if not each or "\\" in each or each.startswith(".")]
    assert "timestamp.txt" not in files


@given(st.binary(max_size=300))
def test_a_file_that_is_no_archive_is_refused_in_a_sentence(content):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.zip"
        path.write_bytes(content)
        with pytest.raises(CourseError, match=r"a\.zip is no archive"), archive_of(path):
            pass


# Tables

cells = st.text(
    st.characters(codec="cp1252", exclude_categories=["Cc"], exclude_characters="\r\n"), max_size=8
)


@given(
    st.lists(st.lists(cells, min_size=2, max_size=4).filter(any), min_size=1),
    st.sampled_from(",;\t"),
    st.sampled_from(
        [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("cp1252", b"")]
    ),
    st.sampled_from(["\r\n", "\n"]),
)
def test_a_table_goes_back_byte_for_byte_in_the_form_in_which_it_came(rows, sign, coding, end):
    encoding, mark = coding
    header = ["student", "score", "more"]
    table = Table(header, rows, sign, encoding, mark, end)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        table.write(path)
        before = path.read_bytes()
        again = read_table(path)
        again.write(path)
        assert path.read_bytes() == before
    assert again.header == header
    full = [row + [""] * (3 - len(row)) for row in rows]
    assert again.rows == full


@given(st.binary(max_size=300))
def test_whatever_is_in_a_file_it_is_a_table_or_a_sentence_says_why_not(content):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(content)
        try:
            table = read_table(path)
        except CourseError:
            return
        table.write(path)


TEMPLATES = {
    "canvas": (
        "Student,ID,SIS User ID,SIS Login ID,Section,one (4711),Final Score\n"
        "    Points Possible,,,,,4,(read only)\n"
        '"Jäger, Anna",1,,s01,A,,\n"Li, Bo",2,,s02,A,EX,\n',
        "one (4711)",
    ),
    "moodle": (
        "First name,Surname,ID number,Email address,Assignment: one (Real)\n"
        "Anna,Jäger,s01,a@x.de,-\nBo,Li,s02,b@x.de,-\n",
        "Assignment: one (Real)",
    ),
    "moodle, German": (
        "Vorname;Nachname;ID-Nummer;Aufgabe: one (Punkte);two\n"
        'Anna;Jäger;s01;-;"1,5"\nBo;Li;s02;-;"2,0"\n',
        "Aufgabe: one (Punkte)",
    ),
    "brightspace": (
        "OrgDefinedId,one Points Grade <Numeric MaxPoints:4>,End-of-Line Indicator\n"
        "#s01,,#\n#s02,,#\n",
        "one Points Grade <Numeric MaxPoints:4>",
    ),
    "blackboard": (
        '"Last Name"\t"First Name"\t"Username"\t"Last Access"\t"one [Total Pts: 4 Score] |77"\n'
        '"Jäger"\t"Anna"\t"s01"\t""\t""\n"Li"\t"Bo"\t"s02"\t""\t""\n',
        "one [Total Pts: 4 Score] |77",
    ),
    "gradescope": ("Name,SID,Email,One,Max Points\nAnna,s01,a@x.de,,4\nBo,s02,b,,4\n", "One"),
}


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """s01 has 2.2 points; s02 has handed in nothing."""
    path = tmp_path_factory.mktemp("book")
    with Gradebook(f"sqlite:///{path}/gradebook.db") as book:
        book.add_assignment("one")
        book.add_notebook("n", "one")
        book.add_grade_cell("cell", "n", "one", max_score=4, cell_type="code")
        for student in ("s01", "s02"):
            book.add_student(student)
        book.add_submission("one", "s01", timestamp=datetime(2026, 9, 30))
        grade = book.find_grade("cell", "n", "one", "s01")
        grade.auto_score, grade.needs_manual_grade = 2.2, False
        book.db.commit()
        yield book


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("lms", TEMPLATES)
def test_in_the_table_of_each_lms_the_scores_are_filled_in_and_nothing_else_changes(
    lms, encoding, book, tmp_path
):
    text, column = TEMPLATES[lms]
    (tmp_path / "in.csv").write_bytes(text.encode(encoding))
    LmsExport(to=str(tmp_path / "out.csv"), template=str(tmp_path / "in.csv")).export(book)
    before, after = (read_table(tmp_path / name) for name in ("in.csv", "out.csv"))
    assert (after.encoding, after.mark, after.delimiter) == (
        *(before.encoding, before.mark, before.delimiter),
    )
    (row,) = [row for row in before.rows if "s01" in " ".join(row)]
    before.set(row, column, "2,2" if "German" in lms else "2.2")
    assert (after.header, after.rows) == (before.header, before.rows)


@pytest.mark.parametrize("lms", ["canvas", "moodle", "brightspace", "blackboard", "gradescope"])
def test_without_a_table_of_its_own_an_lms_gets_one_in_its_form(lms, book, tmp_path):
    LmsExport(to=str(tmp_path / "out.csv"), lms=lms).export(book)
    table = read_table(tmp_path / "out.csv")
    assert set(
        TEMPLATES[lms][0].splitlines()[0].replace('"', "").replace("\t", ",").split(",")
    ) & set(table.header)
    assert [row.count("2.2") for row in table.rows] == [1, 0]
    LmsExport(to=str(tmp_path / "again.csv"), template=str(tmp_path / "out.csv")).export(book)
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"\n\n", b"a,b\n1,2\n", b"\x00\xff\xfe"])
def test_a_table_that_is_none_of_the_class_ends_in_a_sentence(content, book, tmp_path):
    (tmp_path / "in.csv").write_bytes(content)
    with pytest.raises(SystemExit, match=r"pooledu: .*in\.csv"):
        LmsExport(to=str(tmp_path / "out.csv"), template=str(tmp_path / "in.csv")).export(book)
    assert not (tmp_path / "out.csv").exists()


# Each one's number in the LMS is the next one's id: a column is read in one way.
CIRCLE = [
    Student(f"10{n}", f"First{n}", f"Last{n}", f"U{n}@x.de", f"10{n % 4 + 1}") for n in range(1, 5)
]
WHO = {
    "SIS Login ID": lambda each: each.id,
    "ID": lambda each: each.lms_user_id,
    "Email": lambda each: each.email.upper(),
    "Student": lambda each: f"{each.last_name}, {each.first_name}",
}
HEADINGS_OF_SCORES = [
    "one (4711)",
    "ONE (4711)",
    "Assignment: One (Real)",
    "One Points Grade <Numeric MaxPoints:4>",
    "Week 1",
]


@pytest.fixture(scope="module")
def circle(tmp_path_factory):
    """A class of four, of whom the n-th has n points and a half in each of two sets."""
    path = tmp_path_factory.mktemp("circle")
    with Gradebook(f"sqlite:///{path}/gradebook.db") as book:
        for student in CIRCLE:
            book.add_student(student.id, **{k: v for k, v in vars(student).items() if k != "id"})
        for name in ("one", "two"):
            book.add_assignment(name)
            book.add_notebook("n", name)
            book.add_grade_cell("cell", "n", name, max_score=9, cell_type="code")
            for place, student in enumerate(CIRCLE):
                book.add_submission(name, student.id)
                grade = book.find_grade("cell", "n", name, student.id)
                grade.auto_score, grade.needs_manual_grade = place + 0.5, False
        book.db.commit()
        yield book


@given(
    st.lists(st.sampled_from(sorted(WHO)), min_size=1, unique=True),
    st.sampled_from(HEADINGS_OF_SCORES),
    st.lists(st.sampled_from(["Assignment: One (Percentage)", "one Letter Grade", "Final Score"])),
    st.permutations(range(len(CIRCLE))),
    st.sampled_from(["", "points possible", "test student", "twice"]),
)
def test_each_score_stands_in_its_students_rows_or_nothing_is_written(
    circle, known_by, heading, decoys, order, more
):
    known_by = sorted({*known_by, "Email"} if known_by == ["Student"] else known_by)
    decoys = sorted(set(decoys))
    people = [CIRCLE[place] for place in order] + [CIRCLE[0]] * (more == "twice")
    rows = [[*(WHO[each](one) for each in known_by), *("" for _ in decoys), ""] for one in people]
    if more == "points possible":
        rows.insert(0, ["    Points Possible", *[""] * (len(rows[0]) - 2), "9"])
    if more == "test student":
        rows.append(["999"] * len(known_by) + [""] * (len(decoys) + 1))
    rows = [["", *row] for row in rows]
    header = ["SIS User ID", *known_by, *decoys, heading]  # by which Canvas is known
    with TemporaryDirectory() as folder:
        before, after = Path(folder) / "in.csv", Path(folder) / "out.csv"
        Table(header, [list(row) for row in rows]).write(before)
        columns = {"one": "week 1 "} if heading == "Week 1" else {}
        export = LmsExport(to=str(after), template=str(before), columns=columns)
        if "(Percentage)" in " ".join(decoys) and "(4711)" in heading:  # no LMS has both
            with pytest.raises(SystemExit, match="may all be one"):
                export.export(circle)
            assert not after.exists()
            return
        export.export(circle)
        written = read_table(after)
    for number, one in enumerate(people, more == "points possible"):
        rows[number][-1] = f"{CIRCLE.index(one) + 0.5:g}"
    assert written.header == header
    assert written.rows == rows


@pytest.mark.parametrize(
    ("header", "columns", "why"),
    [
        ("id,other", {}, "no column of a problem set"),
        ("id,one", {"One": "one"}, "there is no problem set 'One'; there are 'one', 'two'"),
        ("id,one", {"one": "Week 1"}, "no column 'Week 1'; it has 'id', 'one'"),
        ("id,one,ONE", {}, "'one', 'ONE' may all be one"),
        ("id,one,one", {"one": "one"}, "may all be one"),
        ("name,one", {}, "no column with ids of the roster"),
    ],
)
def test_a_table_in_which_a_score_has_no_certain_place_is_refused(
    header, columns, why, circle, tmp_path, capsys
):
    (tmp_path / "in.csv").write_text(
        f"{header}\n101{',' * header.count(',')}\n".replace(
            "101", "101" if "id" in header else "Ada"
        )
    )
    export = LmsExport(
        to=str(tmp_path / "out.csv"), template=str(tmp_path / "in.csv"), columns=columns
    )
    with pytest.raises(SystemExit, match=why):
        export.export(circle)
    assert not (tmp_path / "out.csv").exists()


def test_a_file_that_cannot_be_written_is_a_sentence(circle, tmp_path):
    with pytest.raises(SystemExit, match="cannot be written: No such file"):
        LmsExport(to=str(tmp_path / "nowhere" / "out.csv")).export(circle)
