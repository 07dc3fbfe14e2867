"""What a gradebook says, without the ids that differ from one gradebook to the next."""

import sqlite3
from typing import Any

from tests.grading.course import Course

TABLES = {
    "submissions": """
        select a.name, s.student_id, s.timestamp, s.extension
        from submitted_assignment s join assignment a on s.assignment_id = a.id
    """,
    "notebooks": """
        select s.student_id, b.name, n.late_submission_penalty
        from submitted_notebook n join notebook b on n.notebook_id = b.id
        join submitted_assignment s on n.assignment_id = s.id
    """,
    "grades": """
        select s.student_id, b.name, c.name, g.auto_score, g.manual_score, g.extra_credit,
               g.needs_manual_grade
        from grade g join base_cell c on g.cell_id = c.id
        join submitted_notebook n on g.notebook_id = n.id join notebook b on n.notebook_id = b.id
        join submitted_assignment s on n.assignment_id = s.id
    """,
    "comments": """
        select s.student_id, b.name, c.name, m.auto_comment, m.manual_comment
        from comment m join base_cell c on m.cell_id = c.id
        join submitted_notebook n on m.notebook_id = n.id join notebook b on n.notebook_id = b.id
        join submitted_assignment s on n.assignment_id = s.id
    """,
    "students": "select id, first_name, last_name, email from student",
    "courses": "select id from course",
}


def rows(course: Course) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that grading writes, in an order that does not depend on who wrote it."""
    with sqlite3.connect(course.root / "gradebook.db") as database:
        return {name: sorted(database.execute(query), key=repr) for name, query in TABLES.items()}
