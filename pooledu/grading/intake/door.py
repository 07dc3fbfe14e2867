"""What is let in of the folder `submitted`: who it is from, and where and when it was put."""

import os
from pathlib import Path

from pooledu.grading.course.ids import is_name
from pooledu.grading.escaping import plain
from pooledu.grading.intake.times import NoTimeError, submitted_time


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
