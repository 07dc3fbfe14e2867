"""`pooledu check NOTEBOOK`: the checks of a whole notebook, from the terminal."""

from __future__ import annotations

import argparse
import sys
import textwrap
from pathlib import Path
from typing import Any

from pooledu.checks.verdict import VERDICT_TYPE

CELL_SECONDS = 300


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `pooledu check` and `pooledu certify` to the commands of `pooledu`."""
    certify = commands.add_parser(
        "certify",
        help="show which case of an exercise rejects which mistake, and what is amiss",
        description="Run an exercise's oracle and its known mistakes on its cases. Exercises of "
        "your own are found in the folder checks/ and in installed packages.",
    )
    certify.add_argument("names", nargs="+", metavar="NAME", help="an exercise or a problem set")
    certify.set_defaults(run=run_certify)
    parser = commands.add_parser(
        "check",
        help="run a notebook and print what its checks say",
        description="Run a notebook in a fresh kernel and print what its checks say. The notebook "
        "itself stays as it is. The exit code is 0 if every check passes, 1 if not, and 2 if "
        "the notebook cannot be run.",
    )
    parser.add_argument("notebook", type=Path, help="a notebook (.ipynb)")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="print each failing check's whole message"
    )
    parser.set_defaults(run=run)


def run_certify(arguments: argparse.Namespace) -> int:
    """Certify exercises; 1 if one of them has a fault, 2 if there is none of the name."""
    from pooledu.checks.certifying import certify, matrix_text
    from pooledu.checks.matrix import kill_matrix
    from pooledu.checks.registry import exercise_names, find

    faulty = False
    for given in arguments.names:
        for name in exercise_names(given) or [given]:
            try:
                exercise = find(name)
            except KeyError as error:
                print(f"pooledu certify: {error.args[0]}", file=sys.stderr)
                return 2
            faults = certify(exercise)
            faulty |= bool(faults)
            print(f"{exercise.problem_set}: {name}\n")
            if exercise.misconceptions and not any("cannot be run" in each for each in faults):
                print(textwrap.indent(matrix_text(kill_matrix(name)), "  "), end="\n\n")
            print("\n".join(f"  {each}" for each in faults) or "  certified", end="\n\n")
    return int(faulty)


def run(arguments: argparse.Namespace) -> int:
    """Run the notebook of the command line; return the exit code."""
    try:
        notebook = _read(arguments.notebook)
        executed = _execute(notebook, arguments.notebook.parent)
    except _RefusedError as refusal:
        print(f"pooledu check: {refusal}", file=sys.stderr)
        return 2
    results = [result for cell in executed.cells for result in _results(cell)]
    if not results:
        print(
            f"pooledu check: {arguments.notebook} was run, and no cell shows a check. A check "
            "shows itself where `check(...)` is the last line of a cell.",
            file=sys.stderr,
        )
        return 2
    print(_table(results))
    if arguments.verbose:
        for result in results:
            if not result["passed"]:
                print(f"\n{'-' * 88}\n{result['message']}")
    return 0 if all(result["passed"] for result in results) else 1


class _RefusedError(Exception):
    """A notebook that cannot be run: its message says why and what to do."""


def _read(path: Path) -> Any:
    """Read a notebook."""
    try:
        import nbformat
    except ImportError:
        raise _RefusedError(
            'to run a notebook, Jupyter is needed: pip install "pooledu[notebook]"'
        ) from None
    if not path.exists():
        near = sorted(path.parent.glob("*.ipynb")) if path.parent.is_dir() else []
        there = f" In this folder: {', '.join(each.name for each in near)}." if near else ""
        raise _RefusedError(f"there is no file {path}.{there}")
    if path.is_dir():
        raise _RefusedError(f"{path} is a folder; name the notebook in it.")
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except (AttributeError, TypeError, KeyError):  # JSON in which nbformat looked for a dict
        raise _RefusedError(f"{path} is JSON, but not in a notebook's form.") from None
    except Exception as error:  # nbformat raises what its JSON and schema libraries raise
        reason = textwrap.shorten(str(error), 200, placeholder=" ...")
        raise _RefusedError(f"{path} is not a notebook that can be read: {reason}") from None
    return notebook


def _execute(notebook: Any, folder: Path) -> Any:
    """Run a notebook in a fresh kernel; a cell that raises does not stop it."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        allow_errors=True,
        extra_arguments=["--log-level=CRITICAL"],
        resources={"metadata": {"path": str(folder.resolve())}},
    )
    try:
        return client.execute()
    except CellTimeoutError:
        raise _RefusedError(
            f"a cell ran for more than {CELL_SECONDS} s and the run was given up."
        ) from None
    except DeadKernelError:
        raise _RefusedError("the kernel died: a cell ended the process.") from None


def _results(cell: Any) -> list[dict[str, Any]]:
    """Read what the checks of a cell found; a cell that raised before its check failed."""
    if cell.cell_type != "code":
        return []
    outputs = cell.outputs
    verdicts = [o.data[VERDICT_TYPE] for o in outputs if VERDICT_TYPE in o.get("data", {})]
    graded = cell.metadata.get("nbgrader", {})
    if verdicts or not graded.get("grade") or "check(" not in cell.source:
        return [dict(verdict) for verdict in verdicts]
    raised = next((o for o in outputs if o.output_type == "error"), None)
    reason = f"{raised.ename}: {raised.evalue}" if raised else "the cell shows no result"
    return [
        {
            "exercise": graded["grade_id"],
            "passed": False,
            "reached": 0.0,
            "points": graded.get("points", 1),
            "headline": reason,
            "message": f"{graded['grade_id']}\n\n{reason}",
        }
    ]


def _table(results: list[dict[str, Any]]) -> str:
    """Lay out one line for each check, with its diagnosis, and their sum."""
    reached = sum(result["reached"] for result in results)
    points = sum(result["points"] for result in results)
    rows = [
        (result["exercise"], f"{result['reached']:g} / {result['points']:g}", result["headline"])
        for result in results
    ]
    rows.append(("total", f"{reached:g} / {points:g}", ""))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = []
    for name, score, diagnosis in rows:
        start = f"{name:{widths[0]}}  {score:>{widths[1]}}  "
        wrapped = textwrap.wrap(diagnosis, max(30, 100 - len(start))) or [""]
        lines += [start + wrapped[0], *(" " * len(start) + more for more in wrapped[1:])]
    return "\n".join(line.rstrip() for line in lines)
