"""The programs that nbgrader starts by name: where they are found, and how they read a file."""

import locale
import os
import sysconfig


def prepare_programs() -> None:
    """Set PATH and locale for what is started from here.

    nbgrader starts alembic by its name, which is on the PATH only where the environment is
    activated; and alembic reads its settings in the locale's encoding, so that with LC_ALL=C a
    folder with an umlaut in its name ended in a traceback.
    """
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    if locale.getencoding().lower().replace("-", "") != "utf8":
        os.environ["LC_ALL"] = "C.UTF-8"
