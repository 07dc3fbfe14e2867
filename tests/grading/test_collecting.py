"""Whatever a download holds: each notebook is its student's submission, or the command says so."""

import io
import re
import shutil
import unicodedata
import zipfile
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbgrader.api import Gradebook

from pooledu.cli import main
from pooledu.grading.course.people import Student, meant, who
from pooledu.grading.course.tables import Table
from pooledu.grading.execution.worker import close_all
from pooledu.grading.intake.downloads import PATTERNS
from pooledu.grading.intake.packed import FILES, safe_path, unpacked
from tests.grading.course import make_course
from tests.grading.test_lms import FORMS, canvas, course_of, gradescope, moodle, packed, squashed

pytestmark = pytest.mark.filterwarnings("ignore")

PS = "ps1_windows"
BERLIN = ZoneInfo("Europe/Berlin")
# Each one's number in the LMS is the next one's id; two have one name, and one a comma in it.
CLASS = [
    Student("1001", "Zoë", "Müller, geb. Ö", "z@x.de", "1002"),
    Student("1002", "Jan Johnny", "OBrien", "j@x.de", "1003"),
    Student("1003", "Anna", "Schmidt", "a@x.de", "1004"),
    Student("1004", "Bo", "Li", "b@x.de", "1001"),
]


def zipped(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


@dataclass
class Form:
    """How an LMS names a file of a submission."""

    name: str
    has_folders: bool
    path: object


def _canvas(student, number, file, place):
    return f"{squashed(student)}_{student.lms_user_id}_{10 * number + place}_{file}"


def _moodle(student, number, file, place):
    return f"{unicodedata.normalize('NFD', student.name)}_{number}_assignsubmission_file/{file}"


def _brightspace(student, number, file, place):
    when = f"Oct {number + 1}, 2026 905 AM"
    return f"{student.lms_user_id}-{number} - {student.name} - {when}/{file}"


def _blackboard(student, number, file, place):
    return f"Set 1_{student.id}_attempt_2026-10-0{number + 1}-09-05-00_{file}"


FORM = {
    "canvas": Form("canvas", False, _canvas),
    "moodle": Form("moodle", True, _moodle),
    "brightspace": Form("brightspace", True, _brightspace),
    "blackboard": Form("blackboard", False, _blackboard),
}
NOTEBOOKS = [f"{PS}.ipynb", "Übung.ipynb", f"{PS}.ipynb.txt", f"{PS} (1).ipynb", "a[1] & b.ipynb"]
FOLDERS = ["", "abgabe/", "a/b/"]
OTHERS = ["data.csv", "notes.pdf", ".DS_Store", "__MACOSX/._x.ipynb"]
works = st.fixed_dictionaries(
    {
        "notebook": st.sampled_from([None, *NOTEBOOKS]),
        "folder": st.sampled_from(FOLDERS),
        "others": st.lists(st.sampled_from(OTHERS), unique=True),
        "more": st.booleans(),  # a second notebook, which sorts after the first
        "packed": st.booleans(),
    }
)


def files_of(work, content, form):
    """What one student hands in, with the content by which it is known."""
    names = [f"{work['folder']}{work['notebook']}"] if work["notebook"] else []
    names += [f"{work['folder']}zz.ipynb"] * (work["more"] and bool(names)) + work["others"]
    files = {name: f"{content} {name}" for name in names}
    if work["packed"] or (not form.has_folders and any("/" in name for name in files)):
        return {"abgabe.zip": zipped(files)}, files
    return files, files


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return course_of(CLASS, tmp_path_factory.mktemp("lms") / "course")


def collect(course, entries, *words):
    """Collect an archive; return the exit code, what was said, and each student's files."""
    (course / "download.zip").write_bytes(zipped(entries))
    shutil.rmtree(course / "submitted", ignore_errors=True)
    said = io.StringIO()
    with chdir(course), redirect_stdout(said), redirect_stderr(said):
        code = main(["collect", PS, "download.zip", *words])
    there = {student.id: {} for student in CLASS}
    for path in course.glob(f"submitted/*/{PS}/**/*"):
        if path.is_file() and path.name != "timestamp.txt":
            student = path.relative_to(course / "submitted").parts[0]
            there[student][path.name] = path.read_bytes().decode("utf-8", "replace")
    return code, said.getvalue(), there


@settings(max_examples=25)
@given(st.sampled_from(sorted(FORM)), st.lists(works, min_size=len(CLASS), max_size=len(CLASS)))
def test_each_notebook_is_its_students_submission_or_the_command_names_the_student(
    course, lms, class_
):
    form, entries, all_files = FORM[lms], {}, {}
    for student, work in zip(CLASS, class_, strict=True):
        given_files, inside = files_of(work, student.id, form)
        all_files[student.id] = {safe_path(name).rpartition("/")[2]: name for name in inside}
        for place, (file, content) in enumerate(given_files.items()):
            entries[form.path(student, 1, file, place)] = content
    code, said, there = collect(course, entries, f"--lms={lms}")
    assert "Traceback" not in said
    for student, work in zip(CLASS, class_, strict=True):
        files = all_files[student.id]
        files.pop("", None)
        if work["notebook"]:
            expected = {file: f"{student.id} {name}" for file, name in files.items()}
            assert there[student.id] == expected, said
        else:
            assert there[student.id] == {}
            if [name for name in files if name.startswith(("data", "notes"))]:
                assert f"{student.id}: no notebook" in said
                assert code == 1
    if all(work["notebook"] for work in class_):
        assert code == 0, said


@pytest.mark.parametrize("lms", sorted(FORM.keys() - {"moodle"}))  # one attempt of each
def test_a_later_attempt_without_a_notebook_is_named_and_the_one_before_it_counts(lms, course):
    form = FORM[lms]
    entries = {
        form.path(CLASS[0], 1, f"{PS}.ipynb", 0): "first",
        form.path(CLASS[0], 2, "work.pdf", 0): "second",
    }
    code, said, there = collect(course, entries)
    assert there["1001"][f"{PS}.ipynb"] == "first"
    if lms != "canvas":  # which gives out the last attempt alone: there both files are of it
        assert "1001: no notebook (.ipynb), but work.pdf; what came before it is taken" in said
        assert code == 1


def test_a_group_of_gradescope_has_its_notebook_for_each_member(course):
    about = (
        "submission_7:\n  :submitters:\n"
        "  - :name: Anna Schmidt\n    :sid: '1003'\n    :email: a@x.de\n"
        "  - :name: Bo Li\n    :sid: '1004'\n    :email: b@x.de\n"
        "  :created_at: 2026-10-01 08:00:00 Z\n"
    )
    entries = {"a/submission_7/sub/x.ipynb": "ours", "a/submission_metadata.yml": about}
    code, said, there = collect(course, entries)
    assert code == 0, said
    assert {student for student, files in there.items() if files} == {"1003", "1004"}


@pytest.mark.parametrize(
    ("lms", "outer", "inner"),
    [
        ("moodle", moodle(CLASS[0], None, 5), moodle(CLASS[1], None, 6)),
        ("gradescope", gradescope(CLASS[0], None, 5), "submission_6/x.ipynb"),
    ],
)
def test_a_folder_that_a_student_named_like_anothers_submission_stays_theirs(
    lms, outer, inner, course
):
    about = "".join(
        f"submission_{n}:\n  :submitters:\n  - :sid: '{sid}'\n" for n, sid in ((5, 1001), (6, 1002))
    )
    path = f"{outer.rpartition('/')[0]}/{inner}"
    _, said, there = collect(course, {path: "theirs", "submission_metadata.yml": about})
    assert [student for student, files in there.items() if files] == ["1001"], said


def test_a_number_of_the_lms_and_a_name_that_mean_two_people_are_asked_about():
    assert who("1002", CLASS) == [CLASS[1]]
    assert who("1002", CLASS, is_number=True) == [CLASS[0]]
    assert meant(("1002", "Bo Li"), CLASS, True) == [CLASS[0], CLASS[3]]
    assert meant(("1002", "Nobody"), CLASS, True) == [CLASS[0]]


def test_of_a_folder_of_archives_one_that_is_none_costs_no_other(course):
    folder = course / "downloads"
    folder.mkdir()
    for number, content in enumerate(
        [
            b"no archive",
            zipped({_moodle(CLASS[0], 1, f"{PS}.ipynb", 0): "mine"}),
            zipped({"letters.txt": "no notebook"}),
            zipped({_moodle(CLASS[1], 1, f"{PS}.ipynb", 0): "hers"}),
        ]
    ):
        (folder / f"{number}.zip").write_bytes(content)
    shutil.rmtree(course / "submitted", ignore_errors=True)
    said = io.StringIO()
    with chdir(course), redirect_stdout(said), redirect_stderr(said):
        assert main(["collect", PS, "downloads"]) == 1
    assert "2 submissions collected" in said.getvalue()
    assert "0.zip is no archive" in said.getvalue()
    assert sorted(path.name for path in (course / "submitted").iterdir()) == ["1001", "1002"]


def test_of_two_with_one_name_it_is_said_where_their_files_belong(course):
    with chdir(course):
        assert main(["roster", "--add", "1009"]) == 0
        Table(["id", "first name", "last name"], [["1009", "Bo", "LI"]]).write(course / "t.csv")
        assert main(["roster", "t.csv"]) == 0
    code, said, _ = collect(course, {moodle(CLASS[3], None, 5): "mine"})
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        book.remove_student("1009")
    assert code == 1
    assert "Bo Li: this may be 1004 or 1009" in said
    assert f"put the files into submitted/STUDENT/{PS}" in said


@pytest.mark.parametrize("numbered", [["p-1.ipynb", "p-2.ipynb"], ["p.ipynb"]])
def test_a_number_of_canvas_is_taken_off_where_no_notebook_of_the_set_has_it(numbered):
    from pooledu.grading.intake.downloads import attempts

    data = packed(canvas, [])
    with zipfile.ZipFile(data, "a") as archive:
        for place, name in enumerate(["p-1.ipynb", "p-2.ipynb"]):
            archive.writestr(f"li_1001_{place}_{name}", str(place))
    with zipfile.ZipFile(data) as archive:
        _, [attempt], _ = attempts(archive, "canvas", BERLIN, numbered)
        assert sorted(attempt.files) == sorted(numbered)
        assert attempt.files[numbered[-1]]() == b"1"


@pytest.mark.parametrize(
    "files", [{f"{n}.ipynb": "" for n in range(FILES + 1)}, {"big.ipynb": bytes((64 << 20) + 1)}]
)
def test_an_archive_of_a_student_that_is_too_large_is_named_and_costs_nobody_else(files, course):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    entries = {
        _moodle(CLASS[0], 1, "work.zip", 0): data.getvalue(),
        _moodle(CLASS[1], 2, "broken.zip", 0): b"no archive",
        _moodle(CLASS[2], 3, f"{PS}.ipynb", 0): "mine",
    }
    code, said, there = collect(course, entries)
    assert code == 1
    assert "1001: work.zip has more than" in said
    assert "1002: broken.zip cannot be unpacked" in said
    assert [student for student, found in there.items() if found] == ["1003"]


@given(
    st.dictionaries(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1),
        st.binary(),
    )
)
def test_no_path_in_a_students_archive_leads_out_of_it(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    found = unpacked({"a.zip": lambda: data.getvalue()})
    for name in found:
        parts = name.split("/")
        assert len(parts) <= 3
        assert all(part and not part.startswith((".", "-")) and "\\" not in part for part in parts)
        assert all(len(part) <= 100 and part.isprintable() for part in parts)


def test_each_form_of_an_lms_is_tried(course):
    assert {form.__name__.split("_")[0] for form in FORMS} == set(PATTERNS)


def test_a_time_that_is_there_twice_is_the_earlier_one_for_the_student():
    from pooledu.grading.intake.downloads import _time

    before, after = (
        _time(text, "brightspace", BERLIN)
        for text in ("Oct 25, 2026 230 AM", "Oct 25, 2026 330 AM")
    )
    utc = ZoneInfo("UTC")
    assert after.astimezone(utc) - before.astimezone(utc) == timedelta(hours=2)
    assert before.astimezone(utc).replace(tzinfo=None) == datetime(2026, 10, 25, 0, 30)


@pytest.mark.slow
@pytest.mark.parametrize("lms", sorted(FORM))
def test_what_is_handed_in_anew_after_grading_is_graded_also_where_the_lms_tells_no_time(
    lms, tmp_path, capsys
):
    course, form = make_course(tmp_path), FORM[lms]
    rows = [list(vars(student).values()) for student in CLASS]
    table = Table(["id", "first name", "last name", "email", "lms_user_id"], rows)
    table.write(course.root / "s.csv")
    wrong = nbformat.writes(course.solved(pooled_size_code="rows = 15"))
    right = nbformat.writes(course.solved())

    def marks_after(works):
        entries = {
            form.path(student, number, f"{PS}.ipynb", 0): text
            for student, (number, text) in zip(CLASS, works, strict=False)
        }
        (course.root / "a.zip").write_bytes(zipped(entries))
        assert main(["collect", PS, "a.zip"]) == 0
        capsys.readouterr()
        assert main(["grade", PS, "--jobs=1"]) == 0
        graded_now = re.search(r"(\d+) graded now|Nothing new", capsys.readouterr().out)[0]
        return graded_now, [course.marks(student.id)["pooled_size"] for student in CLASS[:2]]

    with chdir(course.root):
        assert main(["roster", "s.csv"]) == 0
        assert marks_after([(1, wrong), (1, right)]) == ("2 graded now", [0, 1])
        assert marks_after([(1, wrong), (1, right)]) == ("Nothing new", [0, 1])
        assert marks_after([(2, right), (1, right)]) == ("1 graded now", [1, 1])
        assert marks_after([(2, right), (1, right)]) == ("Nothing new", [1, 1])
    close_all()
