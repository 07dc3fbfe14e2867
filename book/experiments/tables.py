"""The results of an experiment as tables, for the repository and for whoever runs it again."""

from collections.abc import Iterable, Iterator, Sequence

from experiments.results import Results, interval, verdict


def table(head: Sequence, rows: Iterable[Sequence]) -> Iterator[str]:
    """The lines of a Markdown table; all columns but the first hold numbers."""
    for line in (head, ["---", *["---:"] * (len(head) - 1)], *rows):
        yield "| " + " | ".join(map(str, line)) + " |"
    yield ""


def against_training(results: Results, condition: Sequence) -> Iterator[str]:
    """The first measure after each length of training, and the difference to the first design."""
    designs, matters = results.experiment.DESIGNS, results.experiment.MATTERS
    lengths = results.steps(condition)
    rows = []
    for design in designs:
        row = [design, *(interval(results.values(condition, design, n)) for n in lengths)]
        if design != designs[0]:
            difference = results.difference(condition, design, designs[0])
            row += [difference, verdict(difference, matters)]
        rows.append(row + [""] * (len(lengths) + 3 - len(row)))
    yield from table(["", *map(str, lengths), f"less {designs[0]}", "verdict"], rows)


def all_measures(results: Results, condition: Sequence) -> Iterator[str]:
    """Every measure after the longest training."""
    rows = []
    for k, measure in enumerate(results.experiment.MEASURES):
        row = [measure]
        for design in results.experiment.DESIGNS:
            has_it = k < results.measures(condition, design)
            row.append(str(interval(results.values(condition, design, None, k))) if has_it else "")
        rows.append(row)
    yield from table(["after the longest training", *results.experiment.DESIGNS], rows)


def report(results: Results) -> str:
    """All tables of an experiment, as Markdown."""
    module, content = results.experiment, results.content
    used = ", ".join(f"{name} {value}" for name, value in content["versions"].items())
    lines = [
        f"## {content['experiment']}: {module.QUESTION}",
        "",
        f"{module.MEASURES[0].capitalize()} in percent, mean and 95% interval over "
        f"{len(content['seeds'])} seeds. What would matter: {100 * module.MATTERS:g} points. "
        f"Computed with {used}.",
        "",
    ]
    for condition in module.CONDITIONS:
        words = ", ".join(map(str, condition)) or "the experiment"
        agreed = "" if results.agreed(condition) else " (two doublings do not agree yet)"
        lines += [f"**{words}**{agreed}", "", *against_training(results, condition)]
        if len(module.MEASURES) > 1:
            lines += all_measures(results, condition)
    return "\n".join(lines)


def replication(book: Results, fresh: Results) -> str:
    """What the book's seeds and others say of each difference and each number, as Markdown."""
    module = book.experiment
    one, other = (f"{len(results.content['seeds'])} seeds" for results in (book, fresh))
    lines = [f"## {fresh.content['experiment']}: other seeds", ""]
    for condition in module.CONDITIONS:
        lines += [f"**{', '.join(map(str, condition)) or 'the experiment'}**", ""]
        pairs = zip(book.verdicts(condition), fresh.verdicts(condition), strict=True)
        rows = [
            [f"{name[1]} less {name[0]}: {name[2]}", *was, *found]
            for (name, *was), (_, *found) in pairs
        ]
        if rows:
            lines += table(["", one, "verdict", other, "verdict"], rows)
        moved = [
            [f"{design}: {measure}", *numbers]
            for design, measure, *numbers in book.moved(condition, fresh)
        ]
        lines += table(["", one, other, "with other seeds"], moved)
    return "\n".join(lines)
