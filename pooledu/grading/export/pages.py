"""Pages for the instructor: self-contained, without scripts, showing strangers' texts as text."""

import difflib
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from pooledu.checks.words import counted
from pooledu.figures import axes, chart
from pooledu.figures.drawing import colour, stylesheet
from pooledu.grading.escaping import plain
from pooledu.grading.export.similarity import Pair
from pooledu.grading.export.statistics import Answer, Item, Work, cases, mistakes

SHOWN, EXAMPLES, TEXT, LINES = 40, 5, 4000, 200
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
STYLE = """
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em;
  color: {ink}; background: {paper}; }}
table {{ border-collapse: collapse; margin: 1em 0; }}
th, td {{ text-align: left; vertical-align: top; padding: .25em .8em .25em 0;
  border-bottom: 1px solid {line}; }}
td.n {{ text-align: right; font-variant-numeric: tabular-nums; }}
pre {{ overflow-x: auto; font-size: 13px; background: {pad}; padding: .6em; margin: 0; }}
mark {{ background: none; color: inherit; border-left: 3px solid {accent}; padding-left: 4px;
  margin-left: -7px; }}
.pair {{ display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1em; }}
.charts {{ display: flex; flex-wrap: wrap; gap: 2em; }}
"""


def report_page(
    assignment: str,
    items: Sequence[Item],
    answers: Sequence[Answer],
    works: Sequence[Work],
    due: datetime | None,
) -> str:
    """Return the page of `pooledu report`."""
    charts = [_chart_of_items(items)] if items else []
    if any(work.handed_in for work in works):
        charts.append(_chart_of_times(works, due))
    rows = [
        [exercise, mistake, str(len(who)), ", ".join(map(plain, who[:EXAMPLES]))]
        for exercise, mistake, who in mistakes(answers)[:SHOWN]
    ]
    parts = [
        f"<h1>{escape(assignment)}: what was understood</h1>",
        f"<p>{counted(len(works), 'student')} with marks.</p>",
        f'<div class="charts">{"".join(charts)}</div>',
        "<h2>Exercises</h2>",
        _table(
            ["exercise", "answers", "mean", "all points", "no points", "discrimination"],
            [item_row(item) for item in items],
        ),
        "<p>Discrimination is the correlation with the other exercises: near 0 or below, those "
        "who solve this one do no better elsewhere.</p>",
        "<h2>Mistakes</h2>",
        _table(["exercise", "mistake", "students", "for example"], rows),
        "<h2>Cases that most fail</h2>",
        _table(
            ["exercise", "case", "students"],
            [[*names, str(count)] for *names, count in cases(answers)[:SHOWN]],
        ),
    ]
    return _page(assignment, "".join(parts))


def similar_page(
    assignment: str, pairs: Sequence[Pair], sources: Mapping[str, Mapping[str, str]]
) -> str:
    """Return the page of `pooledu similar`: pairs side by side."""
    parts = [
        f"<h1>{escape(assignment)}: answers that agree</h1>",
        "<p>Agreement is a hint and not a verdict. Right answers to a small question are alike, "
        "and friends may learn together. What the task forces and what is usual in this class is "
        "taken off; what remains deserves a conversation, no more.</p>",
    ]
    for pair in pairs:
        first, second = (sources[pair.exercise][student] for student in pair.students)
        a, b = pair.students
        parts.append(
            f"<h2>{escape(pair.exercise)}: {escape(plain(a))} and {escape(plain(b))}</h2>"
            f"<p>{pair_text(pair)}</p>"
            f'<div class="pair">{_side(a, first, second)}{_side(b, second, first)}</div>'
        )
    if not pairs:
        parts.append("<p>No two answers agree more than the task and the class make it.</p>")
    return _page(assignment, "".join(parts))


def item_row(item: Item) -> list[str]:
    """Return an exercise's numbers as texts."""
    discrimination = "" if item.discrimination is None else f"{item.discrimination:.2f}"
    counts = (str(item.count), f"{item.solved:.0%}", str(item.full), str(item.nothing))
    return [item.exercise, *counts, discrimination]


def pair_text(pair: Pair) -> str:
    """Say how far two answers agree."""
    names = ", the names too" if pair.same_names else ""
    return f"{pair.agreement:.0%} in common{names}; {pair.excess:.0%} more than usual"


def _side(student: str, source: str, other: str) -> str:
    """Return one answer, with the lines marked that the other has, too."""
    lines, others = (each[:TEXT].splitlines()[:LINES] for each in (source, other))
    matcher = difflib.SequenceMatcher(
        None, [line.strip() for line in lines], [line.strip() for line in others], autojunk=False
    )
    common = {
        n for block in matcher.get_matching_blocks() for n in range(block.a, block.a + block.size)
    }
    shown = [
        f"<mark>{escape(plain(line, TEXT))}</mark>"
        if number in common and line.strip()
        else escape(plain(line, TEXT))
        for number, line in enumerate(lines)
    ]
    body = "\n".join(shown)
    return f"<div><strong>{escape(plain(student))}</strong><pre>{body}</pre></div>"


def _chart_of_items(items: Sequence[Item]) -> str:
    """Draw how far each exercise was solved."""
    figure, axis = axes(size=(5.2, 0.6 + 0.35 * len(items)))
    names = [item.exercise for item in items][::-1]
    values = [100 * item.solved for item in items][::-1]
    axis.barh(names, values)
    axis.set(xlim=(0, 100), xlabel="mean, % of the points")
    described = ", ".join(f"{item.exercise} {item.solved:.0%}" for item in items)
    return str(chart(figure, f"Mean share of the points: {described}.").html)


def _chart_of_times(works: Sequence[Work], due: datetime | None) -> str:
    """Draw the time of the hand-in against the score."""
    handed = [work for work in works if work.handed_in]
    zero = due or max(work.handed_in for work in handed if work.handed_in)
    hours = [(work.handed_in - zero).total_seconds() / 3600 for work in handed if work.handed_in]
    figure, axis = axes(size=(5.2, 3.2))
    axis.plot(hours, [100 * work.share for work in handed], "o")
    if due:
        axis.axvline(0, color="C1", linestyle="--")
    end = "the due date" if due else "the last hand-in"
    axis.set(xlabel=f"hours after {end}", ylabel="% of the points", ylim=(-4, 104))
    return str(chart(figure, f"Score against the time of the hand-in, in hours after {end}.").html)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; cells that are numbers stand to the right."""
    if not rows:
        return "<p>None.</p>"
    cells = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=n' if cell.strip('%-.').replace('.', '').isdigit() else ''}>"
            f"{escape(plain(cell))}</td>"
            for cell in row
        )
        + "</tr>"
        for row in rows
    )
    heads = "".join(f'<th scope="col">{escape(each)}</th>' for each in head)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{cells}</tbody></table>"


def _page(title: str, body: str) -> str:
    """Return a whole page."""
    names = ("ink", "paper", "line", "pad", "accent")
    style = stylesheet() + STYLE.format(**{name: colour(name) for name in names})
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{style}</style></head><body>{body}</body></html>\n"
    )
