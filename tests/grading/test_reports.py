"""What a class did not understand, and answers that agree more than they must."""

import csv
import inspect
import math
from contextlib import chdir

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pooledu.cli import main
from pooledu.grading.execution.worker import close_all
from pooledu.grading.export.similarity import pairs
from pooledu.grading.export.statistics import Answer, cases, items, mistakes
from tests.checks.right import ps1
from tests.grading.course import ASSIGNMENT, SOLUTIONS, make_course

pytestmark = pytest.mark.filterwarnings("ignore")

shares = st.dictionaries(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["one", "two", "three"])),
    st.none() | st.sampled_from([0.0, 0.25, 0.5, 1.0]),
)


@given(shares)
def test_each_number_of_an_exercise_is_that_of_its_definition(shares):
    answers = [
        Answer(student, exercise, share, "" if share == 1 else "It is wrong.", ("a case",))
        for (student, exercise), share in shares.items()
    ]
    for item in items(answers):
        here = {s: x for (s, e), x in shares.items() if e == item.exercise and x is not None}
        assert item.count == len(here)
        assert item.solved == pytest.approx(np.mean(list(here.values())))
        assert item.full == sum(x == 1 for x in here.values())
        rest = {
            s: np.mean(others)
            for s in here
            if (
                others := [
                    x
                    for (t, e), x in shares.items()
                    if t == s and e != item.exercise and x is not None
                ]
            )
        }
        both = [(here[s], rest[s]) for s in rest]
        spread = [np.std(column) for column in zip(*both, strict=True)] or [0, 0]
        if len(both) < 3 or min(spread) < 1e-9:
            assert item.discrimination is None
        else:
            (x, y) = np.array(both).T
            expected = np.mean((x - x.mean()) * (y - y.mean())) / (x.std() * y.std())
            assert item.discrimination == pytest.approx(expected, abs=1e-9)
    wrong = sum(share != 1 for share in shares.values())
    assert sum(len(who) for *_, who in mistakes(answers)) == wrong
    assert sum(count for *_, count in cases(answers)) == len(answers)


FORCED = SOLUTIONS["output_size-code"]
STYLES = {
    name: inspect.getsource(function).replace(f"def {name}", "def output_size")
    for name, function in inspect.getmembers(ps1, inspect.isfunction)
    if "ceil_mode" in inspect.signature(function).parameters
}
OWN = """
def output_size(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    # my own way: walk and count
    if stride is None:
        stride = kernel_size
    reach, where, count = dilation * (kernel_size - 1), -padding, 0
    while where + reach < size + padding:
        count, where = count + 1, where + stride
    if ceil_mode and where < size and where + reach - stride != size + padding - 1:
        count = count + 1
    return count
"""
NAMES = {"reach": "extent", "where": "pos", "count": "total", "my own way": "changed"}


def renamed(source, names):
    for old, new in names.items():
        source = source.replace(old, new)
    return source


def test_right_answers_in_several_styles_are_no_pair():
    assert len(STYLES) >= 4
    assert pairs("output_size", STYLES, FORCED) == []


@given(st.dictionaries(st.sampled_from(list(NAMES)), st.sampled_from(["u", "vv", "www"])))
def test_a_copy_is_found_whatever_its_names_and_its_layout(names):
    copy = renamed(OWN, names).replace("    ", "  ").replace(" = ", "=")
    found = pairs("output_size", STYLES | {"x": OWN, "y": copy}, FORCED)
    assert [pair.students for pair in found] == [("x", "y")]
    assert found[0].agreement == 1


def test_what_equals_the_solution_is_forced():
    same = dict.fromkeys(("a", "b", "c"), FORCED)
    assert pairs("output_size", same, FORCED) == []


STUB = (
    "def output_size(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):\n"
    '    """Return the size."""\n    # YOUR CODE HERE\n    raise NotImplementedError()\n'
)


@pytest.mark.parametrize("class_", [{}, {"x": OWN}, STYLES], ids=["two", "three", "a class"])
def test_those_who_have_answered_nothing_are_no_pair(class_):
    untouched = {str(n): STUB + "    # later\n" * n for n in range(2)}
    assert ("0", "1") in [each.students for each in pairs("s", untouched | class_, FORCED)]
    found = [each.students for each in pairs("s", untouched | class_, FORCED, STUB)]
    assert not [who for who in found if {"0", "1"} & set(who)]


@given(st.lists(st.text(max_size=60) | st.sampled_from([OWN, OWN[:200], "def f(:\n '''"])))
def test_whatever_is_written_no_comparison_fails(texts):
    for pair in pairs("x", {str(n): text for n, text in enumerate(texts)}, FORCED):
        assert 0 <= pair.agreement <= 1
        assert not math.isnan(pair.excess)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Four students: two have one odd answer, one ignores the stride, one tries a script."""
    course = make_course(tmp_path_factory.mktemp("class"))
    stride = (
        "def max_pool2d(x, kernel_size, stride=None):\n    return pool(x, kernel_size, 1, np.max)"
    )
    pool = SOLUTIONS["max_pool2d-code"].split("def max_pool2d")[0]
    course.hand_in("s01", course.solved(output_size_code=OWN))
    course.hand_in("s02", course.solved(output_size_code=renamed(OWN, NAMES)))
    course.hand_in("s03", course.solved(max_pool2d_code=pool + stride))
    course.hand_in("s04", course.solved(pooled_size_code="rows = '<script>x</script>'"))
    for student in ("s01", "s02", "s03", "s04"):
        time = course.folder(student) / "timestamp.txt"
        time.write_text(f"2026-09-{10 + int(student[1:])} 12:00:00 UTC")
    assert course.grade() == 0
    yield course
    close_all()


@pytest.mark.slow
def test_the_report_counts_mistakes_and_cases_and_its_page_stands_alone(course, capsys):
    with chdir(course.root):
        assert main(["report", ASSIGNMENT]) == 0
    said = capsys.readouterr().out
    assert "stride" in said
    page = (course.root / "reports" / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert page.count("<svg") >= 2
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org/", "")
    with (course.root / "reports" / f"{ASSIGNMENT}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    by = {(row["student"], row["exercise"]): row for row in rows}
    assert float(by["s03", "max_pool2d"]["share"]) < 1
    assert by["s03", "max_pool2d"]["cases that fail"]
    assert by["s01", "max_pool2d"]["mistake"] == ""


@pytest.mark.slow
def test_similar_answers_are_shown_side_by_side_with_careful_words(course, capsys):
    with chdir(course.root):
        assert main(["similar", ASSIGNMENT]) == 0
    said = capsys.readouterr().out
    assert "output_size-code: s01 and s02" in said
    assert "a hint and not a verdict" in said
    page = (course.root / "reports" / f"similar-{ASSIGNMENT}.html").read_text(encoding="utf-8")
    assert "a hint and not a verdict" in page
    assert page.count("<pre>") == 2 * (len(said.splitlines()) - 2)


def test_a_set_of_which_nothing_is_graded_is_named(tmp_path, capsys):
    with chdir(tmp_path):
        assert main(["report", "ps9"]) == 1
    assert "ps9" in capsys.readouterr().err
