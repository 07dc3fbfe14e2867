"""Which cells a mark can depend on."""

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from pooledu.grading.judge.notebook import cells_that_matter


def count(*kinds) -> int:
    cells = [make("x", metadata={"nbgrader": flags} if flags else {}) for make, flags in kinds]
    return cells_that_matter(new_notebook(cells=cells))


CODE, TEXT = (new_code_cell, {}), (new_markdown_cell, {})
MARKED_CODE = new_code_cell, {"grade": True}
MARKED_TEXT = new_markdown_cell, {"grade": True, "solution": True}
TASK = new_markdown_cell, {"task": True}
ANSWER = new_code_cell, {"solution": True}


def test_no_mark_depends_on_what_follows_the_last_code_with_points():
    assert count(ANSWER, MARKED_CODE, CODE, MARKED_CODE, CODE, ANSWER) == 4


def test_a_text_that_a_person_marks_needs_no_code_to_run():
    assert count(MARKED_CODE, CODE, MARKED_TEXT, CODE) == 1
    assert count(CODE, TEXT, MARKED_TEXT) == 0


def test_a_task_is_worked_on_anywhere():
    assert count(MARKED_CODE, TASK, CODE, CODE) == 4
