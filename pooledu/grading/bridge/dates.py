"""The due dates of `course.toml`, in the gradebook."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import MissingEntry

from pooledu.grading.bridge.late import refresh
from pooledu.grading.bridge.people import opened
from pooledu.grading.course.dates import shown
from pooledu.grading.course.settings import NOT_DUE, CourseError, Settings, read_settings


def put_dates(folder: Path) -> Iterator[str]:
    """Write each date that is another one, and what follows from it; yield a line for each set."""
    settings = read_settings(folder)
    with opened(folder) as (app, gradebook):
        for name in settings.due:
            due = settings.due_at(name)
            due = due and due.replace(tzinfo=None)
            try:
                assignment = gradebook.find_assignment(name)
            except MissingEntry:
                if not (folder / app.coursedir.source_directory / name).is_dir():
                    raise CourseError(
                        f"due.{name}: there is no problem set of this name in "
                        f"{app.coursedir.source_directory}/"
                    ) from None
                assignment = gradebook.add_assignment(name)
            changed = assignment.duedate != due
            assignment.duedate = due
            gradebook.db.commit()
            if changed:
                refresh(app, name, gradebook)
            yield f"{name} is {_due(due, settings)}{' (changed)' if changed else ''}"
        for each in gradebook.assignments:
            if each.duedate is not None and each.name not in settings.due:
                yield (
                    f"{each.name} is {_due(each.duedate, settings)}; course.toml says nothing of "
                    f'it, so that stays. `{each.name} = "{NOT_DUE}"` below [due] takes it back'
                )


def _due(due: datetime | None, settings: Settings) -> str:
    """Say when something is due, in the course's time zone."""
    return f"due at {shown(due.replace(tzinfo=UTC), settings.zone)}" if due else "not due"
