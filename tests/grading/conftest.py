import os
import sysconfig

import pytest


@pytest.fixture(autouse=True)
def scripts_on_path(monkeypatch):
    """nbgrader starts alembic by its name, as nbgrader_config.py explains."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    monkeypatch.setenv("PATH", path)
