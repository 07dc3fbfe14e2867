"""Scores in the file of a learning management system."""

import csv
from datetime import UTC, datetime

import pytest
from nbgrader.api import Gradebook

from pooledu.grading.export import LmsExport, forms

LMS = "\ufeffName,Login,One (7),Total\n  Points,,4,\nA,s01,,9\nB,s02,3,9\nC,s03,,9\nD,s04,1,9\n"


@pytest.fixture
def gradebook(tmp_path):
    """One reached 3 of 4 less a penalty; one waits to be read; one handed in nothing."""
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as book:
        for name in ("one", "two"):
            book.add_assignment(name)
            book.add_notebook("n", name)
            book.add_grade_cell("cell", "n", name, max_score=4, cell_type="code")
        for student in ("s01", "s02", "s03"):
            book.add_student(student)
        for student in ("s01", "s02"):
            book.add_submission("one", student, timestamp=datetime.now(UTC).replace(tzinfo=None))
            grade = book.find_grade("cell", "n", "one", student)
            grade.auto_score, grade.needs_manual_grade = 3, student == "s02"
        book.find_submission_notebook("n", "one", "s01").late_submission_penalty = 0.8
        book.db.commit()
        yield book


def exported(gradebook, tmp_path, **options):
    """The header and the rows of the file that is written."""
    target = tmp_path / "upload.csv"
    LmsExport(to=str(target), **options).export(gradebook)
    with target.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def test_without_a_template_there_is_a_row_for_each_student_and_a_column_for_each_set(
    gradebook, tmp_path
):
    header, rows = exported(gradebook, tmp_path)
    assert header == ["student_id", "one", "two"]
    assert rows == [["s01", "2.2", ""], ["s02", "", ""], ["s03", "", ""]]


def test_a_score_that_waits_for_a_reader_is_told_of(gradebook, tmp_path, caplog):
    exported(gradebook, tmp_path)
    (said,) = [each.getMessage() for each in caplog.records if "to be read" in each.getMessage()]
    assert said.startswith("one: no score is written for 1 of the students")
    grade = gradebook.find_grade("cell", "n", "one", "s02")
    grade.manual_score, grade.needs_manual_grade = 1, False
    gradebook.db.commit()
    caplog.clear()
    exported(gradebook, tmp_path)
    assert not [each for each in caplog.records if "to be read" in each.getMessage()]


def test_a_penalty_takes_no_more_than_the_score(gradebook, tmp_path):
    gradebook.find_submission_notebook("n", "one", "s01").late_submission_penalty = 3.5
    gradebook.db.commit()
    assert exported(gradebook, tmp_path)[1][0] == ["s01", "0", ""]


def test_a_set_can_be_chosen(gradebook, tmp_path):
    assert exported(gradebook, tmp_path, assignment=["two"])[0] == ["student_id", "two"]


def test_in_a_template_nothing_but_final_scores_of_known_students_is_changed(gradebook, tmp_path):
    (tmp_path / "lms.csv").write_text(LMS, encoding="utf-8")
    header, rows = exported(
        gradebook,
        tmp_path,
        template=str(tmp_path / "lms.csv"),
        id_column="Login",
        columns={"one": "One (7)"},
    )
    before = [line.split(",") for line in LMS.removeprefix("\ufeff").splitlines()]
    before[2][2] = "2.2"  # the row of s01
    assert [header, *rows] == before


def test_a_column_of_ids_that_is_not_there_is_refused_with_those_that_are(gradebook, tmp_path):
    (tmp_path / "lms.csv").write_text(LMS, encoding="utf-8")
    with pytest.raises(SystemExit, match=r"no column 'user'.*; it has 'Name', 'Login', 'One"):
        exported(gradebook, tmp_path, template=str(tmp_path / "lms.csv"), id_column="user")


@pytest.mark.parametrize("lms", ["", *forms.FORMS])
def test_no_name_is_a_formula_in_a_file_that_we_make(gradebook, tmp_path, lms):
    formulas = ("=1+1", "+A1", "-A1", "@SUM(A1)", " =1+1", "\t=1+1", "\r=1+1")
    for number, formula in enumerate(formulas):
        gradebook.add_student(
            f"s1{number}", first_name=formula, last_name=formula, email=formula, lms_user_id=formula
        )
    _, rows = exported(gradebook, tmp_path, lms=lms)
    cells = [cell for row in rows for cell in row]
    assert not [
        cell for cell in cells if cell.strip()[:1] in tuple("=+-@") and not number_like(cell)
    ]


def number_like(cell):
    return cell.lstrip("-").replace(".", "").isdigit()
