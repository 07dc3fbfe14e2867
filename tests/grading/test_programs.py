"""What nbgrader starts works in any locale, in a folder of any name, and elsewhere says so."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "scripts"))
pytestmark = pytest.mark.slow


@pytest.fixture
def course(tmp_path):
    """A course in a folder with umlauts; the environment below it has them in its name too."""
    folder = tmp_path / "Kurs mit Ä und ß"
    (folder / "solutions").mkdir(parents=True)
    shutil.copytree(ROOT / "solutions" / "ps1_windows", folder / "solutions" / "ps1_windows")
    for name in ("nbgrader_config.py", "_config.yml"):
        shutil.copy(ROOT / name, folder)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def nbgrader(course, folder, **variables):
    """Generate an assignment with the environment of a course, in some folder."""
    command = [course / ".venv" / "bin" / "python", "-m", "nbgrader"]
    return subprocess.run(
        [*command, "generate_assignment", "ps1_windows"],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("locale", ["C", "xx_XX.ISO-8859-1", "C.UTF-8"])
def test_a_gradebook_is_made_in_any_locale(course, locale):
    done = subprocess.run(
        [
            course / ".venv" / "bin" / "python",
            "-m",
            "nbgrader",
            "generate_assignment",
            "ps1_windows",
        ],
        cwd=course,
        env={**os.environ, "LC_ALL": locale},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    assert (course / "exercises" / "ps1_windows" / "ps1_windows.ipynb").exists()
    assert (course / "gradebook.db").exists()


def test_in_a_folder_that_is_no_course_nbgrader_says_where_to_go(course, tmp_path, monkeypatch):
    import environment

    monkeypatch.setattr(environment, "HOME", tmp_path / "home")
    environment.tell_nbgrader()
    (tmp_path / "elsewhere").mkdir()
    places = {"JUPYTER_CONFIG_PATH": str(tmp_path / "home" / "etc" / "jupyter")}
    done = nbgrader(course, tmp_path / "elsewhere", **places)
    said = done.stderr.decode()
    assert "There is no course in this folder" in said
    assert f"cd '{ROOT}'" in said or f"cd {ROOT}" in said
    assert "There is no course" not in nbgrader(course, course, **places).stderr.decode()
