"""The due dates of `course.toml`, in the gradebook."""

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

from pooledu.grading.course.dates import shown
from pooledu.grading.course.settings import CourseError, read_settings
from pooledu.grading.export.results import course_directory


def put_dates(folder: Path) -> Iterator[str]:
    """Write each date that is another one; yield a line for each problem set."""
    settings = read_settings(folder)
    course = course_directory(folder)
    with Gradebook(course.db_url, course.course_id) as gradebook:
        for name in settings.due:
            due = settings.due_at(name).replace(tzinfo=None)
            try:
                assignment = gradebook.find_assignment(name)
            except MissingEntry:
                if not (Path(course.root) / course.source_directory / name).is_dir():
                    raise CourseError(
                        f"due.{name}: there is no problem set of this name in "
                        f"{course.source_directory}/"
                    ) from None
                assignment = gradebook.add_assignment(name)
            changed = assignment.duedate != due
            assignment.duedate = due
            gradebook.db.commit()
            when = shown(due.replace(tzinfo=UTC), settings.zone)
            yield f"{name} is due at {when}{' (changed)' if changed else ''}"
