"""Whatever the points are: what we write of them is the exact sum, rounded once."""

import csv
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given
from hypothesis import strategies as st

from pooledu.grading.desk.grades import write_csv
from pooledu.grading.export.reading import works
from pooledu.grading.export.results import Result
from pooledu.grading.export.standing import Standing
from pooledu.grading.export.table import _total, summary
from pooledu.grading.marks import Mark, summed

cents = st.integers(0, 2000)
students = st.lists(st.tuples(cents, cents.map(lambda n: n + 1)), min_size=1, max_size=40)
classes = st.lists(st.tuples(students, cents), min_size=1, max_size=12)


def shortest(number):
    """A decimal as people write it."""
    text = f"{number.quantize(Decimal('0.0001')):f}".rstrip("0").rstrip(".")
    return text or "0"


@given(classes)
@example([([(125, 200)], 0), ([(126, 200)], 0)])
@example([([(10, 10)] * 3, 0)])
def test_sums_are_exact_and_rounded_once_in_table_summary_and_files(class_):
    results, totals, reachable = [], [], []
    for number, (given_marks, late) in enumerate(class_):
        marks = [Mark(f"m{i}", p / 100, o / 100) for i, (p, o) in enumerate(given_marks)]
        results.append(Result(f"s{number:02}", marks=tuple(marks), penalty=late / 100))
        points = sum(p for p, _ in given_marks)
        totals.append(Decimal(max(0, points - late)) / 100)
        reachable.append(Decimal(sum(o for _, o in given_marks)) / 100)
        standing = Standing(None, {"n": marks}, [late / 100] if late else [])
        assert Decimal(repr(standing.final_score)) == totals[-1]
        assert Decimal(repr(standing.penalty)) == Decimal(late) / 100
        assert Decimal(repr(summed(mark.out_of for mark in marks))) == reachable[-1]
        assert _total(results[-1]) == f"{shortest(totals[-1])}/{shortest(reachable[-1])}"
    mean = (sum(totals) / len(totals)).quantize(Decimal("0.01"))
    assert summary(results).endswith(f"mean {mean} of {shortest(max(reachable))}")
    for work, total, most in zip(works(results), totals, reachable, strict=True):
        assert work.share == float(total) / float(most)
    with TemporaryDirectory() as folder:
        write_csv(results, Path(folder) / "marks.csv")
        with (Path(folder) / "marks.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    assert [row["total"] for row in rows] == list(map(shortest, totals))
    assert [row["out of"] for row in rows] == list(map(shortest, reachable))
