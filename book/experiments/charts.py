"""Charts of the experiments for the pages of the book."""

from collections.abc import Sequence

from experiments.results import Results, interval
from pooledu import figures


def against_steps(
    results: Results, condition: Sequence, title: str, measure: int = 0, legend: str | None = None,
    ylabel: str = "", ylim: tuple[float, float] | None = None,
) -> str:  # fmt: skip
    """One measure of all designs against the length of training, with 95% intervals."""
    lengths = results.steps(condition)
    fig, ax = figures.axes(size=(3.4, 3.0))
    told = []
    designs = results.experiment.DESIGNS
    for k, design in enumerate(designs):
        found = [interval(results.values(condition, design, n, measure)) for n in lengths]
        at = [n * 1.05 ** (k - len(designs) / 2) for n in lengths]  # so that no bar covers another
        ax.errorbar(
            at, [100 * f.mean for f in found], [100 * f.half for f in found],
            label=design, capsize=2,
        )  # fmt: skip
        told.append(f"{design} {100 * found[0].mean:.0f} to {100 * found[-1].mean:.0f}")
    ax.set(title=title, xlabel="steps of training", xscale="log", ylabel=ylabel)
    ax.set_xticks(lengths, list(map(str, lengths)))
    ax.minorticks_off()
    if ylim:
        ax.set_ylim(*ylim)
    if legend:
        ax.legend(loc=legend, fontsize=8.5)
    return figures.chart(
        fig,
        f"{title}: {results.experiment.MEASURES[measure]} in percent after {lengths[0]} to "
        f"{lengths[-1]} steps. {'; '.join(told)}.",
    )
