"""What is let in of the folder `submitted`: who it is from, and where and when it was put."""

import os
import re
from pathlib import Path

from pooledu.grading.escaping import FORMULA, plain
from pooledu.grading.intake.times import NoTimeError, submitted_time

NAME_CHARACTERS = 100
_PATTERN = re.compile(r"[*?\[\]{}\\/<>&\"]")  # of paths, and of pages


def refusal(folder: Path) -> str:
    """Say why a submission is not looked at, or return "".

    Parameters
    ----------
    folder : Path
        The submission; its parent has the student's name.
    """
    student = folder.parent.name
    if not is_name(student):
        return f"'{plain(student, 40)}' is no student's id: rename the folder"
    for path, what in ((folder.parent, "the student's folder"), (folder, "the submission")):
        if os.path.islink(path):
            return f"{what} is a link: put the files themselves there"
    if not os.path.isdir(folder):
        return "the submission is no folder"
    try:
        submitted_time(str(folder))
    except NoTimeError as error:
        return f"{error}; mend or remove it"
    return ""


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
