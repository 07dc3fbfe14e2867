"""The configuration of a course that `pooledu new-course` has made."""

import sys
from pathlib import Path
from typing import Any

from pooledu.checks import exercise_names, load_folder
from pooledu.checks.registry import BESIDE, nearest, told
from pooledu.grading.bridge.programs import prepare_programs
from pooledu.grading.bridge.release import CourseAddress, OwnExercises
from pooledu.grading.bridge.steps import configure
from pooledu.grading.course.folder import SETS
from pooledu.grading.course.settings import FILE, CourseError, read_settings

COLLECTED = r".*/(?P<student_id>[\w.-]+)_(?P<timestamp>\d{8}T\d{6}Z)_(?P<file_id>\w+)\.ipynb$"


def configure_course(config: Any, file: str) -> None:
    """Configure nbgrader for the course in whose folder a configuration lies.

    Parameters
    ----------
    config : traitlets.config.Config
        nbgrader's configuration, `c` in `nbgrader_config.py`.
    file : str
        That file's path, `__file__`.
    """
    folder = Path(file).resolve().parent
    try:
        settings = read_settings(folder)
    except CourseError as error:
        sys.exit(f"pooledu: {error}")
    prepare_programs()
    config.CourseDirectory.course_id = settings.identifier
    config.CourseDirectory.source_directory = "solutions"
    config.CourseDirectory.release_directory = "exercises"
    config.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__"]
    config.FileNameCollectorPlugin.named_regexp = COLLECTED
    config.AssignLatePenalties.plugin_class = "pooledu.grading.bridge.LatePenaltyPerDay"
    config.LatePenaltyPerDay.share_per_day = float(settings.late_per_day)
    config.GenerateAssignment.preprocessors.insert(0, CourseAddress)
    config.GenerateAssignment.preprocessors.append(OwnExercises)
    config.OwnExercises.judged_later = list(settings.judged_later)
    config.CourseAddress.address = settings.address
    config.CourseAddress.ships_wheel = not settings.address
    config.CourseAddress.book = settings.book
    config.FeedbackOutputs.book_url = settings.book
    configure(config)
    config.Autograde.create_student = False  # a stranger is asked about
    config.JudgedExecute.up_to_the_last_mark = True
    config.JudgedExecute.submitted_files = {name: [] for name in SETS}  # they ask for none
    if (folder / BESIDE).is_dir():
        try:
            load_folder(folder / BESIDE)
        except Exception as error:  # whatever the instructor's own modules raise
            sys.exit(
                f"pooledu: the exercises in {BESIDE}/: {told(error)}. Mend it, or take its folder "
                f"out of {BESIDE}/"
            )
    unknown = sorted(set(settings.judged_later) - set(exercise_names()))
    if unknown:  # one that is misspelled would be released with its oracle
        near = " or ".join(nearest(unknown[0]))
        sys.exit(
            f"pooledu: {FILE}: judged_later names {unknown[0]!r}, and there is no such exercise"
            + (f"; is it {near}?" if near else "")
        )
