"""Programs: nbgrader's own, which end with a sentence of ours, and those that it starts by name."""

import locale
import os
import sys
import sysconfig
from types import TracebackType

from pooledu.grading.course.settings import CourseError


def prepare_programs() -> None:
    """Set PATH and locale for what is started from here.

    nbgrader starts alembic by its name, which is on the PATH only where the environment is
    activated; and alembic reads its settings in the locale's encoding, so that with LC_ALL=C a
    folder with an umlaut in its name ended in a traceback.
    """
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    if locale.getencoding().lower().replace("-", "") != "utf8":
        os.environ["LC_ALL"] = "C.UTF-8"


def say_or_trace(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """End a program of nbgrader's with our sentence where the course is not as it must be."""
    if isinstance(error, CourseError):
        print(f"pooledu: {error}", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)
