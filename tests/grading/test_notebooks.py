"""The notebooks: what students get is what solutions/ generates, and every check has its place."""

import os

import pytest
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_solution
from traitlets.config import Config

from pooledu.grading.bridge.release import configure_release
from tests.grading.running import ROOT, read, run, verdicts

PROBLEM_SETS = sorted(path.name for path in (ROOT / "solutions").iterdir() if path.is_dir())


def generate(problem_set, into):
    """Run nbgrader's generate_assignment on solutions/, without a gradebook; return the file."""
    folders = {
        "root": str(ROOT),
        "source_directory": "solutions",
        "release_directory": os.path.relpath(into, ROOT),
        "assignment_id": problem_set,
    }
    config = Config({"CourseDirectory": folders, "SaveCells": {"enabled": False}})
    configure_release(config, ROOT / "_config.yml")
    converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
    converter.no_database = True
    converter.start()
    return into / problem_set / f"{problem_set}.ipynb"


@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_exercises_are_what_solutions_generate(problem_set, tmp_path):
    committed = ROOT / "exercises" / problem_set / f"{problem_set}.ipynb"
    assert committed.read_bytes() == generate(problem_set, tmp_path).read_bytes(), (
        f"exercises/{problem_set} is out of date: run `make exercises`"
    )


@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_solutions_are_committed_without_outputs(problem_set):
    cells = [cell for cell in read("solutions", problem_set).cells if cell.cell_type == "code"]
    assert cells
    assert not any(cell.outputs or cell.execution_count for cell in cells)


@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_a_check_cell_checks_the_exercise_it_is_named_after_for_the_points_it_is_worth(
    problem_set,
):
    cells = [cell for cell in read("solutions", problem_set).cells if cell.cell_type == "code"]
    graded = [cell for cell in cells if is_grade(cell)]
    assert graded
    for cell in graded:
        name, points = cell.metadata.nbgrader.grade_id, cell.metadata.nbgrader.points
        by_name = f"check({name}).out_of({points})"
        assert cell.source == by_name or cell.source.endswith(
            f', exercise="{name}").out_of({points})'
        )


@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_no_solution_reaches_the_student(problem_set):
    released = read("exercises", problem_set)
    solved = {cell.id: cell for cell in read("solutions", problem_set).cells}
    answers = [cell for cell in released.cells if is_solution(cell)]
    assert answers
    for cell in answers:
        kept = set(cell.source.splitlines())
        hidden = between_marks(solved[cell.id])
        assert hidden, f"{cell.id} has no solution"
        assert not kept & hidden


def between_marks(cell):
    """The lines of a solution: those between the marks, or all of an answer in words."""
    if cell.cell_type == "markdown":
        return set(cell.source.splitlines())
    regions = cell.source.split("### BEGIN SOLUTION\n")[1:]
    lines = [line for each in regions for line in each.partition("### END")[0].splitlines()]
    return {line for line in lines if line.strip()}


def graded(notebook):
    """The ids of the cells that are checked automatically."""
    return [cell.id for cell in notebook.cells if cell.cell_type == "code" and is_grade(cell)]


@pytest.mark.slow
@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_the_solutions_run_from_top_to_bottom_and_pass_every_check(problem_set):
    notebook = read("solutions", problem_set)
    found = verdicts(run(notebook.cells))
    assert list(found) == graded(notebook)
    failures = [verdict.message for verdict in found.values() if not verdict.passed]
    assert not failures, "\n\n".join(failures)


@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_a_blank_notebook_gets_nothing_and_its_checks_say_so_without_an_error(problem_set):
    notebook = read("exercises", problem_set)
    cells = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    found = verdicts(run(cells, forgive=NotImplementedError))
    assert list(found) == graded(notebook)
    assert all(verdict.score == 0 for verdict in found.values())
