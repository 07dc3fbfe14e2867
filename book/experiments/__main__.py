"""Run the experiments: ``PYTHONPATH=book python -m experiments``, with ``--help`` for more."""

import argparse
import time
from importlib import import_module
from pathlib import Path

import torch

from experiments.digest import HERE
from experiments.results import load
from experiments.sweep import SEEDS, sweep
from experiments.tables import replication, report

TITLE = "# What the experiments found"
NAMES = ("strides", "reducers", "shifts", "heads", "codes", "ties", "mnist")


def main() -> None:
    """Run all experiments, or those named; what a file already holds is not run again."""
    parser = argparse.ArgumentParser(prog="experiments", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--seeds", nargs=2, type=int, default=(SEEDS[0], len(SEEDS)),
                        metavar=("FIRST", "COUNT"), help="other seeds than the book's")  # fmt: skip
    parser.add_argument("--out", type=Path, default=HERE / "results", metavar="FOLDER",
                        help="where the results are written")  # fmt: skip
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    given.out.mkdir(parents=True, exist_ok=True)
    first, count = given.seeds
    for name in given.names or NAMES:
        begun = time.process_time()
        sweep(import_module(f"experiments.{name}"), given.out / f"{name}.json",
              range(first, first + count))  # fmt: skip
        print(f"{name}: {(time.process_time() - begun) / 60:.1f} minutes of one core", flush=True)
    write_tables(given.out)


def write_tables(folder: Path) -> None:
    """Write the tables of what the folder holds beside it."""
    held = [name for name in NAMES if (folder / f"{name}.json").exists()]
    found = [load(name, folder) for name in held]
    others = [each for each in found if each.content["seeds"] != list(SEEDS)]
    tables = [replication(load(each.content["experiment"]), each) for each in others]
    tables += map(report, found)
    (folder / "README.md").write_text(
        "\n".join(["# What the experiments found", "", *tables]), "utf8"
    )


if __name__ == "__main__":
    main()
