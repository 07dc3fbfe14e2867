"""What may be the id of a student: the name of a folder, and of nothing else."""

import re

from pooledu.grading.escaping import FORMULA

NAME_CHARACTERS = 100
_PATTERN = re.compile(r"[*?\[\]{}\\/<>&\"]")  # of paths, and of pages


def is_name(student: str) -> bool:
    """Say whether this may be a student's id.

    Examples
    --------
    >>> names = ("s01", "Jäger, Anna", "a@b.de", "s[1]", "a\\nb", ".a", "<a>", "=a")
    >>> [is_name(each) for each in names]
    [True, True, True, False, False, False, False, False]
    """
    return (
        0 < len(student) <= NAME_CHARACTERS
        and student.isprintable()
        and student == student.strip()
        and not student.startswith((".", "-"))
        and not _PATTERN.search(student)
        and not FORMULA.match(student)  # nbgrader's own export writes it as it is
    )
